"""Draws the structure of the data: a tree of boxes for nested factors, a table for crossed ones."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table
from mlmwidget.charts.plot import Plot


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.structure.structure`."""
    return _table(plot) if plot.version == "table" else _tree(plot)


def _tree(plot: Plot) -> Drawing:
    group = group_selection()
    order = alt.EncodingSortField(field="order", op="min", order="ascending")
    # Room around the outermost boxes, for strokes that become heavier.
    scale = alt.Scale(paddingInner=0.1, paddingOuter=0.1)
    y = alt.Y(
        "depth:N", sort=order, scale=scale, axis=alt.Axis(title=None, ticks=False, domain=False, grid=False)
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(nice=False, padding=4))
    base = alt.Chart(table(plot, "structure")).encode(y=y)
    boxes = base.mark_bar(style="box", cornerRadius=2).encode(
        x=x,
        x2=alt.X2("x2:Q"),
        opacity=dimmed(group),
        tooltip=[
            alt.Tooltip("depth:N", title="of"),
            alt.Tooltip("level:N"),
            alt.Tooltip("n:Q", title="rows"),
        ],
    )
    boxes = boxes.properties(name="structure_view").add_params(group)
    labels = base.transform_calculate(middle="(datum.x + datum.x2) / 2").mark_text(style="label", fontSize=10)
    labels = labels.encode(x=alt.X("middle:Q", axis=None), text=alt.Text("label:N"), opacity=dimmed(group))
    return alt.layer(boxes, labels, width=600, height=alt.Step(38))


def _table(plot: Plot) -> Drawing:
    group = group_selection()
    down = alt.EncodingSortField(field="order", op="min", order="ascending")
    across = alt.EncodingSortField(field="column_order", op="min", order="ascending")
    cells = alt.Chart(table(plot, "structure"))
    cells = (cells.mark_rect() if plot.sized else cells.mark_rect(style="box")).encode(
        x=alt.X(
            "column:N",
            sort=across,
            axis=alt.Axis(title=plot.titles["column"], labelAngle=-45, labelLimit=90),
        ),
        y=alt.Y("level:N", sort=down, axis=alt.Axis(title=plot.titles["level"], labelLimit=130)),
        opacity=dimmed(group),
        tooltip=[
            alt.Tooltip("level:N", title=plot.titles["level"]),
            alt.Tooltip("column:N", title=plot.titles["column"]),
            alt.Tooltip("n:Q", title="rows"),
        ],
    )
    if plot.sized:
        legend = alt.Legend(title="rows", tickMinStep=1, format="d")
        cells = cells.encode(
            color=alt.Color("n:Q", scale=alt.Scale(range="ramp", domainMin=0), legend=legend)
        )
    return cells.properties(name="structure_view", width=alt.Step(15), height=alt.Step(15)).add_params(group)
