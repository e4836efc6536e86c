"""What should be said about a model frame: sentences that warn, and none that blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlmwidget.data.errors import counted, listed
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.groups import constant_within
from mlmwidget.problems import Problem

# Gelman and Hill (2007, section 11.5): with fewer groups a variance between them is hardly estimated.
_FEW_GROUPS = 5
# Families for which an effect of each row makes sense: their variance follows from the mean.
_OVERDISPERSED = ("poisson", "negbinomial")


def frame_problems(frame: ModelFrame) -> tuple[Problem, ...]:
    """Return the warnings and notes about a frame: rows left out, aliased columns, groups and slopes."""
    return (
        *_dropped(frame),
        *_aliased(frame),
        *(problem for g, group in enumerate(frame.groups) for problem in _group(frame, g, group)),
    )


def _dropped(frame: ModelFrame) -> Iterator[Problem]:
    if frame.dropped:
        reasons = ", ".join(f"{name}: {number}" for name, number in frame.dropped_by.items())
        total = frame.n + frame.dropped
        yield Problem(
            "warning",
            "rows-dropped",
            f"{counted(frame.dropped, 'row')} of {total} left out because a value is missing ({reasons}).",
        )


def _aliased(frame: ModelFrame) -> Iterator[Problem]:
    if frame.aliased:
        yield Problem(
            "warning",
            "aliased",
            f"Left out because the other columns determine them: {listed(frame.aliased)}.",
        )


def _group(frame: ModelFrame, g: int, group: GroupDesign) -> Iterator[Problem]:
    levels, effects = len(group.levels), len(group.levels) * len(group.columns)
    part = f"group-{g}"
    gaussian = frame.spec.family in ("gaussian", "student")
    if levels == frame.n:
        yield _level_per_row(frame, part, group.factor)
    elif effects > frame.n or (gaussian and effects == frame.n):
        yield Problem(
            "warning",
            "more-effects-than-rows",
            f"“{group.factor}” has {levels} groups with {counted(len(group.columns), 'effect')} each, "
            f"{effects} in all, for {frame.n} rows: they cannot be told from the residuals. "
            "Let fewer effects vary.",
            part=part,
            column=group.factor,
        )
    if levels < _FEW_GROUPS:
        yield Problem(
            "warning",
            "few-groups",
            f"“{group.factor}” has only {levels} groups: how much groups vary is hardly known from so few, "
            "and the prior will matter.",
            part=part,
            column=group.factor,
        )
    yield from _slopes(frame, g, group)
    yield from _also_predictor(frame, group)


def _level_per_row(frame: ModelFrame, part: str, factor: str) -> Problem:
    head = f"Each row is its own group of “{factor}” ({counted(frame.n, 'row')}): its effects "
    if frame.spec.family in _OVERDISPERSED or (frame.trials is not None and frame.trials.max() > 1):
        message = head + "take up the variation that the family does not have (overdispersion)."
        return Problem("note", "levels-equal-rows", message, part=part, column=factor)
    message = head + "cannot be told from the variation between rows. Choose another grouping column."
    return Problem("warning", "levels-equal-rows", message, part=part, column=factor)


def _also_predictor(frame: ModelFrame, group: GroupDesign) -> Iterator[Problem]:
    for k, term in enumerate(frame.spec.terms):
        columns = [name for name, t in zip(frame.X_names, frame.X_terms, strict=True) if t == k]
        # A numeric predictor that also groups is a trend and deviations from it, which is fine.
        if term.label == group.factor and columns != [term.label]:
            yield Problem(
                "warning",
                "group-as-predictor",
                f"“{group.factor}” is both a predictor and a grouping factor, so its differences are counted "
                "twice: leave one of them out.",
                part=f"term-{k}",
                column=group.factor,
            )


def _slopes(frame: ModelFrame, g: int, group: GroupDesign) -> Iterator[Problem]:
    slopes = [k for k, term in enumerate(group.column_terms) if term >= 0]
    if not slopes or len(group.levels) == frame.n:
        return
    constant = constant_within(group.Z[:, slopes], group.codes, len(group.levels))
    for term in dict.fromkeys(group.column_terms[k] for k, c in zip(slopes, constant, strict=True) if c):
        label = frame.spec.groups[g].terms[term].label
        stuck = np.array([c for k, c in zip(slopes, constant, strict=True) if group.column_terms[k] == term])
        what = label if stuck.all() else f"part of {label}"
        yield Problem(
            "warning",
            "constant-slope",
            f"{what} does not vary within any “{group.factor}”, so its slope cannot differ between them: "
            "let it not vary.",
            part=f"group-{g}-term-{term}",
            column=label,
        )
