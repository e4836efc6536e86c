"""Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry 2024)."""

from __future__ import annotations

import numpy as np


def smooth(log_ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth the largest importance ratios with a generalised Pareto distribution.

    Parameters
    ----------
    log_ratios
        Log importance ratios, any additive constant, shape (…, S).

    Returns
    -------
    log_weights, pareto_k
        Normalised log weights, shape (…, S), and the shape of the tail, shape (…). A shape above 0.7
        means that the weights cannot be trusted. It is -inf where the largest ratios are all equal and
        +inf where fewer than five are left to judge by.

    Notes
    -----
    The tail are the ⌈min(S/5, 3√S)⌉ largest ratios, as in the paper; the shape is estimated as by Zhang and
    Stephens (2009), with the paper's weak prior towards 0.5.
    """
    flat = np.array(log_ratios, float).reshape(-1, log_ratios.shape[-1])
    flat -= flat.max(axis=1, keepdims=True)
    shapes = np.array([_smooth_row(row) for row in flat])
    flat -= np.log(np.exp(flat).sum(axis=1, keepdims=True))
    return flat.reshape(log_ratios.shape), shapes.reshape(log_ratios.shape[:-1])


def _smooth_row(row: np.ndarray) -> float:
    """Smooth one row, whose maximum is 0, in place; return the shape of its tail."""
    count = row.size
    tail = int(np.ceil(min(count / 5, 3 * np.sqrt(count))))
    if tail < 5:
        return np.inf
    order = np.argpartition(row, count - tail - 1)[count - tail - 1 :]
    order = order[np.argsort(row[order], kind="stable")]
    cut = max(row[order[0]], np.log(np.finfo(float).tiny))
    order = order[1:]
    order = order[row[order] > cut]
    if order.size < 5:
        return np.inf if tail >= 5 and row[order].size and row[order].max() > cut + 1e-8 else -np.inf
    excess = np.exp(row[order]) - np.exp(cut)
    if excess[-1] - excess[0] < 1e-12 * excess[-1]:
        return -np.inf
    shape, scale = pareto_fit(excess)
    if np.isfinite(shape):
        p = (np.arange(order.size) + 0.5) / order.size
        spread = -np.log1p(-p) if abs(shape) < 1e-12 else np.expm1(-shape * np.log1p(-p)) / shape
        row[order] = np.minimum(np.log(scale * spread + np.exp(cut)), 0.0)
    return float(shape)


def pareto_fit(excess: np.ndarray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution from ascending positive exceedances."""
    n = excess.size
    grid = 30 + int(np.sqrt(n))
    theta = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    theta = theta / (3 * excess[int(n / 4 + 0.5) - 1]) + 1 / excess[-1]
    shapes = np.log1p(-theta[:, None] * excess).mean(axis=1)
    with np.errstate(all="ignore"):
        profile = n * (np.log(-theta / shapes) - shapes - 1)
    profile = np.where(np.isfinite(profile), profile, -np.inf)
    weights = np.exp(profile - profile.max())
    weights /= weights.sum()
    best = float(theta @ weights)
    shape = float(np.log1p(-best * excess).mean())
    scale = -shape / best
    return (n * shape + 5.0) / (n + 10.0), scale
