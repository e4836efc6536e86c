"""Numbers of the caterpillar plot: every group's effects, sorted, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import interval
from mlmwidget.charts.plot import Plot, counted, evenly, nothing, records, sentences
from mlmwidget.charts.tables.common import (
    NO_GROUPS,
    Results,
    Varying,
    population_value,
    slider_note,
    varying,
)
from mlmwidget.inference.lines import flat
from mlmwidget.inference.slider import slider_columns

#: More rows than this in a panel cannot be told apart.
MAX_EFFECTS = 240
#: More groups than this get no names along the axis, only the extremes do.
MAX_LABELS = 60
NAMED = 3
_QUANTILES = {"lower": 0.025, "lower50": 0.25, "upper50": 0.75, "upper": 0.975}


def caterpillar(fit: Results, total: bool = False) -> Plot:
    """Group effects of every group-level term, sorted by size.

    Parameters
    ----------
    fit
        What was estimated.
    total
        Population-level effect plus deviation instead of the deviation alone.
    """
    frame = fit.frame
    if not frame.groups:
        return nothing("caterpillar", "Group effects", NO_GROUPS)
    effects = [e for e in varying(frame) if fit.draws.effects[e.design] is not None]
    if not effects:
        return nothing("caterpillar", "Group effects", "The group effects of this fit were not drawn.")
    kind = "total" if total else "deviation from the population"
    tables, notes = [], []
    for p, effect in enumerate(effects):
        design = frame.groups[effect.design]
        table = _totals(fit, effect) if total else _deviations(fit, effect)
        if fit.slider is not None and (source := (effect.design, effect.column)) in fit.slider.sources:
            base = np.full(len(table), _zero_of(fit, effect, total))
            under = slider_columns("mean", base, fit.slider.of(source), fit.slider.d)
            table = table.assign(**under)
        table = table.sort_values("mean", kind="stable", ignore_index=True)
        table["rank"] = np.arange(len(table), 0, -1)
        table = table.iloc[evenly(len(table), MAX_EFFECTS)]
        notes.append(counted(len(table), len(design.levels), f"levels of {design.factor}"))
        tables.append(table.assign(panel=p))
    rows = pd.concat(tables, ignore_index=True)
    rows["text"] = [
        interval(m, a, b) for m, a, b in zip(rows["mean"], rows["lower"], rows["upper"], strict=True)
    ]
    many = max(len(t) for t in tables) > MAX_LABELS
    rows["name"] = np.concatenate([_names(t["level"]) for t in tables]) if many else ""
    title = f"Group effects, sorted: {kind}"
    note = next((n for n in notes if n), None)
    zeros: list[dict[str, Any]] = [
        {"panel": p, "mean": float(f"{_zero_of(fit, e, total):.7g}")} for p, e in enumerate(effects)
    ]
    return Plot(
        name="caterpillar",
        version="many" if many else "few",
        title=title,
        description=f"{title}. Points are estimates, thick lines 50 % and thin lines 95 % intervals. "
        + " ".join(_figures(t, e) for t, e in zip(tables, effects, strict=True)),
        titles={"kind": kind, **{f"level{p}": frame.groups[e.design].factor for p, e in enumerate(effects)}},
        data={"caterpillar": records(rows), "caterpillar_zero": zeros},
        note=sentences(note and f"{note}, evenly spaced in rank.", slider_note(fit)),
        panels=tuple(e.title for e in effects),
        directions=fit.directions,
    )


def _deviations(fit: Results, effect: Varying) -> pd.DataFrame:
    table = fit.effects
    design = fit.frame.groups[effect.design]
    rows = table[(table["label"] == design.label) & (table["term"] == effect.name)]
    return rows[["level", "mean", "lower", "upper", "lower50", "upper50", "n"]].reset_index(drop=True)


def _totals(fit: Results, effect: Varying) -> pd.DataFrame:
    """Population-level coefficient plus deviation; group-level predictors are not added."""
    design, deviations = fit.frame.groups[effect.design], fit.draws.effects[effect.design]
    names = fit.frame.X_names
    draws = flat(np.zeros((1, 1, 1)) if deviations is None else deviations)[..., effect.column]
    if effect.name in names:
        draws = draws + flat(fit.draws.beta)[:, names.index(effect.name), None]
    table = pd.DataFrame({"level": design.levels, "mean": draws.mean(axis=0), "n": design.sizes})
    ends = np.quantile(draws, list(_QUANTILES.values()), axis=0) if fit.intervals else np.full((4, 1), np.nan)
    for name, end in zip(_QUANTILES, ends, strict=True):
        table[name] = end if fit.intervals else np.nan
    return table


def _zero_of(fit: Results, effect: Varying, total: bool) -> float:
    """Where the population is: zero for deviations, its coefficient for totals."""
    return population_value(fit, effect.name) if total else 0.0


def _names(levels: pd.Series) -> np.ndarray:
    """Names of a few among the largest and the smallest, far enough apart to be read."""
    step = -(-len(levels) // 36)
    ends = step * np.arange(min(NAMED, len(levels) // (2 * step)))
    named = np.isin(np.arange(len(levels)), np.concatenate([ends, len(levels) - 1 - ends]))
    return np.where(named, levels, "")


def _figures(table: pd.DataFrame, effect: Varying) -> str:
    low, high = table.iloc[0], table.iloc[-1]
    low_text = interval(low["mean"], low["lower"], low["upper"])
    high_text = interval(high["mean"], high["lower"], high["upper"])
    return f"{effect.title}: lowest {low['level']} with {low_text}, highest {high['level']} with {high_text}."
