"""Expressions of the formula language as mathematics."""

from __future__ import annotations

from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.notation.escape import name_latex, text_latex

_OPERATORS = {
    "+": " + ",
    "-": " - ",
    "*": r" \cdot ",
    "/": " / ",
    ":": r" {:} ",
    "%in%": r" \in ",
    "==": " = ",
    "!=": r" \neq ",
    "<": " < ",
    "<=": r" \leq ",
    ">": " > ",
    ">=": r" \geq ",
    "&": r" \wedge ",
    "&&": r" \wedge ",
    "|": r" \vee ",
    "||": r" \vee ",
    "~": r" \sim ",
}
_PRECEDENCE = {
    "~": 0, "|": 1, "||": 1, "&": 2, "&&": 2, "!": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%in%": 7, ":": 8, "^": 10,
}  # fmt: skip
_ATOM = 11
_KNOWN_TO_TEX = {"log": r"\log", "exp": r"\exp", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan"}
_FACTOR_CALLS = frozenset(["factor", "as.factor", "ordered", "relevel", "as.character", "C", "cut"])
_LOGICAL = frozenset(["==", "!=", "<", "<=", ">", ">=", "!", "&", "&&", "|", "||"])


def expression_latex(expression: Expression) -> str:
    r"""Write an expression as it stands in the formula, for example ``\log(\mathrm{Reaction})``.

    Parameters
    ----------
    expression
        A syntax tree; ``I(…)`` leaves only its parentheses.

    Returns
    -------
    str
        LaTeX for math mode that can carry a subscript: sums, powers and the like are in parentheses.
    """
    text, precedence = _render(expression)
    return text if precedence == _ATOM else f"({text})"


def is_logical(expression: Expression) -> bool:
    """Whether the expression is a comparison or another statement that is true or false."""
    expression = _without_i(expression)
    return isinstance(expression, Operation) and expression.operator in _LOGICAL


def statement_latex(expression: Expression) -> str:
    r"""Write a logical expression without outer parentheses, for example ``\mathrm{Days} > 4``."""
    return _render(_without_i(expression))[0]


def category_latex(expression: Expression) -> str:
    """Write a categorical variable; ``factor(x)`` and the like are shown as ``x``."""
    while isinstance(expression, Call) and expression.function in _FACTOR_CALLS and expression.arguments:
        expression = expression.arguments[0].value
    return expression_latex(expression)


def is_interval_call(expression: Expression) -> bool:
    """Whether the categories are intervals, as those of ``cut(x, …)``."""
    return isinstance(expression, Call) and expression.function == "cut"


def is_factor_call(expression: Expression) -> bool:
    """Whether the expression makes categories whatever its column holds, as ``factor(x)`` does."""
    return isinstance(expression, Call) and expression.function in _FACTOR_CALLS


def basis_latex(expression: Expression, column: str) -> str:
    r"""Write one column of ``poly``, ``ns`` or ``bs``, as ``\operatorname{poly}_{2}(\mathrm{x})``."""
    if isinstance(expression, Call) and expression.arguments:
        inner = _render(expression.arguments[0].value)[0]
        return f"{_function(expression.function)}_{{{column}}}({inner})"
    return f"{expression_latex(expression)}^{{({text_latex(column)})}}"


def column_names(expression: Expression) -> frozenset[str]:
    """Names of the columns that an expression reads."""
    if isinstance(expression, Name):
        return frozenset([expression.name])
    if isinstance(expression, Call):
        return frozenset().union(*(column_names(a.value) for a in expression.arguments))
    if isinstance(expression, Operation):
        return frozenset().union(*(column_names(o) for o in expression.operands))
    return frozenset()


def _without_i(expression: Expression) -> Expression:
    while isinstance(expression, Call) and expression.function == "I" and len(expression.arguments) == 1:
        expression = expression.arguments[0].value
    return expression


def _function(name: str) -> str:
    if name in _KNOWN_TO_TEX:
        return _KNOWN_TO_TEX[name]
    if name.isascii() and name.isalnum():
        return rf"\operatorname{{{name}}}"
    return text_latex(name)


def _render(expression: Expression) -> tuple[str, int]:
    """LaTeX and how tightly its outermost operator binds."""
    match expression:
        case Name(name=name):
            return name_latex(name), _ATOM
        case Number(value=value):
            return f"{value:.15g}", _ATOM
        case String(value=value):
            return text_latex(value), _ATOM
        case Constant(value=value):
            return rf"\mathrm{{{'NULL' if value is None else str(value).upper()}}}", _ATOM
        case Call(function="I", arguments=[argument]):
            return _render(argument.value)
        case Call(function=function, arguments=arguments):
            inner = ", ".join(
                f"{text_latex(a.name)} = {_render(a.value)[0]}" if a.name else _render(a.value)[0]
                for a in arguments
            )
            return f"{_function(function)}({inner})", _ATOM
        case Operation(operator=operator, operands=operands):
            return _operation(operator, operands)


def _operation(operator: str, operands: tuple[Expression, ...]) -> tuple[str, int]:
    precedence = _PRECEDENCE.get(operator, 0)
    if not operands:
        return text_latex(operator), _ATOM
    if len(operands) == 1:
        sign, precedence = (r"\neg ", precedence) if operator == "!" else (operator, _PRECEDENCE["*"])
        return f"{sign}{_wrapped(operands[0], precedence + 1)}", precedence
    left, right = operands
    if operator == "^":
        return f"{_wrapped(left, _ATOM)}^{{{_render(right)[0]}}}", precedence
    joined = _OPERATORS.get(operator, f" {text_latex(operator)} ")
    return f"{_wrapped(left, precedence)}{joined}{_wrapped(right, precedence + 1)}", precedence


def _wrapped(expression: Expression, least: int) -> str:
    text, precedence = _render(expression)
    return text if precedence >= least else f"({text})"
