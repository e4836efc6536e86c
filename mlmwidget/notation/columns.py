"""Which design columns a term has, and what each of them is: a number, a category, a basis function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

from mlmwidget.formula.centring import spoken
from mlmwidget.formula.spec import Term
from mlmwidget.formula.syntax import Argument, Call, Expression, Name, Number, String
from mlmwidget.formula.text import expression_text
from mlmwidget.notation.escape import text_latex
from mlmwidget.notation.expressions import (
    basis_latex,
    category_latex,
    expression_latex,
    is_factor_call,
    is_interval_call,
    is_logical,
    statement_latex,
)

Kind = Literal["number", "truth", "category", "basis"]
#: What an effect is called: along a number it is a slope, between categories it is none.
type EffectWord = Literal["slope", "effect"]
_BASES = frozenset(["poly", "ns", "bs"])
_CONTRAST = re.compile(r"\.[LQC]|\^\d+")
_CONTRAST_NAMES = {".L": "L", ".Q": "Q", ".C": "C"}


@lru_cache(maxsize=4096)
def label_of(expression: Expression) -> str:
    """Text of an expression, remembered: the same few are asked for again and again."""
    return expression_text(expression)


@dataclass(frozen=True, slots=True)
class Part:
    """One variable of one design column.

    Parameters
    ----------
    expression
        The variable as the formula has it.
    kind
        What the column holds of it.
    value
        The level of a category, the number of a basis function; empty otherwise.
    """

    expression: Expression
    kind: Kind
    value: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is a number, not a category or a contrast between categories."""
        return self.kind == "number" or (self.kind == "basis" and _is_basis(self.expression))

    @property
    def key(self) -> tuple[str, str]:
        """What makes the part the same part in another term.

        The k-th orthogonal polynomial does not depend on the degree, and ``dummy(f, "B")`` is the
        indicator ``f = B``.
        """
        match self.expression:
            case Call(function="poly", arguments=(variable, Argument(name=None), *rest)):
                arguments = (variable, *rest)
                return label_of(Call("poly", arguments)), self.value
            case Call(
                function="dummy", arguments=(Argument(value=factor), Argument(value=String(value=level)))
            ):
                return label_of(factor), level
        return label_of(self.expression), self.value

    def latex(self) -> str:
        """Write the part as mathematics, without index."""
        match self.kind:
            case "number":
                return expression_latex(self.expression)
            case "truth":
                return f"[{_statement(self.expression)}]"
            case "category":
                relation = r"\in" if is_interval_call(self.expression) else "="
                return f"[{category_latex(self.expression)} {relation} {text_latex(self.value)}]"
            case "basis":
                return basis_latex(self.expression, self.value)


@dataclass(frozen=True, slots=True)
class Column:
    """One design column: R's name of it, and its parts in the order of the term."""

    name: str
    parts: tuple[Part, ...]

    @property
    def effect(self) -> EffectWord:
        """What its effect is called."""
        return "slope" if all(p.numeric for p in self.parts) else "effect"

    def words(self) -> str:
        """Name the column in words, for example ``"age × (Sex = Female)"``."""
        pieces = []
        for part in self.parts:
            label = spoken(part.expression)
            if part.kind == "category":
                pieces.append(f"{label} = {part.value}")
            elif part.kind == "basis":
                pieces.append(f"{label}, column {part.value}")
            else:
                pieces.append(label)
        if len(pieces) == 1:
            return pieces[0]
        apart = (" = ", " centred ", ", column")
        return " × ".join(f"({p})" if any(a in p for a in apart) else p for p in pieces)


def effect_word(columns: Iterable[Column]) -> EffectWord:
    """Say what the effect of a term with these columns is called."""
    return "slope" if all(c.effect == "slope" for c in columns) else "effect"


@lru_cache(maxsize=512)
def term_columns(term: Term, names: tuple[str, ...], ordered: frozenset[str]) -> tuple[Column, ...]:
    """Read R's column names of a term.

    Parameters
    ----------
    term
        The term.
    names
        R's names of its columns, for example ``("recipeB", "recipeC")``.
    ordered
        Labels of the variables with polynomial contrasts (ordered factors).
    """
    labels = [label_of(v) for v in term.variables]
    pattern = re.compile(":".join(f"{re.escape(label)}(.*?)" for label in labels), re.DOTALL)
    matches = [(name, pattern.fullmatch(name)) for name in names]
    if not all(m for _, m in matches):
        return tuple(Column(n, (Part(String(n), "number"),)) for n in names)
    return tuple(
        Column(
            n,
            tuple(
                _part(v, s, label_of(v) in ordered) for v, s in zip(term.variables, m.groups(), strict=True)
            ),
        )
        for n, m in matches
        if m
    )


@lru_cache(maxsize=512)
def guessed_columns(term: Term, categories: frozenset[str] = frozenset()) -> tuple[Column, ...]:
    """Columns of a term without a frame: names stand for numbers, ``factor(x)`` stays open.

    Parameters
    ----------
    term
        The term.
    categories
        Names that stand for categories.
    """
    choices = [_guess(v, categories) for v in term.variables]
    return tuple(
        Column(":".join(label_of(p.expression) + p.value for p in parts), parts)
        for parts in product(*choices)
    )


def merged(sequences: Iterable[Sequence[Column]]) -> list[Column]:
    """Columns of several designs of one term, each once, in an order that agrees with every design."""
    order: list[Column] = []
    for columns in sorted(sequences, key=len, reverse=True):
        position = 0
        for column in columns:
            if column in order:
                position = order.index(column) + 1
            else:
                order.insert(position, column)
                position += 1
    return order


def _part(expression: Expression, suffix: str, ordered: bool) -> Part:
    if suffix and (_is_basis(expression) or (isinstance(expression, Call) and expression.function == "C")):
        return Part(expression, "basis", suffix)
    if not suffix:
        return Part(expression, "truth" if _is_dummy(expression) else "number")
    if (ordered or isinstance(expression, Call)) and _CONTRAST.fullmatch(suffix):
        return Part(expression, "basis", _CONTRAST_NAMES.get(suffix, suffix[1:]))
    if suffix == "TRUE":
        return Part(expression, "truth")
    return Part(expression, "category", suffix)


def _guess(expression: Expression, categories: frozenset[str]) -> list[Part]:
    if isinstance(expression, Call) and _is_basis(expression):
        numbers = [a.value.value for a in expression.arguments[1:] if isinstance(a.value, Number)]
        if numbers and 1 <= numbers[0] <= 100:
            return [Part(expression, "basis", str(c)) for c in range(1, int(numbers[0]) + 1)]
    if is_factor_call(expression) or (isinstance(expression, Name) and expression.name in categories):
        return [Part(expression, "category")]
    if is_logical(expression) or _is_dummy(expression):
        return [Part(expression, "truth")]
    return [Part(expression, "number")]


def _is_basis(expression: Expression) -> bool:
    """Whether this makes columns of functions of a number."""
    return isinstance(expression, Call) and expression.function in _BASES


def _is_dummy(expression: Expression) -> bool:
    """Whether this is lme4's ``dummy(f, "level")``."""
    return isinstance(expression, Call) and expression.function == "dummy" and len(expression.arguments) == 2


def _statement(expression: Expression) -> str:
    if isinstance(expression, Call) and _is_dummy(expression):
        factor, level = (a.value for a in expression.arguments)
        value = text_latex(level.value) if isinstance(level, String) else expression_latex(level)
        return f"{category_latex(factor)} = {value}"
    return statement_latex(expression)
