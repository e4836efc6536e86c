"""Titles with units, and numbers with sensible digits."""

from __future__ import annotations

import math

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import effect_unit, unit

_SCALES = {
    "log": "log scale",
    "logit": "log odds",
    "probit": "probit scale",
    "cloglog": "complementary log-log scale",
    "inverse": "inverse scale",
}
_PROPORTIONS = ("bernoulli", "binomial")


def column_title(frame: ModelFrame, name: str) -> str:
    """Name of a column with its unit: ``Reaction (ms)``; not repeated when both are the same word."""
    u = unit(frame, name)
    return f"{name} ({u})" if u and u.lower() != name.lower() else name


def response_title(frame: ModelFrame) -> str:
    """Title of an axis on the scale of the response."""
    if frame.spec.family in _PROPORTIONS:
        return f"proportion of {frame.y_name}" if frame.spec.family == "binomial" else f"P({frame.y_name})"
    return column_title(frame, frame.y_name)


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
        return f"{name} ({_SCALES.get(frame.spec.link, frame.spec.link)})"
    u = effect_unit(frame, variable)
    return f"{name} ({u})" if u else name


def number(value: float, spread: float) -> str:
    """Write a number with the digits that its uncertainty leaves sensible (two of the spread's).

    Parameters
    ----------
    value
        The number.
    spread
        Standard deviation, or the width of an interval.
    """
    if not math.isfinite(value):
        return "–"
    size = abs(spread) if math.isfinite(spread) and spread else abs(value)
    decimals = 0 if size == 0 else min(8, max(0, 1 - math.floor(math.log10(size))))
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def interval(value: float, lower: float, upper: float) -> str:
    """Write an estimate with its interval: ``10.5 (8.1 to 13.0)``."""
    width = (upper - lower) / 4
    if not math.isfinite(width):
        return number(value, math.nan)
    return f"{number(value, width)} ({number(lower, width)} to {number(upper, width)})"
