"""The sums that a Gaussian multilevel model is made of: one pass over the rows, and never again.

Everything the exact engine needs from N rows is C = [Z X]'W[Z X], k = [Z X]'Wr and c₀ = r'Wr, where r is
the residual of y from its regression on X. The columns are put into an order in which the Cholesky factor
of C stays sparse:

- the *head*: the levels of the largest grouping factor, then of every factor that it is nested in, in turn.
  Levels of one factor never share a row, so each is a small dense block of its own, and nesting brings no
  fill-in;
- the *tail*, dense: the levels of the factors that are crossed with those, then the columns of X.

Terms on the same factor are joined into one block a level. A node is a level of a head factor; its panel
holds, in rows, its own block, those of its ancestors and those of the tail rows it meets.

Units are such that y has standard deviation 1 and each column of Z root mean square 1; X is multiplied by
the prior standard deviations of its coefficients (root mean square 1 under a flat prior).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from mlmwidget.data.frame import ModelFrame
from mlmwidget.model.priors import Priors
from mlmwidget.problems import DataError, Problem


class Structure(NamedTuple):
    """The sums and their layout as plain arrays, the one argument of every compiled kernel.

    Factors are in elimination order (head, then tail); T is their number, F that of the factors, p that
    of the columns of X, B that of the tail's columns. Coefficients are ordered by factor, level and
    column, then X.
    """

    n_rows: int
    c0: float
    half_log_weights: float
    n_head_factors: int
    factor_columns: np.ndarray
    """Columns of each factor's blocks, (F,)."""
    factor_levels: np.ndarray
    """Levels of each factor, (F,)."""
    factor_start: np.ndarray
    """First coefficient of each factor, and at F the first of X, (F + 1,)."""
    n_head: int
    """Coefficients in the head; the tail's index of coefficient c is c - n_head."""
    node_start: np.ndarray
    """First node of each head factor, and their number, (heads + 1,)."""
    parent: np.ndarray
    """Node of the next head factor that contains this node, -1 in the last, (nodes,)."""
    panel_start: np.ndarray
    """First element of each node's panel (row-major), (nodes + 1,)."""
    tail_start: np.ndarray
    """First entry of each node in `tail_rows`, (nodes + 1,)."""
    tail_rows: np.ndarray
    """Tail indices of the rows of each panel, ascending within a node."""
    panels: np.ndarray
    """Sums of the head, all panels one after the other."""
    tail: np.ndarray
    """Sums of the tail, (B, B)."""
    k: np.ndarray
    """Sums with the residual, (coefficients,)."""
    x_normal: np.ndarray
    """1 for a column of X with a Normal prior, 0 for a flat one, (p,)."""
    x_shift: np.ndarray
    """Prior mean of each scaled coefficient of X, counted from the regression on X, (p,)."""
    term_factor: np.ndarray
    """Factor of each group design, in the frame's order, (T,)."""
    term_column: np.ndarray
    """First column of each design within its factor's blocks, (T,)."""
    term_size: np.ndarray
    """Columns k of each design, (T,)."""
    term_correlated: np.ndarray
    """1 where the correlations of a design are free, (T,)."""
    sd_mean: np.ndarray
    """Means of the Exponential priors of the standard deviations, designs one after the other."""
    sigma_mean: float
    lkj_eta: float


@dataclass(frozen=True, eq=False)
class Sums:
    """A model's sums, and what turns scaled coefficients back into the user's units.

    Parameters
    ----------
    arrays
        Sums and layout.
    y_scale
        Standard deviation of the response, its unit here.
    z_scale
        For each group design, the units of its columns, shape (k,).
    x_scale
        What the columns of X were multiplied by, shape (p,).
    centre
        What was subtracted from the columns of X before, shape (p,).
    ols
        Coefficients of the regression of y on the centred X, in the user's units, shape (p,).
    intercept
        Index of the intercept's column in X, or None.
    """

    arrays: Structure
    y_scale: float
    z_scale: tuple[np.ndarray, ...]
    x_scale: np.ndarray
    centre: np.ndarray
    ols: np.ndarray
    intercept: int | None

    def beta(self, scaled: np.ndarray) -> np.ndarray:
        """Coefficients of the uncentred X in the user's units; `scaled` has shape (…, p)."""
        beta = self.ols + scaled * self.x_scale * self.y_scale
        if self.intercept is not None:
            beta[..., self.intercept] -= beta @ self.centre
        return beta

    def sd(self, term: int, scaled: np.ndarray) -> np.ndarray:
        """Standard deviations of a design's effects in the user's units; `scaled` has shape (…, k)."""
        return scaled * (self.y_scale / self.z_scale[term])

    def effects(self, term: int, scaled: np.ndarray) -> np.ndarray:
        """One design's effects in the user's units from all coefficients, (…, dim) → (…, J, k)."""
        a = self.arrays
        factor, column, size = a.term_factor[term], a.term_column[term], a.term_size[term]
        block = scaled[..., a.factor_start[factor] : a.factor_start[factor + 1]]
        block = block.reshape(*scaled.shape[:-1], a.factor_levels[factor], a.factor_columns[factor])
        return block[..., column : column + size] * (self.y_scale / self.z_scale[term])


def make_sums(frame: ModelFrame, priors: Priors | None = None) -> Sums:
    """Sum a model frame's rows once.

    Parameters
    ----------
    frame
        A model frame with a Gaussian response and an identity link.
    priors
        Priors in data units; None, or an infinite ``beta_sd``, makes the prior of β flat.

    Raises
    ------
    DataError
        If the response does not vary, or numbers are not finite.
    """
    weights = np.ascontiguousarray(frame.weights, float)
    y, y_scale = _scaled_response(frame)
    intercept = next((i for i, t in enumerate(frame.X_terms) if t == -1), None)
    centre, x_scale, x_normal = _population_scales(frame, priors, weights, y_scale, intercept)
    # `x_scale` can be as small as 1e-300 in data units, so it is applied last.
    X = np.ascontiguousarray((frame.X - centre) * x_scale)
    gram = (X * weights[:, None]).T @ X
    scaled_ols = np.zeros(X.shape[1])
    residual = y
    for _ in range(2):  # the second round refines the first, which loses digits when X is nearly collinear
        scaled_ols = scaled_ols + _solve(gram, X.T @ (weights * residual))
        residual = y - X @ scaled_ols
    with np.errstate(all="ignore"):
        ols = scaled_ols * x_scale * y_scale
    shift = np.zeros(X.shape[1])
    if priors is not None:
        mean = priors.beta_mean / y_scale
        shift = np.where(x_normal, mean / np.where(x_normal, x_scale, 1.0) - scaled_ols, 0.0)
    arrays, z_scale = _sum_rows(frame, priors, X, gram, weights, residual, y_scale, x_normal, shift)
    return Sums(arrays, y_scale, z_scale, x_scale, centre, ols, intercept)


def _scaled_response(frame: ModelFrame) -> tuple[np.ndarray, float]:
    """The response less its offset in units of its standard deviation, safe at any magnitude."""
    y = np.asarray(frame.y - frame.offset, float)
    if not np.isfinite(y).all():
        raise DataError(Problem("error", "not-finite", f"“{frame.y_name}” has values that are not finite."))
    magnitude = float(np.abs(y).max(initial=0.0)) or 1.0
    spread = float(np.std(y / magnitude, ddof=1)) if len(y) > 1 else 0.0
    if spread < 1e-13:
        raise DataError(
            Problem(
                "error",
                "constant-response",
                f"“{frame.y_name}” is the same in every row, so there is nothing to model; "
                "choose a response that varies.",
                part="response",
            )
        )
    return y / magnitude / spread, magnitude * spread


def _population_scales(
    frame: ModelFrame, priors: Priors | None, weights: np.ndarray, y_scale: float, intercept: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, multiplier and kind of prior (True: Normal) of each column of X."""
    p = frame.X.shape[1]
    if priors is not None:
        centre = np.asarray(priors.centre, float)
    elif intercept is not None and len(frame.X):
        centre = np.average(frame.X, axis=0, weights=weights)
        centre[intercept] = 0.0
    else:
        centre = np.zeros(p)
    columns = frame.X - centre
    size = np.abs(columns).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    flat_scale = 1.0 / (size * np.sqrt(np.mean((columns / size) ** 2, axis=0)).clip(1e-8))
    if priors is None:
        return centre, flat_scale, np.zeros(p, bool)
    normal = np.isfinite(priors.beta_sd)
    x_scale = np.where(normal, priors.beta_sd / y_scale, flat_scale)
    finite = [x_scale, centre, priors.beta_mean, *priors.sd_mean, priors.sigma_mean]
    if priors.sigma_mean is None or not all(np.isfinite(v).all() and np.all(v is not None) for v in finite):
        raise DataError(
            Problem(
                "error",
                "priors-not-finite",
                "The priors are not finite numbers; the values of the data may be too large or too small: "
                "rescale them.",
            )
        )
    return centre, x_scale, normal


def _solve(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least-squares solution of normal equations, also when X is not of full rank."""
    size = np.sqrt(np.diag(gram))
    size = np.where(size > 0, size, 1.0)
    return np.linalg.lstsq(gram / np.outer(size, size), right / size, rcond=1e-13)[0] / size


@dataclass(frozen=True, eq=False)
class _Factor:
    """A grouping factor with the group designs that share it."""

    codes: np.ndarray
    levels: int
    terms: list[int]
    Z: np.ndarray

    @property
    def columns(self) -> int:
        return self.Z.shape[1]


def _factors(frame: ModelFrame, z_scale: tuple[np.ndarray, ...]) -> tuple[list[_Factor], int]:
    """Grouping factors in elimination order, and how many of them form the head."""
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
        _Factor(
            codes,
            levels,
            terms,
            np.hstack([np.asarray(frame.groups[t].Z, float) / z_scale[t] for t in terms]),
        )
        for codes, levels, terms in found
    ]
    factors.sort(key=lambda f: -f.levels)
    head: list[_Factor] = []
    tail: list[_Factor] = []
    for factor in factors:
        (head if not head or _nested(head[-1], factor) else tail).append(factor)
    return head + tail, len(head)


def _nested(inner: _Factor, outer: _Factor) -> bool:
    """Whether all rows of each level of `inner` are in one level of `outer`."""
    container = np.zeros(inner.levels, np.int64)
    container[inner.codes] = outer.codes
    return bool((container[inner.codes] == outer.codes).all())


def _column_size(Z: np.ndarray) -> np.ndarray:
    """Root mean square of each column; 1 for a column of zeros."""
    size = np.abs(Z).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    return size * np.sqrt(np.mean((Z / size) ** 2, axis=0)).clip(1e-8)


def _sum_rows(
    frame: ModelFrame,
    priors: Priors | None,
    X: np.ndarray,
    gram: np.ndarray,
    weights: np.ndarray,
    residual: np.ndarray,
    y_scale: float,
    x_normal: np.ndarray,
    shift: np.ndarray,
) -> tuple[Structure, tuple[np.ndarray, ...]]:
    """Lay out the coefficients and sum the rows."""
    z_scale = tuple(_column_size(np.asarray(g.Z, float)) for g in frame.groups)
    factors, heads = _factors(frame, z_scale)
    p = X.shape[1]
    columns = np.array([f.columns for f in factors], np.int64)
    levels = np.array([f.levels for f in factors], np.int64)
    start = np.concatenate([[0], np.cumsum(columns * levels)]).astype(np.int64)
    n_head = int(start[heads])
    tail_size = int(start[-1]) - n_head + p
    pattern = _pattern(factors, heads, start, n_head, p)
    node_start, parent, panel_start, tail_start, tail_rows, slots = pattern
    panels = np.zeros(int(panel_start[-1]))
    tail = np.zeros((tail_size, tail_size))
    k = np.zeros(int(start[-1]) + p)
    codes = (
        np.ascontiguousarray(np.stack([f.codes for f in factors], axis=1))
        if factors
        else np.zeros((len(residual), 0), np.int64)
    )
    Z = np.ascontiguousarray(np.hstack([f.Z for f in factors])) if factors else np.zeros((len(residual), 0))
    _accumulate(
        codes, Z, X, weights, residual, columns, start, heads, n_head, node_start, panel_start, slots,
        panels, tail, k,
    )  # fmt: skip
    tail[tail_size - p :, tail_size - p :] = gram
    k[int(start[-1]) :] = X.T @ (weights * residual)
    place = {t: (f, c) for f, factor in enumerate(factors) for t, c in _places(factor, frame)}
    sd_mean = (
        [] if priors is None else [m * z / y_scale for m, z in zip(priors.sd_mean, z_scale, strict=True)]
    )
    order = range(len(frame.groups))
    arrays = Structure(
        n_rows=len(residual),
        c0=float(residual @ (weights * residual)),
        half_log_weights=0.5 * float(np.log(weights).sum()),
        n_head_factors=heads,
        factor_columns=columns,
        factor_levels=levels,
        factor_start=start,
        n_head=n_head,
        node_start=node_start,
        parent=parent,
        panel_start=panel_start,
        tail_start=tail_start,
        tail_rows=tail_rows,
        panels=panels,
        tail=tail,
        k=k,
        x_normal=x_normal.astype(float),
        x_shift=shift,
        term_factor=np.array([place[t][0] for t in order], np.int64),
        term_column=np.array([place[t][1] for t in order], np.int64),
        term_size=np.array([g.Z.shape[1] for g in frame.groups], np.int64),
        term_correlated=np.array([g.correlated for g in frame.groups], np.int64),
        sd_mean=np.concatenate([np.empty(0), *sd_mean]),
        sigma_mean=1.0 if priors is None or priors.sigma_mean is None else priors.sigma_mean / y_scale,
        lkj_eta=2.0 if priors is None else float(priors.lkj_eta),
    )
    return arrays, z_scale


def _places(factor: _Factor, frame: ModelFrame) -> list[tuple[int, int]]:
    """First column of each of a factor's designs within the factor's blocks."""
    sizes = [frame.groups[t].Z.shape[1] for t in factor.terms]
    return list(zip(factor.terms, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))


def _pattern(
    factors: list[_Factor], heads: int, start: np.ndarray, n_head: int, p: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, their parents, panels and tail rows; and where each row's tail blocks are in its panels.

    The last array, (n, heads × tail factors), holds the row of the panel at which the block of this data
    row's level of a tail factor starts.
    """
    n_tail = len(factors) - heads
    node_start = np.concatenate([[0], np.cumsum([f.levels for f in factors[:heads]])]).astype(np.int64)
    n_rows = len(factors[0].codes) if factors else 0
    slots = np.zeros((n_rows, heads * n_tail), np.int64)
    parent, heights, counts, rows = [], [], [], []
    last = np.arange(start[-1] - n_head, start[-1] - n_head + p)
    for h, factor in enumerate(factors[:heads]):
        up = np.full(factor.levels, -1, np.int64)
        if h + 1 < heads:
            up[factor.codes] = factors[h + 1].codes + node_start[h + 1]
        parent.append(up)
        above = factor.columns + sum(f.columns for f in factors[h + 1 : heads])
        used = np.zeros(factor.levels, np.int64)
        entries: list[tuple[np.ndarray, np.ndarray]] = []
        for t, other in enumerate(factors[heads:]):
            pairs, inverse = np.unique(factor.codes * other.levels + other.codes, return_inverse=True)
            node, level = pairs // other.levels, pairs % other.levels
            count = np.bincount(node, minlength=factor.levels)
            rank = np.arange(len(pairs)) - np.concatenate([[0], np.cumsum(count)])[node]
            slots[:, h * n_tail + t] = (above + used[node] + rank * other.columns)[inverse]
            first = start[heads + t] - n_head + level * other.columns
            scalar = (first[:, None] + np.arange(other.columns)).ravel()
            entries.append((np.repeat(node, other.columns), scalar))
            used += count * other.columns
        entries.append((np.repeat(np.arange(factor.levels), p), np.tile(last, factor.levels)))
        nodes = np.concatenate([e[0] for e in entries])
        scalars = np.concatenate([e[1] for e in entries])
        rows.append(scalars[np.argsort(nodes, kind="stable")])
        counts.append(used + p)
        heights.append((above + used + p) * factor.columns)

    def joined(parts: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)

    panel_start = np.concatenate([[0], np.cumsum(joined(heights))]).astype(np.int64)
    tail_start = np.concatenate([[0], np.cumsum(joined(counts))]).astype(np.int64)
    return node_start, joined(parent), panel_start, tail_start, joined(rows), slots


@njit(cache=True, nogil=True)
def _accumulate(
    codes, Z, X, weights, residual, columns, start, heads, n_head, node_start, panel_start, slots,
    panels, tail, k,
):  # fmt: skip  # pragma: no cover - compiled
    """Add every row to the panels, the tail and k."""
    n, F = codes.shape
    p = X.shape[1]
    n_tail = F - heads
    first = np.zeros(F + 1, np.int64)
    for f in range(F):
        first[f + 1] = first[f] + columns[f]
    for i in range(n):
        for f in range(F):
            q = columns[f]
            here = start[f] + codes[i, f] * q
            for a in range(q):
                wz = weights[i] * Z[i, first[f] + a]
                k[here + a] += wz * residual[i]
                if f < heads:
                    node = node_start[f] + codes[i, f]
                    at = panel_start[node]
                    end = panel_start[node + 1] - p * q
                    for g in range(f, heads):  # its own block, then the ancestors'
                        for b in range(columns[g]):
                            panels[at + a] += wz * Z[i, first[g] + b]
                            at += q
                    for t in range(n_tail):
                        g = heads + t
                        at = panel_start[node] + slots[i, f * n_tail + t] * q
                        for b in range(columns[g]):
                            panels[at + a] += wz * Z[i, first[g] + b]
                            at += q
                    for b in range(p):
                        panels[end + b * q + a] += wz * X[i, b]
                else:
                    row = here - n_head + a
                    for g in range(heads, F):
                        at = start[g] - n_head + codes[i, g] * columns[g]
                        for b in range(columns[g]):
                            tail[row, at + b] += wz * Z[i, first[g] + b]
                    at = tail.shape[0] - p
                    for b in range(p):
                        tail[row, at + b] += wz * X[i, b]
                        tail[at + b, row] += wz * X[i, b]


def crossed_effects(frame: ModelFrame) -> int:
    """Number of effects of factors that are crossed with the head's: the width of the dense tail."""
    ones = tuple(np.ones(g.Z.shape[1]) for g in frame.groups)
    factors, heads = _factors(frame, ones)
    return sum(f.columns * f.levels for f in factors[heads:])
