"""Default priors, weakly informative and scaled to the data (see `default_priors`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame


@dataclass(frozen=True, eq=False)
class Priors:
    """Priors of one model in data units; both engines read these numbers and no others.

    Parameters
    ----------
    centre
        What is subtracted from each column of X before the priors on β apply, shape (p,): the column
        means when there is an intercept (0 in the intercept's own place), zeros when there is none.
    beta_mean, beta_sd
        Independent Normal priors of the coefficients of the centred design, shape (p,).
    sd_mean
        For each group design, means of the Exponential priors of its standard deviations, shape (k,).
    sigma_mean
        Mean of the Exponential prior of the residual standard deviation; None without one.
    lkj_eta
        Shape of the LKJ prior of every free correlation matrix.
    shape_mean
        Mean of the prior of the family's own shape or precision: Gamma(2, rate 2 / mean) for the degrees
        of freedom of a Student-t, Exponential for the others; None without one.
    """

    centre: np.ndarray
    beta_mean: np.ndarray
    beta_sd: np.ndarray
    sd_mean: tuple[np.ndarray, ...]
    sigma_mean: float | None
    lkj_eta: float = 2.0
    shape_mean: float | None = None


def default_priors(frame: ModelFrame) -> Priors:
    """Autoscaled weakly informative priors.

    With m = mean(y) and s_y = sd(y) for Gaussian and Student-t responses, m = log(mean(y)) and s_y =
    sd(log(y)) for a Gamma with the log link, m = 0 and s_y = 1 for all others, and s_x the standard deviation
    of a design column (1 for columns of zeros and ones): intercept Normal(m, 2.5 s_y) at the mean of the
    centred design, slopes Normal(0, 2.5 s_y / s_x),
    standard deviations Exponential with mean s_y (intercepts) or s_y / s_x (slopes), σ Exponential with
    mean s_y, correlations LKJ(2). Degrees of freedom of a Student-t: Gamma(2, 0.1), mean 20. Shape of a
    negative binomial or Gamma and precision of a Beta: Exponential with mean 10, or the estimate by
    moments from the response alone where that is larger.

    Parameters
    ----------
    frame
        The model frame.

    Returns
    -------
    Priors

    Notes
    -----
    The 2.5 rule and the Exponential scale are rstanarm's (vignette "Prior distributions for rstanarm
    models"), which also has Exponential priors for shapes and precisions; LKJ(2) keeps 95 % of the prior
    mass of a 2 × 2 correlation within ±0.81; Gamma(2, 0.1) is from Juárez and Steel (2010), "Model-based
    clustering of non-Gaussian panel data based on skew-t distributions".

    A Gamma outcome has a unit, so its intercept has to follow the outcome: around 0, minutes and seconds
    would have different posteriors. brms centres it likewise, at the median of log y. Its scale is that of a
    Gaussian model of log y, as no slope can move the outcome further than it spreads; rstanarm and Bambi have
    2.5 / s_x, brms at least 2.5 and no prior of the slopes, whatever the spread: prior lines then go from
    nothing to hundreds of times the data.
    """
    family = frame.spec.family
    mean, scale = _predictor_scale(frame)
    residual_sd = _spread(frame.y) if family in ("gaussian", "student") else None
    intercept = np.array([t == -1 for t in frame.X_terms], dtype=bool)
    centre = np.where(intercept, 0.0, frame.X.mean(axis=0)) if intercept.any() else np.zeros(len(intercept))
    return Priors(
        centre=centre,
        beta_mean=np.where(intercept, mean, 0.0),
        beta_sd=2.5 * scale / np.array([_column_scale(x) for x in frame.X.T]),
        sd_mean=tuple(scale / np.array([_column_scale(z) for z in g.Z.T]) for g in frame.groups),
        sigma_mean=residual_sd,
        shape_mean=_shape_mean(family, frame.y),
    )


def _predictor_scale(frame: ModelFrame) -> tuple[float, float]:
    """Return where the linear predictor lies, and how far the outcome spreads on its scale."""
    y, family, link = frame.y, frame.spec.family, frame.spec.link
    if family in ("gaussian", "student") and link == "identity":
        return float(((y - frame.offset) / frame.n).sum()), _spread(y)
    if family == "gamma" and link == "log":
        return float(np.log((y / frame.n).sum()) - frame.offset.mean()), _spread(np.log(y))
    return 0.0, 1.0


def _shape_mean(family: str, y: np.ndarray) -> float | None:
    """Mean of the prior of the family's own parameter (see `default_priors`); None without one."""
    if family == "student":
        return 20.0
    if family not in ("negbinomial", "gamma", "beta"):
        return None
    mean, variance = float(np.mean(y)), float(np.var(y))
    if family == "negbinomial":
        moment = mean**2 / (variance - mean) if variance > mean else 0.0
    elif family == "gamma":
        moment = mean**2 / variance if variance > 0 else 0.0
    else:
        moment = mean * (1 - mean) / variance - 1 if variance > 0 else 0.0
    return max(10.0, moment)


def _spread(x: np.ndarray) -> float:
    """Return the standard deviation; 1 where there is none."""
    size = float(np.abs(x).max(initial=0.0))
    if len(x) < 2 or not np.isfinite(size) or size == 0.0:
        return 1.0
    return float(np.std(x / size, ddof=1)) * size or 1.0  # squares of 1e300 or 1e-300 leave the range


def _column_scale(x: np.ndarray) -> float:
    """Return the standard deviation of a design column; 1 for constants and for columns of zeros and ones."""
    if np.isin(x, (0.0, 1.0)).all():
        return 1.0
    return _spread(x)
