"""The order of the coefficients, in which the Cholesky factor of C stays sparse.

- The *head*: the levels of the largest grouping factor, then of every factor that it is nested in, in turn.
  Levels of one factor never share a row, so each is a small dense block of its own, and nesting brings no
  fill-in.
- The *tail*, dense: the levels of the factors that are crossed with those, then the columns of X.

Terms on the same factor are joined into one block a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame


@dataclass(frozen=True, eq=False)
class Factor:
    """A grouping factor and the group designs that share it.

    Parameters
    ----------
    codes
        Level of each row, shape (n,).
    levels
        Number of levels.
    terms
        Indices of its group designs.
    columns
        Columns of all of them.
    """

    codes: np.ndarray
    levels: int
    terms: tuple[int, ...]
    columns: int


def grouping_factors(frame: ModelFrame) -> tuple[tuple[Factor, ...], int]:
    """Find the grouping factors in elimination order, and how many of them form the head."""
    found: list[tuple[np.ndarray, int, list[int]]] = []
    for index, design in enumerate(frame.groups):
        codes = np.ascontiguousarray(design.codes, np.int64)
        for other, levels, terms in found:
            if levels == len(design.levels) and np.array_equal(codes, other):
                terms.append(index)
                break
        else:
            found.append((codes, len(design.levels), [index]))
    factors = [
        Factor(codes, levels, tuple(terms), sum(frame.groups[t].Z.shape[1] for t in terms))
        for codes, levels, terms in found
    ]
    factors.sort(key=lambda f: -f.levels)
    head: list[Factor] = []
    tail: list[Factor] = []
    for factor in factors:
        (head if not head or _nested(head[-1], factor) else tail).append(factor)
    return (*head, *tail), len(head)


def containers(inner: Factor, outer: Factor) -> np.ndarray:
    """Level of `outer` that each level of `inner` lies in, if it is nested, (levels,)."""
    container = np.zeros(inner.levels, np.int64)
    container[inner.codes] = outer.codes
    return container


def _nested(inner: Factor, outer: Factor) -> bool:
    """Whether all rows of each level of `inner` are in one level of `outer`."""
    return bool((containers(inner, outer)[inner.codes] == outer.codes).all())


def operations(rows: np.ndarray, width: float, n_tail: int) -> float:
    """Cost of one evaluation beyond its sums; those of the dense tail run many at a time.

    Parameters
    ----------
    rows
        Tail rows that each level of the head meets.
    width
        Columns of the widest block.
    n_tail
        Size of the tail.
    """
    return 2 * width * float((np.asarray(rows, float) ** 2).sum()) + n_tail**3 / 30


def crossed_operations(frame: ModelFrame) -> float:
    """Bound the cost of one evaluation from the sizes of the groups; 0 where nothing is crossed."""
    grouping, heads = grouping_factors(frame)
    if heads == len(grouping):
        return 0.0
    n_tail = sum(f.columns * f.levels for f in grouping[heads:]) + frame.X.shape[1]
    met = sum(f.columns for f in grouping[heads:])
    rows = [np.minimum(np.bincount(f.codes) * met + frame.X.shape[1], n_tail) for f in grouping[:heads]]
    return operations(np.concatenate(rows), max(f.columns for f in grouping), n_tail)
