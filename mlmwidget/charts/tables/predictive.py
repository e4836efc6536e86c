"""Replicated outcomes: what a model with its parameters drawn would have produced."""

from __future__ import annotations

import numpy as np

from mlmwidget.charts.tables.common import Results
from mlmwidget.inference.predictor import linear_predictor
from mlmwidget.model.links import mean as inverse_link


def replicate(fit: Results, chosen: np.ndarray, rows: np.ndarray, seed: int = 0) -> np.ndarray:
    """Draw outcomes for some rows from the model, one set a posterior draw, shape (draws, rows).

    Binomial outcomes are proportions of their trials.

    Raises
    ------
    ValueError
        If the family is not known.
    """
    frame, rng = fit.frame, np.random.default_rng(seed)
    mu = inverse_link(frame.spec.link, linear_predictor(fit.draws, frame, chosen, rows))
    sigma = shape = np.ones((len(chosen), 1))
    if fit.draws.sigma is not None:
        sigma = fit.draws.sigma.ravel()[chosen, None] / np.sqrt(frame.weights[rows])
    if fit.draws.shape is not None:
        shape = fit.draws.shape.ravel()[chosen, None]
    family = frame.spec.family
    if family == "gaussian":
        return rng.normal(mu, sigma)
    if family == "student":
        return np.asarray(mu + sigma * rng.standard_t(np.broadcast_to(shape, mu.shape)))
    if family == "bernoulli":
        return rng.binomial(1, mu).astype(float)
    if family == "binomial":
        trials = np.ones(len(rows)) if frame.trials is None else frame.trials[rows]
        return np.asarray(rng.binomial(trials.astype(int), mu) / trials)
    if family == "poisson":
        return rng.poisson(mu).astype(float)
    if family == "negbinomial":
        return rng.poisson(rng.gamma(shape, mu / shape)).astype(float)
    if family == "gamma":
        return rng.gamma(shape, mu / shape)
    if family == "beta":
        return rng.beta(mu * shape, (1 - mu) * shape)
    raise ValueError(f"Outcomes of the family {family!r} cannot be replicated.")


def some_draws(fit: Results, count: int) -> np.ndarray:
    """Positions of at most `count` draws, evenly spaced over all chains."""
    total = fit.draws.beta[..., 0].size
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))
