"""The model as a script for this library."""

from __future__ import annotations

from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import read_data
from mlmwidget.formula.families import FAMILIES


def mlmwidget_script(model: ExportModel) -> str:
    """Write a script for mlmwidget.

    Parameters
    ----------
    model
        The model.
    """
    return "\n".join(
        [
            "import pandas as pd",
            "",
            "import mlmwidget as mlm",
            "",
            *fit_lines(model),
            "print(fit.summary())",
            "",
        ]
    )


def fit_lines(model: ExportModel, method: str | None = None) -> list[str]:
    """Lines that read the data and fit the model.

    Parameters
    ----------
    model
        The model.
    method
        Of :func:`mlmwidget.fit`; its own choice when None.
    """
    how = "" if method is None else f", method={method!r}"
    return [*read_data(model, text=True), "", f"fit = mlm.fit({arguments(model)}{how})"]


def arguments(model: ExportModel) -> str:
    """Arguments of a call of this library that say the model: formula, data, family and weights.

    Parameters
    ----------
    model
        The model.
    """
    spec = model.spec
    formula = repr(spec.formula)
    family = "" if spec.family == "gaussian" else f", family={spec.family!r}"
    if FAMILIES[spec.family].link != spec.link:
        formula, family = f"mlm.parse({formula}, data{family}, link={spec.link!r})", ""
    weights = model.frame.weights_name if model.frame is not None else ""
    return f"{formula}, data{family}" + (f", weights={weights!r}" if weights else "")
