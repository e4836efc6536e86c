"""Formulas that were pasted with the call around them, such as ``lmer(y ~ x + (1 | g), data = d)``."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlmwidget.formula.check import walk
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.functions import MODEL_CALLS
from mlmwidget.formula.grammar import Grammar, parse_text
from mlmwidget.formula.syntax import Argument, Call, Expression, Name, Operation, String
from mlmwidget.formula.text import name_text
from mlmwidget.problems import Problem

_FORMULA_NAMES = (None, "formula", "object", "model")
# Arguments that change the model in ways that a formula cannot say.
_REFUSED = {
    "subset": "select the rows in the data instead",
    "random": "write the group-level terms in the formula, as in y ~ x + (1 | g)",
    "ziformula": "zero inflation is not available",
    "dispformula": "models of the dispersion are not available",
    "groups": "write the group-level terms in the formula, as in y ~ x + (1 | g)",
    "re_formula": "write the group-level terms in the formula, as in y ~ x + (1 | g)",
    "vc_formula": "write the group-level terms in the formula, as in y ~ x + (1 | g)",
}
MAX_WRAPPERS = 5


@dataclass(slots=True)
class Model:
    """What a text says: the formula's tree, and what stood around it."""

    tree: Expression
    enclosed: set[int]
    family: str | None = None
    link: str | None = None
    weights: Expression | None = None
    offsets: list[Expression] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def unwrap(grammar: Grammar) -> Model:
    """Find the formula in what was pasted.

    Parameters
    ----------
    grammar
        The parsed text.

    Raises
    ------
    FormulaError
        If no formula is found, or an argument changes the model in a way that cannot be followed.
    """
    first = grammar.arguments[0]
    model = Model(first.value, grammar.enclosed)
    if first.name is not None and not (_is_model_call(first.value) or _has_tilde(first.value)):
        raise FormulaError(
            "A formula has ~ between its sides; write ~ instead of =.",
            grammar.tokens[1].position,
            code="tilde",
        )
    if first.name is not None:
        _note(model, "pasted-assignment", f"The assignment to {name_text(first.name)} was left out.", 0)
    _read_arguments(model, grammar.arguments[1:])
    for _ in range(MAX_WRAPPERS):
        tree = model.tree
        if isinstance(tree, Operation) and tree.operator == "<-" and isinstance(tree.operands[0], Name):
            model.tree = tree.operands[1]
            _note(
                model,
                "pasted-assignment",
                f"The assignment to {name_text(tree.operands[0].name)} was left out.",
                0,
            )
        elif isinstance(tree, String) and "~" in tree.value:
            # Spaces before it keep the positions those of the whole text.
            inner = parse_text(" " * (tree.position + 1) + tree.value)
            model.tree, model.enclosed = inner.arguments[0].value, inner.enclosed
            _note(
                model, "pasted-quotes", "The quotation marks around the formula were left out.", tree.position
            )
        elif isinstance(tree, Call) and _is_model_call(tree):
            _read_call(model, tree)
        else:
            _check_weights(model)
            return model
    raise FormulaError("Paste only the formula, as in y ~ x + (1 | g).", 0, code="pasted-call")


def _has_tilde(tree: Expression) -> bool:
    return any(isinstance(node, Operation) and node.operator == "~" for node, _ in walk(tree))


def _is_model_call(tree: Expression) -> bool:
    return isinstance(tree, Call) and tree.function in MODEL_CALLS


def _read_call(model: Model, call: Call) -> None:
    formulas = [a for a in call.arguments if a.name in _FORMULA_NAMES[1:]] or [
        a for a in call.arguments if a.name is None
    ]
    if not formulas:
        raise FormulaError(
            f"No formula was found in {call.function}(…); paste only the formula, as in y ~ x + (1 | g).",
            call.position,
            code="pasted-call",
        )
    chosen = formulas[0]
    if call.function in ("glmer.nb", "glm.nb", "stan_glmer.nb"):
        model.family = "negbinomial"
    model.tree = chosen.value
    _note(model, "pasted-call", f"Only the formula of {call.function}(…) was taken.", call.position)
    _read_arguments(model, [a for a in call.arguments if a is not chosen])


def _read_arguments(model: Model, arguments: list[Argument]) -> None:
    ignored: list[str] = []
    for argument in arguments:
        name = argument.name
        if name in _REFUSED:
            raise FormulaError(
                f"The argument {name} cannot be followed: {_REFUSED[name]}.",
                argument.value.position,
                code="argument",
            )
        if _has_tilde(argument.value):
            raise FormulaError(
                "There is a second formula; only models of the mean, with one formula, are available.",
                argument.value.position,
                code="argument",
            )
        if name == "family" or (name is None and _is_family(argument.value)):
            model.family, model.link = _family(argument.value)
        elif name == "weights":
            model.weights = argument.value
        elif name == "link":
            model.link = _word(argument.value)
        elif name == "offset":
            model.offsets.append(argument.value)
        else:
            ignored.append(name or "data")
    if ignored:
        listed = ", ".join(dict.fromkeys(ignored))
        _note(model, "pasted-arguments", f"Not part of the formula and left out: {listed}.", 0)


def _check_weights(model: Model) -> None:
    """Allow R's ``success/trials`` with ``weights = trials``: the response says it already."""
    if model.weights is None:
        return
    tree = model.tree
    response = tree.operands[0] if isinstance(tree, Operation) and tree.operator == "~" else None
    if not (isinstance(response, Operation) and response.operator == "/") or (
        response.operands[1] != model.weights
    ):
        raise FormulaError(
            "The argument weights cannot be followed; for counts out of trials write success/trials ~ … "
            "as the response.",
            model.weights.position,
            code="argument",
        )


def _is_family(value: Expression) -> bool:
    names = ("binomial", "poisson", "gaussian", "Gamma", "bernoulli", "negbinomial", "nbinom2", "student")
    return (
        isinstance(value, Name | Call)
        and (value.name if isinstance(value, Name) else value.function) in names
    )


def _family(value: Expression) -> tuple[str | None, str | None]:
    """Return family and link of ``binomial``, ``"binomial"`` or ``binomial(link = "logit")``."""
    if isinstance(value, Call):
        link = next((a.value for a in value.arguments if a.name in (None, "link")), None)
        return value.function, _default_link(value.function) if link is None else _word(link)
    return _word(value), _default_link(_word(value))


def _default_link(family: str) -> str | None:
    """Return R's link where it differs from this project's: R's ``Gamma`` has the inverse link."""
    return "inverse" if family == "Gamma" else None


def _word(value: Expression) -> str:
    if isinstance(value, String):
        return value.value
    if isinstance(value, Name):
        return value.name
    raise FormulaError(
        "Family and link are names, like poisson and log.", value.position, code="unknown-family"
    )


def _note(model: Model, code: str, message: str, position: int) -> None:
    model.notes.append(Problem("note", code, message, position=position))
