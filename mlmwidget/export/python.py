"""Pieces that the Python scripts share: reading data, and expressions as Python text.

Names of columns and levels enter a script only as Python string literals.
"""

from __future__ import annotations

import pandas as pd

from mlmwidget.data.evaluate import Evaluator
from mlmwidget.data.values import Factor, Logical, Numbers, level_text
from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.formula.text import expression_text
from mlmwidget.notation.expressions import is_logical
from mlmwidget.problems import DataError

_ELEMENTWISE = {
    "exp": "np.exp", "sqrt": "np.sqrt", "abs": "np.abs", "log1p": "np.log1p", "expm1": "np.expm1",
    "log2": "np.log2", "log10": "np.log10", "sin": "np.sin", "cos": "np.cos", "tan": "np.tan",
    "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "sinh": "np.sinh", "cosh": "np.cosh",
    "tanh": "np.tanh", "floor": "np.floor", "ceiling": "np.ceil", "trunc": "np.trunc", "sign": "np.sign",
    "log": "np.log", "round": "np.round",
}  # fmt: skip
_ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "**", "%%": "%", "%/%": "//"}
_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])
_TRANSPARENT = frozenset(["I", "identity", "factor", "as.factor", "ordered", "as.numeric", "as.integer"])
_SUMMARIES = frozenset(["mean", "median", "sd", "var", "min", "max", "sum"])
_CONSTANTS = {"pi": "np.pi", "T": "True", "F": "False"}


def read_data(model: ExportModel, text: bool = False) -> list[str]:
    """Lines that read the data and give categories their order.

    Parameters
    ----------
    model
        The model.
    text
        Whether columns of text stay text, as this library knows what R makes of them.
    """
    categories, texts = model.categories, model.texts
    as_text = {n: "str" for n in model.names if _misread(model, n)}
    dtype = f", dtype={as_text!r}" if as_text else ""
    lines = [f"data = pd.read_csv('data.csv'{dtype})  # leave this line out where `data` exists"]
    for name, found in categories.items():
        if text and name in texts:
            continue
        ordered = ", ordered=True" if found.ordered else ""
        column = f"data[{name!r}].astype(str){_respelt(model, name)}"
        lines.append(f"data[{name!r}] = pd.Categorical({column}, {list(found.categories)!r}{ordered})")
    for name in model.names if model.frame is not None else ():
        values = model.values(Name(name))
        if isinstance(values, Numbers) and values.dates:
            lines.append(f"data[{name!r}] = pd.to_datetime(data[{name!r}])")
    return lines


def _misread(model: ExportModel, name: str) -> bool:
    """Whether a reader of files would change the text of these levels, as of ``"01"`` and ``"TRUE"``."""
    values = model.values(Name(name))
    if not isinstance(values, Factor) or model.frame is None:
        return False
    dtype = model.frame.rows[name].dtype
    is_text = not isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(dtype.categories)
    if not is_text and name not in model.categories:
        return False
    if all(v.isascii() and v.isdigit() and str(int(v)) == v for v in values.levels):
        # Whole numbers stay as they are, unless missing values make them floating-point.
        return name in model.categories and model.frame.dropped > 0
    return all(is_number(v) or v in ("TRUE", "FALSE", "True", "False") for v in values.levels)


def _respelt(model: ExportModel, name: str) -> str:
    """Python's text of a level as R's: ``True`` as ``TRUE``, ``1.0`` as ``1``."""
    assert model.frame is not None
    column = model.frame.rows[name]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    texts = {str(v): level_text(v) for v in column.dtype.categories}
    return f".replace({texts!r})" if any(k != v for k, v in texts.items()) else ""


def python_expression(model: ExportModel, expression: Expression, what: str) -> str:
    """Write an expression in Python, with columns as ``data['name']``.

    Parameters
    ----------
    model
        The model, which knows the kind of each column if there are data.
    expression
        A syntax tree.
    what
        Name of the script, for the error's sentence.

    Raises
    ------
    ExportError
        If the expression has no short equivalent in NumPy.
    """
    return _Writer(model, what).text(expression)


class _Writer:
    """Writes expressions of one model as Python."""

    def __init__(self, model: ExportModel, what: str):
        self.model, self.what = model, what

    def text(self, expression: Expression) -> str:
        match expression:
            case Name(name=name) if not self.model.is_column(name):
                if name in _CONSTANTS:
                    return _CONSTANTS[name]
            case Name(name=name):
                values = self.model.values(expression)
                if not (isinstance(values, Numbers) and values.dates):
                    return f"data[{name!r}]"
            case Number(value=value):
                return number_text(value)
            case String(value=value):
                return repr(value)
            case Constant(value=value) if value is not None:
                return repr(value)
            case Operation(operator=("-" | "+") as operator, operands=(only,)):
                return f"({operator}{self.number(only)})"
            case Operation(operator="!", operands=(only,)):
                return f"({self.number(only)} == 0)"
            case Operation(operator="^", operands=(left, right)):
                # Whole numbers have no negative powers in NumPy.
                power = f"{right.value!r}" if isinstance(right, Number) else self.number(right)
                base = self.number(left) if isinstance(right, Number) else f"(1.0 * {self.number(left)})"
                return f"({base} ** {power})"
            case Operation(operator=operator, operands=(left, right)) if operator in _ARITHMETIC:
                return f"({self.number(left)} {_ARITHMETIC[operator]} {self.number(right)})"
            case Operation(operator=("&" | "&&" | "|" | "||") as operator, operands=(left, right)):
                return f"({self.truth(left)} {operator[0]} {self.truth(right)})"
            case Operation(operator="%in%", operands=(left, right)):
                return self.among(left, right)
            case Operation(operator=operator) if operator in _COMPARISONS:
                return self.comparison(expression)
            case Call():
                return self.call(expression)
        raise self.refusal(expression)

    def kind(self, expression: Expression) -> str:
        """Whether an expression is a "number", a "truth" or a "category"."""
        if isinstance(expression, (Number, Constant)):
            return "number"
        if isinstance(expression, String):
            return "category"
        values = None
        if not isinstance(expression, Name) or self.model.is_column(expression.name):
            values = self.model.values(expression)
        if values is None:
            return "truth" if is_logical(expression) else "number"
        return {Factor: "category", Logical: "truth", Numbers: "number"}[type(values)]

    def number(self, expression: Expression) -> str:
        """Write an expression that is calculated with."""
        kind = self.kind(expression)
        if kind == "category" or (
            isinstance(expression, Call) and expression.function in ("poly", "ns", "bs")
        ):
            raise self.refusal(expression)
        if kind == "truth" and not isinstance(expression, Name):
            self.require_no_gaps(expression)
        return self.text(expression) + (".astype(float)" if kind == "truth" else "")

    def require_no_gaps(self, expression: Expression) -> None:
        """Refuse a statement about missing values, which is false in pandas and missing in R."""
        if self.model.frame is not None and self.model.frame.dropped:
            raise self.refusal(expression)

    def truth(self, expression: Expression) -> str:
        text = self.text(expression)
        return text if is_logical(expression) else f"({text} != 0)"

    def comparison(self, operation: Operation) -> str:
        left, right = operation.operands
        kinds = self.kind(left), self.kind(right)
        if "category" not in kinds:
            return f"({self.text(left)} {operation.operator} {self.text(right)})"
        # Levels are text in R, whatever type the column has in the file; their order is left to R.
        column, constant = (right, left) if isinstance(left, (String, Number)) else (left, right)
        if operation.operator not in ("==", "!=") or not isinstance(constant, (String, Number)):
            raise self.refusal(operation)
        return f"({self.text(column)}.astype(str) {operation.operator} {level_text(constant.value)!r})"

    def among(self, left: Expression, right: Expression) -> str:
        wanted = self.constants(right, right)
        if self.kind(left) == "category":
            return f"{self.text(left)}.astype(str).isin({[level_text(v) for v in wanted]!r})"
        return f"{self.text(left)}.isin({[float(v) for v in wanted if is_number(level_text(v))]!r})"

    def constants(self, expression: Expression, whole: Expression) -> list[float | str | bool]:
        """Value of an expression without columns, as a list."""
        try:
            value = Evaluator({}, 0).value(expression)
        except DataError:
            raise self.refusal(whole) from None
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(v, (float, int, str)) for v in values):
            raise self.refusal(whole)
        return values  # type: ignore[return-value]

    def call(self, call: Call) -> str:
        function, named = call.function, {a.name: a.value for a in call.arguments if a.name is not None}
        inner = [a.value for a in call.arguments if a.name is None]
        if function == "cut" and len(inner) == 2:
            return self.cut(call, inner[0], inner[1], named)
        if function in _SUMMARIES:
            named.pop("na.rm", None)  # pandas leaves missing values out
        if function == "log" and len(inner) == 1 and "base" in named:
            inner.append(named.pop("base"))
        if named or not inner:
            raise self.refusal(call)
        if function in _TRANSPARENT and len(inner) == 1:
            if function in ("as.numeric", "as.integer"):
                return self.codes(inner[0])
            return self.text(inner[0])
        if function == "ifelse" and len(inner) == 3:
            self.require_no_gaps(call)
            yes, no = (self.text(v) if isinstance(v, String) else self.number(v) for v in inner[1:])
            return f"pd.Series(np.where({self.truth(inner[0])}, {yes}, {no}), data.index)"
        if function == "ave" and len(inner) > 1:
            if not all(isinstance(v, Name) for v in inner[1:]):
                self.require_no_gaps(call)
            columns = [self.model.values(v) for v in inner[1:]]
            if any(c is not None and c.missing.any() for c in columns):  # R leaves such a row its own value
                raise self.refusal(call)
            x, *groups = (self.text(v) for v in inner)
            by = ", ".join(groups)
            # A missing value makes its group's mean missing, as in R.
            return f"({x}).groupby([{by}], observed=True).transform(lambda v: v.to_numpy().mean())"
        return self.numeric(call, [self.number(v) for v in inner])

    def numeric(self, call: Call, inner: list[str]) -> str:
        """Write a function of numbers."""
        x = inner[0]
        if call.function in _ELEMENTWISE and len(inner) == 1:
            return f"{_ELEMENTWISE[call.function]}({x})"
        if call.function in _SUMMARIES and len(inner) == 1:
            return f"({x}).{'std' if call.function == 'sd' else call.function}()"
        match call.function, len(inner):
            case "round", 2:
                return f"np.round({x}, {inner[1]})"
            case "log", 2:
                return f"(np.log({x}) / np.log({inner[1]}))"
            case "scale", 1:
                return f"(({x} - ({x}).mean()) / ({x}).std())"
            case "center", 1:
                return f"({x} - ({x}).mean())"
            case (("pmin" | "pmax"), 2):
                return f"np.{'minimum' if call.function == 'pmin' else 'maximum'}({x}, {inner[1]})"
        raise self.refusal(call)

    def codes(self, expression: Expression) -> str:
        """Write ``as.numeric()``: the codes of a factor, and numbers as they are."""
        if self.kind(expression) != "category":
            return self.number(expression)
        values = self.model.values(expression)
        if isinstance(values, Factor) and not values.text and isinstance(expression, Name):
            return f"({self.text(expression)}.cat.codes + 1.0)"
        raise self.refusal(expression)

    def cut(self, call: Call, x: Expression, breaks: Expression, named: dict[str, Expression]) -> str:
        values, points = self.model.values(call), self.constants(breaks, call)
        frame = self.model.frame
        # The ends of equal intervals, and so their labels, may come from rows that are left out.
        if not isinstance(values, Factor) or frame is None or (len(points) == 1 and frame.dropped):
            raise self.refusal(call)
        if not set(named) <= {"right", "include.lowest", "labels", "dig.lab", "ordered_result"}:
            raise self.refusal(call)
        options = ""
        flags = {n: self.constants(named[n], call)[0] for n in ("right", "include.lowest") if n in named}
        right, lowest = flags.get("right", True), flags.get("include.lowest", False)
        if lowest and not right:
            raise self.refusal(call)
        options += "" if right else ", right=False"
        options += ", include_lowest=True" if lowest else ""
        numbers = [number_text(float(p)) for p in points]
        at = numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"
        return f"pd.cut({self.number(x)}, {at}, labels={list(values.levels)!r}{options})"

    def refusal(self, expression: Expression) -> ExportError:
        return refusal(expression, self.what)


def refusal(expression: Expression, what: str) -> ExportError:
    """Make the error about an expression that a Python script cannot hold.

    Parameters
    ----------
    expression
        What cannot be written.
    what
        Name of the script.
    """
    return ExportError(
        f"{what} cannot express “{expression_text(expression)}” in plain NumPy: make it a column of the data "
        "first, or export to lme4, brms, rstanarm or mlmwidget, which read it as it stands."
    )


def number_text(value: float) -> str:
    """Python literal of a number, whole numbers without decimals."""
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(int(value) if float(value).is_integer() else value)


def is_number(text: str) -> bool:
    """Whether a text can be read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
