"""The three kinds of values that a variable of a model can have: numbers, yes/no and categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmwidget.data.errors import data_error

if TYPE_CHECKING:
    from mlmwidget.data.contrasts import Contrast


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers, one row per observation.

    Parameters
    ----------
    values
        Shape (n,), or (n, k) for a matrix such as ``poly(x, 2)``; missing values are NaN.
    names
        Names of a matrix's k columns.
    dates
        Whether the numbers are days since 1970-01-01.
    """

    values: np.ndarray
    names: tuple[str, ...] = ()
    dates: bool = False

    @property
    def missing(self) -> np.ndarray:
        """Which rows are missing, shape (n,)."""
        absent = np.isnan(self.values)
        return absent if absent.ndim == 1 else absent.any(axis=1)

    def take(self, rows: np.ndarray | slice) -> Numbers:
        """Return the values of some rows."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, eq=False)
class Logical:
    """Yes/no values: 1, 0 and NaN, shape (n,)."""

    values: np.ndarray

    @property
    def missing(self) -> np.ndarray:
        """Which rows are missing, shape (n,)."""
        return np.isnan(self.values)

    def take(self, rows: np.ndarray | slice) -> Logical:
        """Return the values of some rows."""
        return Logical(self.values[rows])


@dataclass(frozen=True, eq=False)
class Factor:
    """Categories.

    Parameters
    ----------
    codes
        Level of each row, 0 … L-1; -1 where missing, shape (n,).
    levels
        The L levels as text, in order.
    ordered
        Whether the order of the levels means something: such a factor is coded by polynomials.
    contrast
        How the levels are coded, if ``C()`` said so.
    text
        Whether this is a column of text, which R turns into a factor only where it needs one.
    """

    codes: np.ndarray
    levels: tuple[str, ...]
    ordered: bool = False
    contrast: Contrast | None = None
    text: bool = False

    @property
    def missing(self) -> np.ndarray:
        """Which rows are missing, shape (n,)."""
        return self.codes < 0

    def take(self, rows: np.ndarray | slice) -> Factor:
        """Return the values of some rows without the levels that none of them has.

        As in R, a contrast does not survive the loss of a level.
        """
        codes = self.codes[rows]
        used = np.bincount(codes[codes >= 0], minlength=len(self.levels)) > 0
        if used.all():
            return replace(self, codes=codes)
        recode = np.append(np.cumsum(used) - 1, -1)
        levels = tuple(level for level, keep in zip(self.levels, used, strict=True) if keep)
        return replace(self, codes=recode[codes], levels=levels, contrast=None)


type Column = Numbers | Logical | Factor


def from_series(series: pd.Series, name: str) -> Column:
    """Return a column of a data frame as one of the three kinds.

    Text becomes a factor whose levels are sorted by code point (R's C locale).

    Raises
    ------
    DataError
        If the column holds lists, complex numbers or other things that cannot be modelled.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _from_categories(series, dtype)
    if isinstance(dtype, pd.StringDtype):
        codes, found = pd.factorize(series)
        return sorted_factor(codes, found.tolist())
    if pd.api.types.is_bool_dtype(dtype):
        return Logical(series.to_numpy(dtype=float, na_value=np.nan))
    if pd.api.types.is_complex_dtype(dtype):
        raise data_error(f"“{name}” holds complex numbers: use their real part.", "column-kind", column=name)
    if pd.api.types.is_integer_dtype(dtype) and _is_beyond_float(series):
        codes, found = pd.factorize(series, sort=True)
        return Factor(codes, tuple(str(value) for value in found))
    if pd.api.types.is_numeric_dtype(dtype):
        return Numbers(series.to_numpy(dtype=float, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return Numbers(_days(series), dates=pd.api.types.is_datetime64_any_dtype(dtype))
    return _from_objects(series, name)


def _from_categories(series: pd.Series, dtype: pd.CategoricalDtype) -> Factor:
    codes = np.asarray(series.cat.codes, dtype=np.intp)
    return labelled(codes, [level_text(category) for category in dtype.categories], bool(dtype.ordered))


def _is_beyond_float(series: pd.Series) -> bool:
    """Whether whole numbers are so large that floating point joins neighbours: such numbers are labels."""
    extremes = (series.min(), series.max())
    return any(not pd.isna(value) and abs(int(value)) > 2**53 for value in extremes)


def _days(series: pd.Series) -> np.ndarray:
    """Return dates as days since 1970-01-01 (durations as days); missing ones are NaN."""
    absent = series.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        elapsed = series.dt.tz_localize(None) - pd.Timestamp(0) if series.dt.tz else series - pd.Timestamp(0)
    else:
        elapsed = series
    values = elapsed.dt.total_seconds().to_numpy(dtype=float) / 86_400
    return np.where(absent, np.nan, values)


def _from_objects(series: pd.Series, name: str) -> Column:
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind == "empty":
        return Numbers(np.full(len(series), np.nan))
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return Numbers(pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan))
    if kind == "boolean":
        return Logical(series.astype("boolean").to_numpy(dtype=float, na_value=np.nan))
    if kind in ("date", "datetime", "datetime64"):
        return Numbers(_days(pd.to_datetime(series)), dates=True)
    unusable = data_error(
        f"“{name}” holds lists or other objects, which cannot be modelled: make a column of numbers or "
        "text from it.",
        "column-kind",
        column=name,
    )
    try:
        codes, found = pd.factorize(series)
    except TypeError:
        raise unusable from None
    if not all(isinstance(value, (str, int, float, np.generic, pd.Interval, pd.Period)) for value in found):
        raise unusable
    return sorted_factor(codes, [level_text(value) for value in found])


def labelled(codes: np.ndarray, labels: Sequence[str], ordered: bool = False) -> Factor:
    """Return a factor with these labels, in their order; codes that share a label become one level."""
    levels = tuple(dict.fromkeys(labels))
    if len(levels) < len(labels):
        place = {level: i for i, level in enumerate(levels)}
        codes = np.array([place[label] for label in labels] + [-1], dtype=np.intp)[codes]
    return Factor(np.asarray(codes, dtype=np.intp), levels, ordered)


def sorted_factor(codes: np.ndarray, found: list[str]) -> Factor:
    """Return a factor whose levels are the texts `found`, sorted by code point; equal texts are joined."""
    levels = sorted(set(found))
    place = {level: i for i, level in enumerate(levels)}
    recode = np.array([place[text] for text in found] + [-1], dtype=np.intp)
    return Factor(recode[codes], tuple(levels), text=True)


def level_text(value: Any) -> str:
    """Return the text of a level: ``1.0`` is ``"1"``, True is ``"TRUE"``."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
    return str(value)


def _date_text(day: float) -> str:
    moment = np.datetime64(round(day * 86_400), "s")
    return str(moment.astype("datetime64[D]") if float(day).is_integer() else moment)


def as_factor(column: Column) -> Factor:
    """Return a column of shape (n,) as a factor: numbers sorted by value, FALSE before TRUE."""
    if isinstance(column, Factor):
        return column
    codes, found = pd.factorize(column.values, sort=True)
    if isinstance(column, Logical):
        return labelled(codes, ["TRUE" if value else "FALSE" for value in found])
    if column.dates:
        return labelled(codes, [_date_text(value) for value in found])
    if np.all(found == np.round(found)) and np.all(np.abs(found) < 1e15):
        # Thousands of groups are often numbered: their texts in one go.
        return Factor(codes, tuple(map(str, found.astype(np.int64).tolist())))
    # As in R, numbers that agree in 15 digits are one level.
    return labelled(codes, [level_text(value) for value in found])


def are_numbers(texts: Sequence[str]) -> bool:
    """Whether all of some texts can be read as numbers."""
    return bool(pd.to_numeric(pd.Series(texts), errors="coerce").notna().all())
