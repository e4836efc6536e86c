"""Group size, variance, structure, checks, sampler and priors: numbers against closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import standin
from numpy.testing import assert_allclose
from scipy import stats

from mlmwidget import datasets
from mlmwidget import fit as fit_model
from mlmwidget.charts.tables.caterpillar import caterpillar
from mlmwidget.charts.tables.checks import checks
from mlmwidget.charts.tables.common import ASIDE, Results, held_note
from mlmwidget.charts.tables.group_size import group_size
from mlmwidget.charts.tables.parameters import density, exponential, lkj_marginal, spreads
from mlmwidget.charts.tables.pooling import pooling
from mlmwidget.charts.tables.population import population
from mlmwidget.charts.tables.predictive import replicate, some_draws
from mlmwidget.charts.tables.priors import priors
from mlmwidget.charts.tables.sampler import sampler
from mlmwidget.charts.tables.structure import structure
from mlmwidget.charts.tables.variance import variance, variance_parts
from mlmwidget.data.build import model_frame
from mlmwidget.inference.lines import choose_axis
from mlmwidget.inference.predictor import linear_predictor
from mlmwidget.notation.numbers import format_estimate


def rows(plot, name):
    return pd.DataFrame(plot.data[name])


def test_group_size_shows_both_estimates_of_every_group_at_its_size():
    fit = standin.radon()
    table = rows(group_size(Results(fit)), "group_size")
    partial = table[table["kind"] == "partial pooling"].set_index("level")
    totals = fit.estimates()
    totals = totals[(totals["pooling"] == "partial") & (totals["term"] == "(Intercept)")].set_index("level")
    assert_allclose(partial["mean"], totals["mean"].reindex(partial.index), rtol=1e-6)
    assert (partial["n"] == datasets.radon()["county"].value_counts().reindex(partial.index)).all()
    assert_allclose(partial["size"], partial["n"], rtol=0.05)


def test_variance_of_a_varying_intercept_is_tau_squared_and_icc_its_share():
    fit = Results(standin.radon())
    parts = variance_parts(fit)
    tau, sigma = fit.draws.sd[0].ravel(), fit.draws.sigma.ravel()
    assert_allclose(parts["county"], tau**2)
    assert_allclose(parts["residual"], sigma**2)
    floor = datasets.radon()["floor"]
    slope = fit.draws.beta[..., 1].ravel()
    assert_allclose(parts["predictors"], slope**2 * floor.var(ddof=0))
    icc = (tau**2 / (tau**2 + sigma**2)).mean()
    assert f"ICC {icc:.2f}" in variance(fit).note


def test_variance_of_varying_slopes_is_the_mean_over_the_rows():
    fit = Results(standin.sleepstudy())
    tau, cor = fit.draws.sd[0].reshape(-1, 2), fit.draws.cor[0].reshape(-1, 2, 2)
    days = np.arange(10.0)
    z = np.array([np.ones(10), days])
    sigma = tau[:, :, None] * cor * tau[:, None, :]
    brute = np.einsum("kr,skl,lr->sr", z, sigma, z).mean(axis=1)
    assert_allclose(variance_parts(fit)["Subject"], brute)


def test_shares_sum_to_one_and_crossed_factors_each_have_theirs():
    fit = standin.standin(
        "diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin(), [[0.8], [1.9]], 0.55
    )
    table = rows(variance(Results(fit)), "variance_shares")
    assert table["part"].tolist() == ["group-0", "group-1", "sigma"]
    assert table["source"].tolist() == [
        "between levels of plate", "between levels of sample", "within groups (residual)",
    ]  # fmt: skip
    assert_allclose(table["share"].sum(), 1, rtol=1e-6)


def test_variance_within_groups_of_other_families_is_nakagawa_s():
    """Formulas of Nakagawa, Johnson and Schielzeth (2017), and the variance of a t distribution."""
    s = datasets.simulate("y ~ x + (1 | g)", groups=6, per_group=30, family="poisson")
    positive = s.data.assign(y=s.data["y"] + 0.5)
    share = s.data.assign(y=(s.data["y"] + 0.5) / (s.data["y"].max() + 1))
    for family, data, formula in [
        ("poisson", s.data, lambda m, phi: np.log(1 + 1 / m)),
        ("negbinomial", s.data, lambda m, phi: np.log(1 + 1 / m + 1 / phi)),
        ("beta", share, lambda m, phi: m * (1 - m) / (1 + phi) / (m * (1 - m)) ** 2),
    ]:
        fit = Results(standin.standin("y ~ x + (1 | g)", data, [[1.0]], 1.0, family=family))
        shape = 1.0 if fit.draws.shape is None else fit.draws.shape.ravel()
        assert_allclose(variance_parts(fit)["residual"], formula(data["y"].mean(), shape))
        assert "scale." in variance(fit).note
    fit = Results(standin.standin("y ~ x + (1 | g)", positive, [[1.0]], 2.0, family="student"))
    shape = fit.draws.shape.ravel()
    assert_allclose(variance_parts(fit)["residual"], stats.t.var(shape) * fit.draws.sigma.ravel() ** 2)


def test_icc_and_r2_are_nakagawa_s_from_the_fitted_values_themselves():
    """As R's performance::r2_nakagawa and icc compute them, from each row's own variance."""
    fit = Results(standin.sleepstudy())
    frame, draws = fit.frame, fit.draws
    beta, tau = draws.beta.reshape(-1, 2), draws.sd[0].reshape(-1, 2)
    rho, sigma = draws.cor[0].reshape(-1, 2, 2)[:, 0, 1], draws.sigma.ravel()
    days = frame.rows["Days"].to_numpy()
    fixed = np.array([np.var(b[0] + b[1] * days) for b in beta])
    random = np.array(
        [np.mean(a**2 + 2 * r * a * b * days + (b * days) ** 2) for (a, b), r in zip(tau, rho, strict=True)]
    )
    total = fixed + random + sigma**2
    note = variance(fit).note
    for name, values in [
        ("ICC", random / (random + sigma**2)),
        ("R² marginal", fixed / total),
        ("R² conditional", (fixed + random) / total),
    ]:
        text = format_estimate(values.mean(), *np.quantile(values, [0.025, 0.975]))
        assert f"{name} {text}" in note


def test_logit_models_have_the_logistic_variance_and_other_links_say_why_there_are_no_shares():
    s = datasets.simulate("y ~ x + (1 | g)", groups=6, per_group=30, family="bernoulli")
    parts = variance_parts(Results(standin.standin(s.spec, s.data, [[1.0]], 1.0)))
    assert_allclose(parts["residual"], np.pi**2 / 3)
    s = datasets.simulate("y ~ x + (1 | g)", groups=6, per_group=30, family="poisson")
    spec = replace(s.spec, link="sqrt")
    plot = variance(Results(standin.standin(spec, s.data, [[1.0]], 1.0)))
    assert plot.version == "posterior"
    assert "no residual variance" in plot.note


@pytest.mark.parametrize(("eta", "k"), [(2.0, 2), (1.0, 3), (2.0, 4)])
def test_the_marginal_prior_of_a_correlation_integrates_to_one(eta, k):
    x = np.linspace(-1, 1, 20001)
    assert_allclose(np.trapezoid(lkj_marginal(eta, k)(x), x), 1, rtol=1e-3)


def test_lkj_two_keeps_95_percent_within_081():
    x = np.linspace(-0.81, 0.81, 20001)
    assert_allclose(np.trapezoid(lkj_marginal(2.0, 2)(x), x), 0.95, atol=0.002)


def test_an_exponential_prior_has_the_mean_it_was_given():
    x = np.linspace(0, 200, 200001)
    assert_allclose(np.trapezoid(x * exponential(5.0)(x), x), 5, rtol=1e-3)


def test_densities_integrate_to_one_also_at_a_bound():
    x, y = density(np.abs(np.random.default_rng(0).normal(size=4000)), low=0.0)
    assert x[0] == 0
    assert_allclose(np.trapezoid(y, x), 1, atol=0.02)


def test_every_spread_has_a_prior_and_a_title_with_its_unit():
    found = spreads(Results(standin.sleepstudy()))
    assert [p.title for p in found] == [
        "SD of intercept (ms)", "SD of slope of Days (ms per day)", "ρ of intercept and Days",
        "residual SD (ms)",
    ]  # fmt: skip
    assert all(p.prior is not None for p in found)


def test_replications_have_the_mean_and_spread_of_the_model():
    fit = Results(standin.sleepstudy())
    some, everything = some_draws(fit, 400), np.arange(180)
    y = replicate(fit, some, everything)
    eta = linear_predictor(fit.draws, fit.frame, some, everything)
    assert_allclose((y - eta).mean(), 0, atol=0.5)
    assert_allclose((y - eta).std(), fit.draws.sigma.mean(), rtol=0.03)


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_replications_of_other_families_have_their_mean(family):
    s = datasets.simulate("y ~ x + (1 | g)", groups=6, per_group=60, family=family, sd=0.3, beta=[0.3, 0.2])
    fit = Results(standin.standin(s.spec, s.data, [[0.3]], 1.0))
    some, everything = some_draws(fit, 300), np.arange(360)
    mean = np.exp if family == "poisson" else lambda x: 1 / (1 + np.exp(-x))
    expected = mean(linear_predictor(fit.draws, fit.frame, some, everything)).mean()
    assert_allclose(replicate(fit, some, everything).mean(), expected, rtol=0.02)


def test_checks_compare_the_observed_means_with_their_replications():
    plot = checks(Results(standin.sleepstudy()))
    means = rows(plot, "checks_means").set_index("level")
    observed = datasets.sleepstudy().groupby("Subject", observed=True)["Reaction"].mean()
    assert_allclose(means["observed"], observed.reindex(means.index), rtol=1e-6)
    inside = means["observed"].between(means["lower"], means["upper"])
    assert f"{int((~inside).sum())} of 18 means of Subject" in plot.note
    residuals = rows(plot, "checks_residuals")
    assert_allclose(
        np.sort(residuals["x"] + residuals["y"]), np.sort(datasets.sleepstudy()["Reaction"]), rtol=1e-5
    )


def ranks(fit):
    table = rows(sampler(Results(fit)), "sampler")
    return table[table["kind"] == "ranks"]


def test_traces_are_the_draws_in_order_around_their_mean():
    fit = standin.sleepstudy()
    table = rows(sampler(Results(fit)), "sampler")
    trace = table[(table["kind"] == "traces") & (table["order"] == 1) & (table["chain"] == "chain 2")]
    values = fit.draws.beta[..., 1]
    z = (values[1] - values.mean()) / values.std()
    assert_allclose(trace["y"], (1 + z / 4)[np.round(trace["x"] * (len(z) - 1)).astype(int)], atol=1e-4)


def test_draws_that_are_no_chains_are_not_asked_whether_they_agree():
    data = datasets.sleepstudy()
    exact = fit_model("Reaction ~ Days + (Days | Subject)", data, method="exact", random_seed=1)
    plot = sampler(Results(exact))
    assert plot.empty
    assert "chains that could agree" in plot.note
    least = exact.summary()["ess_bulk"].min()
    assert f"worth at least {least:,.0f} independent ones" in plot.note
    assert "exact posterior" in plot.note
    y = (data["Reaction"] > 290).astype(int)
    preview = fit_model("y ~ Days + (1 | Subject)", data.assign(y=y), family="bernoulli", method="laplace")
    assert "approximation of the posterior" in sampler(Results(preview)).note


def test_ranks_of_equal_chains_are_level_and_of_a_lost_chain_are_not():
    fit = standin.sleepstudy()
    table = ranks(fit)
    assert_allclose(table.groupby(["panel", "chain"])["y"].mean(), 1)
    beta = fit.estimate.beta.copy()
    beta[1, :, 0] += 100
    lost = replace(fit, estimate=replace(fit.estimate, beta=beta))
    table = ranks(lost)
    low = table[(table["parameter"] == "intercept (ms)") & (table["chain"] == "chain 2") & (table["x"] < 0.5)]
    assert len(low) == 10
    assert (low["y"] == 0).all()


def test_prior_lines_spread_as_the_priors_say():
    fit = standin.sleepstudy()
    lines = rows(priors(Results(fit)), "priors_lines")
    middle = lines.groupby("line")["y"].mean()
    prior = fit.priors
    assert_allclose(middle.mean(), prior.beta_mean[0], atol=3 * prior.beta_sd[0] / np.sqrt(60))
    assert_allclose(middle.std(), prior.beta_sd[0], rtol=0.4)


def test_nested_factors_are_a_tree_whose_boxes_lie_within_each_other():
    fit = standin.standin("strength ~ 1 + (1 | batch/cask)", datasets.pastes(), [[1.3], [2.9]], 0.82)
    plot = structure(Results(fit))
    assert plot.version == "tree"
    assert "batch:cask is nested in batch." in plot.note
    boxes = rows(plot, "structure")
    batches, casks = (boxes[boxes["depth"] == d] for d in ("batch", "batch:cask"))
    assert (len(batches), len(casks), len(boxes[boxes["depth"] == "rows"])) == (10, 30, 60)
    for cask in casks.itertuples():
        outer = batches[(batches["x"] <= cask.x) & (batches["x2"] >= cask.x2)]
        assert outer["level"].tolist() == [cask.level.split(":")[0]]


def test_crossed_factors_are_a_table_with_every_row_counted():
    fit = standin.standin(
        "diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin(), [[0.8], [1.9]], 0.55
    )
    plot = structure(Results(fit))
    assert plot.version == "table"
    assert "sample and plate are crossed." in plot.note
    assert rows(plot, "structure")["n"].sum() == 144


@pytest.mark.parametrize(
    ("formula", "held"),
    [
        ("y ~ I(x - 3) + z + (1 | g)", "z is held at the mean."),
        ("y ~ `the x` * z + (1 | g)", "z is held at the mean."),
        ("y ~ I(x - ave(x, g)) + ave(x, g) + z + (1 | g)", "z is held at the mean."),
        (
            "y ~ x + I(z - mean(z)) + `the x` + (1 | g)",
            "z centred at its mean and the x are held at the mean.",
        ),
        ("y ~ poly(x, 2) + (1 | g)", ""),
        ("y ~ x + offset(exp(z)) + (1 | g)", "exp(z) is held at the mean."),
    ],
)
def test_what_is_made_of_the_axis_is_not_said_to_be_held(formula, held):
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(40, 4)), columns=["y", "x", "the x", "z"]).assign(
        g=np.arange(40) // 5
    )
    axis = choose_axis(frame := model_frame(formula, data))
    assert (held_note(frame, axis, "the mean") or "") == held


def test_no_line_of_a_probability_is_cut_off():
    rng = np.random.default_rng(1)
    level = np.repeat([-1.5] * 9 + [4.0], 40)  # no point of all groups is as high as the last one's line
    x = rng.normal(size=400)
    y = rng.random(400) < 1 / (1 + np.exp(-level - 0.5 * x))
    data = pd.DataFrame({"y": y, "x": x, "g": np.repeat(list("abcdefghij"), 40)})
    fit = fit_model("y ~ x + (1 | g)", data, family="bernoulli", method="laplace", random_seed=1)
    lines = rows(population(Results(fit)), "population_groups")
    assert lines.groupby("level").size().nunique() == 1
    assert lines["y"].max() > 0.95


@pytest.mark.parametrize("table", [pooling, population, priors])
def test_points_that_share_a_place_are_moved_aside_and_the_note_says_so(table):
    """A column of two numbers, and categories: each point has a place of its own, near its own value."""
    radon = standin.radon()
    data = datasets.machines()
    machines = standin.standin("score ~ Machine + (Machine | Worker)", data, [[4, 4, 4]], 1)
    for fit, values in ((radon, (0.0, 1.0)), (machines, tuple("ABC"))):
        plot = table(Results(fit))
        assert ASIDE in plot.note
        points = pd.DataFrame(next(rows for name, rows in plot.data.items() if "line" not in name))
        points = points[points.get("kind", "point") == "point"] if "kind" in points else points
        if values == (0.0, 1.0):
            near = points["x"].round()
            assert (points["x"] - near).abs().max() < 0.2
            assert set(near) == set(values)
            own = [*points.columns.intersection(["panel"]), "x", "y"]
            assert not points.duplicated(own).any()
        else:
            assert set(points["x"]) == set(values)
            assert points["jitter"].abs().max() <= 0.5
            assert points["jitter"].nunique() > 5
        again = table(Results(fit))
        assert again.data == plot.data


@pytest.mark.parametrize("table", [pooling, population, priors])
def test_points_along_many_values_stay_where_they_are(table):
    plot = table(Results(standin.sleepstudy()))
    assert ASIDE not in (plot.note or "")
    points = next(rows for name, rows in plot.data.items() if "line" not in name)
    assert {row["x"] for row in points if row.get("kind", "point") == "point"} <= set(range(10))


@pytest.mark.parametrize("table", [pooling, population, caterpillar, group_size])
def test_intervals_are_named_below_their_chart_where_there_are_some(table):
    model = "Reaction ~ Days + (Days | Subject)"
    point = fit_model(model, datasets.sleepstudy(), method="reml")
    assert "95" in table(Results(standin.sleepstudy())).note
    assert "95" not in (table(Results(point)).note or "")


def test_counts_are_moved_aside_at_more_places_than_measurements_are():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": np.tile(np.arange(8.0), 30), "g": np.repeat(np.arange(12), 20)})
    data["visits"], data["wait"] = rng.poisson(2, 240), rng.gamma(3, 2, 240)
    for name, family, moved in (("visits", "poisson", True), ("wait", "gamma", False)):
        plot = population(Results(standin.standin(f"{name} ~ x + (1 | g)", data, [[0.5]], 1, family=family)))
        assert (ASIDE in (plot.note or "")) == moved
        assert all(row["x"] == round(row["x"]) for row in plot.data["population_points"]) != moved
