"""Numbers of the second equation: intercepts of the groups against a group-level predictor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import INTERCEPT, EffectLabels, column_title, intervals
from mlmwidget.charts.plot import spread
from mlmwidget.charts.tables.common import Results
from mlmwidget.data.evaluate import names_in
from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import coefficient_part, effect_part
from mlmwidget.formula.syntax import Name
from mlmwidget.inference.levels import FactorView, factor_views
from mlmwidget.inference.lines import flat

MAX_GROUPS = 200
GRID = 21


@dataclass(frozen=True, slots=True)
class Between:
    """Intercepts of the groups of the first factor, and the line they lie around.

    Parameters
    ----------
    groups
        Columns ``level``, ``x``, ``y``, ``lower``, ``upper``, ``text``.
    line
        Columns ``x``, ``y``, ``lower``, ``upper``; other group-level predictors are held at their means.
    x_title, y_title
        Titles of the axes.
    part, line_part
        Ids of what points and line stand for.
    """

    groups: pd.DataFrame
    line: pd.DataFrame
    x_title: str
    y_title: str
    part: str
    line_part: str


def between(fit: Results) -> Between | None:
    """Tabulate intercepts against the first numeric group-level predictor; None for a model without one."""
    frame = fit.frame
    if not frame.groups:
        return None
    view = factor_views(frame)[0]
    column = _predictor(frame, view)
    if column is None:
        return None
    to_intercept = view.map[:, view.terms.index(INTERCEPT)]
    x = to_intercept[:, column]
    own = {g for g, design in enumerate(frame.groups) if design.factor == view.factor}
    part = next(effect_part(g, -1) for g in sorted(own) if INTERCEPT in frame.groups[g].columns)
    return Between(
        _groups(fit, view, x),
        _line(fit, to_intercept, column),
        column_title(frame, frame.X_names[column]),
        EffectLabels(frame).title(INTERCEPT),
        part,
        coefficient_part(frame.X_terms[column]),
    )


def _predictor(frame: ModelFrame, view: FactorView) -> int | None:
    """Find a column that is a plain variable, constant within the groups, and in no other term of theirs."""
    if INTERCEPT not in view.terms:
        return None
    own = {g for g, design in enumerate(frame.groups) if design.factor == view.factor}
    columns = [c for c, where in enumerate(frame.X_levels) if own & set(where) and frame.X_terms[c] >= 0]
    terms = [frame.spec.terms[frame.X_terms[c]].variables for c in columns]
    for c, variables in zip(columns, terms, strict=True):
        name = frame.X_names[c]
        uses = sum(any(n.name == name for v in other for n in names_in(v)) for other in terms)
        if variables == (Name(name),) and uses == 1:
            return c
    return None


def _groups(fit: Results, view: FactorView, x: np.ndarray) -> pd.DataFrame:
    table = fit.estimates
    table = table[(table["factor"] == view.factor) & (table["pooling"] == "partial")]
    table = table[table["term"] == INTERCEPT].set_index("level").reindex(list(view.levels))
    table = table.reset_index()[["level", "mean", "lower", "upper"]].rename(columns={"mean": "y"}).assign(x=x)
    table["text"] = intervals(table, "y")
    return table.iloc[spread(view.sizes, table["y"].to_numpy(), MAX_GROUPS)]


def _line(fit: Results, to_intercept: np.ndarray, column: int) -> pd.DataFrame:
    """Compute the expected intercept with its 95 % band; `to_intercept` has shape (J, p)."""
    x = np.linspace(to_intercept[:, column].min(), to_intercept[:, column].max(), GRID)
    A = np.tile(to_intercept.mean(axis=0), (GRID, 1))
    A[:, column] = x
    draws = flat(fit.draws.beta) @ A.T
    lower, upper = np.quantile(draws, [0.025, 0.975], axis=0) if fit.intervals else np.full((2, GRID), np.nan)
    return pd.DataFrame({"x": x, "y": draws.mean(axis=0), "lower": lower, "upper": upper})
