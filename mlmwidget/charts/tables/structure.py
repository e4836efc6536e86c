"""Numbers of the structure plot: how rows are grouped, nested factors as a tree, crossed ones as a table."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from mlmwidget.charts.plot import Plot, counted, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import NO_GROUPS, Results, factor_parts
from mlmwidget.data.frame import GroupDesign, ModelFrame

#: Outermost groups of a tree, and levels of each side of a table.
MAX_LEVELS = 40
#: More rows than this are not drawn one by one.
MAX_UNITS = 600
#: Width of the drawing in characters, for labels that fit their boxes.
WIDTH = 90


def structure(fit: Results) -> Plot:
    """Show the groups and the rows in them."""
    frame = fit.frame
    if not frame.groups:
        return nothing("structure", "How the data are grouped", NO_GROUPS)
    designs = sorted({d.factor: d for d in frame.groups}.values(), key=lambda d: len(d.levels))
    crossing = [(a, b) for i, a in enumerate(designs) for b in designs[i + 1 :] if not _nested(b, a)]
    words = [f"{b.name} is nested in {a.name}." for a, b in pairwise(designs) if _nested(b, a)]
    words += [f"{a.name} and {b.name} are crossed." for a, b in crossing]
    sizes = [
        f"{d.name}: {len(d.levels):,} levels of {d.sizes.min():,} to {d.sizes.max():,} rows." for d in designs
    ]
    plot = _table(frame, *crossing[0], words) if crossing else _tree(frame, designs, words)
    return replace(plot, description=f"{plot.title}. {frame.n:,} rows. {' '.join(sizes + words)}")


def _nested(inner: GroupDesign, outer: GroupDesign) -> bool:
    """Whether every level of one factor lies within one level of the other."""
    pairs = len(np.unique(inner.codes.astype(np.int64) * len(outer.levels) + outer.codes))
    return pairs == len(inner.levels)


def _tree(frame: ModelFrame, designs: list[GroupDesign], words: list[str]) -> Plot:
    """Boxes whose width is the number of rows: all rows, the groups, the groups within them, the rows."""
    outer = designs[0]
    chosen = spread(outer.sizes, outer.sizes.astype(float), MAX_LEVELS)
    rows = np.flatnonzero(np.isin(outer.codes, chosen))
    rows = rows[np.lexsort([d.codes[rows] for d in reversed(designs)])]
    n = len(rows)
    total = len(outer.codes)
    everything = f"{n:,} rows" if n == total else f"{n:,} of {total:,} rows"
    boxes = [("data", 0, "", everything, 0, n, n, "response")]
    for depth, design in enumerate(designs, start=1):
        codes, parts = design.codes[rows], factor_parts(frame, design.factor)
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        for start, stop in zip(starts, np.append(starts[1:], n), strict=True):
            level = design.levels[codes[start]]
            short = level.rsplit(":", 1)[-1] if depth > 1 else level
            label = short if len(short) < WIDTH * (stop - start) / n else ""
            boxes.append((design.name, depth, level, label, int(start), int(stop), int(stop - start), parts))
    if n <= MAX_UNITS:
        inner = designs[-1]
        units = [
            ("rows", len(designs) + 1, inner.levels[inner.codes[r]], "", i, i + 1, 1, "response")
            for i, r in enumerate(rows)
        ]
        boxes += units
    table = pd.DataFrame(boxes, columns=["depth", "order", "level", "label", "x", "x2", "n", "part"])
    shown = counted(len(chosen), len(outer.levels), f"levels of {outer.name}")
    return Plot(
        name="structure",
        version="tree",
        title="How the data are grouped",
        titles={"level": "level"},
        data={"structure": records(table)},
        parts={"structure": ""},
        note=sentences("The width of a box is its number of rows.", *words, shown and f"{shown}."),
    )


def _darker(n: pd.Series, cells: int) -> str:
    """Say what the colours mean; nothing where all combinations are alike."""
    if n.min() < n.max():
        return "Darker combinations have more rows; empty ones have none."
    each = "Every combination has" if len(n) == cells else "Combinations that are not empty have"
    return f"{each} {n.iloc[0]:,} {'row' if n.iloc[0] == 1 else 'rows'}."


def _table(frame: ModelFrame, one: GroupDesign, other: GroupDesign, words: list[str]) -> Plot:
    """Rows in each combination of the levels of two crossed factors."""
    counts = np.zeros((len(one.levels), len(other.levels)), dtype=int)
    np.add.at(counts, (one.codes, other.codes), 1)
    down = spread(one.sizes, one.sizes.astype(float), MAX_LEVELS)
    across = spread(other.sizes, other.sizes.astype(float), MAX_LEVELS)
    i, j = np.nonzero(counts[np.ix_(down, across)])
    table = pd.DataFrame(
        {
            "level": np.array(one.levels)[down[i]],
            "column": np.array(other.levels)[across[j]],
            "n": counts[down[i], across[j]],
            "order": i,
            "column_order": j,
        }
    )
    shown = [
        f"{text}."
        for d, chosen in ((one, down), (other, across))
        if (text := counted(len(chosen), len(d.levels), f"levels of {d.name}"))
    ]
    return Plot(
        name="structure",
        version="table",
        title="How the data are grouped",
        titles={"level": one.name, "column": other.name},
        data={"structure": records(table)},
        note=sentences(_darker(table["n"], len(down) * len(across)), *words, *shown),
        axes=(
            ("structure_view", "y", factor_parts(frame, one.factor)),
            ("structure_view", "x", factor_parts(frame, other.factor)),
        ),
        sized=bool(table["n"].min() < table["n"].max()),
    )
