"""Titles with units, and columns of numbers as text."""

from __future__ import annotations

import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import unit
from mlmwidget.formula.families import scale_of
from mlmwidget.formula.syntax import Argument, Call, Operation
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.numbers import format_estimate
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.units import unit_of_effect

_PROPORTIONS = ("bernoulli", "binomial")
#: R's name of the column of ones.
INTERCEPT = "(Intercept)"


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


class EffectLabels:
    """What the design columns of a model and their effects are called and measured in.

    Parameters
    ----------
    frame
        The model frame; columns go by R's names.
    """

    def __init__(self, frame: ModelFrame):
        self._frame = frame
        self._columns = structure(frame.spec, frame).columns

    def column(self, column: str) -> str:
        """Name a design column as the sentences do: ``intercept``, ``Days``, ``urban = Y``."""
        if column == INTERCEPT:
            return "intercept"
        # The formula quotes names that are no plain words; a title does not have to.
        plain = in_words(column)
        if plain in self._frame.rows:
            return plain
        known = self._columns.get(column)
        return known.words() if known else column

    def word(self, column: str) -> str:
        """Return what its effect is called: ``slope`` or ``effect``; an intercept is no slope."""
        known = self._columns.get(column)
        return known.effect if known else "effect"

    def effect(self, column: str) -> str:
        """Name an intercept, a slope or the effect of a category."""
        name = self.column(column)
        return f"slope of {name}" if self.word(column) == "slope" else name

    def measure(self, column: str) -> str:
        """Return the unit of its effect, or the scale; empty for neither."""
        return scale_of(self._frame.spec.link) or unit_of_effect(self._frame, self._columns.get(column))

    def title(self, column: str) -> str:
        """Name its effect with the unit, for example ``slope of Days (ms per day)``."""
        return titled(self.effect(column), self.measure(column))


def titled(name: str, measure: str) -> str:
    """Put a unit behind a name, if there is one."""
    return f"{name} ({measure})" if measure else name


def intervals(rows: pd.DataFrame, value: str = "mean") -> list[str]:
    """Write the estimate of each row with its interval (columns `value`, ``lower`` and ``upper``)."""
    ends = (rows[value].tolist(), rows["lower"].tolist(), rows["upper"].tolist())
    return [format_estimate(*row) for row in zip(*ends, strict=True)]
