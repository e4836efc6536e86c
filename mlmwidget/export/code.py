"""Public entrance to the exports: complete scripts of the same model for other software."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlmwidget.export.bambi import bambi_script
from mlmwidget.export.brms import brms_script
from mlmwidget.export.lme4 import lme4_script
from mlmwidget.export.mlmwidget_script import mlmwidget_script
from mlmwidget.export.model import ExportModel
from mlmwidget.export.pymc import pymc_script
from mlmwidget.export.rstanarm import rstanarm_script
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.notation.resolve import resolve

DIALECTS: dict[str, Callable[[ExportModel], str]] = {
    "pymc": pymc_script,
    "bambi": bambi_script,
    "lme4": lme4_script,
    "brms": brms_script,
    "rstanarm": rstanarm_script,
    "mlmwidget": mlmwidget_script,
}


def code(
    formula_or_spec: str | ModelSpec,
    data: Any = None,
    dialect: str = "pymc",
    family: str | None = None,
    weights: str | None = None,
) -> str:
    """Write a complete script that fits the same model with other software.

    Parameters
    ----------
    formula_or_spec
        lme4 formula text or a spec.
    data
        Data frame or :class:`~mlmwidget.data.frame.ModelFrame`. With it, categories and priors in data
        units are written out; without it every name is taken as a number.
    dialect
        ``"pymc"``, ``"bambi"``, ``"lme4"``, ``"brms"``, ``"rstanarm"`` or ``"mlmwidget"``.
    family
        Family of the response, where the formula is given as text.
    weights
        Name of a column of weights, where the data are given as a data frame.

    Returns
    -------
    str
        A script that reads ``data.csv``; leave that line out where ``data`` exists.

    Raises
    ------
    ValueError
        If there is no such dialect.
    ExportError
        If the other software cannot fit this model.
    FormulaError
        If the formula text cannot be read.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"There is no dialect {dialect!r}: use one of {', '.join(map(repr, DIALECTS))}.")
    return DIALECTS[dialect](ExportModel(*resolve(formula_or_spec, data, family, weights)))
