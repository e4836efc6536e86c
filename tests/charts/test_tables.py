"""The numbers behind each chart equal the tables of the fit."""

import numpy as np
import pandas as pd
import pytest
import standin
from numpy.testing import assert_allclose

from mlmwidget import datasets
from mlmwidget.charts import Charts, views
from mlmwidget.charts.plot import MAX_POINTS
from mlmwidget.charts.tables.caterpillar import caterpillar
from mlmwidget.charts.tables.common import Results, observed
from mlmwidget.charts.tables.pooling import pooling
from mlmwidget.charts.tables.population import population
from mlmwidget.charts.tables.shrinkage import shrinkage


def rows(plot, name):
    return pd.DataFrame(plot.data[name])


def test_pooling_shows_every_observation_and_the_steepest_group_first():
    plot = pooling(Results(standin.sleepstudy()))
    table = rows(plot, "pooling")
    points = table[table["kind"] == "point"]
    assert_allclose(np.sort(points["y"]), np.sort(datasets.sleepstudy()["Reaction"]), rtol=1e-6)
    slopes = standin.sleepstudy().estimates().query("pooling == 'partial' and term == 'Days'")
    steepest = slopes.set_index("level")["mean"].sort_values(ascending=False).index
    assert table.drop_duplicates("level").sort_values("order")["level"].tolist() == steepest.tolist()
    assert table["panel"].iloc[0] == f"{steepest[0]} (n = 10)"
    assert plot.title == "Reaction (ms) by Days, a panel per Subject, steepest first"


def test_groups_of_one_size_are_not_of_a_range_of_sizes():
    assert "of 10 rows each" in pooling(Results(standin.sleepstudy())).description
    assert "of 1 to 116 rows each" in pooling(Results(standin.radon())).description


def test_pooling_shows_a_choice_of_many_groups_and_says_which():
    plot = pooling(Results(standin.radon()))
    table = rows(plot, "pooling")
    assert table["level"].nunique() == 24
    sizes = datasets.radon()["county"].value_counts()
    assert sizes.idxmax() in set(table["level"])
    assert plot.note.startswith("24 of 85 levels of county are shown: the smallest, the largest")


def test_pooling_shows_the_groups_that_are_asked_for_and_refuses_others():
    plot = pooling(Results(standin.radon()), groups=["LAKE", "AITKIN"])
    assert set(rows(plot, "pooling")["level"]) == {"LAKE", "AITKIN"}
    with pytest.raises(ValueError, match="'ATLANTIS' is not a level of county"):
        pooling(Results(standin.radon()), groups=["ATLANTIS"])


def test_a_line_from_two_rows_does_not_flatten_all_other_panels():
    data = datasets.sleepstudy()
    keep = data["Subject"].ne("308") | data["Days"].isin([4, 5])
    data = data[keep].copy()
    data.loc[data["Subject"].eq("308") & data["Days"].eq(5), "Reaction"] = 1000.0
    data.loc[data["Subject"].eq("308") & data["Days"].eq(4), "Reaction"] = 200.0
    fit = standin.standin("Reaction ~ Days + (Days | Subject)", data, [[25, 6]], 25)
    table = rows(pooling(Results(fit)), "pooling")
    assert table["y"].min() > -200
    assert table["y"].max() < 1300


def test_shrinkage_arrows_run_from_r_s_regressions_to_the_fit():
    fit = standin.sleepstudy()
    table = rows(shrinkage(Results(fit)), "shrinkage").set_index("level")
    for axis, term in (("x", "(Intercept)"), ("y", "Days")):
        for suffix, kind in (("", "partial"), ("_alone", "no")):
            totals = fit.estimates()
            totals = totals[(totals["pooling"] == kind) & (totals["term"] == term)]
            expected = totals.set_index("level")["mean"]
            assert_allclose(table[axis + suffix], expected.reindex(table.index), rtol=1e-6)
    assert (table["n"] == 10).all()


def test_ellipses_hold_the_share_that_they_name():
    fit = standin.sleepstudy()
    plot = shrinkage(Results(fit))
    curves = rows(plot, "shrinkage_ellipses")
    tau, cor = fit.estimate.sd[0].reshape(-1, 2), fit.estimate.cor[0].reshape(-1, 2, 2)
    sigma = (tau[:, :, None] * cor * tau[:, None, :]).mean(axis=0)
    centre = rows(plot, "shrinkage_population")[["x", "y"]].to_numpy()[0]
    for p, curve in curves.groupby("p"):
        d = curve[["x", "y"]].to_numpy() - centre
        distance = np.einsum("ij,jk,ik->i", d, np.linalg.inv(sigma), d)
        assert_allclose(1 - np.exp(-distance / 2), p, rtol=1e-3)
    assert set(curves["p"]) == {0.1, 0.3, 0.5, 0.7, 0.9}


def test_shrinkage_has_one_dimension_for_one_effect_and_pairs_for_three():
    one = shrinkage(Results(standin.radon()))
    assert (one.version, len(one.data["shrinkage"])) == ("rows", 40)
    machines = datasets.machines()
    fit = standin.standin("score ~ Machine + (1 + Machine | Worker)", machines, [[4, 4, 4]], 1.0)
    three = shrinkage(Results(fit))
    assert (three.version, len(three.panels)) == ("planes", 6)
    assert rows(three, "shrinkage")["pair"].nunique() == 3


def test_wild_arrows_are_cut_and_counted():
    fit = standin.standin("log_radon ~ floor + (1 + floor | county)", datasets.radon(), [[0.3, 0.3]], 0.75)
    plot = shrinkage(Results(fit))
    table = rows(plot, "shrinkage")
    assert f"{int(table['cut'].sum())} arrows start outside" in plot.note
    inside = np.ptp(np.concatenate([table["y"], rows(plot, "shrinkage_ellipses")["y"]]))
    assert np.ptp(table["y_alone"].dropna()) <= 2.2 * inside + 1e-6


def test_caterpillar_is_the_effects_table_sorted():
    fit = standin.sleepstudy()
    table = rows(caterpillar(Results(fit)), "caterpillar")
    for panel, term in enumerate(("(Intercept)", "Days")):
        ours = table[table["panel"] == panel].set_index("level")
        effects = fit.effects()
        theirs = effects[effects["term"] == term].set_index("level").reindex(ours.index)
        for column in ("mean", "lower", "upper", "lower50", "upper50"):
            assert_allclose(ours[column], theirs[column], rtol=1e-6)
        assert ours.sort_values("rank", ascending=False)["mean"].is_monotonic_increasing


def test_caterpillar_totals_are_deviations_plus_the_population_and_say_so():
    fit = standin.sleepstudy()
    plot = caterpillar(Results(fit))
    table = rows(plot, "caterpillar").set_index(["panel", "level"])
    beta = fit.estimate.beta.mean(axis=(0, 1))
    partial = fit.estimates().query("pooling == 'partial'").set_index(["term", "level"])
    for panel, term in enumerate(("(Intercept)", "Days")):
        assert_allclose(rows(plot, "caterpillar_centre")["centre"][panel], beta[panel], rtol=1e-6)
        ours, theirs = table.loc[panel], partial.loc[term].reindex(table.loc[panel].index)
        assert_allclose(ours["mean"] + ours["centre"], theirs["mean"], atol=1e-4)
        # Intervals of a total hold the uncertainty about the population too.
        assert_allclose(ours["lower_total"], theirs["lower"], rtol=1e-6)
        assert_allclose(ours["upper_total"], theirs["upper"], rtol=1e-6)


@pytest.mark.parametrize("total", [False, True])
def test_the_caterpillar_s_axis_says_whether_it_shows_deviations_or_totals(total):
    vlc = pytest.importorskip("vl_convert")
    spec = Charts(standin.sleepstudy()).caterpillar(total=total).to_dict()
    svg = vlc.vegalite_to_svg(spec, vl_version="6.4")
    assert ("population plus deviation<" in svg) is total
    assert ("deviation from the population<" in svg) is not total


def test_population_shows_all_data_and_one_line_a_group():
    plot = population(Results(standin.sleepstudy()))
    assert len(plot.data["population_points"]) == 180
    assert rows(plot, "population_groups")["level"].nunique() == 18
    assert len(plot.data["population_groups"]) == 36
    assert plot.titles == {"x": "Days", "y": "Reaction (ms)", "level": "Subject"}


def test_population_counts_big_data_in_rectangles_without_losing_a_row():
    s = datasets.simulate("y ~ x + (1 | g)", groups=10, per_group=600)
    plot = population(Results(standin.standin(s.spec, s.data, [[1.0]], 1.0)))
    assert plot.version == "binned"
    assert rows(plot, "population_points")["n"].sum() == 6000
    assert "6,000 rows" in plot.note


def test_groups_stand_at_their_own_value_of_a_group_level_predictor():
    fit = standin.standin("log_radon ~ log_uranium + (1 | county)", datasets.radon(), [[0.3]], 0.75)
    plot = population(Results(fit))
    assert plot.version == "between"
    table = rows(plot, "population_groups").set_index("level")
    uranium = datasets.radon().groupby("county", observed=True)["log_uranium"].first()
    assert_allclose(table["x"], uranium.reindex(table.index).astype(float), rtol=1e-6)


def test_intercepts_stand_against_a_group_level_predictor_around_the_line_of_its_equation():
    fit = standin.standin("log_radon ~ floor + log_uranium + (1 | county)", datasets.radon(), [[0.3]], 0.75)
    plot = population(Results(fit))
    groups = rows(plot, "population_intercepts").set_index("level")
    totals = fit.estimates().query("pooling == 'partial' and term == '(Intercept)'").set_index("level")
    assert_allclose(groups["y"], totals["mean"].reindex(groups.index), rtol=1e-6)
    uranium = datasets.radon().groupby("county", observed=True)["log_uranium"].first()
    assert_allclose(groups["x"], uranium.reindex(groups.index).astype(float), rtol=1e-6)
    line = rows(plot, "population_intercept_line")
    beta = fit.estimate.beta.mean(axis=(0, 1))
    assert_allclose(line["y"], beta[0] + beta[2] * line["x"], rtol=1e-5)
    assert ((line["lower"] < line["y"]) & (line["y"] < line["upper"])).all()
    assert plot.titles["predictor"] == "log_uranium (log ppm)"


def test_proportions_are_observed_ones_and_count_every_row():
    s = datasets.simulate("y ~ x + (1 | g)", groups=4, per_group=50, family="bernoulli")
    frame = Results(standin.standin(s.spec, s.data, [[1.0]], 1.0)).frame
    from mlmwidget.inference.lines import choose_axis

    points = observed(frame, choose_axis(frame), np.arange(frame.n))
    assert points["n"].sum() == 200
    assert_allclose((points["y"] * points["n"]).sum(), frame.y.sum())
    assert len(points) == 8


@pytest.fixture(scope="module")
def many_groups():
    s = datasets.simulate("y ~ x + (1 + x | g)", groups=350, per_group=18)
    return Results(standin.standin(s.spec, s.data, [[1.0, 0.5]], 1.0, n_draws=20))


@pytest.mark.parametrize("table", [pooling, shrinkage, caterpillar, population])
def test_hundreds_of_groups_and_thousands_of_rows_stay_small(table, many_groups):
    plot = table(many_groups)
    assert all(len(r) <= MAX_POINTS + 1000 for r in plot.data.values())
    assert "of 350 levels of g are shown" in plot.note


def test_pages_of_panels_hold_every_group_once_in_order():
    results = Results(standin.radon())
    sample = pooling(results)
    assert sample.page.number == 0
    assert sample.page.label == "24 of 85"
    pages = [pooling(results, page=p) for p in range(1, sample.page.last + 1)]
    levels = [list(dict.fromkeys(rows(p, "pooling").sort_values("order")["level"])) for p in pages]
    assert [len(page) for page in levels] == [24, 24, 24, 13]
    everyone = [level for page in levels for level in page]
    effects = results.effects.set_index("level")["mean"]
    assert everyone[:24] == list(effects.sort_values(ascending=False, kind="stable").index[:24])
    assert sorted(everyone) == sorted(results.frame.groups[0].levels)
    assert [p.page.label for p in pages][1] == "25 to 48 of 85"
    # A page that there is not is the last one.
    assert pooling(results, page=99).page.number == sample.page.last


def test_few_groups_have_no_pages_and_named_ones_lead_back_to_the_sample():
    assert pooling(Results(standin.sleepstudy())).page is None
    view = views(standin.radon(), ["pooling"], {"pooling": {"groups": ["LAKE", "AITKIN"]}})[0]
    assert view["page"]["label"] == "2 of 85"
    assert view["page"]["previous"] == {"type": "page", "chart": "pooling", "page": 0}
    assert {row["level"] for row in view["data"]["pooling"]} == {"LAKE", "AITKIN"}


def test_planes_of_several_effects_are_a_triangle_with_common_axes():
    s = datasets.simulate("y ~ x + z + w + (1 + x + z + w | g)", groups=12, per_group=10)
    fit = standin.standin(s.spec, s.data, [[1, 0.5, 0.5, 0.5]], 1.0)
    plot = shrinkage(Results(fit))
    terms = [name.partition(" (")[0] for name in plot.panels]
    assert list(zip(terms[::2], terms[1::2], strict=True)) == [
        ("intercept", "slope of x"),
        ("intercept", "slope of z"), ("slope of x", "slope of z"),
        ("intercept", "slope of w"), ("slope of x", "slope of w"), ("slope of z", "slope of w"),
    ]  # fmt: skip
    corners, points = rows(plot, "shrinkage_corners"), rows(plot, "shrinkage")
    by_pair = corners.groupby("pair")
    assert by_pair["x"].agg(tuple).loc[[0, 1, 3]].nunique() == 1
    assert by_pair["y"].agg(tuple).loc[[3, 4, 5]].nunique() == 1
    for axis in "xy":
        ends = by_pair[axis].agg(["min", "max"]).loc[points["pair"]].to_numpy()
        for field in (axis, f"{axis}_alone"):
            known = points[field].notna().to_numpy()
            values = points[field].to_numpy()[known]
            assert (values >= ends[known, 0] - 1e-6).all()
            assert (values <= ends[known, 1] + 1e-6).all()
    (view,) = views(fit, ["shrinkage"])
    assert [len(row["hconcat"]) for row in view["spec"]["vconcat"]] == [1, 2, 3]


@pytest.mark.parametrize("response", ["cbind(sick, well)", "sick / size"])
def test_a_proportion_is_named_by_what_counts_as_a_success(response):
    data = pd.DataFrame({"g": np.repeat(list("abcd"), 5), "x": np.tile(np.arange(5.0), 4), "size": 20})
    data["sick"] = np.arange(20) % 7
    data["well"] = data["size"] - data["sick"]
    fit = standin.standin(f"{response} ~ x + (1 | g)", data, [[0.6]], 1.0, family="binomial")
    assert population(Results(fit)).titles["y"] == "proportion of sick"
