"""Whether a model leaves anything to the residual."""

from __future__ import annotations

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.density import Density
from mlmwidget.problems import DataError, Problem


def check_residual(density: Density, frame: ModelFrame) -> None:
    """Refuse data that the effects reproduce exactly with rows to spare: σ → 0 has infinite density there.

    Seen from a σ near zero, log |M| grows with the rank of [Z X], c₀/σ² − w'w with the residual. How near is
    a matter of the rows (by weight) in a group: what C/σ² leaves to X once the groups are eliminated is as
    small as their number, and would be lost in rounding.

    Raises
    ------
    DataError
        If nothing is left.
    """
    s = density.structure
    group_size = frame.weights.sum() / min([len(g.levels) for g in frame.groups], default=frame.n)
    log_sigmas = np.log([1e-5, 1e-6]) + 0.5 * np.log(group_size)
    points = np.zeros((2, density.size))
    points[:, -1] = log_sigmas
    f = density.factorised(points)
    log_dets, residuals = f.log_det + f.log_det_x, f.quadratic * np.exp(2 * log_sigmas)
    rank = (log_dets[1] - log_dets[0]) / (log_sigmas[0] - log_sigmas[1])
    if (residuals[1] < 1e-9 * s.c0 or s.c0 < 1e-24 * s.n_rows) and rank < s.n_rows - 0.5:
        raise no_residual(frame)


def no_residual(frame: ModelFrame) -> DataError:
    """Say that a model reproduces the response exactly."""
    return DataError(
        Problem(
            "error",
            "no-residual",
            f"The groups and predictors reproduce “{frame.y_name}” exactly, which leaves no residual "
            "variation to estimate; take terms out of the model.",
        )
    )
