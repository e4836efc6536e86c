"""The functions that a formula may use besides elementwise ones: factors, cut points, bases, summaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd

from mlmwidget.data.basis import b_spline, natural_spline, polynomial
from mlmwidget.data.contrasts import Contrast, ContrastKind
from mlmwidget.data.errors import data_error, listed
from mlmwidget.data.values import Column, Factor, Logical, Numbers, as_factor, level_text
from mlmwidget.formula.syntax import Call, Expression, Name
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError

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
            raise _refusal(call, f"has no argument “{argument.name}” here; it takes {listed(names)}")
        found[fits[0]] = argument.value
    free = (name for name in names if name not in found)
    for argument in call.arguments:
        if argument.name is None:
            name = next(free, None)
            if name is None:
                raise _refusal(call, f"has too many arguments; it takes {listed(names)}")
            found[name] = argument.value
    if names[0] not in found:
        raise _refusal(call, f"needs the argument “{names[0]}”")
    return found


def labels_of(value: Value) -> tuple[str, ...]:
    """Return the texts of a constant or a vector of constants, such as ``c("a", "b")``."""
    if isinstance(value, list):
        return tuple(label for v in value for label in labels_of(v))
    return (level_text(value),)


def _numbers_of(value: Value, call: Call, what: str) -> list[float]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, (int, float)) for v in values):
        raise _refusal(call, f"needs numbers as {what}")
    return [float(cast(float, v)) for v in values]


def _numeric(value: Value, call: Call) -> np.ndarray:
    """Return a numeric argument as an array of shape (n,)."""
    if isinstance(value, (Numbers, Logical)) and value.values.ndim == 1:
        return value.values
    raise _refusal(call, "needs a numeric column")


def _categories(value: Value, call: Call) -> Factor:
    if isinstance(value, (Numbers, Logical, Factor)):
        return as_factor(value)
    raise _refusal(call, "needs a column")


def _flag(arguments: dict[str, Expression], name: str, default: bool, value: Evaluate) -> bool:
    return bool(value(arguments[name])) if name in arguments else default


def _integer(arguments: dict[str, Expression], name: str, default: int, call: Call, value: Evaluate) -> int:
    if name not in arguments:
        return default
    given = _numbers_of(value(arguments[name]), call, f"“{name}”")
    if len(given) != 1 or not given[0].is_integer():
        raise _refusal(call, f"needs a whole number as “{name}”")
    return int(given[0])


def _combine(call: Call, value: Evaluate) -> Value:
    return [value(argument.value) for argument in call.arguments]


def _as_is(call: Call, value: Evaluate) -> Value:
    return value(matched(call, "x")["x"])


def _factor(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "levels", "labels", "exclude", "ordered")
    factor = _categories(value(arguments["x"]), call)
    factor = replace(factor.take(slice(None)), contrast=None)
    if "levels" in arguments:
        wanted = labels_of(value(arguments["levels"]))
        place = {level: i for i, level in enumerate(wanted)}
        recode = np.array([place.get(level, -1) for level in factor.levels] + [-1])
        factor = replace(factor, codes=recode[factor.codes], levels=wanted)
    if "labels" in arguments:
        labels = labels_of(value(arguments["labels"]))
        if len(labels) != len(factor.levels):
            raise _refusal(call, f"has {len(labels)} labels for {len(factor.levels)} levels")
        factor = replace(factor, levels=labels)
    ordered = call.function == "ordered" or _flag(arguments, "ordered", factor.ordered, value)
    return replace(factor, ordered=ordered)


def _as_factor(call: Call, value: Evaluate) -> Value:
    return _categories(value(matched(call, "x")["x"]), call)


def _as_numeric(call: Call, value: Evaluate) -> Value:
    column = value(matched(call, "x")["x"])
    if isinstance(column, Factor):
        return Numbers(np.where(column.missing, np.nan, column.codes + 1.0))
    if isinstance(column, Logical):
        return Numbers(column.values)
    return column


def _recoded(call: Call, value: Evaluate) -> Value:
    """C(f, contr, base): another coding of the same levels."""
    arguments = matched(call, "object", "contr", "how.many", "base")
    factor = _categories(value(arguments["object"]), call)
    named = arguments.get("contr")
    if "how.many" in arguments:
        raise _refusal(call, "is not supported with “how.many”")
    if named is None:
        return factor
    # R names the columns by number when the contrast is a function or its result, by level when it is text.
    base, numbered = _integer(arguments, "base", 1, call, value), True
    if isinstance(named, Call):
        base = _integer(matched(named, "n", "base"), "base", 1, named, value)
        name = named.function
    elif isinstance(named, Name):
        name = named.name
        numbered = name.startswith("contr.") or "base" in arguments
    else:
        name = "".join(labels_of(value(named)))
        numbered = "base" in arguments
    kind = name.removeprefix("contr.")
    if kind not in ("treatment", "sum", "helmert", "poly", "SAS"):
        raise _refusal(call, "needs contr.treatment, contr.sum, contr.helmert or contr.poly as its contrast")
    if not 1 <= base <= len(factor.levels):
        raise _refusal(call, f"has base {base}, but there are {len(factor.levels)} levels")
    return replace(factor, contrast=Contrast(cast(ContrastKind, kind), base, numbered))


def _relevel(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "ref")
    factor = _categories(value(arguments["x"]), call)
    if "ref" not in arguments:
        raise _refusal(call, "needs “ref”, the level that becomes the first")
    given = value(arguments["ref"])
    levels = factor.levels
    if isinstance(given, float) and given.is_integer() and 1 <= given <= len(levels):
        first = int(given) - 1
    elif isinstance(given, str) and given in levels:
        first = levels.index(given)
    else:
        raise _refusal(call, f"needs one of the levels as “ref”: {listed(levels)}")
    order = [first, *(i for i in range(len(levels)) if i != first)]
    recode = np.append(np.argsort(order), -1)
    return Factor(recode[factor.codes], tuple(levels[i] for i in order))


def _interaction(call: Call, value: Evaluate) -> Value:
    options = {a.name: a.value for a in call.arguments if a.name in ("sep", "lex.order", "drop")}
    factors = [
        _categories(value(a.value), call)
        for a in call.arguments
        if a.name not in ("sep", "lex.order", "drop")
    ]
    if not factors:
        raise _refusal(call, "needs at least one column")
    separator = labels_of(value(options["sep"]))[0] if "sep" in options else "."
    slow_first = bool(value(options["lex.order"])) if "lex.order" in options else False
    return cross(factors, separator, slow_first)


def cross(factors: list[Factor], separator: str, slow_first: bool) -> Factor:
    """Return the factor of the observed combinations of several factors.

    Parameters
    ----------
    factors
        The factors that are crossed.
    separator
        Text between the levels' texts.
    slow_first
        True: the first factor varies slowest in the order of the levels (as ``a:b`` in R); False:
        fastest (as ``interaction(a, b)``).
    """
    order = factors if slow_first else factors[::-1]
    codes = np.zeros(len(factors[0].codes), dtype=np.int64)
    missing = np.zeros(len(codes), dtype=bool)
    for factor in order:
        codes = codes * max(len(factor.levels), 1) + factor.codes
        missing |= factor.missing
    codes[missing] = -1
    compact, observed = pd.factorize(np.where(missing, -1, codes), sort=True)
    if missing.any():
        compact, observed = compact - 1, observed[1:]
    parts: list[list[str]] = []
    rest = np.asarray(observed)
    for factor in reversed(order):
        rest, position = np.divmod(rest, max(len(factor.levels), 1))
        parts.append([factor.levels[i] for i in position])
    by_order = parts[::-1] if slow_first else parts
    levels = tuple(separator.join(texts) for texts in zip(*by_order, strict=True))
    return Factor(np.asarray(compact, dtype=np.intp), levels)


def _dummy(call: Call, value: Evaluate) -> Value:
    """lme4's dummy(f, levels): indicators of some levels, all but the first when none are named."""
    arguments = matched(call, "f", "levelsToKeep")
    factor = _categories(value(arguments["f"]), call)
    keep = labels_of(value(arguments["levelsToKeep"])) if "levelsToKeep" in arguments else factor.levels[1:]
    unknown = [level for level in keep if level not in factor.levels]
    if unknown:
        raise _refusal(call, f"names {listed(unknown)}, but the levels are {listed(factor.levels)}")
    columns = [np.where(factor.missing, np.nan, factor.codes == factor.levels.index(level)) for level in keep]
    return Numbers(columns[0]) if len(keep) == 1 else Numbers(np.column_stack(columns), keep)


def _cut(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered_result")
    x = _numeric(value(arguments["x"]), call)
    if "breaks" not in arguments:
        raise _refusal(call, "needs “breaks”")
    breaks = _breaks(x, _numbers_of(value(arguments["breaks"]), call, "“breaks”"), call)
    right = _flag(arguments, "right", True, value)
    lowest = _flag(arguments, "include.lowest", False, value)
    codes = np.searchsorted(breaks, x, side="left" if right else "right") - 1
    if lowest:
        codes = np.where(x == (breaks[0] if right else breaks[-1]), 0 if right else len(breaks) - 2, codes)
    codes = np.where(np.isnan(x) | (codes >= len(breaks) - 1), -1, codes)
    given = value(arguments["labels"]) if "labels" in arguments else None
    if given is False:
        return Numbers(np.where(codes < 0, np.nan, codes + 1.0))
    if given is None or given is True:
        labels = _interval_labels(breaks, right, lowest, _integer(arguments, "dig.lab", 3, call, value))
    else:
        labels = labels_of(given)
    if len(labels) != len(breaks) - 1:
        raise _refusal(call, f"has {len(labels)} labels for {len(breaks) - 1} intervals")
    return Factor(codes.astype(np.intp), labels, _flag(arguments, "ordered_result", False, value))


def _breaks(x: np.ndarray, given: list[float], call: Call) -> np.ndarray:
    if len(given) > 1:
        if len(set(given)) < len(given):
            raise _refusal(call, "has the same break twice")
        return np.sort(given)
    number = int(given[0]) if given else 0
    if number < 2:
        raise _refusal(call, "needs at least two intervals")
    low, high = np.nanmin(x), np.nanmax(x)
    width = high - low
    if width == 0:
        width = abs(low)
        return np.linspace(low - width / 1000, high + width / 1000, number + 1)
    breaks = np.linspace(low, high, number + 1)
    breaks[[0, -1]] = low - width / 1000, high + width / 1000
    return breaks


def _interval_labels(breaks: np.ndarray, right: bool, lowest: bool, digits: int) -> tuple[str, ...]:
    texts: list[str] = []
    for precision in range(digits, max(12, digits) + 1):
        texts = [f"{b:.{precision}g}".replace("inf", "Inf") for b in breaks]
        if len(set(texts)) == len(texts):
            break
    opening, closing = ("(", "]") if right else ("[", ")")
    labels = [f"{opening}{a},{b}{closing}" for a, b in pairwise(texts)]
    if lowest and right:
        labels[0] = "[" + labels[0][1:]
    elif lowest:
        labels[-1] = labels[-1][:-1] + "]"
    return tuple(labels)


def _scale(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "center", "scale")
    x = _numeric(value(arguments["x"]), call)
    centre = value(arguments["center"]) if "center" in arguments else True
    spread = value(arguments["scale"]) if "scale" in arguments else call.function == "scale"
    if centre is not False:
        x = x - (_finite_mean(x) if centre is True else _numbers_of(centre, call, "“center”")[0])
    if spread is True:
        # R divides by the root mean square about what was subtracted, with n - 1.
        present = x[~np.isnan(x)]
        spread = float(np.sqrt(np.sum(present**2) / max(len(present) - 1, 1)))
        if spread == 0:
            raise _refusal(call, "has nothing to scale: the column is constant. Leave it out")
    if spread is not False:
        x = x / _numbers_of(spread, call, "“scale”")[0]
    return Numbers(x)


def _finite_mean(x: np.ndarray) -> float:
    present = x[~np.isnan(x)]
    return float(present.mean()) if len(present) else np.nan


def _parallel(smallest: bool) -> Callable[[Call, Evaluate], Value]:
    def parallel(call: Call, value: Evaluate) -> Value:
        found = [value(argument.value) for argument in call.arguments]
        arrays = [v.values if isinstance(v, (Numbers, Logical)) else v for v in found]
        if not arrays or any(not isinstance(a, (np.ndarray, int, float)) for a in arrays):
            raise _refusal(call, "needs numeric columns or numbers")
        result = np.asarray(arrays[0], dtype=float)
        for other in arrays[1:]:
            result = (np.minimum if smallest else np.maximum)(result, cast(float, other))
        return Numbers(result) if result.ndim else float(result)

    return parallel


def _round(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "digits")
    digits = _integer(arguments, "digits", 0, call, value)
    return Numbers(np.round(_numeric(value(arguments["x"]), call), digits))


def _summary(function: Callable[[np.ndarray], float]) -> Callable[[Call, Evaluate], Value]:
    def summary(call: Call, value: Evaluate) -> Value:
        arguments = matched(call, "x", "na.rm")
        x = _numeric(value(arguments["x"]), call)
        absent = np.isnan(x)
        if absent.any() and not _flag(arguments, "na.rm", False, value):
            inner = expression_text(arguments["x"])
            raise _refusal(
                call,
                f"has no value because {inner} is missing in {absent.sum()} rows: "
                f"write {call.function}({inner}, na.rm = TRUE)",
            )
        return float(function(x[~absent]))

    return summary


def _group_mean(call: Call, value: Evaluate) -> Value:
    """ave(x, g): the mean of x in each row's group."""
    if len(call.arguments) < 2 or any(a.name is not None for a in call.arguments):
        raise _refusal(call, "needs a numeric column and one or more grouping columns")
    x = _numeric(value(call.arguments[0].value), call)
    groups = cross([_categories(value(a.value), call) for a in call.arguments[1:]], ":", True)
    J = len(groups.levels)
    known = groups.codes >= 0
    counts = np.bincount(groups.codes[known], minlength=J)
    with np.errstate(invalid="ignore"):
        means = np.append(np.bincount(groups.codes[known], weights=x[known], minlength=J) / counts, np.nan)
    return Numbers(means[groups.codes])


def _if_else(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "test", "yes", "no")
    test = _numeric(value(arguments["test"]), call)
    yes, no = value(arguments.get("yes", Name("NA"))), value(arguments.get("no", Name("NA")))
    if isinstance(yes, str) and isinstance(no, str):
        levels = tuple(sorted({yes, no}))
        codes = np.where(test != 0, levels.index(yes), levels.index(no))
        return Factor(np.where(np.isnan(test), -1, codes).astype(np.intp), levels)
    arrays = [v.values if isinstance(v, (Numbers, Logical)) else v for v in (yes, no)]
    if any(not isinstance(a, (np.ndarray, int, float)) for a in arrays):
        raise _refusal(call, "needs numbers, or two texts, as “yes” and “no”")
    chosen = np.where(test != 0, cast(float, arrays[0]), cast(float, arrays[1])).astype(float)
    return Numbers(np.where(np.isnan(test), np.nan, chosen))


def _poly(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "degree", "raw", "simple")
    x = _numeric(value(arguments["x"]), call)
    degree = _integer(arguments, "degree", 1, call, value)
    raw = _flag(arguments, "raw", False, value)
    distinct = len(np.unique(x[~np.isnan(x)]))
    if degree < 1 or (not raw and degree >= distinct):
        raise _refusal(call, f"needs a degree from 1 to {distinct - 1}: there are {distinct} distinct values")
    return polynomial(x, degree, raw)


def _spline(call: Call, value: Evaluate) -> Value:
    natural = call.function == "ns"
    names = ("x", "df", "knots", *(() if natural else ("degree",)), "intercept", "Boundary.knots")
    arguments = matched(call, *names)
    x = _numeric(value(arguments["x"]), call)
    knots = _numbers_of(value(arguments["knots"]), call, "“knots”") if "knots" in arguments else None
    ends = None
    if "Boundary.knots" in arguments:
        ends = _numbers_of(value(arguments["Boundary.knots"]), call, "“Boundary.knots”")
        if len(ends) != 2:
            raise _refusal(call, "needs two numbers as “Boundary.knots”")
    df = _integer(arguments, "df", 0, call, value) or None
    intercept = _flag(arguments, "intercept", False, value)
    if len(np.unique(x[~np.isnan(x)])) < 2:
        raise _refusal(call, "needs a column with at least two distinct values")
    if natural:
        return natural_spline(x, df, knots, intercept, ends)
    return b_spline(x, df, knots, _integer(arguments, "degree", 3, call, value), intercept, ends)


def _is_missing(call: Call, value: Evaluate) -> Value:
    column = value(matched(call, "x")["x"])
    if not isinstance(column, (Numbers, Logical, Factor)):
        raise _refusal(call, "needs a column")
    return Logical(column.missing.astype(float))


def _refusal(call: Call, why: str) -> DataError:
    return data_error(f"{expression_text(call)} {why}.", "expression", position=call.position)


def _sample_sd(x: np.ndarray) -> float:
    return float(np.std(x, ddof=1)) if len(x) > 1 else np.nan


FUNCTIONS: dict[str, Callable[[Call, Evaluate], Value]] = {
    "I": _as_is,
    "identity": _as_is,
    "c": _combine,
    "factor": _factor,
    "ordered": _factor,
    "as.factor": _as_factor,
    "as.numeric": _as_numeric,
    "as.integer": _as_numeric,
    "C": _recoded,
    "relevel": _relevel,
    "interaction": _interaction,
    "dummy": _dummy,
    "cut": _cut,
    "scale": _scale,
    "center": _scale,
    "pmin": _parallel(smallest=True),
    "pmax": _parallel(smallest=False),
    "round": _round,
    "poly": _poly,
    "ns": _spline,
    "bs": _spline,
    "ave": _group_mean,
    "ifelse": _if_else,
    "is.na": _is_missing,
    "mean": _summary(np.mean),
    "median": _summary(np.median),
    "sd": _summary(_sample_sd),
    "var": _summary(lambda x: _sample_sd(x) ** 2),
    "min": _summary(np.min),
    "max": _summary(np.max),
    "sum": _summary(np.sum),
}
