"""The compiled log-density against dense matrices, and its gradient against differences."""

import numpy as np
import pytest
from exact.designs import STRUCTURES, brute_force, design, random_priors
from scipy import stats

from mlmwidget.inference.exact.kernel import (
    covariance,
    factorise,
    invert,
    log_density,
    means,
    n_parameters,
    solve_transposed,
    workspace,
)
from mlmwidget.inference.exact.sums import make_sums


def covariances(s, ws, sums):
    """Standard deviations (user's units) and correlations of each design, from ws.T."""
    sds, cors = [], []
    for t, k in enumerate(s.term_size):
        first = s.term_column[t]
        T = ws.T[s.term_factor[t], first : first + k, first : first + k]
        scaled = np.sqrt((T**2).sum(axis=1))
        sds.append(sums.sd(t, scaled))
        cors.append(ws.R[t][:k, :k] @ ws.R[t][:k, :k].T)
    return sds, cors


def log_prior(s, x, ws):
    """Priors and Jacobian of x in the scaled units, by scipy; LKJ up to a constant in x."""
    value, at, first = 0.0, 0, 0
    for t, k in enumerate(s.term_size):
        tau = np.exp(x[at : at + k])
        value += stats.expon.logpdf(tau, scale=s.sd_mean[first : first + k]).sum() + x[at : at + k].sum()
        at, first = at + k, first + k
        if s.term_correlated[t]:
            at += k * (k - 1) // 2
    sigma = np.exp(x[-1])
    return value + stats.expon.logpdf(sigma, scale=s.sigma_mean) + x[-1]


@pytest.mark.parametrize("flat", [False, True], ids=["normal", "flat"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_log_density_equals_dense_multivariate_normal(structure, flat):
    rng = np.random.default_rng(3)
    model = design(structure, rng)
    priors = random_priors(model, rng, flat=flat)
    sums = make_sums(model, priors)
    s = sums.arrays
    ws = workspace(s)
    for _ in range(3):
        x = rng.normal(0, 0.7, n_parameters(s))
        value = log_density(x, s, ws, False, np.empty(0))
        only_prior = (
            covariance(x, s, ws, True) + stats.expon.logpdf(np.exp(x[-1]), scale=s.sigma_mean) + x[-1]
        )
        sds, cors = covariances(s, ws, sums)
        n_flat = int(np.isinf(priors.beta_sd).sum())
        want = brute_force(model, priors, sds, cors, np.exp(x[-1]) * sums.y_scale)
        want += (model.n - n_flat) * np.log(sums.y_scale)  # density of y in units of its sd
        if n_flat:  # coefficients in units of y's sd, of the scaled columns
            want -= np.log(sums.x_scale).sum()
        assert value - only_prior == pytest.approx(want, rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("flat", [False, True], ids=["normal", "flat"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_gradient_equals_finite_differences(structure, flat):
    rng = np.random.default_rng(4)
    model = design(structure, rng)
    s = make_sums(model, random_priors(model, rng, flat=flat)).arrays
    ws = workspace(s)
    x = rng.normal(0, 0.5, n_parameters(s))
    gradient = np.empty_like(x)
    log_density(x, s, ws, True, gradient)
    nothing = np.empty(0)
    step = 1e-5
    for i, direction in enumerate(np.eye(len(x)) * step):
        slope = (
            log_density(x + direction, s, ws, False, nothing)
            - log_density(x - direction, s, ws, False, nothing)
        ) / (2 * step)
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-5)
