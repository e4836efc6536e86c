"""Likelihoods of the families in numbers: what :mod:`mlmwidget.model.families` says in PyMC's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from mlmwidget.model.links import LOG_PROBABILITIES, mean

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of data under draws of the parameters; every array broadcasts to (draws, rows).

    Parameters
    ----------
    y
        The response; successes for a binomial one.
    eta
        Linear predictor, offset included.
    sigma
        Residual standard deviation of each row; None for families without one.
    shape
        The family's own shape or precision; None for families without one.
    trials
        Trials of a binomial response; None for every other.
    """

    y: np.ndarray
    eta: np.ndarray
    sigma: np.ndarray | None = None
    shape: np.ndarray | None = None
    trials: np.ndarray | None = None


def log_likelihood(family: str, link: str, rows: Rows) -> np.ndarray:
    """Log density (or probability) of each row in each draw, shape (draws, rows).

    Raises
    ------
    ValueError
        If there is no such family or link.
    """
    if family not in LOG_DENSITIES:
        raise ValueError(f"There is no family called {family!r}; use one of {', '.join(LOG_DENSITIES)}.")
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return LOG_DENSITIES[family](link, rows)


def _gaussian(link: str, r: Rows) -> np.ndarray:
    assert r.sigma is not None
    z = (r.y - mean(link, r.eta)) / r.sigma
    return -0.5 * (_LOG_2PI + z**2) - np.log(r.sigma)


def _student(link: str, r: Rows) -> np.ndarray:
    assert r.sigma is not None and r.shape is not None
    z, nu = (r.y - mean(link, r.eta)) / r.sigma, r.shape
    constant = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
    return np.asarray(constant - np.log(r.sigma) - (nu + 1) / 2 * np.log1p(z**2 / nu))


def _bernoulli(link: str, r: Rows) -> np.ndarray:
    hit, miss = _log_probabilities(link, r.eta)
    return np.where(r.y > 0, hit, miss)


def _binomial(link: str, r: Rows) -> np.ndarray:
    assert r.trials is not None
    hit, miss = _log_probabilities(link, r.eta)
    failures = r.trials - r.y
    ways = special.gammaln(r.trials + 1) - special.gammaln(r.y + 1) - special.gammaln(failures + 1)
    return np.asarray(ways + _times(r.y, hit) + _times(failures, miss))


def _poisson(link: str, r: Rows) -> np.ndarray:
    mu = mean(link, r.eta)
    return np.asarray(special.xlogy(r.y, mu) - mu - special.gammaln(r.y + 1))


def _negbinomial(link: str, r: Rows) -> np.ndarray:
    assert r.shape is not None
    mu, a = mean(link, r.eta), r.shape
    ways = special.gammaln(r.y + a) - special.gammaln(a) - special.gammaln(r.y + 1)
    return np.asarray(ways - a * np.log1p(mu / a) + special.xlogy(r.y, mu) - _times(r.y, np.log(mu + a)))


def _gamma(link: str, r: Rows) -> np.ndarray:
    assert r.shape is not None
    a, rate = r.shape, r.shape / mean(link, r.eta)
    return np.asarray(a * np.log(rate) + (a - 1) * np.log(r.y) - rate * r.y - special.gammaln(a))


def _beta(link: str, r: Rows) -> np.ndarray:
    assert r.shape is not None
    mu = mean(link, r.eta)
    a, b = mu * r.shape, (1 - mu) * r.shape
    return np.asarray((a - 1) * np.log(r.y) + (b - 1) * np.log1p(-r.y) - special.betaln(a, b))


def _log_probabilities(link: str, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hit, _, _, miss, _, _ = LOG_PROBABILITIES[link](eta)
    return hit, miss


def _times(count: np.ndarray, log: np.ndarray) -> np.ndarray:
    """Count times a logarithm, which nothing is when the count is zero."""
    return np.where(count > 0, count * log, 0.0)


LOG_DENSITIES: dict[str, Callable[[str, Rows], np.ndarray]] = {
    "gaussian": _gaussian,
    "student": _student,
    "bernoulli": _bernoulli,
    "binomial": _binomial,
    "poisson": _poisson,
    "negbinomial": _negbinomial,
    "gamma": _gamma,
    "beta": _beta,
}
