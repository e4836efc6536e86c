"""The algebra of terms: ``+ - * / ^ : %in%`` over sets of variables, as R's ``terms.formula`` does it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from mlmwidget.formula.check import check_expression
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.grammar import DOT
from mlmwidget.formula.spec import Term
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.problems import Problem

MAX_TERMS = 5_000
# Bounds on the pairs of terms that are multiplied and on the variables of all terms, so that no text
# takes long.
MAX_WORK = 300_000
MAX_VARIABLES = 50_000

#: Operators of the algebra; every other operator makes a variable, as ``x > 3`` does.
ALGEBRA = frozenset(["+", "-", "*", "/", "^", ":", "%in%"])

# A term is the set of its variables, a bit mask; an ordered set of terms is a dictionary without values.
_Terms = dict[int, None]


class TermAlgebra:
    """Reads one side of terms: the population level, the effects of a bar, or a grouping factor.

    Parameters
    ----------
    columns
        Names of the data's columns; None when there are no data.
    dot
        Columns that the dot stands for; None where it cannot be used.
    special
        Is asked about every node first, with the operator around it; returns what is read in its place
        (``NULL`` for a bar or an offset that has been dealt with), or None to read the node itself.

    Attributes
    ----------
    intercept : bool
        Whether there is an intercept, as ``1``, ``0`` and ``-1`` left it.
    constants : bool
        Whether a ``1`` or ``0`` was read.
    notes : list of Problem
        How a text with several readings was read.
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        dot: Sequence[str] | None = None,
        special: Callable[[Expression, str], Expression | None] | None = None,
    ):
        self.columns = columns
        self.dot = dot
        self.special = special
        self.intercept = True
        self.constants = False
        self.notes: list[Problem] = []
        self._variables: dict[Expression, int] = {}
        self._powers: list[tuple[int, int]] = []
        self._adding = True
        self._work = 0

    def read(self, tree: Expression) -> tuple[Term, ...]:
        """Return the distinct terms of a tree, in R's order: by degree, then by appearance.

        Raises
        ------
        FormulaError
            If something in the tree is no term, or there are too many terms.
        """
        masks = sorted(self._encode(tree, "+") or {}, key=int.bit_count)
        variables = list(self._variables)
        places = {mask: place for place, mask in enumerate(masks)}
        self.notes += [_power_note(position, places.get(mask)) for mask, position in self._powers]
        if sum(mask.bit_count() for mask in masks) > MAX_VARIABLES:
            raise _too_many(tree)
        return tuple(Term(tuple(variables[bit] for bit in _bits(mask))) for mask in masks)

    def _encode(self, tree: Expression, around: str) -> _Terms | None:
        """Return the terms of a tree; None when it holds nothing but bars and offsets.

        The left spine of a long sum is walked without recursion.
        """
        spine: list[tuple[Operation, str]] = []
        while isinstance(tree, Operation) and tree.operator in ALGEBRA and len(tree.operands) == 2:
            spine.append((tree, around))
            if tree.operator not in ("+", "-"):
                around = tree.operator
            tree = tree.operands[0]
        terms = self._leaf(tree, around)
        for node, outer in reversed(spine):
            terms = self._combine(node, terms, outer)
        return terms

    def _combine(self, node: Operation, left: _Terms | None, around: str) -> _Terms | None:
        operator, operand = node.operator, node.operands[1]
        if operator == "^":
            return left if left is None else self._power(node, left)
        if operator == "-":
            return self._without(node, left)
        right = self._encode(operand, around if operator == "+" else operator)
        if left is None or right is None:
            return right if left is None else left
        if operator == "+":
            left.update(right)
            return self._bounded(left, node)
        if operator == ":":
            return self._product(left, right, node)
        if operator == "%in%":
            return self._product(left, {_union(right): None}, node)
        if not left:
            return {}  # R forgets what a constant is multiplied by: 1 * x has no terms, x * 1 has x.
        self._count(len(left), node)
        if operator == "/":
            return self._bounded(left | self._product({_union(left): None}, right, node), node)
        return self._bounded(left | right | self._product(left, right, node), node)

    def _without(self, node: Operation, left: _Terms | None) -> _Terms:
        self._adding = not self._adding
        right = self._encode(node.operands[1], "-")
        self._adding = not self._adding
        if left is None and right is not None:
            self.notes.append(
                Problem(
                    "warning",
                    "minus-after-bar",
                    "The minus is read as it is written; lme4 1 overlooks a minus right after a group-level "
                    "term, so put the group-level terms last.",
                    position=node.position,
                )
            )
        for mask in right or ():
            (left or {}).pop(mask, None)
        return left or {}

    def _power(self, node: Operation, base: _Terms) -> _Terms:
        exponent = node.operands[1]
        if not isinstance(exponent, Number) or not 1 <= exponent.value < math.inf:
            raise FormulaError(
                "The exponent of ^ in a formula is a whole number such as 2; for a power of the values "
                "write I(x^2).",
                node.position,
                code="power",
            )
        if len(base) == 1 and exponent.value > 1:
            self._powers.append((next(iter(base)), node.position))
        result = base
        for _ in range(int(min(exponent.value, MAX_TERMS)) - 1):
            before = len(result)
            result = self._bounded(self._product(result, base, node), node)
            if len(result) == before:
                break
        return result

    def _product(self, left: _Terms, right: _Terms, node: Operation) -> _Terms:
        self._count(len(left) * len(right) + len(right), node)
        return self._bounded({a | b: None for a in left for b in right}, node)

    def _count(self, work: int, node: Operation) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise _too_many(node)

    def _bounded(self, terms: _Terms, node: Operation) -> _Terms:
        if len(terms) > MAX_TERMS:
            raise _too_many(node)
        return terms

    def _leaf(self, node: Expression, around: str) -> _Terms | None:
        if self.special is not None:
            node = self.special(node, around) or node
        if isinstance(node, Operation):
            return self._operation(node, around)
        if isinstance(node, Number):
            return self._constant(node)
        if isinstance(node, Constant) and node.value is None:
            return None
        if isinstance(node, String | Constant):
            shown = "TRUE and FALSE are" if isinstance(node, Constant) else "A quoted text is"
            raise FormulaError(
                f"{shown} not a term; a column's name is written without quotes, or in back-quotes.",
                node.position,
                code="not-a-term",
            )
        return self._variable(node)

    def _operation(self, node: Operation, around: str) -> _Terms | None:
        operator = node.operator
        if operator == DOT:
            return self._dot(node)
        if operator in ("|", "||"):
            raise FormulaError(
                f"A bar {operator} cannot stand here; group-level terms are added in their own parentheses, "
                "like + (1 | g).",
                node.position,
                code="nested-bar",
            )
        if operator in ALGEBRA and len(node.operands) == 2:
            return self._encode(node, around)
        if operator == "+":
            return self._encode(node.operands[0], around)
        if operator == "-":
            self._adding = not self._adding
            self._encode(node.operands[0], "-")
            self._adding = not self._adding
            return {}
        return self._variable(node)

    def _constant(self, node: Number) -> _Terms:
        if node.value not in (0, 1):
            raise FormulaError(
                f"The number {node.value:g} is not a term: only 1 (intercept) and 0 (none) can be added; "
                "for arithmetic write I(…), for a known part offset(…).",
                node.position,
                code="number",
            )
        self.intercept = (node.value == 1) == self._adding
        self.constants = True
        return {}

    def _dot(self, node: Operation) -> _Terms:
        if self.dot is None:
            why = "without data" if self.columns is None else "in this place"
            raise FormulaError(
                f"The dot, all other columns, cannot be used {why}; name the columns.",
                node.position,
                code="dot",
            )
        terms: _Terms = {}
        for column in self.dot:
            terms.update(self._variable(Name(column, node.position)))
        return terms

    def _variable(self, node: Expression) -> _Terms:
        check_expression(node, self.columns)
        if isinstance(node, Call) and node.function == "cbind":
            raise FormulaError(
                "cbind() can only be the response, as in cbind(success, failure) ~ x.",
                node.position,
                code="cbind",
            )
        if isinstance(node, Call) and node.function == "offset":
            raise FormulaError(
                "offset() can only be added at the population level, as in y ~ x + offset(z).",
                node.position,
                code="offset",
            )
        if len(self._variables) >= MAX_TERMS and node not in self._variables:
            raise FormulaError(
                f"This formula has more than {MAX_TERMS} variables.", node.position, code="too-many-terms"
            )
        index = self._variables.setdefault(node, len(self._variables))
        return {1 << index: None}


def _too_many(tree: Expression) -> FormulaError:
    return FormulaError(
        f"This formula has more than {MAX_TERMS} terms or very long ones; cross fewer variables.",
        tree.position,
        code="too-many-terms",
    )


def _bits(mask: int) -> Iterator[int]:
    """Yield the places of the ones of a bit mask, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _union(terms: _Terms) -> int:
    """Return the product of all terms: the union of their variables."""
    together = 0
    for mask in terms:
        together |= mask
    return together


def _power_note(position: int, place: int | None) -> Problem:
    return Problem(
        "note",
        "power",
        "In a formula ^ crosses terms, so x^2 is x itself; for the square of the values write I(x^2).",
        None if place is None else f"term-{place}",
        position=position,
    )


def distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms without repetitions, in R's order: by degree, then by appearance."""
    return tuple(sorted(dict.fromkeys(terms), key=lambda term: len(term.variables)))
