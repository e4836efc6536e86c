"""Laplace's approximation is the one of lme4, and every family's derivatives are those of its density."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mlmwidget.data.build import model_frame
from mlmwidget.inference.approximate.density import Approximation
from mlmwidget.model.likelihood import Likelihood, make_likelihood
from mlmwidget.model.links import mean
from mlmwidget.model.priors import default_priors
from tests.approximate.designs import OWN, PAIRS, log_density, point, predictors, response, simulated
from tests.reference_data import laplace, load


def _glmer_name(record):
    return f"{record['formula']} at {record['theta']}"


@pytest.mark.parametrize("record", laplace(), ids=_glmer_name)
def test_log_likelihood_is_that_of_glmer(record):
    """At given parameters, β held in an offset."""
    data = load(record["dataset"])
    left, right = record["formula"].split(" ~ ")
    family = "bernoulli" if left == "use" else record["family"]
    whole = model_frame(record["formula"], data, family=family)
    data["eta"] = whole.X @ record["beta"] + whole.offset
    bars = " + ".join(re.findall(r"\([^()]*\|[^()]*\)", right))
    frame = model_frame(f"{left} ~ 0 + offset(eta) + {bars}", data, family=family)
    density = Approximation(frame, default_priors(frame))
    sds, cors = _in_our_order(frame, record)
    mode = density.mode(point(density, sds, cors), precision=1e-14)
    assert mode.log_likelihood == pytest.approx(record.get("dense", record["log_likelihood"]), abs=1e-6)
    assert mode.log_likelihood == pytest.approx(record["log_likelihood"], abs=1e-5)


def _in_our_order(frame, record):
    """Standard deviations and correlations of each of our designs from lme4's theta."""
    found, at = {}, 0
    for term in record["terms"]:
        k = len(term["columns"])
        T = np.zeros((k, k))
        T.T[np.triu_indices(k)] = record["theta"][at : at + k * (k + 1) // 2]  # columns of the lower triangle
        at += k * (k + 1) // 2
        sd = np.sqrt((T**2).sum(axis=1))
        found[term["factor"], tuple(term["columns"])] = sd, (T @ T.T) / np.outer(sd, sd)
    pairs = [found[g.factor, g.columns] for g in frame.groups]
    return [sd for sd, _ in pairs], [
        cor if g.correlated else None for g, (_, cor) in zip(frame.groups, pairs, strict=True)
    ]


@pytest.mark.parametrize(("family", "link"), PAIRS)
def test_likelihood_is_the_familys_density_with_its_derivatives(family, link):
    rng = np.random.default_rng(3)
    frame = simulated(family, link, rng)
    likelihood = make_likelihood(frame)
    own = OWN.get(family, ())
    eta = predictors(family, link, rng, frame.n)
    trials = 1 if frame.trials is None else frame.trials
    expected = log_density(family, frame.y, mean(link, eta), trials).sum()
    assert float(likelihood.values(eta, own)) == pytest.approx(expected, rel=1e-10)
    curve = likelihood.curve(eta, own)
    assert curve.value == pytest.approx(expected, rel=1e-10)
    step = 1e-5 * np.eye(frame.n)
    slope = (likelihood.values(eta + step, own) - likelihood.values(eta - step, own)) / 2e-5
    np.testing.assert_allclose(curve.slope, slope, rtol=1e-5, atol=1e-5)
    bend = [
        (likelihood.curve(eta - e, own).slope - likelihood.curve(eta + e, own).slope).sum() / 2e-5
        for e in step
    ]
    np.testing.assert_allclose(curve.observed, bend, rtol=1e-5, atol=1e-5)
    assert (curve.expected > 0).all()


@pytest.mark.parametrize(("family", "link"), PAIRS)
def test_expected_curvature_is_the_mean_of_the_observed_one(family, link):
    rng = np.random.default_rng(4)
    frame = simulated(family, link, rng, groups=250, rows=80)
    likelihood = make_likelihood(frame)
    density_at = np.full(frame.n, predictors(family, link, rng, 1)[0])
    trials = likelihood.responses.size if family == "binomial" else 1
    y = response(family, mean(link, density_at), rng, trials if np.ndim(trials) == 0 else trials.astype(int))
    responses = replace(likelihood.responses, y=np.asarray(y, float))
    curve = Likelihood(family, link, responses, np.zeros(1)).curve(density_at, OWN.get(family, ()))
    error = curve.observed.std() / np.sqrt(frame.n)
    assert abs(curve.observed.mean() - curve.expected.mean()) < 5 * error + 1e-9


def test_summing_rows_that_are_alike_changes_nothing():
    data = load("cbpp")
    data = data.loc[data.index.repeat(3)].reset_index(drop=True)
    frame = model_frame("incidence ~ period + (1 | herd)", data, family="poisson")
    density = Approximation(frame, default_priors(frame))
    assert len(density.working.X) < frame.n
    at = np.array([-0.4])
    mode = density.mode(at)
    mu = np.exp(frame.X @ _beta(density, mode) + _effects(density, mode)[frame.groups[0].codes])
    height = log_density("poisson", frame.y, mu).sum()
    white = density.working.whiten(mode.coefficients[None], np.exp(at)[:, None, None][None])[0]
    assert mode.height == pytest.approx(height - 0.5 * white @ white, rel=1e-12)


def _beta(density, mode):
    return density.working.sums.beta(mode.coefficients[-density.working.X.shape[1] :])


def _effects(density, mode):
    return density.working.sums.effects(0, mode.coefficients)[:, 0]


STRUCTURES = {
    "one factor": "(1 | g)",
    "correlated": "(x | g)",
    "uncorrelated": "(x || g)",
    "two terms": "(1 | g) + (0 + x | g)",
    "nested": "(1 | k / g)",
    "crossed": "(x | g) + (1 | h)",
}


@pytest.mark.parametrize("terms", STRUCTURES.values(), ids=STRUCTURES)
@pytest.mark.parametrize(
    ("family", "link"), [("bernoulli", "probit"), ("gamma", "inverse"), ("student", "identity")]
)
def test_mode_and_curvature_are_those_of_a_dense_computation(family, link, terms):
    """The joint density's gradient vanishes at the mode; log |L| is that of the dense Hessian there."""
    rng = np.random.default_rng(6)
    frame = simulated(family, link, rng, terms=terms)
    density = Approximation(frame, default_priors(frame))
    at = 0.3 * rng.normal(size=density.size)
    mode = density.mode(at, precision=1e-13)
    zero, T = np.zeros(len(mode.coefficients)), density._factors(at[None])
    white = density.working.whiten(mode.coefficients[None], T)[0]
    from_white = np.linalg.inv(
        density.working.whiten(np.eye(len(zero)), T) - density.working.whiten(zero[None], T)
    )
    D = density.working.predictor(from_white) - density.working.predictor(zero)
    own = np.exp(at[len(at) - len(density.own) :])
    curve = density.working.likelihood.curve(mode.eta, own)
    assert mode.height == pytest.approx(curve.value - 0.5 * white @ white, rel=1e-12)
    np.testing.assert_allclose(D @ curve.slope, white, atol=1e-5)
    _, log_det = np.linalg.slogdet(np.eye(len(zero)) + (D * curve.observed) @ D.T)
    assert mode.log_likelihood == pytest.approx(mode.height - 0.5 * log_det, abs=1e-5)
