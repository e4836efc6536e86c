"""Everything that can be said about a model on data before it is fitted, in one list."""

from __future__ import annotations

from typing import Any

from mlmwidget.data.build import model_frame
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.table import read_columns
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.problems import DataError, Problem

# Beyond this many cells copies are not looked for: that would be felt when the widget is made.
_MOST_CELLS = 2_000_000
_ORDER = {"error": 0, "warning": 1, "note": 2}


def preflight(spec: ModelSpec, data: Any, weights: str | None = None) -> tuple[Problem, ...]:
    """Return the problems of a model on data, errors first; nothing is raised.

    Parameters
    ----------
    spec
        The model.
    data
        A data frame, a frame that was made for `spec`, or the error that was raised instead of one.
    weights
        Name of a column of prior weights; used with a data frame only.
    """
    found: tuple[Problem, ...]
    if isinstance(data, ModelFrame):
        found = data.problems
    elif isinstance(data, DataError):
        found = (data.problem,)
    else:
        try:
            found = model_frame(spec, data, weights=weights).problems
        except DataError as error:
            found = (error.problem,)
    said = {(problem.code, problem.part) for problem in spec.notes}
    new = (problem for problem in found if (problem.code, problem.part) not in said)
    return tuple(sorted((*new, *spec.notes), key=lambda problem: _ORDER[problem.severity]))


def copied_rows(data: Any, response: str) -> Problem | None:
    """Return a note about rows that are copies of other rows in every column; None where there are none.

    Copies are only surprising where the outcome is measured finely: so few of its values repeat.

    Parameters
    ----------
    data
        A data frame.
    response
        Name of the outcome's column.
    """
    table = read_columns(data)
    if table.size > _MOST_CELLS:
        return None
    try:
        copies = int(table.duplicated().sum())
        repeats = table[response].nunique() < 0.9 * (len(table) - copies)
    except TypeError:  # lists and the like cannot be compared
        return None
    if repeats or not copies:
        return None
    is_copy = "row is a copy of another" if copies == 1 else "rows are copies of others"
    message = (
        f"{copies} {is_copy} in every column: if they were read in twice, leave them out with "
        "data.drop_duplicates()."
    )
    return Problem("note", "copied-rows", message)
