"""The pooling slider: complete pooling, the fit and no pooling at its marks, in Python and in charts."""

from copy import deepcopy

import altair as alt
import numpy as np
import pandas as pd
import pytest
import reference_data
import standin
from numpy.testing import assert_allclose

import mlmwidget
from mlmwidget import datasets
from mlmwidget.charts import views
from mlmwidget.charts.figure import NamedTable
from mlmwidget.charts.slider import moving, with_slider
from mlmwidget.charts.tables.caterpillar import caterpillar
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.pooling import pooling
from mlmwidget.charts.tables.shrinkage import shrinkage
from mlmwidget.inference.lines import as_draws
from mlmwidget.inference.slider import pooling_slider

MOVING = ("pooling", "shrinkage", "caterpillar")


def reml(formula, data):
    fit = mlmwidget.fit(formula, data, method="reml")
    return fit, pooling_slider(fit.frame, as_draws(fit.estimate))


def least_squares(fit, slider):
    """Closest least-squares deviations of each group, β and the effects of other factors held."""
    frame, point = fit.frame, fit.estimate
    residuals = frame.y - frame.offset - frame.X @ point.beta
    first = frame.groups[0].factor
    for design, effects in zip(frame.groups, point.effects, strict=True):
        if design.factor != first:
            residuals -= (design.Z * effects[design.codes]).sum(axis=1)
    Z = np.column_stack([d.Z for d in frame.groups if d.factor == first])
    root = np.sqrt(frame.weights)
    codes = frame.groups[0].codes
    return np.array(
        [
            np.linalg.lstsq(Z[codes == j] * root[codes == j, None], (residuals * root)[codes == j])[0]
            for j in range(len(slider.d))
        ]
    )


@pytest.mark.parametrize("record", [r for r in reference_data.fits() if r["id"] in ("FD01", "FD02", "FD03")])
def test_the_middle_is_lme4_s_conditional_modes(record):
    _, slider = reml(record["formula"], reference_data.load(record["dataset"]))
    modes = np.array(record["ranef"][0]["mode"])
    assert_allclose(slider.deviations(0.5), modes, atol=1e-4 * np.abs(modes).max())


@pytest.mark.parametrize(
    ("formula", "data"),
    [
        ("Reaction ~ Days + (Days | Subject)", datasets.sleepstudy),
        ("Reaction ~ Days + (Days || Subject)", datasets.sleepstudy),
        ("Reaction ~ Days + (1 | Subject)", datasets.sleepstudy),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin),
        ("score ~ Machine + (1 | Worker) + (1 | Worker:Machine)", datasets.machines),
    ],
)
def test_the_ends_are_the_population_and_each_group_s_least_squares(formula, data):
    fit, slider = reml(formula, data())
    assert_allclose(slider.deviations(0.0), 0, atol=1e-12)
    expected = least_squares(fit, slider)
    assert_allclose(slider.deviations(1.0), expected, atol=1e-6 * np.abs(expected).max())
    near = slider.deviations(1 - 1e-6)
    assert_allclose(near, expected, atol=1e-4 * np.abs(expected).max())


def test_the_middle_is_the_fit_with_several_factors_too():
    for formula, data in [
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin()),
        ("log_radon ~ floor + log_uranium + (1 + floor || county)", datasets.radon()),
    ]:
        fit, slider = reml(formula, data)
        modes = fit.estimate.effects[0]
        assert_allclose(slider.deviations(0.5), modes, atol=1e-4 * np.abs(modes).max())


def test_weights_and_offsets_count():
    data = datasets.sleepstudy()
    data["w"] = np.tile([1.0, 2.0, 0.5, 1.5, 1.0], 36)
    data["o"] = 5.0 * data["Days"]
    fit = mlmwidget.fit("Reaction ~ Days + offset(o) + (Days | Subject)", data, method="reml", weights="w")
    slider = pooling_slider(fit.frame, as_draws(fit.estimate))
    assert_allclose(slider.deviations(0.5), fit.estimate.effects[0], atol=1e-3)
    assert_allclose(slider.deviations(1.0), least_squares(fit, slider), atol=1e-5)


def test_a_group_that_cannot_support_a_slope_does_not_fly_off():
    data = datasets.sleepstudy()
    data = data[data["Subject"].ne("308") | data["Days"].eq(9)]
    fit, slider = reml("Reaction ~ Days + (Days | Subject)", data)
    j = fit.frame.groups[0].levels.index("308")
    intercept, slope = slider.deviations(1.0)[j]
    beta = fit.estimate.beta
    y = data.loc[data["Subject"].eq("308"), "Reaction"].item()
    assert_allclose(beta[0] + intercept + 9 * (beta[1] + slope), y, rtol=1e-6)
    moved = np.array([slider.deviations(s)[j] for s in (0.25, 0.5, 0.75, 1.0)])
    # Its one row says one thing: it moves along one line, whatever the strength.
    assert_allclose(moved[:, 1] / moved[:, 0], moved[0, 1] / moved[0, 0], rtol=1e-6)
    assert abs(slope) < 30


def test_a_singular_fit_stays_finite():
    data = datasets.sleepstudy()
    data["Reaction"] = np.random.default_rng(3).normal(300, 30, len(data))
    _, slider = reml("Reaction ~ Days + (Days | Subject)", data)
    for s in (0.0, 0.5, 1.0):
        assert np.isfinite(slider.deviations(s)).all()


def test_other_families_and_models_without_groups_have_no_slider():
    s = datasets.simulate("y ~ x + (1 | g)", groups=6, per_group=30, family="poisson")
    for fit in (
        standin.standin(s.spec, s.data, [[1.0]], 1.0),
        standin.standin("Reaction ~ Days", datasets.sleepstudy(), [], 50),
    ):
        assert Results(fit).slider is None
        for view in views(fit, MOVING):
            assert "pool" not in view["hints"]
            assert all(p["name"] != "pool" for p in view["spec"].get("params", []))


def computed(plot, data_set, at, *fields, where=None):
    """Fields under the slider as Vega computes them, a row of floats for each row of the data set."""
    vl = pytest.importorskip("vl_convert")
    rows = [row for row in plot.data[data_set] if where is None or where(row)]
    text = " + ' ' + ".join(f"format(datum.{field}_now, '.12g')" for field in fields)
    chart = alt.Chart(NamedTable(data_set, tuple(rows)))
    chart = moving(plot, chart, *fields).transform_calculate(shown=text).mark_text().encode(text="shown:N")
    graph = vl.vegalite_to_scenegraph(placed(with_slider(plot, chart).to_dict(), at), vl_version="6.4")
    texts = [item["text"] for mark in marks(graph, "text") for item in mark["items"]]
    return rows, np.array([[float(v.replace("−", "-")) for v in text.split()] for text in texts])


def marks(node, kind):
    """All marks of a kind in a scene graph, in drawing order."""
    found = [node] if isinstance(node, dict) and node.get("marktype") == kind else []
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return found + [mark for child in children for mark in marks(child, kind)]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.5])
def test_vega_computes_what_python_computes(at):
    """Within the reach of the axes; the middle passes exactly through the estimates that are tabulated."""
    fit = Results(standin.sleepstudy())
    plot, slider, beta = shrinkage(fit), fit.slider, fit.draws.beta.mean(axis=(0, 1))
    _, ours = computed(plot, "shrinkage", at, "x", "y")
    gap = fit.draws.effects[0].mean(axis=(0, 1)) - slider.deviations(0.5)
    expected = beta + slider.deviations(at) + 4 * at * (1 - at) * gap
    assert_allclose(ours, expected, rtol=1e-5)
    # The difference that the curve is corrected by is small beside what the slider moves.
    assert np.abs(gap).max() < 0.1 * np.abs(slider.deviations(0.5)).max()


def test_lines_and_effects_move_as_the_points_do():
    fit = Results(standin.sleepstudy())
    levels = list(fit.frame.groups[0].levels)
    deviations = pd.DataFrame(fit.slider.deviations(0.2), index=levels, columns=[0, 1])
    gap = fit.draws.effects[0].mean(axis=(0, 1)) - fit.slider.deviations(0.5)
    deviations += 4 * 0.2 * 0.8 * gap
    rows, effects = computed(caterpillar(fit), "caterpillar", 0.2, "mean")
    expected = [deviations.loc[row["level"], row["panel"]] for row in rows]
    assert_allclose(effects[:, 0], expected, atol=1e-4)
    beta = fit.draws.beta.mean(axis=(0, 1))
    rows, lines = computed(
        pooling(fit), "pooling", 0.2, "y", where=lambda row: row.get("pooling") == "partial pooling"
    )
    assert len(rows) == 180
    expected = [(beta + deviations.loc[row["level"]]) @ np.array([1.0, row["x"]]) for row in rows]
    assert_allclose(lines[:, 0], expected, rtol=1e-5)


def drawn(view, at):
    """Marks of a chart as the widget draws it with its slider at some place."""
    vl = pytest.importorskip("vl_convert")
    spec = deepcopy(view["spec"]) | {"datasets": view["data"]}
    return vl.vegalite_to_scenegraph(placed(spec, at), vl_version="6.4")


def placed(spec, at):
    """Put the slider of a specification at some place."""
    next(p for p in spec["params"] if p["name"] == "pool")["value"] = at
    return spec


def places(graph):
    """Positions of the hollow and of the solid points of the shrinkage plot."""
    points = [m for m in marks(graph, "symbol") if m.get("role") == "mark" and len(m["items"]) == 18]
    return [np.array([[i["x"], i["y"]] for i in mark["items"]]) for mark in points]


def test_drawn_points_start_at_the_population_and_end_without_pooling():
    view = views(standin.sleepstudy(), ["shrinkage"])[0]
    hollow, solid = places(drawn(view, 0.0))
    assert_allclose(np.ptp(solid, axis=0), 0, atol=0.01)
    assert np.ptp(hollow[:, 0]) > 100
    still, moved = places(drawn(view, 1.0))
    assert_allclose(still, hollow)
    assert_allclose(moved, hollow, atol=0.01)


@pytest.mark.parametrize("name", MOVING)
def test_axes_stand_still_while_the_slider_moves(name):
    view = views(standin.radon(), [name])[0]
    axes = [
        [(m["role"], [i.get("text") for i in m["items"]]) for m in marks(drawn(view, at), "text")
         if m["role"].startswith("axis")]
        for at in (0.0, 0.5, 1.0)
    ]  # fmt: skip
    assert axes[0] == axes[1] == axes[2]
    assert axes[0]


def intercepts():
    return mlmwidget.fit("Reaction ~ 1 + (1 | Subject)", datasets.sleepstudy(), method="reml")


@pytest.mark.parametrize("name", MOVING)
@pytest.mark.parametrize("fit", [standin.sleepstudy, standin.radon, intercepts])
def test_no_scale_follows_what_moves(name, fit):
    """Vega draws axes, and all that has the scale, anew with every change of what a scale is made from."""
    vl = pytest.importorskip("vl_convert")
    vega = vl.vegalite_to_vega(views(fit(), [name])[0]["spec"], vl_version="6.4")
    follows = set()
    for data in vega["data"]:
        if data.get("source") in follows or "pool_precision" in str(data.get("transform")):
            follows.add(data["name"])
    assert follows
    domains = [domain for scale in vega["scales"] if isinstance(domain := scale["domain"], dict)]
    made_from = {
        part["data"]
        for domain in domains
        for part in domain.get("fields", [domain])
        if isinstance(part, dict) and "data" in part
    }
    assert made_from
    assert not made_from & follows
