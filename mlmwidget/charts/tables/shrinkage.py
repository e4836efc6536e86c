"""Numbers of the shrinkage plot: from no pooling to partial pooling, group by group."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlmwidget.charts.plot import Columns, Plot, counted, evenly, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import (
    NO_GROUPS,
    Results,
    Varying,
    pooled_effect,
    population_part,
    population_value,
    ranges,
    slider_hints,
    spread_of,
    varying,
)
from mlmwidget.charts.tables.names import place_names
from mlmwidget.inference.estimates import POOLINGS
from mlmwidget.inference.slider import covariance, slider_columns
from mlmwidget.notation.numbers import format_estimate, format_number

#: Probabilities of the ellipses.
PROBABILITIES = (0.1, 0.3, 0.5, 0.7, 0.9)
#: More arrows than this cannot be told apart.
MAX_ARROWS = 150
MAX_ROWS = 40
MAX_EFFECTS = 5
#: Side of a plane by how many rows of planes there are, in px: of one, where it is drawn smallest.
SIDES = {1: 300, 2: 250, 3: 190, 4: 150}
READING = "The cross is the population; ellipses hold 10, 30, 50, 70 and 90 % of the estimated groups."
NAMES = "Names: the groups that pooling moves most, and those selected."
UNNAMED = "A group that is selected shows its name."
#: Groups that get their names written beside them: in a plane of its own, in one of several.
NAMED, NAMED_OF_SEVERAL = 6, 3


def shrinkage(fit: Results) -> Plot:
    """No pooling, partial pooling and the population of the effects that vary with the first factor."""
    frame = fit.frame
    if not frame.groups:
        return nothing("shrinkage", "Shrinkage", NO_GROUPS)
    factor = frame.groups[0].factor
    effects = varying(frame, factor)
    if len(effects) == 1:
        return _rows(fit, effects[0])
    return _planes(fit, effects[:MAX_EFFECTS], len(effects))


def _rows(fit: Results, effect: Varying) -> Plot:
    """One effect: a row per group."""
    design = fit.frame.groups[0]
    values = pooled_effect(fit, "partial", effect)
    chosen = spread(design.sizes, values, MAX_ROWS)
    chosen = chosen[np.argsort(-values[chosen], kind="stable")]
    table = _points(fit, chosen, (effect,)) | {"order": np.arange(len(chosen))}
    centre = population_value(fit, effect.name)
    title = f"Shrinkage of the {effect.title} towards the population"
    shown = counted(len(chosen), len(design.levels), f"levels of {design.name}")
    return Plot(
        name="shrinkage",
        version="rows",
        title=title,
        description=f"{title}. {_figures(table, design.name)} {ranges(fit, [effect])}",
        titles={"x": effect.title, "level": design.name},
        data={
            "shrinkage": records({name: v for name, v in table.items() if name not in ("y", "y_alone")}),
            "shrinkage_population": [{"x": centre, "label": "population"}],
        },
        note=sentences(
            "The dashed line is the population's value.",
            shown and f"{shown}.",
            _missing(table),
        ),
        hints=slider_hints(fit, intervals=False),
        directions=fit.directions,
        parts={
            "shrinkage": effect.part,
            "shrinkage_population": population_part(fit.frame, effect.name),
        },
    )


def _planes(fit: Results, effects: list[Varying], total: int) -> Plot:
    """Two effects or more: a plane for each pair, row by row of the lower triangle of all pairs."""
    design = fit.frame.groups[0]
    places = [(a, b) for b in range(len(effects)) for a in range(b)]
    pairs = [(effects[a], effects[b]) for a, b in places]
    count = max(MAX_ARROWS // len(pairs), 60)
    chosen = spread(design.sizes, pooled_effect(fit, "partial", effects[-1]), count)
    sigma = covariance(fit.draws, [(e.design, e.column) for e in effects])
    centre = np.array([population_value(fit, e.name) for e in effects])
    tables, ellipses = [], []
    clipped = 0
    for p, (one, other) in enumerate(places):
        curves = _ellipses(centre[[one, other]], sigma[np.ix_([one, other], [one, other])])
        table, cut = _clip(_points(fit, chosen, pairs[p]), curves)
        clipped += cut
        part = f"{pairs[p][0].part} {pairs[p][1].part}"
        tables.append(table | {"pair": [p] * len(chosen), "part": [part] * len(chosen)})
        ellipses.append(curves | {"pair": [p] * len(curves["x"])})
    corners = _corners(tables, ellipses, places)
    side, most = SIDES[len(effects) - 1], NAMED if len(pairs) == 1 else NAMED_OF_SEVERAL
    for p, (table, ends) in enumerate(zip(tables, corners, strict=True)):
        table |= _names(table, np.vstack([centre[list(places[p])], ends]), side, most)
    title = "Shrinkage towards the population"
    shown = counted(len(chosen), len(design.levels), f"levels of {design.name}")
    more = f"The first {len(effects)} of {total} varying effects are shown." if total > len(effects) else None
    cut_note = _cut(clipped)
    return Plot(
        name="shrinkage",
        version="planes",
        title=title,
        description=f"{title}. {_figures(tables[0], design.name)} {ranges(fit, effects)} {READING}",
        titles={"level": design.name},
        data={
            "shrinkage": [row for table in tables for row in records(table)],
            "shrinkage_ellipses": [row for curves in ellipses for row in records(curves)],
            "shrinkage_population": [
                {
                    "pair": p,
                    "x": float(centre[a]),
                    "y": float(centre[b]),
                    "label": "population",
                    "part": " ".join(population_part(fit.frame, effects[e].name) for e in (a, b)).strip(),
                }
                for p, (a, b) in enumerate(places)
            ],
            **({"shrinkage_corners": _rows_of(corners)} if len(pairs) > 1 else {}),
        },
        note=sentences(
            READING,
            NAMES if any(np.any(table["named"]) for table in tables) else UNNAMED,
            shown and f"{shown}.",
            more,
            cut_note,
            _missing(tables[0]),
        ),
        hints=slider_hints(fit, intervals=False),
        directions=fit.directions,
        parts={
            "shrinkage": "",
            "shrinkage_population": "",
            "shrinkage_ellipses": " ".join(dict.fromkeys(f"group-{e.design}-cor" for e in effects)),
        },
        axes=tuple(
            (f"shrinkage_view{p}", axis, effect.part)
            for p, pair in enumerate(pairs)
            for axis, effect in zip("xy", pair, strict=True)
        ),
        panels=tuple(title for pair in pairs for title in (pair[0].title, pair[1].title)),
    )


def _points(fit: Results, chosen: np.ndarray, pair: tuple[Varying, ...]) -> Columns:
    """One row a group: where partial pooling and no pooling put it."""
    design = fit.frame.groups[0]
    levels = [design.levels[j] for j in chosen]
    table: Columns = {"level": levels, "n": design.sizes[chosen]}
    for axis, effect in zip("xy", pair, strict=False):
        partial, alone = (pooled_effect(fit, kind, effect) for kind in ("partial", "no"))
        digits = spread_of(partial)
        table[axis], table[f"{axis}_alone"] = partial[chosen], alone[chosen]
        table[f"{axis}_text"] = _texts(fit, effect, chosen)
        table[f"{axis}_alone_text"] = [format_number(v, digits) for v in alone[chosen].tolist()]
        if fit.slider is not None:
            weights = fit.slider.of((effect.design, effect.column))[chosen]
            base = partial[chosen] - fit.mean_effects[effect.design][chosen, effect.column]
            table |= slider_columns(axis, base, weights, fit.slider.d[chosen])
    if len(pair) == 1:
        table |= {"y": np.zeros(len(chosen)), "y_alone": np.zeros(len(chosen))}
    return table | {"cut": [False] * len(chosen)}


def _names(table: Columns, others: np.ndarray, side: float, most: int) -> Columns:
    """Say which groups are named at the starts of their arrows, and where the names of all stand there."""
    start, end = (np.column_stack([table[f"{axis}{which}"] for axis in "xy"]) for which in ("_alone", ""))
    named, offsets = place_names(list(table["level"]), start, end, others, side, most)
    return {"named": named, "dx": offsets[:, 0].astype(int), "dy": offsets[:, 1].astype(int)}


def _corners(
    tables: list[Columns], ellipses: list[Columns], places: list[tuple[int, int]]
) -> list[np.ndarray]:
    """Find two corners of each plane, (2, 2), such that planes that share an effect have its axis alike."""
    ends: dict[int, np.ndarray] = {}
    for table, curves, effects in zip(tables, ellipses, places, strict=True):
        for effect, axis in zip(effects, "xy", strict=True):
            values = np.concatenate(
                [table[axis], table[f"{axis}_alone"], curves[axis], ends.get(effect, np.empty(0))]
            )
            ends[effect] = np.array([np.nanmin(values), np.nanmax(values)])
    return [np.column_stack([ends[a], ends[b]]) for a, b in places]


def _rows_of(corners: list[np.ndarray]) -> list[dict[str, Any]]:
    return [
        row
        for p, ends in enumerate(corners)
        for row in records({"pair": np.array([p, p]), "x": ends[:, 0], "y": ends[:, 1]})
    ]


def _texts(fit: Results, effect: Varying, chosen: np.ndarray) -> list[str]:
    """Partial-pooling estimate of each chosen group with its interval, for tooltips."""
    totals = fit.totals_of(fit.frame.groups[0].factor)
    term, partial = totals.view.terms.index(effect.name), POOLINGS.index("partial")
    ends = (numbers[partial, chosen, term].tolist() for numbers in (totals.mean, totals.lower, totals.upper))
    return [format_estimate(*row) for row in zip(*ends, strict=True)]


def _ellipses(centre: np.ndarray, sigma: np.ndarray, n: int = 49) -> Columns:
    """Ellipses that hold given shares of a bivariate Normal: radius² = -2 log(1 - p)."""
    angle = np.linspace(0, 2 * np.pi, n)
    values, vectors = np.linalg.eigh(sigma)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    circle = root @ np.array([np.cos(angle), np.sin(angle)])
    radius = np.sqrt(-2 * np.log1p(-np.array(PROBABILITIES)))
    x, y = (c + np.outer(radius, along).ravel() for c, along in zip(centre, circle, strict=True))
    return {"p": np.repeat(PROBABILITIES, n), "step": np.tile(np.arange(n), len(radius)), "x": x, "y": y}


def _cut(clipped: int) -> str | None:
    """Say how many arrows are not drawn whole."""
    if clipped == 1:
        return "1 arrow starts outside the plot and is cut off."
    return f"{clipped} arrows start outside the plot and are cut off." if clipped else None


def _clip(table: Columns, curves: Columns) -> tuple[Columns, int]:
    """Shorten arrows that start far outside, so that one wild group does not shrink all others."""
    scale = np.ones(len(table["level"]))
    for axis in "xy":
        inside = np.concatenate([table[axis], curves[axis]])
        low, high = np.nanmin(inside), np.nanmax(inside)
        reach = 0.6 * (high - low)
        start, end = np.asarray(table[f"{axis}_alone"]), np.asarray(table[axis])
        step = start - end
        limit = np.where(step > 0, high + reach - end, end - low + reach)
        scale = np.minimum(scale, limit / np.maximum(np.abs(np.nan_to_num(step)), 1e-300))
    cut = scale < 1
    starts = {
        f"{axis}_alone": table[axis] + scale * (np.asarray(table[f"{axis}_alone"]) - table[axis])
        for axis in "xy"
    }
    return table | starts | {"cut": cut}, int(cut.sum())


def _missing(table: Columns) -> str | None:
    """Sentence about groups whose own data do not give every effect."""
    missing = int((np.isnan(table["x_alone"]) | np.isnan(table["y_alone"])).sum())
    if not missing:
        return None
    if missing == 1:
        return "1 group cannot be estimated by itself and has partial pooling only."
    return f"{missing} groups cannot be estimated by themselves and have partial pooling only."


def _figures(table: Columns, factor: str) -> str:
    count = len(table["level"])
    ends = " and ".join(
        f"{table['level'][j]}, from {table['x_alone_text'][j]} to {table['x_text'][j]}"
        for j in evenly(count, 2)
    )
    return f"Arrows run from no pooling to partial pooling for {count} levels of {factor}, such as {ends}."
