"""Evaluates expressions of a formula over the columns of the data, with R's meaning.

Nothing is executed: a tree is walked, and every operator and function is looked up in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from mlmwidget.data.arguments import Value, labels_of, matched
from mlmwidget.data.errors import data_error, unknown_column
from mlmwidget.data.functions import FUNCTIONS
from mlmwidget.data.values import Column, Factor, Logical, Numbers, level_text
from mlmwidget.formula.syntax import Call, Constant, Expression, Name, Number, Operation, String
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError

_ELEMENTWISE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "log2": np.log2,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "floor": np.floor,
    "ceiling": np.ceil,
    "trunc": np.trunc,
    "sign": np.sign,
}
_ARITHMETIC: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "%%": np.mod,
    "%/%": np.floor_divide,
}
_COMPARISON: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
# Longest sequence that a:b may write down.
_LONGEST = 100_000
_NAMED_CONSTANTS: dict[str, Value] = {"pi": np.pi, "T": True, "F": False, "Inf": np.inf}


class Evaluator:
    """Evaluates expressions over columns, each expression once.

    Parameters
    ----------
    columns
        The columns by name.
    rows
        Number of rows n.
    known
        Names of all columns of the data, for the sentence about an unknown one.
    """

    def __init__(self, columns: Mapping[str, Column], rows: int, known: Sequence[str] = ()):
        self._columns = columns
        self._names = known or tuple(columns)
        self._rows = rows
        self._found: dict[Expression, Column] = {}

    def column(self, expression: Expression) -> Column:
        """Return an expression's value for every row.

        Raises
        ------
        DataError
            If the expression names an unknown column or function, or makes no sense for its columns.
        """
        if expression not in self._found:
            self._found[expression] = self._spread(self.value(expression), expression)
        return self._found[expression]

    def value(self, expression: Expression) -> Value:
        """Return an expression's value, which may also be a constant."""
        match expression:
            case Name(name):
                if name in self._columns:
                    return self._columns[name]
                if name in _NAMED_CONSTANTS:
                    return _NAMED_CONSTANTS[name]
                raise unknown_column(name, self._names)
            case Number(value) | String(value) | Constant(value):
                return value
            case Operation():
                return self._operation(expression)
            case Call():
                return self._call(expression)
        raise _refusal(expression, "cannot be evaluated")

    def _spread(self, value: Value, expression: Expression) -> Column:
        if isinstance(value, (Numbers, Logical, Factor)):
            return value
        if isinstance(value, bool):
            return Logical(np.full(self._rows, float(value)))
        if isinstance(value, (int, float)):
            return Numbers(np.full(self._rows, float(value)))
        raise _refusal(expression, "is not a variable: it has no value for each row")

    def _call(self, call: Call) -> Value:
        values = [argument.value for argument in call.arguments]
        if call.function in _ELEMENTWISE and len(values) == 1:
            return self._elementwise(_ELEMENTWISE[call.function], values)
        if call.function == "log":
            given = matched(call, "x", "base")
            if "base" in given:
                return self._elementwise(lambda x, b: np.log(x) / np.log(b), [given["x"], given["base"]])
            return self._elementwise(np.log, [given["x"]])
        if call.function in FUNCTIONS:
            return FUNCTIONS[call.function](call, self.value)
        raise data_error(
            f"The function {call.function}() is not known here: make a column with it and use that column.",
            "unknown-function",
        )

    def _operation(self, operation: Operation) -> Value:
        operator, operands = operation.operator, operation.operands
        if operator in _ARITHMETIC:
            if len(operands) == 1:
                return self._elementwise(np.negative if operator == "-" else np.positive, operands)
            return self._elementwise(_ARITHMETIC[operator], operands)
        if operator in _COMPARISON:
            return self._compare(operation)
        if operator in ("&", "&&", "|", "||", "!"):
            return self._logical(operator, [self.number(o) for o in operands])
        if operator == "%in%":
            return self._among(operation)
        if operator == ":":
            return self._sequence(operation)
        raise _refusal(operation, "cannot be evaluated")

    def _sequence(self, operation: Operation) -> Value:
        first, last = (self.number(o) for o in operation.operands)
        if first.ndim or last.ndim:
            raise _refusal(operation, "is an interaction, which has no place inside a function or I()")
        if not abs(float(last) - float(first)) < _LONGEST:
            raise _refusal(operation, f"is a sequence of more than {_LONGEST} numbers")
        step = 1 if last >= first else -1
        return [float(v) for v in np.arange(float(first), float(last) + step / 2, step)]

    def _among(self, operation: Operation) -> Value:
        column, wanted = self.column(operation.operands[0]), self.value(operation.operands[1])
        if isinstance(wanted, (Numbers, Logical, Factor)):
            raise _refusal(operation, 'needs constants on its right, as in x %in% c("a", "b")')
        labels = labels_of(wanted)
        if isinstance(column, Factor):
            among = np.append(np.isin(np.array(column.levels, dtype=object), list(labels)), False)
            return Logical(among[column.codes].astype(float))
        numbers = [float(label) for label in labels if _is_number(label)]
        return Logical(np.isin(column.values, numbers).astype(float))

    def _elementwise(self, function: Callable[..., np.ndarray], operands: Sequence[Expression]) -> Value:
        numbers = [self.number(operand) for operand in operands]
        wide = max((n.ndim for n in numbers), default=0)
        if wide == 2:
            numbers = [n[:, None] if n.ndim == 1 else n for n in numbers]
        with np.errstate(all="ignore"):
            result = np.asarray(function(*numbers), dtype=float)
        return Numbers(result) if result.ndim else float(result)

    def number(self, expression: Expression) -> np.ndarray:
        """Return an expression's value as an array of numbers; TRUE counts as one.

        Raises
        ------
        DataError
            If it is a factor or text.
        """
        value = self.value(expression)
        if isinstance(value, (Numbers, Logical)):
            return value.values
        if isinstance(value, (bool, int, float)):
            return np.asarray(value, dtype=float)
        text = expression_text(expression)
        raise data_error(
            f"“{text}” is not numeric, so it cannot be calculated with: use a numeric column, or "
            f"as.numeric({text}) for its codes.",
            "not-numeric",
            column=expression.name if isinstance(expression, Name) else None,
        )

    def _logical(self, operator: str, numbers: list[np.ndarray]) -> Value:
        # R's three-valued logic: FALSE & NA is FALSE, TRUE | NA is TRUE.
        def sure(number: np.ndarray, truth: bool) -> np.ndarray:
            return ~np.isnan(number) & ((number != 0) == truth)

        if operator == "!":
            true, false = sure(numbers[0], False), sure(numbers[0], True)
        elif operator in ("&", "&&"):
            true = sure(numbers[0], True) & sure(numbers[1], True)
            false = sure(numbers[0], False) | sure(numbers[1], False)
        else:
            true = sure(numbers[0], True) | sure(numbers[1], True)
            false = sure(numbers[0], False) & sure(numbers[1], False)
        result = np.where(true, 1.0, np.where(false, 0.0, np.nan))
        return Logical(result) if result.ndim else bool(result)

    def _compare(self, operation: Operation) -> Value:
        compare = _COMPARISON[operation.operator]
        left, right = (self.value(o) for o in operation.operands)
        if isinstance(left, (Factor, str)) or isinstance(right, (Factor, str)):
            return self._compare_labels(operation, left, right)
        a, b = (self.number(o) for o in operation.operands)
        with np.errstate(invalid="ignore"):
            result = np.where(np.isnan(a) | np.isnan(b), np.nan, compare(a, b))
        return Logical(result) if result.ndim else bool(result)

    def _compare_labels(self, operation: Operation, left: Value, right: Value) -> Value:
        compare, operator = _COMPARISON[operation.operator], operation.operator
        if not isinstance(left, Factor) and not isinstance(right, Factor):
            raise _refusal(operation, "compares a number with text")
        if isinstance(right, Factor) and not isinstance(left, Factor):
            flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
            swapped = Operation(flipped, operation.operands[::-1], operation.position)
            return self._compare_labels(swapped, right, left)
        assert isinstance(left, Factor)
        ordered = left.ordered or left.text
        if operator not in ("==", "!=") and not ordered:
            raise _refusal(operation, "compares the order of categories that have none: use == or !=")
        if isinstance(right, Factor):
            return Logical(_compare_factors(compare, left, right))
        if not isinstance(right, (str, int, float)):
            raise _refusal(operation, "compares categories with something that is none")
        label = level_text(right)
        if left.ordered and operator not in ("==", "!="):
            if label not in left.levels:
                raise _refusal(operation, f"compares with “{label}”, which is none of the categories")
            true = compare(np.arange(len(left.levels)), np.asarray(left.levels.index(label)))
        else:
            true = compare(np.array(left.levels, dtype=object), np.array(label, dtype=object))
        return Logical(np.append(true.astype(float), np.nan)[left.codes])


def _compare_factors(compare: Callable[..., np.ndarray], left: Factor, right: Factor) -> np.ndarray:
    """Compare two factors row by row, by their texts or, where they have one, by the order of levels."""
    levels = left.levels if left.ordered else tuple(sorted({*left.levels, *right.levels}))
    place = {level: i for i, level in enumerate(levels)}
    a, b = (np.array([place.get(level, -1) for level in f.levels] + [-1])[f.codes] for f in (left, right))
    return np.where(left.missing | right.missing, np.nan, compare(a, b))


def names_in(expression: Expression) -> Iterator[Name]:
    """Yield the names in an expression, columns and others, from left to right."""
    match expression:
        case Name():
            yield expression
        case Operation(_, operands):
            for operand in operands:
                yield from names_in(operand)
        case Call(_, arguments):
            for argument in arguments:
                yield from names_in(argument.value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refusal(expression: Expression, why: str) -> DataError:
    return data_error(f"“{expression_text(expression)}” {why}.", "expression")
