"""Functions of a formula that make and change factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd

from mlmwidget.data.arguments import (
    Evaluate,
    Value,
    categories,
    flag,
    integer,
    labels_of,
    matched,
    numbers_of,
    numeric,
    refusal,
)
from mlmwidget.data.contrasts import Contrast, ContrastKind
from mlmwidget.data.errors import listed
from mlmwidget.data.values import Factor, Logical, Numbers, labelled
from mlmwidget.formula.syntax import Call, Name

_INTERACTION_OPTIONS = ("sep", "lex.order", "drop")
_MOST_INTERVALS = 10_000


def _factor(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "levels", "labels", "exclude", "ordered")
    factor = categories(value(arguments["x"]), call)
    factor = replace(factor.take(slice(None)), contrast=None)
    if "exclude" in arguments:
        raise refusal(call, "is not supported with “exclude”: make these values missing in the data")
    if "levels" in arguments:
        wanted = labels_of(value(arguments["levels"]))
        place = {level: i for i, level in enumerate(wanted)}
        recode = np.array([place.get(level, -1) for level in factor.levels] + [-1])
        factor = replace(factor, codes=recode[factor.codes], levels=wanted)
    if "labels" in arguments:
        labels = labels_of(value(arguments["labels"]))
        if len(labels) != len(factor.levels):
            raise refusal(call, f"has {len(labels)} labels for {len(factor.levels)} levels")
        factor = labelled(factor.codes, labels, factor.ordered)
    ordered = call.function == "ordered" or flag(arguments, "ordered", factor.ordered, value)
    return replace(factor, ordered=ordered, text=False)


def _as_factor(call: Call, value: Evaluate) -> Value:
    return replace(categories(value(matched(call, "x")["x"]), call), text=False)


def _as_numeric(call: Call, value: Evaluate) -> Value:
    column = value(matched(call, "x")["x"])
    if isinstance(column, Factor):
        # Text is read, as in R; of a factor the codes are taken.
        values = pd.to_numeric(pd.Series(column.levels), errors="coerce").to_numpy(dtype=float)
        per_level = values if column.text else np.arange(1.0, len(column.levels) + 1)
        return Numbers(np.append(per_level, np.nan)[column.codes])
    if isinstance(column, Logical):
        return Numbers(column.values)
    return column


def _recoded(call: Call, value: Evaluate) -> Value:
    """C(f, contr, base): another coding of the same levels."""
    arguments = matched(call, "object", "contr", "how.many", "base")
    factor = categories(value(arguments["object"]), call)
    named = arguments.get("contr")
    if "how.many" in arguments:
        raise refusal(call, "is not supported with “how.many”")
    if named is None:
        return factor
    # R names the columns by number when the contrast is a function or its result, by level when it is text.
    base, numbered = integer(arguments, "base", 1, call, value), True
    if isinstance(named, Call):
        base = integer(matched(named, "n", "base"), "base", 1, named, value)
        name = named.function
    elif isinstance(named, Name):
        name = named.name
        numbered = name.startswith("contr.") or "base" in arguments
    else:
        name = "".join(labels_of(value(named)))
        numbered = "base" in arguments
    kind = name.removeprefix("contr.")
    if kind not in ("treatment", "sum", "helmert", "poly", "SAS"):
        raise refusal(call, "needs contr.treatment, contr.sum, contr.helmert or contr.poly as its contrast")
    if not 1 <= base <= len(factor.levels):
        raise refusal(call, f"has base {base}, but there are {len(factor.levels)} levels")
    return replace(factor, contrast=Contrast(cast(ContrastKind, kind), base, numbered))


def _relevel(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "ref")
    factor = categories(value(arguments["x"]), call)
    if "ref" not in arguments:
        raise refusal(call, "needs “ref”, the level that becomes the first")
    given = value(arguments["ref"])
    levels = factor.levels
    if isinstance(given, float) and given.is_integer() and 1 <= given <= len(levels):
        first = int(given) - 1
    elif isinstance(given, str) and given in levels:
        first = levels.index(given)
    else:
        raise refusal(call, f"needs one of the levels as “ref”: {listed(levels)}")
    order = [first, *(i for i in range(len(levels)) if i != first)]
    recode = np.append(np.argsort(order), -1)
    return Factor(recode[factor.codes], tuple(levels[i] for i in order))


def _interaction(call: Call, value: Evaluate) -> Value:
    options = {a.name: value(a.value) for a in call.arguments if a.name in _INTERACTION_OPTIONS}
    factors = [categories(value(a.value), call) for a in call.arguments if a.name not in options]
    if not factors:
        raise refusal(call, "needs at least one column")
    separator = "".join(labels_of(options.get("sep", ".")))
    return cross(factors, separator, slow_first=options.get("lex.order") is True)


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
    slowest, *others = factors if slow_first else factors[::-1]
    crossed = slowest
    for factor in others:
        crossed = _pairs(crossed, factor, separator, swapped=not slow_first)
    return crossed


def _pairs(slow: Factor, fast: Factor, separator: str, swapped: bool) -> Factor:
    """Return the observed pairs of two factors; `swapped` puts the text of the second one first."""
    missing = slow.missing | fast.missing
    pairs = np.where(missing, -1, slow.codes.astype(np.int64) * len(fast.levels) + fast.codes)
    codes, observed = pd.factorize(pairs, sort=True)
    if missing.any():
        codes, observed = codes - 1, observed[1:]
    first, second = np.divmod(observed, max(len(fast.levels), 1))
    texts = [(slow.levels[i], fast.levels[j]) for i, j in zip(first, second, strict=True)]
    levels = tuple(separator.join(pair[::-1] if swapped else pair) for pair in texts)
    return Factor(codes.astype(np.intp), levels)


def _dummy(call: Call, value: Evaluate) -> Value:
    """lme4's dummy(f, levels): indicators of some levels, all but the first when none are named."""
    arguments = matched(call, "f", "levelsToKeep")
    factor = categories(value(arguments["f"]), call)
    keep = labels_of(value(arguments["levelsToKeep"])) if "levelsToKeep" in arguments else factor.levels[1:]
    unknown = [level for level in keep if level not in factor.levels]
    if unknown:
        raise refusal(call, f"names {listed(unknown)}, but the levels are {listed(factor.levels)}")
    columns = [np.where(factor.missing, np.nan, factor.codes == factor.levels.index(level)) for level in keep]
    return Numbers(columns[0]) if len(keep) == 1 else Numbers(np.column_stack(columns), keep)


def _cut(call: Call, value: Evaluate) -> Value:
    arguments = matched(call, "x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered_result")
    x = numeric(value(arguments["x"]), call)
    if "breaks" not in arguments:
        raise refusal(call, "needs “breaks”")
    breaks = _breaks(x, numbers_of(value(arguments["breaks"]), call, "“breaks”"), call)
    right = flag(arguments, "right", True, value)
    lowest = flag(arguments, "include.lowest", False, value)
    codes = np.searchsorted(breaks, x, side="left" if right else "right") - 1
    if lowest:
        codes = np.where(x == (breaks[0] if right else breaks[-1]), 0 if right else len(breaks) - 2, codes)
    codes = np.where(np.isnan(x) | (codes >= len(breaks) - 1), -1, codes)
    given = value(arguments["labels"]) if "labels" in arguments else None
    if given is False:
        return Numbers(np.where(codes < 0, np.nan, codes + 1.0))
    if given is None or given is True:
        labels = _interval_labels(breaks, right, lowest, integer(arguments, "dig.lab", 3, call, value))
    else:
        labels = labels_of(given)
    if len(labels) != len(breaks) - 1:
        raise refusal(call, f"has {len(labels)} labels for {len(breaks) - 1} intervals")
    return Factor(codes.astype(np.intp), labels, flag(arguments, "ordered_result", False, value))


def _breaks(x: np.ndarray, given: list[float], call: Call) -> np.ndarray:
    if len(given) > 1:
        if len(set(given)) < len(given):
            raise refusal(call, "has the same break twice")
        return np.sort(given)
    number = int(given[0]) if given else 0
    if not 2 <= number <= _MOST_INTERVALS:
        raise refusal(call, f"needs from 2 to {_MOST_INTERVALS} intervals")
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


FACTOR_FUNCTIONS: dict[str, Callable[[Call, Evaluate], Value]] = {
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
}
