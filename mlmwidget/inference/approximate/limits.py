"""Which models the approximate engine takes: asked at every click, before anything heavy is imported."""

from __future__ import annotations

from mlmwidget.data.frame import ModelFrame

MAX_OPERATIONS = 2e9
"""What one evaluation may cost; a posterior needs about 200 of them."""

MAX_LIVE_OPERATIONS = 2e7
"""The same where somebody waits after a click."""


def supports(frame: ModelFrame, live: bool = False) -> str | None:
    """Why the approximate engine cannot fit a model, as a sentence; None if it can.

    Parameters
    ----------
    frame
        The model frame.
    live
        Whether it should take seconds at most.
    """
    spec = frame.spec
    if spec.family == "gaussian" and spec.link == "identity":
        return "Gaussian models with the identity link need no approximation; the exact engine fits them."
    from mlmwidget.inference.exact.layout import crossed_operations

    if crossed_operations(frame) + 1000.0 * frame.n > (MAX_LIVE_OPERATIONS if live else MAX_OPERATIONS):
        return "The model has too many rows or crossed levels for a quick preview."
    return None
