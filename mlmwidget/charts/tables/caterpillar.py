"""Numbers of the caterpillar plot: every group's effects, sorted, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import intervals
from mlmwidget.charts.plot import SHOW, Plot, counted, evenly, nothing, records, sentences
from mlmwidget.charts.tables.common import (
    NO_GROUPS,
    Results,
    Varying,
    population_value,
    slider_hints,
    varying,
)
from mlmwidget.inference.lines import flat
from mlmwidget.inference.slider import slider_columns
from mlmwidget.inference.summary import quantiles

#: More rows than this in a panel cannot be told apart.
MAX_EFFECTS = 120
#: More groups than this get no names along the axis, only the extremes do.
MAX_LABELS = 60
NAMED = 3
INTERVALS = "Thick lines are 50 %, thin lines 95 % intervals"
ENDS = {"lower": 0.025, "lower50": 0.25, "upper50": 0.75, "upper": 0.975}


def caterpillar(fit: Results, total: bool = False) -> Plot:
    """Group effects of every group-level term, sorted by size, as deviations and as totals.

    Parameters
    ----------
    fit
        What was estimated.
    total
        Whether totals (population-level effect plus deviation) are shown at first.
    """
    frame = fit.frame
    title = "Group effects, sorted"
    if not frame.groups:
        return nothing("caterpillar", title, NO_GROUPS)
    effects = [e for e in varying(frame) if fit.draws.effects[e.design] is not None]
    if not effects:
        return nothing("caterpillar", title, "The group effects of this fit were not drawn.")
    tables, notes = [], []
    for p, effect in enumerate(effects):
        design = frame.groups[effect.design]
        table = _effects(fit, effect)
        notes.append(counted(len(table), len(design.levels), f"levels of {design.name}"))
        tables.append(table.assign(panel=p, part=effect.part))
    rows = pd.concat(tables, ignore_index=True)
    many = max(len(t) for t in tables) > MAX_LABELS
    rows["name"] = np.concatenate([_names(t["level"]) for t in tables]) if many else ""
    note = next((n for n in notes if n), None)
    centres: list[dict[str, Any]] = [
        {"panel": p, "centre": float(f"{population_value(fit, e.name):.7g}")} for p, e in enumerate(effects)
    ]
    return Plot(
        name="caterpillar",
        version="many" if many else "few",
        title=title,
        description=f"{title}: deviations from the population. "
        + (f"{INTERVALS}. " if fit.intervals else "")
        + " ".join(_figures(fit, t, e) for t, e in zip(tables, effects, strict=True)),
        titles={
            SHOW: "total" if total else "deviation",
            **{f"level{p}": frame.groups[e.design].name for p, e in enumerate(effects)},
        },
        data={"caterpillar": records(rows), "caterpillar_centre": centres},
        note=sentences(
            f"{INTERVALS}." if fit.intervals else None,
            note and f"{note}, evenly spaced in rank.",
        ),
        hints=slider_hints(fit) | {SHOW: "A total is the population's effect plus the group's deviation."},
        panels=tuple(e.title for e in effects),
        directions=fit.directions,
        parts={"caterpillar": ""},
    )


def _effects(fit: Results, effect: Varying) -> pd.DataFrame:
    """Deviations of the groups shown, sorted, with their intervals and the ends of those of their totals."""
    table = _deviations(fit, effect).sort_values("mean", kind="stable")
    table["rank"] = np.arange(len(table), 0, -1)
    table = table.iloc[evenly(len(table), MAX_EFFECTS)]
    levels = table.index.to_numpy()
    table = table.reset_index(drop=True)
    table["text"] = intervals(table)
    totals = _totals(fit, effect, levels)
    table["total_text"] = intervals(totals)
    table = table.assign(**{f"{end}_total": totals[end] for end in ENDS})
    table["centre"] = population_value(fit, effect.name)
    if fit.slider is None:
        return table
    source, size = (effect.design, effect.column), (len(table), fit.directions)
    if source in fit.slider.sources:
        moves = fit.slider.of(source)[levels]
        under = slider_columns("mean", np.zeros(len(table)), moves, fit.slider.d[levels])
    else:  # groups of another factor stay where they are
        under = slider_columns("mean", table["mean"].to_numpy(), np.zeros(size), np.ones(size))
    return table.assign(**under)


def _deviations(fit: Results, effect: Varying) -> pd.DataFrame:
    table = fit.effects
    design = fit.frame.groups[effect.design]
    rows = table[(table["label"] == design.label) & (table["term"] == effect.name)]
    return rows[["level", "mean", *ENDS, "n"]].reset_index(drop=True)


def _totals(fit: Results, effect: Varying, levels: np.ndarray) -> pd.DataFrame:
    """Population-level coefficient plus deviation of some groups; group-level predictors are not added."""
    deviations, names = fit.draws.effects[effect.design], fit.frame.X_names
    assert deviations is not None, "only effects that were drawn are shown"
    draws = flat(deviations)[:, levels, effect.column]
    if effect.name in names:
        draws = draws + flat(fit.draws.beta)[:, names.index(effect.name), None]
    table = pd.DataFrame({"mean": draws.mean(axis=0)})
    ends = quantiles(draws, list(ENDS.values())) if fit.intervals else np.full((4, 1), np.nan)
    for name, end in zip(ENDS, ends, strict=True):
        table[name] = end if fit.intervals else np.nan
    return table


def _names(levels: pd.Series) -> np.ndarray:
    """Names of a few among the largest and the smallest, far enough apart to be read."""
    step = -(-len(levels) // 36)
    ends = step * np.arange(min(NAMED, len(levels) // (2 * step)))
    named = np.isin(np.arange(len(levels)), np.concatenate([ends, len(levels) - 1 - ends]))
    return np.where(named, levels, "")


def _figures(fit: Results, table: pd.DataFrame, effect: Varying) -> str:
    """Sentence with the extremes, and with how many groups differ from the population for certain."""
    low, high = table.iloc[0], table.iloc[-1]
    ends = f"lowest {low['level']} with {low['text']}, highest {high['level']} with {high['text']}"
    if not fit.intervals:
        return f"{effect.title}: {ends}."
    apart = int(((table["lower"] > 0) | (table["upper"] < 0)).sum())
    return f"{effect.title}: {ends}; {apart} of {len(table)} intervals exclude zero."
