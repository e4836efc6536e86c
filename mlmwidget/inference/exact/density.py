"""The log-density of one model's parameters, as an object that samplers and optimisers call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpotrf, dpotri

from mlmwidget.inference.exact.gradient import gradient
from mlmwidget.inference.exact.kernel import (
    CONDENSE,
    RESUME,
    SOLVED,
    WHOLE,
    evaluate,
)
from mlmwidget.inference.exact.layout import COLUMNS, PANEL, ROWS, SIZE, operations
from mlmwidget.inference.exact.sums import Structure
from mlmwidget.inference.exact.workspace import n_parameters, workspace

_NOTHING = np.empty((0, 0))

_WORTH_A_THREAD = 1e6
"""Operations below which a second thread costs more than it saves."""


_LAPACK_FROM = 64
"""Columns of the tail from which LAPACK is worth its overhead."""


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
        self._dense = len(structure.tail) >= _LAPACK_FROM
        kinds: list[int] = []
        for _, _, k, correlated in structure.terms.tolist():
            kinds += [0] * k + [1] * (correlated * (k * (k - 1) // 2))
        #: Which parameters are logarithms of the effects' standard deviations, (d,).
        self.is_log_sd = np.array([*kinds, 2]) == 0
        #: Which are inverse hyperbolic tangents of partial correlations, (d,).
        self.is_correlation = np.array([*kinds, 2]) == 1

    @property
    def cost(self) -> float:
        """Operations of one evaluation, roughly; those of the dense tail run many at a time."""
        s = self.structure
        width = float(s.factors[:, COLUMNS].max(initial=1))
        return float(s.nodes[-1, PANEL]) + operations(np.diff(s.nodes[:, ROWS]), width, len(s.tail))

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
        if self._dense:
            return np.array([self.factorise(point, _NOTHING, _NOTHING) for point in points])
        values = np.empty(len(points))
        self._evaluate(points, values, _NOTHING, _NOTHING)
        return values

    def _evaluate(self, points: np.ndarray, values: np.ndarray, noise: np.ndarray, draws: np.ndarray) -> None:
        """Evaluate points, and make a draw at each if there is noise; large models in two threads."""
        if len(points) < 2 or self.cost * len(points) < _WORTH_A_THREAD:
            evaluate(points, self.structure, self.workspace, values, noise, draws, WHOLE)
            return
        half = len(points) // 2
        first, second = slice(half), slice(half, None)
        with ThreadPoolExecutor(1) as pool:  # the kernel releases the GIL
            other = pool.submit(
                evaluate, points[second], self.structure, workspace(self.structure), values[second],
                noise[second], draws[second], WHOLE,
            )  # fmt: skip
            evaluate(
                points[first],
                self.structure,
                self.workspace,
                values[first],
                noise[first],
                draws[first],
                WHOLE,
            )
            other.result()

    def factorise(self, point: np.ndarray, noise: np.ndarray, draws: np.ndarray) -> float:
        """Evaluate one point, a large tail by LAPACK, and make draws there."""
        s, ws, value = self.structure, self.workspace, np.empty(1)
        if not self._dense:
            evaluate(point[None], s, ws, value, noise, draws, WHOLE)
            return float(value[0])
        evaluate(point[None], s, ws, value, _NOTHING, _NOTHING, CONDENSE)
        # Seen from Fortran the matrix is transposed: its upper factor in place is our lower one.
        _, failed = dpotrf(ws.schur.T, lower=0, clean=0, overwrite_a=1)
        if failed or not np.isfinite(value[0]):
            return -np.inf
        ws.tail[:] = ws.schur
        if noise.shape[1] < len(s.k):
            evaluate(point[None], s, ws, value, noise, draws, RESUME)
            return float(value[0])
        evaluate(point[None], s, ws, value, _NOTHING, _NOTHING, RESUME)
        noise = noise.copy()
        tail = noise[:, len(s.k) - len(s.tail) :]
        tail[:] = solve_triangular(ws.tail.T, (tail + ws.w[len(s.k) - len(s.tail) :]).T, check_finite=False).T
        evaluate(point[None], s, ws, value, noise, draws, SOLVED)
        return float(value[0])

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate one point (d,) with its gradient (d,), which is zero where the density is.

        Moments of the coefficients are left in the workspace (see :func:`.gradient.gradient`).
        """
        value = self.factorise(point, _NOTHING, _NOTHING)
        slope = np.zeros(len(point))
        if np.isfinite(value):
            self.moments(point, slope)
        return value, slope

    def moments(self, point: np.ndarray, slope: np.ndarray) -> None:
        """Make the moments, and into `slope` the gradient, at the point that was evaluated last."""
        ws = self.workspace
        if self._dense:
            inverse, _ = dpotri(ws.tail, lower=1)
            ws.S_tail[:] = np.tril(inverse) + np.tril(inverse, -1).T
        gradient(point, self.structure, ws, slope, self._dense)

    def draw(self, points: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Draw scaled coefficients given points (n, d) from standard Normal noise, (n, dim) or (n, p)."""
        draws = np.empty_like(noise)
        order = np.lexsort(points.T)  # equal points side by side share a factorisation
        points = points[order]
        if self._dense:
            new = np.flatnonzero(np.r_[True, (points[1:] != points[:-1]).any(axis=1)])
            for first, last in zip(new, [*new[1:], len(points)], strict=True):
                self.factorise(points[first], noise[first:last], draws[first:last])
        else:
            self._evaluate(points, np.empty(len(points)), noise, draws)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return draws[back]
