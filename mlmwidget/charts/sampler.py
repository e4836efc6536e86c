"""Draws the sampler plot: rank histograms as steps, a panel per parameter."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, table
from mlmwidget.charts.plot import Plot


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.sampler.sampler`."""
    x = alt.X(
        "x:Q",
        axis=alt.Axis(title=None, labels=False, ticks=False, grid=False),
        scale=alt.Scale(domain=[0, 1]),
    )
    y = alt.Y("y:Q", axis=alt.Axis(title=None, tickCount=3), scale=alt.Scale(domain=[0, 2], clamp=True))
    base = alt.Chart().encode(x=x)
    steps = base.mark_line(interpolate="step", strokeWidth=1.3).encode(
        y=y,
        color=alt.Color("chain:O", legend=None),
        strokeDash=alt.StrokeDash("chain:O", legend=None),
        tooltip=[
            alt.Tooltip("panel:N", title="parameter"),
            alt.Tooltip("chain:N", title="chain"),
            alt.Tooltip("text:N", title="diagnostics"),
        ],
    )
    even = alt.Chart().mark_rule(style="reference").encode(y=alt.YDatum(1))
    facet = alt.Facet(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        header=alt.Header(title=None, labelLimit=185, labelAnchor="start"),
    )
    panel = alt.layer(steps, even, data=table(plot, "sampler")).properties(width=170, height=64)
    return panel.facet(facet=facet, columns=3, spacing=16)
