"""The model as a script for this library."""

from __future__ import annotations

from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import read_data


def mlmwidget_script(model: ExportModel) -> str:
    """Write a script for mlmwidget.

    Parameters
    ----------
    model
        The model.
    """
    spec = model.spec
    family = "" if spec.family == "gaussian" else f", family={_family(model)!r}"
    return "\n".join(
        [
            "import pandas as pd",
            "",
            "import mlmwidget as mlm",
            "",
            *read_data(model),
            "",
            f"fit = mlm.fit({spec.formula!r}, data{family})",
            "print(fit.summary())",
            "",
        ]
    )


def _family(model: ExportModel) -> str:
    from mlmwidget.formula.families import FAMILIES

    spec = model.spec
    return spec.family if FAMILIES[spec.family].link == spec.link else f"{spec.family}({spec.link})"
