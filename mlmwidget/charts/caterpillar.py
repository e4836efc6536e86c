"""Draws the caterpillar plot: sorted group effects with 50 % and 95 % intervals."""

from __future__ import annotations

import altair as alt

from mlmwidget.charts.figure import Drawing, dimmed, group_selection, table
from mlmwidget.charts.plot import Plot
from mlmwidget.charts.slider import at_the_fit, moving, with_reach, with_slider

COLUMNS = 2


def draw(plot: Plot) -> Drawing:
    """Draw :func:`mlmwidget.charts.tables.caterpillar.caterpillar`."""
    width = 440 if len(plot.panels) == 1 else 250
    panels = [_panel(plot, p, title, width) for p, title in enumerate(plot.panels)]
    return with_slider(plot, panels[0] if len(panels) == 1 else alt.concat(*panels, columns=COLUMNS))


def _panel(plot: Plot, panel: int, title: str, width: int) -> Drawing:
    group = group_selection()
    here = f"datum.panel === {panel}"
    many = plot.version == "many"
    shown = at_the_fit(plot, 1)
    factor = plot.titles[f"level{panel}"]
    order = alt.EncodingSortField(field="rank", op="min", order="ascending")
    y: alt.Y = alt.Y("level:N", sort=order, axis=alt.Axis(title=factor, labelLimit=130, grid=True))
    if many:
        rank_axis = alt.Axis(title=f"{factor}, by rank", labels=False, ticks=False, grid=False, domain=False)
        y = alt.Y("rank:Q", scale=alt.Scale(reverse=True, nice=False, zero=False, padding=6), axis=rank_axis)
    x_axis = alt.Axis(title=[title, plot.titles["kind"]], tickCount=6)
    base = alt.Chart(table(plot, "caterpillar")).transform_filter(here)
    base = with_reach(plot, base, mean=("mean", "lower", "upper")).encode(
        y=y,
        opacity=dimmed(group),
        tooltip=[
            alt.Tooltip("level:N", title=factor),
            alt.Tooltip("n:Q", title="n"),
            alt.Tooltip("text:N", title=title),
        ],
    )
    wide = base.mark_rule(style="interval", strokeWidth=0.7 if many else 1.2, strokeOpacity=shown)
    wide = wide.encode(x=alt.X("lower:Q", axis=x_axis, scale=alt.Scale(zero=False)), x2="upper:Q")
    narrow = base.mark_rule(style="interval50", strokeWidth=1.6 if many else 3.4, strokeOpacity=shown)
    narrow = narrow.encode(x=alt.X("lower50:Q", axis=x_axis), x2="upper50:Q")
    points = moving(plot, base, "mean").mark_point(style="partial", size=10 if many else 46)
    points = points.encode(x=alt.X("mean_now:Q", axis=x_axis))
    points = points.properties(name=f"caterpillar_view{panel}").add_params(group)
    zero = alt.Chart(table(plot, "caterpillar_zero")).transform_filter(here)
    zero = zero.mark_rule(style="reference").encode(x=alt.X("mean:Q", axis=x_axis))
    layers = [zero, wide, narrow, points]
    if many:
        names = base.mark_text(style="label", align="left", dx=6, fontSize=10)
        layers.append(names.encode(x=alt.X("upper:Q", axis=x_axis), text="name:N"))
    return alt.layer(*layers).properties(width=width, height=430 if many else alt.Step(15))
