"""What the dropdowns of the builder offer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mlmwidget.data.columns import ColumnProfile, Use
from mlmwidget.data.errors import counted
from mlmwidget.formula.centring import centring, contextual, short_names
from mlmwidget.formula.check import column_names
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.formula.text import expression_text, in_words, term_text

#: With more columns than this, a dropdown leaves out those that cannot be chosen.
MANY_COLUMNS = 200
#: With more predictors than this, interactions are written in the formula: their number grows as the square.
MANY_PREDICTORS = 15

#: Population-level term → the grouping factors within whose groups it is constant.
type Levels = Mapping[Term, Collection[str]]


def edit(name: str, /, **fields: Any) -> dict[str, Any]:
    """Return the request of an edit (see :mod:`mlmwidget.widget.edits`)."""
    return {"type": "edit", "edit": name, **fields}


def request_value(expressions: tuple[Expression, ...]) -> str:
    """Return what a request names: a column by its own name, everything else by its formula text."""
    match expressions:
        case (Name(name),):
            return name
        case _:
            return term_text(expressions)


def response_choices(spec: ModelSpec | None, columns: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    """Return the columns as outcomes; an outcome that was typed as an expression goes first."""
    typed = []
    if spec and not isinstance(spec.response, Name):
        typed.append(_choice(expression_text(spec.response), remark="from the formula"))
    return typed + _column_choices(columns, "response", {})


def family_choices(spec: ModelSpec | None) -> list[dict[str, Any]]:
    """Return the families, each with its link."""
    choices = []
    for name, family in FAMILIES.items():
        link = spec.link if spec and spec.family == name else family.link
        choices.append(_choice(name, family.label[0].upper() + family.label[1:], link))
    return choices


def term_choices(
    spec: ModelSpec | None, columns: Sequence[ColumnProfile], levels: Levels, within: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the columns as predictors, then the interactions of the predictors in the model."""
    if spec is None:
        return []
    single = _single_terms(spec)
    predictors = [centring(t.variables[0]) for t in single]
    taken = {
        p.base.name: "It is in the model already."
        for p in predictors
        if isinstance(p.base, Name) and p.kind != "mean"
    }
    choices = _column_choices(_without_outcome(columns, spec), "predictor", taken, within)
    if len(single) <= MANY_PREDICTORS:
        pairs = [(a, b) for i, a in enumerate(single) for b in single[i + 1 :]]
        names = short_names(spec)
        choices += [_interaction(a, b, names, levels) for a, b in pairs if _product(a, b) not in spec.terms]
    else:
        reason = f"With more than {MANY_PREDICTORS} predictors, write interactions in the formula, as x:w."
        choices.append(_choice("interactions", "Interactions", reason=reason))
    return choices


def interaction_choices(term: Term, spec: ModelSpec, levels: Levels) -> list[dict[str, Any]]:
    """Return the other predictors that a predictor can interact with; none where there are very many."""
    single = _single_terms(spec)
    if len(single) > MANY_PREDICTORS or term not in single:
        return []
    others = [t for t in single if t != term and _product(term, t) not in spec.terms]
    names = short_names(spec)
    return [_interaction(term, t, names, levels) | {"label": names[t], "group": ""} for t in others]


def _single_terms(spec: ModelSpec) -> list[Term]:
    return [t for t in spec.terms if len(t.variables) == 1]


def _product(a: Term, b: Term) -> Term:
    return Term((*a.variables, *b.variables))


def _interaction(a: Term, b: Term, names: Mapping[Term, str], levels: Levels) -> dict[str, Any]:
    """Return the choice of an interaction; a cross-level one says whose slope it explains."""
    remark = "interaction"
    for lower, upper in ((a, b), (b, a)):
        if levels.get(upper) and not levels.get(lower):
            remark = f"cross-level: {names[upper]} changes the slope of {names[lower]}"
    value = term_text(_product(a, b).variables)
    return _choice(value, f"{names[a]} × {names[b]}", remark) | {"group": "Interactions"}


def centring_choices(
    term: Term, spec: ModelSpec, constant: Mapping[str, str]
) -> tuple[str, list[dict[str, Any]]] | None:
    """Return how a predictor is centred and how it could be; None for what cannot be centred.

    Parameters
    ----------
    term
        A term of one numeric predictor.
    spec
        The model.
    constant
        Grouping factors within whose groups the predictor does not vary → the sentence that says so.
    """
    found = centring(term.variables[0])
    if found.kind == "mean":
        return None
    base = in_words(expression_text(found.base))
    factors = {request_value(g.factor): GroupTerm(g.factor).label for g in spec.groups}
    if found.kind == "within":
        factors.setdefault(request_value(found.groups), found.factor)
    choices = [_choice("none", "not centred"), _choice("grand-mean", "centred at its mean")]
    for value, label in factors.items():
        reason, named = constant.get(label), in_words(label)
        choices += [
            _choice(f"within:{value}", f"centred within {named}", reason=reason),
            _choice(
                f"within-and-mean:{value}",
                f"centred within {named} + mean",
                f"with the {named} mean of {base} as contextual effect",
                reason,
            ),
        ]
    present: str = found.kind
    if found.kind == "within":
        mean = contextual(spec, found) is not None
        present = ("within-and-mean:" if mean else "within:") + request_value(found.groups)
    return present, choices


def group_choices(
    spec: ModelSpec | None, columns: Sequence[ColumnProfile], kept: GroupTerm | None = None
) -> list[dict[str, Any]]:
    """Return the columns that can group the rows; `kept` is the group-level term of the card that asks."""
    if spec is None:
        return []
    factors = [g.factor for g in spec.groups if kept is None or g.factor != kept.factor]
    taken = {
        v.name: "It is a grouping variable already."
        for (v, *more) in factors
        if isinstance(v, Name) and not more
    }
    choices = _column_choices(_without_outcome(columns, spec), "group", taken)
    if kept is not None and request_value(kept.factor) not in {c["value"] for c in choices}:
        value = request_value(kept.factor)
        choices.insert(0, _choice(value, in_words(value)))
    return choices


def _without_outcome(columns: Sequence[ColumnProfile], spec: ModelSpec) -> list[ColumnProfile]:
    outcome = set(column_names(spec.response))
    return [c for c in columns if c.name not in outcome]


def _column_choices(
    columns: Sequence[ColumnProfile],
    use: Use,
    taken: Mapping[str, str],
    within: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return columns with what they hold and, where they cannot be chosen, why."""
    choices = []
    for column in columns:
        reason = taken.get(column.name) or column.why_not.get(use)
        if reason is not None and len(columns) > MANY_COLUMNS and column.name not in taken:
            continue
        # A card says below its groups' sizes; there is room for their number.
        held = counted(column.unique, "group") if use == "group" else column.remark
        remark = ", ".join(filter(None, (held, _missing(column))))
        detail = column_detail(column, (within or {}).get(column.name))
        choices.append(_choice(column.name, remark=remark, reason=reason) | {"detail": detail})
    return choices


def column_detail(column: ColumnProfile, level: str | None = None) -> str:
    """Say what an opened list says of a column: its kind, its values, its level and what is missing.

    Parameters
    ----------
    column
        The column's profile.
    level
        Whether it varies within the groups of the model, in words.
    """
    kind = "" if column.kind == "other" else f"{column.kind}: "
    return kind + ", ".join(filter(None, (column.remark, level, _missing(column))))


def _missing(column: ColumnProfile) -> str:
    return f"{counted(column.missing, 'value')} missing" if column.missing else ""


def _choice(
    value: str, label: str | None = None, remark: str = "", reason: str | None = None
) -> dict[str, Any]:
    return {"value": value, "label": value if label is None else label, "remark": remark, "reason": reason}
