"""Reads what a person hands in (text or spec, data or frame) into a spec and, with data, a frame."""

from __future__ import annotations

from typing import Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec


def resolve(
    formula_or_spec: str | ModelSpec,
    data: Any = None,
    family: str | None = None,
    weights: str | None = None,
) -> tuple[ModelSpec, ModelFrame | None]:
    """Parse a formula, and build the frame if there are data.

    Parameters
    ----------
    formula_or_spec
        lme4 formula text or a spec.
    data
        Data frame, :class:`~mlmwidget.data.frame.ModelFrame` or None.
    family
        Family of the response, only read with formula text.
    weights
        Name of a column of weights, only read with a data frame.

    Raises
    ------
    FormulaError
        If the formula text cannot be read.
    DataError
        If the model cannot be built on the data.
    """
    if isinstance(formula_or_spec, ModelSpec):
        spec = formula_or_spec
    else:
        from mlmwidget.formula.parse import parse

        spec = parse(formula_or_spec, family=family) if family else parse(formula_or_spec)
    if data is None or isinstance(data, ModelFrame):
        return spec, data
    from mlmwidget.data.build import model_frame

    return spec, model_frame(spec, data, weights=weights)
