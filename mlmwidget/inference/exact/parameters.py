"""The unconstrained parameters: what they mean, their priors, and the way back.

For each group design log τ (k of them) and, where correlations are free, k(k−1)/2 numbers y, row by row below
the diagonal; last log σ. The correlation's Cholesky factor R comes from canonical partial correlations
z = tanh y: R_ij = z_ij √(1 − Σ_{l<j} R_il²). Under LKJ(η) the z_ij are independent with density
∝ (1 − z²)^{c−1}, c = η + (k − 2 − j)/2 for j from 0 (Lewandowski, Kurowicka and Joe 2009), so the Jacobian
only raises the exponent to c.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import lgamma, log

import numpy as np

from mlmwidget.inference.exact.structure import Structure, Term

_STEP = 1e-5


def split(s: Structure, points: np.ndarray) -> Iterator[tuple[Term, np.ndarray, np.ndarray]]:
    """Give each design with its log τ, (k, n), and its partial correlations' y, (k(k−1)/2 or 0, n)."""
    at = 0
    for term in s.terms:
        end = at + term.n_parameters
        yield term, points[:, at : at + term.size].T, points[:, at + term.size : end].T
        at = end


def correlation_factor(k: int, y: np.ndarray) -> np.ndarray:
    """Cholesky factors of correlations from their partial correlations' y, (k(k−1)/2, n) → (k, k, n)."""
    R = np.zeros((k, k, y.shape[1]))
    if not len(y):
        R[np.arange(k), np.arange(k)] = 1.0
        return R
    z, sech = np.tanh(y), 1.0 / np.cosh(y)
    at = 0
    for i in range(k):
        remaining = np.ones(y.shape[1])
        for j in range(i):
            R[i, j] = z[at] * remaining
            remaining = remaining * sech[at]
            at += 1
        R[i, i] = remaining
    return R


def scaled_factors(s: Structure, points: np.ndarray) -> list[np.ndarray]:
    """Cholesky factors of the covariances of each factor's blocks, (q, q, n)."""
    found = [np.zeros((q, q, len(points))) for q in s.columns]
    for term, log_sd, y in split(s, points):
        factor = correlation_factor(term.size, y) * np.exp(log_sd)[:, None]
        found[term.factor][term.columns, term.columns] = factor
    return found


def log_prior(s: Structure, points: np.ndarray) -> np.ndarray:
    """Log densities of the priors of the unconstrained parameters, (n, d) → (n,)."""
    sigma = np.exp(points[:, -1])
    value = points[:, -1] - log(s.sigma_mean) - sigma / s.sigma_mean
    for term, log_sd, y in split(s, points):
        means = term.sd_means[:, None]
        value = value + (log_sd - np.log(means) - np.exp(log_sd) / means).sum(axis=0)
        if not len(y):
            continue
        k = term.size
        shapes = [s.lkj_eta + 0.5 * (k - 2 - j) for i in range(k) for j in range(i)]
        c = np.array(shapes)[:, None]
        size = np.abs(y)
        log_sech2 = 2.0 * (log(2.0) - size - np.log1p(np.exp(-2.0 * size)))
        value = value + (c * log_sech2).sum(axis=0)
        value = value + sum(lgamma(2 * a) - 2 * lgamma(a) - (2 * a - 1) * log(2.0) for a in shapes)
    return value


def chain_rule(s: Structure, points: np.ndarray, G: list[np.ndarray], log_sigma: np.ndarray) -> np.ndarray:
    """Gradient of the log posterior, (n, d).

    Parameters
    ----------
    points
        Unconstrained parameters, (n, d).
    G
        Σ_j (Q_j − I) of each factor (see :mod:`.moments`), (q, q, n).
    log_sigma
        Derivative of the log likelihood by log σ, (n,).

    Notes
    -----
    With T = diag(τ) R the derivative along T is tr(T⁻¹dT G), and T⁻¹dT = R⁻¹ diag(dlog τ) R + R⁻¹dR needs no
    1/τ. Priors and R, which cost nothing, are differentiated by central differences.
    """
    slope = np.empty_like(points)
    at = 0
    for term, log_sd, y in split(s, points):
        k = term.size
        R = np.moveaxis(correlation_factor(k, y), 2, 0)
        inner = np.linalg.solve(
            R.transpose(0, 2, 1), np.moveaxis(G[term.factor][term.columns, term.columns], 2, 0)
        )
        slope[:, at : at + k] = np.einsum("nij,nij->ni", inner, R)
        at += len(log_sd)
        for step in _STEP * np.eye(len(y))[:, :, None]:
            change = correlation_factor(k, y + step) - correlation_factor(k, y - step)
            slope[:, at] = np.einsum("nij,ijn->n", inner, change) / (2 * _STEP)
            at += 1
    slope[:, -1] = log_sigma
    n, d = points.shape
    steps = _STEP * np.array([np.eye(d), -np.eye(d)])
    priors = log_prior(s, (points + steps[:, :, None]).reshape(-1, d)).reshape(2, d, n)
    return slope + (priors[0] - priors[1]).T / (2 * _STEP)
