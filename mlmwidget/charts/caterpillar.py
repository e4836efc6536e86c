"""Draws the caterpillar plot: sorted group effects with 50 % and 95 % intervals."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table, with_params
from mlmwidget.charts.plot import SHOW, Plot
from mlmwidget.charts.slider import at_the_fit, following, moving, reach, standing, with_slider
from mlmwidget.charts.tables.caterpillar import ENDS

COLUMNS = 2
#: What the axis is, under each choice.
KINDS = {"deviation": "deviation from the population", "total": "population plus deviation"}
_TOTAL = f"{SHOW} === 'total'"


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.caterpillar.caterpillar`."""
    width = 440 if len(plot.panels) == 1 else 250
    panels = [_panel(plot, p, title, width) for p, title in enumerate(plot.panels)]
    drawing = panels[0] if len(panels) == 1 else alt.concat(*panels, columns=COLUMNS)
    bind = alt.binding_radio(options=list(KINDS), name="Shown: ")
    shown = alt.param(name=SHOW, value=plot.titles[SHOW], bind=bind)
    return with_slider(plot, with_params(drawing, shown))


def _panel(plot: Plot, panel: int, title: str, width: int) -> Drawing:
    group = group_selection()
    here = f"datum.panel === {panel}"
    many = plot.version == "many"
    shown = at_the_fit(plot, 1)
    factor = plot.titles[f"level{panel}"]
    order = alt.EncodingSortField(field="rank", op="min", order="ascending")
    names_axis = alt.Axis(title=factor, labelLimit=130, grid=True)
    y: alt.Y = alt.Y("level:N", sort=order, scale=alt.Scale(domain=standing(plot)), axis=names_axis)
    if many:
        rank_axis = alt.Axis(title=f"{factor}, by rank", labels=False, ticks=False, grid=False, domain=False)
        from_top = alt.Scale(reverse=True, nice=False, zero=False, padding=6, domain=standing(plot))
        y = alt.Y("rank:Q", scale=from_top, axis=rank_axis)
    x_axis = alt.Axis(title=title, tickCount=6)
    base = alt.Chart(table(plot, "caterpillar")).transform_filter(here)
    for end in ENDS:
        base = base.transform_calculate(**{f"{end}_shown": f"{_TOTAL} ? datum.{end}_total : datum.{end}"})
    from_zero = f"({_TOTAL} ? datum.centre : 0)"
    base = base.transform_calculate(mean_shown=f"datum.mean + {from_zero}")
    held = reach(plot, base, x=("mean_shown", "lower_shown", "upper_shown"))
    base = base.encode(
        y=y,
        opacity=dimmed(group),
        tooltip=[
            alt.Tooltip("level:N", title=factor),
            alt.Tooltip("n:Q", title="n"),
            alt.Tooltip("text:N", title=f"{title}, deviation"),
            alt.Tooltip("total_text:N", title="total"),
        ],
    )
    wide = base.mark_rule(style="interval", strokeWidth=0.7 if many else 1.2, strokeOpacity=shown)
    wide = wide.encode(
        x=alt.X("lower_shown:Q", axis=x_axis, scale=alt.Scale(zero=False)), x2=alt.X2("upper_shown:Q")
    )
    narrow = base.mark_rule(style="interval50", strokeWidth=2 if many else 3.4, strokeOpacity=shown)
    narrow = narrow.encode(x=alt.X("lower50_shown:Q", axis=x_axis), x2=alt.X2("upper50_shown:Q"))
    points = moving(plot, base, "mean").transform_calculate(mean_shown=f"datum.mean_now + {from_zero}")
    points = points.mark_point(style="partial", size=14 if many else 46, clip=True)
    points = points.encode(x=alt.X("mean_shown:Q", axis=x_axis), y=following(y))
    points = points.properties(name=f"caterpillar_view{panel}").add_params(group)
    centre = alt.Chart(table(plot, "caterpillar_centre")).transform_filter(here)
    centre = centre.transform_calculate(at=f"{_TOTAL} ? datum.centre : 0").mark_rule(style="reference")
    layers = [
        *held,
        centre.encode(x=alt.X("at:Q", axis=x_axis, scale=alt.Scale(domain=standing(plot)))),
        wide,
        narrow,
        points,
    ]
    if many:
        # The neighbours of the first reach less far to the right, those of the last less far to the left.
        first = base.transform_filter("datum.mean >= 0").mark_text(
            style="label", align="left", dx=6, fontSize=10
        )
        last = base.transform_filter("datum.mean < 0").mark_text(
            style="label", align="right", dx=-6, fontSize=10
        )
        for names, end in ((first, "upper"), (last, "lower")):
            layers.append(names.encode(x=alt.X(f"{end}_shown:Q", axis=x_axis), text=alt.Text("name:N")))
    says = alt.expr(f"{_TOTAL} ? '{KINDS['total']}' : '{KINDS['deviation']}'")
    which = alt.TitleParams(text=says, orient="bottom", anchor="middle", style="axis-note", offset=6)
    return alt.layer(*layers, width=width, height=430 if many else alt.Step(15), title=which)
