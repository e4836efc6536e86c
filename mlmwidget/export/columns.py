"""Design columns as Python text: numbers, indicators, contrasts, polynomials and splines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlmwidget.data.arguments import matched
from mlmwidget.data.contrasts import Contrast, contrast_matrix
from mlmwidget.data.evaluate import Evaluator
from mlmwidget.data.values import Factor, Logical, Numbers
from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import is_number, number_text, python_expression, refusal
from mlmwidget.formula.functions import FUNCTIONS
from mlmwidget.formula.syntax import Call, Expression, String
from mlmwidget.notation.columns import Part
from mlmwidget.problems import DataError

_POLY = '''
def poly(x, degree):
    """Orthogonal polynomials, as R's poly()."""
    x = np.asarray(x, float)
    known = np.isfinite(x)
    centred = x[known] - x[known].mean()
    q, r = np.linalg.qr(np.vander(centred / np.abs(centred).max(), degree + 1, increasing=True))
    columns = np.full((len(x), degree), np.nan)
    columns[known] = (q * np.sign(np.diag(r)))[:, 1:]
    return columns
'''
_SPLINE = '''
def spline(x, df=0, knots=None, degree=3, intercept=False, ends=None, natural=False):
    """B-splines with knots at quantiles, as R's bs(), or natural cubic splines, as its ns()."""
    x = np.asarray(x, float)
    known = np.isfinite(x)
    ends = (x[known].min(), x[known].max()) if ends is None else ends
    if knots is None:
        inner = max(df - (1 if natural else degree) - intercept, 0)
        knots = np.quantile(x[known], np.linspace(0, 1, inner + 2)[1:-1])
    t = np.sort([*np.repeat(ends, degree + 1), *knots])
    basis = BSpline.design_matrix(x[known], t, degree).toarray()[:, 0 if intercept else 1 :]
    if natural:  # straight at both ends: no second derivative there
        bend = BSpline(t, np.eye(len(t) - 4), 3).derivative(2)(ends)[:, 0 if intercept else 1 :]
        basis = basis @ np.linalg.qr(bend.T, mode="complete")[0][:, 2:]
    columns = np.full((len(x), basis.shape[1]), np.nan)
    columns[known] = basis
    return columns
'''
_SPLINE_ARGUMENTS = {"df": "df", "knots": "knots", "degree": "degree", "Boundary.knots": "ends"}


def helpers(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """List the imports and the functions that these lines of a script need."""
    text = "\n".join(lines)
    spline = "spline(" in text
    functions = [f for f, used in ((_POLY, "poly(" in text), (_SPLINE, spline)) if used]
    return ["from scipy.interpolate import BSpline"] if spline else [], functions


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
    if isinstance(expression, String):  # a column whose name could not be read
        raise refusal(expression, what)
    match part.kind:
        case "number" | "basis" if isinstance(expression, Call) and expression.function in _BASES:
            return _BASES[expression.function](model, expression, part.value, what)
        case "number":
            return python_expression(model, expression, what)
        case "truth" if isinstance(model.values(expression), Factor):
            return _indicator(model, expression, "TRUE", what)
        case "truth":
            return _truth(model, expression, what)
        case "category" if part.value:
            return _indicator(model, expression, part.value, what)
        case "basis":
            return _contrast(model, expression, part.value, what)
    raise ExportError("Which categories there are is only known with data: give `data` as well.")


def _truth(model: ExportModel, expression: Expression, what: str) -> str:
    if isinstance(expression, Call) and expression.function == "dummy":
        factor, level = (a.value for a in expression.arguments)
        if not isinstance(level, String):
            raise refusal(expression, what)
        return f"({python_expression(model, factor, what)}.astype(str) == {level.value!r})"
    return f"{python_expression(model, expression, what)}.astype(bool)"


def _indicator(model: ExportModel, expression: Expression, level: str, what: str) -> str:
    """Whether a variable has a level."""
    whole = model.values(expression)
    if isinstance(whole, Factor) and level not in whole.levels:
        raise refusal(expression, what)
    expression = _recoded(expression)
    text, values = python_expression(model, expression, what), model.values(expression)
    if isinstance(values, Numbers):
        # As in R, numbers that agree in 15 digits are one level: then no single number is the level.
        if not is_number(level) or not np.any(values.values == float(level)):
            raise refusal(expression, what)
        return f"({text} == {number_text(float(level))})"
    if isinstance(values, Logical):
        return f"({text} == {int(level == 'TRUE')})"
    if any(text == f"data[{name!r}]" for name in model.categories):
        return f"({text} == {level!r})"
    return f"({text}.astype(str) == {level!r})"


def _contrast(model: ExportModel, expression: Expression, name: str, what: str) -> str:
    """One column of a factor's contrasts: a number for each level."""
    values = model.values(expression)
    if not isinstance(values, Factor):
        raise refusal(expression, what)
    used = values.take(slice(None))
    contrast = used.contrast or Contrast("poly" if used.ordered else "treatment")
    matrix, names = contrast_matrix(used.levels, contrast)
    place = {n.lstrip(".^"): i for i, n in enumerate(names)}.get(name.lstrip(".^"))
    if place is None:
        raise refusal(expression, what)
    expression = _recoded(expression)
    inner = model.values(expression)
    keys = [repr(v) for v in used.levels]
    text = python_expression(model, expression, what)
    if isinstance(inner, Numbers):
        keys = [number_text(float(v)) for v in used.levels]
    elif isinstance(inner, Factor):
        text = f"{text}.astype(str)"
    else:
        raise refusal(expression, what)
    coding = ", ".join(f"{k}: {number_text(float(v))}" for k, v in zip(keys, matrix[:, place], strict=True))
    return f"{text}.map({{{coding}}}).astype(float)"


def _recoded(expression: Expression) -> Expression:
    """Leave out what changes the order or the coding of levels, but not the levels themselves."""
    while isinstance(expression, Call) and (
        expression.function in ("relevel", "C", "dummy")
        or (expression.function in ("factor", "as.factor", "ordered") and len(expression.arguments) == 1)
    ):
        expression = expression.arguments[0].value
    return expression


def _polynomial(model: ExportModel, call: Call, value: str, what: str) -> str:
    arguments = _constants(call, what)
    x = python_expression(model, call.arguments[0].value, what)
    number, degree = int(value or 1), int(arguments.get("degree", 1))
    if arguments.get("raw"):
        return f"{x} ** {float(number)!r}"
    return f"poly({x}, {degree})[:, {number - 1}]"


def _spline(model: ExportModel, call: Call, value: str, what: str) -> str:
    arguments = _constants(call, what)
    if not value and model.frame is None and "df" not in arguments:
        raise ExportError(f"How many columns {call.function}() has is only known with data: give `data`.")
    options = ""
    for name, ours in _SPLINE_ARGUMENTS.items():
        if name not in arguments or (name == "df" and "knots" in arguments):
            continue
        given = arguments[name]
        numbers = given if isinstance(given, list) else [given]
        if not all(isinstance(v, float) for v in numbers):
            raise refusal(call, what)
        many = name in ("knots", "Boundary.knots")
        text = f"[{', '.join(map(number_text, sorted(numbers)))}]" if many else number_text(numbers[0])
        options += f", {ours}={text}"
    options += ", intercept=True" if arguments.get("intercept") else ""
    options += ", natural=True" if call.function == "ns" else ""
    _require_inside(model, call, arguments.get("Boundary.knots"), what)
    x = python_expression(model, call.arguments[0].value, what)
    return f"spline({x}{options})[:, {int(value or 1) - 1}]"


def _require_inside(model: ExportModel, call: Call, ends: Any, what: str) -> None:
    """Refuse values beyond the outer knots, where a spline goes on as a polynomial."""
    if not isinstance(ends, list):
        return
    values = model.values(call.arguments[0].value)
    frame = model.frame
    if not isinstance(values, Numbers) or frame is None or frame.dropped:
        raise refusal(call, what)
    if np.any((values.values < min(ends)) | (values.values > max(ends))):
        raise refusal(call, what)


def _constants(call: Call, what: str) -> dict[str, Any]:
    """Arguments of a basis after the first, which must come first and without a name."""
    if call.arguments[0].name is not None:
        raise refusal(call, what)
    try:
        given = matched(call, *FUNCTIONS[call.function])
        evaluator = Evaluator({}, 0)
        return {n: evaluator.value(e) for n, e in given.items() if e is not call.arguments[0].value}
    except DataError:
        raise refusal(call, what) from None


_BASES = {"poly": _polynomial, "ns": _spline, "bs": _spline}
