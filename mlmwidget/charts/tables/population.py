"""Numbers of the population plot: every group's line, the population's line and the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import column_title, intervals, is_proportion, response_title
from mlmwidget.charts.plot import MAX_POINTS, Plot, counted, jitter, records, sentences, spread
from mlmwidget.charts.tables.between import between
from mlmwidget.charts.tables.common import (
    ASIDE,
    Results,
    aside,
    crowding,
    effects_parts,
    held_note,
    observed,
    pooled,
    population_parts,
    sampled,
    within_reach,
)
from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.lines import Axis, choose_axis, group_lines, population_line

MAX_LINES = 200
BINS = (36, 28)
BAND = "The band is the 95 % interval of the population's value."


def population(fit: Results) -> Plot:
    """Group lines, the population line with its 95 % band, and the data, binned when there are many."""
    frame = fit.frame
    axis = choose_axis(frame) or choose_axis(frame, within_groups=False)
    line = population_line(frame, fit.draws, axis)
    line["text"] = intervals(line, "y")
    first, last = line["text"].iloc[[0, -1]]
    ends = f"{first} at the start to {last} at the end" if axis else first
    groups, shown = _group_lines(fit, axis)
    response = response_title(frame)
    binned = (
        frame.n > MAX_POINTS and axis is not None and axis.categories is None and not is_proportion(frame)
    )
    points = _bins(frame, axis) if binned and axis is not None else _points(frame, axis)
    line, groups = (
        within_reach(frame, rows, frame.y if binned else points["y"].to_numpy()) for rows in (line, groups)
    )
    for rows in (line, groups, *(() if binned else (points,))):
        _name_categories(rows, axis)
    by = f" by {axis.name}" if axis else ""
    factor = frame.groups[0].name if frame.groups else ""
    title = f"{response}{by}: the population" + (f" and each {factor}" if factor else "")
    version = "levels" if axis is None else "categories" if axis.categories else "lines"
    if axis is not None and version == "lines" and frame.groups and not _varies_in_groups(frame, axis):
        version = "between"
    titles = {"x": column_title(frame, axis.name) if axis else "", "y": response, "level": factor}
    data = {
        "population_points": records(points[_fields(points, version, is_proportion(frame))]),
        "population_groups": records(groups),
        "population_line": records(line),
    }
    parts = {
        "population_points": "response",
        "population_groups": effects_parts(frame, frame.groups[0].factor) if frame.groups else "",
        "population_line": population_parts(frame),
    }
    # Where the axis itself is a group-level predictor, the plot already shows the groups along it.
    second = None if version == "between" else between(fit)
    if second is not None:
        titles |= {"predictor": second.x_title, "intercept": second.y_title}
        data["population_intercepts"] = records(second.groups)
        data["population_intercept_line"] = records(second.line)
        parts |= {"population_intercepts": second.part, "population_intercept_line": second.line_part}
    return Plot(
        name="population",
        version="binned" if binned else version,
        title=title,
        description=f"{title}. The population's value is {ends} (95 % interval in "
        f"brackets). {frame.n:,} rows.",
        titles=titles,
        data=data,
        note=sentences(
            BAND if fit.intervals else None,
            _note(frame, axis, shown, len(points), binned),
            None if second is None else _second(fit, factor),
        ),
        whole=axis is not None and axis.whole,
        sized=is_proportion(frame),
        parts=parts,
    )


def _second(fit: Results, factor: str) -> str:
    intervals = ", with its 95 % interval" if fit.intervals else ""
    return f"The second panel has the intercept of each {factor}{intervals}."


def _group_lines(fit: Results, axis: Axis | None) -> tuple[pd.DataFrame, int]:
    """Lines of partial pooling, and of how many groups."""
    frame = fit.frame
    columns = ["level", "x", "y"]
    if not frame.groups:
        return pd.DataFrame(columns=columns), 0
    design = frame.groups[0]
    partial = pooled(fit, "partial", design.factor)
    values = partial.iloc[:, -1].to_numpy() if partial.shape[1] else design.sizes
    levels = spread(design.sizes, values, MAX_LINES)
    found = group_lines(frame, fit.draws, fit.totals_of(design.factor), axis, levels.tolist(), band=False)
    lines = found.table([design.levels[j] for j in levels])[found.are("partial")]
    if axis is None:
        return lines[columns].reset_index(drop=True), len(levels)
    if not _varies_in_groups(frame, axis):
        lines = _own_values(lines, dict(zip(np.array(design.levels)[design.codes], axis.values, strict=True)))
    elif axis.categories is None and _straight(lines, len(axis.grid)):
        lines = lines[lines["x"].isin(axis.grid[[0, -1]])]
    return lines[columns].reset_index(drop=True), len(levels)


def _own_values(lines: pd.DataFrame, value: dict[str, float]) -> pd.DataFrame:
    """Keep of each line the point at the group's own value, where all rows of a group have the same."""
    at = lines["level"].map(value)
    nearest = (lines["x"] - at).abs().groupby(lines["level"]).idxmin()
    return lines.loc[nearest].assign(x=at)


def _straight(lines: pd.DataFrame, m: int) -> bool:
    """Whether all lines are straight, so that their ends draw them."""
    x, y = lines["x"].to_numpy().reshape(-1, m), lines["y"].to_numpy().reshape(-1, m)
    share = (x - x[:, :1]) / (x[:, -1:] - x[:, :1])
    chord = y[:, :1] + share * (y[:, -1:] - y[:, :1])
    return bool(np.allclose(y, chord, rtol=0, atol=1e-6 * max(float(np.ptp(y)), 1e-300)))


def _fields(points: pd.DataFrame, version: str, sized: bool) -> list[str]:
    """Fields that the drawing of the points uses: a place across the axis, counts of the rows behind one."""
    unused = {"jitter"} if version not in ("levels", "categories") else set()
    unused |= {"n"} if not sized and "x2" not in points else set()
    return [str(c) for c in points.columns if c not in unused]


def _varies_in_groups(frame: ModelFrame, axis: Axis) -> bool:
    within = choose_axis(frame)
    return within is not None and within.name == axis.name


def _points(frame: ModelFrame, axis: Axis | None) -> pd.DataFrame:
    if is_proportion(frame):
        points = observed(frame, axis, np.arange(frame.n), bins=20)
        return points.assign(level=None, jitter=0.0)
    rows = sampled(np.arange(frame.n), MAX_POINTS)
    points = observed(frame, axis, rows)
    design = frame.groups[0] if frame.groups else None
    points["level"] = np.array(design.levels)[design.codes[rows]] if design else None
    offsets = jitter(len(points))
    return points.assign(x=aside(frame, axis, points["x"].to_numpy(), offsets), jitter=offsets)


def _bins(frame: ModelFrame, axis: Axis) -> pd.DataFrame:
    """Count the rows in a grid of rectangles."""
    counts, x_edges, y_edges = np.histogram2d(axis.values, frame.y, bins=BINS)
    i, j = np.nonzero(counts)
    return pd.DataFrame(
        {"x": x_edges[i], "x2": x_edges[i + 1], "y": y_edges[j], "y2": y_edges[j + 1], "n": counts[i, j]}
    )


def _name_categories(rows: pd.DataFrame, axis: Axis | None) -> None:
    if axis is not None and axis.categories is not None:
        rows["x"] = [axis.categories[round(x)] for x in rows["x"]]


def _note(frame: ModelFrame, axis: Axis | None, shown: int, points: int, binned: bool) -> str | None:
    lines = None
    if frame.groups:
        lines = counted(shown, len(frame.groups[0].levels), f"levels of {frame.groups[0].name}")
    data = counted(points, frame.n, "rows")
    moved = ASIDE if crowding(frame, axis) else None
    if is_proportion(frame):
        data = "Points are observed proportions, larger where there are more rows"
    if binned:
        data, moved = f"Darker rectangles hold more of the {frame.n:,} rows", None
    return sentences(lines and f"{lines}.", data and f"{data}.", moved, held_note(frame, axis, "the mean"))
