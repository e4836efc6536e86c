"""What the effects of a model are measured in: only words and titles depend on it."""

from __future__ import annotations

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.units import effect_unit
from mlmwidget.formula.centring import centring
from mlmwidget.formula.syntax import Name
from mlmwidget.notation.columns import Column


def unit_of_effect(frame: ModelFrame, column: Column | None) -> str:
    """Return the unit of the effect of a design column, as ``ms per day``; empty where it has none to name.

    Between categories, and for basis functions, it is that of the outcome; along a number it is that per unit
    of the variable, centred or not. What a transformed number or a product of numbers is counted in has no
    name.

    Parameters
    ----------
    frame
        The model frame.
    column
        The column; None for an intercept.
    """
    numbers = [] if column is None else [p.expression for p in column.parts if p.kind == "number"]
    if not numbers:
        return effect_unit(frame, None) or ""
    base = centring(numbers[0]).base
    if len(numbers) > 1 or not isinstance(base, Name):
        return ""
    return effect_unit(frame, base.name) or ""
