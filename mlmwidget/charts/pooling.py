"""Draws the pooling plot: a panel per group with its points and its three lines."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, aside, dimmed, fading, group_selection, number_axis, table
from mlmwidget.charts.kinds import STROKE, line_colour, point_colour
from mlmwidget.charts.plot import Plot
from mlmwidget.charts.slider import at_the_fit, following, moving, reach, standing, with_slider
from mlmwidget.charts.tables.pooling import LABELS

DASHES: list[list[float]] = [[4, 3], [1.5, 2.5], [1, 0]]
COLUMNS = 6
#: Width and height of one of many panels, and of one of few.
SMALL, LARGE = (88, 78), (170, 130)
#: Area of the mark of an estimate.
SIZE = 75


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.pooling.pooling`."""
    return with_slider(plot, _levels(plot) if plot.version == "levels" else _panels(plot))


def _is(kind: str) -> str:
    """Test for the lines of one kind of pooling; the slider moves those of partial pooling."""
    return f"datum.pooling === '{LABELS[kind]}'"


def _tooltip(plot: Plot) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("level:N", title=plot.titles["level"]),
        alt.Tooltip("pooling:N", title="line"),
        alt.Tooltip("estimate:N", title=plot.titles["y"]),
    ]


def _panels(plot: Plot) -> Drawing:
    group, tooltip = group_selection(), _tooltip(plot)
    # The heading names both axes once; titles at every panel would repeat it.
    x_axis = number_axis(None, plot.whole, tickCount=3)
    x = alt.X("x:Q", axis=x_axis, scale=alt.Scale(zero=False, padding=4, domain=standing(plot)))
    if plot.version == "categories":
        x_axis = alt.Axis(title=None, grid=False, labelAngle=0)
        x = alt.X("x:N", sort=None, axis=x_axis, scale=alt.Scale(domain=standing(plot)))
    y_axis = alt.Axis(title=None, tickCount=4)
    # A point that sticks out would lift the title of its panel.
    y = alt.Y("y:Q", scale=alt.Scale(zero=False, nice=False, padding=7), axis=y_axis)
    base = alt.Chart().encode(x=x, tooltip=tooltip)
    lines = base.transform_filter("datum.kind === 'line'")
    band = lines.transform_filter("isValid(datum.lower)").mark_area(
        style="band", opacity=at_the_fit(plot, 0.16)
    )
    band = band.encode(y=alt.Y("lower:Q", axis=y_axis), y2=alt.Y2("upper:Q"), fillOpacity=fading(group))
    dashes = alt.Scale(domain=list(LABELS.values()), range=DASHES)
    still = lines.transform_filter(f"!({_is('partial')})").mark_line(strokeWidth=2)
    still = still.encode(
        y=y,
        color=line_colour(),
        strokeDash=alt.StrokeDash("pooling:N", scale=dashes),
        opacity=dimmed(group),
    )
    # One line in each panel: with its colour as a field, Vega would look for several at every move.
    moved = moving(plot, lines.transform_filter(_is("partial")), "y").mark_line(
        style="partial-line", clip=True
    )
    moved = moved.encode(x=following(x), y=alt.Y("y_now:Q", axis=y_axis), opacity=dimmed(group))
    points = base.transform_filter("datum.kind === 'point'").mark_point(style="points")
    points = points.encode(y=y, opacity=dimmed(group, 0.8), tooltip=[tooltip[0], tooltip[2]])
    if plot.version == "categories":
        points = points.encode(xOffset=aside())
    points = points.properties(name="pooling_view").add_params(group)
    held = reach(plot, alt.Chart(), y=("y", "lower", "upper"))
    rows = table(plot, "pooling")
    width, height = LARGE if plot.few else SMALL
    panel = alt.layer(*held, band, points, still, moved, data=rows, width=width, height=height)
    facet = alt.Facet(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        header=alt.Header(title=None, labelLimit=130),
    )
    return panel.facet(facet=facet, columns=COLUMNS, spacing={"row": 14, "column": 12})


def _levels(plot: Plot) -> Drawing:
    """One row per group: its observations, and the three estimates of its level."""
    group, tooltip = group_selection(), _tooltip(plot)
    y = alt.Y(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        scale=alt.Scale(domain=standing(plot)),
        axis=alt.Axis(title=plot.titles["level"], labelLimit=160, grid=True),
    )
    x_axis = alt.Axis(title=plot.titles["y"], grid=False, tickCount=8)
    x = alt.X("y:Q", scale=alt.Scale(zero=False), axis=x_axis)
    base = alt.Chart().encode(y=y, tooltip=tooltip)
    lines = base.transform_filter("datum.kind === 'line'")
    band = lines.transform_filter("isValid(datum.lower)").mark_bar(
        style="band", height=15, opacity=at_the_fit(plot, 0.16)
    )
    band = band.encode(x=alt.X("lower:Q", axis=x_axis), x2=alt.X2("upper:Q"), fillOpacity=fading(group))
    lines = lines.encode(color=point_colour("no", "complete", "partial"), opacity=dimmed(group))
    alone = lines.transform_filter(_is("no")).mark_point(style="no", size=SIZE).encode(x=x)
    complete = lines.transform_filter(_is("complete"))
    complete = complete.mark_point(shape=STROKE, size=SIZE, strokeWidth=2).encode(x=x)
    moved = moving(plot, lines.transform_filter(_is("partial")), "y")
    moved = moved.mark_point(style="partial", size=SIZE, clip=True)
    moved = moved.encode(x=alt.X("y_now:Q", axis=x_axis), y=following(y))
    points = base.transform_filter("datum.kind === 'point'").mark_point(style="points")
    points = points.encode(
        x=x,
        yOffset=alt.YOffset("jitter:Q", scale=alt.Scale(domain=[-0.8, 0.8])),
        opacity=dimmed(group, 0.7),
        tooltip=[tooltip[0], tooltip[2]],
    )
    points = points.properties(name="pooling_view").add_params(group)
    held = reach(plot, alt.Chart(), x=("y", "lower", "upper"))
    rows = table(plot, "pooling")
    return alt.layer(*held, band, points, complete, alone, moved, data=rows, width=520, height=alt.Step(20))
