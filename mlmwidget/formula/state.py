"""Plain values to a model specification; the values may come from a browser or a saved file."""

from __future__ import annotations

from typing import Any

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.notes import notes_on
from mlmwidget.formula.parse import check_response, parse_expression, parse_factor, parse_term
from mlmwidget.formula.spec import GroupTerm, ModelSpec
from mlmwidget.formula.terms import MAX_TERMS, distinct


def spec_from_state(state: Any) -> ModelSpec:
    """Make a spec from the values of :meth:`ModelSpec.to_dict`.

    Parameters
    ----------
    state
        A dictionary; whatever else it is raises an error.

    Raises
    ------
    FormulaError
        If a value has the wrong type, or a text is not a term, an expression or a grouping factor.
    """
    if not isinstance(state, dict):
        raise FormulaError("A saved model is a dictionary.", code="state")
    response = parse_expression(_text(state, "response"))
    check_response(response)
    offsets = tuple(parse_expression(text) for text in _texts(state, "offsets"))
    groups = tuple(_group(group) for group in _list(state, "groups"))
    family, link = resolve_family(_text(state, "family", "gaussian"), state.get("link"))
    intercept = _flag(state, "intercept")
    terms = distinct(parse_term(text) for text in _texts(state, "terms"))
    spec = ModelSpec(response, intercept, terms, groups, offsets, family, link)
    return ModelSpec(response, intercept, terms, groups, offsets, family, link, tuple(notes_on(spec)))


def _group(state: Any) -> GroupTerm:
    if not isinstance(state, dict):
        raise FormulaError("A saved group-level term is a dictionary.", code="state")
    terms = distinct(parse_term(text) for text in _texts(state, "terms"))
    intercept = _flag(state, "intercept")
    if not terms and not intercept:
        raise FormulaError("In a saved group-level term nothing varies.", code="no-effects")
    factor = parse_factor(_text(state, "factor"))
    return GroupTerm(factor, intercept, terms, _flag(state, "correlated") or not terms)


def _text(state: dict[Any, Any], key: str, default: str | None = None) -> str:
    value = state.get(key, default)
    if not isinstance(value, str):
        raise FormulaError(f"In a saved model, {key} is a text.", code="state")
    return value


def _flag(state: dict[Any, Any], key: str) -> bool:
    value = state.get(key, True)
    if not isinstance(value, bool):
        raise FormulaError(f"In a saved model, {key} is true or false.", code="state")
    return value


def _list(state: dict[Any, Any], key: str) -> list[Any]:
    value = state.get(key, [])
    if not isinstance(value, list | tuple) or len(value) > MAX_TERMS:
        raise FormulaError(f"In a saved model, {key} is a list of at most {MAX_TERMS}.", code="state")
    return list(value)


def _texts(state: dict[Any, Any], key: str) -> list[str]:
    values = _list(state, key)
    if not all(isinstance(value, str) for value in values):
        raise FormulaError(f"In a saved model, {key} is a list of texts.", code="state")
    return values
