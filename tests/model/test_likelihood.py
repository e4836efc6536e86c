"""Likelihoods in numbers against SciPy's, far out too, and against PyMC's through the sum of a model."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mlmwidget.model.likelihood import make_likelihood
from mlmwidget.model.links import LINKS, mean

rng = np.random.default_rng(3)
N, DRAWS = 40, 7
SIGMA, SHAPE = rng.uniform(0.5, 3, (DRAWS, N)), rng.uniform(0.5, 30, (DRAWS, 1))
TRIALS = rng.integers(1, 9, N).astype(float)
WEIGHTS = rng.uniform(0.5, 2, N)
HITS = rng.binomial(TRIALS.astype(int), 0.4).astype(float)
COUNTS = rng.poisson(3, N).astype(float)
Y = {
    "gaussian": rng.normal(size=N), "student": rng.normal(size=N), "bernoulli": rng.integers(0, 2, N) * 1.0,
    "binomial": HITS, "poisson": COUNTS, "negbinomial": COUNTS,
    "gamma": rng.gamma(2, size=N), "beta": rng.beta(2, 3, size=N),
}  # fmt: skip
SCIPY = {
    "gaussian": lambda y, mu: stats.norm.logpdf(y, mu, SIGMA / np.sqrt(WEIGHTS)),
    "student": lambda y, mu: stats.t.logpdf(y, SHAPE, mu, SIGMA / np.sqrt(WEIGHTS)),
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


def likelihood(family, link, y, trials=None):
    frame = SimpleNamespace(
        spec=SimpleNamespace(family=family, link=link),
        n=len(y),
        y=y,
        trials=trials,
        weights=WEIGHTS[: len(y)],
    )
    return make_likelihood(frame)


@pytest.mark.parametrize(("family", "link"), [(f, link) for f, links in LINKS_OF.items() for link in links])
def test_log_likelihoods_equal_scipys(family, link):
    eta = rng.uniform(0.1, 1.5, (DRAWS, N))
    own = {"gaussian": (SIGMA,), "student": (SIGMA, SHAPE)}.get(family, (SHAPE,))
    found = likelihood(family, link, Y[family], TRIALS if family == "binomial" else None)
    expected = SCIPY[family](Y[family], mean(link, eta))
    np.testing.assert_allclose(found.each(eta, own), expected, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.values(eta, own), expected.sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_probabilities_that_round_to_zero_or_one_keep_their_logarithm(link):
    hit = likelihood("bernoulli", link, np.ones(1)).each(np.array([[-30.0], [3.0]]), ())
    far = np.array([[30.0 if link == "logit" else 3.0]])
    miss = likelihood("bernoulli", link, np.zeros(1)).each(far, ())
    assert np.isfinite(hit).all()
    assert hit[0, 0] < -29
    assert np.isfinite(miss).all()
    none = likelihood("binomial", link, np.zeros(1), np.full(1, 5.0)).each(np.full((1, 1), -800.0), ())
    assert none[0, 0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("family", "link", "eta"), [("bernoulli", "log", 0.1), ("gamma", "inverse", -0.1)])
def test_a_row_whose_mean_is_impossible_has_no_density(family, link, eta):
    both = likelihood(family, link, np.ones(2)).each(np.array([eta, -eta]), (1.0,))
    assert np.isneginf(both[0])
    assert np.isfinite(both[1])


def test_every_family_and_link_of_the_models_has_a_likelihood():
    from mlmwidget.model.families import LIKELIHOODS

    assert LIKELIHOODS.keys() == LINKS_OF.keys()
    assert {link for links in LINKS_OF.values() for link in links} == set(LINKS)
