"""The pooling slider in a drawing: one parameter of that name moves every chart that has it.

The numbers are those of :mod:`mlmwidget.inference.slider`, the expressions its formulas.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from mlmwidget.charts.figure import Drawing
from mlmwidget.charts.plot import POOL, Plot
from mlmwidget.inference.slider import FIT

LABEL = "Pooling: complete (left), the fit (middle), none (right)"
#: What the slider's left and right ends are called beside it.
ENDS = ("complete pooling", "no pooling")
#: Values this share of the axis outside of what stands still are left out, so that the axis stands still too.
MARGIN = 0.001


def with_slider(plot: Plot, drawing: Drawing) -> Drawing:
    """Give a drawing the slider, if the plot has one."""
    if not plot.directions:
        return drawing
    bind = alt.binding_range(name=LABEL, min=0, max=1, step=0.01)
    return drawing.add_params(alt.param(name=POOL, value=FIT, bind=bind))


def moving(plot: Plot, chart: alt.Chart, *fields: str) -> alt.Chart:
    """Make a field ``y_now`` of each field ``y``: its value under the slider, or the plain one without.

    Values beyond ``y_low`` and ``y_high`` (:func:`with_reach`) are missing: they would move the axes.
    """
    if not plot.directions:
        return chart.transform_calculate(**{f"{field}_now": f"datum.{field}" for field in fields})
    for field in fields:
        now, low, high = f"datum.{field}_now", f"datum.{field}_low", f"datum.{field}_high"
        margin = f"{MARGIN} * ({high} - {low})"
        inside = f"inrange({now}, [{low} - {margin}, {high} + {margin}])"
        chart = chart.transform_calculate(**{f"{field}_now": _value(field, plot.directions)})
        chart = chart.transform_calculate(**{f"{field}_now": f"{inside} ? {now} : null"})
    return chart


def with_reach[T: alt.TopLevelMixin](plot: Plot, chart: T, **fields: tuple[str, ...]) -> T:
    """Give each row the range of what stands still, so that the axes do not move with the slider.

    Parameters
    ----------
    plot, chart
        The plot, and what the range is taken over.
    **fields
        Field that moves → fields whose joint range it has to keep to.
    """
    if not plot.directions:
        return chart
    ends = [
        alt.JoinAggregateFieldDef(op=op, field=other, **{"as": f"{other}_{op}"})
        for still in fields.values()
        for other in still
        for op in ("min", "max")
    ]
    chart = chart.transform_joinaggregate(ends)
    for field, still in fields.items():
        lows, highs = (", ".join(f"datum.{other}_{end}" for other in still) for end in ("min", "max"))
        reach = {f"{field}_low": f"extent([{lows}])[0]", f"{field}_high": f"extent([{highs}])[1]"}
        chart = chart.transform_calculate(**reach)
    return chart


def at_the_fit(plot: Plot, opacity: float) -> Any:
    """Opacity of what belongs to the fit, such as intervals: it fades when the slider leaves it."""
    return {"expr": f"{POOL} === {FIT} ? {opacity} : 0"} if plot.directions else opacity


def _value(field: str, directions: int) -> str:
    """Write a value under the slider; a row without one keeps its own.

    Posterior means differ a little from the curve's value at the fit, which holds β, Σ and σ at their
    estimates. A term that is this difference in the middle and vanishes at both ends makes the curve pass
    through what the chart shows at rest.
    """
    base = f"datum.{field}_base"
    weights = [f"datum.{field}_w{m}" for m in range(directions)]
    squared, rest = f"{POOL} * {POOL}", f"(1 - {POOL}) * (1 - {POOL})"
    curve = " + ".join(f"{w} * {squared} / ({rest} + {squared} * datum.d{m})" for m, w in enumerate(weights))
    middle = " + ".join(f"{w} / (1 + datum.d{m})" for m, w in enumerate(weights))
    gap = f"4 * {POOL} * (1 - {POOL}) * (datum.{field} - {base} - ({middle}))"
    return f"isValid({base}) ? {base} + {curve} + {gap} : datum.{field}"
