"""Draws the prior predictive plot: lines from the priors over the data."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, aside, number_axis, table
from mlmwidget.charts.plot import Plot


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.priors.priors`."""
    lines, points = alt.Chart(table(plot, "priors_lines")), alt.Chart(table(plot, "priors_points"))
    if plot.version == "levels":
        x = alt.X(
            "y:Q", axis=alt.Axis(title=plot.titles["y"], grid=False, tickCount=8), scale=alt.Scale(zero=False)
        )
        rules = lines.mark_rule(style="groups", opacity=0.5).encode(x=x)
        jitter = alt.Y("jitter:Q", axis=None, scale=alt.Scale(domain=[-0.6, 0.6]))
        strip = points.mark_point(style="points", opacity=0.7).encode(x=x, y=jitter)
        return alt.layer(rules, strip, width=520, height=150)
    x = alt.X(
        "x:Q",
        axis=number_axis(plot.titles["x"], plot.whole),
        scale=alt.Scale(zero=False, nice=False, padding=8),
    )
    if plot.version == "categories":
        x = alt.X("x:N", sort=None, axis=alt.Axis(title=plot.titles["x"], labelAngle=0))
    y = alt.Y("y:Q", axis=alt.Axis(title=plot.titles["y"]), scale=alt.Scale(zero=False))
    curves = lines.mark_line(style="groups", opacity=0.4).encode(x=x, y=y, detail=alt.Detail("line:N"))
    dots = points.mark_point(style="points", opacity=0.8).encode(x=x, y=y)
    if plot.version == "categories":
        dots = dots.encode(xOffset=aside())
    return alt.layer(curves, dots, width=520, height=300)
