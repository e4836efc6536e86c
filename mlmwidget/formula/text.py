"""Syntax trees and specs to formula text, as R deparses it."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from mlmwidget.formula.grammar import BINARY, COMPARISONS, DOT, PREFIX, RESERVED
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String

if TYPE_CHECKING:
    from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term

Piece = tuple[str, str | None]

_TIGHT = {"^", "/", ":", "%%", "%/%"}
_ATOM = 200
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|`(?P<name>(?:\\.|[^`\\])*)`')


def expression_text(expression: Expression) -> str:
    """Text of an expression with R's spacing; parentheses only where they are needed.

    Parameters
    ----------
    expression
        A syntax tree of bounded depth, as the parser makes it.
    """
    return _text(expression)[0]


def name_text(name: str) -> str:
    """Return a column's name as it stands in a formula, in back-quotes where R needs them."""
    if _is_syntactic(name):
        return name
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{_control_escapes(escaped)}`"


def in_words(text: str) -> str:
    """Return formula text as sentences and titles say it: names stand there without their back-quotes.

    Parameters
    ----------
    text
        Formula text, such as a label of R; what it quotes as a string stays.
    """
    return text if "`" not in text else _QUOTED.sub(_unquoted, text)


def _unquoted(quoted: re.Match[str]) -> str:
    name = quoted["name"]
    if name is None:
        return quoted[0]
    # Blanks around a name would part it from the punctuation.
    return name.replace("\\`", "`").replace("\\\\", "\\").strip() or quoted[0]


def term_text(variables: tuple[Expression, ...]) -> str:
    """Text of a product of variables that reads back as that product (R's label but for parentheses)."""
    if len(variables) == 1:
        return expression_text(variables[0])
    return ":".join(_enclosed(v, BINARY[":"] + 1) for v in variables)


def spec_text(spec: ModelSpec) -> str:
    """Return the canonical lme4 formula of a spec, for example ``y ~ x + (1 + x | g)``."""
    return "".join(text for text, _ in pieces(spec))


def pieces(spec: ModelSpec) -> list[Piece]:
    """Return the formula in pieces, each with the id of the model part that it writes.

    Parameters
    ----------
    spec
        The model.

    Returns
    -------
    list of (str, str or None)
        The texts join to ``spec.formula``; the ids are those of :mod:`mlmwidget.formula.spec`.
    """
    out: list[Piece] = [(_enclosed(spec.response, BINARY["~"] + 1), "response"), (" ~ ", None)]
    right: list[list[Piece]] = []
    if not spec.intercept:
        right.append([("0", "intercept")])
    elif not spec.terms:
        right.append([("1", "intercept")])
    right += [[(_summand(term), f"term-{k}")] for k, term in enumerate(spec.terms)]
    right += [[(f"offset({expression_text(o)})", f"offset-{k}")] for k, o in enumerate(spec.offsets)]
    right += [_group_pieces(group, f"group-{g}") for g, group in enumerate(spec.groups)]
    for position, part in enumerate(right):
        out += [(" + ", None), *part] if position else part
    return out


def _group_pieces(group: GroupTerm, part: str) -> list[Piece]:
    effects: list[Piece] = [("1", f"{part}-intercept") if group.intercept else ("0", part)]
    for k, term in enumerate(group.terms):
        effects += [(" + ", part), (_summand(term), f"{part}-term-{k}")]
    bar = " | " if group.correlated else " || "
    several = len(group.terms) + group.intercept > 1
    factor = term_text(group.factor) if len(group.factor) > 1 else _enclosed(group.factor[0], BINARY["|"] + 1)
    return [("(", part), *effects, (bar, f"{part}-cor" if several else part), (factor, part), (")", part)]


def _summand(term: Term) -> str:
    """Return a term as one summand: a comparison needs parentheses there."""
    if len(term.variables) == 1:
        return _enclosed(term.variables[0], BINARY["+"] + 1)
    return term_text(term.variables)


def _enclosed(expression: Expression, power: int) -> str:
    text, own = _text(expression)
    return f"({text})" if own < power else text


def _text(expression: Expression) -> tuple[str, int]:
    """Text and how tightly its outermost operator binds."""
    if isinstance(expression, Name):
        return name_text(expression.name), _ATOM
    if isinstance(expression, Number):
        return _number_text(expression.value), _ATOM
    if isinstance(expression, String):
        return _string_text(expression.value), _ATOM
    if isinstance(expression, Constant):
        return {True: "TRUE", False: "FALSE", None: "NULL"}[expression.value], _ATOM
    if isinstance(expression, Call):
        arguments = []
        for argument in expression.arguments:
            text = _text(argument.value)[0]
            arguments.append(text if argument.name is None else f"{name_text(argument.name)} = {text}")
        return f"{name_text(expression.function)}({', '.join(arguments)})", _ATOM
    return _operation_text(expression)


def _operation_text(operation: Operation) -> tuple[str, int]:
    operator, operands = operation.operator, operation.operands
    if operator == DOT:
        return DOT, _ATOM
    if len(operands) == 1:
        power = PREFIX[operator]
        binary = isinstance(operands[0], Operation) and len(operands[0].operands) == 2
        return operator + _enclosed(operands[0], power + binary), power
    power = BINARY[operator]
    right_associative = operator == "^"
    nonassociative = operator in COMPARISONS
    left, left_power = _text(operands[0])
    right, right_power = _text(operands[1])
    if left_power < power + (right_associative or nonassociative):
        left = f"({left})"
    # A sign may follow an operator that binds more tightly: a^-1 needs no parentheses.
    signed = (
        isinstance(operands[1], Operation) and len(operands[1].operands) == 1 and right_power == PREFIX["-"]
    )
    if right_power < power + (not right_associative) and not signed:
        right = f"({right})"
    space = "" if operator in _TIGHT else " "
    return f"{left}{space}{operator}{space}{right}", power


def _is_syntactic(name: str) -> bool:
    if not name or name in RESERVED or name == DOT:
        return False
    plain = all(c.isalpha() or c in "._0123456789" for c in name)
    start = name[0].isalpha() or (name[0] == "." and not name[1:2].isdigit())
    return plain and start and "ǀ" not in name


def _number_text(value: float) -> str:
    """R's text of a number: fixed or scientific, whichever is shorter."""
    if math.isinf(value):
        return "Inf"
    exact = Decimal(repr(value)).normalize()
    _, figures, exponent = exact.as_tuple()
    mantissa = str(figures[0]) + ("." + "".join(map(str, figures[1:])) if len(figures) > 1 else "")
    size = int(exponent) + len(figures) - 1
    scientific = f"{mantissa}e{'-' if size < 0 else '+'}{abs(size):02d}"
    if abs(size) > 20:
        return scientific
    fixed = f"{exact:f}"
    return fixed if len(fixed) <= len(scientific) else scientific


def _control_escapes(text: str) -> str:
    """Write control characters and lone surrogates as R's escapes, so that a text stays on one line."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c, f"\\U{ord(c):08x}")
        for c in text
    )


def _string_text(value: str) -> str:
    escaped = json.dumps(value, ensure_ascii=False)
    return _control_escapes(escaped)
