"""Reads the numbers of a fit: lme4's parameter names, and a few numbers for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mlmwidget.notation.render import Estimate


def estimates_of(fit: Any) -> dict[str, Estimate]:
    """Estimates by parameter name (``"Days"``, ``"sd_Days|Subject"``, ``"sigma"``).

    Parameters
    ----------
    fit
        A mapping from parameter name to number or :class:`Estimate`, a summary table (indexed by
        parameter or with a column ``parameter``), or a fit with a method ``summary()``, whose contextual
        effects are differences of parameters that have a name too.

    Raises
    ------
    TypeError
        If the object holds no summary.
    """
    if isinstance(fit, Mapping):
        return {k: v if isinstance(v, Estimate) else Estimate(float(v)) for k, v in fit.items()}
    table = fit if isinstance(fit, pd.DataFrame) else _summary(fit)
    differences: dict[str, Estimate] = getattr(fit, "contextual_effects", dict)()
    if "parameter" in table.columns:
        table = table.set_index("parameter")
    return {
        str(name): Estimate(
            float(row["mean"]), _number(row, "sd"), _number(row, "lower"), _number(row, "upper")
        )
        for name, row in table.iterrows()
    } | differences


def _summary(fit: Any) -> pd.DataFrame:
    summary = getattr(fit, "summary", None)
    if summary is None:
        raise TypeError(
            f"`fit` is a {type(fit).__name__}; give a fit, or a mapping from parameter name to mean."
        )
    return summary() if callable(summary) else summary


def _number(row: pd.Series, column: str) -> float | None:
    value = float(row[column]) if column in row.index else math.nan
    return None if math.isnan(value) else value
