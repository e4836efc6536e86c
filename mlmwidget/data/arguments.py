"""The arguments of a function in a formula: matched as R matches them, and read as what they must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from mlmwidget.data.errors import counted, data_error, listed
from mlmwidget.data.values import Column, Factor, Logical, Numbers, as_factor, level_text
from mlmwidget.formula.syntax import Call, Expression
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError

#: Largest number of cells of a matrix, about 2 GB.
LARGEST = 250_000_000

type Value = Column | float | str | bool | list[Value] | None
type Evaluate = Callable[[Expression], Value]


def matched(call: Call, *names: str) -> dict[str, Expression]:
    """Match a call's arguments to parameter names, as R does: by name, then by position.

    Raises
    ------
    DataError
        If an argument has no place, or the first one is not given.
    """
    found: dict[str, Expression] = {}
    for argument in call.arguments:
        if argument.name is None:
            continue
        fits = [n for n in names if n == argument.name] or [n for n in names if n.startswith(argument.name)]
        if len(fits) != 1 or fits[0] in found:
            raise refusal(call, f"has no argument “{argument.name}” here; it takes {listed(names)}")
        found[fits[0]] = argument.value
    free = (name for name in names if name not in found)
    for argument in call.arguments:
        if argument.name is None:
            name = next(free, None)
            if name is None:
                raise refusal(call, f"has too many arguments; it takes {listed(names)}")
            found[name] = argument.value
    if names[0] not in found:
        raise refusal(call, f"needs the argument “{names[0]}”")
    return found


def labels_of(value: Value) -> tuple[str, ...]:
    """Return the texts of a constant or a vector of constants, such as ``c("a", "b")``."""
    if isinstance(value, list):
        return tuple(label for v in value for label in labels_of(v))
    return (level_text(value),)


def numbers_of(value: Value, call: Call, what: str) -> list[float]:
    """Return a constant or a vector of constants as numbers; `what` names it in the error."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, (int, float)) for v in values):
        raise refusal(call, f"needs numbers as {what}")
    return [float(cast(float, v)) for v in values]


def numeric(value: Value, call: Call) -> np.ndarray:
    """Return a numeric argument without infinite values as an array of shape (n,)."""
    if not isinstance(value, (Numbers, Logical)) or value.values.ndim != 1:
        raise refusal(call, "needs a numeric column")
    infinite = int(np.isinf(value.values).sum())
    if infinite:
        raise refusal(call, f"needs finite numbers, but they are infinite in {counted(infinite, 'row')}")
    return value.values


def categories(value: Value, call: Call) -> Factor:
    """Return a column as a factor."""
    if isinstance(value, Factor) or (isinstance(value, (Numbers, Logical)) and value.values.ndim == 1):
        return as_factor(value)
    raise refusal(call, "needs a column")


def require_affordable(call: Call, rows: int, columns: int) -> None:
    """Refuse a basis that would fill the memory."""
    if rows * columns > LARGEST:
        raise refusal(
            call, f"needs {counted(columns, 'column')} for {counted(rows, 'row')}, which is too much"
        )


def flag(arguments: dict[str, Expression], name: str, default: bool, value: Evaluate) -> bool:
    """Return an argument that is TRUE or FALSE."""
    return bool(value(arguments[name])) if name in arguments else default


def integer(arguments: dict[str, Expression], name: str, default: int, call: Call, value: Evaluate) -> int:
    """Return an argument that is a whole number."""
    if name not in arguments:
        return default
    given = numbers_of(value(arguments[name]), call, f"“{name}”")
    if len(given) != 1 or not given[0].is_integer():
        raise refusal(call, f"needs a whole number as “{name}”")
    return int(given[0])


def refusal(call: Call, why: str) -> DataError:
    """Return the error of a call that cannot be evaluated; `why` goes on after the call's text."""
    return data_error(f"{expression_text(call)} {why}.", "expression")
