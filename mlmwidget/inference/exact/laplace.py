"""Laplace approximation: the mode of a density and its curvature there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

type ValueAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]


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
    return bounded_inverse(-0.5 * (np.array(rows) + np.array(rows).T))


def bounded_inverse(precision: np.ndarray) -> np.ndarray:
    """Invert minus a Hessian, (d, d); positive definite whatever it is given."""
    values, vectors = np.linalg.eigh(precision)
    # A direction that the data hardly bend gets a standard deviation of at most 2, on log and tanh scales.
    return vectors @ np.diag(1.0 / np.maximum(values, 0.25)) @ vectors.T
