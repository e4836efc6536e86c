"""What the dropdowns of the builder offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlmwidget.data.columns import ColumnProfile, Use
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.formula.text import expression_text, term_text
from mlmwidget.widget.edits import column_names

#: With more columns than this, a dropdown leaves out those that cannot be chosen.
MANY_COLUMNS = 200


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


def term_choices(spec: ModelSpec | None, columns: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    """Return the columns as predictors, then the interactions of the predictors in the model."""
    if spec is None:
        return []
    single = [t for t in spec.terms if len(t.variables) == 1]
    taken = {
        v.name: "It is in the model already." for t in single for v in t.variables if isinstance(v, Name)
    }
    choices = _column_choices(_without_outcome(columns, spec), "predictor", taken)
    together = [set(t.variables) for t in spec.terms]
    for i, first in enumerate(single):
        for second in single[i + 1 :]:
            term = Term((*first.variables, *second.variables))
            if set(term.variables) not in together:
                choices.append(_choice(term.label, f"{first.label} × {second.label}", "interaction"))
    return choices


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
        choices.insert(0, _choice(request_value(kept.factor), remark="from the formula"))
    return choices


def _without_outcome(columns: Sequence[ColumnProfile], spec: ModelSpec) -> list[ColumnProfile]:
    outcome = set(column_names(spec.response))
    return [c for c in columns if c.name not in outcome]


def _column_choices(
    columns: Sequence[ColumnProfile], use: Use, taken: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return columns with what they hold and, where they cannot be chosen, why."""
    choices = []
    for column in columns:
        reason = taken.get(column.name) or column.why_not.get(use)
        if reason is not None and len(columns) > MANY_COLUMNS and column.name not in taken:
            continue
        remark = f"{column.remark}, {column.missing} missing" if column.missing else column.remark
        choices.append(_choice(column.name, remark=remark, reason=reason))
    return choices


def _choice(
    value: str, label: str | None = None, remark: str = "", reason: str | None = None
) -> dict[str, Any]:
    return {"value": value, "label": value if label is None else label, "remark": remark, "reason": reason}
