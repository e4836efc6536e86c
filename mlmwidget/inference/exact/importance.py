"""Adaptive importance sampling of the few parameters that the exact engine leaves to sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlmwidget.inference.exact.proposal import Mixture, log_sum_exp
from mlmwidget.inference.exact.psis import smooth

DEFENCE = 0.15
"""Share of the first proposal in every later one; it bounds the weights wherever that proposal reaches."""

GOOD_PARETO_K = 0.5
"""Below this the weights have a finite variance, and nothing is to be improved."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Weighted points.

    Parameters
    ----------
    points
        Unconstrained parameters, shape (n, d).
    log_weights
        Normalised and Pareto-smoothed, shape (n,).
    pareto_k
        Shape of the tail of the weights; above 0.7 they do not hold.
    """

    points: np.ndarray
    log_weights: np.ndarray
    pareto_k: float

    @property
    def ess(self) -> float:
        """Effective number of independent draws."""
        return float(1.0 / np.exp(2 * self.log_weights).sum())

    def mean(self) -> np.ndarray:
        """Weighted mean, (d,)."""
        return np.exp(self.log_weights) @ self.points


def importance_sample(
    log_densities: Callable[[np.ndarray], np.ndarray],
    first: Mixture,
    n: int,
    rng: np.random.Generator,
) -> Sample:
    """Draw from a proposal, refit it to the weighted points, and draw again.

    Two small rounds find out where the mass is, a large one follows, and more of them if its weights are
    uneven. The points of all rounds are used, weighted as draws of the mixture of all proposals, so that
    no point weighs much that any of the proposals would have found.

    Parameters
    ----------
    log_densities
        Log densities of points, (n, d) → (n,).
    first
        The first proposal, which must reach wherever there is mass.
    n
        Points of the large round.
    rng
        Random generator.

    Notes
    -----
    Cornuet, Marin, Mira and Robert (2012), "Adaptive multiple importance sampling", Scandinavian Journal of
    Statistics 39; deterministic-mixture weights by Owen and Zhou (2000), JASA 95.
    """
    pilot = int(np.clip(n // 6, 40, 750))
    found = _Rounds(log_densities, rng)
    found.add(first, pilot)
    fitted = first
    for size in (pilot, n, n, n):
        fitted = fitted.refitted(found.points, found.sample.log_weights)
        found.add(fitted.joined(first, DEFENCE), size)
        if size == n and found.sample.pareto_k <= GOOD_PARETO_K and found.sample.ess > 0.3 * n:
            break
    return found.sample


class _Rounds:
    """Points of all rounds so far and their weights."""

    def __init__(self, log_densities: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator):
        self._log_densities = log_densities
        self._rng = rng
        self._proposals: list[Mixture] = []
        self._sizes: list[int] = []
        self._targets = np.empty(0)
        self._proposed = np.empty((0, 0))
        self.points = np.empty((0, 0))
        self.sample: Sample

    def add(self, proposal: Mixture, n: int) -> None:
        """Draw n points and weight all anew."""
        points = proposal.draw(n, self._rng)
        old = self.points if self._sizes else points[:0]
        rows = [*self._proposed, np.empty(0)][: len(self._sizes)]
        earlier = [np.r_[row, q.log_densities(points)] for row, q in zip(rows, self._proposals, strict=True)]
        self.points = np.concatenate([old, points])
        self._proposed = np.array([*earlier, proposal.log_densities(self.points)])
        self._targets = np.r_[self._targets, self._log_densities(points)]
        self._proposals.append(proposal)
        self._sizes.append(n)
        share = np.log(np.array(self._sizes) / sum(self._sizes))
        log_weights, k = smooth(self._targets - log_sum_exp(self._proposed + share[:, None]))
        self.sample = Sample(self.points, log_weights, float(k))


def resample(sample: Sample, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the indices of n equally weighted draws (systematic resampling), ascending, shape (n,)."""
    cumulative = np.cumsum(np.exp(sample.log_weights))
    return np.searchsorted(cumulative / cumulative[-1], (np.arange(n) + rng.random()) / n).clip(
        max=len(cumulative) - 1
    )


def effective_size(sample: Sample, n: int) -> float:
    """Effective number of independent draws that n of :func:`resample` are worth.

    To the variance of the weighted sample comes that of drawing a point once more or not: with n times its
    weight a whole number and f, it is taken once more with probability f.
    """
    f = (n * np.exp(sample.log_weights)) % 1.0
    return float(1.0 / (1.0 / sample.ess + (f * (1.0 - f)).sum() / n**2))
