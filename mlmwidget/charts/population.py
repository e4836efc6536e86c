"""Draws the population plot: thin group lines, a thick population line with its band, the data."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, aside, dimmed, group_selection, number_axis, table
from mlmwidget.charts.plot import Plot

WIDTH, HEIGHT = 520, 340
#: Width of each of two panels.
PAIR_WIDTH = 330


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.population.population`."""
    first = _levels(plot) if plot.version == "levels" else _lines(plot)
    if "population_intercepts" not in plot.data:
        return first
    side_by_side = [view.properties(width=PAIR_WIDTH, height=HEIGHT) for view in (first, _intercepts(plot))]
    return alt.concat(*side_by_side, columns=2, spacing=30)


def _lines(plot: Plot) -> Drawing:
    group = group_selection()
    x_axis = number_axis(plot.titles["x"], plot.whole)
    x = alt.X("x:Q", axis=x_axis, scale=alt.Scale(zero=False, nice=False, padding=8))
    if plot.version == "categories":
        x = alt.X("x:N", sort=None, axis=alt.Axis(title=plot.titles["x"], labelAngle=0))
    y_axis = alt.Axis(title=plot.titles["y"])
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(zero=False))
    level = alt.Tooltip("level:N", title=plot.titles["level"])
    groups = alt.Chart(table(plot, "population_groups"))
    lines = groups.mark_line(style="groups")
    if plot.version == "between":
        lines = groups.mark_point(style="partial", size=40)
    lines = lines.encode(
        x=x,
        y=y,
        detail=alt.Detail("level:N"),
        tooltip=level,
        opacity=dimmed(group, 0.25 if plot.version == "binned" else 0.45),
    )
    lines = lines.properties(name="population_view").add_params(group)
    line = alt.Chart(table(plot, "population_line"))
    value = [
        alt.Tooltip("x", type="nominal", title=plot.titles["x"]),
        alt.Tooltip("text:N", title="population"),
    ]
    band = line.mark_area(style="population-band").encode(
        x=x, y=alt.Y("lower:Q", axis=y_axis), y2=alt.Y2("upper:Q"), tooltip=value
    )
    mean = line.mark_line(style="population", strokeWidth=2.8).encode(x=x, y=y, tooltip=value)
    return alt.layer(_data(plot, group, x, y), lines, band, mean, width=WIDTH, height=HEIGHT)


def _intercepts(plot: Plot) -> Drawing:
    """Draw the intercepts of the groups against a group-level predictor, around the line of its equation."""
    group = group_selection()
    y_axis = alt.Axis(title=plot.titles["intercept"])
    scale = alt.Scale(zero=False, nice=False, padding=8)
    x = alt.X("x:Q", axis=number_axis(plot.titles["predictor"], whole=False), scale=scale)
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(zero=False))
    groups = alt.Chart(table(plot, "population_intercepts")).encode(
        x=x,
        opacity=dimmed(group, 0.8),
        tooltip=[
            alt.Tooltip("level:N", title=plot.titles["level"]),
            alt.Tooltip("x:Q", title=plot.titles["predictor"]),
            alt.Tooltip("text:N", title=plot.titles["intercept"]),
        ],
    )
    ends = groups.transform_filter("isValid(datum.lower)").mark_rule(style="interval", strokeOpacity=0.5)
    ends = ends.encode(y=alt.Y("lower:Q", axis=y_axis), y2=alt.Y2("upper:Q"))
    points = groups.mark_point(style="partial", size=34).encode(y=y)
    points = points.properties(name="population_intercepts_view").add_params(group)
    line = alt.Chart(table(plot, "population_intercept_line")).encode(x=x)
    band = line.transform_filter("isValid(datum.lower)").mark_area(style="population-band")
    band = band.encode(y=alt.Y("lower:Q", axis=y_axis), y2=alt.Y2("upper:Q"))
    mean = line.mark_line(style="population").encode(y=y)
    return alt.layer(ends, points, band, mean)


def _data(plot: Plot, group: alt.Parameter, x: alt.X, y: alt.Y) -> alt.Chart:
    """Raw points, or rectangles that count them."""
    points = alt.Chart(table(plot, "population_points"))
    if plot.version == "binned":
        return points.mark_rect().encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            color=alt.Color(
                "n:Q", scale=alt.Scale(range="ramp", type="sqrt"), legend=alt.Legend(title="rows")
            ),
            tooltip=[alt.Tooltip("n:Q", title="rows")],
        )
    level = alt.Tooltip("level:N", title=plot.titles["level"])
    points = points.mark_point(style="points").encode(x=x, y=y, tooltip=level, opacity=dimmed(group, 0.55))
    if plot.version == "categories":
        points = points.encode(xOffset=aside())
    if plot.sized:
        size = alt.Size("n:Q", scale=alt.Scale(type="sqrt", range=[14, 90]), legend=None)
        points = points.encode(size=size, tooltip=[alt.Tooltip("n:Q", title="rows"), alt.Tooltip("y:Q")])
    return points


def _levels(plot: Plot) -> Drawing:
    """No predictor to draw along: levels of the groups and of the population over the observations."""
    group = group_selection()
    x_axis = alt.Axis(title=plot.titles["y"], grid=False, tickCount=8)
    x = alt.X("y:Q", axis=x_axis, scale=alt.Scale(zero=False))
    level = alt.Tooltip("level:N", title=plot.titles["level"])
    lines = alt.Chart(table(plot, "population_groups")).mark_rule(style="groups", strokeWidth=1.2)
    lines = lines.encode(x=x, tooltip=level, opacity=dimmed(group, 0.6))
    lines = lines.properties(name="population_view").add_params(group)
    line = alt.Chart(table(plot, "population_line"))
    value = alt.Tooltip("text:N", title="population")
    band = line.mark_rect(style="population-band").encode(
        x=alt.X("lower:Q", axis=x_axis), x2=alt.X2("upper:Q"), tooltip=value
    )
    mean = line.mark_rule(style="population", strokeWidth=3).encode(x=x, tooltip=value)
    points = alt.Chart(table(plot, "population_points")).mark_point(style="points")
    points = points.encode(
        x=x,
        y=alt.Y("jitter:Q", axis=None, scale=alt.Scale(domain=[-0.6, 0.6])),
        tooltip=level,
        opacity=dimmed(group, 0.6),
    )
    return alt.layer(points, lines, band, mean, width=WIDTH, height=150)
