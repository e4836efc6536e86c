"""Simulation-based calibration (Talts et al. 2018): ranks of true values among draws are even."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mlmwidget.inference.approximate import engine
from mlmwidget.model.links import mean
from mlmwidget.model.priors import default_priors
from tests.approximate.designs import simulated

N, DRAWS, BINS = 120, 99, 10
CASES = [
    ("bernoulli", "logit"),
    ("binomial", "logit"),
    ("poisson", "log"),
    ("negbinomial", "log"),
    ("gamma", "log"),
    ("beta", "logit"),
    ("student", "identity"),
]


def _response(family, mu, shape, sigma, trials, rng):
    match family:
        case "bernoulli" | "binomial":
            return rng.binomial(trials, mu)
        case "poisson":
            return rng.poisson(mu)
        case "negbinomial":
            return rng.negative_binomial(shape, shape / (shape + mu))
        case "gamma":
            return np.maximum(rng.gamma(shape, mu / shape), 1e-12)
        case "beta":
            return np.clip(rng.beta(shape * mu, shape * (1 - mu)), 1e-9, 1 - 1e-9)
        case _:
            return mu + sigma * rng.standard_t(shape, size=len(mu))


def _ranks(family, link, seed):
    """Rank of each true parameter among the draws, for parameters drawn from the priors."""
    rng = np.random.default_rng(seed)
    frame = simulated(family, link, np.random.default_rng(1), groups=8, rows=10)
    priors = replace(
        default_priors(frame),
        beta_mean=np.zeros(2),
        beta_sd=np.full(2, 0.7),
        sd_mean=(np.array([0.6]),),
        sigma_mean=None if family != "student" else 0.8,
        shape_mean=None if default_priors(frame).shape_mean is None else 8.0,
    )
    beta, tau = rng.normal(0, 0.7, 2), rng.exponential(0.6)
    effects = tau * rng.normal(size=8)
    sigma = rng.exponential(0.8)
    shape = rng.gamma(2, 4.0) if family == "student" else max(rng.exponential(8.0), 1e-3)
    eta = (frame.X - priors.centre) @ beta + effects[frame.groups[0].codes]
    trials = 1 if frame.trials is None else frame.trials.astype(int)
    y = _response(family, mean(link, eta), shape, sigma, trials, rng).astype(float)
    draws = engine.sample(replace(frame, y=y), priors, draws=DRAWS, chains=1, random_seed=seed)
    true = {"slope": (beta[1], draws.beta[0, :, 1]), "sd": (tau, draws.sd[0][0, :, 0])}
    true["effect"] = (effects[0], draws.effects[0][0, :, 0, 0])
    if draws.shape is not None:
        true["shape"] = (shape, draws.shape[0])
    if draws.sigma is not None:
        true["sigma"] = (sigma, draws.sigma[0])
    return {name: int((values < value).sum()) for name, (value, values) in true.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("family", "link"), CASES)
def test_ranks_are_even(family, link):
    found = [_ranks(family, link, seed) for seed in range(N)]
    for name in found[0]:
        counts = np.histogram([ranks[name] for ranks in found], BINS, (-0.5, DRAWS + 0.5))[0]
        assert stats.chisquare(counts).pvalue > 1e-4, f"{name}: {counts}"
