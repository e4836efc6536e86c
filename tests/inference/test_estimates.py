"""Tidy tables of the groups: totals, deviations, group-level predictors, several terms on one factor."""

import numpy as np
import pandas as pd
import pytest
from inference.made import independent_draws
from reference_data import fits, load

from mlmwidget import datasets, fit, words
from mlmwidget.data.build import model_frame
from mlmwidget.inference.estimates import EFFECT_COLUMNS, ESTIMATE_COLUMNS, effects, estimates
from mlmwidget.inference.levels import factor_views
from mlmwidget.inference.point import PointEstimate
from mlmwidget.notation.render import Estimate


def lme4_estimate(record, frame):
    """The point estimate that lme4 reports."""
    sds = tuple(np.array(v["sd"], dtype=float) for v in record["varcorr"])
    cors = tuple(
        np.array(v["cor"]) if g.correlated else None
        for g, v in zip(frame.groups, record["varcorr"], strict=True)
    )
    modes = []
    for design, ranef in zip(frame.groups, record["ranef"], strict=True):
        order = [ranef["levels"].index(level) for level in design.levels]
        modes.append(np.array(ranef["mode"], dtype=float)[order])
    return PointEstimate(
        beta=np.array([f["estimate"] for f in record["fixef"]]),
        beta_cov=np.array(record["fixef_vcov"]),
        sd=sds,
        cor=cors,
        sigma=record["sigma"],
        effects=tuple(modes),
        effects_sd=tuple(np.ones_like(m) for m in modes),
        criterion=record["REML_criterion"],
        log_likelihood=record["logLik"],
        reml=True,
        singular=False,
    )


@pytest.mark.parametrize("name", ["FD01", "FD03", "FD08", "FD11", "FD12"])
def test_partial_pooling_totals_are_lme4s_coef(name):
    record = next(f for f in fits() if f["id"] == name)
    frame = model_frame(record["formula"], load(record["dataset"]))
    table = estimates(lme4_estimate(record, frame), frame)
    partial = table[table["pooling"] == "partial"].pivot(index="level", columns="term", values="mean")
    expected = record["pooling"]["partial_pooling"]
    ours = partial.loc[list(expected), record["pooling"]["columns"]].to_numpy()
    np.testing.assert_allclose(ours, np.array(list(expected.values()), dtype=float), rtol=1e-6)


def test_one_row_a_group_term_and_pooling_and_none_without_an_estimate():
    frame = model_frame("log_radon ~ floor + (1 | county)", load("radon"))
    table = estimates(independent_draws(frame, chains=2, draws=50), frame)
    assert list(table.columns) == ESTIMATE_COLUMNS
    assert not table.duplicated(["factor", "level", "term", "pooling"]).any()
    assert table["mean"].notna().all()
    counts = table.groupby(["pooling", "term"]).size()
    assert counts["complete", "floor"] == counts["partial", "floor"] == 85
    assert counts["no", "(Intercept)"] == 85
    assert counts["no", "floor"] == 85 - 25
    sizes = table.drop_duplicates("level").set_index("level")["n"]
    assert sizes.sum() == frame.n


def test_totals_add_the_draws_not_their_summaries():
    frame = model_frame("Reaction ~ Days + (Days | Subject)", load("sleepstudy"))
    draws = independent_draws(frame, chains=2, draws=50)
    table = estimates(draws, frame, interval=0.8)
    row = table.query("pooling == 'partial' and term == 'Days' and level == '309'").iloc[0]
    total = draws.beta[..., 1] + draws.effects[0][..., frame.groups[0].levels.index("309"), 1]
    assert row["mean"] == pytest.approx(total.mean())
    assert row["sd"] == pytest.approx(total.std(ddof=1))
    assert [row["lower"], row["upper"]] == pytest.approx(np.quantile(total, [0.1, 0.9]))


def test_a_term_common_to_the_groups_has_the_population_posterior():
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    draws = independent_draws(frame, chains=2, draws=50)
    slopes = estimates(draws, frame).query("pooling == 'partial' and term == 'Days'")
    assert slopes["mean"].to_numpy() == pytest.approx(draws.beta[..., 1].mean())
    assert len(slopes) == 18


def test_group_level_predictors_belong_to_the_intercept_and_cross_level_interactions_to_the_slope():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(
        {"g": np.repeat(list("abcdef"), 8), "x": rng.normal(size=48), "y": rng.normal(size=48)}
    )
    data["w"] = data["g"].map(dict(zip("abcdef", rng.normal(size=6), strict=True)))
    frame = model_frame("y ~ x * w + (x | g)", data)
    (view,) = factor_views(frame)
    assert view.terms == ("(Intercept)", "x")
    draws = independent_draws(frame, chains=2, draws=50)
    table = estimates(draws, frame).query("pooling == 'partial'").set_index(["term", "level"])["mean"]
    beta, w = draws.beta.mean(axis=(0, 1)), data.groupby("g")["w"].first()
    b = dict(zip(frame.X_names, beta, strict=True))
    deviation = draws.effects[0].mean(axis=(0, 1))
    for j, level in enumerate("abcdef"):
        assert table["(Intercept)", level] == pytest.approx(
            b["(Intercept)"] + b["w"] * w[level] + deviation[j, 0]
        )
        assert table["x", level] == pytest.approx(b["x"] + b["x:w"] * w[level] + deviation[j, 1])
    # Every population-level coefficient is told apart by group and by term: fitted lines are the model's.
    fitted = (view.design * np.einsum("jtp,p->jt", view.map, beta)[view.codes]).sum(axis=1)
    assert fitted == pytest.approx(frame.X @ beta)


def test_two_terms_on_one_factor_make_one_view():
    frame = model_frame("Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", load("sleepstudy"))
    (view,) = factor_views(frame)
    assert view.sources == (((0, 0),), ((1, 0),))
    draws = independent_draws(frame, chains=2, draws=50)
    table = estimates(draws, frame).query("pooling == 'partial' and term == 'Days'")
    expected = (draws.beta[..., 1, None] + draws.effects[1][..., 0]).mean(axis=(0, 1))
    assert table["mean"].to_numpy() == pytest.approx(expected)


def test_a_slope_without_population_effect_varies_around_zero():
    frame = model_frame("Reaction ~ 1 + (Days | Subject)", load("sleepstudy"))
    draws = independent_draws(frame, chains=2, draws=50)
    table = estimates(draws, frame)
    partial = table.query("pooling == 'partial' and term == 'Days'")["mean"].to_numpy()
    assert partial == pytest.approx(draws.effects[0][..., 1].mean(axis=(0, 1)))
    assert table.query("pooling == 'complete' and term == 'Days'").empty


def test_crossed_factors_have_a_table_each():
    frame = model_frame("diameter ~ 1 + (1 | plate) + (1 | sample)", load("Penicillin"))
    table = estimates(independent_draws(frame, chains=2, draws=50), frame)
    assert table.drop_duplicates(["factor", "level"])["factor"].value_counts().to_dict() == {
        "plate": 24,
        "sample": 6,
    }


def test_deviations_have_both_intervals():
    frame = model_frame("Reaction ~ Days + (Days | Subject)", load("sleepstudy"))
    draws = independent_draws(frame, chains=2, draws=50)
    table = effects(draws, frame)
    assert list(table.columns) == EFFECT_COLUMNS
    assert len(table) == 36
    row = table.query("term == 'Days' and level == '308'").iloc[0]
    values = draws.effects[0][..., 0, 1]
    expected = np.quantile(values, [0.025, 0.975, 0.25, 0.75])
    assert [row["lower"], row["upper"], row["lower50"], row["upper50"]] == pytest.approx(expected)
    assert row["label"] == frame.groups[0].label


def test_a_model_without_groups_has_empty_tables():
    frame = model_frame("Reaction ~ Days", load("sleepstudy"))
    assert estimates(independent_draws(frame, chains=2, draws=50), frame).empty
    assert effects(independent_draws(frame, chains=2, draws=50), frame).empty


def test_more_groups_than_a_piece_are_all_summarised():
    J = 600
    data = pd.DataFrame({"y": np.random.default_rng(1).normal(size=2 * J), "g": np.repeat(np.arange(J), 2)})
    frame = model_frame("y ~ 1 + (1 | g)", data)
    draws = independent_draws(frame, chains=2, draws=50)
    table = effects(draws, frame)
    assert table["mean"].to_numpy() == pytest.approx(draws.effects[0][..., 0].mean(axis=(0, 1)))


def test_a_contextual_effect_has_the_interval_of_the_difference():
    # lme4: fixef(m)["b"] - fixef(m)["w"] with its standard error from vcov(m), of
    # lmer(log_radon ~ w + b + (1 | county)), w = floor - ave(floor, county), b = ave(floor, county)
    lme4 = Estimate(0.3294928, 0.2471794, -0.1549789, 0.8139644)
    formula = "log_radon ~ I(floor - ave(floor, county)) + ave(floor, county) + (1 | county)"
    reml, exact = (fit(formula, datasets.radon(), method=m, random_seed=1) for m in ("reml", "exact"))
    (found,), (drawn,) = (f.contextual_effects().values() for f in (reml, exact))
    for number in ("mean", "sd", "lower", "upper"):
        assert getattr(found, number) == pytest.approx(getattr(lme4, number), abs=2e-4)
        assert getattr(drawn, number) == pytest.approx(getattr(lme4, number), abs=0.04)
    assert (
        "the difference, 0.33\N{NO-BREAK SPACE}log pCi/L per unit (95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}−0."
        in words(exact.spec, fit=exact)
    )
