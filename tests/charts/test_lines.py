"""Lines along a predictor are the regressions they claim to be."""

import numpy as np
import pandas as pd
import pytest
import reference_data
import standin
from numpy.testing import assert_allclose

from mlmwidget import datasets
from mlmwidget.data.build import model_frame
from mlmwidget.inference.lines import choose_axis, columns_along, group_lines, population_line


def lines_of(fit, axis, levels=None):
    names = fit.frame.groups[0].levels
    levels = list(range(len(names)) if levels is None else levels)
    lines = group_lines(fit.frame, fit.estimate, fit.totals()[0], axis, levels)
    return lines.table([names[j] for j in levels])


@pytest.fixture(scope="module")
def reference():
    return next(f for f in reference_data.fits() if f["id"] == "FD01")["pooling"]


def test_lines_are_those_of_r_for_all_three_kinds_of_pooling(reference):
    fit = standin.sleepstudy()
    lines = lines_of(fit, choose_axis(fit.frame)).set_index(["level", "pooling"])
    for level, (intercept, slope) in reference["no_pooling"].items():
        line = lines.loc[(level, "no")]
        assert_allclose(line["y"], intercept + slope * line["x"], rtol=1e-9)
        line = lines.loc[(level, "complete")]
        intercept, slope = reference["complete_pooling"]
        assert_allclose(line["y"], intercept + slope * line["x"], rtol=1e-9)
        line = lines.loc[(level, "partial")]
        intercept, slope = reference["partial_pooling"][level]
        assert_allclose(line["y"], intercept + slope * line["x"], rtol=2e-4)


def test_the_band_is_the_quantiles_of_the_lines_draws():
    fit = standin.sleepstudy()
    line = lines_of(fit, choose_axis(fit.frame), [3]).query("pooling == 'partial'")
    beta, effect = fit.estimate.beta.reshape(-1, 2), fit.estimate.effects[0][:, :, 3].reshape(-1, 2)
    eta = (beta + effect) @ np.array([np.ones(10), np.arange(10)])
    assert_allclose(line["lower"], np.quantile(eta, 0.025, axis=0))
    assert_allclose(line["upper"], np.quantile(eta, 0.975, axis=0))


def test_the_population_line_is_the_population_coefficients():
    fit = standin.sleepstudy()
    line = population_line(fit.frame, fit.estimate, choose_axis(fit.frame))
    beta = fit.estimate.beta.mean(axis=(0, 1))
    assert_allclose(line["y"], beta[0] + beta[1] * line["x"])
    assert (line["lower"] < line["y"]).all()
    assert (line["y"] < line["upper"]).all()


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("y ~ w + x + (1 | g)", "x"),
        ("y ~ x + z + (1 + z | g)", "z"),
        ("y ~ log(p) + (1 | g)", "p"),
        ("y ~ f + (1 | g)", "f"),
        ("y ~ f + x + (1 | g)", "x"),
        ("y ~ w + (1 | g)", None),
        ("y ~ 1 + (1 | g)", None),
    ],
)
def test_the_axis_is_the_predictor_a_reader_would_choose(formula, name):
    rng = np.random.default_rng(0)
    data = pd.DataFrame({c: rng.normal(size=60) for c in ("y", "x", "z")})
    data["p"] = rng.uniform(1, 2, 60)
    data["g"] = np.repeat(list("abcdef"), 10)
    data["w"] = np.repeat(rng.normal(size=6), 10)
    data["f"] = np.tile(["u", "v"], 30)
    axis = choose_axis(model_frame(formula, data))
    assert (axis.name if axis else None) == name


@pytest.mark.parametrize("term", ["log(x)", "I(x^2)", "poly(x, 2)", "x * w", "log(x) * w"])
def test_design_columns_follow_the_axis_through_transformations_and_products(term):
    rng = np.random.default_rng(1)
    x = np.repeat(np.arange(1.0, 13.0), 10)
    data = pd.DataFrame({"x": x, "w": rng.normal(2, 1, 120), "g": np.tile(list("abcdefghij"), 12)})
    data["y"] = rng.normal(size=120)
    frame = model_frame(f"y ~ {term} + (1 | g)", data)
    axis = choose_axis(frame)
    terms = [frame.spec.terms[t] if t >= 0 else None for t in frame.X_terms]
    along = columns_along(frame, frame.X, terms, axis)
    # R's own columns at w held at its mean: refit the frame on data in which w is constant but for noise.
    for c, name in enumerate(frame.X_names):
        if name == "w":
            assert_allclose(along[:, c], frame.X[:, c].mean())
        elif "w" not in name:
            assert_allclose(along[:, c], frame.X[np.searchsorted(x, axis.grid), c])
        else:
            base = along[:, frame.X_names.index(name.split(":")[0])]
            moving = base != 0
            assert_allclose(along[moving, c] / base[moving], data["w"][frame.X[:, c] != 0].mean())


def test_predictors_constant_in_a_group_are_held_at_the_groups_own_value():
    data = datasets.radon()
    fit = standin.standin("log_radon ~ floor + log_uranium + (1 | county)", data, [[0.3]], 0.75)
    beta = fit.estimate.beta.mean(axis=(0, 1))
    effect = fit.estimate.effects[0].mean(axis=(0, 1))[10, 0]
    line = lines_of(fit, choose_axis(fit.frame), [10]).query("pooling == 'partial'")
    county = fit.frame.groups[0].levels[10]
    uranium = data.loc[data["county"] == county, "log_uranium"].iloc[0]
    at = dict(zip(fit.frame.X_names, beta, strict=True))
    expected = at["(Intercept)"] + at["log_uranium"] * uranium + effect + at["floor"] * line["x"]
    assert_allclose(line["y"], expected)


def test_a_group_that_cannot_support_the_slope_has_no_line_of_its_own():
    fit = standin.standin("log_radon ~ floor + (1 | county)", datasets.radon(), [[0.33]], 0.756)
    counts = fit.frame.rows.groupby("county", observed=True)["floor"].nunique()
    lines = lines_of(fit, choose_axis(fit.frame))
    with_line = set(lines.loc[lines["pooling"] == "no", "level"])
    assert with_line == set(counts.index[counts == 2].astype(str))


def test_other_families_have_their_lines_on_the_scale_of_the_response():
    s = datasets.simulate("y ~ x + (1 | g)", groups=8, per_group=40, family="bernoulli", seed=4)
    fit = standin.standin(s.spec, s.data, [[1.0]], 1.0)
    line = population_line(fit.frame, fit.estimate, choose_axis(fit.frame))
    beta = fit.estimate.beta.mean(axis=(0, 1))
    assert_allclose(line["y"], 1 / (1 + np.exp(-(beta[0] + beta[1] * line["x"]))))
    assert line[["lower", "upper"]].stack().between(0, 1).all()
