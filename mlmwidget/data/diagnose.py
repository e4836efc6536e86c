"""What should be said about a model frame: sentences that warn, and none that blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlmwidget.data.errors import counted, listed
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.groups import varies_in
from mlmwidget.data.units import is_date
from mlmwidget.formula.centring import spoken, spoken_term
from mlmwidget.formula.check import column_names
from mlmwidget.formula.spec import Term
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.problems import Problem

#: With fewer groups a variance between them is hardly estimated (Gelman and Hill 2007, section 11.5).
FEW_GROUPS = 5
#: Fewer categories than this are not many, however few the rows are.
MANY_CATEGORIES = 8
# Families for which an effect of each row makes sense: their variance follows from the mean.
_OVERDISPERSED = ("poisson", "negbinomial")


def frame_problems(frame: ModelFrame) -> tuple[Problem, ...]:
    """Return the warnings and notes about a frame: rows left out, aliased columns, groups and slopes."""
    return (
        *_dropped(frame),
        *_two_values(frame),
        *_aliased(frame),
        *_marginal(frame),
        *_many_categories(frame),
        *_far_from_zero(frame),
        *(problem for g, group in enumerate(frame.groups) for problem in _group(frame, g, group)),
    )


def _dropped(frame: ModelFrame) -> Iterator[Problem]:
    if frame.dropped:
        reasons = ", ".join(f"{name}: {number}" for name, number in frame.dropped_by.items())
        total = frame.n + frame.dropped
        yield Problem(
            "warning",
            "rows-dropped",
            f"{counted(frame.dropped, 'row')} of {total:,} left out because a value is missing ({reasons}).",
        )


def _two_values(frame: ModelFrame) -> Iterator[Problem]:
    y = frame.y
    two = y.min() < y.max() and np.all((y == y.min()) | (y == y.max()))
    if frame.spec.family in ("gaussian", "student") and two:
        yield Problem(
            "warning",
            "two-values",
            f"“{frame.y_name}” has two values only, whose spread follows from their mean: the family "
            "bernoulli is made for them.",
            part="response",
            column=frame.y_name,
        )


def _aliased(frame: ModelFrame) -> Iterator[Problem]:
    constant = {}
    for k, term in enumerate(frame.spec.terms):
        if term.label in frame.aliased and term.label in frame.rows:
            values = frame.rows[term.label]
            if (values == values.iloc[0]).all():
                constant[term.label] = k
    for name, k in constant.items():
        yield Problem(
            "warning",
            "constant-predictor",
            f"“{name}” has the same value in every row that is used, so it has no effect to estimate: leave "
            "it out.",
            part=f"term-{k}",
            column=name,
        )
    others = [name for name in frame.aliased if name not in constant]
    if others:
        yield Problem(
            "warning",
            "aliased",
            f"Left out because the other columns determine them: {listed(others)}.",
        )


def _marginal(frame: ModelFrame) -> Iterator[Problem]:
    """Find interactions without their main effects, where R's coding does not make up for them."""
    terms = set(frame.spec.terms)
    for k, term in enumerate(frame.spec.terms):
        names = frame.names_of(k)
        for variable in term.variables:
            rest = Term(tuple(v for v in term.variables if v != variable))
            label = expression_text(variable)
            if not rest.variables or rest in terms or not all(label in n.split(":") for n in names):
                continue
            main = spoken_term(rest)
            yield Problem(
                "warning",
                "marginality",
                f"{spoken_term(term)} is in the model without {main}, which holds the effect of {main} at "
                f"zero where {spoken(variable)} is 0: add {main}, or have a reason.",
                part=f"term-{k}",
                column=rest.label,
            )


def _many_categories(frame: ModelFrame) -> Iterator[Problem]:
    """Find categories that are as good as the rows' own names: most rows would get an effect of their own."""
    for k, term in enumerate(frame.spec.terms):
        (name, *others), columns = term.variables, frame.columns_of.get(k, ())
        few = len(columns) < max(MANY_CATEGORIES, frame.n / 2)
        if others or few or not isinstance(name, Name):
            continue
        yield Problem(
            "warning",
            "many-categories",
            f"“{name.name}” has {len(columns) + 1} categories in {counted(frame.n, 'row')}, each with an "
            "effect of its own, which leaves little to estimate anything from: group by it, or make numbers "
            "of it.",
            part=f"term-{k}",
            column=name.name,
        )


def _far_from_zero(frame: ModelFrame) -> Iterator[Problem]:
    """Find predictors whose values are further from 0 than from each other: the intercept is beyond them."""
    if not frame.spec.intercept:
        return
    for c, k in enumerate(frame.X_terms):
        term = frame.spec.terms[k] if k >= 0 else None
        if term is None or not isinstance(term.variables[0], Name) or frame.X_names[c] != term.label:
            continue
        low, high = float(frame.X[:, c].min()), float(frame.X[:, c].max())
        if low < high and low * high > 0 and min(abs(low), abs(high)) > high - low:
            name = in_words(term.label)
            # What dates are as numbers, their column does not show.
            days = " days after 1970-01-01" if is_date(frame, term.label) else ""
            yield Problem(
                "note",
                "far-from-zero",
                f"{name} is between {low:.6g} and {high:.6g}{days}, so the intercept is the expected outcome "
                f"far outside the data, where {name} is 0. Centring {name} at its mean brings it back to "
                "them.",
                part=f"term-{k}",
                column=term.label,
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
            f"“{group.name}” has {levels:,} groups with {counted(len(group.columns), 'effect')} each, "
            f"{effects:,} in all, for {frame.n:,} rows: they cannot be told from the residuals. "
            "Let fewer effects vary.",
            part=part,
            column=group.factor,
        )
    if levels < FEW_GROUPS:
        yield Problem(
            "warning",
            "few-groups",
            f"“{group.name}” has only {levels} groups: how much groups vary is hardly known from so few, "
            "and the prior will matter.",
            part=part,
            column=group.factor,
        )
    yield from _singletons(frame, part, group)
    yield from _slopes(frame, g, group)
    yield from _also_predictor(frame, group)
    if frame.groups[g].factor in (frame.y_name, *column_names(frame.spec.response)):
        yield Problem(
            "warning",
            "outcome-as-group",
            f"“{group.name}” is the outcome, so grouping by it explains the outcome by itself. Choose "
            "another grouping column.",
            part=part,
            column=group.factor,
        )


def _singletons(frame: ModelFrame, part: str, group: GroupDesign) -> Iterator[Problem]:
    levels, alone = len(group.levels), int((group.sizes == 1).sum())
    if 2 * alone > levels and levels < frame.n:
        yield Problem(
            "warning",
            "single-rows",
            f"{alone:,} of the {levels:,} groups of “{group.name}” have a single row: these say nothing "
            "about the variation within groups, and little about their own group.",
            part=part,
            column=group.factor,
        )


def _level_per_row(frame: ModelFrame, part: str, factor: str) -> Problem:
    head = f"Each row is its own group of “{factor}” ({counted(frame.n, 'row')}): its effects "
    if frame.spec.family in _OVERDISPERSED or (frame.trials is not None and frame.trials.max() > 1):
        message = head + "take up the variation that the family does not have (overdispersion)."
        return Problem("note", "levels-equal-rows", message, part=part, column=factor)
    message = head + "cannot be told from the variation between rows. Choose another grouping column."
    return Problem("warning", "levels-equal-rows", message, part=part, column=factor)


def _also_predictor(frame: ModelFrame, group: GroupDesign) -> Iterator[Problem]:
    for k, term in enumerate(frame.spec.terms):
        # A numeric predictor that also groups is a trend and deviations from it, which is fine.
        if term.label == group.factor and frame.names_of(k) != (term.label,):
            yield Problem(
                "warning",
                "group-as-predictor",
                f"“{group.name}” is both a predictor and a grouping factor, so its differences are counted "
                "twice: leave one of them out.",
                part=f"term-{k}",
                column=group.factor,
            )


def _slopes(frame: ModelFrame, g: int, group: GroupDesign) -> Iterator[Problem]:
    slopes = [k for k, term in enumerate(group.column_terms) if term >= 0]
    if not slopes or len(group.levels) == frame.n:
        return
    varying = [varies_in(group.Z[:, k], group.codes, len(group.levels)) for k in slopes]
    for term in dict.fromkeys(group.column_terms[k] for k in slopes):
        inside = [v for k, v in zip(slopes, varying, strict=True) if group.column_terms[k] == term]
        label, part = frame.spec.groups[g].terms[term].label, f"group-{g}-term-{term}"
        named = in_words(label)
        if not all(inside):
            what = f"part of {named}" if any(inside) else named
            message = (
                f"{what} does not vary within any “{group.name}”, so its slope cannot differ between them: "
                "let it not vary."
            )
            yield Problem("warning", "constant-slope", message, part=part, column=label)
        elif 2 * min(inside) < len(group.levels):
            message = (
                f"{named} varies within {min(inside):,} of the {len(group.levels):,} groups of "
                f"“{group.name}” only: how much its slope varies rests on these alone."
            )
            yield Problem("warning", "slope-in-few-groups", message, part=part, column=label)
