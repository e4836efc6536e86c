"""What may stand in an expression: known functions, arithmetic, and the columns of the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.functions import (
    CODINGS,
    CONTRASTS,
    FUNCTIONS,
    NAMED_CONSTANTS,
    OTHER_COVARIANCES,
)
from mlmwidget.formula.grammar import DOT, MAX_NESTING
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Call, Expression, Name, Operation
from mlmwidget.formula.text import name_text


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every node of a tree with its depth, from left to right, without recursion."""
    stack = [(expression, 1)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        if isinstance(node, Operation):
            stack += [(child, depth + 1) for child in reversed(node.operands)]
        elif isinstance(node, Call):
            stack += [(argument.value, depth + 1) for argument in reversed(node.arguments)]


def column_names(expression: Expression) -> Iterator[str]:
    """Names of the columns that an expression mentions."""
    return (node.name for node, _ in walk(expression) if isinstance(node, Name))


def columns_of(spec: ModelSpec) -> set[str]:
    """Return the names of all columns that a spec mentions."""
    terms = (*spec.terms, *(t for g in spec.groups for t in g.terms))
    expressions = (
        spec.response,
        *spec.offsets,
        *(v for t in terms for v in t.variables),
        *(v for g in spec.groups for v in g.factor),
    )
    return {name for e in expressions for name in column_names(e)}


def has_bar(expression: Expression) -> bool:
    """Whether ``|`` or ``||`` stands anywhere in a tree."""
    return any(isinstance(node, Operation) and node.operator in ("|", "||") for node, _ in walk(expression))


def check_expression(expression: Expression, columns: Sequence[str] | None = None) -> None:
    """Refuse what no expression may hold.

    Parameters
    ----------
    expression
        A tree as the parser makes it.
    columns
        Names of the data's columns, to recognise ``Days (1 | Subject)``; None when there are no data.

    Raises
    ------
    FormulaError
        On unknown functions and arguments, on operators that are no arithmetic, and on trees that are
        nested too deep to be walked by recursion.
    """
    for node, depth in walk(expression):
        if depth > MAX_NESTING:
            raise FormulaError(
                f"An expression is nested more than {MAX_NESTING} levels deep; write it more simply.",
                node.position,
                code="too-deep",
            )
        if isinstance(node, Call):
            _check_call(node, columns)
            if depth > 1 and node.function in ("cbind", "offset"):
                message = f"{node.function}() cannot stand inside another expression."
                raise FormulaError(message, node.position, code=node.function)
        elif isinstance(node, Operation):
            _check_operation(node)


def _check_operation(node: Operation) -> None:
    if node.operator == DOT:
        message = "The dot stands for all other columns and cannot be used here; name the column."
    elif node.operator == "~":
        message = "A second ~ cannot stand inside a formula."
    elif node.operator == "<-":
        message = "Nothing can be assigned in a formula."
    elif node.operator in ("||", "&&"):
        message = f"Inside an expression write {node.operator[0]}, which compares row by row."
    else:
        return
    raise FormulaError(message, node.position, code="refused")


def _check_call(node: Call, columns: Sequence[str] | None) -> None:
    name = node.function
    if name not in FUNCTIONS:
        raise FormulaError(_unknown_function(node, columns), node.position, code="unknown-function")
    parameters = FUNCTIONS[name]
    if not node.arguments and name not in CONTRASTS:
        raise FormulaError(f"{name}() needs an argument.", node.position, code="arguments")
    if "..." not in parameters and len(node.arguments) > len(parameters):
        raise FormulaError(
            f"{name}() takes at most {len(parameters)} argument(s): {', '.join(parameters)}.",
            node.position,
            code="arguments",
        )
    for argument in node.arguments:
        given = argument.name
        # As in R, the beginning of an argument's name is enough.
        if given is not None and name != "c" and not any(p.startswith(given) for p in parameters):
            raise FormulaError(
                f"{name}() has no argument ‘{given[:40]}’; it has {', '.join(parameters)}.",
                node.position,
                code="arguments",
            )


def _unknown_function(node: Call, columns: Sequence[str] | None) -> str:
    name = node.function[:60]
    bar = any(has_bar(argument.value) for argument in node.arguments)
    if bar and name in OTHER_COVARIANCES:
        return (
            f"The covariance structure {name}(…) is not available: write (x | g) for correlated or "
            "(x || g) for uncorrelated effects."
        )
    if bar or (columns is not None and node.function in columns):
        return f"A + is missing between ‘{name}’ and the parenthesis: {name} is read as a function here."
    near = get_close_matches(name, FUNCTIONS, 1, 0.6) if len(name) > 2 else []
    lower = {f.lower(): f for f in FUNCTIONS}
    found = near[0] if near else lower.get(name.lower())
    hint = f"Did you mean {found}()?" if found else "Compute the column in the data, then name it."
    return f"The function {name}() is not one that a formula may use here. {hint}"


def check_columns(expressions: Iterable[Expression], columns: Sequence[str]) -> None:
    """Refuse names that the data do not have.

    Parameters
    ----------
    expressions
        Trees of a model.
    columns
        Names of the data's columns.

    Raises
    ------
    FormulaError
        With code ``"unknown-column"``, naming the nearest column.
    """
    known = set(columns)
    for expression in expressions:
        codings = {id(coding) for coding in _codings(expression)}
        for node, depth in walk(expression):
            if not isinstance(node, Name) or node.name in known or id(node) in codings:
                continue
            if depth > 1 and (node.name in NAMED_CONSTANTS or node.name in CONTRASTS):
                continue
            raise FormulaError(
                unknown_column(node.name, columns), max(node.position, 0), code="unknown-column"
            )


def _codings(expression: Expression) -> Iterator[Name]:
    """Names of contrasts, such as ``sum``, where ``C`` takes them."""
    for node, _ in walk(expression):
        if isinstance(node, Call) and node.function == "C":
            for argument in node.arguments[1:]:
                if isinstance(argument.value, Name) and argument.value.name in CODINGS:
                    yield argument.value


def unknown_column(name: str, columns: Sequence[str]) -> str:
    """Sentence about a column that the data do not have, naming the nearest one."""
    shown = name if len(name) <= 60 else name[:60] + "…"
    lower = {column.lower(): column for column in reversed(columns)}
    near = lower.get(name.lower())
    if near is None:
        matches = get_close_matches(name.lower()[:100], list(lower), 1, 0.6)
        near = lower[matches[0]] if matches else None
    if near is not None:
        return f"The data have no column ‘{shown}’. Did you mean {name_text(near)}?"
    listed = ", ".join(name_text(column) for column in columns[:10]) + (", …" if len(columns) > 10 else "")
    return f"The data have no column ‘{shown}’. They have {listed or 'no columns'}."
