"""Traps that a model falls into by its formula alone, said in sentences."""

from __future__ import annotations

from mlmwidget.formula.spec import GroupTerm, ModelSpec
from mlmwidget.formula.text import term_text
from mlmwidget.problems import Problem


def notes_on(spec: ModelSpec) -> list[Problem]:
    """Return warnings and notes that can be told without the data.

    Parameters
    ----------
    spec
        The model.
    """
    notes: list[Problem] = []
    if not spec.groups:
        notes.append(
            Problem(
                "note",
                "no-groups",
                "There is no group-level term: this is an ordinary regression that pools all groups "
                "completely. Add one such as (1 | g).",
            )
        )
    if not spec.intercept and not spec.terms:
        notes.append(
            Problem(
                "warning",
                "no-population",
                "The population level has neither an intercept nor a predictor, so the mean is taken to be "
                "0; leave out the 0 to have an intercept.",
                "intercept",
            )
        )
    for index in range(len(spec.groups)):
        notes += _notes_on_group(spec, index)
    return notes


def _notes_on_group(spec: ModelSpec, index: int) -> list[Problem]:
    group, part = spec.groups[index], f"group-{index}"
    notes: list[Problem] = []
    label = term_text(group.factor)
    earlier = [g for g in spec.groups[:index] if _same_factor(g, group)]
    if any(g == group for g in earlier):
        message = f"The same group-level term stands twice for {label}; one of the two is enough."
        notes.append(Problem("warning", "duplicate-group", message, part))
    elif group.intercept and any(g.intercept for g in earlier):
        message = (
            f"The intercept varies twice between the groups of {label}; write 0 + … in one of the terms, "
            "or put all that varies in one term."
        )
        notes.append(Problem("warning", "intercept-twice", message, part))
    repeated = [t for t in group.terms if any(t in g.terms for g in earlier if g != group)]
    if repeated:
        message = f"The slope of {repeated[0].label} varies twice between the groups of {label}."
        notes.append(Problem("warning", "slope-twice", message, part))
    for k, term in enumerate(spec.terms):
        if set(term.variables) == set(group.factor):
            message = (
                f"{label} is both a predictor and a grouping factor: if its values are categories, they get "
                "two sets of intercepts that cannot be told apart."
            )
            notes.append(Problem("warning", "group-as-predictor", message, f"term-{k}"))
    for k, term in enumerate(group.terms):
        if set(term.variables) & set(group.factor):
            message = f"{label} is the grouping factor and cannot vary within its own groups as a slope."
            notes.append(Problem("warning", "group-as-slope", message, f"{part}-term-{k}"))
    return notes


def _same_factor(one: GroupTerm, other: GroupTerm) -> bool:
    return set(one.factor) == set(other.factor)
