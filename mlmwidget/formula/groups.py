"""Group-level terms: what stands left and right of a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from mlmwidget.formula.check import has_bar
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.spec import GroupTerm
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation
from mlmwidget.formula.terms import TermAlgebra
from mlmwidget.formula.text import name_text
from mlmwidget.problems import Problem

MAX_GROUPS = 200
_TRUE_OR_FALSE = (Constant(True), Name("T"), Constant(False), Name("F"))
BARS = ("|", "||")
_CONSTANT_GROUP = (
    "A number is not a grouping factor: name the column that says which group a row is in, as in (1 | g)."
)


@dataclass(slots=True)
class GroupReader:
    """Collects the group-level terms of a formula.

    Parameters
    ----------
    columns
        Names of the data's columns; None when there are no data.
    """

    columns: Sequence[str] | None = None
    groups: list[GroupTerm] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def read(self, bar: Operation, correlated: bool | None = None) -> None:
        """Add the group-level terms of one bar.

        Parameters
        ----------
        bar
            An operation ``|`` or ``||``.
        correlated
            What a word around the bar says (``us``, ``diag``); None for what the bar says.

        Raises
        ------
        FormulaError
            If an effect or a grouping factor cannot be understood.
        """
        if correlated is None:
            correlated = bar.operator == "|"
        left, right = bar.operands
        left = self._without_id(left, bar)
        effects = TermAlgebra(self.columns)
        terms = effects.read(left)
        self._keep(effects.notes)
        if not terms and not effects.intercept:
            raise FormulaError(
                "Nothing varies in this group-level term: write 1 for the intercept or name a slope, as in "
                "(1 | g) or (0 + x | g).",
                bar.position,
                code="no-effects",
            )
        right, correlated = self._brms_group(right, correlated)
        factors = self._factors(right, bar)
        if len(self.groups) + len(factors) > MAX_GROUPS:
            raise FormulaError(
                f"This formula has more than {MAX_GROUPS} group-level terms.",
                bar.position,
                code="too-many-terms",
            )
        for factor in factors:
            only_intercept = not terms
            self.groups.append(GroupTerm(factor, effects.intercept, terms, correlated or only_intercept))

    def _keep(self, notes: list[Problem]) -> None:
        part = f"group-{len(self.groups)}"
        self.notes += [replace(n, part=f"{part}-{n.part}" if n.part else part) for n in notes]

    def _note(self, code: str, message: str, position: int) -> None:
        self._keep([Problem("note", code, message, position=position)])

    def _without_id(self, left: Expression, bar: Operation) -> Expression:
        """Drop the name in the middle of brms's ``(x | ID | g)``, which joins terms that share it."""
        if not (isinstance(left, Operation) and left.operator in BARS):
            return left
        name = left.operands[1]
        if has_bar(left.operands[0]) or not isinstance(name, Name) or bar.operator == "||":
            raise FormulaError(
                "There are several bars in one group-level term: write each as its own, (x | g) + (x | h).",
                bar.position,
                code="nested-bar",
            )
        if name.name in self.ids:
            raise FormulaError(
                f"The name {name_text(name.name)} between bars joins several group-level terms, which is not "
                "available; write all that varies in one term, (1 + x | g).",
                bar.position,
                code="shared-id",
            )
        self.ids[name.name] = bar.position
        self._note(
            "brms-id",
            f"{name_text(name.name)} between the bars names the correlations in brms; "
            "it stands in one term only, so it changes nothing and was left out.",
            left.position,
        )
        return left.operands[0]

    def _brms_group(self, right: Expression, correlated: bool) -> tuple[Expression, bool]:
        """Read brms's ``gr(g, cor = FALSE)``."""
        if not (isinstance(right, Call) and right.function == "gr"):
            return right, correlated
        if not right.arguments or right.arguments[0].name is not None:
            raise FormulaError("gr() needs a grouping factor.", right.position, code="arguments")
        for argument in right.arguments[1:]:
            if argument.name == "cor" and argument.value in _TRUE_OR_FALSE:
                correlated = correlated and argument.value in _TRUE_OR_FALSE[:2]
            else:
                raise FormulaError(
                    "Of brms's gr() only gr(g) and gr(g, cor = FALSE) are available.",
                    right.position,
                    code="arguments",
                )
        bar = "|" if correlated else "||"
        self._note("brms-group", f"brms's gr() was read as (… {bar} g).", right.position)
        return right.arguments[0].value, correlated

    def _factors(self, right: Expression, bar: Operation) -> list[tuple[Expression, ...]]:
        """Return the grouping factors of the right side: ``a/b`` is ``a`` and ``a:b``."""
        for name in ("mm", "gr"):
            if isinstance(right, Call) and right.function == name:
                raise FormulaError(
                    f"brms's {name}() is not available as a grouping factor here; name a column.",
                    right.position,
                    code="unknown-function",
                )
        if has_bar(right):
            raise FormulaError(
                "Behind this bar stands another one: put each group-level term in its own parentheses, as in "
                "(x | g) + (1 | h).",
                bar.position,
                code="bar-without-parentheses",
            )
        if isinstance(right, Number):
            raise FormulaError(_CONSTANT_GROUP, right.position, code="constant-group")
        algebra = TermAlgebra(self.columns, special=_crossed)
        factors = [factor.variables for factor in algebra.read(right)]
        if algebra.constants or not factors or not algebra.intercept:
            raise FormulaError(_CONSTANT_GROUP, bar.position, code="constant-group")
        if isinstance(right, Operation) and right.operator == "-":
            raise FormulaError("A grouping factor cannot be subtracted.", right.position, code="group")
        if isinstance(right, Operation) and right.operator in ("*", "+") and len(factors) > 1:
            expanded = " + ".join(f"(… {bar.operator} {GroupTerm(f).label})" for f in factors)
            self._note(
                "group-expanded",
                f"Several grouping factors behind one bar are read as {expanded}.",
                right.position,
            )
        return factors


def _crossed(node: Expression, around: str) -> Expression | None:
    """Return ``a:b`` for a call ``interaction(a, b)``."""
    if not (isinstance(node, Call) and node.function == "interaction"):
        return None
    variables = [argument.value for argument in node.arguments if argument.name is None]
    if not variables:
        return None
    return reduce(lambda left, right: Operation(":", (left, right), node.position), variables)
