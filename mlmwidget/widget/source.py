"""The data of a widget, and what has been worked out from them once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from weakref import WeakSet

import pandas as pd

from mlmwidget.data.build import model_frame
from mlmwidget.data.checks import copied_rows
from mlmwidget.data.columns import ColumnProfile, constant_columns, profile
from mlmwidget.data.errors import listed
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.table import column_names, first_of_each_name
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import in_words
from mlmwidget.problems import DataError, Problem

#: Model frames that are kept; undo and redo walk among them.
REMEMBERED = 8


class Source:
    """A data frame as it was when the widget got it, with its profiles and model frames.

    Parameters
    ----------
    data
        Any data frame that narwhals knows, or a dict of columns.

    Raises
    ------
    DataError
        If `data` is no data frame.
    """

    def __init__(self, data: Any):
        data, repeated = first_of_each_name(data)
        #: Names of the columns.
        self.columns = _names(data)
        # A shallow copy: a column that is later added to or deleted from the person's own frame does not
        # change the data behind the model's back.
        self.data = data.copy(deep=False) if isinstance(data, pd.DataFrame) else data
        #: What there is to say of the data, whatever the model.
        self.notes = tuple(_notes(data, repeated))
        self._frames: OrderedDict[ModelSpec, ModelFrame | DataError] = OrderedDict()
        self._constant: dict[tuple[str, ...], frozenset[str] | None] = {}
        self._copies: dict[str, Problem | None] = {}
        self._made: WeakSet[ModelFrame] = WeakSet()

    @cached_property
    def profiles(self) -> tuple[ColumnProfile, ...]:
        """Profiles of the columns, in their order."""
        return profile(self.data) if self.columns else ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.profiles[0].rows if self.profiles else 0

    def levels(self, spec: ModelSpec | None) -> dict[str, str]:
        """Return for each column whether it varies within the groups of the model's first grouping factor."""
        factor = (
            next((g for g in spec.groups if all(isinstance(v, Name) for v in g.factor)), None)
            if spec
            else None
        )
        if factor is None:
            return {}
        names = tuple(v.name for v in factor.factor if isinstance(v, Name))
        if any(name not in self.columns for name in names):
            return {}
        if names not in self._constant:
            self._constant[names] = constant_columns(self.data, names)
        constant = self._constant[names]
        if constant is None:
            return {}
        return {
            c: f"{'constant' if c in constant else 'varies'} within {in_words(factor.label)}"
            for c in self.columns
            if c not in names
        }

    def copies(self, response: str) -> Problem | None:
        """Return what is to be said about rows that occur twice, found once per outcome."""
        if response not in self._copies:
            self._copies[response] = copied_rows(self.data, response)
        return self._copies[response]

    def frame(self, spec: ModelSpec) -> ModelFrame | DataError:
        """Return the model frame of a spec, made once; the error if there can be none."""
        if spec in self._frames:
            self._frames.move_to_end(spec)
            return self._frames[spec]
        made: ModelFrame | DataError
        try:
            made = model_frame(spec, self.data)
            self._made.add(made)
        except DataError as error:
            made = error
        self._frames[spec] = made
        if len(self._frames) > REMEMBERED:
            self._frames.popitem(last=False)
        return made

    def has_made(self, frame: ModelFrame) -> bool:
        """Say whether a frame is one of these data."""
        return frame in self._made


def _names(data: Any) -> list[str]:
    """Names of the columns; a frame or dict without any is a widget's to wait with."""
    try:
        return column_names(data)
    except DataError as error:
        if error.problem.code != "no-columns":
            raise
        return []


def _notes(data: Any, repeated: list[str]) -> Iterator[Problem]:
    """Say which columns are left out for their names, and what stands in the index instead of in a column."""
    if repeated:
        message = (
            f"Left out: {listed(repeated)}, because an earlier column has the same name. Rename the columns "
            "to use them all."
        )
        yield Problem("warning", "repeated-names", message, column=repeated[0])
    names = [str(n) for n in data.index.names if n is not None] if isinstance(data, pd.DataFrame) else []
    if names:
        is_in = "is in the index and is" if len(names) == 1 else "are in the index and are"
        message = f"{listed(names)} {is_in} no column: data.reset_index() makes columns of the index."
        yield Problem("note", "in-the-index", message)
