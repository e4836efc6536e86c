"""The linear predictor of rows under draws of the parameters."""

from __future__ import annotations

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.lines import flat
from mlmwidget.inference.posterior import Draws


def linear_predictor(draws: Draws, frame: ModelFrame, chosen: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Linear predictor, offset and group effects included, shape (draws, rows).

    Parameters
    ----------
    draws, frame
        The posterior and its data; group effects that were not drawn count as zero.
    chosen
        Positions of the draws, all chains in one.
    rows
        Positions of the rows.
    """
    eta = frame.offset[rows] + flat(draws.beta)[chosen] @ frame.X[rows].T
    for design, effects in zip(frame.groups, draws.effects, strict=True):
        if effects is None:
            continue
        # A column at a time: all at once would need room for draws × rows × columns.
        here = flat(effects)[chosen]
        for column, z in enumerate(design.Z[rows].T):
            eta += here[:, design.codes[rows], column] * z
    return np.asarray(eta)
