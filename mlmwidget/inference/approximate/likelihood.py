"""Log-likelihoods of the families as functions of the linear predictor, with two derivatives.

Rows with the same design and offset are one row here where their likelihood depends on sums alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, polygamma, xlogy

from mlmwidget.data.frame import ModelFrame
from mlmwidget.model.links import LINKS, LOG_PROBABILITIES

SUMMABLE = frozenset({"bernoulli", "binomial", "poisson", "gamma"})
"""Families whose likelihood given η depends on sums of the rows with equal η."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Responses, summed over rows that are alike.

    Parameters
    ----------
    y
        Sums of the responses, shape (m,).
    size
        Trials of a binomial response, numbers of rows for other families that are summed, and weights for
        families with a residual standard deviation, shape (m,).
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


type _Pieces = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Log-density of each row, its first and second derivative along μ, and the Fisher information of μ."""
type Own = Sequence[float | np.ndarray]
"""The family's own parameters, σ and then the shape as far as it has them: numbers, or arrays (…, 1)."""
type _Family = Callable[[Rows, np.ndarray, Own], _Pieces]


def _poisson(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    first = rows.y / mu - rows.size
    return xlogy(rows.y, mu) - rows.size * mu, first, -rows.y / mu**2, rows.size / mu


def _negbinomial(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    y, shape = rows.y, own[0]
    total = shape + mu
    value = gammaln(y + shape) - gammaln(shape) - shape * np.log1p(mu / shape) + xlogy(y, mu / total)
    first = y / mu - (y + shape) / total
    return value, first, (y + shape) / total**2 - y / mu**2, shape / (mu * total)


def _gamma(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    shape = own[0]
    constant = rows.size * (shape * np.log(shape) - gammaln(shape)) + shape * rows.logs
    value = constant - shape * (rows.size * np.log(mu) + rows.y / mu)
    first = shape * (rows.y / mu - rows.size) / mu
    return value, first, shape * (rows.size - 2 * rows.y / mu) / mu**2, shape * rows.size / mu**2


def _beta(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    precision = own[0]
    a, b = mu * precision, (1 - mu) * precision
    log_y, log_rest = np.log(rows.y), np.log1p(-rows.y)
    value = gammaln(precision) - gammaln(a) - gammaln(b) + a * log_y + b * log_rest
    first = precision * (digamma(b) - digamma(a) + log_y - log_rest)
    information = precision**2 * (polygamma(1, a) + polygamma(1, b))
    return value, first, -information, information


def _student(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    sigma, freedom = own
    variance = sigma**2 / rows.size
    error = rows.y - mu
    spread = freedom * variance + error**2
    constant = gammaln(0.5 * (freedom + 1)) - gammaln(0.5 * freedom) - 0.5 * np.log(np.pi * freedom)
    value = constant - 0.5 * np.log(variance) - 0.5 * (freedom + 1) * np.log(spread / (freedom * variance))
    second = (freedom + 1) * (error**2 - freedom * variance) / spread**2
    return value, (freedom + 1) * error / spread, second, (freedom + 1) / (freedom + 3) / variance


def _gaussian(rows: Rows, mu: np.ndarray, own: Own) -> _Pieces:
    variance = own[0] ** 2 / rows.size
    error = rows.y - mu
    value = -0.5 * (np.log(2 * np.pi * variance) + error**2 / variance)
    return value, error / variance, -1 / variance, 1 / variance


_FAMILIES: dict[str, _Family] = {
    "poisson": _poisson,
    "negbinomial": _negbinomial,
    "gamma": _gamma,
    "beta": _beta,
    "student": _student,
    "gaussian": _gaussian,
}


class Likelihood:
    """Log-likelihood of one model's rows.

    Parameters
    ----------
    family, link
        Names in this project.
    rows
        Responses.
    constant
        What depends on the responses alone.
    """

    def __init__(self, family: str, link: str, rows: Rows, constant: float):
        self.family = family
        self.link = link
        self.rows = rows
        self.constant = constant

    def values(self, eta: np.ndarray, own: Own) -> np.ndarray:
        """Log-likelihoods with all constants, -inf where a mean is impossible, (…, m) → (…,).

        Parameters
        ----------
        eta
            Linear predictors.
        own
            The family's own parameters: σ, then the shape, as far as it has them.
        """
        y, size = self.rows.y, self.rows.size
        binomial = self.family in ("bernoulli", "binomial")
        with np.errstate(all="ignore"):
            if binomial and self.link == "logit":
                total = eta @ y - (np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))) @ size
            elif self.family == "poisson" and self.link == "log":
                total = eta @ y - np.exp(eta) @ size
            elif binomial:
                log_p, _, _, log_q, _, _ = LOG_PROBABILITIES[self.link](eta)
                total = (_times(y, log_p) + _times(size - y, log_q)).sum(axis=-1)
            else:
                total = _FAMILIES[self.family](self.rows, LINKS[self.link].inverse(eta), own)[0].sum(axis=-1)
            total = np.asarray(total) + self.constant
        return np.where(np.isfinite(total) & self._possible(eta), total, -np.inf)

    def curve(self, eta: np.ndarray, own: Own) -> Curve:
        """Value and derivatives at linear predictors, (…, m); the values as in :meth:`values`."""
        y, size = self.rows.y, self.rows.size
        with np.errstate(all="ignore"):
            if self.family in ("bernoulli", "binomial"):
                log_p, up, up2, log_q, down, down2 = LOG_PROBABILITIES[self.link](eta)
                value = _times(y, log_p) + _times(size - y, log_q)
                slope = _times(y, up) + _times(size - y, down)
                observed = -_times(y, up2) - _times(size - y, down2)
                p = np.exp(log_p)
                expected = observed if self.link == "logit" else -size * (p * up2 + (1 - p) * down2)
            else:
                mu, along, bend = LINKS[self.link].curve(eta)
                value, first, second, information = _FAMILIES[self.family](self.rows, mu, own)
                slope = first * along
                observed = -(second * along**2 + first * bend)
                expected = information * along**2
            total = np.asarray(value.sum(axis=-1)) + self.constant
            total = np.where(np.isfinite(total) & self._possible(eta), total, -np.inf)
        return Curve(total, slope, observed, expected)

    def _possible(self, eta: np.ndarray) -> np.ndarray:
        """Whether all means lie where the family can have them, (…, m) → (…,)."""
        if self.family in ("bernoulli", "binomial"):
            return np.all(eta <= 0, axis=-1) if self.link == "log" else np.ones(eta.shape[:-1], bool)
        if self.family in ("gaussian", "student") or self.link not in ("identity", "inverse"):
            return np.ones(eta.shape[:-1], bool)
        return np.all(eta > 0, axis=-1)


def _times(count: np.ndarray, log: np.ndarray) -> np.ndarray:
    """Product in which nothing times infinity is nothing."""
    return np.where(count == 0, 0.0, count * log)


def make_likelihood(frame: ModelFrame, alike: np.ndarray, scale: float) -> Likelihood:
    """Sum the responses of rows that are alike.

    Parameters
    ----------
    frame
        The model frame.
    alike
        Number of the summed row that each row belongs to, shape (n,).
    scale
        Unit of the response.
    """
    family = frame.spec.family
    y = np.asarray(frame.y, float) / scale
    trials = np.ones(frame.n) if frame.trials is None else np.asarray(frame.trials, float)
    size = frame.weights if family in ("gaussian", "student") else trials
    constant = -frame.n * np.log(scale)
    logs = np.zeros(frame.n)
    if family == "binomial":
        constant = float((gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1)).sum())
    elif family in ("poisson", "negbinomial"):
        constant = -float(gammaln(y + 1).sum())
    elif family == "gamma":
        logs = np.log(y)
        constant -= float(logs.sum())
    elif family == "beta":
        constant = -float((np.log(y) + np.log1p(-y)).sum())
    sums = [np.bincount(alike, values) for values in (y, size, logs)]
    return Likelihood(family, frame.spec.link, Rows(*sums), float(constant))
