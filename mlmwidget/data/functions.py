"""The functions that a formula may use besides elementwise ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from mlmwidget.data.arguments import (
    Evaluate,
    Value,
    categories,
    flag,
    integer,
    matched,
    numbers_of,
    numeric,
    refusal,
    require_affordable,
)
from mlmwidget.data.basis import b_spline, natural_spline, polynomial
from mlmwidget.data.factors import FACTOR_FUNCTIONS, cross
from mlmwidget.data.values import Factor, Logical, Numbers
from mlmwidget.formula.syntax import Call
from mlmwidget.formula.text import expression_text


def _combine(call: Call, value: Evaluate) -> Value:
    return [value(argument.value) for argument in call.arguments]


def _as_is(call: Call, value: Evaluate) -> Value:
    return value(matched(call, "x")["x"])


def _scale(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "center", "scale")
    x = numeric(value(arguments["x"]), call)
    centre = value(arguments["center"]) if "center" in arguments else True
    spread = value(arguments["scale"]) if "scale" in arguments else call.function == "scale"
    if centre is not False:
        x = x - (_finite_mean(x) if centre is True else numbers_of(centre, call, "“center”")[0])
    if spread is True:
        # R divides by the root mean square about what was subtracted, with n - 1.
        present = x[~np.isnan(x)]
        spread = float(np.sqrt(np.sum(present**2) / max(len(present) - 1, 1)))
        if spread == 0:
            raise refusal(call, "has nothing to scale: the column is constant. Leave it out")
    if spread is not False:
        x = x / numbers_of(spread, call, "“scale”")[0]
    return Numbers(x)


def _finite_mean(x: np.ndarray) -> float:
    present = x[~np.isnan(x)]
    return float(present.mean()) if len(present) else np.nan


def _parallel(keep: np.ufunc, keep_present: np.ufunc) -> Callable[[Call, Evaluate], Value]:
    """Return pmin or pmax; `keep_present` is used with ``na.rm = TRUE``."""

    def parallel(call: Call, value: Evaluate) -> Value:
        ignore = any(a.name == "na.rm" and value(a.value) is True for a in call.arguments)
        found = [value(a.value) for a in call.arguments if a.name != "na.rm"]
        arrays = [v.values if isinstance(v, (Numbers, Logical)) else v for v in found]
        if not arrays or any(not isinstance(a, (np.ndarray, int, float)) for a in arrays):
            raise refusal(call, "needs numeric columns or numbers")
        result = np.asarray(arrays[0], dtype=float)
        for other in arrays[1:]:
            result = (keep_present if ignore else keep)(result, cast(float, other))
        return Numbers(result) if result.ndim else float(result)

    return parallel


def _round(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "digits")
    digits = integer(arguments, "digits", 0, call, value)
    return Numbers(np.round(numeric(value(arguments["x"]), call), digits))


def _summary(function: Callable[[np.ndarray], float]) -> Callable[[Call, Evaluate], Value]:
    def summary(call: Call, value: Evaluate) -> Value:
        arguments = matched(call, "x", "na.rm")
        x = numeric(value(arguments["x"]), call)
        absent = np.isnan(x)
        if absent.any() and not flag(arguments, "na.rm", False, value):
            inner = expression_text(arguments["x"])
            raise refusal(
                call,
                f"has no value because {inner} is missing in {absent.sum()} rows: "
                f"write {call.function}({inner}, na.rm = TRUE)",
            )
        return float(function(x[~absent]))

    return summary


def _group_mean(call: Call, value: Evaluate) -> Value:
    """ave(x, g): the mean of x in each row's group.

    As in R, a group in which x is missing has no mean, and a row without a group keeps its x.
    """
    if len(call.arguments) < 2 or any(a.name is not None for a in call.arguments):
        raise refusal(call, "needs a numeric column and one or more grouping columns")
    x = numeric(value(call.arguments[0].value), call)
    groups = cross([categories(value(a.value), call) for a in call.arguments[1:]], ":", True)
    J = len(groups.levels)
    known = groups.codes >= 0
    counts = np.bincount(groups.codes[known], minlength=J)
    with np.errstate(invalid="ignore"):
        means = np.append(np.bincount(groups.codes[known], weights=x[known], minlength=J) / counts, np.nan)
    return Numbers(np.where(known, means[groups.codes], x))


def _if_else(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "test", "yes", "no")
    test = numeric(value(arguments["test"]), call)
    if len(arguments) < 3:
        raise refusal(call, "needs a condition and two values")
    yes, no = value(arguments["yes"]), value(arguments["no"])
    if isinstance(yes, str) and isinstance(no, str):
        levels = tuple(sorted({yes, no}))
        codes = np.where(test != 0, levels.index(yes), levels.index(no))
        return Factor(np.where(np.isnan(test), -1, codes).astype(np.intp), levels)
    arrays = [v.values if isinstance(v, (Numbers, Logical)) else v for v in (yes, no)]
    if any(not isinstance(a, (np.ndarray, int, float)) for a in arrays):
        raise refusal(call, "needs numbers, or two texts, as “yes” and “no”")
    chosen = np.where(test != 0, cast(float, arrays[0]), cast(float, arrays[1])).astype(float)
    return Numbers(np.where(np.isnan(test), np.nan, chosen))


def _poly(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "degree", "raw", "simple")
    x = numeric(value(arguments["x"]), call)
    degree = integer(arguments, "degree", 1, call, value)
    raw = flag(arguments, "raw", False, value)
    distinct = len(np.unique(x[~np.isnan(x)]))
    require_affordable(call, len(x), degree)
    if degree < 1 or (not raw and degree >= distinct):
        raise refusal(call, f"needs a degree from 1 to {distinct - 1}: there are {distinct} distinct values")
    return polynomial(x, degree, raw)


def _spline(call: Call, value: Evaluate) -> Value:
    natural = call.function == "ns"
    names = ("x", "df", "knots", *(() if natural else ("degree",)), "intercept", "Boundary.knots")
    arguments = matched(call, *names)
    x = numeric(value(arguments["x"]), call)
    knots = numbers_of(value(arguments["knots"]), call, "“knots”") if "knots" in arguments else None
    ends = None
    if "Boundary.knots" in arguments:
        ends = numbers_of(value(arguments["Boundary.knots"]), call, "“Boundary.knots”")
        if len(ends) != 2:
            raise refusal(call, "needs two numbers as “Boundary.knots”")
    df = integer(arguments, "df", 0, call, value) or None
    degree = 3 if natural else integer(arguments, "degree", 3, call, value)
    require_affordable(call, len(x), max(df or 0, len(knots or ()) + degree + 1))
    intercept = flag(arguments, "intercept", False, value)
    if degree < 1:
        raise refusal(call, "needs a degree of at least 1")
    if len(np.unique(x[~np.isnan(x)])) < 2:
        raise refusal(call, "needs a column with at least two distinct values")
    if natural:
        basis = natural_spline(x, df, knots, intercept, ends)
    else:
        basis = b_spline(x, df, knots, degree, intercept, ends)
    if (basis.missing & ~np.isnan(x)).any():
        raise refusal(
            call, "has too many knots at one end, where many rows have the same value: name other knots"
        )
    return basis


def _is_missing(call: Call, value: Evaluate) -> Value:
    column = value(matched(call, "x")["x"])
    if not isinstance(column, (Numbers, Logical, Factor)):
        raise refusal(call, "needs a column")
    return Logical(column.missing.astype(float))


def _sample_sd(x: np.ndarray) -> float:
    return float(np.std(x, ddof=1)) if len(x) > 1 else np.nan


FUNCTIONS: dict[str, Callable[[Call, Evaluate], Value]] = {
    **FACTOR_FUNCTIONS,
    "I": _as_is,
    "identity": _as_is,
    "c": _combine,
    "scale": _scale,
    "center": _scale,
    "pmin": _parallel(np.minimum, np.fmin),
    "pmax": _parallel(np.maximum, np.fmax),
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
