"""Which method fits a model, and which can follow every click; nothing heavy is imported to say so."""

from __future__ import annotations

from typing import Literal

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.approximate import limits
from mlmwidget.inference.exact import engine

type Method = Literal["auto", "pymc", "exact", "laplace", "reml", "ml"]

#: Method that was chosen → what it is called.
LABELS = {
    "pymc": "PyMC (NUTS)",
    "exact": "Exact posterior",
    "laplace": "Laplace's approximation",
    "reml": "REML",
    "ml": "Maximum likelihood",
}
#: What must be said with every number of a method; nothing of the others.
REMARKS = {"laplace": "Approximate (Laplace's method): a preview, until PyMC has fitted the model."}


def choose_method(frame: ModelFrame) -> Literal["exact", "pymc"]:
    """Return what ``"auto"`` stands for: exact where the exact engine can fit the model."""
    return "exact" if engine.supports(frame) is None else "pymc"


def choose_live_method(frame: ModelFrame) -> Literal["exact", "laplace"] | None:
    """Return what can follow every click: exact, approximate where that is not possible, or nothing."""
    if choose_method(frame) == "exact":
        return "exact"
    return "laplace" if limits.supports(frame, live=True) is None else None


def why_not_live(frame: ModelFrame) -> str | None:
    """Why no posterior can follow the clicks, as a sentence; None if one can."""
    if choose_live_method(frame) is not None:
        return None
    # Each engine refuses the other's models as such, which is not the reason.
    exact = (frame.spec.family, frame.spec.link) == ("gaussian", "identity")
    return engine.supports(frame) if exact else limits.supports(frame, live=True)
