"""Draws the variance plot: shares as bars, and posterior densities over their priors."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, panel_facet, table
from mlmwidget.charts.plot import Plot


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.variance.variance`."""
    if plot.version == "posterior":
        return _densities(plot)
    return alt.vconcat(_shares(plot), _densities(plot), spacing=26)


def _shares(plot: Plot) -> Drawing:
    axis = alt.Axis(
        title=plot.titles["share"],
        labelExpr="100 * datum.value + ' %'",
        values=[0, 0.25, 0.5, 0.75, 1],
        domain=False,
        grid=False,
        titleAnchor="start",
    )
    y = alt.Y(
        "source:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        axis=None,
    )
    tooltip = [alt.Tooltip("source:N", title="part"), alt.Tooltip("text:N", title=plot.titles["share"])]
    base = alt.Chart(table(plot, "variance_shares")).encode(y=y, tooltip=tooltip)
    bars = base.mark_bar(style="band", height=16, opacity=0.45).encode(
        x=alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0, 1.25], nice=False))
    )
    ends = base.mark_rule(style="interval").encode(x=alt.X("lower:Q"), x2=alt.X2("upper:Q"))
    # Names stand above the bars: beside them they would indent the panels below as well.
    names = base.mark_text(style="label", align="left", baseline="bottom", dy=-11, limit=340)
    names = names.encode(x=alt.XDatum(0), text=alt.Text("source:N"))
    text = base.mark_text(style="label", align="left", dx=8, limit=200).encode(
        x=alt.X("upper:Q"), text=alt.Text("text:N")
    )
    return alt.layer(bars, ends, names, text, width=360, height=alt.Step(40))


def _densities(plot: Plot) -> Drawing:
    x = alt.X(
        "x:Q", axis=alt.Axis(title=None, grid=False, tickCount=5), scale=alt.Scale(zero=False, nice=False)
    )
    y = alt.Y("density:Q", axis=None)
    tooltip = [alt.Tooltip("parameter:N"), alt.Tooltip("text:N", title="posterior")]
    base = alt.Chart().encode(x=x, tooltip=tooltip)
    area = base.mark_area(style="band", opacity=0.3).encode(y=y)
    line = base.mark_line(style="partial-line").encode(y=y)
    prior = base.transform_filter("isValid(datum.prior)").mark_line(style="prior")
    prior = prior.encode(y=alt.Y("prior:Q", axis=None))
    panel = alt.layer(area, line, prior, data=table(plot, "variance_posterior"), width=180, height=70)
    return panel.facet(facet=panel_facet(), columns=3, spacing=16).resolve_scale(
        x="independent", y="independent"
    )
