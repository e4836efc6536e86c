"""The chips of the population level: what each predictor is, how it is centred, what it can interact with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlmwidget.data.columns import ColumnProfile
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.groups import constant_within
from mlmwidget.formula.centring import centring, short_names, spoken_term
from mlmwidget.formula.check import column_names
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.widget.choices import Levels, centring_choices, edit, interaction_choices
from mlmwidget.widget.edits import needed_by


def levels_of(frame: ModelFrame | None) -> Levels:
    """Return, for each population-level term, the grouping factors within whose groups it is constant."""
    if frame is None:
        return {}
    constant: dict[Term, list[str]] = {}
    for k, term in enumerate(frame.spec.terms):
        columns = frame.columns_of.get(k)
        if columns is None:  # the other columns determine it, so it has no effect of its own
            continue
        within = set.intersection(*(set(frame.X_levels[c]) for c in columns))
        constant[term] = list(dict.fromkeys(frame.groups[g].factor for g in sorted(within)))
    return constant


def chips(
    spec: ModelSpec | None, columns: Sequence[ColumnProfile], frame: ModelFrame | None
) -> list[dict[str, Any]]:
    """Return the chips of the predictors: the ``Chip`` of ``js/src/protocol.ts``."""
    if spec is None:
        return []
    profiles = {c.name: c for c in columns}
    levels = levels_of(frame)
    names = short_names(spec)
    products = [t for t in spec.terms if len(t.variables) > 1]
    return [_chip(spec, k, names[t], products, profiles, frame, levels) for k, t in enumerate(spec.terms)]


def _chip(
    spec: ModelSpec,
    k: int,
    name: str,
    products: Sequence[Term],
    profiles: dict[str, ColumnProfile],
    frame: ModelFrame | None,
    levels: Levels,
) -> dict[str, Any]:
    term = spec.terms[k]
    needed = needed_by(products, term)
    others = interaction_choices(term, spec, levels)
    return {
        "label": name,
        "title": _title(term),
        "remark": _remark(term, profiles, frame, levels),
        "part": f"term-{k}",
        "remove": edit("remove-term", term=term.label),
        "needed": needed,
        "centring": _centring(spec, k, profiles, frame, levels),
        "interact": {"value": None, "choices": others, "request": edit("add-term")} if others else None,
    }


def _title(term: Term) -> str:
    words = spoken_term(term)
    return words if words == in_words(term.label) else f"{words}\n{term.label}"


def _remark(term: Term, profiles: dict[str, ColumnProfile], frame: ModelFrame | None, levels: Levels) -> str:
    """Say whether a predictor belongs to the observations or to the groups."""
    if frame is not None and term not in levels:
        return "no effect to estimate"
    if len(term.variables) > 1:
        single = [levels.get(Term((v,))) for v in term.variables]
        return "cross-level interaction" if any(single) and not all(single) else "interaction"
    if frame is not None and frame.groups and term in levels:
        within = f"constant within {in_words(next(iter(levels[term])))}" if levels[term] else ""
        if centring(term.variables[0]).kind == "mean":
            return "contextual effect" if within else ""
        return within or f"varies within {frame.groups[0].name}"
    names = [n for v in term.variables for n in column_names(v)]
    return profiles[names[0]].remark if len(names) == 1 and names[0] in profiles else ""


def _centring(
    spec: ModelSpec,
    k: int,
    profiles: dict[str, ColumnProfile],
    frame: ModelFrame | None,
    levels: Levels,
) -> dict[str, Any] | None:
    term = spec.terms[k]
    number = frame.names_of(k) == (term.label,) if frame else _is_number(term, profiles)
    if len(term.variables) > 1 or not number:
        return None
    base = centring(term.variables[0]).base
    text = in_words(expression_text(base))
    constant = {
        factor: f"{text} does not vary within {in_words(factor)}, so nothing would be left of it."
        for factor in _constant_factors(term, frame, levels)
    }
    found = centring_choices(term, spec, constant)
    if found is None:
        return None
    value, choices = found
    request = edit("set-centring", term=term.label)
    if any(n in profiles and profiles[n].missing for n in column_names(base)):
        request["skip_missing"] = True
    return {"value": value, "choices": choices, "request": request}


def _is_number(term: Term, profiles: dict[str, ColumnProfile]) -> bool:
    """Whether the column of a term holds numbers, as far as its profile tells."""
    base = centring(term.variables[0]).base
    return (
        isinstance(base, Name)
        and base.name in profiles
        and profiles[base.name].kind in ("number", "whole number")
    )


def _constant_factors(term: Term, frame: ModelFrame | None, levels: Levels) -> list[str]:
    """Return the grouping factors within whose groups the predictor, before any centring, is constant."""
    found = centring(term.variables[0])
    if found.kind != "within":
        return list(levels.get(term, ()))
    if frame is None or not isinstance(found.base, Name) or found.base.name not in frame.rows:
        return []
    others = [g for g in frame.groups if g.factor != found.factor]
    if not others:
        return []
    values = frame.rows[found.base.name].to_numpy(float)[:, np.newaxis]
    return [g.factor for g in others if constant_within(values, g.codes, len(g.levels))[0]]
