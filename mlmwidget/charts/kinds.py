"""How each kind of pooling looks, in every chart and its legend: one colour and one mark."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.tables.pooling import LABELS

#: A circle there and back, which a legend cannot fill: its symbols have the colour as stroke and as fill.
_RING = "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0A1,1,0,1,0,-1,0A1,1,0,1,0,1,0"
STROKE = "M0,-1.2V1.2"
#: Kind → symbol of its legend: a ring, a vertical stroke and a disc, as the styles of these names draw them.
_SYMBOLS = {"no": _RING, "complete": STROKE, "partial": "circle"}


def kind_of(chart: alt.Chart, kind: str) -> alt.Chart:
    """Say which kind of pooling a layer shows: its colour, and its place in the legend."""
    return chart.transform_calculate(pooling=f"'{LABELS[kind]}'")


def point_colour(*kinds: str) -> alt.Color:
    """Colour of points by the kind of pooling, with a legend of these kinds that shows their marks."""
    symbol = "".join(f"datum.value === '{LABELS[kind]}' ? '{_SYMBOLS[kind]}' : " for kind in kinds[:-1])
    legend = alt.Legend(
        orient="top",
        title=None,
        values=[LABELS[kind] for kind in kinds],
        symbolType=alt.expr(f"{symbol}'{_SYMBOLS[kinds[-1]]}'"),
        symbolSize=80,
        offset=8,
    )
    return _colour(legend)


def line_colour() -> alt.Color:
    """Colour of lines by the kind of pooling."""
    return _colour(alt.Legend(orient="top", title=None, symbolType="stroke", symbolSize=300, offset=8))


def _colour(legend: alt.Legend) -> alt.Color:
    return alt.Color("pooling:N", scale=alt.Scale(domain=list(LABELS.values())), legend=legend)
