"""Likelihoods of the families in numbers, with two derivatives along the linear predictor.

What :mod:`mlmwidget.model.families` says in PyMC's terms. Rows with the same linear predictor may be one row
here where their likelihood depends on sums alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln, polygamma, xlogy

from mlmwidget.data.frame import ModelFrame
from mlmwidget.model.links import LINKS, LOG_PROBABILITIES

SUMMABLE = frozenset({"bernoulli", "binomial", "poisson", "gamma"})
"""Families whose likelihood given η depends on sums of the rows with equal η."""


@dataclass(frozen=True, eq=False)
class Responses:
    """Responses, of each row or summed over rows that are alike.

    Parameters
    ----------
    y
        The responses or their sums, shape (m,); successes of a binomial one.
    size
        Trials of a binomial response, weights for families with a residual standard deviation, and numbers of
        rows for the others, shape (m,).
    logs
        Sums of the logarithms of a gamma response, shape (m,); zeros for others.
    """

    y: np.ndarray
    size: np.ndarray
    logs: np.ndarray


@dataclass(frozen=True, eq=False)
class Curve:
    """A log-likelihood around a linear predictor.

    Parameters
    ----------
    value
        Sum over the rows with all constants, -inf where a mean is impossible, shape (…).
    slope
        First derivatives along η, shape (…, m).
    observed, expected
        Minus the second derivatives, and their expectations, shape (…, m).
    """

    value: np.ndarray
    slope: np.ndarray
    observed: np.ndarray
    expected: np.ndarray

    def at(self, index: np.ndarray) -> Curve:
        """Choose some of several curves."""
        return Curve(self.value[index], self.slope[index], self.observed[index], self.expected[index])


type Own = Sequence[float | np.ndarray]
"""The family's own parameters, σ and then the shape as far as it has them: numbers, or arrays (…, 1)."""
type _Slopes = tuple[np.ndarray, np.ndarray, np.ndarray]
"""First and second derivative of a row's log-density along μ, and the Fisher information of μ."""


@dataclass(frozen=True, slots=True)
class _Family:
    """A distribution with mean μ: log-density up to what depends on y alone, and its derivatives."""

    value: Callable[[Responses, np.ndarray, Own], np.ndarray]
    slopes: Callable[[Responses, np.ndarray, Own], _Slopes]


def _poisson(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    return np.asarray(xlogy(r.y, mu) - r.size * mu)


def _poisson_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    return r.y / mu - r.size, -r.y / mu**2, r.size / mu


def _negbinomial(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    (shape,) = own
    ways = gammaln(r.y + shape) - gammaln(shape)
    return np.asarray(ways - shape * np.log1p(mu / shape) + xlogy(r.y, mu / (shape + mu)))


def _negbinomial_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    (shape,) = own
    total = shape + mu
    rate = (r.y + shape) / total
    return r.y / mu - rate, rate / total - r.y / mu**2, shape / (mu * total)


def _gamma(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    (shape,) = own
    constant = r.size * (shape * np.log(shape) - gammaln(shape)) + shape * r.logs
    return np.asarray(constant - shape * (r.size * np.log(mu) + r.y / mu))


def _gamma_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    (shape,) = own
    first = shape * (r.y / mu - r.size) / mu
    return first, shape * (r.size - 2 * r.y / mu) / mu**2, shape * r.size / mu**2


def _beta(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    (precision,) = own
    a, b = mu * precision, (1 - mu) * precision
    return np.asarray(a * np.log(r.y) + b * np.log1p(-r.y) - betaln(a, b))


def _beta_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    (precision,) = own
    a, b = mu * precision, (1 - mu) * precision
    first = precision * (digamma(b) - digamma(a) + np.log(r.y) - np.log1p(-r.y))
    information = precision**2 * (polygamma(1, a) + polygamma(1, b))
    return first, -information, information


def _student(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    sigma, freedom = own
    variance = sigma**2 / r.size
    constant = gammaln(0.5 * (freedom + 1)) - gammaln(0.5 * freedom) - 0.5 * np.log(np.pi * freedom)
    tail = np.log1p((r.y - mu) ** 2 / (freedom * variance))
    return np.asarray(constant - 0.5 * np.log(variance) - 0.5 * (freedom + 1) * tail)


def _student_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    sigma, freedom = own
    variance = sigma**2 / r.size
    error = r.y - mu
    spread = freedom * variance + error**2
    second = (freedom + 1) * (error**2 - freedom * variance) / spread**2
    return (freedom + 1) * error / spread, second, (freedom + 1) / (freedom + 3) / variance


def _gaussian(r: Responses, mu: np.ndarray, own: Own) -> np.ndarray:
    variance = own[0] ** 2 / r.size
    return np.asarray(-0.5 * (np.log(2 * np.pi * variance) + (r.y - mu) ** 2 / variance))


def _gaussian_slopes(r: Responses, mu: np.ndarray, own: Own) -> _Slopes:
    variance = own[0] ** 2 / r.size
    return (r.y - mu) / variance, -1 / variance, 1 / variance


_FAMILIES: dict[str, _Family] = {
    "poisson": _Family(_poisson, _poisson_slopes),
    "negbinomial": _Family(_negbinomial, _negbinomial_slopes),
    "gamma": _Family(_gamma, _gamma_slopes),
    "beta": _Family(_beta, _beta_slopes),
    "student": _Family(_student, _student_slopes),
    "gaussian": _Family(_gaussian, _gaussian_slopes),
}
_BINOMIAL = ("bernoulli", "binomial")
"""Families that are written in log p and log(1 − p), which keep what p rounds to 0 or 1."""


class Likelihood:
    """Log-likelihood of one model's rows.

    Parameters
    ----------
    family, link
        Names in this project.
    responses
        What was observed.
    constants
        What depends on the responses alone, shape (m,).
    """

    def __init__(self, family: str, link: str, responses: Responses, constants: np.ndarray):
        self.family = family
        self.link = link
        self.responses = responses
        self.constants = constants
        self.constant = float(constants.sum())

    def each(self, eta: np.ndarray, own: Own) -> np.ndarray:
        """Log-densities of each row with all constants, -inf where a mean is impossible, (…, m).

        Parameters
        ----------
        eta
            Linear predictors, (…, m).
        own
            The family's own parameters: σ, then the shape, as far as it has them.
        """
        with np.errstate(all="ignore"):
            values = self._up_to_constants(eta, own) + self.constants
        return np.where(np.isfinite(values) & self._possible(eta), values, -np.inf)

    def values(self, eta: np.ndarray, own: Own) -> np.ndarray:
        """Sum :meth:`each` over the rows, (…, m) → (…,)."""
        y, size = self.responses.y, self.responses.size
        with np.errstate(all="ignore"):
            if self.family in _BINOMIAL and self.link == "logit":  # products with a vector are quicker
                total = eta @ y - (np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))) @ size
            elif self.family == "poisson" and self.link == "log":
                total = eta @ y - np.exp(eta) @ size
            else:
                total = self._up_to_constants(eta, own).sum(axis=-1)
            return self._total(total, eta)

    def curve(self, eta: np.ndarray, own: Own) -> Curve:
        """Value and derivatives at linear predictors, (…, m); the values as in :meth:`values`."""
        y, size = self.responses.y, self.responses.size
        with np.errstate(all="ignore"):
            if self.family in _BINOMIAL:
                log_p, up, up2, log_q, down, down2 = LOG_PROBABILITIES[self.link](eta)
                value = _times(y, log_p) + _times(size - y, log_q)
                slope = _times(y, up) + _times(size - y, down)
                observed = -_times(y, up2) - _times(size - y, down2)
                p = np.exp(log_p)
                expected = observed if self.link == "logit" else -size * (p * up2 + (1 - p) * down2)
            else:
                family = _FAMILIES[self.family]
                mu, along, bend = LINKS[self.link].curve(eta)
                value = family.value(self.responses, mu, own)
                first, second, information = family.slopes(self.responses, mu, own)
                slope = first * along
                observed = -(second * along**2 + first * bend)
                expected = information * along**2
            return Curve(self._total(value.sum(axis=-1), eta), slope, observed, expected)

    def _up_to_constants(self, eta: np.ndarray, own: Own) -> np.ndarray:
        r = self.responses
        if self.family in _BINOMIAL:
            log_p, _, _, log_q, _, _ = LOG_PROBABILITIES[self.link](eta)
            return _times(r.y, log_p) + _times(r.size - r.y, log_q)
        return _FAMILIES[self.family].value(r, LINKS[self.link].inverse(eta), own)

    def _total(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        total = np.asarray(total) + self.constant
        return np.where(np.isfinite(total) & self._possible(eta).all(axis=-1), total, -np.inf)

    def _possible(self, eta: np.ndarray) -> np.ndarray:
        """Whether the means lie where the family can have them, (…, m)."""
        if self.family in _BINOMIAL:
            return eta <= 0 if self.link == "log" else np.broadcast_to(True, eta.shape)
        if self.family in ("gaussian", "student") or self.link not in ("identity", "inverse"):
            return np.broadcast_to(True, eta.shape)
        return eta > 0


def _times(count: np.ndarray, log: np.ndarray) -> np.ndarray:
    """Product in which nothing times infinity is nothing."""
    return np.where(count == 0, 0.0, count * log)


def make_likelihood(
    frame: ModelFrame,
    *,
    rows: np.ndarray | None = None,
    alike: np.ndarray | None = None,
    scale: float = 1.0,
) -> Likelihood:
    """Likelihood of a model's responses.

    Parameters
    ----------
    frame
        The model frame.
    rows
        Positions of the rows that are meant; all when not given.
    alike
        Number of the summed row that each of these belongs to, shape (n,); each its own when not given.
    scale
        Unit of the response.
    """
    rows = np.arange(frame.n) if rows is None else rows
    family = frame.spec.family
    y = np.asarray(frame.y, float)[rows] / scale
    trials = np.ones(len(rows)) if frame.trials is None else np.asarray(frame.trials, float)[rows]
    size = frame.weights[rows] if family in ("gaussian", "student") else trials
    logs = np.log(y) if family == "gamma" else np.zeros(len(rows))
    parts = [y, size, logs, _constants(family, y, trials) - np.log(scale)]
    y, size, logs, constants = parts if alike is None else (np.bincount(alike, part) for part in parts)
    return Likelihood(family, frame.spec.link, Responses(y, size, logs), constants)


def _constants(family: str, y: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Take what depends on the response alone out of each row's log-density, (n,)."""
    if family == "binomial":
        return np.asarray(gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1))
    if family in ("poisson", "negbinomial"):
        return np.asarray(-gammaln(y + 1))
    if family == "gamma":
        return -np.log(y)
    if family == "beta":
        return -np.log(y) - np.log1p(-y)
    return np.zeros(len(y))
