"""Laplace approximation: the mode of a density and its curvature there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

type ValueAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]
type Gradients = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


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


def curvature(gradients: Gradients, mode: np.ndarray) -> np.ndarray:
    """Inverse of minus the Hessian at the mode, positive definite by construction, shape (d, d)."""
    steps = 1e-4 * np.eye(len(mode))
    above, below = np.split(gradients(np.concatenate([mode + steps, mode - steps]))[1], 2)
    precision = (below - above) / 2e-4
    return bounded_inverse(0.5 * (precision + precision.T))


def bounded_inverse(precision: np.ndarray) -> np.ndarray:
    """Invert minus a Hessian, (d, d); positive definite whatever it is given."""
    values, vectors = np.linalg.eigh(precision)
    # A direction that the data hardly bend gets a standard deviation of at most 2, on log and tanh scales.
    return vectors @ np.diag(1.0 / np.maximum(values, 0.25)) @ vectors.T
