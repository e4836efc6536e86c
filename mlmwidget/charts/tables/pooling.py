"""Numbers of the pooling plot: each group's data with no, complete and partial pooling."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.charts.labels import column_title, is_proportion, response_title
from mlmwidget.charts.plot import Columns, Page, Plot, counted, jitter, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import (
    ASIDE,
    NO_GROUPS,
    Results,
    aside,
    crowding,
    effects_parts,
    held_note,
    observed,
    ranges,
    reach,
    sampled,
    slider_hints,
    varying,
)
from mlmwidget.data.evaluate import names_in
from mlmwidget.inference.lines import Axis, Lines, choose_axis, group_designs, group_lines
from mlmwidget.inference.slider import slider_lines
from mlmwidget.notation.numbers import format_estimate, format_number

if TYPE_CHECKING:
    from mlmwidget.data.frame import ModelFrame

MAX_PANELS = 24
#: Panels up to which each can be large.
FEW = 4
#: Observations in all panels.
MAX_ROWS = 3000
BAND = "The pale band is the 95 % interval of partial pooling."
LABELS = {"no": "no pooling", "complete": "complete pooling", "partial": "partial pooling"}


def pooling(fit: Results, groups: Sequence[str] | None = None, page: int = 0) -> Plot:
    """Points and the three lines of each group.

    Parameters
    ----------
    fit
        The fit.
    groups
        Levels of the first grouping factor to show; by default all of them, or 24 that show the range.
    page
        With more than 24 levels: 1 for the first 24 in their order, 2 for the next ones, and so on.

    Raises
    ------
    ValueError
        If a group is not a level of the first grouping factor.
    """
    frame = fit.frame
    if not frame.groups:
        return nothing("pooling", "Pooling", NO_GROUPS)
    design, axis = frame.groups[0], choose_axis(frame)
    levels, shown = _chosen(fit, groups, page)
    totals = fit.totals_of(design.factor)
    lines = group_lines(frame, fit.draws, totals, axis, levels.tolist())
    by_slope = _slopes_vary(frame, axis)
    points = _points(frame, axis, levels)
    moves = {}
    if fit.slider is not None:
        along = group_designs(frame, totals.view, axis, levels.tolist())
        moves = slider_lines(fit.draws, fit.slider, totals.view, levels.tolist(), *along)
    rows = _rows(fit, axis, levels, lines, points, moves, _ranks(lines, len(levels), by_slope))

    response = response_title(frame)
    sorting = "steepest first" if by_slope else "highest first"
    title = f"{response} by {design.name}, {sorting}"
    if axis is not None:
        title = f"{response} by {axis.name}, a panel per {design.name}, {sorting}"
    moved = crowding(frame, axis) > 0
    few = counted(len(points.y), int(design.sizes[levels].sum()), "observations")
    note = sentences(
        None if shown is None else _which(shown, design.name),
        "Points are observed proportions." if is_proportion(frame) else few and f"{few}.",
        ASIDE if moved else None,
        BAND if fit.intervals else None,
        held_note(frame, axis, f"the mean within each {design.name}"),
    )
    return Plot(
        name="pooling",
        version="levels" if axis is None else "lines" if axis.categories is None else "categories",
        title=title,
        description=_description(fit, title, len(levels)),
        titles={"x": column_title(frame, axis.name) if axis else "", "y": response, "level": design.name},
        data={"pooling": rows},
        note=note,
        hints=slider_hints(fit),
        whole=axis is not None and axis.whole,
        few=len(levels) <= FEW,
        directions=fit.directions,
        # Lines of the other poolings are of other models.
        parts={"pooling": "response"},
        page=shown,
    )


def _chosen(fit: Results, groups: Sequence[str] | None, page: int) -> tuple[np.ndarray, Page | None]:
    """Positions of the levels to show, and which page of all levels they are."""
    design = fit.frame.groups[0]
    total, last = len(design.levels), -(-len(design.levels) // MAX_PANELS)
    if groups is not None:
        place = {level: j for j, level in enumerate(design.levels)}
        unknown = [g for g in map(str, groups) if g not in place]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a level of {design.name}; give names of its levels.")
        chosen = np.array([place[g] for g in dict.fromkeys(map(str, groups))], dtype=int)
        return chosen, Page(None, last, f"{len(chosen):,} of {total:,}") if len(chosen) < total else None
    effects = fit.draws.effects[0]
    values = design.sizes if effects is None else effects[..., -1].mean(axis=(0, 1))
    if total <= MAX_PANELS:
        return np.arange(total), None
    page = min(max(page, 0), last)
    if page == 0:
        return spread(design.sizes, values, MAX_PANELS), Page(0, last, f"{MAX_PANELS} of {total:,}")
    start, end = (page - 1) * MAX_PANELS, min(page * MAX_PANELS, total)
    order = np.argsort(-values, kind="stable")
    return order[start:end], Page(page, last, f"{start + 1:,} to {end:,} of {total:,}")


def _which(page: Page, factor: str) -> str:
    sample = ": the smallest, the largest, the most extreme and some between" if page.number == 0 else ""
    return f"{page.label} levels of {factor} are shown{sample}."


def _panel_titles(names: Sequence[str], sizes: np.ndarray) -> list[str]:
    """Title of each panel: the level, shortened where that leaves it unique, and its rows."""
    short = [name if len(name) <= 12 else f"{name[:9]}…" for name in names]
    count = Counter(short)
    return [
        f"{s if count[s] == 1 else name} (n = {n:,})"
        for name, s, n in zip(names, short, sizes.tolist(), strict=True)
    ]


def _slopes_vary(frame: ModelFrame, axis: Axis | None) -> bool:
    """Whether groups differ in their rise along a numeric axis, so that sorting by it says something."""
    if axis is None or axis.categories is not None:
        return False
    groups = zip(frame.spec.groups, frame.groups, strict=True)
    terms = [t for group, design in groups if design.factor == frame.groups[0].factor for t in group.terms]
    return any(n.name == axis.name for t in terms for v in t.variables for n in names_in(v))


@dataclass(frozen=True, eq=False)
class _Points:
    """Observations, and which of the groups shown each is of; `jitter` is for an axis without numbers."""

    group: np.ndarray
    x: np.ndarray
    y: np.ndarray
    jitter: np.ndarray


def _points(frame: ModelFrame, axis: Axis | None, levels: np.ndarray) -> _Points:
    design = frame.groups[0]
    most = MAX_ROWS // len(levels)
    by_group, ends = np.argsort(design.codes, kind="stable"), np.cumsum(design.sizes)
    members = [sampled(by_group[ends[j] - design.sizes[j] : ends[j]], most) for j in levels]
    if is_proportion(frame):  # what is drawn are shares of several observations, group by group
        parts = [observed(frame, axis, rows) for rows in members]
        counts = [len(part) for part in parts]
    else:
        parts = [observed(frame, axis, np.concatenate(members))]
        counts = [len(rows) for rows in members]
    x, y = (np.concatenate([part[name].to_numpy() for part in parts]) for name in ("x", "y"))
    group = np.repeat(np.arange(len(levels)), counts)
    offsets = np.concatenate([jitter(count) for count in counts])
    if is_proportion(frame):  # there is one at each place
        return _Points(group, x, y, np.zeros_like(offsets) if axis else offsets)
    return _Points(group, aside(frame, axis, x, offsets), y, offsets)


def _ranks(lines: Lines, groups: int, by_slope: bool) -> np.ndarray:
    """Places of the panels: that of the steepest partial pooling comes first, or of the highest."""
    partial = lines.are("partial")
    y = lines.y[partial].reshape(groups, -1)
    measure = y[:, -1] - y[:, 0] if by_slope else y.mean(axis=1)
    ranks = np.empty(groups, dtype=int)
    ranks[np.argsort(-measure, kind="stable")] = np.arange(groups)
    return ranks


def _rows(
    fit: Results,
    axis: Axis | None,
    levels: np.ndarray,
    lines: Lines,
    points: _Points,
    moves: dict[str, np.ndarray],
    ranks: np.ndarray,
) -> list[dict[str, Any]]:
    """Rows of the plot, panel by panel: the lines, then the points."""
    design = fit.frame.groups[0]
    names = [design.levels[j] for j in levels]
    panels = _panel_titles(names, design.sizes[levels])

    def of(group: np.ndarray, x: np.ndarray, **others: np.ndarray | list[Any]) -> list[dict[str, Any]]:
        """Rows of one kind, whose groups these are."""
        own = group.tolist()
        columns: Columns = {"level": [names[g] for g in own], "panel": [panels[g] for g in own]}
        columns |= {"order": ranks[group], "x": _places(axis, x)} | others
        return records(columns)

    shown, lower, upper = _visible(fit.frame, lines, points.y)
    digits = float(np.concatenate([points.y, lines.y[shown]]).std(ddof=1)) / 10
    rows, order = [], []
    for k, (kind, label) in enumerate(LABELS.items()):
        is_kind = lines.are(kind)
        here = is_kind & shown
        own = {"lower": lower[here], "upper": upper[here]} if kind == "partial" else {}
        part = effects_parts(fit.frame, design.factor) if kind == "partial" else ""
        if kind == "partial":
            own |= {name: values[shown[is_kind]] for name, values in moves.items()}
        texts = _estimates(lines.y[here], lower[here], upper[here], digits)
        same = {
            name: [value] * len(texts)
            for name, value in (("kind", "line"), ("pooling", label), ("part", part))
        }
        rows += of(lines.group[here], lines.x[here], y=lines.y[here], estimate=texts, **same, **own)
        order += [(rank, k) for rank in ranks[lines.group[here]].tolist()]
    own = {"jitter": points.jitter} if axis is None or axis.categories is not None else {}
    texts = [format_number(y, digits) for y in points.y.tolist()]
    rows += of(points.group, points.x, y=points.y, estimate=texts, kind=["point"] * len(texts), **own)
    order += [(rank, len(LABELS)) for rank in ranks[points.group].tolist()]
    return [rows[i] for i in sorted(range(len(rows)), key=order.__getitem__)]


def _places(axis: Axis | None, x: np.ndarray) -> np.ndarray | list[Any]:
    """Values of the axis, by name where it has categories."""
    if axis is None or axis.categories is None:
        return x
    return [axis.categories[round(place)] for place in x.tolist()]


def _visible(
    frame: ModelFrame, lines: Lines, observed_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which points of the lines are drawn, and the ends of their intervals.

    Curves are cut where they leave the data far behind, and so are lines without pooling: two rows can give
    any slope. Of a straight line two points are enough; bands are never straight.
    """
    shown, lower, upper = np.full(len(lines.y), True), lines.lower, lines.upper
    ends = reach(frame, observed_y)
    if ends is not None:
        shown = (lines.y >= ends[0]) & (lines.y <= ends[1])
        lower, upper = np.clip(lower, *ends), np.clip(upper, *ends)
    alone = lines.are("no")
    inside = np.concatenate([observed_y, lines.y[shown & ~alone]])
    low, high = inside.min(), inside.max()
    margin = 0.2 * (high - low)
    shown = shown & ~(alone & ((lines.y < low - margin) | (lines.y > high + margin)))
    shown[shown] = _bends(lines, np.flatnonzero(shown))
    return shown, lower, upper


def _bends(lines: Lines, rows: np.ndarray) -> np.ndarray:
    """Which of some points of lines are not inside a straight line."""
    if rows.size == 0:
        return np.full(0, True)
    group, kind, x, y = (values[rows] for values in (lines.group, lines.kind, lines.x, lines.y))
    begins = np.r_[True, (group[1:] != group[:-1]) | (kind[1:] != kind[:-1])]
    line, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    last = np.r_[first[1:], len(rows)] - 1
    run = np.where(last > first, x[last] - x[first], 1.0)
    chord = y[first][line] + (x - x[first][line]) * ((y[last] - y[first]) / run)[line]
    bend = np.maximum.reduceat(np.abs(y - chord), first)
    height = np.maximum.reduceat(np.abs(y), first)
    banded = lines.are("partial")[rows][first]
    straight = (last - first > 1) & (bend <= 1e-9 * height) & ~banded
    ends = begins | np.r_[begins[1:], True]
    return ends | ~straight[line]


def _estimates(y: np.ndarray, lower: np.ndarray, upper: np.ndarray, digits: float) -> list[str]:
    """Tooltip text of points of lines: the value, with its interval where there is one."""
    return [
        format_estimate(value, *ends) if math.isfinite(ends[0]) else format_number(value, digits)
        for value, *ends in zip(y.tolist(), lower.tolist(), upper.tolist(), strict=True)
    ]


def _description(fit: Results, title: str, shown: int) -> str:
    design = fit.frame.groups[0]
    least, most = design.sizes.min(), design.sizes.max()
    size = f"{least} to {most}" if least < most else f"{least}"
    return (
        f"{title}. {shown} of {len(design.levels)} groups, of {size} "
        "rows each, with the regression on its own data (no pooling, dashed), the regression that ignores "
        "groups (complete pooling, dotted) and the multilevel model (partial pooling, solid). "
        f"{ranges(fit, varying(fit.frame, design.factor))}"
    )
