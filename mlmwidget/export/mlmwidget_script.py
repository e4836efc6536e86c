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
            *read_data(model, text=True),
            "",
            f"fit = mlm.fit({arguments(model)})",
            "print(fit.summary())",
            "",
        ]
    )


def arguments(model: ExportModel) -> str:
    """Arguments of a call of this library that say the model: formula, data, family and weights.

    Parameters
    ----------
    model
        The model.
    """
    spec = model.spec
    texts = [repr(spec.formula), "data"]
    if (spec.family, spec.link) != ("gaussian", "identity"):
        usual = FAMILIES[spec.family].link == spec.link
        texts.append(f"family={spec.family if usual else f'{spec.family}({spec.link})'!r}")
    if model.frame is not None and model.frame.weights_name:
        texts.append(f"weights={model.frame.weights_name!r}")
    return ", ".join(texts)
