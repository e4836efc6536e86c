"""Formula text to model specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mlmwidget.formula.check import check_columns, check_expression, walk
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.functions import COVARIANCES
from mlmwidget.formula.grammar import parse_text
from mlmwidget.formula.groups import BARS, GroupReader
from mlmwidget.formula.notes import notes_on
from mlmwidget.formula.pasted import Model, unwrap
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.formula.terms import TermAlgebra
from mlmwidget.formula.text import name_text
from mlmwidget.problems import Problem


def parse(formula: str, data: Any = None, family: str = "gaussian", link: str | None = None) -> ModelSpec:
    """Read a formula of R's lme4.

    Parameters
    ----------
    formula
        For example ``"Reaction ~ Days + (Days | Subject)"``. Nothing in it is ever executed.
    data
        Anything with ``columns``; names are checked against it, and the dot stands for its columns.
    family, link
        Distribution of the response and link function, in the spelling of R or Python. A family within a
        pasted call (``glmer(…, family = poisson)``) goes first.

    Returns
    -------
    ModelSpec
        Its ``notes`` say how a text with several readings was read.

    Raises
    ------
    FormulaError
        With a sentence, the position and a code, if the text cannot be read or names what the data do
        not have.
    """
    columns = None if data is None else [str(column) for column in data.columns]
    family, link = resolve_family(family, link)
    try:
        model = unwrap(parse_text(formula))
        if model.family is not None or model.link is not None:
            family, link = resolve_family(model.family or family, model.link)
        spec = _spec(model, columns, family, link)
    except FormulaError as error:
        error.text = formula if isinstance(formula, str) else ""
        _suggest_quotes(error, columns or [])
        raise
    return spec


def parse_expression(text: str) -> Expression:
    """Read one expression, such as ``"log(y)"`` or ``"`my column`"``.

    Raises
    ------
    FormulaError
        If the text is not one expression that a model may use.
    """
    expression = _one(text)
    check_expression(expression)
    return expression


def parse_term(text: str) -> Term:
    """Read one term, such as ``"Days"`` or ``"Sex:age"``, with its variables in the order of the text.

    Raises
    ------
    FormulaError
        If the text is not one term.
    """
    terms = TermAlgebra().read(_one(text))
    if len(terms) != 1:
        raise FormulaError("One term is expected here, such as x or a:b.", 0, text, code="not-a-term")
    return terms[0]


def parse_factor(text: str) -> tuple[Expression, ...]:
    """Read one grouping factor, such as ``"batch:cask"``, as the variables that make it.

    Raises
    ------
    FormulaError
        If the text is not one grouping factor.
    """
    reader = GroupReader()
    reader.read(Operation("|", (Number(1), _one(text))))
    if len(reader.groups) != 1:
        raise FormulaError("One grouping factor is expected here, such as g or a:b.", 0, text, code="group")
    return reader.groups[0].factor


def _one(text: str) -> Expression:
    arguments = parse_text(text).arguments
    if len(arguments) != 1 or arguments[0].name is not None:
        raise FormulaError("One expression is expected here.", 0, text)
    return arguments[0].value


def _spec(model: Model, columns: Sequence[str] | None, family: str, link: str) -> ModelSpec:
    response, right = _sides(model.tree)
    check_response(response, columns)
    reader = GroupReader(columns)
    offsets: list[Expression] = list(model.offsets)
    for offset in offsets:
        check_expression(offset, columns)
    notes: list[Problem] = list(model.notes)

    def special(node: Expression, around: str) -> Expression | None:
        """Take bars and offsets out of the population level."""
        bar, correlated = _bar_of(node)
        if bar is not None:
            if around != "+":
                notes.append(_product_note(around, node.position, len(reader.groups)))
            reader.read(bar, correlated)
            return Constant(None)
        if isinstance(node, Call) and node.function == "offset" and around == "+":
            check_expression(node, columns)
            offsets.append(node.arguments[0].value)
            return Constant(None)
        return None

    algebra = TermAlgebra(columns, _dot_columns(response, columns), special)
    terms = algebra.read(right)
    if isinstance(right, Operation) and right.operator in BARS and right.position not in model.enclosed:
        notes.append(_bare_bar_note(right))
    if Term((response,)) in terms:
        terms = tuple(t for t in terms if t.variables != (response,))
        notes.append(_response_note(right))
    spec = ModelSpec(response, algebra.intercept, terms, tuple(reader.groups), tuple(offsets), family, link)
    if columns is not None:
        check_columns(_expressions(spec), columns)
    return replace(spec, notes=(*notes, *algebra.notes, *reader.notes, *notes_on(spec)))


def _sides(tree: Expression) -> tuple[Expression, Expression]:
    """Response and right side of the formula's one ``~``."""
    tildes = [n for n, _ in walk(tree) if isinstance(n, Operation) and n.operator == "~"]
    if not tildes:
        if isinstance(tree, Operation) and tree.operator == "==":
            message = "A formula has ~ between its sides; write ~ instead of ==."
        else:
            message = "There is no ~: write the response, ~, and the terms, as in y ~ x + (1 | g)."
        raise FormulaError(message, tree.position, code="tilde")
    if len(tildes) > 1:
        raise FormulaError(
            "There are two ~; a formula has one, between the response and the terms. Did you mean +?",
            max(tilde.position for tilde in tildes),
            code="tilde",
        )
    tilde = tildes[0]
    if tilde is not tree:
        raise FormulaError(
            "The ~ stands inside another expression; write only the formula, as in y ~ x + (1 | g).",
            tilde.position,
            code="tilde",
        )
    if len(tilde.operands) == 1:
        raise FormulaError(
            "The response is missing: write it before the ~, as in y ~ x + (1 | g).",
            tilde.position,
            code="no-response",
        )
    return tilde.operands[0], tilde.operands[1]


def check_response(response: Expression, columns: Sequence[str] | None = None) -> None:
    """Refuse what cannot be a response.

    Parameters
    ----------
    response
        The tree left of ``~``.
    columns
        Names of the data's columns; None when there are no data.

    Raises
    ------
    FormulaError
        If it is no expression over columns.
    """
    if isinstance(response, Operation) and response.operator in BARS:
        raise FormulaError(
            "A bar in the response is brms's; for counts out of trials write cbind(success, failure) ~ … "
            "or success/trials ~ …",
            response.position,
            code="response",
        )
    if isinstance(response, Call) and response.function == "offset":
        raise FormulaError("An offset belongs to the right of ~.", response.position, code="offset")
    check_expression(response, columns)
    names = [node for node, _ in walk(response) if isinstance(node, Name)]
    if not names or isinstance(response, String):
        raise FormulaError("The response, left of ~, names no column.", response.position, code="response")
    for node, _ in walk(response):
        if isinstance(node, Operation) and node.operator in (":", "%in%"):
            raise FormulaError(f"The response cannot hold {node.operator}.", node.position, code="response")
        if not isinstance(node, Call):
            continue
        if node.function == "cbind" and len(node.arguments) != 2:
            raise FormulaError(
                "cbind() takes two counts: cbind(success, failure) ~ …",
                node.position,
                code="cbind",
            )


def _bar_of(node: Expression) -> tuple[Operation | None, bool | None]:
    """Return the bar that a node is, and whether a word around it says that its effects are correlated."""
    if isinstance(node, Operation) and node.operator in BARS:
        return node, None
    if isinstance(node, Call) and node.function in COVARIANCES and len(node.arguments) == 1:
        inner = node.arguments[0].value
        if isinstance(inner, Operation) and inner.operator in BARS:
            return inner, COVARIANCES[node.function] and inner.operator == "|"
    return None, None


def _dot_columns(response: Expression, columns: Sequence[str] | None) -> list[str] | None:
    if columns is None:
        return None
    used = {node.name for node, _ in walk(response) if isinstance(node, Name)}
    return [column for column in columns if column not in used]


def _expressions(spec: ModelSpec) -> Iterator[Expression]:
    yield spec.response
    for term in spec.terms:
        yield from term.variables
    for group in spec.groups:
        for term in group.terms:
            yield from term.variables
        yield from group.factor
    yield from spec.offsets


def _product_note(around: str, position: int, group: int) -> Problem:
    return Problem(
        "warning",
        "bar-in-product",
        f"A group-level term cannot be combined by {around}; it is read as added by +, as lme4 does.",
        f"group-{group}",
        position=position,
    )


def _bare_bar_note(bar: Operation) -> Problem:
    return Problem(
        "warning",
        "bar-without-parentheses",
        "There are no parentheses around the bar, so everything left of it is read as varying between groups "
        "and the population level keeps its intercept only. Did you mean … + (1 | g)?",
        "group-0",
        position=bar.position,
    )


def _response_note(right: Expression) -> Problem:
    return Problem(
        "warning",
        "response-as-predictor",
        "The response also stands right of ~; as in R it is left out there.",
        "response",
        position=right.position,
    )


def _suggest_quotes(error: FormulaError, columns: Sequence[str]) -> None:
    """Add the column that was probably meant when its name needs back-quotes and has none."""
    if error.code not in ("missing-operator", "character", "syntax", "refused", "unknown-function"):
        return
    for column in columns:
        start = error.text.find(column) if column else -1
        if start < 0 or error.position is None or not start <= error.position <= start + len(column):
            continue
        quoted = name_text(column)
        if quoted not in (column, "`.`") and quoted not in error.text:
            error.message += f" The data have a column of that name: write {quoted}."
            error.args = (error.message,)
            return
