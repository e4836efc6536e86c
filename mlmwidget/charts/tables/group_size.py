"""Numbers of the group-size plot: how estimates and their intervals depend on the rows of a group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import intervals
from mlmwidget.charts.plot import Plot, counted, jitter, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import NO_GROUPS, Results, pooled, population_value, ranges, varying
from mlmwidget.charts.tables.pooling import LABELS

MAX_GROUPS = 500
#: Effects that have a row of panels.
MAX_EFFECTS = 4


def group_size(fit: Results) -> Plot:
    """Estimates against the number of rows, without pooling beside partial pooling."""
    frame = fit.frame
    if not frame.groups:
        return nothing("group_size", "Group size", NO_GROUPS)
    design = frame.groups[0]
    all_effects = varying(frame, design.factor)
    effects = all_effects[:MAX_EFFECTS]
    partial = pooled(fit, "partial", design.factor)
    chosen = spread(design.sizes, partial[effects[0].name].to_numpy(), MAX_GROUPS)
    levels = [design.levels[j] for j in chosen]
    # Sizes that are equal would hide each other: they are moved apart by a few per cent.
    moved = dict(zip(levels, design.sizes[chosen] * np.exp(0.08 * jitter(len(levels))), strict=True))
    tables, cut = [], 0
    for p, effect in enumerate(effects):
        rows = fit.estimates
        rows = rows[(rows["factor"] == design.factor) & (rows["term"] == effect.name)]
        rows = rows[rows["pooling"].isin(["no", "partial"]) & rows["level"].isin(levels)]
        kept = _in_reach(rows)
        cut += len(rows) - len(kept)
        tables.append(kept.assign(panel=p, part=effect.part, centre=population_value(fit, effect.name)))
    table = pd.concat(tables, ignore_index=True)
    table["size"] = table["level"].map(moved)
    table["text"] = intervals(table)
    table["kind"] = table["pooling"].map(LABELS)
    shown = counted(len(levels), len(design.levels), f"levels of {design.name}")
    equal = f"All groups have {design.sizes[0]} rows; sizes that differ would say more."
    title = f"Estimates by size of {design.name}"
    columns = ["panel", "kind", "level", "n", "size", "mean", "lower", "upper", "text", "centre", "part"]
    return Plot(
        name="group_size",
        version="panels",
        title=title,
        description=f"{title}: {design.sizes.min()} to {design.sizes.max()} rows. {ranges(fit, effects)}",
        titles={"n": "rows of a group, log scale", "level": design.name},
        data={"group_size": records(table[columns])},
        note=sentences(
            "Lines are 95 % intervals; the dashed one is the population's value." if fit.intervals else None,
            shown and f"{shown}.",
            equal if np.ptp(design.sizes) == 0 else None,
            f"{cut} estimates without pooling are outside the plot." if cut else None,
            None
            if len(effects) == len(all_effects)
            else f"The first {len(effects)} of {len(all_effects)} effects are shown.",
        ),
        panels=tuple(e.title for e in effects),
        parts={"group_size": ""},
    )


def _in_reach(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out estimates far from all partial pooling, and cut intervals that leave the plot."""
    partial = rows[rows["pooling"] == "partial"]
    low, high = partial[["mean", "lower"]].min().min(), partial[["mean", "upper"]].max().max()
    low, high = low - 0.6 * (high - low), high + 0.6 * (high - low)
    rows = rows[rows["mean"].between(low, high)]
    return rows.assign(lower=rows["lower"].clip(low, high), upper=rows["upper"].clip(low, high))
