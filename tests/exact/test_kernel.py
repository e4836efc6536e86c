"""The log-density against dense matrices, and its gradient against differences."""

import numpy as np
import pytest
from exact.designs import STRUCTURES, brute_force, design, random_priors
from scipy import stats

from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.engine import covariance_parameters
from mlmwidget.inference.exact.sums import make_sums


def parameters(sums, x):
    """Standard deviations (user's units), correlations and log prior of x, by NumPy and scipy."""
    s = sums.arrays
    sds, cors = covariance_parameters(sums, x[None])
    value, at = 0.0, 0
    for term in s.terms:
        k = term.size
        tau = np.exp(x[at : at + k])
        value += stats.expon.logpdf(tau, scale=term.sd_means).sum() + x[at : at + k].sum()
        at += k
        if term.correlated:
            for i in range(1, k):
                for j in range(i):
                    c = s.lkj_eta + (k - 2 - j) / 2
                    z = np.tanh(x[at])
                    value += stats.beta.logpdf((z + 1) / 2, c, c) - np.log(2) + np.log1p(-z * z)
                    at += 1
    value += stats.expon.logpdf(np.exp(x[-1]), scale=s.sigma_mean) + x[-1]
    return [sd[0] for sd in sds], [None if c is None else c[0] for c in cors], value


@pytest.mark.parametrize("flat", [False, True], ids=["normal", "flat"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_log_density_equals_dense_multivariate_normal(structure, flat):
    rng = np.random.default_rng(3)
    model = design(structure, rng)
    priors = random_priors(model, rng, flat=flat)
    sums = make_sums(model, priors)
    density = Density(sums.arrays)
    for x in rng.normal(0, 0.7, (3, density.size)):
        sds, cors, log_prior = parameters(sums, x)
        want = brute_force(model, priors, sds, cors, np.exp(x[-1]) * sums.y_scale)
        n_flat = int(np.isinf(priors.beta_sd).sum())
        want += (model.n - n_flat) * np.log(sums.y_scale)  # density of y in units of its sd
        if n_flat:  # coefficients in units of y's sd, of the scaled columns
            want -= np.log(sums.x_scale).sum()
        assert density.values(x[None])[0] - log_prior == pytest.approx(want, rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("flat", [False, True], ids=["normal", "flat"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_gradient_equals_finite_differences(structure, flat):
    rng = np.random.default_rng(4)
    model = design(structure, rng)
    density = Density(make_sums(model, random_priors(model, rng, flat=flat)).arrays)
    x = rng.normal(0, 0.5, density.size)
    (value,), (gradient,) = density.values_and_gradients(x[None])
    assert value == density.values(x[None])[0]
    np.testing.assert_allclose(density.value_and_gradient(x)[1], gradient, rtol=1e-5, atol=1e-5)
    step = 1e-5
    for i, direction in enumerate(np.eye(len(x)) * step):
        above, below = density.values(np.array([x + direction, x - direction]))
        assert gradient[i] == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-5)
