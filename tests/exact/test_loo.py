"""Integrated leave-one-out, moments of the effects, and Pareto smoothing, against brute force."""

import numpy as np
import pytest
from exact.designs import STRUCTURES, brute_force, design, random_priors
from scipy import stats
from scipy.special import logsumexp

from mlmwidget.inference.exact.effects import effect_moments
from mlmwidget.inference.exact.engine import sample
from mlmwidget.inference.exact.loo import unconstrained
from mlmwidget.inference.exact.psis import smooth
from mlmwidget.inference.exact.sums import make_sums
from mlmwidget.inference.loo import leave_one_out


def dense(model, priors, sds, cors, sigma, keep):
    """Mean and covariance of y without X's flat parts, and the rows to keep."""
    V = np.diag(sigma**2 / model.weights)
    for g, sd, cor in zip(model.groups, sds, cors, strict=True):
        cov = np.outer(sd, sd) * (np.eye(len(sd)) if cor is None else cor)
        V += (g.codes[:, None] == g.codes[None, :]) * (g.Z @ cov @ g.Z.T)
    X = (model.X - priors.centre) * priors.beta_sd
    V += X @ X.T
    mean = model.offset + (model.X - priors.centre) @ priors.beta_mean
    return mean[keep], V[np.ix_(keep, keep)]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_rows_density_equals_that_of_the_dense_normal_without_the_row(structure):
    rng = np.random.default_rng(8)
    model = design(structure, rng)
    priors = random_priors(model, rng)
    draws = sample(model, priors, draws=1, chains=1, random_seed=1, effects=False)
    found = leave_one_out(model, priors, draws)
    sds, cors = [sd[0, 0] for sd in draws.sd], [None if c is None else c[0, 0] for c in draws.cor]
    everything = np.arange(model.n)
    mean, V = dense(model, priors, sds, cors, draws.sigma[0, 0], everything)
    whole = stats.multivariate_normal(mean, V).logpdf(model.y)
    assert whole == pytest.approx(brute_force(model, priors, sds, cors, draws.sigma[0, 0]), rel=1e-9)
    for i in (0, 7, model.n - 1):
        keep = np.delete(everything, i)
        left = stats.multivariate_normal(mean[keep], V[np.ix_(keep, keep)]).logpdf(model.y[keep])
        assert found.pointwise[i] == pytest.approx(whole - left, rel=1e-7, abs=1e-8)


@pytest.mark.slow
def test_leave_one_out_equals_refitting_without_each_row():
    rng = np.random.default_rng(2)
    model = design("one factor", rng)
    priors = random_priors(model, rng)
    draws = sample(model, priors, draws=1000, random_seed=1, effects=False)
    found = leave_one_out(model, priors, draws, max_draws=4000)
    assert found.elpd == pytest.approx(found.pointwise.sum())
    assert found.pareto_k.max() < 0.7
    # p(y_i | y_-i) = p(y) / p(y_-i), each integrated over draws of the posterior without row i.
    from dataclasses import replace

    for i in (3, 11):
        keep = np.delete(np.arange(model.n), i)
        less = replace(
            model,
            y=model.y[keep],
            X=model.X[keep],
            offset=model.offset[keep],
            weights=model.weights[keep],
            groups=tuple(replace(g, codes=g.codes[keep], Z=g.Z[keep]) for g in model.groups),
        )
        refit = sample(less, priors, draws=250, random_seed=1, effects=False)
        logs = []
        for c in range(4):
            for d in range(0, 250, 5):
                parameters = (
                    [sd[c, d] for sd in refit.sd],
                    [None if r is None else r[c, d] for r in refit.cor],
                    refit.sigma[c, d],
                )
                logs.append(brute_force(model, priors, *parameters) - brute_force(less, priors, *parameters))
        assert found.pointwise[i] == pytest.approx(logsumexp(logs) - np.log(len(logs)), abs=0.1)


def test_parameters_come_back_from_draws():
    rng = np.random.default_rng(5)
    model = design("three columns", rng)
    priors = random_priors(model, rng)
    draws = sample(model, priors, draws=20, chains=2, random_seed=1)
    points = unconstrained(make_sums(model, priors), draws)
    from mlmwidget.inference.exact.engine import covariance_parameters

    sds, cors = covariance_parameters(make_sums(model, priors), points)
    np.testing.assert_allclose(sds[0], draws.sd[0].reshape(40, 3), rtol=1e-10)
    np.testing.assert_allclose(cors[0], draws.cor[0].reshape(40, 3, 3), atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("structure", ["one factor", "nested slopes", "crossed slopes", "many crossed"])
def test_moments_of_effects_equal_those_of_their_draws(structure):
    rng = np.random.default_rng(6)
    model = design(structure, rng)
    priors = random_priors(model, rng)
    draws = sample(model, priors, draws=1000, random_seed=1)
    found = effect_moments(model, priors, draws, max_draws=2000)
    for mean, sd, effects in zip(found.mean, found.sd, draws.effects, strict=True):
        flat = effects.reshape(4000, *effects.shape[2:])
        scale = flat.std(axis=0)
        np.testing.assert_allclose((flat.mean(axis=0) - mean) / scale, 0, atol=0.12)
        np.testing.assert_allclose(scale / sd, 1, atol=0.15)


def test_pareto_smoothing_equals_arviz():
    from arviz_stats.base import array_stats

    ratios = np.random.default_rng(1).standard_t(3, (5, 1000)) * 0.5
    log_weights, k = smooth(ratios)
    wanted, wanted_k = array_stats.psislw(-ratios)  # takes log likelihoods
    np.testing.assert_allclose(k, wanted_k, rtol=0.02, atol=0.02)
    wanted = np.exp(wanted - logsumexp(wanted, axis=1, keepdims=True))
    np.testing.assert_allclose(np.exp(log_weights), wanted, rtol=0.05, atol=1e-3)
