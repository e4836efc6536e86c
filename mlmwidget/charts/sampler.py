"""Draws the sampler plot: rank histograms as steps or traces as lines, a panel per parameter."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, panel_facet, table, with_params
from mlmwidget.charts.plot import CHAINS, Plot
from mlmwidget.charts.tables.sampler import RANKS, REACH, TRACES

_TRACED = f"{CHAINS} === '{TRACES}'"
#: The middle of a panel is an even share of the ranks, or the mean of the draws.
_ENDS = f"{_TRACED} ? (datum.value ? 'last draw' : 'first') : (datum.value ? 'highest' : 'lowest')"
_SD = f"(datum.value < 1 ? '−' : '+') + {REACH / 2:.0f} + ' SD'"
_HEIGHTS = f"{_TRACED} ? (datum.value === 1 ? 'mean' : {_SD}) : format(datum.value, '.1f')"


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.sampler.sampler`."""
    x_axis = alt.Axis(title=None, grid=False, values=[0, 1], labelExpr=_ENDS)
    x = alt.X("x:Q", axis=x_axis, scale=alt.Scale(domain=[0, 1]))
    y_axis = alt.Axis(title=None, values=[0.5, 1, 1.5], labelExpr=_HEIGHTS)
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(domain=[0, 2], clamp=True))
    tooltip = [alt.Tooltip("parameter:N"), alt.Tooltip("chain:N")]
    base = alt.Chart().encode(
        x=x,
        y=y,
        color=alt.Color("chain:O", legend=None),
        strokeDash=alt.StrokeDash("chain:O", legend=None),
    )
    steps = base.transform_filter(f"!({_TRACED}) && datum.kind === '{RANKS}'")
    steps = steps.mark_line(interpolate="step", strokeWidth=1.3).encode(tooltip=tooltip)
    traces = base.transform_filter(f"{_TRACED} && datum.kind === '{TRACES}'")
    traces = traces.mark_line(strokeWidth=0.8, opacity=0.8).encode(tooltip=tooltip)
    even = alt.Chart().mark_rule(style="reference").encode(y=alt.YDatum(1))
    panel = alt.layer(steps, traces, even, data=table(plot, "sampler"), width=190, height=72)
    bind = alt.binding_radio(options=[RANKS, TRACES], name="Shown: ")
    drawing = panel.facet(facet=panel_facet(), columns=3, spacing=16)
    return with_params(drawing, alt.param(name=CHAINS, value=RANKS, bind=bind))
