"""The sums that a Gaussian multilevel model is made of: one pass over the rows, and never again.

Everything the exact engine needs from N rows is C = [Z X]'W[Z X], k = [Z X]'Wr and c₀ = r'Wr, where r is
the residual of y from its regression on X; C is stored as :mod:`.layout` orders it.

Units are such that y has standard deviation 1 and each column of Z root mean square 1; X is multiplied by
the prior standard deviations of its coefficients (root mean square 1 under a flat prior).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.layout import COLUMNS, NODE, PANEL, START, Layout, make_layout
from mlmwidget.model.priors import Priors
from mlmwidget.problems import DataError, Problem


class Structure(NamedTuple):
    """The sums and their layout as plain arrays, the one argument of every compiled kernel.

    p is the number of columns of X, B that of the tail. Coefficients are ordered by factor, level and
    column, then X; the tail's index of coefficient c is c - (dim - B).
    """

    n_rows: int
    c0: float
    half_log_weights: float
    heads: int
    factors: np.ndarray
    nodes: np.ndarray
    terms: np.ndarray
    tail_rows: np.ndarray
    """These five as in :class:`.layout.Layout`."""
    panels: np.ndarray
    """Sums of the head, all panels one after the other."""
    tail: np.ndarray
    """Sums of the tail, (B, B)."""
    k: np.ndarray
    """Sums with the residual, (dim,)."""
    x_normal: np.ndarray
    """1 for a column of X with a Normal prior, 0 for a flat one, (p,)."""
    x_shift: np.ndarray
    """Prior mean of each scaled coefficient of X, counted from the regression on X, (p,)."""
    prior: np.ndarray
    """Mean of the prior of σ, shape of the LKJ prior, means of the priors of the standard deviations."""


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
        """Give standard deviations of a design's effects in the user's units; `scaled` has shape (…, k)."""
        return scaled * (self.y_scale / self.z_scale[term])

    def effects(self, term: int, scaled: np.ndarray) -> np.ndarray:
        """One design's effects in the user's units from all coefficients, (…, dim) → (…, J, k)."""
        a = self.arrays
        factor, column, size, _ = a.terms[term]
        columns, levels, start, _ = a.factors[factor]
        block = scaled[..., start : start + levels * columns]
        block = block.reshape(*scaled.shape[:-1], levels, columns)
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
    centre, x_scale, x_normal = population_scales(frame, priors, weights, y_scale, intercept)
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
    z_scale = tuple(column_size(np.asarray(g.Z, float)) for g in frame.groups)
    layout = make_layout(frame)
    panels, tail, k = _sum_rows(frame, layout, z_scale, X, weights, residual)
    tail[len(tail) - len(gram) :, len(tail) - len(gram) :] = gram
    k[len(k) - len(gram) :] = X.T @ (weights * residual)
    arrays = Structure(
        n_rows=frame.n,
        c0=float(residual @ (weights * residual)),
        half_log_weights=0.5 * float(np.log(weights).sum()),
        heads=layout.heads,
        factors=layout.factors,
        nodes=layout.nodes,
        terms=layout.terms,
        tail_rows=layout.tail_rows,
        panels=panels,
        tail=tail,
        k=k,
        x_normal=x_normal.astype(float),
        x_shift=shift,
        prior=_scaled_priors(priors, y_scale, z_scale),
    )
    return Sums(arrays, y_scale, z_scale, x_scale, centre, ols, intercept)


def _scaled_priors(priors: Priors | None, y_scale: float, z_scale: tuple[np.ndarray, ...]) -> np.ndarray:
    """`Structure.prior`; ones where there are no priors, because nothing reads them then."""
    if priors is None or priors.sigma_mean is None:
        return np.ones(2 + sum(len(z) for z in z_scale))
    means = [m * z / y_scale for m, z in zip(priors.sd_mean, z_scale, strict=True)]
    return np.concatenate([[priors.sigma_mean / y_scale, priors.lkj_eta], *means])


def _scaled_response(frame: ModelFrame) -> tuple[np.ndarray, float]:
    """Give the response less its offset in units of its standard deviation, safe at any magnitude."""
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


def population_scales(
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
    numbers = [x_scale, centre, priors.beta_mean, *priors.sd_mean, np.array(priors.sigma_mean or 0.0)]
    if not all(np.isfinite(v).all() for v in numbers):
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


def column_size(Z: np.ndarray) -> np.ndarray:
    """Root mean square of each column; 1 for a column of zeros."""
    size = np.abs(Z).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    return size * np.sqrt(np.mean((Z / size) ** 2, axis=0)).clip(1e-8)


def stack_rows(
    frame: ModelFrame, layout: Layout, z_scale: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Put side by side, in the layout's order, the factors' codes (n, F) and scaled columns (n, columns)."""
    scaled = [np.asarray(g.Z, float) / z for g, z in zip(frame.groups, z_scale, strict=True)]
    nothing = np.empty((frame.n, 0))
    Z = np.hstack([nothing, *(scaled[t] for f in layout.grouping for t in f.terms)])
    codes = np.hstack([nothing.astype(np.int64), *(f.codes[:, None] for f in layout.grouping)])
    return np.ascontiguousarray(codes), np.ascontiguousarray(Z)


def _sum_rows(
    frame: ModelFrame,
    layout: Layout,
    z_scale: tuple[np.ndarray, ...],
    X: np.ndarray,
    weights: np.ndarray,
    residual: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Panels, tail and k, all but the block of X itself."""
    codes, Z = stack_rows(frame, layout, z_scale)
    panels = np.zeros(int(layout.nodes[-1, PANEL]))
    tail = np.zeros((layout.n_tail, layout.n_tail))
    k = np.zeros(layout.n_head + layout.n_tail)
    accumulate(
        codes, Z, X, weights, residual, layout.heads,
        layout.n_head, layout.factors, layout.nodes, layout.slots, panels, tail, k,
    )  # fmt: skip
    return panels, tail, k


@njit(cache=True, nogil=True)
def accumulate(  # type: ignore[no-untyped-def]
    codes, Z, X, weights, residual, heads, n_head, factors, nodes, slots, panels, tail, k,
):  # fmt: skip  # pragma: no cover - compiled
    """Add every row to the panels, the tail and k."""
    n, F = codes.shape
    p = X.shape[1]
    B = len(tail)
    first = np.zeros(F + 1, np.int64)
    for f in range(F):
        first[f + 1] = first[f] + factors[f, COLUMNS]
    for i in range(n):
        for f in range(F):
            q = factors[f, COLUMNS]
            own = factors[f, START] + codes[i, f] * q
            for a in range(q):
                wz = weights[i] * Z[i, first[f] + a]
                k[own + a] += wz * residual[i]
                if f >= heads:
                    row = own + a - n_head
                    for g in range(heads, F):
                        at = factors[g, START] - n_head + codes[i, g] * factors[g, COLUMNS]
                        for b in range(factors[g, COLUMNS]):
                            tail[row, at + b] += wz * Z[i, first[g] + b]
                    for b in range(p):
                        tail[row, B - p + b] += wz * X[i, b]
                        tail[B - p + b, row] += wz * X[i, b]
                    continue
                node = factors[f, NODE] + codes[i, f]
                at = nodes[node, PANEL] + a
                for g in range(first[f], first[heads]):  # its own block, then the ancestors'
                    panels[at] += wz * Z[i, g]
                    at += q
                for g in range(heads, F):
                    at = nodes[node, PANEL] + slots[i, f * (F - heads) + g - heads] * q + a
                    for b in range(first[g], first[g + 1]):
                        panels[at] += wz * Z[i, b]
                        at += q
                at = nodes[node + 1, PANEL] - p * q + a
                for b in range(p):
                    panels[at] += wz * X[i, b]
                    at += q
