"""Numbers of the posterior predictive checks: distribution, group means, residuals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import column_title, intervals, response_title
from mlmwidget.charts.plot import Plot, evenly, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import Results, factor_parts
from mlmwidget.charts.tables.parameters import density
from mlmwidget.charts.tables.predictive import replicate, some_draws
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import unit
from mlmwidget.inference.predictor import linear_predictor
from mlmwidget.notation.numbers import format_number

REPLICATES = 30
#: Draws behind the interval of a group's mean.
MEAN_DRAWS = 200
MAX_ROWS = 2000
MAX_GROUPS = 60
_DISCRETE = ("bernoulli", "binomial", "poisson", "negbinomial")


def checks(fit: Results) -> Plot:
    """Observed outcomes beside replicated ones: their distribution and the means of the groups."""
    frame = fit.frame
    title = "Does the model reproduce the data?"
    if not fit.intervals:
        return nothing("checks", title, "A point estimate cannot replicate data; fit with draws.")
    if any(e is None for e in fit.draws.effects):
        return nothing("checks", title, "The group effects of this fit were not drawn.")
    rows = evenly(frame.n, MAX_ROWS)
    y = frame.y / (1.0 if frame.trials is None else frame.trials)
    data = {"checks_distribution": records(_distribution(fit, y, rows))}
    parts = {"checks_distribution": "response"}
    outside = ""
    if frame.groups:
        means = _means(fit, y, rows)
        out = int(((means["observed"] < means["lower"]) | (means["observed"] > means["upper"])).sum())
        factor = frame.groups[0].name
        levels = len(frame.groups[0].levels)
        whose = f"the {len(means)} means shown" if len(means) < levels else f"{len(means)} means of {factor}"
        outside = f"{out} of {whose} {'lies outside its' if out == 1 else 'lie outside their'} 95 % interval."
        data["checks_means"] = records(means)
        parts["checks_means"] = factor_parts(frame, frame.groups[0].factor)
    gaussian = frame.spec.family in ("gaussian", "student")
    if gaussian:
        data["checks_residuals"] = records(_residuals(fit, y, rows))
        parts["checks_residuals"] = "sigma"
    return Plot(
        name="checks",
        version="discrete" if frame.spec.family in _DISCRETE else "continuous",
        title=title,
        description=f"{title} {outside} The distribution of the outcome is drawn dark, {REPLICATES} "
        "replications of it light.",
        titles={
            "y": response_title(frame),
            "outcome": _outcome(frame),
            "level": frame.groups[0].name if frame.groups else "",
            "residual": _with_unit("residual", frame),
            "fitted": _with_unit("fitted", frame),
        },
        data=data,
        note=sentences(
            "Dark: observed. Light: replicated by the model.",
            outside,
            f"{len(rows):,} of {frame.n:,} rows are used." if len(rows) < frame.n else None,
        ),
        whole=frame.spec.family in ("bernoulli", "poisson", "negbinomial"),
        parts=parts,
    )


def _outcome(frame: ModelFrame) -> str:
    """Title of the axis of single outcomes."""
    if frame.trials is not None:
        return response_title(frame)
    levels, name = frame.outcome_levels, column_title(frame, frame.y_name)
    return f"{name} (0 = {levels[0]}, 1 = {levels[1]})" if levels else name


def _with_unit(what: str, frame: ModelFrame) -> str:
    measure = unit(frame, frame.y_name)
    return f"{what} ({measure})" if measure else what


def _distribution(fit: Results, y: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Density (or share of each value) of the observed and of every replicated outcome."""
    replicated = replicate(fit, some_draws(fit, REPLICATES), rows)
    curves = [("observed", 0, y[rows]), *(("replicated", r + 1, v) for r, v in enumerate(replicated))]
    if fit.frame.spec.family in _DISCRETE:
        return _shares(curves)
    low = 0.0 if fit.frame.spec.family in ("gamma", "beta") else None
    high = 1.0 if fit.frame.spec.family == "beta" else None
    parts = []
    for kind, number_of, values in curves:
        x, height = density(values, low, high, n=50)
        parts.append(pd.DataFrame({"kind": kind, "set": number_of, "x": x, "y": height}))
    return pd.concat(parts, ignore_index=True)


def _shares(curves: list[tuple[str, int, np.ndarray]]) -> pd.DataFrame:
    """Share of each value; many values are put into bins, by Rice's rule."""
    everything = np.concatenate([values for *_, values in curves])
    unique = np.unique(everything)
    bins = int(np.clip(2 * len(curves[0][2]) ** (1 / 3), 6, 30))
    edges = np.append(unique, np.inf) if len(unique) <= 40 else np.linspace(unique[0], unique[-1], bins + 1)
    middle = unique if len(unique) <= 40 else (edges[:-1] + edges[1:]) / 2
    parts = []
    for kind, number_of, values in curves:
        share = np.histogram(values, edges)[0] / len(values)
        parts.append(pd.DataFrame({"kind": kind, "set": number_of, "x": middle, "y": share}))
    return pd.concat(parts, ignore_index=True)


def _means(fit: Results, y: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Observed mean of each group T(y_j) beside the 95 % interval of its replications."""
    design = fit.frame.groups[0]
    replicated = replicate(fit, some_draws(fit, MEAN_DRAWS), rows, seed=1)
    codes = design.codes[rows]
    n = np.bincount(codes, minlength=len(design.levels))
    observed = np.bincount(codes, y[rows], minlength=len(n)) / np.maximum(n, 1)
    totals = np.array([np.bincount(codes, r, minlength=len(n)) for r in replicated]) / np.maximum(n, 1)
    lower, middle, upper = np.quantile(totals, [0.025, 0.5, 0.975], axis=0)
    present = np.flatnonzero(n)
    shown = present[spread(n[present], observed[present], MAX_GROUPS)]
    table = pd.DataFrame(
        {
            "level": np.array(design.levels)[shown],
            "n": n[shown],
            "observed": observed[shown],
            "lower": lower[shown],
            "upper": upper[shown],
            "middle": middle[shown],
        }
    ).sort_values("middle", kind="stable", ignore_index=True)
    table["rank"] = np.arange(len(table))
    table["text"] = intervals(table, "middle")
    table["observed_text"] = [
        format_number(v, (b - a) / 4)
        for v, a, b in zip(table["observed"], table["lower"], table["upper"], strict=True)
    ]
    return table


def _residuals(fit: Results, y: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Residual of each row against its fitted value."""
    chosen = some_draws(fit, 100)
    rows = rows[evenly(len(rows), 1500)]
    fitted = linear_predictor(fit.draws, fit.frame, chosen, rows).mean(axis=0)
    table = pd.DataFrame({"x": fitted, "y": y[rows] - fitted})
    if fit.frame.groups:
        design = fit.frame.groups[0]
        table["level"] = np.array(design.levels)[design.codes[rows]]
    return table
