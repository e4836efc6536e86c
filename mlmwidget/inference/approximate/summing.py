"""The sums of a model at many points at once, each point with weights of its own.

Every sum is linear in the weights, so that two fixed sparse matrices make them all: one of products of
columns, applied to the weights, and one of columns, applied to weights times residual.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from mlmwidget.inference.exact.structure import Head, Rows


class PointSums:
    """What turns weights and residuals of a model's n rows into its sums.

    Parameters
    ----------
    rows
        The rows.
    """

    def __init__(self, rows: Rows):
        self._rows = rows
        self._heads = [self._head(index) for index in range(rows.heads)]
        self._crossed = self._crossed_columns()
        X = rows.X
        self._upper = np.triu_indices(len(X))
        self._products = X[self._upper[0]] * X[self._upper[1]]

    def summed(self, weights: np.ndarray, residual: np.ndarray) -> tuple[tuple[Head, ...], np.ndarray]:
        """Sum products of all pairs of columns within the groups.

        Parameters
        ----------
        weights, residual
            At each of m points, (n, m).

        Returns
        -------
        heads, tail
            As in :class:`mlmwidget.inference.exact.structure.Structure`, with an axis for the points last.
        """
        weighted = weights * residual
        heads = tuple(self._summed_head(index, weights, weighted) for index in range(self._rows.heads))
        return heads, self._summed_tail(weights, weighted, residual)

    def _head(self, index: int) -> tuple[csr_array, csr_array]:
        """Matrices of one factor of the head: products, then those with crossed factors; columns."""
        rows = self._rows
        factor, Z, n_pairs = rows.grouping[index], rows.Z[index], len(rows.empty[index].row)
        others = [z for outer in rows.Z[index + 1 : rows.heads] for z in outer]
        parts = [_adder(factor.codes, z * x, factor.levels) for z in Z for x in (*Z, *others, *rows.X)]
        for z in Z:
            part = csr_array((n_pairs, len(z)))
            for at, crossed in zip(rows.pairs[index], rows.Z[rows.heads :], strict=True):
                for b, x in enumerate(crossed):
                    part = part + _adder(at + b, z * x, n_pairs)
            parts.append(part)
        return vstack(parts, "csr"), vstack([_adder(factor.codes, z, factor.levels) for z in Z], "csr")

    def _crossed_columns(self) -> tuple[csr_array, csr_array, csr_array]:
        """Matrices of the crossed factors: products with each other, with X, and their columns."""
        rows, size = self._rows, self._rows.n_crossed
        columns = [
            (at + a, z)
            for at, Z in zip(rows.tail_places, rows.Z[rows.heads :], strict=True)
            for a, z in enumerate(Z)
        ]
        n = rows.X.shape[1]
        each, alone = csr_array((size * size, n)), csr_array((size, n))
        with_x = [csr_array((size, n)) for _ in rows.X]
        for at, z in columns:
            alone = alone + _adder(at, z, size)
            with_x = [part + _adder(at, z * x, size) for part, x in zip(with_x, rows.X, strict=True)]
            for other, x in columns:
                each = each + _adder(at * size + other, z * x, size * size)
        return each, vstack([csr_array((0, n)), *with_x], "csr"), alone

    def _summed_head(self, index: int, weights: np.ndarray, weighted: np.ndarray) -> Head:
        empty, Z = self._rows.empty[index], self._rows.Z[index]
        of_weights, of_residual = self._heads[index]
        q, m, levels = len(Z), weights.shape[1], self._rows.grouping[index].levels
        sums = of_weights @ weights
        pairs = len(sums) - q * len(empty.row)
        products = sums[:pairs].reshape(q, -1, levels, m)
        last = (of_residual @ weighted).reshape(q, 1, levels, m)
        below = np.concatenate([products[:, q:], last], axis=1)
        return replace(empty, own=products[:, :q], below=below, cross=sums[pairs:].reshape(q, -1, m))

    def _summed_tail(self, weights: np.ndarray, weighted: np.ndarray, residual: np.ndarray) -> np.ndarray:
        n, X, m = self._rows.n_crossed, self._rows.X, weights.shape[1]
        tail = np.empty((n + len(X) + 1, n + len(X) + 1, m))
        if n:
            each, with_x, alone = self._crossed
            tail[:n, :n] = (each @ weights).reshape(n, n, m)
            tail[:n, n:-1] = (with_x @ weights).reshape(-1, n, m).transpose(1, 0, 2)
            tail[:n, -1] = alone @ weighted
            tail[n:, :n] = tail[:n, n:].transpose(1, 0, 2)
        first, second = self._upper
        tail[n + first, n + second] = tail[n + second, n + first] = self._products @ weights
        tail[n:-1, -1] = tail[-1, n:-1] = X @ weighted
        tail[-1, -1] = (weighted * residual).sum(axis=0)
        return tail


def _adder(target: np.ndarray, values: np.ndarray, size: int) -> csr_array:
    """Matrix that adds rows, each times a value, into `size` rows, each into its target."""
    return csr_array((values, (target, np.arange(len(target)))), (size, len(target)))
