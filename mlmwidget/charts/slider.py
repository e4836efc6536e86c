"""The pooling slider in a drawing: one parameter of that name moves every chart that has it.

The numbers are those of :mod:`mlmwidget.inference.slider`, the expressions its formulas.
"""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

from mlmwidget.charts.figure import Drawing, with_params
from mlmwidget.charts.plot import POOL, Plot
from mlmwidget.inference.slider import FIT

LABEL = "Pooling: complete (left), the fit (middle), none (right)"
#: What the slider's left and right ends are called beside it.
ENDS = ("complete pooling", "no pooling")
#: What follows from the slider is worked out once a move, not once a row: 1 / c², 4 s (1 − s), and s = ½.
PRECISION, MIDDLE, RESTS = f"{POOL}_precision", f"{POOL}_middle", f"{POOL}_rests"


def with_slider(plot: Plot, drawing: Drawing) -> Drawing:
    """Give a drawing the slider, if the plot has one."""
    if not plot.directions:
        return drawing
    bind = alt.binding_range(name=LABEL, min=0, max=1, step=0.01)
    return with_params(
        drawing,
        alt.param(name=POOL, value=FIT, bind=bind),
        alt.param(name=PRECISION, expr=f"pow((1 - {POOL}) / {POOL}, 2)"),
        alt.param(name=MIDDLE, expr=f"4 * {POOL} * (1 - {POOL})"),
        alt.param(name=RESTS, expr=f"{POOL} === {FIT}"),
    )


def moving(plot: Plot, chart: alt.Chart, *fields: str) -> alt.Chart:
    """Make a field ``y_now`` of each field ``y``: its value under the slider, or the plain one without.

    Posterior means differ a little from the curve's value at the fit, which holds β, Σ and σ at their
    estimates. A term that is this difference in the middle and vanishes at both ends makes the curve pass
    through what the chart shows at rest.
    """
    if not plot.directions:
        return chart.transform_calculate(**{f"{field}_now": f"datum.{field}" for field in fields})
    for field in fields:
        base, weights = f"datum.{field}_base", [f"datum.{field}_w{m}" for m in range(plot.directions)]
        at_rest = " - ".join(f"{w} / (1 + datum.d{m})" for m, w in enumerate(weights))
        chart = chart.transform_calculate(**{f"{field}_gap": f"datum.{field} - {base} - {at_rest}"})
        curve = " + ".join(f"{w} / ({PRECISION} + datum.d{m})" for m, w in enumerate(weights))
        now = f"{base} + {curve} + {MIDDLE} * datum.{field}_gap"
        chart = chart.transform_calculate(**{f"{field}_now": now})
    return chart


def standing(plot: Plot) -> Any:
    """Domain of what stands still, for a scale: one of its own, be it one that is united with nothing.

    Such a domain goes before those of the layers that move, and the axes stay where they are. Vega draws all
    that has a scale anew when a row of its domain changes, though none of its values do: each scale of a
    layer that moves needs a layer that stands.
    """
    return alt.DomainUnionWith(unionWith=[]) if plot.directions else alt.Undefined


def following(channel: Any) -> Any:
    """Give the channel of a layer that moves: as of those that stand, but with no say in its scale."""
    moved = channel.copy()
    moved.scale = alt.Undefined
    return moved


def reach(plot: Plot, chart: alt.Chart, **fields: tuple[str, ...]) -> list[alt.Chart]:
    """Make the layers that hold scales at the range of some fields: marks that are not seen.

    There is none without a slider: nothing moves then.

    Parameters
    ----------
    plot, chart
        The plot, and what the range is taken over.
    **fields
        Channel, ``x``, ``y`` or ``size`` → fields whose joint range it has to show.
    """
    if not plot.directions:
        return []
    both: tuple[Literal["min"], Literal["max"]] = ("min", "max")
    ends = [(axis, end) for axis in fields for end in both]
    chart = chart.transform_aggregate(
        [
            alt.AggregatedFieldDef(op=end, field=field, **{"as": f"{field}_{end}"})
            for axis, end in ends
            for field in fields[axis]
        ]
    )
    for axis, end in ends:
        found = ", ".join(f"datum.{field}_{end}" for field in fields[axis])
        place = f"extent([{found}])[{int(end == 'max')}]"
        chart = chart.transform_calculate(**{f"{axis}_{end}": place})
    scale = alt.Scale(domain=standing(plot))
    places: dict[str, Any] = {}
    for axis, kind, end_of in (("x", alt.X, alt.X2), ("y", alt.Y, alt.Y2)):
        if axis in fields:
            places[axis] = kind(f"{axis}_min:Q", scale=scale)
            places[f"{axis}2"] = end_of(f"{axis}_max:Q")
    held = chart.mark_rule(opacity=0).encode(**places)
    return (
        [held.encode(size=alt.Size(f"size_{end}:Q", scale=scale)) for end in both]
        if "size" in fields
        else [held]
    )


def at_the_fit(plot: Plot, opacity: float) -> Any:
    """Opacity of what belongs to the fit, such as intervals: it fades when the slider leaves it."""
    return {"expr": f"{RESTS} ? {opacity} : 0"} if plot.directions else opacity
