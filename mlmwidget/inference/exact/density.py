"""The log-density of one model's parameters, as an object that samplers and optimisers call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mlmwidget.inference.exact.gradient import gradient
from mlmwidget.inference.exact.kernel import evaluate, n_parameters, workspace
from mlmwidget.inference.exact.layout import COLUMNS, PANEL, ROWS, SIZE
from mlmwidget.inference.exact.sums import Structure

_NOTHING = np.empty((0, 0))

_WORTH_A_THREAD = 1e6
"""Operations below which a second thread costs more than it saves."""


class Density:
    """Log posterior density of the unconstrained parameters of one model.

    Parameters
    ----------
    structure
        The model's sums.
    """

    def __init__(self, structure: Structure):
        self.structure = structure
        self.workspace = workspace(structure)
        self.size = n_parameters(structure)

    @property
    def cost(self) -> float:
        """Operations of one evaluation, roughly; those of the dense tail run many at a time."""
        s = self.structure
        rows = np.diff(s.nodes[:, ROWS]).astype(float)
        width = float(s.factors[:, COLUMNS].max(initial=1))
        return float(s.nodes[-1, PANEL] + width * (rows**2).sum() + len(s.tail) ** 3 / 30)

    def start(self) -> np.ndarray:
        """Where to begin: half of the residual variance in the effects, no correlation, (d,)."""
        s = self.structure
        spread = 0.5 * np.log(0.5 * s.c0 / s.n_rows)
        start = np.zeros(self.size)
        at = 0
        for _, _, k, correlated in s.terms.tolist():
            start[at : at + k] = spread - 0.5 * np.log(s.terms[:, SIZE].sum())
            at += k + correlated * (k * (k - 1) // 2)
        start[-1] = spread
        return start

    def values(self, points: np.ndarray) -> np.ndarray:
        """Evaluate points (n, d): log-densities, (n,)."""
        values = np.empty(len(points))
        if len(points) < 2 or self.cost * len(points) < _WORTH_A_THREAD:
            evaluate(points, self.structure, self.workspace, values, _NOTHING, _NOTHING)
            return values
        half = len(points) // 2
        second = workspace(self.structure)
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(
                evaluate, points[half:], self.structure, second, values[half:], _NOTHING, _NOTHING
            )
            evaluate(points[:half], self.structure, self.workspace, values[:half], _NOTHING, _NOTHING)
            other.result()
        return values

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate one point (d,) with its gradient (d,), which is zero where the density is."""
        value = np.empty(1)
        evaluate(point[None], self.structure, self.workspace, value, _NOTHING, _NOTHING)
        slope = np.zeros(len(point))
        if np.isfinite(value[0]):
            gradient(point, self.structure, self.workspace, slope)
        return float(value[0]), slope

    def draw(self, points: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Draw scaled coefficients given points (n, d) from standard Normal noise, (n, dim) or (n, p)."""
        draws = np.empty_like(noise)
        order = np.lexsort(points.T)  # equal points side by side share a factorisation
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        evaluate(points[order], self.structure, self.workspace, np.empty(len(points)), noise, draws)
        return draws[back]
