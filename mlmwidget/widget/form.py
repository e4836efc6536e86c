"""What each control of the builder says, whether it can be used, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlmwidget.data.columns import ColumnProfile, suggest
from mlmwidget.data.structure import structure
from mlmwidget.formula.centring import short_names
from mlmwidget.formula.check import column_names
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.formula.text import in_words
from mlmwidget.notation.columns import effect_word, guessed_columns
from mlmwidget.notation.structure import Structure, absent_part, intercept_part
from mlmwidget.notation.vocabulary import DEFAULT, Vocabulary
from mlmwidget.problems import Problem
from mlmwidget.widget.chips import chips, levels_of
from mlmwidget.widget.choices import (
    edit,
    family_choices,
    group_choices,
    request_value,
    response_choices,
    term_choices,
)
from mlmwidget.widget.defaults import suggest_predictor
from mlmwidget.widget.edits import PRESETS, group_key, preset_spec

_CATEGORIES = ("category", "ordered category", "yes/no")


def form(
    model: Structure | None,
    columns: Sequence[ColumnProfile],
    *,
    can_undo: bool = False,
    can_redo: bool = False,
    predictor: Term | None = None,
    vocabulary: Vocabulary = DEFAULT,
    within: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything the builder shows: the ``Form`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    model
        The model, whose frame says what can vary within groups; None while no outcome has been chosen.
    columns
        Profiles of the data's columns.
    can_undo, can_redo
        Whether there is something to undo or redo.
    predictor
        The predictor that presets take when the model has none.
    vocabulary
        The words for the two kinds of effects.
    within
        Column → whether it varies within groups, for example ``"constant within county"``.
    """
    spec, frame = (model.spec, model.frame) if model else (None, None)
    family = spec.family if spec else "gaussian"
    return {
        "presets": _presets(spec, columns, predictor),
        "response": {
            "value": request_value((spec.response,)) if spec else None,
            "choices": response_choices(spec, columns),
            "request": edit("set-response"),
        },
        "family": {
            "value": family,
            "choices": family_choices(spec),
            "request": edit("set-family"),
        },
        "family_hint": _family_hint(spec, columns),
        "population": _legend("Population level", vocabulary),
        "group": _legend("Group level", vocabulary),
        "intercept": {
            "label": "Population intercept",
            "on": spec.intercept if spec else True,
            "reason": None if spec else "Choose an outcome first.",
            "request": edit("set-intercept"),
            "part": "intercept",
        },
        "terms": chips(spec, columns, frame),
        "add_term": {
            "value": None,
            "choices": term_choices(spec, columns, levels_of(frame), within or {}),
            "request": edit("add-term"),
        },
        "groups": _cards(model, columns) if model else [],
        "add_group": {
            "value": None,
            "choices": group_choices(spec, columns),
            "request": edit("add-group"),
        },
        "undo": {"type": "undo"} if can_undo else None,
        "redo": {"type": "redo"} if can_redo else None,
    }


def addable(form: Mapping[str, Any]) -> list[str]:
    """Ids of the varying effects that a click on a toggle of a form would add to the model."""
    toggles = [toggle for card in form["groups"] for toggle in (card["intercept"], *card["slopes"])]
    return [toggle["part"] for toggle in toggles if not toggle["on"] and toggle["reason"] is None]


def remedy(problem: Problem, form: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the button that does away with a problem: a control of the form, set; None without one."""
    if problem.code != "far-from-zero":
        return None
    chip = next((chip for chip in form["terms"] if chip["part"] == problem.part), None)
    if chip is None or chip["centring"] is None:
        return None
    return {"label": "Centre it", "request": chip["centring"]["request"] | {"value": "grand-mean"}}


def _legend(name: str, vocabulary: Vocabulary) -> dict[str, str]:
    """Return a heading, and the other vocabulary's word for it."""
    return {"legend": vocabulary.say(name), "also": vocabulary.other.say(name)}


def _family_hint(spec: ModelSpec | None, columns: Sequence[ColumnProfile]) -> dict[str, Any] | None:
    """Suggest what follows from what the outcome holds; the family never changes by itself."""
    if spec is None or not isinstance(spec.response, Name):
        return None
    name = spec.response.name
    column = next((c for c in columns if c.name == name), None)
    if column is None:
        return None
    text, wanted = "", ""
    numbers = column.kind in ("number", "whole number")
    if not numbers and column.unique == 2 and spec.family not in ("bernoulli", "binomial"):
        text, wanted = f"{name} has two values: Bernoulli fits.", "bernoulli"
    elif column.kind == "whole number" and spec.family == "gaussian" and _counts(column):
        text, wanted = f"{name} holds counts: Poisson may fit better.", "poisson"
    elif numbers and spec.family == "bernoulli":
        text, wanted = f"{name} holds numbers, not two values: Gaussian fits.", "gaussian"
    if not wanted:
        return None
    return {
        "text": text,
        "label": f"Use {FAMILIES[wanted].label}",
        "request": edit("set-family", value=wanted),
    }


def _counts(column: ColumnProfile) -> bool:
    """Whether whole numbers look like counts: none is negative, and they come near zero."""
    low, high = column.minimum, column.maximum
    return low is not None and high is not None and 0 <= low <= 0.1 * high


def _cards(model: Structure, columns: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    spec, frame = model.spec, model.frame
    by_name = {c.name: c for c in columns}
    categories = frozenset(c.name for c in columns if c.kind in _CATEGORIES)
    relations = structure(frame) if frame is not None and frame.groups else None
    cards = []
    for g, group in enumerate(spec.groups):
        key = group_key(spec, g)
        name = request_value(group.factor)
        part = f"group-{g}"
        cards.append(
            {
                "part": part,
                "factor": {
                    "value": name,
                    "choices": group_choices(spec, columns, kept=group),
                    "request": edit("set-factor", group=key),
                },
                "remark": by_name[name].remark if name in by_name else "",
                "intercept": {
                    "label": "Intercept varies",
                    "on": group.intercept,
                    "reason": _last_reason(group, group.intercept and not group.terms),
                    "request": edit("set-group-intercept", group=key),
                    "part": intercept_part(g),
                },
                "slopes": _slopes(model, g, categories),
                "correlated": _correlated(group, g, key),
                "facts": list(relations.facts(group.label)) if relations else [],
                "remove": edit("remove-group", group=key),
            }
        )
    return cards


def _last_reason(group: GroupTerm, last: bool) -> str | None:
    if not last:
        return None
    return "Something has to vary: let a slope vary first, or remove the grouping."


def _slopes(model: Structure, g: int, categories: frozenset[str]) -> list[dict[str, Any]]:
    """One toggle a population-level term, then those that vary without a population-level effect."""
    spec, frame = model.spec, model.frame
    group = spec.groups[g]
    key = group_key(spec, g)
    place = {t.label: k for k, t in enumerate(group.terms)}
    population = {t.label for t in spec.terms}
    extra = [t for t in group.terms if t.label not in population]
    levels, names, named = levels_of(frame), short_names(spec), in_words(group.label)
    known = model.terms if frame is not None else {}
    toggles = []
    for k, term in enumerate((*spec.terms, *extra)):
        on = term.label in place
        word = effect_word(known.get(term) or guessed_columns(term, categories))
        reason = _last_reason(group, on and not group.intercept and len(group.terms) == 1)
        if not on and group.label in levels.get(term, ()):
            reason = (
                f"{names[term]} does not vary within {named}: its {word} cannot vary "
                f"between the groups of {named}."
            )
        toggles.append(
            {
                "label": f"{word.capitalize()} of {names[term]} varies",
                "on": on,
                "reason": reason,
                "request": edit("set-slope", group=key, term=term.label),
                "part": f"group-{g}-term-{place[term.label]}" if on else absent_part(g, k),
            }
        )
    return toggles


def _correlated(group: GroupTerm, g: int, key: str) -> dict[str, Any] | None:
    if group.intercept + len(group.terms) < 2:
        return None
    return {
        "value": "|" if group.correlated else "||",
        "choices": [
            {"value": bar, "label": word, "remark": f"Make {word.lower()}, {bar}", "reason": None}
            for bar, word in (("|", "Correlated"), ("||", "Uncorrelated"))
        ],
        "part": f"group-{g}-cor",
        "request": edit("set-correlated", group=key),
    }


def _presets(
    spec: ModelSpec | None, columns: Sequence[ColumnProfile], predictor: Term | None
) -> list[dict[str, Any]]:
    """Return the five models, each with the formula that a click on it gives."""
    factor: tuple[Expression, ...] | None = None
    if spec is not None:
        _, group = suggest(tuple(c for c in columns if c.name not in column_names(spec.response)))
        factor = spec.groups[0].factor if spec.groups else ((Name(group),) if group else None)
        taken = {n for e in (spec.response, *(factor or ())) for n in column_names(e)}
        main = next((t for t in spec.terms if len(t.variables) == 1), None)
        predictor = main or predictor or suggest_predictor(columns, taken)
    return [_preset(spec, name, predictor, factor) for name in PRESETS]


def _preset(
    spec: ModelSpec | None, name: str, predictor: Term | None, factor: tuple[Expression, ...] | None
) -> dict[str, Any]:
    preset = PRESETS[name]
    shown = {
        "name": name,
        "label": preset.label,
        "formula": "",
        "active": False,
        "request": edit("preset", name=name),
    }
    if spec is None:
        return shown | {"reason": "Choose an outcome first."}
    if factor is None:
        return shown | {"reason": "No column can group the rows: add a grouping variable first."}
    if preset.predictor and predictor is None:
        return shown | {"reason": "This model needs a predictor, and no column can be one."}
    wanted = preset_spec(spec, name, predictor, factor)
    request = edit("preset", name=name, factor=request_value(factor))
    if predictor is not None:
        request["predictor"] = request_value(predictor.variables)
    return shown | {
        "formula": wanted.formula,
        "active": _plain(spec) == _plain(wanted),
        "reason": None,
        "request": request,
    }


def _plain(spec: ModelSpec) -> ModelSpec:
    """Return the spec with ``|`` where a single effect makes no difference between ``|`` and ``||``."""
    groups = tuple(g if g.intercept + len(g.terms) > 1 else replace(g, correlated=True) for g in spec.groups)
    return replace(spec, groups=groups)
