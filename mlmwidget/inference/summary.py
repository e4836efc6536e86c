"""Tables of the parameters: the summary under lme4's names, and the variances and correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.parameters import Place, parameter_names, places
from mlmwidget.formula.centring import contextual_pairs, difference_name
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.posterior import Draws
from mlmwidget.notation.render import Estimate

SUMMARY_COLUMNS = ["mean", "sd", "lower", "upper", "ess_bulk", "ess_tail", "r_hat"]
#: Quantiles whose effective size is the tail effective size.
TAIL = (0.05, 0.95)
VARCORR_COLUMNS = ["group", "term1", "term2", "kind", "mean", "sd", "lower", "upper"]


def summary(estimate: Draws | PointEstimate, frame: ModelFrame, interval: float) -> pd.DataFrame:
    """Tabulate every parameter (see :meth:`mlmwidget.Fit.summary`)."""
    if isinstance(estimate, PointEstimate):
        return point_summary(estimate, frame, interval)
    return draws_summary(estimate, frame, interval)


def draws_summary(draws: Draws, frame: ModelFrame, interval: float) -> pd.DataFrame:
    """Posterior means, standard deviations, equal-tailed intervals, effective sizes and R̂.

    Effective sizes and rank-normalised split R̂ of chains are those of Vehtari et al. (2021), by ArviZ. Draws
    that were resampled from an importance sample are worth what that sample was, and no more than their
    number; they have no chains that an R̂ could compare.
    """
    names = parameter_names(frame)
    columns = [draws.beta[..., c] for c in range(draws.beta.shape[-1])]
    columns += [_draws_at(draws, place) for place in places(frame.groups)]
    for name, values in (("sigma", draws.sigma), ("shape", draws.shape)):
        if values is not None:
            names.append(name)
            columns.append(values)
    values = np.stack(columns, axis=-1)
    flat = values.reshape(-1, len(columns))
    lower, upper = quantiles(flat, tails(interval))
    table = [
        flat.mean(axis=0),
        flat.std(axis=0, ddof=1),
        lower,
        upper,
        *_worth(draws, values),
    ]
    return pd.DataFrame(
        np.column_stack(table), index=pd.Index(names, name="parameter"), columns=SUMMARY_COLUMNS
    )


def _worth(draws: Draws, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bulk and tail effective sizes and R̂ of parameters, values of shape (C, D, q)."""
    chains, kept, q = values.shape
    if draws.independent:
        size = np.full(q, min(float(draws.attributes.get("ess", np.inf)), chains * kept))
        return size, size, np.full(q, np.nan)
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return (
        array_stats.ess(values, **axes, method="bulk"),
        array_stats.ess(values, **axes, method="tail", prob=TAIL),
        array_stats.rhat(values, **axes),
    )


def point_summary(point: PointEstimate, frame: ModelFrame, interval: float) -> pd.DataFrame:
    """Estimates and standard errors with normal (Wald) intervals.

    Standard deviations and correlations have no standard error here, as in lme4's printed summary; their
    columns, and those about draws, are missing values.
    """
    sd = np.sqrt(np.diag(point.beta_cov))
    reach = normal_quantile(interval) * sd
    missing = float("nan")
    rows = [
        [b, s, b - r, b + r, missing, missing, missing] for b, s, r in zip(point.beta, sd, reach, strict=True)
    ]
    values = [_point_at(point, place) for place in places(frame.groups)] + [point.sigma]
    rows += [[v, *[missing] * 6] for v in values]
    names = [*parameter_names(frame), "sigma"]
    return pd.DataFrame(
        np.array(rows, dtype=float), index=pd.Index(names, name="parameter"), columns=SUMMARY_COLUMNS
    )


def varcorr(estimate: Draws | PointEstimate, frame: ModelFrame, interval: float) -> pd.DataFrame:
    """Tabulate standard deviations and correlations of the groups, and the residual one.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``term1``, ``term2`` (empty for a standard deviation), ``kind`` (``"sd"`` or
        ``"cor"``), ``mean``, ``sd``, ``lower``, ``upper``.
    """
    rows = []
    for place in places(frame.groups):
        group, columns = frame.spec.group_names[place.group], frame.groups[place.group].columns
        if place.kind == "sd":
            label = [group, columns[place.row], "", "sd"]
        else:
            label = [group, columns[place.column], columns[place.row], "cor"]
        if isinstance(estimate, Draws):
            rows.append([*label, *_moments(_draws_at(estimate, place), interval)])
        else:
            rows.append([*label, _point_at(estimate, place), *[np.nan] * 3])
    if isinstance(estimate, PointEstimate):
        rows.append(["Residual", "", "", "sd", estimate.sigma, *[np.nan] * 3])
    elif estimate.sigma is not None:
        rows.append(["Residual", "", "", "sd", *_moments(estimate.sigma, interval)])
    return pd.DataFrame(rows, columns=VARCORR_COLUMNS)


def contextual_effects(
    estimate: Draws | PointEstimate, frame: ModelFrame, interval: float
) -> dict[str, Estimate]:
    """Return how far the effect of each predictor between groups exceeds that within them.

    They are differences of two coefficients, by the name that the formula gives them; the interval is
    equal-tailed, or Wald's for a point estimate.
    """
    found = {}
    for terms in contextual_pairs(frame.spec).items():
        if any(t.label not in frame.X_names for t in terms):
            continue
        between, within = (frame.X_names.index(t.label) for t in terms)
        if isinstance(estimate, PointEstimate):
            step = np.zeros(len(estimate.beta))
            step[between], step[within] = 1.0, -1.0
            mean, sd = float(step @ estimate.beta), float(np.sqrt(step @ estimate.beta_cov @ step))
            reach = normal_quantile(interval) * sd
            numbers = [mean, sd, mean - reach, mean + reach]
        else:
            numbers = _moments(estimate.beta[..., between] - estimate.beta[..., within], interval)
        found[difference_name(*terms)] = Estimate(*numbers)
    return found


def tails(interval: float) -> tuple[float, float]:
    """Probabilities at the ends of an equal-tailed interval.

    Raises
    ------
    ValueError
        If the interval is not a probability.
    """
    if not 0 < interval < 1:
        raise ValueError(f"An interval is a probability between 0 and 1, like 0.95, not {interval!r}.")
    return (1 - interval) / 2, (1 + interval) / 2


def quantiles(draws: np.ndarray, probabilities: Sequence[float]) -> np.ndarray:
    """Quantiles of many quantities at once, several times as fast as ``numpy.quantile``.

    Parameters
    ----------
    draws
        Shape (draws, …).
    probabilities
        Shape (q,).

    Returns
    -------
    ndarray
        Shape (q, …), by linear interpolation (type 7 of Hyndman and Fan 1996), NaN where a draw is NaN.
    """
    last = len(draws) - 1
    places = np.asarray(probabilities) * last
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, last)
    ordered = np.moveaxis(draws, 0, -1).copy()
    # Only these places need what a full order would put there; NaN comes last.
    ordered.partition(np.unique([*below, *above, last]), axis=-1)
    low, high = ordered[..., below], ordered[..., above]
    found = np.moveaxis(low + (places - below) * (high - low), -1, 0)
    return np.where(np.isnan(ordered[..., -1]), np.nan, found)


def normal_quantile(interval: float) -> float:
    """Half width of a normal interval in standard errors."""
    return float(special.ndtri(tails(interval)[1]))


def _draws_at(draws: Draws, place: Place) -> np.ndarray:
    if place.kind == "sd":
        return draws.sd[place.group][..., place.row]
    cor = draws.cor[place.group]
    assert cor is not None
    return cor[..., place.row, place.column]


def _point_at(point: PointEstimate, place: Place) -> float:
    if place.kind == "sd":
        return float(point.sd[place.group][place.row])
    cor = point.cor[place.group]
    assert cor is not None
    return float(cor[place.row, place.column])


def _moments(values: np.ndarray, interval: float) -> list[float]:
    lower, upper = np.quantile(values, tails(interval))
    return [float(values.mean()), float(values.std(ddof=1)), float(lower), float(upper)]
