"""Laplace mode and importance sampling of the few parameters that the exact engine leaves to sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mlmwidget.inference.exact.psis import smooth

FREEDOM = 6.0
"""Degrees of freedom of the proposals: tails heavier than any posterior under Exponential priors."""

GOOD_PARETO_K = 0.5
"""Below this the weights have a finite variance, and nothing is to be improved."""

WIDER = 3.0
"""How much wider the second component of a mixed proposal is."""

type ValueAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]


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

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Weighted mean (d,) and covariance (d, d)."""
        weights = np.exp(self.log_weights)
        mean = weights @ self.points
        centred = self.points - mean
        return mean, (centred * weights[:, None]).T @ centred


def find_mode(density: ValueAndGradient, start: np.ndarray) -> np.ndarray | None:
    """Point of greatest density, by BFGS from `start` and from shifted starts; None if there is none."""

    def minus(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = density(x)
        return (-value, -gradient) if np.isfinite(value) else (1e300, np.zeros_like(x))

    for shift in (0.0, -1.0, 1.0):
        best = minimize(minus, start + shift, jac=True, method="BFGS", options={"gtol": 1e-2})
        if best.fun < 1e299 and np.abs(np.asarray(best.jac)).max() < 0.5:
            return np.asarray(best.x)
    return None


def curvature(density: ValueAndGradient, mode: np.ndarray) -> np.ndarray:
    """Inverse of minus the Hessian at the mode, positive definite by construction, shape (d, d)."""
    step = 1e-4
    rows = [(density(mode + e)[1] - density(mode - e)[1]) / (2 * step) for e in step * np.eye(len(mode))]
    hessian = -0.5 * (np.array(rows) + np.array(rows).T)
    values, vectors = np.linalg.eigh(hessian)
    # A direction that the data hardly bend gets a standard deviation of at most 2, on log and tanh scales.
    return vectors @ np.diag(1.0 / np.maximum(values, 0.25)) @ vectors.T


def importance_sample(
    log_densities: Callable[[np.ndarray], np.ndarray],
    mode: np.ndarray,
    covariance: np.ndarray,
    n: int,
    rng: np.random.Generator,
) -> Sample:
    """Draw from a multivariate t around the mode and weight.

    Where that does not fit, as when a standard deviation may be zero and its logarithm has a long tail to
    the left, the proposal is refitted to the weighted points and mixed with a wider one, and drawn again.

    Parameters
    ----------
    log_densities
        Log densities of points, (n, d) → (n,).
    mode, covariance
        Where the first proposal is, and its scale.
    n
        Points to draw.
    rng
        Random generator.
    """
    best = _draw(log_densities, mode, covariance, 0.0, n, rng)
    for _ in range(3):
        if best.pareto_k <= GOOD_PARETO_K and best.ess > 0.3 * n:
            break
        mean, refitted = best.moments()
        # A little of the mode's curvature keeps a sample that hangs on few points from collapsing.
        other = _draw(log_densities, mean, refitted + 0.1 * covariance, 0.3, n, rng)
        if other.ess < best.ess and other.pareto_k > best.pareto_k:
            break
        best = other
    return best


def _draw(
    log_densities: Callable[[np.ndarray], np.ndarray],
    location: np.ndarray,
    covariance: np.ndarray,
    wide: float,
    n: int,
    rng: np.random.Generator,
) -> Sample:
    """Weighted points from a t, a share `wide` of them from one three times as wide."""
    d = len(location)
    scale = np.linalg.cholesky(covariance)
    stretch = np.where(rng.random(n) < wide, WIDER, 1.0) * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, n))
    standard = rng.standard_normal((n, d)) * stretch[:, None]
    square = (standard**2).sum(axis=1)
    power = -0.5 * (FREEDOM + d)
    proposal = np.log(
        (1 - wide) * (1 + square / FREEDOM) ** power
        + wide * WIDER**-d * (1 + square / (FREEDOM * WIDER**2)) ** power
    )
    points = location + standard @ scale.T
    log_weights, k = smooth(log_densities(points) - proposal)
    return Sample(points, log_weights, float(k))


def resample(sample: Sample, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the indices of n equally weighted draws (systematic resampling), ascending, shape (n,)."""
    cumulative = np.cumsum(np.exp(sample.log_weights))
    return np.searchsorted(cumulative / cumulative[-1], (np.arange(n) + rng.random()) / n).clip(
        max=len(cumulative) - 1
    )
