"""Complete and no pooling: R's lm, closed forms, and groups that cannot support a slope."""

import numpy as np
import pandas as pd
import pytest
from reference_data import fits, load
from scipy import stats

from mlmwidget.data.build import model_frame
from mlmwidget.inference.levels import factor_views
from mlmwidget.inference.pooling import complete_pooling, no_pooling
from mlmwidget.model.links import mean

WITH_POOLING = [f for f in fits() if "pooling" in f]


@pytest.mark.parametrize("record", WITH_POOLING, ids=lambda r: r["id"])
def test_complete_and_no_pooling_are_those_of_lm(record):
    frame = model_frame(record["formula"], load(record["dataset"]))
    (view,) = factor_views(frame)
    pooling = record["pooling"]
    assert view.terms == tuple(pooling["columns"])
    if record["id"] != "FD05":  # R's regression there also uses two rows whose group is missing
        assert complete_pooling(frame).coefficients[0] == pytest.approx(pooling["complete_pooling"], rel=1e-9)
    expected = [[np.nan if c is None else c for c in pooling["no_pooling"][level]] for level in view.levels]
    ours = no_pooling(frame, view).coefficients
    np.testing.assert_allclose(ours, np.array(expected, dtype=float), rtol=1e-8, atol=1e-9)


def test_complete_pooling_is_about_the_rows_of_the_model():
    data = load("sleep_na")
    frame = model_frame("Reaction ~ Days + (Days | Subject)", data)
    used = data[["Reaction", "Days", "Subject"]].dropna()
    slope, intercept = np.polyfit(used["Days"], used["Reaction"], 1)
    assert complete_pooling(frame).coefficients[0] == pytest.approx([intercept, slope])


def test_standard_errors_and_intervals_are_those_of_a_regression_in_each_group():
    data = load("sleepstudy")
    frame = model_frame("Reaction ~ Days + (Days | Subject)", data)
    (view,) = factor_views(frame)
    sd, lower, upper = no_pooling(frame, view).interval(0.9)
    rows = data[data["Subject"].astype(str) == view.levels[4]]
    fit = stats.linregress(rows["Days"], rows["Reaction"])
    reach = stats.t.ppf(0.95, len(rows) - 2)
    assert sd[4] == pytest.approx([fit.intercept_stderr, fit.stderr])
    assert lower[4, 1] == pytest.approx(fit.slope - reach * fit.stderr)
    assert upper[4, 0] == pytest.approx(fit.intercept + reach * fit.intercept_stderr)


def test_a_group_that_cannot_support_a_slope_has_none():
    data = pd.DataFrame(
        {"y": [1.0, 2, 4, 3, 5, 9], "x": [1.0, 2, 3, 7, 7, 5], "g": ["a", "a", "a", "b", "b", "c"]}
    )
    frame = model_frame("y ~ x + (1 | g)", data)
    (view,) = factor_views(frame)
    fit = no_pooling(frame, view)
    assert np.isfinite(fit.coefficients[0]).all()
    assert fit.coefficients[1] == pytest.approx([4, np.nan], nan_ok=True)
    assert fit.coefficients[2] == pytest.approx([9, np.nan], nan_ok=True)
    # One row leaves no degrees of freedom: an estimate without an interval.
    assert np.isnan(fit.interval()[0][2, 0])


def test_slopes_survive_predictors_far_from_zero():
    year = np.tile(np.arange(2000.0, 2010.0), 3) * 1e4
    g = np.repeat(["a", "b", "c"], 10)
    slope = np.repeat([1e-3, -2e-3, 0.5e-3], 10)
    frame = model_frame("y ~ year + (year | g)", pd.DataFrame({"y": 3 + slope * year, "year": year, "g": g}))
    (view,) = factor_views(frame)
    assert no_pooling(frame, view).coefficients[:, 1] == pytest.approx([1e-3, -2e-3, 0.5e-3], rel=1e-6)


def test_weights_and_offsets_enter_every_regression():
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"x": rng.normal(size=40), "g": np.repeat(list("abcd"), 10), "o": rng.normal(size=40)}
    )
    data["y"] = rng.normal(size=40)
    data["w"] = rng.uniform(0.2, 3, 40)
    frame = model_frame("y ~ x + offset(o) + (x | g)", data, weights="w")
    (view,) = factor_views(frame)
    rows = data[data["g"] == "c"]
    root = np.sqrt(rows["w"].to_numpy())
    X = np.column_stack([np.ones(10), rows["x"]])
    expected = np.linalg.lstsq(X * root[:, None], (rows["y"] - rows["o"]) * root, rcond=None)[0]
    assert no_pooling(frame, view).coefficients[2] == pytest.approx(expected)


def test_ten_thousand_groups_agree_with_one_at_a_time():
    rng = np.random.default_rng(5)
    J = 10_000
    g = np.repeat(np.arange(J), 5)
    data = pd.DataFrame({"x": rng.normal(size=5 * J), "y": rng.normal(size=5 * J), "g": g})
    frame = model_frame("y ~ x + (x | g)", data)
    (view,) = factor_views(frame)
    ours = no_pooling(frame, view).coefficients
    for j in (0, 1234, 9999):
        rows = data[data["g"] == int(view.levels[j])]
        assert ours[j] == pytest.approx(np.polyfit(rows["x"], rows["y"], 1)[::-1])


def test_counts_have_the_logarithm_of_their_mean_and_a_group_of_zeros_has_nothing():
    data = pd.DataFrame({"y": [3, 5, 1, 0, 0, 0, 2, 8, 8], "g": np.repeat(list("abc"), 3)})
    frame = model_frame("y ~ 1 + (1 | g)", data, family="poisson")
    (view,) = factor_views(frame)
    fit = no_pooling(frame, view)
    assert fit.coefficients[:, 0] == pytest.approx([np.log(3), np.nan, np.log(6)], nan_ok=True)
    sd, lower, upper = fit.interval()
    assert sd[0, 0] == pytest.approx(1 / 3)
    assert upper[0, 0] - lower[0, 0] == pytest.approx(2 * stats.norm.ppf(0.975) / 3)


def test_a_group_whose_outcomes_are_all_alike_has_no_logit():
    data = pd.DataFrame({"y": [1, 1, 1, 0, 1, 0, 0, 1], "g": list("aaabbbbb")})
    frame = model_frame("y ~ 1 + (1 | g)", data, family="bernoulli")
    (view,) = factor_views(frame)
    fit = no_pooling(frame, view)
    assert fit.coefficients[:, 0] == pytest.approx([np.nan, np.log(2 / 3)], nan_ok=True)
    assert np.isnan(fit.covariance[0]).all()


FAMILIES = {
    "poisson": ("poisson", lambda rng, eta: rng.poisson(np.exp(eta))),
    "negbinomial": ("negbinomial", lambda rng, eta: rng.poisson(np.exp(eta))),
    "gamma": ("gamma", lambda rng, eta: rng.gamma(3.0, np.exp(eta) / 3)),
    "beta": ("beta", lambda rng, eta: rng.beta(5 / (1 + np.exp(-eta)), 5 / (1 + np.exp(eta)))),
    "bernoulli": ("bernoulli", lambda rng, eta: rng.binomial(1, 1 / (1 + np.exp(-eta)))),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_generalised_regressions_solve_their_score_equations(name):
    family, simulate = FAMILIES[name]
    rng = np.random.default_rng(11)
    data = pd.DataFrame(
        {"x": rng.normal(size=120), "g": np.repeat(list("abc"), 40), "o": rng.normal(0, 0.2, 120)}
    )
    data["y"] = simulate(rng, 0.3 + 0.4 * data["x"] + data["o"])
    frame = model_frame("y ~ x + offset(o) + (x | g)", data, family=family)
    (view,) = factor_views(frame)
    beta = no_pooling(frame, view).coefficients
    eta = frame.offset + (view.design * beta[view.codes]).sum(axis=1)
    mu = mean(frame.spec.link, eta)
    residual = (frame.y - mu) / (mu if family == "gamma" else 1)  # the log link is not gamma's canonical one
    for j in range(3):
        mine = view.codes == j
        assert view.design[mine].T @ residual[mine] == pytest.approx([0, 0], abs=1e-5)


def test_a_binomial_response_counts_its_trials():
    frame = model_frame(
        "cbind(incidence, size - incidence) ~ 1 + (1 | herd)", load("cbpp"), family="binomial"
    )
    total = complete_pooling(frame)
    p = load("cbpp")["incidence"].sum() / load("cbpp")["size"].sum()
    assert total.coefficients[0, 0] == pytest.approx(np.log(p / (1 - p)))
    assert total.interval()[0][0, 0] == pytest.approx(1 / np.sqrt(load("cbpp")["size"].sum() * p * (1 - p)))
