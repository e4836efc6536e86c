"""Draws the sampler plot: rank histograms as steps, a panel per parameter."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, table
from mlmwidget.charts.plot import Plot


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.sampler.sampler`."""
    x_axis = alt.Axis(title=None, grid=False, values=[0, 1], labelExpr="datum.value ? 'highest' : 'lowest'")
    x = alt.X("x:Q", axis=x_axis, scale=alt.Scale(domain=[0, 1]))
    y_axis = alt.Axis(title=None, values=[0.5, 1, 1.5], format=".1f")
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(domain=[0, 2], clamp=True))
    base = alt.Chart().encode(x=x)
    steps = base.mark_line(interpolate="step", strokeWidth=1.3).encode(
        y=y,
        color=alt.Color("chain:O", legend=None),
        strokeDash=alt.StrokeDash("chain:O", legend=None),
        tooltip=[
            alt.Tooltip("parameter:N"),
            alt.Tooltip("chain:N"),
            alt.Tooltip("y:Q", title="share of what is even", format=".2f"),
        ],
    )
    even = alt.Chart().mark_rule(style="reference").encode(y=alt.YDatum(1))
    facet = alt.Facet(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        header=alt.Header(
            title=None, labelLimit=200, labelAnchor="start", labelExpr="split(datum.value, '\\n')"
        ),
    )
    panel = alt.layer(steps, even, data=table(plot, "sampler")).properties(width=190, height=72)
    return panel.facet(facet=facet, columns=3, spacing=16)
