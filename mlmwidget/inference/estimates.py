"""Tidy tables of what every group has: totals under three kinds of pooling, and deviations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.levels import FactorView, factor_views
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.pooling import complete_pooling, no_pooling, t_quantile
from mlmwidget.inference.posterior import Draws
from mlmwidget.inference.summary import normal_quantile, quantiles, tails

ESTIMATE_COLUMNS = ["factor", "level", "term", "pooling", "mean", "sd", "lower", "upper", "n"]
EFFECT_COLUMNS = [
    "label", "factor", "level", "term", "mean", "sd", "lower", "upper", "lower50", "upper50", "n",
]  # fmt: skip
#: Kinds of pooling, in the order of their tables.
POOLINGS = ("complete", "no", "partial")
#: Groups summarised at once: bounds the memory that 10 000 groups × 4000 draws take.
CHUNK = 256


@dataclass(frozen=True, eq=False)
class Totals:
    """What the groups of one factor have in total, under each kind of pooling.

    Parameters
    ----------
    view
        The grouping factor, its J levels and T terms.
    mean, sd, lower, upper
        Shape (3, J, T), in the order of :data:`POOLINGS`; NaN where there is no estimate.
    """

    view: FactorView
    mean: np.ndarray
    sd: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def totals(estimate: Draws | PointEstimate, frame: ModelFrame, interval: float = 0.95) -> list[Totals]:
    """Totals of every group and term as arrays, a grouping factor each (see :func:`estimates`)."""
    found = []
    for view in factor_views(frame):
        parts = [
            _complete(frame, view, interval),
            _none(frame, view, interval),
            _partial(estimate, view, interval),
        ]
        columns = {
            name: np.array(
                [np.reshape([t[name] for t in terms], (-1, len(view.levels))).T for terms in parts]
            )
            for name in ("mean", "sd", "lower", "upper")
        }
        found.append(Totals(view, **columns))
    return found


def estimates(estimate: Draws | PointEstimate, frame: ModelFrame, interval: float = 0.95) -> pd.DataFrame:
    """Totals of every group and term under complete, no and partial pooling.

    A total is the coefficient of the group's own line: the population-level effect, what group-level
    predictors add to it, and the group's deviation. Terms are the columns that vary between the groups
    and the unit-level columns common to them.

    Returns
    -------
    pandas.DataFrame
        ``factor``, ``level``, ``term``, ``pooling`` (``"complete"``, ``"no"``, ``"partial"``), ``mean``,
        ``sd``, ``lower``, ``upper``, ``n`` (rows of the group). A group that cannot support a term has
        no row for it under no pooling; missing ``sd`` and ends say that a regression leaves no degrees
        of freedom. Intervals of a point estimate are given its estimated population-level effects.
    """
    tables = [_table(each) for each in totals(estimate, frame, interval)]
    if not tables:
        return pd.DataFrame(columns=ESTIMATE_COLUMNS)
    return pd.concat(tables, ignore_index=True)[ESTIMATE_COLUMNS]


def effects(estimate: Draws | PointEstimate, frame: ModelFrame, interval: float = 0.95) -> pd.DataFrame:
    """Deviations of every group from the population (random effects).

    Returns
    -------
    pandas.DataFrame
        ``label`` (of the group-level term), ``factor``, ``level``, ``term``, ``mean``, ``sd``,
        ``lower``, ``upper``, ``lower50``, ``upper50``, ``n``.
    """
    tables = []
    for g, design in enumerate(frame.groups):
        deviations = estimate.effects[g]
        if deviations is None:
            continue
        for k, term in enumerate(design.columns):
            if isinstance(estimate, PointEstimate):
                columns = _normal(deviations[:, k], estimate.effects_sd[g][:, k], interval)
            else:
                columns = _summarise(_slices(deviations[..., k]), interval)
            table = pd.DataFrame({"level": design.levels, **columns, "n": design.sizes})
            tables.append(table.assign(label=design.label, factor=design.factor, term=term))
    if not tables:
        return pd.DataFrame(columns=EFFECT_COLUMNS)
    return pd.concat(tables, ignore_index=True)[EFFECT_COLUMNS]


type Columns = dict[str, np.ndarray]


def _table(totals: Totals) -> pd.DataFrame:
    """One row a kind of pooling, term and group; those without an estimate are left out."""
    view = totals.view
    shape = (len(POOLINGS), len(view.terms), len(view.levels))
    pooling, term, level = (i.ravel() for i in np.indices(shape))
    numbers = {
        name: getattr(totals, name).transpose(0, 2, 1).ravel() for name in ("mean", "sd", "lower", "upper")
    }
    known = ~np.isnan(numbers["mean"])
    columns = {
        "factor": view.factor,
        "level": np.array(view.levels)[level],
        "term": np.array(view.terms)[term],
        "pooling": np.array(POOLINGS)[pooling],
        "n": view.sizes[level],
    }
    return pd.DataFrame(columns | numbers)[known]


def _complete(frame: ModelFrame, view: FactorView, interval: float) -> list[Columns]:
    fit = complete_pooling(frame)
    beta, covariance, reach = fit.coefficients[0], fit.covariance[0], t_quantile(fit.df, interval)[0]
    result = []
    for t in range(len(view.terms)):
        A = view.map[:, t]
        sd = np.sqrt(np.einsum("jp,pq,jq->j", A, covariance, A))
        known = A.any(axis=1)
        mean = np.where(known, A @ beta, np.nan)
        result.append({"mean": mean, "sd": sd, "lower": mean - reach * sd, "upper": mean + reach * sd})
    return result


def _none(frame: ModelFrame, view: FactorView, interval: float) -> list[Columns]:
    fit = no_pooling(frame, view)
    sd, lower, upper = fit.interval(interval)
    return [
        {"mean": fit.coefficients[:, t], "sd": sd[:, t], "lower": lower[:, t], "upper": upper[:, t]}
        for t in range(len(view.terms))
    ]


def _partial(estimate: Draws | PointEstimate, view: FactorView, interval: float) -> list[Columns]:
    wanted = ("mean", "sd", "lower", "upper")
    result = []
    for t in range(len(view.terms)):
        if isinstance(estimate, PointEstimate):
            columns = _point_totals(estimate, view, t, interval)
        else:
            columns = _summarise(_totals(estimate, view, t), interval)
        result.append({name: columns[name] for name in wanted})
    return result


def _totals(draws: Draws, view: FactorView, term: int) -> Iterator[np.ndarray]:
    """Draws of the totals of one term, a few groups at a time, each (C·D, groups)."""
    beta = draws.beta.reshape(-1, draws.beta.shape[-1])
    deviations = view.deviations(draws.effects, term)
    for j in range(0, len(view.levels), CHUNK):
        part = slice(j, j + CHUNK)
        total = beta @ view.map[part, term].T
        yield total if deviations is None else total + deviations[..., part].reshape(len(beta), -1)


def _slices(values: np.ndarray) -> Iterator[np.ndarray]:
    """Cut draws (C, D, J) into pieces of a few groups, each (C·D, groups)."""
    for j in range(0, values.shape[-1], CHUNK):
        yield values[..., j : j + CHUNK].reshape(values.shape[0] * values.shape[1], -1)


def _summarise(pieces: Iterator[np.ndarray], interval: float) -> Columns:
    """Mean, standard deviation and equal-tailed intervals of every group."""
    probabilities = [*tails(interval), 0.25, 0.75]
    names = ("lower", "upper", "lower50", "upper50")
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("mean", "sd", *names)}
    for piece in pieces:
        columns["mean"].append(piece.mean(axis=0))
        columns["sd"].append(piece.std(axis=0, ddof=1))
        for name, quantile in zip(names, quantiles(piece, probabilities), strict=True):
            columns[name].append(quantile)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _point_totals(point: PointEstimate, view: FactorView, term: int, interval: float) -> Columns:
    """Totals of a point estimate; spread of the deviation, or of the coefficient where none varies."""
    A = view.map[:, term]
    mean = A @ point.beta
    deviations = view.deviations(tuple(point.effects), term)
    if deviations is None:
        return _normal(mean, np.sqrt(np.einsum("jp,pq,jq->j", A, point.beta_cov, A)), interval)
    variance = sum(point.effects_sd[g][:, k] ** 2 for g, k in view.sources[term])
    return _normal(mean + deviations, np.sqrt(variance), interval)


def _normal(mean: np.ndarray, sd: np.ndarray, interval: float) -> Columns:
    reach, half = normal_quantile(interval), normal_quantile(0.5)
    return {
        "mean": mean,
        "sd": sd,
        "lower": mean - reach * sd,
        "upper": mean + reach * sd,
        "lower50": mean - half * sd,
        "upper50": mean + half * sd,
    }
