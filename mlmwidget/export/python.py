"""Pieces that the Python scripts share: reading data, and expressions as Python text.

Names of columns and levels enter a script only as Python string literals.
"""

from __future__ import annotations

from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.formula.text import expression_text

_ELEMENTWISE = {
    "exp": "np.exp", "sqrt": "np.sqrt", "abs": "np.abs", "log1p": "np.log1p", "expm1": "np.expm1",
    "log2": "np.log2", "log10": "np.log10", "sin": "np.sin", "cos": "np.cos", "tan": "np.tan",
    "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "sinh": "np.sinh", "cosh": "np.cosh",
    "tanh": "np.tanh", "floor": "np.floor", "ceiling": "np.ceil", "trunc": "np.trunc", "sign": "np.sign",
    "log": "np.log",
}  # fmt: skip
_OPERATORS = {
    "+": "+", "-": "-", "*": "*", "/": "/", "^": "**", "%%": "%", "%/%": "//",
    "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
    "&": "&", "&&": "&", "|": "|", "||": "|",
}  # fmt: skip
_TRANSPARENT = frozenset(["I", "factor", "as.factor", "as.numeric", "identity"])
_COLUMNWISE = frozenset(["scale", "center", "mean", "min", "max", "sd", "pmin", "pmax", "ave"])
_FUNCTIONS = frozenset(_ELEMENTWISE) | _TRANSPARENT | _COLUMNWISE


def read_data(model: ExportModel) -> list[str]:
    """Lines that read the data and give categories their order."""
    lines = ["data = pd.read_csv('data.csv')  # leave this line out where `data` exists"]
    for name, dtype in model.categories.items():
        ordered = ", ordered=True" if dtype.ordered else ""
        levels = [str(v) for v in dtype.categories]
        lines.append(f"data[{name!r}] = pd.Categorical(data[{name!r}].astype(str), {levels!r}{ordered})")
    return lines


def python_expression(expression: Expression, what: str = "This script") -> str:
    """Write an expression in Python, with columns as ``data['name']``.

    Parameters
    ----------
    expression
        A syntax tree.
    what
        Name of the script, for the error's sentence.

    Raises
    ------
    ExportError
        If the expression uses a function that has no short equivalent in NumPy.
    """
    match expression:
        case Name(name=name):
            return f"data[{name!r}]"
        case Number(value=value):
            return repr(int(value) if value.is_integer() else value)
        case String(value=value):
            return repr(value)
        case Constant(value=value) if value is not None:
            return repr(value)
        case Operation(operator=("-" | "+") as operator, operands=(only,)):
            return f"({operator}{python_expression(only, what)})"
        case Operation(operator="!", operands=(only,)):
            return f"(~{python_expression(only, what)})"
        case Operation(operator=operator, operands=(left, right)) if operator in _OPERATORS:
            return _binary(_OPERATORS[operator], left, right, what)
        case Call():
            return _call(expression, what)
    raise refusal(expression, what)


def _binary(operator: str, left: Expression, right: Expression, what: str) -> str:
    a, b = python_expression(left, what), python_expression(right, what)
    # Levels are text in R, whatever type the column has in the file.
    if isinstance(right, String):
        a = f"{a}.astype(str)"
    if isinstance(left, String):
        b = f"{b}.astype(str)"
    return f"({a} {operator} {b})"


def _call(call: Call, what: str) -> str:
    if call.function not in _FUNCTIONS:
        raise refusal(call, what)
    inner = [python_expression(a.value, what) for a in call.arguments if a.name is None]
    if len(inner) < len(call.arguments) or not inner:
        raise refusal(call, what)
    x = inner[0]
    if call.function in _TRANSPARENT and len(inner) == 1:
        return x
    if call.function in _ELEMENTWISE and len(inner) == 1:
        return f"{_ELEMENTWISE[call.function]}({x})"
    match call.function, len(inner):
        case "log", 2:
            return f"(np.log({x}) / np.log({inner[1]}))"
        case "scale", 1:
            return f"(({x} - ({x}).mean()) / ({x}).std())"
        case "center", 1:
            return f"({x} - ({x}).mean())"
        case (("mean" | "min" | "max"), 1):
            return f"({x}).{call.function}()"
        case "sd", 1:
            return f"({x}).std()"
        case (("pmin" | "pmax"), 2):
            return f"np.{'minimum' if call.function == 'pmin' else 'maximum'}({x}, {inner[1]})"
        case "ave", 2:
            return f"({x}).groupby({inner[1]}, observed=True).transform('mean')"
    raise refusal(call, what)


def refusal(expression: Expression, what: str) -> ExportError:
    """Make the error about an expression that a Python script cannot hold.

    Parameters
    ----------
    expression
        What cannot be written.
    what
        Name of the script.
    """
    text = expression_text(expression)
    return ExportError(
        f"{what} cannot express “{text}”: make it a column of the data first, or export to lme4, "
        "brms, rstanarm or mlmwidget, which read it as it stands."
    )
