"""One step of iteratively reweighted least squares, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.model.links import LINKS

#: Variance of a response with mean μ, up to the dispersion (and the number of trials). The negative
#: binomial and the Beta are fitted as overdispersed Poisson and binomial: quasi-likelihood needs no shape.
VARIANCE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gaussian": np.ones_like,
    "student": np.ones_like,
    "bernoulli": lambda m: m * (1 - m),
    "binomial": lambda m: m * (1 - m),
    "beta": lambda m: m * (1 - m),
    "poisson": lambda m: m,
    "negbinomial": lambda m: m,
    "gamma": np.square,
}
#: Families whose dispersion is one by definition.
FIXED_DISPERSION = frozenset({"bernoulli", "binomial", "poisson"})
#: Bounds of the linear predictor while iterating, so that nothing overflows.
ETA_LIMIT = 30.0
#: Fitted probabilities (or means) this close to their bounds show estimates that run off to infinity.
BOUND = 1e-7


@dataclass(frozen=True, eq=False)
class Step:
    """What one step of reweighting needs, each of shape (n,).

    Parameters
    ----------
    response
        Working response, the offset taken out.
    weight
        Working weights.
    pearson
        Squared Pearson residuals.
    proper
        Whether the fitted mean keeps clear of the bounds of the family.
    """

    response: np.ndarray
    weight: np.ndarray
    pearson: np.ndarray
    proper: np.ndarray


def is_linear(spec: ModelSpec) -> bool:
    """Whether plain least squares fits the model without its groups."""
    return spec.family in ("gaussian", "student") and spec.link == "identity"


def start(frame: ModelFrame) -> np.ndarray:
    """Linear predictor to begin from, shape (n,): the response itself, moved off its bounds (as R does)."""
    family, y = frame.spec.family, np.asarray(frame.y, dtype=float)
    if family in ("bernoulli", "binomial"):
        trials = _trials(frame)
        y = (y + 0.5) / (trials + 1)
    elif family in ("poisson", "negbinomial"):
        y = y + 0.1
    elif frame.spec.link in ("log", "inverse"):
        y = np.maximum(y, 0.1 * (np.abs(y).mean() or 1.0))
    return np.clip(LINKS[frame.spec.link].link(y), *_eta_limits(frame.spec.link))


def step(frame: ModelFrame, eta: np.ndarray) -> Step:
    """One step of reweighting at the linear predictor `eta` (offset included), shape (n,)."""
    link, family = LINKS[frame.spec.link], frame.spec.family
    eta = np.clip(eta, *_eta_limits(frame.spec.link))
    trials = _trials(frame)
    slope = link.derivative(eta)
    mu = link.inverse(eta)
    low, high = _bounds(family)
    proper = (mu > low) & (mu < high)
    variance = VARIANCE[family](np.clip(mu, low, high)) / trials
    residual = np.asarray(frame.y, dtype=float) / trials - mu
    safe = np.where(np.abs(slope) > np.finfo(float).tiny, slope, np.finfo(float).tiny)
    return Step(
        response=eta - frame.offset + residual / safe,
        weight=frame.weights * safe**2 / variance,
        pearson=frame.weights * residual**2 / variance,
        proper=proper,
    )


def _trials(frame: ModelFrame) -> np.ndarray:
    return np.ones(frame.n) if frame.trials is None else np.asarray(frame.trials, dtype=float)


def _eta_limits(link: str) -> tuple[float, float]:
    """Where the linear predictor is kept; links with unbounded means are left alone."""
    return (-np.inf, np.inf) if link in ("identity", "inverse", "sqrt") else (-ETA_LIMIT, ETA_LIMIT)


def _bounds(family: str) -> tuple[float, float]:
    """Bounds of the mean of a family, moved in by a hair."""
    if family in ("bernoulli", "binomial", "beta"):
        return BOUND, 1 - BOUND
    return (BOUND, np.inf) if family in ("poisson", "negbinomial", "gamma") else (-np.inf, np.inf)
