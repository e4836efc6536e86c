"""Proposals for importance sampling: mixtures of multivariate t distributions, fitted to weighted points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, gammaln, ndtri

FREEDOM = 5.0
"""Degrees of freedom: tails heavier than any posterior has under Exponential priors."""

LEFT = 2.5
"""How far below the mode a component begins that follows a standard deviation towards zero, in logs."""

_SMALLEST_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of multivariate t distributions with equal degrees of freedom.

    Parameters
    ----------
    shares
        Probabilities of the components, shape (K,).
    locations
        Their centres, shape (K, d).
    scales
        Lower Cholesky factors of their scale matrices, shape (K, d, d).
    """

    shares: np.ndarray
    locations: np.ndarray
    scales: np.ndarray

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw points, as many of each component as its share (systematically rounded), (n, d).

        Each component's draws are spread evenly along every direction, which makes sums over them more
        precise than independent draws would.
        """
        d = self.locations.shape[1]
        which = np.searchsorted(np.cumsum(self.shares), (np.arange(n) + rng.random()) / n)
        which = which.clip(max=len(self.shares) - 1)
        even = np.concatenate([_latin_hypercube(m, d + 1, rng) for m in np.bincount(which).tolist()])
        chi_square = 2 * gammaincinv(0.5 * FREEDOM, even[:, d])
        noise = ndtri(even[:, :d]) * np.sqrt(FREEDOM / chi_square)[:, None]
        return self.locations[which] + np.einsum("nij,nj->ni", self.scales[which], noise)

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distances of points (n, d) from each component, (K, n)."""
        d = self.locations.shape[1]
        white = np.linalg.inv(self.scales)
        centred = points.T - self.locations[:, :, None]
        return np.asarray(((white @ centred).reshape(-1, d, len(points)) ** 2).sum(axis=1))

    def component_log_densities(self, distances: np.ndarray) -> np.ndarray:
        """Log densities of the components, times their shares, from the distances, (K, n)."""
        d = self.locations.shape[1]
        constant = gammaln(0.5 * (FREEDOM + d)) - gammaln(0.5 * FREEDOM) - 0.5 * d * np.log(np.pi * FREEDOM)
        log_dets = np.log(np.diagonal(self.scales, axis1=1, axis2=2)).sum(axis=1)
        heights = np.log(self.shares) + constant - log_dets
        return heights[:, None] - 0.5 * (FREEDOM + d) * np.log1p(distances / FREEDOM)

    def log_densities(self, points: np.ndarray) -> np.ndarray:
        """Log densities of points (n, d), (n,)."""
        return log_sum_exp(self.component_log_densities(self.distances(points)))

    def joined(self, other: Mixture, share: float) -> Mixture:
        """Mix with another mixture, which gets the share."""
        return Mixture(
            np.concatenate([(1 - share) * self.shares, share * other.shares]),
            np.concatenate([self.locations, other.locations]),
            np.concatenate([self.scales, other.scales]),
        )

    def refitted(self, points: np.ndarray, log_weights: np.ndarray, steps: int = 4) -> Mixture:
        """Fit to weighted points by expectation-maximisation, from here.

        A little of each component's old covariance is kept, so that one that hangs on few points does not
        collapse; components that nothing is left for are dropped.

        Parameters
        ----------
        points
            Shape (n, d).
        log_weights
            Normalised, shape (n,).
        steps
            Number of iterations.

        Notes
        -----
        Cappé, Douc, Guillin, Marin and Robert (2008), "Adaptive importance sampling in general mixture
        classes", Statistics and Computing 18.
        """
        d = points.shape[1]
        covariances = self.scales @ self.scales.transpose(0, 2, 1)
        weights = np.exp(log_weights)
        fitted = self
        for _ in range(steps):
            distances = fitted.distances(points)
            parts = fitted.component_log_densities(distances)
            owned = np.exp(parts - log_sum_exp(parts)) * weights
            shares = owned.sum(axis=1)
            kept = shares > _SMALLEST_SHARE
            owned, shares, covariances = owned[kept], shares[kept], covariances[kept]
            pulls = owned * (FREEDOM + d) / (FREEDOM + distances[kept])
            locations = pulls @ points / pulls.sum(axis=1, keepdims=True)
            scales = []
            for pull, location, share, old in zip(pulls, locations, shares, covariances, strict=True):
                centred = points - location
                spread = (centred * pull[:, None]).T @ centred / share
                scales.append(np.linalg.cholesky(spread + 0.05 * old))
            fitted = Mixture(shares / shares.sum(), locations, np.array(scales))
        return fitted


def _latin_hypercube(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Points of the unit cube, one in each of n slices along every axis (McKay, Beckman and Conover 1979)."""
    slices = rng.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T
    return (slices + rng.random((n, d)).clip(1e-9)) / n  # never the edge, where quantiles are infinite


def log_sum_exp(x: np.ndarray) -> np.ndarray:
    """Logarithm of the sum of exponentials along the first axis."""
    top = x.max(axis=0)
    return np.asarray(top + np.log(np.exp(x - top).sum(axis=0)))


def first_proposal(
    mode: np.ndarray, covariance: np.ndarray, is_log_sd: np.ndarray, is_correlation: np.ndarray
) -> Mixture:
    """Surround the mode with a mixture that reaches wherever the posterior may have mass.

    Besides the Laplace approximation and one twice as wide, there is a component for each standard
    deviation (and one for all together) that lies to the left: towards zero the likelihood becomes
    constant, so that the density of log τ falls no faster than τ itself, whatever it does at its mode.
    There the correlations have their prior back, and the other parameters are less certain.

    Parameters
    ----------
    mode, covariance
        The Laplace approximation, (d,) and (d, d).
    is_log_sd, is_correlation
        Which parameters are logarithms of the effects' standard deviations, and which are inverse hyperbolic
        tangents of partial correlations, (d,).
    """
    towards_zero = [is_log_sd & (np.arange(len(mode)) == i) for i in np.flatnonzero(is_log_sd)]
    if len(towards_zero) > 1:
        towards_zero.append(is_log_sd)
    locations, covariances = [mode, mode], [covariance, 4.0 * covariance]
    for collapsing in towards_zero:
        spread = 2.0 * covariance + 0.3 * np.diag(is_correlation)  # 0.32: variance under LKJ(2)
        spread[collapsing] = 0.0
        spread[:, collapsing] = 0.0
        spread[collapsing, collapsing] = 2.0**2
        locations.append(mode - LEFT * collapsing)
        covariances.append(spread)
    left = len(towards_zero)
    shares = np.array([0.45, 0.15, *[0.4 / left] * left]) if left else np.array([0.7, 0.3])
    return Mixture(shares, np.array(locations), np.linalg.cholesky(np.array(covariances)))
