"""Link functions of numbers: link, inverse and the inverse's derivative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

type Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Link:
    """A link function g: η = g(μ), μ = g⁻¹(η).

    Parameters
    ----------
    link, inverse
        g and g⁻¹.
    derivative
        dμ/dη as a function of η.
    """

    link: Function
    inverse: Function
    derivative: Function


def _normal_density(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)


LINKS: dict[str, Link] = {
    "identity": Link(lambda m: m, lambda x: x, np.ones_like),
    "log": Link(np.log, np.exp, np.exp),
    "inverse": Link(lambda m: 1 / m, lambda x: 1 / x, lambda x: -1 / x**2),
    "sqrt": Link(np.sqrt, np.square, lambda x: 2 * x),
    "logit": Link(special.logit, special.expit, lambda x: special.expit(x) * special.expit(-x)),
    "probit": Link(special.ndtri, special.ndtr, _normal_density),
    "cloglog": Link(
        lambda m: np.log(-np.log1p(-m)), lambda x: -np.expm1(-np.exp(x)), lambda x: np.exp(x - np.exp(x))
    ),
    "cauchit": Link(
        lambda m: np.tan(np.pi * (m - 0.5)),
        lambda x: 0.5 + np.arctan(x) / np.pi,
        lambda x: 1 / (np.pi * (1 + x**2)),
    ),
}


def mean(link: str, eta: np.ndarray) -> np.ndarray:
    """Mean (or probability) of a response at a linear predictor.

    Raises
    ------
    ValueError
        If there is no such link.
    """
    if link not in LINKS:
        raise ValueError(f"There is no link called {link!r}; known are {', '.join(LINKS)}.")
    return LINKS[link].inverse(np.asarray(eta, dtype=float))
