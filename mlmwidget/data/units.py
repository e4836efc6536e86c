"""Units of columns: those that ``attrs["units"]`` of the data frame names, and days of dates.

Only words depend on them.
"""

from __future__ import annotations

from mlmwidget.data.frame import ModelFrame


def unit(frame: ModelFrame, name: str) -> str | None:
    """Return the unit of a column, or None where none is named; dates and durations are days."""
    units = frame.rows.attrs.get("units")
    found = units.get(name) if isinstance(units, dict) else None
    if not found and name in frame.rows and frame.rows[name].dtype.kind in "mM":
        return "days"
    return str(found) if found else None


def is_date(frame: ModelFrame, name: str) -> bool:
    """Say whether a column holds dates, whose numbers are days since 1970-01-01."""
    return name in frame.rows and frame.rows[name].dtype.kind == "M"


def effect_unit(frame: ModelFrame, variable: str | None) -> str | None:
    """Return the unit of an intercept or difference (no `variable`) or of a slope: ``ms per day``.

    Parameters
    ----------
    frame
        The model frame.
    variable
        Numeric column of the data that the slope is of; None for an effect that has no denominator.
    """
    of_response = unit(frame, frame.y_name)
    if of_response is None or frame.spec.link != "identity":
        return None
    if variable is None:
        return of_response
    return f"{of_response} {per_unit(frame, variable)}"


def per_unit(frame: ModelFrame, variable: str) -> str:
    """Return the denominator of a slope of a column: ``per day``, or ``per unit`` where none is named."""
    per = unit(frame, variable)
    return f"per {_singular(per) if per else 'unit'}"


def _singular(name: str) -> str:
    """Singular of a unit that is an English word: ``days`` → ``day``; ``ms`` stays."""
    return name[:-1] if len(name) > 3 and name.endswith("s") and not name.endswith("ss") else name
