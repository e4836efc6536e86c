"""Profiles of the columns of a data frame: what each is, and what it can be used for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlmwidget.data.errors import counted, data_error
from mlmwidget.data.groups import constant_within, varies_in
from mlmwidget.data.table import read_columns
from mlmwidget.data.values import Factor, Logical, Numbers, as_factor, from_series
from mlmwidget.formula.syntax import Name, Operation, String
from mlmwidget.formula.text import expression_text, name_text
from mlmwidget.problems import DataError

Kind = Literal["number", "whole number", "yes/no", "category", "ordered category", "date", "other"]
Use = Literal["response", "predictor", "group"]

# Beyond this many rows the distinct values of measurements are counted on a sample.
_MANY_ROWS = 200_000
_SAMPLE = 20_000
# Beyond this many values it is not looked up which columns vary within groups.
_MOST_VALUES = 6_000_000
# A few short categories are shown themselves instead of their number.
_FEW_LEVELS = 4
_SHORT = 24
_LABEL_NAME = re.compile(
    r"(^|[_. ])(id|ids|no|nr|number|index|obs|subject|subj|participant|person|pupil|student|patient|class|"
    r"school|site|group|cluster)$|id$",
    re.IGNORECASE,
)
_PREDICTOR_NAME = re.compile(
    r"(^times?|(^|[_. ])(age|days?|weeks?|months?|years?|hours?|date|wave|visit|occasion|session|dose|"
    r"weights?|size|trials?|exposure|x\d*))\W?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds.

    Parameters
    ----------
    name
        Name of the column.
    kind
        ``"number"``, ``"whole number"``, ``"yes/no"`` (logical, or 0 and 1 only), ``"category"``,
        ``"ordered category"``, ``"date"`` or ``"other"``.
    rows
        Number of rows of the data.
    missing
        Number of rows without a value.
    unique
        Number of distinct values; of measurements in very many rows, of a sample.
    remark
        A few words, for example ``"18 groups of 10"`` or ``"0 to 9"``.
    minimum, maximum
        Smallest and largest value of numbers (dates in days since 1970-01-01), else None.
    why_not
        For each use (``"response"``, ``"predictor"``, ``"group"``) that is not possible: a sentence why.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    unique: int
    remark: str
    minimum: float | None = None
    maximum: float | None = None
    why_not: Mapping[Use, str] = field(default_factory=dict)

    @property
    def usable_as_response(self) -> bool:
        """Whether the column can be an outcome."""
        return "response" not in self.why_not

    @property
    def usable_as_predictor(self) -> bool:
        """Whether the column can be a predictor."""
        return "predictor" not in self.why_not

    @property
    def usable_as_group(self) -> bool:
        """Whether the column can group the rows."""
        return "group" not in self.why_not


def profile(data: Any) -> tuple[ColumnProfile, ...]:
    """Return the profiles of all columns of a data frame, in their order.

    Parameters
    ----------
    data
        Any data frame that narwhals knows, or a dict of columns.

    Raises
    ------
    DataError
        If `data` is no data frame.
    """
    table = read_columns(data)
    return tuple(_profile(series, str(name)) for name, series in table.items())


def suggest(data: Any) -> tuple[str | None, str | None]:
    """Return the names of a plausible outcome and grouping column; None where there is none.

    Parameters
    ----------
    data
        A data frame, or the profiles of its columns.
    """
    ready = isinstance(data, tuple) and all(isinstance(c, ColumnProfile) for c in data)
    profiles: Sequence[ColumnProfile] = data if ready else profile(data)
    group = _suggest_group(profiles)
    candidates = [
        c for c in profiles if c.usable_as_response and c.name != group and not _is_label(c) and c.unique > 1
    ]

    def rank(column: ColumnProfile) -> tuple[bool, bool]:
        measured = column.kind in ("number", "whole number")
        return bool(_PREDICTOR_NAME.search(column.name)), not measured

    best = min(candidates, key=rank, default=None)
    return (best.name if best else None), group


def varies_within(data: Any, column: str, group: str) -> bool:
    """Return whether a column has different values within at least one group; missing values are left out.

    Raises
    ------
    DataError
        If the data have no such columns.
    """
    table = read_columns(data, [column, group])
    values, groups = (
        as_factor(from_series(table[column], column)),
        as_factor(from_series(table[group], group)),
    )
    present = ~values.missing & ~groups.missing
    if not present.any():
        return False
    codes = values.codes[present].astype(float)[:, None]
    return not bool(constant_within(codes, groups.codes[present], len(groups.levels))[0])


def constant_columns(data: Any, groups: Sequence[str]) -> frozenset[str] | None:
    """Return the names of the columns that have one value in each group; missing values are left out.

    Parameters
    ----------
    data
        A data frame.
    groups
        Names of the columns whose combinations are the groups.

    Returns
    -------
    frozenset of str, or None
        None where there are too many values to look at while somebody waits.
    """
    table = read_columns(data)
    if table.size > _MOST_VALUES:
        return None
    codes = np.zeros(len(table), dtype=np.int64)
    for name in groups:
        # Again from 0, so that the products of several columns stay small.
        codes = codes * (table[name].nunique() + 1) + pd.factorize(table[name], use_na_sentinel=False)[0]
        codes = pd.factorize(codes)[0]
    levels = int(codes.max(initial=-1)) + 1
    found = set()
    for column, series in table.items():
        numbers = pd.api.types.is_numeric_dtype(series.dtype)
        if pd.api.types.is_complex_dtype(series.dtype):
            continue
        try:
            values = series.to_numpy(float, na_value=np.nan) if numbers else pd.factorize(series)[0]
        except (TypeError, ValueError):
            continue
        present = np.isfinite(values) if numbers else values >= 0
        if present.any() and not varies_in(values[present].astype(float), codes[present], levels):
            found.add(str(column))
    return frozenset(found)


def plausible_groups(profiles: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Return the columns of categories, or of labels, that make three groups or more of several rows.

    Parameters
    ----------
    profiles
        The profiles of the data's columns.
    """
    return [
        column
        for column in profiles
        if column.usable_as_group
        and (column.kind in ("category", "ordered category") or _is_label(column))
        and 3 <= column.unique <= (column.rows - column.missing) / 2
    ]


def _suggest_group(profiles: Sequence[ColumnProfile]) -> str | None:
    """Return the column with the most groups of three rows on average.

    Groups of two rows are taken where there are no larger ones.
    """
    plausible = plausible_groups(profiles)
    larger = [column for column in plausible if column.unique <= (column.rows - column.missing) / 2.5]
    best = max(larger or plausible, key=lambda c: c.unique, default=None)
    return best.name if best else None


def _is_label(column: ColumnProfile) -> bool:
    if column.kind != "whole number":
        return False
    low, high = column.minimum or 0, column.maximum or 0
    numbered = column.rows > _FEW_LEVELS and column.unique == column.rows == high - low + 1
    return numbered or bool(_LABEL_NAME.search(column.name))


def _profile(series: pd.Series, name: str) -> ColumnProfile:
    rows = len(series)
    try:
        if not name:
            raise data_error("It has no name: give the column one.", "no-name")
        column = from_series(series, name)
    except DataError as error:
        reason = error.problem.message
        blocked: dict[Use, str] = {"response": reason, "predictor": reason, "group": reason}
        missing = int(series.isna().sum())
        return ColumnProfile(name, "other", rows, missing, 0, "cannot be modelled", why_not=blocked)
    missing = int(column.missing.sum())
    if isinstance(column, Factor):
        return _category(name, column, rows, missing)
    return _numeric(name, column, rows, missing)


def _category(name: str, column: Factor, rows: int, missing: int) -> ColumnProfile:
    sizes = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    sizes = sizes[sizes > 0]
    unique = len(sizes)
    kind: Kind = "ordered category" if column.ordered else "category"
    why_not = _constant_reasons(unique)
    if unique > 2:
        why_not["response"] = (
            f"It has {unique} categories; an outcome is numeric or has two categories. "
            f"Compare one with the others, as in ({expression_text(_comparison(name, column.levels[0]))})."
        )
    labels = ", ".join(column.levels) if len(column.levels) <= _FEW_LEVELS else ""
    remark = labels if 0 < len(labels) <= _SHORT else _groups_remark(sizes)
    return ColumnProfile(name, kind, rows, missing, unique, remark, why_not=why_not)


def _comparison(name: str, level: str) -> Operation:
    return Operation("==", (Name(name), String(level)))


def _numeric(name: str, column: Numbers | Logical, rows: int, missing: int) -> ColumnProfile:
    values = column.values[~column.missing] if missing else column.values
    if isinstance(column, Numbers) and column.dates:
        kind: Kind = "date"
    elif isinstance(column, Logical) or (len(values) and np.all((values == 0) | (values == 1))):
        kind = "yes/no"
    else:
        kind = "whole number" if len(values) and np.all(values == np.round(values)) else "number"
    counted_on = values[:: max(len(values) // _SAMPLE, 1)] if _is_measurement(kind, values) else values
    unique = len(pd.unique(counted_on))
    why_not = _constant_reasons(unique)
    if np.isinf(values).any():
        reason = f"It is infinite in {counted(int(np.isinf(values).sum()), 'row')}: correct these values."
        why_not = {"response": reason, "predictor": reason, **why_not}
    if kind == "date":
        why_not["response"] = (
            f"It is a date: use as.numeric({name_text(name)}), its days since 1970, or a duration in days."
        )
    if kind in ("number", "date") and unique > len(counted_on) / 2:
        why_not["group"] = "Nearly every row has its own value, so there are no groups."
    if not len(values):
        return ColumnProfile(name, "other", rows, missing, 0, "empty", why_not=why_not)
    low, high = float(values.min()), float(values.max())
    remark = _range_remark(kind, values, low, high)
    return ColumnProfile(name, kind, rows, missing, unique, remark, low, high, why_not)


def _is_measurement(kind: Kind, values: np.ndarray) -> bool:
    """Whether there are too many rows of measurements to count every distinct value."""
    return kind in ("number", "date") and len(values) > _MANY_ROWS


def _constant_reasons(unique: int) -> dict[Use, str]:
    if unique == 0:
        empty = "It has no values."
        return {"response": empty, "predictor": empty, "group": empty}
    if unique == 1:
        return {
            "response": "It has the same value in every row, so there is nothing to explain.",
            "predictor": "It has the same value in every row, so it has no effect to estimate.",
            "group": "It has one value only; a variance between groups needs at least two.",
        }
    return {}


def _groups_remark(sizes: np.ndarray) -> str:
    if not len(sizes):
        return "empty"
    low, high = int(sizes.min()), int(sizes.max())
    return f"{counted(len(sizes), 'group')} of {low if low == high else f'{low} to {high}'}"


def _range_remark(kind: Kind, values: np.ndarray, low: float, high: float) -> str:
    if kind == "yes/no":
        return f"yes in {100 * float(values.mean()):.0f} %"
    if kind == "date":
        first, last = (str(np.datetime64(round(day * 86_400), "s"))[:10] for day in (low, high))
        return f"{first} to {last}"
    largest = max(abs(low), abs(high))
    shown = ".6g" if kind == "whole number" else ".3g"
    if kind != "whole number" and 1e-3 <= largest < 1e6:
        # As many decimals at both ends as show three digits of the larger one.
        shown = f".{max(0, 2 - math.floor(math.log10(largest)))}f"
    ends = [f"{end:{shown}}" for end in (low, high)]
    while all("." in end and end[-1] in "0." for end in ends):
        ends = [end[:-1] for end in ends]
    return " to ".join(ends).replace("inf", "∞").replace("-", "−")
