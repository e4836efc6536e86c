"""The Fit object: lme4's names, tables, the verdict, and sentences instead of nonsense."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from inference.made import independent_draws, made_fit, point_fit
from reference_data import fits, load

import mlmwidget as mlm
from mlmwidget.data.build import model_frame
from mlmwidget.inference.choice import choose_method
from mlmwidget.inference.fit import Fit
from mlmwidget.inference.nuts import Settings
from mlmwidget.inference.summary import SUMMARY_COLUMNS, VARCORR_COLUMNS
from mlmwidget.model.priors import default_priors


def test_parameters_have_lme4s_names():
    summary = made_fit().summary()
    assert list(summary.index) == [
        "(Intercept)",
        "Days",
        "sd_(Intercept)|Subject",
        "sd_Days|Subject",
        "cor_Days.(Intercept)|Subject",
        "sigma",
    ]
    assert list(summary.columns) == SUMMARY_COLUMNS
    assert summary.notna().all(axis=None)


def test_three_correlated_effects_are_named_down_the_columns_of_the_lower_triangle():
    summary = made_fit("height ~ age + I(age^2) + (age + I(age^2) | Subject)", "Oxboys").summary()
    assert [name for name in summary.index if name.startswith("cor_")] == [
        "cor_age.(Intercept)|Subject",
        "cor_I(age^2).(Intercept)|Subject",
        "cor_I(age^2).age|Subject",
    ]


def test_the_summary_tells_the_moments_of_the_draws():
    fit = made_fit()
    row = fit.summary(interval=0.9).loc["cor_Days.(Intercept)|Subject"]
    values = fit.draws.cor[0][..., 1, 0]
    assert [row["mean"], row["sd"]] == pytest.approx([values.mean(), values.std(ddof=1)])
    assert [row["lower"], row["upper"]] == pytest.approx(np.quantile(values, [0.05, 0.95]))


def test_varcorr_is_tidy_and_ends_with_the_residual():
    table = made_fit().varcorr()
    assert list(table.columns) == VARCORR_COLUMNS
    assert table["kind"].tolist() == ["sd", "sd", "cor", "sd"]
    assert table["group"].iloc[-1] == "Residual"
    assert tuple(table[["term1", "term2"]].iloc[2]) == ("(Intercept)", "Days")


def test_the_posterior_has_names_dims_and_coords():
    fit = made_fit()
    assert fit.posterior["effect_Subject"].dims == ("chain", "draw", "Subject_level", "Subject_column")
    assert float(fit.posterior["sd_Subject"].sel(Subject_column="Days").mean()) == pytest.approx(
        fit.draws.sd[0][..., 1].mean()
    )
    assert set(fit.idata.children) == {"posterior", "sample_stats", "observed_data"}
    assert fit.idata["observed_data"]["y"].to_numpy() == pytest.approx(fit.frame.y)


def test_a_point_estimate_answers_the_same_questions_and_has_no_posterior():
    fit = point_fit()
    summary = fit.summary()
    assert list(summary.index) == list(made_fit().summary().index)
    assert summary.loc["Days", ["mean", "sd"]].tolist() == pytest.approx([10.467285959596, 1.54578893242985])
    assert summary.loc["sigma", "mean"] == pytest.approx(25.5918158926241)
    assert fit.varcorr()["mean"].iloc[2] == pytest.approx(0.0655513428534642)
    row = fit.estimates().query("pooling == 'partial' and level == '308' and term == 'Days'").iloc[0]
    assert row["mean"] == pytest.approx(19.6662578638215)
    assert row["lower"] < row["mean"] < row["upper"]
    with pytest.raises(ValueError, match="point estimate and has no posterior"):
        _ = fit.posterior


def test_texts_show_no_nan_and_escape_names():
    assert "NaN" not in repr(point_fit()) and "nan" not in repr(point_fit())
    data = load("sleepstudy").rename(columns={"Days": "<b>days"})
    frame = model_frame("Reaction ~ `<b>days` + (1 | Subject)", data)
    fit = Fit(frame, default_priors(frame), "pymc", independent_draws(frame))
    assert "<b>days" not in fit._repr_html_()
    assert "&lt;b&gt;days" in fit._repr_html_()


def test_good_draws_are_said_to_be_good():
    diagnosis = made_fit().diagnostics()
    assert diagnosis.severity == "good"
    assert diagnosis.verdict == "The chains agree; the estimates can be used."
    assert diagnosis.findings == ()


def test_chains_that_disagree_are_an_error_and_name_the_parameter():
    fit = made_fit()
    beta = fit.draws.beta.copy()
    beta[0, :, 1] += 3
    diagnosis = made_fit(beta=beta).diagnostics()
    assert diagnosis.severity == "error"
    assert diagnosis.findings[0].code == "r-hat"
    assert "Days" in diagnosis.findings[0].message


def test_chains_that_nearly_agree_are_a_warning():
    fit = made_fit()
    beta = fit.draws.beta.copy()
    beta[0, :, 1] += 0.35  # a between-chain variance of 0.03 within-chain variances: R̂ near 1.015
    diagnosis = made_fit(beta=beta).diagnostics()
    assert diagnosis.severity == "warning"
    assert diagnosis.findings[0].code == "r-hat"


def test_few_independent_draws_are_told():
    fit = made_fit()
    slow = np.zeros_like(fit.draws.sigma)
    rng = np.random.default_rng(3)
    for t in range(1, slow.shape[1]):
        slow[:, t] = 0.8 * slow[:, t - 1] + rng.normal()  # the same in every chain: they agree
    (finding,) = made_fit(sigma=slow).diagnostics().findings
    assert (finding.code, finding.action) == ("ess", "more-draws")
    assert "sigma" in finding.message


def test_divergences_ask_first_for_smaller_steps_then_for_a_simpler_model():
    diverging = np.zeros((4, 500), dtype=bool)
    diverging[0, :3] = True
    stats = {"diverging": diverging}
    (first,) = made_fit(stats=stats).diagnostics().findings
    assert "3 of 2,000 draws diverged (0.15 %)" in first.message
    assert first.action == "target-accept"
    (second,) = made_fit(stats=stats, attributes={"target_accept": 0.95}).diagnostics().findings
    assert second.action == "uncorrelated"
    for formula, action in (
        ("Reaction ~ Days + (Days || Subject)", "simplify"),
        ("Reaction ~ Days + (1 | Subject)", "target-accept-99"),
    ):
        (last,) = made_fit(formula, stats=stats, attributes={"target_accept": 0.95}).diagnostics().findings
        assert last.action == action


@pytest.mark.parametrize(
    ("count", "severity", "verdict", "message"),
    [
        (1, "warning", "hardly matter", "1 of 4,000 draws diverged (0.025 %): so few seldom matter"),
        (40, "warning", "read the estimates with care", "40 of 4,000 draws diverged (1 %)"),
        (800, "error", "do not use these estimates yet", "800 of 4,000 draws diverged (20 %)"),
    ],
)
def test_divergences_are_told_in_proportion(count, severity, verdict, message):
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    draws = independent_draws(frame, draws=1000)
    diverging = np.arange(4000).reshape(4, 1000) < count
    fit = Fit(frame, default_priors(frame), "pymc", replace(draws, stats={"diverging": diverging}))
    diagnosis = fit.diagnostics()
    assert diagnosis.severity == severity
    assert verdict in diagnosis.verdict
    assert diagnosis.findings[0].message.startswith(message)
    assert diagnosis.findings[0].code == "divergences"


def test_the_numbers_behind_the_verdict_are_listed():
    figures = {f.label: f for f in made_fit().diagnostics().figures}
    assert list(figures) == ["R̂", "ESS bulk", "ESS tail", "divergences", "BFMI"]
    assert all(f.good for f in figures.values())
    summary = made_fit().summary()
    assert figures["R̂"].value == f"{summary['r_hat'].max():.3f}"
    assert figures["ESS tail"].value == f"{summary['ess_tail'].min():,.0f}"
    assert figures["ESS bulk"].wanted == "400 or more"
    exact = made_fit(attributes={"pareto_k": 0.9}, stats={}).diagnostics().figures
    assert [(f.label, f.good) for f in exact] == [("ESS", True), ("Pareto k̂", False)]


def test_a_sampler_that_is_stuck_is_not_called_good():
    fit = made_fit()
    diagnosis = made_fit(sigma=np.full_like(fit.draws.sigma, 3.1)).diagnostics()
    assert diagnosis.severity == "error"
    assert "sigma has the same value in every draw" in diagnosis.findings[0].message


def test_three_draws_are_too_few_to_judge_by():
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    fit = Fit(frame, default_priors(frame), "pymc", independent_draws(frame, draws=3))
    diagnosis = fit.diagnostics()
    assert (diagnosis.severity, diagnosis.findings[0].action) == ("error", "more-draws")


def test_energy_that_barely_moves_is_told():
    energy = np.cumsum(np.random.default_rng(1).normal(size=(4, 500)), axis=1)
    (finding,) = made_fit(stats={"energy": energy}).diagnostics().findings
    assert finding.code == "bfmi"


def test_an_importance_sample_that_does_not_hold_is_an_error():
    diagnosis = made_fit(attributes={"pareto_k": 0.9}).diagnostics()
    assert diagnosis.severity == "error"
    assert diagnosis.findings[0].action == "pymc"


def test_a_singular_fit_is_told():
    assert point_fit().diagnostics().severity == "good"
    finding = point_fit(singular=True).diagnostics().findings[0]
    assert (finding.code, finding.action) == ("singular", "drop-zero")


def test_one_chain_alone_is_not_said_to_agree():
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    fit = Fit(frame, default_priors(frame), "pymc", independent_draws(frame, chains=1, draws=2000))
    assert "one chain alone" in fit.diagnostics().verdict


@pytest.mark.parametrize(
    "settings",
    [
        {"draws": 0},
        {"draws": 2.5},
        {"chains": 0},
        {"tune": 0},
        {"target_accept": 1.0},
        {"draws": True},
        {"random_seed": -1},
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(settings):
    with pytest.raises(ValueError, match="must"):
        Settings(**settings)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="no method 'stan'"):
        mlm.fit("Reaction ~ Days + (1 | Subject)", load("sleepstudy"), method="stan")


@pytest.mark.parametrize("interval", [0, 1, 95])
def test_an_interval_is_a_probability(interval):
    with pytest.raises(ValueError, match="probability between 0 and 1"):
        made_fit().summary(interval)


def test_auto_is_exact_for_gaussian_models_and_pymc_for_the_others():
    gaussian = model_frame("Reaction ~ Days + (Days | Subject)", load("sleepstudy"))
    assert choose_method(gaussian) == "exact"
    bernoulli = model_frame("use ~ urban + (1 | district)", load("Contraception"), family="bernoulli")
    assert choose_method(bernoulli) == "pymc"


def test_exact_refuses_what_it_cannot_fit_and_says_what_can():
    with pytest.raises(ValueError, match='Use method="pymc"'):
        mlm.fit("use ~ urban + (1 | district)", load("Contraception"), family="bernoulli", method="exact")


@pytest.mark.parametrize("name", ["FD01", "FD02", "FD03"])
def test_posterior_means_are_near_reml(name):
    record = next(f for f in fits() if f["id"] == name)
    fit = mlm.fit(record["formula"], load("sleepstudy"), method="exact", draws=1000, random_seed=1)
    summary = fit.summary()
    for effect in record["fixef"]:
        assert summary.loc[effect["name"], "mean"] == pytest.approx(
            effect["estimate"], abs=0.15 * effect["se"]
        )
    assert summary.loc["sigma", "mean"] == pytest.approx(record["sigma"], rel=0.03)
    for term in record["varcorr"]:
        for column, sd in zip(term["columns"], term["sd"], strict=True):
            # A posterior mean of a standard deviation lies above its mode: REML is within the interval.
            row = summary.loc[f"sd_{column}|Subject"]
            assert row["lower"] < sd < row["upper"]
    assert fit.diagnostics().severity == "good"


BAD_DATA = {
    "constant outcome": pd.DataFrame({"y": [2.0] * 12, "x": np.arange(12.0), "g": list("aaabbbcccddd")}),
    "nearly one row a group": pd.DataFrame(
        {"y": np.arange(7.0) ** 1.5, "x": [3.0, 1, 4, 1, 5, 9, 2], "g": list("abcdeff")}
    ),
    "more effects than rows": pd.DataFrame({"y": [1.0, 5, 2, 8], "x": [1.0, 2, 5, 3], "g": list("aabb")}),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_poor_data_give_finite_numbers_or_a_sentence(name):
    try:
        fit = mlm.fit("y ~ x + (x | g)", BAD_DATA[name], method="exact", draws=200, random_seed=1)
    except ValueError as error:
        assert str(error).endswith(".")
        return
    summary = fit.summary()
    assert np.isfinite(summary[["mean", "sd", "lower", "upper"]]).all(axis=None)
    assert fit.estimates()["mean"].notna().all()
    assert "nan" not in repr(fit).lower()


def test_reml_and_ml_give_lme4s_figures():
    record = next(f for f in fits() if f["id"] == "FD01")
    fit = mlm.fit(record["formula"], load("sleepstudy"), method="reml")
    assert fit.estimate.criterion == pytest.approx(record["REML_criterion"], rel=1e-7)
    assert fit.summary().loc["sd_Days|Subject", "mean"] == pytest.approx(
        record["varcorr"][0]["sd"][1], rel=1e-3
    )
    effects = fit.effects().query("term == 'Days'").set_index("level")
    ranef = record["ranef"][0]
    modes = dict(zip(ranef["levels"], np.array(ranef["mode"])[:, 1], strict=True))
    sds = dict(zip(ranef["levels"], np.array(ranef["cond_sd"])[:, 1], strict=True))
    assert effects.loc["335", "mean"] == pytest.approx(modes["335"], rel=1e-3)
    assert effects.loc["335", "sd"] == pytest.approx(sds["335"], rel=1e-3)
    ml = mlm.fit(record["formula"], load("sleepstudy"), method="ml")
    assert ml.estimate.log_likelihood == pytest.approx(record["logLik_ML"], rel=1e-7)
    assert not ml.estimate.reml


def test_a_factor_with_two_terms_gives_every_parameter_a_name_of_its_own():
    fit = mlm.fit("Reaction ~ Days + (1 | Subject) + (Days | Subject)", load("sleepstudy"), method="reml")
    assert fit.summary().index.is_unique
    assert {"sd_(Intercept)|Subject", "sd_(Intercept)|Subject.1"} <= set(fit.summary().index)
    assert set(fit.varcorr()["group"]) == {"Subject", "Subject.1", "Residual"}


def test_the_verdict_on_independent_draws_does_not_speak_of_chains():
    verdict = (
        made_fit(attributes={"engine": "exact: importance sampling", "pareto_k": 0.2}).diagnostics().verdict
    )
    assert "chains" not in verdict
    assert "can be used" in verdict


def test_draws_from_an_importance_sample_are_worth_what_it_was_and_have_no_r_hat():
    def sizes(ess):
        table = made_fit(attributes={"pareto_k": 0.2, "ess": ess}).summary()
        assert table["r_hat"].isna().all()
        return set(table["ess_bulk"]) | set(table["ess_tail"])

    assert sizes(731.0) == {731.0}
    assert sizes(5332.0) == {2000.0}  # 4 chains of 500 draws cannot be worth more
    assert made_fit().summary()["r_hat"].notna().all()
