"""Laplace approximation: the mode of a density and its curvature there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

type ValueAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]
type Spread = Callable[[np.ndarray], np.ndarray]
"""Inverse of minus the Hessian at a point (d,), positive definite, (d, d)."""
type Gradients = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def find_mode(
    density: ValueAndGradient, start: np.ndarray, spread_at: Spread | None = None
) -> np.ndarray | None:
    """Point of greatest density, by BFGS from `start` and from shifted starts; None if there is none.

    With `spread_at` the search is in units of the spread at its start, so that it ends about a thousandth of
    a standard deviation from the mode, whether ten rows bend the density or ten million: in the parameters'
    own units, rounding hides the gradient's zero where millions do.
    """
    for shift in (0.0, -1.0, 1.0):
        first = start + shift
        unit = np.linalg.cholesky(spread_at(first)) if spread_at else np.eye(len(first))

        def minus(
            z: np.ndarray, first: np.ndarray = first, unit: np.ndarray = unit
        ) -> tuple[float, np.ndarray]:
            value, gradient = density(first + unit @ z)
            return (-value, -gradient @ unit) if np.isfinite(value) else (1e300, np.zeros_like(z))

        best = minimize(minus, np.zeros_like(first), jac=True, method="BFGS", options={"gtol": 1e-3})
        if best.fun < 1e299 and np.abs(np.asarray(best.jac)).max() < 0.5:
            return first + unit @ np.asarray(best.x)
    return None


def spread(gradients: Gradients, point: np.ndarray) -> np.ndarray:
    """Inverse of minus the Hessian at a point (d,), positive definite by construction, (d, d)."""
    steps = 1e-4 * np.eye(len(point))
    above, below = np.split(gradients(np.concatenate([point + steps, point - steps]))[1], 2)
    precision = (below - above) / 2e-4
    return bounded_inverse(0.5 * (precision + precision.T))


def bounded_inverse(precision: np.ndarray) -> np.ndarray:
    """Invert minus a Hessian, (d, d); positive definite whatever it is given."""
    values, vectors = np.linalg.eigh(precision)
    # A direction that the data hardly bend gets a standard deviation of at most 2, on log and tanh scales.
    return vectors @ np.diag(1.0 / np.maximum(values, 0.25)) @ vectors.T
