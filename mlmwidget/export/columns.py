"""Design columns as Python text: numbers, indicators and polynomials."""

from __future__ import annotations

from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import python_expression, refusal
from mlmwidget.formula.syntax import Call, Expression, Name, Number
from mlmwidget.notation.columns import Part

POLY = '''
def poly(x, degree):
    """Orthogonal polynomials, as R's poly()."""
    x = np.asarray(x, float)
    known = np.isfinite(x)
    q, r = np.linalg.qr(np.vander(x[known] - x[known].mean(), degree + 1, increasing=True))
    columns = np.full((len(x), degree), np.nan)
    columns[known] = (q * np.sign(np.diag(r)))[:, 1:]
    return columns
'''


def part_expression(model: ExportModel, part: Part, what: str) -> str:
    """Write one variable of a design column as an array, in Python.

    Parameters
    ----------
    model
        The model.
    part
        The variable, and what the column holds of it.
    what
        Name of the script, for an error's sentence.

    Raises
    ------
    ExportError
        If the variable has no short equivalent in NumPy, or needs data to be known.
    """
    expression = part.expression
    match part.kind:
        case "number":
            return python_expression(expression, what)
        case "truth":
            return _truth(expression, what)
        case "category" if part.value:
            return _indicator(model, expression, part.value, what)
        case "basis":
            return _basis(model, expression, part.value, what)
    raise ExportError("Which categories there are is only known with data: give `data` as well.")


def _basis(model: ExportModel, expression: Expression, value: str, what: str) -> str:
    """One orthogonal polynomial, of a number or of the levels of an ordered factor."""
    if isinstance(expression, Call) and expression.function == "poly":
        return _polynomial(expression, int(value), what)
    dtype = model.categories.get(expression.name) if isinstance(expression, Name) else None
    if dtype is None:
        raise refusal(expression, what)
    number = {"L": 1, "Q": 2, "C": 3}.get(value) or int(value)
    count = len(dtype.categories)
    text = python_expression(expression, what)
    return f"poly(np.arange({count}), {count - 1})[{text}.cat.codes, {number - 1}]"


def _truth(expression: Expression, what: str) -> str:
    if isinstance(expression, Call) and expression.function == "dummy":
        factor, level = (python_expression(a.value, what) for a in expression.arguments)
        return f"({factor}.astype(str) == {level})"
    return f"{python_expression(expression, what)}.astype(bool)"


def _indicator(model: ExportModel, expression: Expression, level: str, what: str) -> str:
    if isinstance(expression, Call) and expression.function in ("relevel", "ordered", "C"):
        expression = expression.arguments[0].value
    text = python_expression(expression, what)
    if any(text == f"data[{name!r}]" for name in model.categories):
        return f"({text} == {level!r})"
    if _is_number(level) and model.frame is not None:
        return f"({text} == {float(level)!r})"
    return f"({text}.astype(str) == {level!r})"


def _polynomial(call: Call, number: int, what: str) -> str:
    inner = python_expression(call.arguments[0].value, what)
    if any(a.name == "raw" for a in call.arguments):
        return f"{inner} ** {number}"
    degree = next((a.value.value for a in call.arguments[1:] if isinstance(a.value, Number)), 1)
    return f"poly({inner}, {int(degree)})[:, {number - 1}]"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
