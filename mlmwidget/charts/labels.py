"""Titles with units, and columns of numbers as text."""

from __future__ import annotations

import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import effect_unit, unit
from mlmwidget.formula.syntax import Argument, Call, Name, Operation
from mlmwidget.formula.text import expression_text
from mlmwidget.notation.numbers import format_estimate

SCALES = {
    "log": "log scale",
    "logit": "log-odds scale",
    "probit": "probit scale",
    "cloglog": "complementary log-log scale",
    "inverse": "inverse scale",
}
_PROPORTIONS = ("bernoulli", "binomial")


def column_title(frame: ModelFrame, name: str) -> str:
    """Name of a column with its unit: ``Reaction (ms)``; not repeated when both are the same word."""
    u = unit(frame, name)
    # The formula quotes names that are no plain words; a title does not have to.
    response = frame.spec.response
    said = response.name if name == frame.y_name and isinstance(response, Name) else name
    return f"{said} ({u})" if u and u.lower() != name.lower() else said


def is_proportion(frame: ModelFrame) -> bool:
    """Whether single outcomes are yes or no, so that points show shares of several."""
    return frame.spec.family in _PROPORTIONS


def response_title(frame: ModelFrame) -> str:
    """Title of an axis on the scale of the response."""
    if is_proportion(frame):
        return _share_title(frame) if frame.spec.family == "binomial" else f"P({frame.y_name})"
    return column_title(frame, frame.y_name)


def _share_title(frame: ModelFrame) -> str:
    """Name the share of what counts as a success: of ``cbind(success, failure)`` or ``success / trials``."""
    match frame.spec.response:
        case Call("cbind", (Argument(success), *_)) | Operation("/", (success, _)):
            return f"proportion of {expression_text(success)}"
    return f"proportion of {frame.y_name}"


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
    name = "intercept" if column == "(Intercept)" else f"slope of {column}" if variable else column
    if frame.spec.link != "identity":
        return f"{name} ({SCALES.get(frame.spec.link, frame.spec.link)})"
    u = effect_unit(frame, variable)
    return f"{name} ({u})" if u else name


def intervals(rows: pd.DataFrame, value: str = "mean") -> list[str]:
    """Write the estimate of each row with its interval (columns `value`, ``lower`` and ``upper``)."""
    ends = (rows[value].tolist(), rows["lower"].tolist(), rows["upper"].tolist())
    return [format_estimate(*row) for row in zip(*ends, strict=True)]
