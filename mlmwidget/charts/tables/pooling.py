"""Numbers of the pooling plot: each group's data with no, complete and partial pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import column_title, is_proportion, response_title
from mlmwidget.charts.plot import Page, Plot, counted, jitter, nothing, records, sentences, spread
from mlmwidget.charts.tables.common import (
    NO_GROUPS,
    Results,
    effects_parts,
    held_note,
    observed,
    ranges,
    sampled,
    slider_hints,
    varying,
    within_reach,
)
from mlmwidget.data.evaluate import names_in
from mlmwidget.inference.lines import Axis, choose_axis, group_designs, group_lines
from mlmwidget.inference.slider import slider_lines
from mlmwidget.notation.numbers import format_estimate, format_number

if TYPE_CHECKING:
    from mlmwidget.data.frame import ModelFrame

MAX_PANELS = 24
#: Observations in all panels.
MAX_ROWS = 3000
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
    measure = _measure(lines, by_slope).sort_values(ascending=False, kind="stable")
    order = {level: rank for rank, level in enumerate(measure.index)}
    points = _points(frame, axis, levels)
    if fit.slider is not None:
        partial = lines["pooling"] == "partial"
        along = group_designs(frame, totals.view, axis, levels.tolist())
        for name, values in slider_lines(fit.draws, fit.slider, totals.view, levels.tolist(), *along).items():
            lines.loc[partial, name] = values
    lines = _ends_of_straight(_within_reach(within_reach(frame, lines, points["y"]), points["y"]))
    rows = pd.concat([points.assign(kind="point"), lines.assign(kind="line")], ignore_index=True)
    sizes = {design.levels[j]: int(design.sizes[j]) for j in levels}
    panels = _panel_titles(sizes)
    rows["panel"] = rows["level"].map(panels)
    rows["order"] = rows["level"].map(order)
    rows["pooling"] = rows["pooling"].map(LABELS)
    if axis is not None and axis.categories is not None:
        rows["x"] = [axis.categories[round(x)] for x in rows["x"]]
    rows = rows.sort_values(["order", "kind"], kind="stable").drop(
        columns="n" if axis is None else ["n", "jitter"]
    )
    rows["estimate"] = _estimates(rows)
    rows["part"] = rows["kind"].map({"line": ""})
    rows.loc[rows["pooling"] == LABELS["partial"], "part"] = effects_parts(frame, design.factor)

    response = response_title(frame)
    sorting = "steepest first" if by_slope else "highest first"
    title = f"{response} by {design.factor}, {sorting}"
    if axis is not None:
        title = f"{response} by {axis.name}, a panel per {design.factor}, {sorting}"
    few = counted(
        int((rows["kind"] == "point").sum()), int(np.isin(design.codes, levels).sum()), "observations"
    )
    note = sentences(
        None if shown is None else _which(shown, design.factor),
        "Points are observed proportions." if is_proportion(frame) else few and f"{few}.",
        held_note(frame, axis, f"the mean within each {design.factor}"),
    )
    return Plot(
        name="pooling",
        version="levels" if axis is None else "lines" if axis.categories is None else "categories",
        title=title,
        description=_description(fit, title, len(levels)),
        titles={"x": column_title(frame, axis.name) if axis else "", "y": response, "level": design.factor},
        data={"pooling": records(rows)},
        note=note,
        hints=slider_hints(fit),
        whole=axis is not None and axis.whole,
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
            raise ValueError(f"{unknown[0]!r} is not a level of {design.factor}; give names of its levels.")
        chosen = np.array([place[str(g)] for g in groups], dtype=int)
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


def _panel_titles(sizes: dict[str, int]) -> dict[str, str]:
    """Title of each panel: the level, shortened where that leaves it unique, and its rows."""
    short = {level: level if len(level) <= 12 else f"{level[:9]}…" for level in sizes}
    unique = {s for s in short.values() if list(short.values()).count(s) == 1}
    return {
        level: f"{short[level] if short[level] in unique else level} (n = {n:,})"
        for level, n in sizes.items()
    }


def _slopes_vary(frame: ModelFrame, axis: Axis | None) -> bool:
    """Whether groups differ in their rise along a numeric axis, so that sorting by it says something."""
    if axis is None or axis.categories is not None:
        return False
    groups = zip(frame.spec.groups, frame.groups, strict=True)
    terms = [t for group, design in groups if design.factor == frame.groups[0].factor for t in group.terms]
    return any(n.name == axis.name for t in terms for v in t.variables for n in names_in(v))


def _measure(lines: pd.DataFrame, by_slope: bool) -> pd.Series:
    """Measure what the panels are sorted by: the rise of partial pooling, or its mean height."""
    partial = lines[lines["pooling"] == "partial"].groupby("level", sort=False)["y"]
    return partial.last() - partial.first() if by_slope else partial.mean()


def _within_reach(lines: pd.DataFrame, observed_y: pd.Series) -> pd.DataFrame:
    """Cut lines without pooling where they leave the data far behind: two rows can give any slope."""
    partial = lines.loc[lines["pooling"] != "no", "y"]
    low, high = min(observed_y.min(), partial.min()), max(observed_y.max(), partial.max())
    margin = 0.2 * (high - low)
    far = (lines["pooling"] == "no") & ~lines["y"].between(low - margin, high + margin)
    return lines[~far]


def _ends_of_straight(lines: pd.DataFrame) -> pd.DataFrame:
    """Keep two points of each straight line; bands are never straight."""
    if lines.empty:
        return lines
    x, y = lines["x"].to_numpy(), lines["y"].to_numpy()
    names = lines["level"].to_numpy(), lines["pooling"].to_numpy()
    begins = np.r_[True, (names[0][1:] != names[0][:-1]) | (names[1][1:] != names[1][:-1])]
    line, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    last = np.r_[first[1:], len(lines)] - 1
    run = np.where(last > first, x[last] - x[first], 1.0)
    chord = y[first][line] + (x - x[first][line]) * ((y[last] - y[first]) / run)[line]
    bend = np.maximum.reduceat(np.abs(y - chord), first)
    height = np.maximum.reduceat(np.abs(y), first)
    straight = (last - first > 1) & (bend <= 1e-9 * height) & (names[1][first] != "partial")
    ends = begins | np.r_[begins[1:], True]
    return lines[ends | ~straight[line]]


def _points(frame: ModelFrame, axis: Axis | None, levels: np.ndarray) -> pd.DataFrame:
    design = frame.groups[0]
    most = MAX_ROWS // len(levels)
    by_group, ends = np.argsort(design.codes, kind="stable"), np.cumsum(design.sizes)
    members = [sampled(by_group[ends[j] - design.sizes[j] : ends[j]], most) for j in levels]
    if is_proportion(frame):  # what is drawn are shares of several observations, group by group
        parts = [observed(frame, axis, rows) for rows in members]
    else:
        parts = [observed(frame, axis, np.concatenate(members))]
    counts = [len(part) for part in parts] if len(parts) == len(members) else [len(rows) for rows in members]
    points = pd.concat(parts, ignore_index=True)
    points["level"] = np.repeat(np.array([design.levels[j] for j in levels], dtype=object), counts)
    points["jitter"] = np.concatenate([jitter(count) for count in counts])
    return points


def _estimates(rows: pd.DataFrame) -> list[str]:
    """Tooltip text of each row: the value, with its interval where there is one."""
    spread_of_y = float(rows["y"].std()) / 10
    return [
        format_estimate(y, lower, upper) if np.isfinite(lower) else format_number(y, spread_of_y)
        for y, lower, upper in zip(rows["y"], rows["lower"], rows["upper"], strict=True)
    ]


def _description(fit: Results, title: str, shown: int) -> str:
    design = fit.frame.groups[0]
    return (
        f"{title}. {shown} of {len(design.levels)} groups, of {design.sizes.min()} to {design.sizes.max()} "
        "rows each, with the regression on its own data (no pooling, dashed), the regression that ignores "
        "groups (complete pooling, dotted) and the multilevel model (partial pooling, solid). "
        f"{ranges(fit, varying(fit.frame, design.factor))}"
    )
