"""Draws the shrinkage plot: arrows from no pooling to partial pooling."""

from __future__ import annotations

from typing import Any

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table
from mlmwidget.charts.kinds import kind_of, point_colour
from mlmwidget.charts.plot import Plot
from mlmwidget.charts.slider import following, moving, reach, standing, with_slider
from mlmwidget.charts.tables.shrinkage import SIDES

_HAS_ALONE = "isValid(datum.x_alone) && isValid(datum.y_alone)"
#: Side of a plane by itself, where there is room for it.
SIDE = 420
#: Room for the labels of the vertical axes, so that the planes below each other stand in line.
LABELS_WIDTH = 44


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.shrinkage.shrinkage`."""
    if plot.version == "rows":
        return with_slider(plot, _rows(plot))
    pairs = list(zip(plot.panels[::2], plot.panels[1::2], strict=True))
    if len(pairs) == 1:
        return with_slider(plot, _plane(plot, 0, *pairs[0], SIDE))
    return with_slider(plot, _triangle(plot, pairs))


def _triangle(plot: Plot, pairs: list[tuple[str, str]]) -> Drawing:
    """Arrange the planes as the lower triangle of a scatter-plot matrix, with titles at its edges only."""
    rows, first = [], 0
    last = next(r for r in range(1, len(pairs) + 1) if r * (r + 1) // 2 == len(pairs))
    for row in range(1, last + 1):
        planes = []
        for column in range(row):
            x, y = pairs[first + column]
            titles = (x if row == last else None, y if column == 0 else None)
            planes.append(_plane(plot, first + column, *titles, SIDES[last]))
        rows.append(alt.hconcat(*planes, spacing=10))
        first += row
    return alt.vconcat(*rows, spacing=10)


def _size(plot: Plot, alone: bool = True) -> alt.Size:
    """Size of a group: smaller in one plane of several."""
    areas = [25, 130] if alone else [12, 55]
    scale = alt.Scale(type="sqrt", range=areas, zero=False, domain=standing(plot))
    return alt.Size("n:Q", scale=scale, legend=None)


def _plane(plot: Plot, pair: int, x_title: str | None, y_title: str | None, side: int) -> Drawing:
    """Draw one pair of effects; an axis without a title has no labels either, as it is another one's."""
    group = group_selection()
    here = f"datum.pair === {pair}"
    x_axis, y_axis = _axis(x_title, side), _axis(y_title, side, minExtent=LABELS_WIDTH)
    size = _size(plot, alone=side == SIDE)
    x_name, y_name = plot.panels[2 * pair : 2 * pair + 2]
    scale = alt.Scale(zero=False, nice=False, padding=12, domain=standing(plot))
    x, y = alt.X("x:Q", scale=scale, axis=x_axis), alt.Y("y:Q", scale=scale, axis=y_axis)
    x_now = alt.X("x_now:Q", axis=x_axis)
    y_now = alt.Y("y_now:Q", axis=y_axis)
    tooltip = [
        alt.Tooltip("level:N", title=plot.titles["level"]),
        alt.Tooltip("n:Q", title="n"),
        alt.Tooltip("x_text:N", title=x_name),
        alt.Tooltip("y_text:N", title=y_name),
        alt.Tooltip("x_alone_text:N", title=f"{x_name}, no pooling"),
        alt.Tooltip("y_alone_text:N", title=f"{y_name}, no pooling"),
    ]
    groups = alt.Chart(table(plot, "shrinkage")).transform_filter(here)
    held = reach(plot, groups, x=("x", "x_alone"), y=("y", "y_alone"), size=("n",))
    standing_still = groups.transform_filter(_HAS_ALONE)
    start = standing_still.transform_filter("!datum.cut")
    groups = moving(plot, groups, "x", "y")
    ellipses = (
        alt.Chart(table(plot, "shrinkage_ellipses"))
        .transform_filter(here)
        .mark_line(style="ellipse", interpolate="natural")
        .encode(
            x=x,
            y=y,
            detail=alt.Detail("p:N"),
            order=alt.Order("step:Q"),
            tooltip=[alt.Tooltip("p:Q", format=".0%", title="ellipse holds")],
        )
    )
    population = alt.Chart(table(plot, "shrinkage_population")).transform_filter(here)
    cross = 230 if side == SIDE else 110
    population = population.mark_point(style="population-mark", shape="cross", size=cross)
    population = population.encode(x=x, y=y, tooltip=alt.Tooltip("label:N", title="mean"))
    arrows = groups.transform_filter(_HAS_ALONE).mark_rule(style="arrow", clip=True)
    arrows = arrows.encode(
        x=alt.X("x_alone:Q", axis=x_axis),
        y=alt.Y("y_alone:Q", axis=y_axis),
        x2=alt.X2("x_now:Q"),
        y2=alt.Y2("y_now:Q"),
        opacity=dimmed(group),
    )
    start = kind_of(start, "no").mark_point(style="no")
    start = start.encode(
        x=alt.X("x_alone:Q"),
        y=alt.Y("y_alone:Q"),
        size=size,
        color=point_colour("no", "partial"),
        tooltip=tooltip,
        opacity=dimmed(group),
    )
    end = (
        kind_of(groups, "partial")
        .mark_point(style="partial", clip=True)
        .encode(
            x=x_now,
            y=y_now,
            size=following(size),
            color=point_colour("no", "partial"),
            tooltip=tooltip,
            opacity=dimmed(group),
        )
    )
    end = end.properties(name=f"shrinkage_view{pair}").add_params(group)
    selected = alt.ParameterPredicate(param=group.name, empty=False)
    names = standing_still.transform_filter(alt.LogicalOrPredicate(**{"or": ["datum.named", selected]}))
    side_of = alt.expr("datum.dx < 0 ? 'right' : datum.dx > 0 ? 'left' : 'center'")
    names = names.mark_text(
        style="label", baseline="middle", align=side_of, dx=alt.expr("datum.dx"), dy=alt.expr("datum.dy")
    )
    names = names.encode(
        x=alt.X("x_alone:Q"), y=alt.Y("y_alone:Q"), text=alt.Text("level:N"), opacity=dimmed(group)
    )
    layers = [*held, ellipses, arrows, population, start, names, end]
    if "shrinkage_corners" in plot.data:
        corners = alt.Chart(table(plot, "shrinkage_corners")).transform_filter(here)
        layers.insert(0, corners.mark_point(opacity=0).encode(x=x, y=y))
    return alt.layer(*layers, width=side, height=side)


def _axis(title: str | None, side: int, **options: Any) -> alt.Axis:
    count, limit = round(side / 55), side + 20
    if title is None:
        return alt.Axis(title=None, labels=False, ticks=False, tickCount=count)
    return alt.Axis(title=title, tickCount=count, titleLimit=limit, **options)


def _rows(plot: Plot) -> Drawing:
    group = group_selection()
    order = alt.EncodingSortField(field="order", op="min", order="ascending")
    names = alt.Axis(title=plot.titles["level"], labelLimit=160, grid=True)
    y = alt.Y("level:N", sort=order, scale=alt.Scale(domain=standing(plot)), axis=names)
    x_axis = alt.Axis(title=plot.titles["x"], tickCount=8, grid=False)
    x = alt.X("x:Q", scale=alt.Scale(zero=False, domain=standing(plot)), axis=x_axis)
    tooltip = [
        alt.Tooltip("level:N", title=plot.titles["level"]),
        alt.Tooltip("n:Q", title="n"),
        alt.Tooltip("x_text:N", title="partial pooling"),
        alt.Tooltip("x_alone_text:N", title="no pooling"),
    ]
    groups = alt.Chart(table(plot, "shrinkage"))
    held = reach(plot, groups, x=("x", "x_alone"), size=("n",))
    if held:  # a group without an arrow has its line too
        held.append(groups.mark_tick(opacity=0).encode(y=y))
    size, alone = _size(plot), "isValid(datum.x_alone)"
    start = groups.transform_filter(alone).encode(y=y, tooltip=tooltip)
    groups = moving(plot, groups, "x").encode(y=following(y), tooltip=tooltip)
    population = alt.Chart(table(plot, "shrinkage_population")).mark_rule(style="reference").encode(x=x)
    arrows = groups.transform_filter(alone).mark_rule(style="arrow", clip=True)
    arrows = arrows.encode(x=alt.X("x_alone:Q", axis=x_axis), x2=alt.X2("x_now:Q"), opacity=dimmed(group))
    start = (
        kind_of(start, "no")
        .mark_point(style="no")
        .encode(x=alt.X("x_alone:Q"), size=size, color=point_colour("no", "partial"), opacity=dimmed(group))
    )
    end = (
        kind_of(groups, "partial")
        .mark_point(style="partial", clip=True)
        .encode(
            x=alt.X("x_now:Q", axis=x_axis),
            size=following(size),
            color=point_colour("no", "partial"),
            opacity=dimmed(group),
        )
    )
    end = end.properties(name="shrinkage_view").add_params(group)
    return alt.layer(*held, arrows, population, start, end, width=520, height=alt.Step(14))
