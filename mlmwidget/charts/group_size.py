"""Draws the group-size plot: no pooling beside partial pooling, on shared axes."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table
from mlmwidget.charts.plot import Plot
from mlmwidget.charts.tables.pooling import LABELS


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.group_size.group_size`."""
    rows = [_row(plot, p, title, p == len(plot.panels) - 1) for p, title in enumerate(plot.panels)]
    return rows[0] if len(rows) == 1 else alt.vconcat(*rows)


def _row(plot: Plot, panel: int, title: str, last: bool) -> Drawing:
    group = group_selection()
    shown = [LABELS["no"], LABELS["partial"]]
    # Sizes are whole; a tick between two of them would name rows that no group can have.
    only = "datum.value === round(datum.value) ? format(datum.value, '~s') : ''"
    x_axis = alt.Axis(
        title=plot.titles["n"] if last else None,
        grid=False,
        tickCount=4,
        ticks=False,
        labelExpr=only,
        titleLimit=180,
    )
    x = alt.X("size:Q", scale=alt.Scale(type="log", nice=False, padding=10), axis=x_axis)
    y_axis = alt.Axis(title=title, tickCount=6)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(LABELS.values())), legend=None)
    base = alt.Chart().encode(
        x=x,
        color=colour,
        opacity=dimmed(group, 0.85),
        tooltip=[
            alt.Tooltip("level:N", title=plot.titles["level"]),
            alt.Tooltip("n:Q", title="n"),
            alt.Tooltip("text:N", title=title),
        ],
    )
    y = alt.Y("mean:Q", axis=y_axis, scale=alt.Scale(zero=False))
    ends = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1)
    ends = ends.encode(y=alt.Y("lower:Q", axis=y_axis), y2=alt.Y2("upper:Q"), opacity=dimmed(group, 0.4))
    alone = base.transform_filter(f"datum.kind === '{LABELS['no']}'").mark_point(filled=False, size=30)
    partial = base.transform_filter(f"datum.kind === '{LABELS['partial']}'").mark_point(filled=True, size=30)
    partial = partial.encode(y=y).properties(name=f"group_size_view{panel}").add_params(group)
    centre = alt.Chart().mark_rule(style="reference").encode(y=alt.Y("mean(centre):Q", axis=y_axis))
    # Altair looks for the selection of a faceted view in the first layer.
    rows = alt.layer(
        partial, ends, alone.encode(y=y), centre, data=table(plot, "group_size"), width=270, height=210
    )
    column = alt.Column("kind:N", sort=shown, header=alt.Header(title=None))
    return rows.transform_filter(f"datum.panel === {panel}").facet(column=column)
