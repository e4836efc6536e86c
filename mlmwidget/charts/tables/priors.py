"""Numbers of the prior predictive plot: lines that the priors alone allow, over the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import column_title, is_proportion, response_title
from mlmwidget.charts.plot import Plot, jitter, records, sentences
from mlmwidget.charts.tables.common import (
    ASIDE,
    Results,
    aside,
    crowding,
    cut,
    observed,
    population_parts,
    reach,
    sampled,
)
from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.lines import choose_axis, columns_along
from mlmwidget.model.links import mean as inverse_link
from mlmwidget.notation.numbers import format_interval

LINES = 60
MAX_POINTS = 1500
#: How far beyond the data curves are followed, in widths of their range.
REACH = 2


def priors(fit: Results, seed: int = 0) -> Plot:
    """Draw population lines from the priors of the coefficients, over the observations."""
    frame, prior = fit.frame, fit.fit.priors
    axis = choose_axis(frame) or choose_axis(frame, within_groups=False)
    terms = [frame.spec.terms[t] if t >= 0 else None for t in frame.X_terms]
    X = columns_along(frame, frame.X, terms, axis) - prior.centre
    beta = np.random.default_rng(seed).normal(prior.beta_mean, prior.beta_sd, (LINES, len(prior.beta_mean)))
    y = inverse_link(frame.spec.link, beta @ X.T + frame.offset.mean())
    x = np.array([np.nan]) if axis is None else axis.grid
    numeric = axis is not None and axis.categories is None
    # Two columns make a straight line on the identity scale: its ends draw it.
    straight = numeric and frame.spec.link == "identity" and len(terms) <= 2
    keep: list[int] | slice = [0, -1] if straight else slice(None)
    lines = pd.DataFrame(
        {
            "line": np.repeat(np.arange(LINES), len(x[keep])),
            "x": np.tile(x[keep], LINES),
            "y": y[:, keep].ravel(),
        }
    )
    rows = sampled(np.arange(frame.n), MAX_POINTS)
    points = observed(frame, axis, rows, bins=20)
    points = points.drop(columns="n")
    offsets = np.zeros(len(points)) if axis and is_proportion(frame) else jitter(len(points))
    points["x"] = aside(frame, axis, points["x"].to_numpy(), offsets)
    if axis is None or axis.categories is not None:
        points["jitter"] = offsets
    if axis is not None and axis.categories is not None:
        for table in (lines, points):
            table["x"] = [axis.categories[round(v)] for v in table["x"]]
    lines, left = _within(frame, lines, points["y"])
    low, high = np.quantile(y, [0.025, 0.975])
    title = "What the priors alone allow"
    span = f"95 % of the prior lines stay within {format_interval(low, high)}."
    return Plot(
        name="priors",
        version="levels" if axis is None else "categories" if axis.categories else "lines",
        title=title,
        description=f"{title}: {LINES} population lines drawn from the priors, over the observations. {span}",
        titles={"x": column_title(frame, axis.name) if axis else "", "y": response_title(frame)},
        data={"priors_lines": records(lines), "priors_points": records(points)},
        note=sentences(
            f"{LINES} population lines drawn from the priors, before seeing the data.",
            span,
            ASIDE if crowding(frame, axis) else None,
            f"{left} {'lines leave' if left > 1 else 'line leaves'} the plot." if left else None,
        ),
        whole=axis is not None and axis.whole,
        parts={"priors_lines": population_parts(frame), "priors_points": "response"},
    )


def _within(frame: ModelFrame, lines: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, int]:
    """Cut curves where they leave the data far behind; also how many do.

    On the identity scale, all that is drawn stays: there priors are as wide as the data say.
    """
    ends = reach(frame, y.to_numpy(), REACH)
    if ends is None or lines["x"].dtype.kind != "f":
        return lines, 0
    low, high = ends
    pieces = [
        pd.DataFrame({"line": f"{line}.{k}", "x": x, "y": part})
        for line, each in lines.groupby("line", sort=False)
        for k, (x, part) in enumerate(cut(each["x"].to_numpy(), each["y"].to_numpy(), low, high))
    ]
    left = int(lines.loc[~lines["y"].between(low, high), "line"].nunique())
    return pd.concat([lines.iloc[:0], *pieces], ignore_index=True), left
