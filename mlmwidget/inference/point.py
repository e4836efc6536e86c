"""Point estimates of a model, as lme4 reports them (REML or maximum likelihood)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class PointEstimate:
    """Estimates on the user's own scale, in place of a posterior.

    Parameters
    ----------
    beta
        Population-level coefficients of the columns of ``frame.X``, shape (p,).
    beta_cov
        Their covariance matrix given the estimated variances, shape (p, p).
    sd
        For each group design, standard deviations of its k effects, shape (k,).
    cor
        For each group design, correlation matrix, shape (k, k); None when uncorrelated.
    sigma
        Residual standard deviation, in units of the outcome.
    effects
        For each group design, conditional modes of the deviations of each group, shape (J, k).
    effects_sd
        Their standard deviations given the estimated variances (lme4's ``condVar``), shape (J, k).
    criterion
        REML criterion, or -2 log likelihood when ``reml`` is False.
    log_likelihood
        Log likelihood at the estimates (the restricted one when ``reml``).
    reml
        Whether the estimates maximise the restricted likelihood.
    singular
        Whether a standard deviation is estimated as zero or a correlation as ±1.
    """

    beta: np.ndarray
    beta_cov: np.ndarray
    sd: tuple[np.ndarray, ...]
    cor: tuple[np.ndarray | None, ...]
    sigma: float
    effects: tuple[np.ndarray, ...]
    effects_sd: tuple[np.ndarray, ...]
    criterion: float
    log_likelihood: float
    reml: bool
    singular: bool
