"""Laplace mode and importance sampling of the few parameters that the exact engine leaves to sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mlmwidget.inference.exact.psis import smooth

FREEDOM = 6.0
"""Degrees of freedom of the proposals: tails heavier than any posterior under Exponential priors."""

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
    for shift in (0.0, -1.0, 1.0):
        best = minimize(lambda x: tuple(-v for v in density(x)), start + shift, jac=True, method="BFGS")
        if np.isfinite(best.fun) and np.abs(best.jac).max() < 1e-3 * (1 + abs(best.fun)):
            return best.x
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
    """Draw from a multivariate t around the mode and weight, refitting the proposal where it is poor.

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
    pilot = max(n // 8, min(n, 200))
    for _ in range(3):
        sample = _draw(log_densities, mode, covariance, pilot, rng)
        if sample.ess > 0.6 * pilot:
            break
        mode, covariance = sample.moments()
        # Never narrower than a tenth of a weighted sample's own uncertainty would allow.
        covariance = covariance * (1.0 + 4.0 / sample.ess) + 1e-8 * np.eye(len(mode))
    return _draw(log_densities, mode, covariance, n, rng)


def _draw(
    log_densities: Callable[[np.ndarray], np.ndarray],
    location: np.ndarray,
    covariance: np.ndarray,
    n: int,
    rng: np.random.Generator,
) -> Sample:
    d = len(location)
    scale = np.linalg.cholesky(covariance)
    normal = rng.standard_normal((n, d))
    stretch = FREEDOM / rng.chisquare(FREEDOM, n)
    points = location + np.sqrt(stretch)[:, None] * (normal @ scale.T)
    proposal = -0.5 * (FREEDOM + d) * np.log1p((normal**2).sum(axis=1) * stretch / FREEDOM)
    log_weights, k = smooth(log_densities(points) - proposal)
    return Sample(points, log_weights, float(k))


def resample(sample: Sample, n: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of n equally weighted draws (systematic resampling), ascending, shape (n,)."""
    cumulative = np.cumsum(np.exp(sample.log_weights))
    return np.searchsorted(cumulative / cumulative[-1], (np.arange(n) + rng.random()) / n).clip(
        max=len(cumulative) - 1
    )
