"""Reads columns from any data frame: pandas, polars, pyarrow and whatever else narwhals knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from mlmwidget.data.errors import data_error, listed, unknown_column


def column_names(data: Any) -> list[str]:
    """Return the names of a data frame's columns.

    Parameters
    ----------
    data
        A data frame that narwhals knows, or a dict of columns.

    Raises
    ------
    DataError
        If `data` is no data frame, has no columns, or has two of the same name.
    """
    if isinstance(data, Mapping):
        names = list(data)
    elif isinstance(data, pd.DataFrame):
        # As a list: an index on Arrow makes a new string of every name at every look.
        names = data.columns.tolist()
    else:
        names = _frame(data).collect_schema().names()
    names = _texts(names)
    if not names:
        raise data_error("The data frame has no columns.", "no-columns")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise data_error(
            f"Two columns have the same name: {listed(twice)}. Rename one of them.",
            "duplicate-column",
            column=twice[0],
        )
    return names


def first_of_each_name(data: Any) -> tuple[Any, list[str]]:
    """Return data without the columns whose name an earlier column has, and the names of those left out.

    Only pandas allows such frames; everything else is returned as it is.
    """
    if not isinstance(data, pd.DataFrame):
        return data, []
    names = pd.Index(_texts(data.columns.tolist()), dtype=object)
    repeated = names.duplicated()
    if not repeated.any():
        return data, []
    return data.iloc[:, np.flatnonzero(~repeated)], names[repeated].tolist()


def _texts(names: list[Any]) -> list[str]:
    """Names of columns as text; levels of a column index are joined by dots."""
    if all(isinstance(name, str) for name in names):
        return names
    return [".".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names]


def read_columns(data: Any, wanted: Sequence[str] | None = None) -> pd.DataFrame:
    """Return some columns (or all) as a pandas frame with rows numbered from 0.

    Raises
    ------
    DataError
        If `data` is no data frame, or lacks a column.
    """
    names = column_names(data)
    places = {name: place for place, name in enumerate(names)}
    for name in wanted or ():
        if name not in places:
            raise unknown_column(name, names)
    chosen = list(places if wanted is None else dict.fromkeys(wanted))
    if isinstance(data, Mapping):
        keys = list(data)
        try:
            return pd.DataFrame({name: data[keys[places[name]]] for name in chosen})
        except (ValueError, TypeError) as error:
            raise data_error(
                f"The columns of the dict do not make a data frame: {error}.", "not-a-frame"
            ) from None
    if isinstance(data, pd.DataFrame):
        found = data.iloc[:, [places[name] for name in chosen]].reset_index(drop=True)
        found.columns = pd.Index(chosen)
        return found
    frame = _frame(data).select(chosen)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not chosen:
        return pd.DataFrame(index=pd.RangeIndex(_rows(data)))
    return pd.DataFrame({name: _series(frame[name]) for name in chosen})


def _rows(data: Any) -> int:
    frame = _frame(data)
    return len(frame.collect() if isinstance(frame, nw.LazyFrame) else frame)


def _frame(data: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    try:
        frame = nw.from_native(data)
    except TypeError:
        frame = None
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise data_error(
            f"The data are of type {type(data).__name__}; a data frame (pandas, polars, …) is needed.",
            "not-a-frame",
        )
    return frame


def _series(series: nw.Series[Any]) -> pd.Series:
    """Return a column as pandas without needing pyarrow.

    An Enum keeps its order of categories; a Categorical of polars has none and is text.
    """
    dtype = series.dtype
    if isinstance(dtype, nw.Enum):
        return pd.Series(pd.Categorical(series.cast(nw.String).to_list(), categories=list(dtype.categories)))
    if isinstance(dtype, (nw.Categorical, nw.String)):
        return pd.Series(series.cast(nw.String).to_list(), dtype=object)
    if isinstance(dtype, nw.Boolean) and series.null_count():
        return pd.Series(series.to_list(), dtype="boolean")
    if isinstance(dtype, (nw.List, nw.Array, nw.Struct, nw.Object)):
        return pd.Series(series.to_list(), dtype=object)
    return pd.Series(series.to_numpy())
