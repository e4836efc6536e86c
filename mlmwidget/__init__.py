"""Build, understand and fit multilevel models, by pointing or by formula.

Names are imported when they are first used, so that ``import mlmwidget`` stays fast and works where
PyMC is not installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "FormulaError": "mlmwidget.formula.errors",
    "ModelSpec": "mlmwidget.formula.spec",
    "parse": "mlmwidget.formula.parse",
    "DataError": "mlmwidget.problems",
    "Problem": "mlmwidget.problems",
    "ModelFrame": "mlmwidget.data.frame",
    "model_frame": "mlmwidget.data.build",
    "latex": "mlmwidget.notation.latex",
    "words": "mlmwidget.notation.words",
    "code": "mlmwidget.export.code",
    "build_model": "mlmwidget.model.pymc",
    "default_priors": "mlmwidget.model.priors",
    "Fit": "mlmwidget.inference.fit",
    "fit": "mlmwidget.inference.fit",
    "compare": "mlmwidget.inference.compare",
    "MLMWidget": "mlmwidget.widget.widget",
}

__all__ = ["__version__", "datasets", *_HOME]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return import_module("mlmwidget.datasets")
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'mlmwidget' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from mlmwidget import datasets as datasets
    from mlmwidget.data.build import model_frame as model_frame
    from mlmwidget.data.frame import ModelFrame as ModelFrame
    from mlmwidget.export.code import code as code
    from mlmwidget.formula.errors import FormulaError as FormulaError
    from mlmwidget.formula.parse import parse as parse
    from mlmwidget.formula.spec import ModelSpec as ModelSpec
    from mlmwidget.inference.compare import compare as compare
    from mlmwidget.inference.fit import Fit as Fit
    from mlmwidget.inference.fit import fit as fit
    from mlmwidget.model.priors import default_priors as default_priors
    from mlmwidget.model.pymc import build_model as build_model
    from mlmwidget.notation.latex import latex as latex
    from mlmwidget.notation.words import words as words
    from mlmwidget.problems import DataError as DataError
    from mlmwidget.problems import Problem as Problem
    from mlmwidget.widget.widget import MLMWidget as MLMWidget
