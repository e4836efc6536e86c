"""Fitted lines of a multilevel model along one predictor, as numbers; nothing is drawn here.

A line shows one predictor, the axis. Other predictors are held at their means: within the group for a
group's line, over all rows for the population's. Columns that depend on the axis alone follow it exactly,
whatever the transformation (``log(x)``, ``poly(x, 2)``); products with the axis follow it times the mean
of the other variables. Deviations of further grouping factors are zero, their average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from mlmwidget.data.evaluate import names_in
from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import Term
from mlmwidget.formula.syntax import Name
from mlmwidget.inference.estimates import POOLINGS, Totals
from mlmwidget.inference.levels import FactorView
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.posterior import Draws
from mlmwidget.inference.summary import quantiles
from mlmwidget.model.links import mean as inverse_link

#: Kinds of pooling, in the order in which their lines are drawn.
DRAWN = ("no", "complete", "partial")
#: Draws that an interval along a line is computed from.
MAX_DRAWS = 1000
#: Points of a curve; a straight line without a band needs two.
GRID = 21
#: Most levels of a categorical axis.
MAX_CATEGORIES = 12


@dataclass(frozen=True, eq=False)
class Axis:
    """The predictor along which lines are drawn.

    Parameters
    ----------
    name
        Column of the data.
    values
        Its value in each row, shape (n,); positions in `categories` for a categorical one.
    categories
        Its levels as text; None for numbers.
    grid
        Values at which lines are computed, ascending, shape (m,).
    """

    name: str
    values: np.ndarray
    categories: tuple[str, ...] | None
    grid: np.ndarray

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return bool(np.all(self.values == np.round(self.values)))


def choose_axis(frame: ModelFrame, within_groups: bool = True) -> Axis | None:
    """Choose the predictor that a plot of the fit should have on its horizontal axis.

    The first candidate among the varying slopes of the first grouping factor, then among the
    population-level terms; numbers before categories.

    Parameters
    ----------
    frame
        The model frame.
    within_groups
        Whether the predictor must vary within the groups of the first grouping factor.

    Returns
    -------
    Axis or None
        None when the model has no such predictor.
    """
    first = frame.groups[0].factor if frame.groups else None
    designs = zip(frame.spec.groups, frame.groups, strict=True)
    varying = [t for group, design in designs if design.factor == first for t in group.terms]
    names = dict.fromkeys(
        n.name for t in [*varying, *frame.spec.terms] for v in t.variables for n in names_in(v)
    )
    axes = [axis for name in names if (axis := _axis(frame, name)) is not None]
    if within_groups and frame.groups:
        axes = [axis for axis in axes if _varies_within(axis.values, frame.groups[0].codes)]
    return min(axes, key=lambda axis: axis.categories is not None, default=None)


def _axis(frame: ModelFrame, name: str) -> Axis | None:
    """Make an axis of a column of the data; None if it can be none."""
    if name not in frame.rows.columns:
        return None
    column = frame.rows[name]
    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float)
        unique = np.unique(values)
        if len(unique) < 2:
            return None
        grid = unique if len(unique) <= GRID else np.linspace(unique[0], unique[-1], GRID)
        return Axis(name, values, None, grid)
    if types.is_datetime64_any_dtype(column):
        return None
    category = pd.Categorical(column)
    present = np.unique(category.codes)
    if not 2 <= len(present) <= MAX_CATEGORIES:
        return None
    categories = tuple(str(category.categories[i]) for i in present)
    return Axis(
        name,
        np.searchsorted(present, category.codes).astype(float),
        categories,
        np.arange(len(present), dtype=float),
    )


@dataclass(frozen=True, eq=False)
class Lines:
    """Points of the groups' lines: group by group, kind by kind, along the axis.

    Parameters
    ----------
    group
        Which of the groups that were asked for.
    kind
        Position in :data:`DRAWN`.
    x, y
        Value of the axis (NaN without one), and of the line on the scale of the response.
    lower, upper
        Ends of the 95 % interval of partial pooling; NaN elsewhere.
    """

    group: np.ndarray
    kind: np.ndarray
    x: np.ndarray
    y: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def are(self, kind: str) -> np.ndarray:
        """Which points belong to lines of one kind."""
        return self.kind == DRAWN.index(kind)

    def table(self, names: Sequence[str]) -> pd.DataFrame:
        """Return the points as a table with the names of the groups (``level``) and kinds (``pooling``)."""
        return pd.DataFrame(
            {
                "level": np.array(names, dtype=object)[self.group],
                "pooling": np.array(DRAWN, dtype=object)[self.kind],
                "x": self.x,
                "y": self.y,
                "lower": self.lower,
                "upper": self.upper,
            }
        )


def columns_along(
    frame: ModelFrame,
    columns: np.ndarray,
    terms: Sequence[Term | None],
    axis: Axis | None,
    rows: np.ndarray | None = None,
    pure: dict[int, np.ndarray] | None = None,
) -> np.ndarray:
    """Design columns along an axis, with every other predictor held at its mean.

    Parameters
    ----------
    frame
        The model frame.
    columns
        Design columns, shape (n, k).
    terms
        The term of each column; None for the intercept.
    axis
        The axis; None gives a single row, the mean of every column.
    rows
        Positions of the rows over which the means are taken; all rows by default.
    pure
        Filled with the columns that depend on the axis alone, by position, and read from: the same
        dictionary for every group spares computing them again.

    Returns
    -------
    ndarray
        Shape (m, k).
    """
    rows = np.arange(frame.n) if rows is None else rows
    pure = {} if pure is None else pure
    if axis is None:
        return columns[rows].mean(axis=0, keepdims=True)
    single = {
        frame.spec.terms[t].variables: frame.X[:, c]
        for c, t in enumerate(frame.X_terms)
        if t >= 0 and frame.X_terms.count(t) == 1
    }
    along = []
    for c, term in enumerate(terms):
        variables = () if term is None else term.variables
        with_axis = tuple(v for v in variables if any(n.name == axis.name for n in names_in(v)))
        column = columns[:, c]
        if not with_axis:
            along.append(np.full(len(axis.grid), column[rows].mean()))
        elif len(with_axis) == len(variables):
            if c not in pure:
                pure[c] = _interpolate(column, axis)
            along.append(pure[c])
        else:
            base = axis.values if with_axis == (Name(axis.name),) else single.get(with_axis)
            along.append(_product_along(column, base, axis, rows))
    return np.column_stack(along) if along else np.zeros((len(axis.grid), 0))


def _product_along(column: np.ndarray, base: np.ndarray | None, axis: Axis, rows: np.ndarray) -> np.ndarray:
    """Product of the axis with other variables, shape (m,).

    Divided by the axis's own column `base` it leaves the other variables, which are averaged. Where that is
    impossible: the column's mean at each value of the axis.
    """
    if axis.categories is None and base is not None and np.any(usable := base[rows] != 0):
        return _interpolate(base, axis) * np.mean(column[rows][usable] / base[rows][usable])
    every_value = len(np.unique(axis.values[rows])) == len(np.unique(axis.values))
    return _interpolate(column, axis, rows if every_value else None)


def _interpolate(column: np.ndarray, axis: Axis, rows: np.ndarray | None = None) -> np.ndarray:
    """Mean of a column at each value of the axis, joined by straight lines, shape (m,)."""
    values, column = (axis.values, column) if rows is None else (axis.values[rows], column[rows])
    x, index = np.unique(values, return_inverse=True)
    return np.interp(axis.grid, x, np.bincount(index, column) / np.bincount(index))


def group_lines(
    frame: ModelFrame,
    draws: Draws,
    totals: Totals,
    axis: Axis | None,
    levels: Sequence[int],
    band: bool = True,
) -> Lines:
    """No, complete and partial pooling of groups of the first grouping factor, as lines.

    Parameters
    ----------
    frame, draws
        The model frame and the draws of its parameters.
    totals
        Totals of the first grouping factor (:func:`mlmwidget.inference.estimates.totals`).
    axis
        The predictor along which the lines run; None gives one value for each group and pooling.
    levels
        Positions of the groups in the first design's ``levels``.
    band
        Whether the 95 % interval of partial pooling is computed too.

    Returns
    -------
    Lines
        A group that cannot support the slope by itself has no line without pooling.
    """
    view = totals.view
    designs, offsets = group_designs(frame, view, axis, levels)
    own = totals.mean[[POOLINGS.index(kind) for kind in DRAWN]][:, levels]
    unknown = np.isnan(own)
    eta = np.einsum("jmt,pjt->jpm", designs, np.where(unknown, 0.0, own)) + offsets[:, None, None]
    # A column without an estimate adds nothing, but a group's own line needs every column that changes.
    missing = unknown.all(axis=2)
    missing[0] |= (unknown[0] & (np.ptp(designs, axis=1) > 0)).any(axis=1)
    y = inverse_link(frame.spec.link, eta)
    lower, upper = np.full((2, *y.shape), math.nan)
    if band:
        lower[:, -1], upper[:, -1] = _group_bands(frame, draws, view, levels, designs, offsets)
    kept = np.broadcast_to(~missing.T[:, :, None], y.shape)
    group, kind, step = np.nonzero(kept)
    grid = np.array([math.nan]) if axis is None else axis.grid
    return Lines(group, kind, grid[step], y[kept], lower[kept], upper[kept])


def group_designs(
    frame: ModelFrame, view: FactorView, axis: Axis | None, levels: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Unit-level designs along the axis and mean offsets of groups of the first grouping factor.

    Other predictors are held at their means within the group.

    Returns
    -------
    designs, offsets
        Shapes (groups, m, T), with m = 1 without an axis, and (groups,).
    """
    terms, sizes = _terms_of(frame, view), view.sizes
    pure: dict[int, np.ndarray] = {}
    by_group, ends = np.argsort(view.codes, kind="stable"), np.cumsum(sizes)
    members = [by_group[ends[j] - sizes[j] : ends[j]] for j in levels]
    designs = [columns_along(frame, view.design, terms, axis, rows, pure) for rows in members]
    return np.array(designs), np.array([frame.offset[rows].mean() for rows in members])


def population_line(frame: ModelFrame, draws: Draws, axis: Axis | None) -> pd.DataFrame:
    """Draw the population's line with its 95 % band, every other predictor at its mean over all rows.

    Returns
    -------
    pandas.DataFrame
        Columns ``x`` (NaN without an axis), ``y``, ``lower``, ``upper`` on the scale of the response. For
        other links than the identity this is the line of an average group, not the average of the groups'.
    """
    terms = [frame.spec.terms[t] if t >= 0 else None for t in frame.X_terms]
    design = columns_along(frame, frame.X, terms, axis)
    beta, offset = flat(draws.beta), float(frame.offset.mean())
    lower, upper = _band(frame, thinned(draws.beta) @ design.T + offset)
    y = inverse_link(frame.spec.link, design @ beta.mean(axis=0) + offset)
    grid = [math.nan] if axis is None else axis.grid
    return pd.DataFrame({"x": grid, "y": y, "lower": lower, "upper": upper})


def as_draws(estimate: Draws | PointEstimate) -> Draws:
    """Return draws as they are, and a point estimate as its only draw (from which no interval follows)."""
    if isinstance(estimate, Draws):
        return estimate
    return Draws(
        beta=estimate.beta[None, None],
        sd=tuple(sd[None, None] for sd in estimate.sd),
        cor=tuple(None if cor is None else cor[None, None] for cor in estimate.cor),
        effects=tuple(effects[None, None] for effects in estimate.effects),
        sigma=np.full((1, 1), estimate.sigma),
    )


def flat(draws: np.ndarray) -> np.ndarray:
    """Join chains and draws, shape (C·D, …)."""
    return draws.reshape(-1, *draws.shape[2:])


def thinned(draws: np.ndarray) -> np.ndarray:
    """Join chains and draws, and leave about 1000 that are evenly spaced, shape (draws, …)."""
    joined = flat(draws)
    return joined[:: max(1, len(joined) // MAX_DRAWS)]


def _terms_of(frame: ModelFrame, view: FactorView) -> list[Term | None]:
    """Term of each unit-level column of a view; None for the intercept."""
    found = {
        c: frame.spec.terms[t] if t >= 0 else None for c, t in zip(frame.X_names, frame.X_terms, strict=True)
    }
    for group, design in zip(frame.spec.groups, frame.groups, strict=True):
        for name, t in zip(design.columns, design.column_terms, strict=True):
            found.setdefault(name, group.terms[t] if t >= 0 else None)
    return [found[name] for name in view.terms]


def _group_bands(
    frame: ModelFrame,
    draws: Draws,
    view: FactorView,
    levels: Sequence[int],
    designs: np.ndarray,
    offsets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals of partial pooling along the groups' lines, each end of shape (groups, m).

    NaN when group effects were not drawn.
    """
    shape = designs.shape[:2]
    if any(draws.effects[g] is None for sources in view.sources for g, _ in sources):
        return np.full(shape, math.nan), np.full(shape, math.nan)
    totals = np.einsum("dp,jtp->djt", thinned(draws.beta), view.map[levels])
    for t, sources in enumerate(view.sources):
        for g, k in sources:
            totals[:, :, t] += thinned(draws.effects[g])[:, levels, k]  # type: ignore[arg-type]
    return _band(frame, np.einsum("djt,jmt->djm", totals, designs) + offsets[:, None])


def _band(frame: ModelFrame, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals on the scale of the response; NaN without draws.

    Parameters
    ----------
    frame
        The model frame.
    eta
        Draws of linear predictors, shape (draws, …); each end has the shape of a draw.
    """
    if len(eta) < 2:
        return np.full(eta.shape[1:], math.nan), np.full(eta.shape[1:], math.nan)
    ends = inverse_link(frame.spec.link, quantiles(eta, [0.025, 0.975]))
    return ends.min(axis=0), ends.max(axis=0)


def _varies_within(values: np.ndarray, codes: np.ndarray) -> bool:
    """Whether a predictor takes several values in at least one group."""
    groups = pd.Series(values).groupby(codes)
    return bool((groups.max() > groups.min()).any())
