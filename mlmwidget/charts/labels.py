"""Titles with units, and columns of numbers as text."""

from __future__ import annotations

import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import effect_unit, unit
from mlmwidget.formula.families import scale_of
from mlmwidget.formula.syntax import Argument, Call, Operation
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.numbers import format_estimate
from mlmwidget.notation.symbols import structure

_PROPORTIONS = ("bernoulli", "binomial")


def column_title(frame: ModelFrame, name: str) -> str:
    """Name of a column with its unit: ``Reaction (ms)``; not repeated when both are the same word."""
    u = unit(frame, name)
    said = in_words(name) if name == frame.y_name else name
    return f"{said} ({u})" if u and u.lower() != name.lower() else said


def is_proportion(frame: ModelFrame) -> bool:
    """Whether single outcomes are yes or no, so that points show shares of several."""
    return frame.spec.family in _PROPORTIONS


def response_title(frame: ModelFrame) -> str:
    """Title of an axis on the scale of the response."""
    if is_proportion(frame):
        return _share_title(frame) if frame.spec.family == "binomial" else _chance_title(frame)
    return column_title(frame, frame.y_name)


def _chance_title(frame: ModelFrame) -> str:
    levels, named = frame.outcome_levels, in_words(frame.y_name)
    return f"P({named} = {levels[1]})" if levels else f"P({named})"


def _share_title(frame: ModelFrame) -> str:
    """Name the share of what counts as a success: of ``cbind(success, failure)`` or ``success / trials``."""
    match frame.spec.response:
        case Call("cbind", (Argument(success), *_)) | Operation("/", (success, _)):
            return f"proportion of {in_words(expression_text(success))}"
    return f"proportion of {in_words(frame.y_name)}"


def effect_title(frame: ModelFrame, column: str, variable: str | None) -> str:
    """Title of an intercept or slope with its unit, for example ``slope of Days (ms per day)``.

    Parameters
    ----------
    frame
        The model frame.
    column
        R's name of the design column.
    variable
        The numeric column of the data that it is, if it is just that.
    """
    return titled(effect_name(frame, column), effect_measure(frame, variable))


def effect_name(frame: ModelFrame, column: str) -> str:
    """Name an intercept, a slope or the effect of a category: :func:`effect_title` without the unit."""
    name = column_name(frame, column)
    return f"slope of {name}" if effect_word(frame, column) == "slope" else name


def effect_word(frame: ModelFrame, column: str) -> str:
    """Return what the effect of a design column is called; an intercept is no slope."""
    known = structure(frame.spec, frame).columns.get(column)
    return known.effect if known else "effect"


def effect_measure(frame: ModelFrame, variable: str | None) -> str:
    """Return the unit of an intercept or slope, or its scale; empty for neither."""
    return scale_of(frame.spec.link) or effect_unit(frame, variable) or ""


def titled(name: str, measure: str) -> str:
    """Put a unit behind a name, if there is one."""
    return f"{name} ({measure})" if measure else name


def variable_of(frame: ModelFrame, column: str) -> str | None:
    """Return the column of the data that a design column is, quotes of the formula apart; None for others."""
    plain = column[1:-1] if len(column) > 1 and column[0] == column[-1] == "`" else column
    return plain if plain in frame.rows else None


def column_name(frame: ModelFrame, column: str) -> str:
    """Name a design column as the sentences do: ``intercept``, ``Days``, ``urban = Y``."""
    if column == "(Intercept)":
        return "intercept"
    if (variable := variable_of(frame, column)) is not None:
        return variable
    known = structure(frame.spec, frame).columns.get(column)
    return known.words() if known else column


def intervals(rows: pd.DataFrame, value: str = "mean") -> list[str]:
    """Write the estimate of each row with its interval (columns `value`, ``lower`` and ``upper``)."""
    ends = (rows[value].tolist(), rows["lower"].tolist(), rows["upper"].tolist())
    return [format_estimate(*row) for row in zip(*ends, strict=True)]
