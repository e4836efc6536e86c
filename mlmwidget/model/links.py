"""Link functions of numbers: g and its inverse with two derivatives, and logarithms of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

type Array = np.ndarray
type Curve = tuple[Array, Array, Array]
type Logs = tuple[Array, Array, Array, Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Link:
    """A link function g: η = g(μ), μ = g⁻¹(η).

    Parameters
    ----------
    link
        g.
    curve
        Function of η that gives μ, dμ/dη and d²μ/dη².
    """

    link: Callable[[Array], Array]
    curve: Callable[[Array], Curve]

    def inverse(self, eta: Array) -> Array:
        """μ at η."""
        return self.curve(eta)[0]

    def derivative(self, eta: Array) -> Array:
        """dμ/dη at η."""
        return self.curve(eta)[1]


def _identity(eta: Array) -> Curve:
    return eta, np.broadcast_to(1.0, eta.shape), np.broadcast_to(0.0, eta.shape)


def _log(eta: Array) -> Curve:
    mean = np.exp(eta)
    return mean, mean, mean


def _logit(eta: Array) -> Curve:
    mean = special.expit(eta)
    slope = mean * special.expit(-eta)
    return mean, slope, slope * (1 - 2 * mean)


def _probit(eta: Array) -> Curve:
    density = np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
    return special.ndtr(eta), density, -eta * density


def _cloglog(eta: Array) -> Curve:
    t = np.exp(eta)
    slope = np.exp(eta - t)
    return -np.expm1(-t), slope, slope * (1 - t)


def _cauchit(eta: Array) -> Curve:
    density = 1 / (np.pi * (1 + eta**2))
    return np.arctan2(1.0, -eta) / np.pi, density, -2 * eta * density / (1 + eta**2)


LINKS: dict[str, Link] = {
    "identity": Link(lambda m: m, _identity),
    "log": Link(np.log, _log),
    "inverse": Link(lambda m: 1 / m, lambda eta: (1 / eta, -1 / eta**2, 2 / eta**3)),
    "sqrt": Link(np.sqrt, lambda eta: (eta**2, 2 * eta, np.broadcast_to(2.0, eta.shape))),
    "logit": Link(special.logit, _logit),
    "probit": Link(special.ndtri, _probit),
    "cloglog": Link(lambda m: np.log(-np.log1p(-m)), _cloglog),
    "cauchit": Link(lambda m: np.tan(np.pi * (m - 0.5)), _cauchit),
}


def mean(link: str, eta: Array) -> Array:
    """Mean (or probability) of a response at a linear predictor.

    Raises
    ------
    ValueError
        If there is no such link.
    """
    if link not in LINKS:
        raise ValueError(f"There is no link called {link!r}; known are {', '.join(LINKS)}.")
    return LINKS[link].inverse(np.asarray(eta, dtype=float))


def _logit_logs(eta: Array) -> Logs:
    small = np.exp(-np.abs(eta))
    log_more, less, more = np.log1p(small), small / (1 + small), 1 / (1 + small)
    up = eta >= 0
    p, q = np.where(up, more, less), np.where(up, less, more)
    bend = -less * more
    return np.minimum(eta, 0) - log_more, q, bend, -np.maximum(eta, 0) - log_more, -p, bend


def _probit_logs(eta: Array) -> Logs:
    log_p, log_q = special.log_ndtr(eta), special.log_ndtr(-eta)
    log_density = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
    up, down = np.exp(log_density - log_p), np.exp(log_density - log_q)
    return log_p, up, -up * (up + eta), log_q, -down, -down * (down - eta)


def _cloglog_logs(eta: Array) -> Logs:
    t = np.exp(eta)
    slope = np.where(t > 1e-8, t / np.expm1(t), 1.0)
    return np.log(-np.expm1(-t)), slope, slope * (1 - t - slope), -t, -t, -t


def _cauchit_logs(eta: Array) -> Logs:
    p, density, bend = _cauchit(eta)
    q = np.arctan2(1.0, eta) / np.pi
    up, down = density / p, -density / q
    return np.log(p), up, bend / p - up**2, np.log(q), down, -bend / q - down**2


def _log_logs(eta: Array) -> Logs:
    p, q = np.exp(eta), -np.expm1(eta)
    zero, one = np.zeros_like(eta), np.ones_like(eta)
    return eta, one, zero, np.log(q), -p / q, -p / q**2


LOG_PROBABILITIES: dict[str, Callable[[Array], Logs]] = {
    "logit": _logit_logs,
    "probit": _probit_logs,
    "cloglog": _cloglog_logs,
    "cauchit": _cauchit_logs,
    "log": _log_logs,
}
"""Link → function of η that gives log p with its two derivatives, then log(1 - p) with its two; good also
where p itself rounds to 0 or 1."""
