"""Likelihoods in numbers against SciPy's, far out too, and against PyMC's through the sum of a model."""

import numpy as np
import pytest
from scipy import stats

from mlmwidget.model.likelihood import LOG_DENSITIES, Rows, log_likelihood
from mlmwidget.model.links import LINKS, mean

rng = np.random.default_rng(3)
N, DRAWS = 40, 7
SIGMA, SHAPE = rng.uniform(0.5, 3, (DRAWS, N)), rng.uniform(0.5, 30, (DRAWS, 1))
TRIALS = rng.integers(1, 9, N).astype(float)
HITS = rng.binomial(TRIALS.astype(int), 0.4).astype(float)
COUNTS = rng.poisson(3, N).astype(float)
Y = {
    "gaussian": rng.normal(size=N), "student": rng.normal(size=N), "bernoulli": rng.integers(0, 2, N) * 1.0,
    "binomial": HITS, "poisson": COUNTS, "negbinomial": COUNTS,
    "gamma": rng.gamma(2, size=N), "beta": rng.beta(2, 3, size=N),
}  # fmt: skip
SCIPY = {
    "gaussian": lambda y, mu: stats.norm.logpdf(y, mu, SIGMA),
    "student": lambda y, mu: stats.t.logpdf(y, SHAPE, mu, SIGMA),
    "bernoulli": lambda y, mu: stats.bernoulli.logpmf(y, mu),
    "binomial": lambda y, mu: stats.binom.logpmf(y, TRIALS, mu),
    "poisson": lambda y, mu: stats.poisson.logpmf(y, mu),
    "negbinomial": lambda y, mu: stats.nbinom.logpmf(y, SHAPE, SHAPE / (SHAPE + mu)),
    "gamma": lambda y, mu: stats.gamma.logpdf(y, SHAPE, scale=mu / SHAPE),
    "beta": lambda y, mu: stats.beta.logpdf(y, mu * SHAPE, (1 - mu) * SHAPE),
}
PROBABILITIES = ("logit", "probit", "cloglog", "cauchit")
LINKS_OF = {"gaussian": ("identity", "log"), "student": ("identity",), "beta": PROBABILITIES} | {
    "bernoulli": PROBABILITIES, "binomial": PROBABILITIES, "poisson": ("log", "sqrt"),
    "negbinomial": ("log",), "gamma": ("log", "inverse"),
}  # fmt: skip


def rows(family, eta):
    return Rows(Y[family], eta, SIGMA, SHAPE, TRIALS if family == "binomial" else None)


@pytest.mark.parametrize(("family", "link"), [(f, link) for f, links in LINKS_OF.items() for link in links])
def test_log_likelihoods_equal_scipys(family, link):
    eta = rng.uniform(0.1, 1.5, (DRAWS, N))
    found = log_likelihood(family, link, rows(family, eta))
    assert found.shape == (DRAWS, N)
    np.testing.assert_allclose(found, SCIPY[family](Y[family], mean(link, eta)), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_probabilities_that_round_to_zero_or_one_keep_their_logarithm(link):
    eta = np.array([[-30.0], [3.0]])
    hit = log_likelihood("bernoulli", link, Rows(np.ones(1), eta))
    miss = log_likelihood(
        "bernoulli", link, Rows(np.zeros(1), np.array([[30.0 if link == "logit" else 3.0]]))
    )
    assert np.isfinite(hit).all()
    assert hit[0, 0] < -29
    assert np.isfinite(miss).all()
    none = log_likelihood(
        "binomial", link, Rows(np.zeros(1), np.full((1, 1), -800.0), trials=np.full(1, 5.0))
    )
    assert none[0, 0] == pytest.approx(0, abs=1e-12)


def test_every_family_and_link_of_the_models_has_a_likelihood():
    from mlmwidget.model.families import LIKELIHOODS

    assert LIKELIHOODS.keys() == LOG_DENSITIES.keys()
    assert {link for links in LINKS_OF.values() for link in links} == set(LINKS)


def test_a_family_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="no family called 'stable'"):
        log_likelihood("stable", "log", Rows(np.ones(1), np.ones((1, 1))))
