"""Families as PyMC likelihoods: one small function each, chosen from one table.

Every function is handed the ``pymc`` module, because only :mod:`mlmwidget.model.pymc` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Families with a residual standard deviation σ.
WITH_SIGMA = frozenset({"gaussian", "student"})
#: Families with a shape or precision of their own, and what it is called.
WITH_SHAPE = {
    "student": "degrees of freedom",
    "negbinomial": "shape",
    "gamma": "shape",
    "beta": "precision",
}


@dataclass(frozen=True)
class Predictor:
    """What a likelihood is made of, as PyMC or PyTensor expressions.

    Parameters
    ----------
    eta
        Linear predictor, one value a row.
    mu
        Its inverse link: the mean of a row, or its probability.
    y
        The response.
    sigma
        Residual standard deviation of each row; None for families without one.
    shape
        The family's own shape or precision; None for families without one.
    trials
        Trials of each row of a binomial response; None otherwise.
    """

    eta: Any
    mu: Any
    y: Any
    sigma: Any = None
    shape: Any = None
    trials: Any = None


def gaussian(pm: Any, p: Predictor) -> Any:
    """Add a Normal response with mean μ."""
    return pm.Normal("y", mu=p.mu, sigma=p.sigma, observed=p.y, dims="obs")


def student(pm: Any, p: Predictor) -> Any:
    """Add a Student-t response: location μ, scale σ, ``shape`` degrees of freedom."""
    return pm.StudentT("y", nu=p.shape, mu=p.mu, sigma=p.sigma, observed=p.y, dims="obs")


def bernoulli(pm: Any, p: Predictor) -> Any:
    """Add a response of zeros and ones with probability μ."""
    return pm.Bernoulli("y", p=p.mu, observed=p.y, dims="obs")


def binomial(pm: Any, p: Predictor) -> Any:
    """Add a number of successes in ``trials`` with probability μ."""
    return pm.Binomial("y", n=p.trials, p=p.mu, observed=p.y, dims="obs")


def poisson(pm: Any, p: Predictor) -> Any:
    """Add a count with mean μ."""
    return pm.Poisson("y", mu=p.mu, observed=p.y, dims="obs")


def negbinomial(pm: Any, p: Predictor) -> Any:
    """Add a count with mean μ and variance μ + μ² / shape."""
    return pm.NegativeBinomial("y", mu=p.mu, alpha=p.shape, observed=p.y, dims="obs")


def gamma(pm: Any, p: Predictor) -> Any:
    """Add a positive response with mean μ and variance μ² / shape."""
    return pm.Gamma("y", alpha=p.shape, beta=p.shape / p.mu, observed=p.y, dims="obs")


def beta(pm: Any, p: Predictor) -> Any:
    """Add a proportion with mean μ and variance μ(1 - μ) / (1 + shape)."""
    return pm.Beta("y", alpha=p.mu * p.shape, beta=(1 - p.mu) * p.shape, observed=p.y, dims="obs")


LIKELIHOODS: dict[str, Callable[[Any, Predictor], Any]] = {
    "gaussian": gaussian,
    "student": student,
    "bernoulli": bernoulli,
    "binomial": binomial,
    "poisson": poisson,
    "negbinomial": negbinomial,
    "gamma": gamma,
    "beta": beta,
}


def symbolic_mean(pm: Any, link: str, eta: Any) -> Any:
    """Inverse link as a PyTensor expression.

    Raises
    ------
    ValueError
        If there is no such link.
    """
    inverse: dict[str, Callable[[Any], Any]] = {
        "identity": lambda x: x,
        "log": pm.math.exp,
        "inverse": lambda x: 1 / x,
        "sqrt": pm.math.sqr,
        "logit": pm.math.invlogit,
        "probit": pm.math.invprobit,
        "cloglog": lambda x: -pm.math.expm1(-pm.math.exp(x)),
        "cauchit": lambda x: 0.5 + pm.math.arctan(x) / np.pi,
    }
    if link not in inverse:
        raise ValueError(f"There is no link called {link!r}; known are {', '.join(inverse)}.")
    return inverse[link](eta)
