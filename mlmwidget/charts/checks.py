"""Draws the posterior predictive checks."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, number_axis, panel_title, table
from mlmwidget.charts.plot import Plot

WIDTH, HEIGHT = 270, 200


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.checks.checks`."""
    panels = [_distribution(plot)]
    if "checks_means" in plot.data:
        panels.append(_means(plot))
    if "checks_residuals" in plot.data:
        panels.append(_residuals(plot))
    return panels[0] if len(panels) == 1 else alt.concat(*panels, columns=len(panels), spacing=24)


def _distribution(plot: Plot) -> Drawing:
    axis = number_axis(plot.titles["outcome"], plot.whole, titleLimit=WIDTH, tickCount=6)
    x = alt.X("x:Q", axis=axis, scale=alt.Scale(zero=False, nice=False, padding=3))
    share = plot.version == "discrete"
    y_axis = (
        alt.Axis(title="share of rows", tickCount=4)
        if share
        else alt.Axis(title="density", labels=False, ticks=False)
    )
    y = alt.Y("y:Q", axis=y_axis)
    base = alt.Chart(table(plot, "checks_distribution")).encode(x=x, y=y, detail=alt.Detail("set:N"))
    light = base.transform_filter("datum.kind === 'replicated'").mark_line(style="groups", opacity=0.3)
    dark = base.transform_filter("datum.kind === 'observed'").mark_line(style="population")
    layers = [light, dark]
    if share:
        dots = base.transform_filter("datum.kind === 'observed'").mark_point(style="population-mark", size=28)
        layers.append(dots)
    return alt.layer(*layers, width=WIDTH, height=HEIGHT, title=panel_title("distribution of the outcome"))


def _means(plot: Plot) -> Drawing:
    group = group_selection()
    factor = plot.titles["level"]
    x = alt.X(
        "rank:Q",
        scale=alt.Scale(zero=False, nice=False, padding=8),
        axis=alt.Axis(title=f"{factor}, by replicated mean", labels=False, ticks=False, grid=False),
    )
    y_axis = alt.Axis(title=plot.titles["y"], titleLimit=HEIGHT)
    base = alt.Chart(table(plot, "checks_means")).encode(
        x=x,
        opacity=dimmed(group),
        tooltip=[
            alt.Tooltip("level:N", title=factor),
            alt.Tooltip("n:Q", title="n"),
            alt.Tooltip("observed_text:N", title="observed"),
            alt.Tooltip("text:N", title="replicated"),
        ],
    )
    ends = base.mark_rule(style="interval", strokeWidth=2)
    ends = ends.encode(y=alt.Y("lower:Q", axis=y_axis, scale=alt.Scale(zero=False)), y2=alt.Y2("upper:Q"))
    points = base.mark_point(style="population-mark", size=22).encode(y=alt.Y("observed:Q", axis=y_axis))
    points = points.properties(name="checks_view").add_params(group)
    return alt.layer(ends, points, width=WIDTH, height=HEIGHT, title=panel_title(f"mean of each {factor}"))


def _residuals(plot: Plot) -> Drawing:
    x = alt.X(
        "x:Q",
        axis=alt.Axis(title=plot.titles["fitted"], grid=False, tickCount=6),
        scale=alt.Scale(zero=False),
    )
    y = alt.Y("y:Q", axis=alt.Axis(title=plot.titles["residual"]))
    points = alt.Chart(table(plot, "checks_residuals")).mark_point(style="points")
    points = points.encode(x=x, y=y, tooltip=[alt.Tooltip("level:N", title=plot.titles["level"])])
    if plot.titles["level"]:
        group = group_selection()
        points = (
            points.encode(opacity=dimmed(group)).properties(name="checks_residuals_view").add_params(group)
        )
    zero = alt.Chart(table(plot, "checks_residuals")).mark_rule(style="reference")
    zero = zero.encode(y=alt.YDatum(0))
    return alt.layer(points, zero, width=WIDTH, height=HEIGHT, title=panel_title("residuals"))
