"""The approximate posterior beside the true one: by quadrature, by NUTS; and what it says of itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

import mlmwidget as mlm
from mlmwidget.data.build import model_frame
from mlmwidget.inference.approximate import engine
from mlmwidget.inference.approximate.diagnosis import diagnose_approximation
from mlmwidget.inference.choice import choose_live_method, choose_method
from mlmwidget.model.links import mean
from mlmwidget.model.priors import default_priors
from tests.approximate.designs import log_density, simulated
from tests.reference_data import load, nuts

FEW = pd.DataFrame(
    {
        "y": [0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1],
        "count": [0, 1, 3, 0, 2, 4, 1, 0, 2, 0, 1, 0, 5, 3, 6, 4, 1, 7, 2, 3],
        "g": np.repeat(["a", "b", "c", "d"], 5),
    }
)


def by_quadrature(family, link, y, codes):
    """Posterior mean and sd of the intercept and of τ, by sums over fine grids: no approximation.

    Priors: intercept Normal(0, 2.5), τ Exponential(1).
    """
    u, weights = np.polynomial.hermite_e.hermegauss(61)
    beta, log_tau = np.linspace(-7, 7, 141), np.linspace(-7, 3, 121)
    b, t, nodes = np.meshgrid(beta, np.exp(log_tau), u, indexing="ij")
    total = np.zeros(b.shape[:2])
    for group in range(codes.max() + 1):
        heights = sum(log_density(family, value, mean(link, b + t * nodes)) for value in y[codes == group])
        total += logsumexp(heights + np.log(weights), axis=-1)
    total += -0.5 * (b[..., 0] / 2.5) ** 2 + np.log(t[..., 0]) - t[..., 0]
    share = np.exp(total - logsumexp(total))
    values = {"(Intercept)": b[..., 0], "sd_(Intercept)|g": t[..., 0]}
    means = {name: (share * x).sum() for name, x in values.items()}
    return {
        name: (means[name], np.sqrt((share * (x - means[name]) ** 2).sum())) for name, x in values.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("response", "family", "link"),
    [("y", "bernoulli", "logit"), ("y", "bernoulli", "probit"), ("count", "poisson", "log")],
)
def test_corrected_draws_are_those_of_the_true_posterior(response, family, link):
    """Four groups of five rows: without the weights, Laplace would be off by half a standard deviation."""
    spec = mlm.parse(f"{response} ~ 1 + (1 | g)", FEW, family=family, link=link)
    fit = mlm.fit(spec, FEW, method="laplace", draws=8000, random_seed=3)
    assert fit.draws.attributes["corrected"]
    codes = model_frame(spec, FEW).groups[0].codes
    for name, (center, sd) in by_quadrature(family, link, FEW[response].to_numpy(), codes).items():
        row = fit.summary().loc[name]
        assert abs(row["mean"] - center) < 0.1 * sd, name
        assert row["sd"] == pytest.approx(sd, rel=0.12), name


@pytest.mark.parametrize("record", nuts(), ids=lambda record: record["formula"])
def test_agrees_with_nuts(record):
    fit = mlm.fit(
        record["formula"], load(record["dataset"]), family=record["family"], method="laplace", random_seed=2
    )
    table, close = fit.summary(), 0.15 if fit.draws.attributes["corrected"] else 0.3
    for name, reference in record["summary"].items():
        assert abs(table.loc[name, "mean"] - reference["mean"]) < close * reference["sd"], name
        assert table.loc[name, "sd"] == pytest.approx(reference["sd"], rel=0.2), name


def test_the_same_seed_gives_the_same_draws():
    frame = simulated("poisson", "log", np.random.default_rng(2))
    one, two = (engine.sample(frame, default_priors(frame), draws=50, random_seed=1) for _ in range(2))
    np.testing.assert_array_equal(one.beta, two.beta)
    np.testing.assert_array_equal(one.effects[0], two.effects[0])


def test_says_that_it_is_approximate_wherever_it_is_shown():
    frame = simulated("bernoulli", "logit", np.random.default_rng(2))
    fit = mlm.fit(frame.spec, frame.rows, method="laplace", draws=100, random_seed=1)
    diagnosis = fit.diagnostics()
    assert diagnosis.severity == "warning"
    assert "Approximate" in diagnosis.verdict
    assert diagnosis.findings[0].action == "pymc"
    assert "approximate" in repr(fit)
    assert "Approximate" in mlm.words(frame.spec, fit=fit)
    assert "Approximate" in str(fit.charts.caterpillar().to_dict()["title"])


def test_auto_never_takes_the_approximation():
    frame = simulated("bernoulli", "logit", np.random.default_rng(2))
    assert choose_method(frame) == "pymc"
    assert choose_live_method(frame) == "laplace"
    gaussian = simulated("student", "identity", np.random.default_rng(2))
    assert choose_method(gaussian) == "pymc"


@pytest.mark.parametrize(
    ("k", "ess", "reason"), [(1.2, 5.0, "should be below 0.7"), (0.5, 30.0, "worth 30 independent ones")]
)
def test_where_weights_do_not_hold_it_says_why(k, ess, reason):
    frame = simulated("poisson", "log", np.random.default_rng(2))
    draws = engine.sample(frame, default_priors(frame), draws=50, random_seed=1)
    facts = {"corrected": False, "joint_pareto_k": k, "joint_ess": ess}
    found = diagnose_approximation(replace(draws, attributes=draws.attributes | facts), frame)
    assert reason in found.findings[0].message


def test_an_effect_for_every_row_is_more_than_weights_can_correct():
    data = load("grouseticks")
    formula = "TICKS ~ YEAR + cHEIGHT + (1 | INDEX) + (1 | BROOD) + (1 | LOCATION)"
    fit = mlm.fit(formula, data, family="poisson", method="laplace", draws=250, random_seed=1)
    assert not fit.draws.attributes["corrected"]


def test_gaussian_models_are_sent_to_the_exact_engine():
    with pytest.raises(ValueError, match="exact engine"):
        mlm.fit("y ~ 1 + (1 | g)", FEW, method="laplace")
