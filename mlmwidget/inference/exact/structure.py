"""The sums of one model as arrays, laid out so that they are worked on for all levels and points at once.

In each array the axis of a factor's own columns comes first, and that of its levels last; a further axis for
the points (parameter vectors) is appended where they are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from mlmwidget.inference.exact.layout import Factor, containers, operations


@dataclass(frozen=True, eq=False)
class Term:
    """A group design's place.

    Parameters
    ----------
    factor
        Its grouping factor.
    first, size
        Its first column within the factor's blocks, and how many it has.
    correlated
        Whether its correlations are free.
    sd_means
        Means of the priors of its standard deviations, shape (size,).
    """

    factor: int
    first: int
    size: int
    correlated: bool
    sd_means: np.ndarray

    @property
    def columns(self) -> slice:
        """Its columns within the factor's blocks."""
        return slice(self.first, self.first + self.size)

    @property
    def n_parameters(self) -> int:
        """Number of its unconstrained parameters."""
        return self.size + self.correlated * (self.size * (self.size - 1) // 2)


@dataclass(frozen=True, eq=False)
class Containment:
    """How one factor of the head lies within another.

    Parameters
    ----------
    level
        Level there in which each level here lies, (J,).
    pair
        The same for the pairs of levels and rows of the tail, (R,).
    add_levels, add_pairs
        Matrices that add over them, (levels there, J) and (pairs there, R).
    """

    level: np.ndarray
    pair: np.ndarray
    add_levels: csr_array
    add_pairs: csr_array


@dataclass(frozen=True, eq=False)
class Head:
    """Sums of one factor of the head, of q columns and J levels.

    Parameters
    ----------
    own
        Z'WZ of each level, shape (q, q, J).
    below
        The same with what is eliminated later and dense: blocks of the factors that contain this one, the
        nearest first, the columns of X, and last the residual, shape (q, d, J).
    cross
        The same with crossed factors, of the pairs that occur, shape (q, R).
    within
        The factors that contain this one, the nearest first.
    level, row
        Level and row of the tail of each column of `cross`, ascending, (R,).
    first
        Where each level begins in `cross`, (J + 1,).
    by_level, by_row
        Matrices that add over the pairs of a level, (J, R), and of a row of the tail, (crossed, R).
    """

    own: np.ndarray
    below: np.ndarray
    cross: np.ndarray
    within: tuple[Containment, ...]
    level: np.ndarray
    row: np.ndarray
    first: np.ndarray
    by_level: csr_array
    by_row: csr_array

    def pair(self, level: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Find pairs of levels and rows of the tail that occur."""
        size = self.by_row.shape[0]
        return np.searchsorted(self.level * size + self.row, level * size + row)


@dataclass(frozen=True, eq=False)
class Structure:
    """All sums of one model, and its priors in scaled units.

    Coefficients are ordered by factor, level and column, then X.

    Parameters
    ----------
    n_rows
        Rows of the data.
    half_log_weights
        ½ Σ log w.
    terms
        Group designs, in the model's order.
    columns, levels, start
        For each factor in elimination order: columns and number of its blocks, its first coefficient.
    heads
        The factors of the head; the others are crossed with them.
    tail
        Sums of crossed factors, X and, last, the residual with each other, shape (crossed + p + 1, ·).
    x_normal
        1 for a column of X with a Normal prior, 0 for a flat one, (p,).
    x_shift
        Prior mean of each scaled coefficient of X, counted from the regression on X, (p,).
    sigma_mean, lkj_eta
        Priors of σ and of the correlations.
    """

    n_rows: int
    half_log_weights: float
    terms: tuple[Term, ...]
    columns: tuple[int, ...]
    levels: tuple[int, ...]
    start: tuple[int, ...]
    heads: tuple[Head, ...]
    tail: np.ndarray
    x_normal: np.ndarray
    x_shift: np.ndarray
    sigma_mean: float
    lkj_eta: float

    @property
    def p(self) -> int:
        """Number of columns of X."""
        return len(self.x_normal)

    @property
    def crossed(self) -> int:
        """Number of effects in the tail."""
        return len(self.tail) - self.p - 1

    @property
    def dim(self) -> int:
        """Number of coefficients."""
        return self.start[-1] + self.p

    @property
    def c0(self) -> float:
        """Weighted sum of squares of the residual."""
        return float(self.tail[-1, -1])

    @property
    def n_parameters(self) -> int:
        """Number of unconstrained parameters."""
        return sum(t.n_parameters for t in self.terms) + 1

    @property
    def size(self) -> int:
        """Numbers that one factorisation holds."""
        return sum(h.own.size + h.below.size + h.cross.size for h in self.heads) + self.tail.size

    @property
    def cost(self) -> float:
        """Operations of one evaluation, roughly."""
        rows = [np.diff(h.first) + h.below.shape[1] for h in self.heads]
        return self.size + operations(
            np.concatenate([[0], *rows]), max(self.columns, default=1), len(self.tail)
        )

    def places(self, factor: int) -> slice:
        """Places of a factor's coefficients among all; those of X come last."""
        return slice(self.start[factor], self.start[factor + 1])

    def block(self, factor: int) -> slice:
        """Rows of the tail that are a crossed factor's."""
        places, first = self.places(factor), self.start[len(self.heads)]
        return slice(places.start - first, places.stop - first)


class Rows:
    """The rows of a model, arranged so that their products can be summed again with other weights.

    Parameters
    ----------
    grouping, heads
        Factors in elimination order, and how many of them are the head.
    Z
        Scaled columns of each factor, (q, n).
    X
        Scaled columns of X, (p, n).
    """

    def __init__(self, grouping: tuple[Factor, ...], heads: int, Z: list[np.ndarray], X: np.ndarray):
        self.grouping, self.heads, self.Z, self.X = grouping, heads, Z, X
        crossed = grouping[heads:]
        starts = np.cumsum([0, *(f.columns * f.levels for f in crossed)])
        #: Row of the tail of each data row's first coefficient of each crossed factor, (n,).
        self.tail_places = [start + f.codes * f.columns for f, start in zip(crossed, starts, strict=False)]
        #: Coefficients of the crossed factors.
        self.n_crossed = int(starts[-1])
        keys = [self._keys(f) for f in grouping[:heads]]
        #: The factors of the head, not summed yet.
        self.empty = [self._head(index, keys) for index in range(heads)]
        #: For each factor of the head and each crossed with it, each data row's first place in `cross`, (n,).
        self.pairs = [
            [head.pair(f.codes, at) for at in self.tail_places]
            for head, f in zip(self.empty, grouping, strict=False)
        ]

    def _keys(self, factor: Factor) -> np.ndarray:
        """Find the pairs of a factor's levels and rows of the tail: level · size + row, ascending."""
        keys = [np.empty(0, np.int64)]
        for other, at in zip(self.grouping[self.heads :], self.tail_places, strict=True):
            first = np.unique(factor.codes * self.n_crossed + at)
            keys.append((first[:, None] + np.arange(other.columns)).ravel())
        return np.sort(np.concatenate(keys))

    def _head(self, index: int, keys: list[np.ndarray]) -> Head:
        """One factor of the head, not summed yet."""
        factor, outer, n = (
            self.grouping[index],
            self.grouping[index + 1 : self.heads],
            max(self.n_crossed, 1),
        )
        level, row = np.divmod(keys[index], n)
        within = []
        for other, there in zip(outer, keys[index + 1 :], strict=True):
            above = containers(factor, other)
            pair = np.searchsorted(there, above[level] * n + row)
            within.append(Containment(above, pair, _adder(above, other.levels), _adder(pair, len(there))))
        nothing = np.empty(0)
        return Head(
            own=nothing,
            below=nothing,
            cross=nothing,
            within=tuple(within),
            level=level,
            row=row,
            first=np.searchsorted(level, np.arange(factor.levels + 1)),
            by_level=_adder(level, factor.levels),
            by_row=_adder(row, self.n_crossed),
        )

    def summed(self, weights: np.ndarray, residual: np.ndarray) -> tuple[tuple[Head, ...], np.ndarray]:
        """Sum products of all pairs of columns within the groups.

        Parameters
        ----------
        weights, residual
            Of the rows, (n,).

        Returns
        -------
        heads, tail
            As in :class:`Structure`.
        """
        X = np.vstack([self.X, residual])
        heads = tuple(self._summed_head(index, X, weights) for index in range(self.heads))
        return heads, self._summed_tail(X, weights)

    def _summed_head(self, index: int, X: np.ndarray, weights: np.ndarray) -> Head:
        factor, Z = self.grouping[index], self.Z[index]
        weighted = Z * weights
        below = [*(z for outer in self.Z[index + 1 : self.heads] for z in outer), *X]
        columns = [[np.bincount(factor.codes, w * z, factor.levels) for z in (*Z, *below)] for w in weighted]
        sums: np.ndarray = np.array(columns)
        head = self.empty[index]
        cross = np.zeros((len(Z), len(head.row)))
        for at, others in zip(self.pairs[index], self.Z[self.heads :], strict=True):
            for b, z in enumerate(others):
                for a, w in enumerate(weighted):
                    cross[a] += np.bincount(at + b, w * z, len(head.row))
        return replace(head, own=sums[:, : len(Z)], below=sums[:, len(Z) :], cross=cross)

    def _summed_tail(self, X: np.ndarray, weights: np.ndarray) -> np.ndarray:
        n = self.n_crossed
        size = n + len(X)
        tail = np.zeros((size, size))
        columns = [
            (at + a, z)
            for at, Z in zip(self.tail_places, self.Z[self.heads :], strict=True)
            for a, z in enumerate(Z)
        ]
        for at, z in columns:
            weighted = z * weights
            for other, z_other in columns:
                tail += np.bincount(at * size + other, weighted * z_other, size * size).reshape(size, size)
            for b, x in enumerate(X):
                tail[:n, n + b] += np.bincount(at, weighted * x, n)
        tail[n:, :n] = tail[:n, n:].T
        tail[n:, n:] = (X * weights) @ X.T
        return tail


def _adder(target: np.ndarray, size: int) -> csr_array:
    """Matrix that adds its operand's rows into `size` rows, each into its target."""
    n = len(target)
    return csr_array((np.ones(n), (target, np.arange(n))), (size, n))
