"""Leave-one-out of fits and their comparison: against ArviZ, against refits, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from arviz_stats import compare as arviz_compare
from arviz_stats import loo as arviz_loo
from inference.made import independent_draws, made_fit, point_fit
from reference_data import load
from scipy.special import logsumexp

import mlmwidget as mlm
from mlmwidget.data.build import model_frame
from mlmwidget.inference.fit import Fit
from mlmwidget.inference.loo import row_densities
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import default_priors

SLEEP = "Reaction ~ Days + (Days | Subject)"


def to_arviz(fit):
    """Log likelihoods of a fit's draws, given their effects, as ArviZ takes them."""
    chains, draws = fit.draws.beta.shape[:2]
    values = row_densities(fit.frame, fit.draws, np.arange(chains * draws), np.arange(fit.frame.n))
    values = values.reshape(chains, draws, fit.frame.n)
    groups = {
        "posterior": xr.Dataset({"beta": (("chain", "draw", "predictor"), fit.draws.beta)}),
        "log_likelihood": xr.Dataset({"y": (("chain", "draw", "obs"), values)}),
        "observed_data": xr.Dataset({"y": ("obs", fit.frame.y)}),
    }
    return xr.DataTree.from_dict(groups)


@pytest.fixture(scope="module")
def plain():
    """Two models without groups, whose integrated and whose ordinary leave-one-out must agree."""
    data = load("sleepstudy")
    formulas = {"line": "Reaction ~ Days", "level": "Reaction ~ 1"}
    return {n: mlm.fit(f, data, method="exact", draws=2000, random_seed=4) for n, f in formulas.items()}


def test_without_groups_integrated_leave_one_out_equals_arviz(plain):
    found, wanted = plain["line"].loo(), arviz_loo(to_arviz(plain["line"]), pointwise=True)
    assert found.kind == "integrated"
    # Integrated, the result hardly varies from one set of draws to another; ArviZ's does, by so much.
    assert found.elpd == pytest.approx(wanted.elpd, abs=0.2)
    assert found.se == pytest.approx(wanted.se, rel=0.02)
    assert found.p_loo == pytest.approx(wanted.p, abs=0.3)
    np.testing.assert_allclose(found.pointwise, wanted.elpd_i, atol=0.06)
    assert found.pareto_k.max() < wanted.pareto_k.max()


def test_differences_and_their_standard_errors_equal_arviz(plain):
    found = mlm.compare(plain).table
    wanted = arviz_compare({name: to_arviz(fit) for name, fit in plain.items()}, round_to="none")
    assert list(found.index) == list(wanted.index) == ["line", "level"]
    # ArviZ gives how much worse a fit is; here a worse one has a negative difference.
    assert found.loc["level", "difference"] == pytest.approx(-abs(wanted.loc["level", "elpd_diff"]), abs=0.2)
    assert found.loc["level", "se_difference"] == pytest.approx(wanted.loc["level", "dse"], rel=0.02)
    assert found.loc["line", ["difference", "se_difference"]].tolist() == [0, 0]


def poisson(groups=12, size=15, seed=2):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), size)
    y = rng.poisson(np.exp(1 + rng.normal(0, 0.4, groups)[g]))
    return model_frame("y ~ 1 + (1 | g)", pd.DataFrame({"y": y, "g": g.astype(str)}), family="poisson")


def conjugate(frame, chains=4, draws=1000):
    """Draws of a Poisson model near its posterior: each group's log mean from its Gamma posterior."""
    rng = np.random.default_rng(5)
    (design,) = frame.groups
    total = np.bincount(design.codes, frame.y)
    log_mean = np.log(rng.gamma(total + 0.5, 1 / design.sizes, (chains, draws, len(total))))
    return Draws(
        beta=np.zeros((chains, draws, 1)), sd=(np.ones((chains, draws, 1)),), cor=(None,),
        effects=(log_mean[..., None],), sigma=None,
    )  # fmt: skip


def test_other_families_use_their_draws_and_equal_arviz_and_the_closed_form():
    frame = poisson()
    fit = Fit(frame, default_priors(frame), "pymc", conjugate(frame))
    found, wanted = fit.loo(), arviz_loo(to_arviz(fit), pointwise=True)
    assert found.kind == "psis"
    assert found.elpd == pytest.approx(wanted.elpd, abs=0.05)
    assert found.p_loo == pytest.approx(wanted.p, abs=0.05)
    np.testing.assert_allclose(found.pareto_k, wanted.pareto_k, atol=0.1)
    # Without a row the posterior of its group is Gamma(total - y + ½, size - 1): a negative binomial.
    from scipy.stats import nbinom

    (design,) = frame.groups
    rest = np.bincount(design.codes, frame.y)[design.codes] - frame.y + 0.5
    size = design.sizes[design.codes] - 1
    np.testing.assert_allclose(found.pointwise, nbinom.logpmf(frame.y, rest, size / (size + 1)), atol=0.12)
    assert found.reliable
    assert found.elpd == pytest.approx(nbinom.logpmf(frame.y, rest, size / (size + 1)).sum(), abs=0.3)


def test_rows_are_taken_in_blocks_with_the_same_result(monkeypatch):
    frame = poisson()
    fit = Fit(frame, default_priors(frame), "pymc", conjugate(frame))
    whole = fit.loo().pointwise
    monkeypatch.setattr("mlmwidget.inference.loo._BLOCK", 4000 * 7)
    again = Fit(frame, default_priors(frame), "pymc", fit.estimate)
    np.testing.assert_allclose(again.loo().pointwise, whole)


def test_groups_of_one_row_are_said_to_be_beyond_this_fit():
    frame = poisson(groups=60, size=1)
    found = Fit(frame, default_priors(frame), "pymc", conjugate(frame)).loo()
    assert found.high_k > 0.05 * 60
    assert not found.reliable
    assert "do not use the sum" in repr(found)


@pytest.mark.slow
def test_leave_one_out_equals_refits_without_the_row():
    data = load("sleepstudy").iloc[:60].reset_index(drop=True)
    fit = mlm.fit(SLEEP, data, method="exact", draws=1000, random_seed=1)
    found = fit.loo()
    # The rows that the model finds most surprising cannot be reweighted: they have fits of their own.
    surprising = int(found.pointwise.argmin())
    assert found.pareto_k[surprising] == 0
    assert found.refitted == (found.pareto_k == 0).sum()
    assert "left out by refitting" in repr(found)
    for row, off in ((0, 0.05), (17, 0.05), (surprising, 0.2)):
        # The same priors: those that the library scales to the data would move a little with the row.
        less = data.drop(index=row)
        refit = mlm.fit(SLEEP, less, method="exact", priors=fit.priors, draws=5000, random_seed=2)
        values = row_densities(fit.frame, refit.draws, np.arange(20_000), np.array([row]))[:, 0]
        assert found.pointwise[row] == pytest.approx(logsumexp(values) - np.log(20_000), abs=off)


def test_a_result_reads_as_a_sentence_and_is_tidy():
    fit = mlm.fit("Reaction ~ Days + (1 | Subject)", load("sleepstudy"), method="exact", random_seed=1)
    found = fit.loo()
    assert repr(found).startswith("Leave-one-out predictive density: elpd −88")
    assert "180 rows" in repr(found)
    assert list(found.table.columns) == ["row", "elpd", "pareto_k"]
    assert found.table["elpd"].sum() == pytest.approx(found.elpd)
    assert fit.loo() is found


def test_a_point_estimate_says_what_is_needed_instead():
    with pytest.raises(ValueError, match=r'needs a posterior\. Fit with method="exact"'):
        point_fit().loo()
    with pytest.raises(ValueError, match="needs a posterior"):
        mlm.compare([made_fit(), point_fit()])


def test_an_approximate_posterior_says_so_with_its_sum_and_in_a_comparison():
    frame = poisson()
    approximate = Fit(frame, default_priors(frame), "laplace", conjugate(frame))
    assert repr(approximate.loo()).startswith("Approximate (Laplace's method)")
    other = Fit(frame, default_priors(frame), "pymc", conjugate(frame))
    found = mlm.compare({"quick": approximate, "slow": other})
    assert found.sentences[-1] == "The posterior of “quick” is approximate: this is a preview."


def test_effects_that_were_not_drawn_are_missed_in_a_sentence():
    frame = poisson()
    fit = Fit(frame, default_priors(frame), "pymc", replace(conjugate(frame), effects=(None,)))
    with pytest.raises(ValueError, match="were not drawn"):
        fit.loo()


def of(formula, data, family=None):
    frame = model_frame(formula, data, family=family)
    return Fit(frame, default_priors(frame), "pymc", independent_draws(frame))


def test_fits_of_different_rows_are_refused_with_the_rows_and_the_cause():
    data = load("sleepstudy").assign(z=np.arange(180.0))
    data.loc[[3, 7], "z"] = np.nan
    with pytest.raises(ValueError, match=r"only whole uses rows 3, 7 \(dropped for z\)"):
        mlm.compare({"whole": of("Reaction ~ 1", data), "less": of("Reaction ~ z", data)})
    with pytest.raises(ValueError, match=r"only whole uses rows 0, 1, 2, 3, 4 and 5 more"):
        mlm.compare({"less": of("Reaction ~ 1", data.iloc[:0:-1].iloc[:170][::-1].set_index(data.index[10:])
                                .reindex(range(180))), "whole": of("Reaction ~ 1", data)})  # fmt: skip


def test_fits_of_different_outcomes_are_refused():
    data = load("sleepstudy")
    one = of("Reaction ~ Days", data)
    with pytest.raises(ValueError, match=r"Reaction and .* log\(Reaction\): densities of different outcomes"):
        mlm.compare([one, of("log(Reaction) ~ Days", data)])
    with pytest.raises(ValueError, match=r"different values of Reaction \(row 5\)"):
        mlm.compare(
            [one, of("Reaction ~ 1", data.assign(Reaction=data["Reaction"].mask(data.index == 5, 1.0)))]
        )
    counts = pd.DataFrame({"y": np.arange(12), "g": list("aabbccddeeff")})
    with pytest.raises(ValueError, match="probabilities of whole numbers"):
        mlm.compare([of("y ~ 1", counts), of("y ~ 1", counts, "poisson")])
    with pytest.raises(ValueError, match="two fits or more"):
        mlm.compare([one])


def test_the_same_outcome_of_other_data_can_be_compared():
    data = load("sleepstudy")
    found = mlm.compare(
        [of("Reaction ~ Days", data), of("Reaction ~ half", data.assign(half=data["Days"] / 2))]
    )
    assert len(found.table) == 2


def test_words_go_with_the_size_of_the_difference():
    data = load("sleepstudy")
    fits = {
        name: mlm.fit(formula, data, method="exact", random_seed=1)
        for name, formula in {
            "slopes |": "Reaction ~ Days + (Days | Subject)",
            "slopes ||": "Reaction ~ Days + (Days || Subject)",
            "intercepts": "Reaction ~ Days + (1 | Subject)",
            "nobody differs": "Reaction ~ Days",
        }.items()
    }
    everything = mlm.compare(fits)
    assert "“slopes ||” and “slopes |” apart" in everything.sentences[0]
    assert everything.sentences[1] == "“slopes ||” clearly predicts better than “nobody differs”."
    assert "cannot tell" in repr(everything)
    assert list(everything.table.columns[:4]) == ["elpd", "se", "difference", "se_difference"]
    clear = mlm.compare({n: fits[n] for n in ("slopes |", "nobody differs")})
    assert clear.sentences[0].startswith("“slopes |” predicts new rows best; “nobody differs” comes next")
    half = mlm.compare({n: fits[n] for n in ("slopes |", "intercepts")})
    assert "less than two standard errors, so these data do not settle it" in half.sentences[0]
