"""The order of the coefficients, in which the Cholesky factor of C stays sparse.

- The *head*: the levels of the largest grouping factor, then of every factor that it is nested in, in turn.
  Levels of one factor never share a row, so each is a small dense block of its own, and nesting brings no
  fill-in.
- The *tail*, dense: the levels of the factors that are crossed with those, then the columns of X.

Terms on the same factor are joined into one block a level. A node is a level of a head factor; its panel
holds, in rows, its own block, those of its ancestors and those of the tail rows it meets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame

# Columns of `Layout.factors`, `.nodes` and `.terms`.
COLUMNS, LEVELS, START, NODE = 0, 1, 2, 3
PARENT, PANEL, ROWS = 0, 1, 2
FACTOR, COLUMN, SIZE, CORRELATED = 0, 1, 2, 3


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


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything is.

    Parameters
    ----------
    grouping
        Factors in elimination order: head, then tail.
    heads
        Number of factors in the head.
    factors
        For each factor: columns of its blocks, levels, first coefficient, first node (-1 in the tail).
    nodes
        For each node, and one past the last: node of the next head factor that contains it (-1: none),
        first element of its panel (row-major), first entry in `tail_rows`.
    terms
        For each group design: its factor, first column within the factor's blocks, columns k, whether its
        correlations are free.
    tail_rows
        Tail indices of the rows of each panel, ascending within a node.
    slots
        Row of the panel at which the block of a data row's level of a tail factor starts, shape
        (n, heads × tail factors).
    n_head, n_tail
        Coefficients in the head, and in the tail with the columns of X.
    """

    grouping: tuple[Factor, ...]
    heads: int
    factors: np.ndarray
    nodes: np.ndarray
    terms: np.ndarray
    tail_rows: np.ndarray
    slots: np.ndarray
    n_head: int
    n_tail: int


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


def _nested(inner: Factor, outer: Factor) -> bool:
    """Whether all rows of each level of `inner` are in one level of `outer`."""
    container = np.zeros(inner.levels, np.int64)
    container[inner.codes] = outer.codes
    return bool((container[inner.codes] == outer.codes).all())


def operations(rows: np.ndarray, width: float, n_tail: int) -> float:
    """Cost of one evaluation beyond its sums; those of the dense tail run many at a time.

    Parameters
    ----------
    rows
        Tail rows of each panel.
    width
        Columns of the widest block.
    n_tail
        Size of the tail.
    """
    return width * float((np.asarray(rows, float) ** 2).sum()) + n_tail**3 / 30


def crossed_operations(frame: ModelFrame) -> float:
    """Bound the cost of one evaluation from the sizes of the groups; 0 where nothing is crossed."""
    grouping, heads = grouping_factors(frame)
    if heads == len(grouping):
        return 0.0
    n_tail = sum(f.columns * f.levels for f in grouping[heads:]) + frame.X.shape[1]
    met = sum(f.columns for f in grouping[heads:])
    rows = [np.minimum(np.bincount(f.codes) * met + frame.X.shape[1], n_tail) for f in grouping[:heads]]
    return operations(np.concatenate(rows), max(f.columns for f in grouping), n_tail)


def make_layout(frame: ModelFrame) -> Layout:
    """Order a model's coefficients."""
    grouping, heads = grouping_factors(frame)
    p = frame.X.shape[1]
    factors = np.zeros((len(grouping), 4), np.int64)
    factors[:, COLUMNS] = [f.columns for f in grouping]
    factors[:, LEVELS] = [f.levels for f in grouping]
    ends = np.cumsum(factors[:, COLUMNS] * factors[:, LEVELS])
    factors[1:, START] = ends[:-1]
    factors[:, NODE] = np.concatenate([[0], np.cumsum(factors[:-1, LEVELS])])[: len(grouping)]
    factors[heads:, NODE] = -1
    n_head = int(ends[heads - 1]) if heads else 0
    n_tail = (int(ends[-1]) if heads else 0) - n_head + p
    slots = np.zeros((frame.n, heads * (len(grouping) - heads)), np.int64)
    parts = [_head_factor(grouping, h, heads, factors, n_head, p, slots) for h in range(heads)]
    parent, height, count, rows = ([part[i] for part in parts] for i in range(4))
    nodes = np.full((1 + sum(len(x) for x in parent), 3), -1, np.int64)
    nodes[0, [PANEL, ROWS]] = 0
    nodes[:-1, PARENT] = _joined(parent)
    nodes[1:, PANEL] = np.cumsum(_joined(height))
    nodes[1:, ROWS] = np.cumsum(_joined(count))
    terms = np.zeros((len(frame.groups), 4), np.int64)
    for f, factor in enumerate(grouping):
        column = 0
        for t in factor.terms:
            design = frame.groups[t]
            terms[t] = f, column, design.Z.shape[1], design.correlated
            column += design.Z.shape[1]
    return Layout(grouping, heads, factors, nodes, terms, _joined(rows), slots, n_head, n_tail)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)


def _head_factor(
    grouping: tuple[Factor, ...],
    h: int,
    heads: int,
    factors: np.ndarray,
    n_head: int,
    p: int,
    slots: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One head factor's parents, sizes of panels, numbers of tail rows and tail rows; fills its `slots`."""
    factor = grouping[h]
    parent = np.full(factor.levels, -1, np.int64)
    if h + 1 < heads:
        parent[factor.codes] = grouping[h + 1].codes + factors[h + 1, NODE]
    above = int(factors[h:heads, COLUMNS].sum())
    used = np.zeros(factor.levels, np.int64)
    nodes: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for t, other in enumerate(grouping[heads:]):
        pairs, inverse = np.unique(factor.codes * other.levels + other.codes, return_inverse=True)
        node, level = pairs // other.levels, pairs % other.levels
        count = np.bincount(node, minlength=factor.levels)
        rank = np.arange(len(pairs)) - np.concatenate([[0], np.cumsum(count)])[node]
        slots[:, h * (len(grouping) - heads) + t] = (above + used[node] + rank * other.columns)[inverse]
        first = factors[heads + t, START] - n_head + level * other.columns
        nodes.append(np.repeat(node, other.columns))
        rows.append((first[:, None] + np.arange(other.columns)).ravel())
        used += count * other.columns
    n_effects = sum(f.columns * f.levels for f in grouping[heads:])
    nodes.append(np.repeat(np.arange(factor.levels), p))
    rows.append(np.tile(np.arange(n_effects, n_effects + p), factor.levels))
    ordered = _joined(rows)[np.argsort(_joined(nodes), kind="stable")]
    return parent, (above + used + p) * factor.columns, used + p, ordered
