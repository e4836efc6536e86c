"""Draws the pooling plot: a panel per group with its points and its three lines."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table
from mlmwidget.charts.plot import Plot
from mlmwidget.charts.tables.pooling import LABELS

DASHES: list[list[float]] = [[4, 3], [1.5, 2.5], [1, 0]]
COLUMNS = 6


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.pooling.pooling`."""
    return _levels(plot) if plot.version == "levels" else _panels(plot)


def _colour() -> alt.Color:
    legend = alt.Legend(orient="top", title=None, symbolType="stroke", symbolSize=300, offset=8)
    return alt.Color("pooling:N", scale=alt.Scale(domain=list(LABELS.values())), legend=legend)


def _dash() -> alt.StrokeDash:
    return alt.StrokeDash("pooling:N", scale=alt.Scale(domain=list(LABELS.values()), range=DASHES))


def _panels(plot: Plot) -> Drawing:
    group = group_selection()
    categories = plot.version == "categories"
    x_axis = alt.Axis(title=plot.titles["x"], tickCount=4, labelFlush=False, grid=False)
    x = (
        alt.X("x:N", sort=None, axis=x_axis)
        if categories
        else alt.X("x:Q", axis=x_axis, scale=alt.Scale(zero=False))
    )
    y = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=plot.titles["y"], tickCount=4))
    tooltip = [
        alt.Tooltip("level:N", title=plot.titles["level"]),
        alt.Tooltip("pooling:N", title="line"),
        alt.Tooltip("estimate:N", title=plot.titles["y"]),
    ]
    base = alt.Chart().encode(x=x, tooltip=tooltip)
    lines = base.transform_filter("datum.kind === 'line'")
    band = lines.transform_filter("isValid(datum.lower)").mark_area(style="band", opacity=0.18)
    band = band.encode(y=alt.Y("lower:Q", title=plot.titles["y"]), y2="upper:Q")
    line = lines.mark_line(strokeWidth=2, point=False).encode(
        y=y, color=_colour(), strokeDash=_dash(), opacity=dimmed(group)
    )
    points = base.transform_filter("datum.kind === 'point'").mark_point(style="points")
    points = points.encode(y=y, opacity=dimmed(group, 0.8), tooltip=[tooltip[0], tooltip[2]])
    points = points.properties(name="pooling_view").add_params(group)
    panel = alt.layer(band, points, line, data=table(plot, "pooling")).properties(width=84, height=76)
    facet = alt.Facet(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        header=alt.Header(title=None, labelLimit=110),
    )
    return panel.facet(facet=facet, columns=COLUMNS, spacing={"row": 14, "column": 12})


def _levels(plot: Plot) -> Drawing:
    """One row per group: its observations, and the three estimates of its level."""
    group = group_selection()
    y = alt.Y(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        axis=alt.Axis(title=plot.titles["level"], labelLimit=160, grid=True),
    )
    x = alt.X("y:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=plot.titles["y"]))
    tooltip = [
        alt.Tooltip("level:N", title=plot.titles["level"]),
        alt.Tooltip("pooling:N", title="line"),
        alt.Tooltip("estimate:N", title=plot.titles["y"]),
    ]
    base = alt.Chart().encode(y=y, tooltip=tooltip)
    lines = base.transform_filter("datum.kind === 'line'")
    band = lines.transform_filter("isValid(datum.lower)").mark_bar(style="band", opacity=0.2, height=16)
    band = band.encode(x=alt.X("lower:Q", title=plot.titles["y"]), x2="upper:Q")
    ticks = lines.mark_tick(thickness=2.2, height=17).encode(x=x, color=_colour(), opacity=dimmed(group))
    points = base.transform_filter("datum.kind === 'point'").mark_point(style="points")
    points = points.encode(
        x=x,
        yOffset=alt.YOffset("jitter:Q", scale=alt.Scale(domain=[-0.8, 0.8])),
        opacity=dimmed(group, 0.7),
        tooltip=[tooltip[0], tooltip[2]],
    )
    points = points.properties(name="pooling_view").add_params(group)
    return alt.layer(band, points, ticks, data=table(plot, "pooling")).properties(
        width=520, height=alt.Step(20)
    )
