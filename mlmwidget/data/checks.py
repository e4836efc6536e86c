"""Everything that can be said about a model on data before it is fitted, in one list."""

from __future__ import annotations

from typing import Any

from mlmwidget.data.build import model_frame
from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.problems import DataError, Problem

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
