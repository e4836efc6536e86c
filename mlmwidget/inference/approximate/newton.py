"""Newton's method for the mode of the coefficients given the parameters, at many parameters at once.

Each step is a weighted Gaussian problem at every point, and the exact engine's kernel solves them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlmwidget.inference.approximate.working import Working
from mlmwidget.inference.exact.density import draw_from
from mlmwidget.inference.exact.kernel import Factorised, factorise
from mlmwidget.model.likelihood import Curve

_STEPS = 60
_HALVINGS = 30
_NEAR = 1e-4
"""What a step that cannot be made, for rounding errors, may have promised at a mode."""


@dataclass(frozen=True, eq=False)
class Modes:
    """Where the joint density of the coefficients is largest at each of m points.

    Parameters
    ----------
    found
        Whether a mode was found, shape (m,).
    coefficients, eta
        The mode in the exact engine's units, and the linear predictor there, shapes (m, dim) and (m, n).
    height
        Log-likelihood and log prior density of the coefficients there, without constants, shape (m,).
    log_det
        log |L| there, shape (m,).
    steps
        Steps that were made, counted at every point.
    """

    found: np.ndarray
    coefficients: np.ndarray
    eta: np.ndarray
    height: np.ndarray
    log_det: np.ndarray
    steps: int


def weighted_problem(working: Working, T: list[np.ndarray], eta: np.ndarray, curve: Curve) -> Factorised:
    """Factorise the Gaussian problem of a step at each point.

    The expected curvature, which is positive, takes the observed one's place where that has no maximum.
    """
    weight = curve.observed
    for _ in range(2):
        f = factorise(working.weighed(eta, curve.slope, weight), T, np.zeros(len(eta)))
        bad = ~np.isfinite(f.log_det + f.log_det_x)
        if not bad.any():
            break
        weight = np.where(bad[:, None], curve.expected, weight)
    return f


def find_modes(
    working: Working, T: list[np.ndarray], own: Sequence[np.ndarray], start: np.ndarray, precision: float
) -> Modes:
    """Climb from given coefficients to the mode at each point.

    Parameters
    ----------
    working
        The model's rows.
    T
        Cholesky factors of the factors' covariances, each (q, q, m).
    own
        The family's own parameters, each (m, 1).
    start
        Coefficients to begin from, (m, dim), with predictors that the family allows.
    precision
        What a last step may promise to add to the log-density.
    """
    here, eta = start.copy(), working.predictor(start)
    curve = working.likelihood.curve(eta, own)
    height = curve.value - 0.5 * (working.whiten(here, T) ** 2).sum(axis=1)
    log_det = np.full(len(here), np.nan)
    found = np.zeros(len(here), bool)
    rounding = 1e-15 * abs(working.likelihood.constant)
    active = np.flatnonzero(np.isfinite(height))
    curve, steps = curve.at(active), 0
    for _ in range(_STEPS):
        if not len(active):
            break
        steps += len(active)
        factors, parameters = [t[..., active] for t in T], [x[active] for x in own]
        f = weighted_problem(working, factors, eta[active], curve)
        with np.errstate(all="ignore"):
            aim = draw_from(f, np.zeros((len(active), here.shape[1])))
        log_det[active] = f.log_det + f.log_det_x
        good = np.isfinite(aim).all(axis=1) & np.isfinite(log_det[active])
        aim = np.where(good[:, None], aim, here[active])
        white, aimed = working.whiten(here[active], factors), working.whiten(aim, factors)
        move = working.predictor(aim) - eta[active]
        with np.errstate(all="ignore"):
            promise = 0.5 * ((curve.observed * move**2).sum(axis=1) + ((aimed - white) ** 2).sum(axis=1))
        length, reached, there = _search(
            working, parameters, eta[active], move, white, aimed, height[active] - rounding, good
        )
        made = length > 0
        here[active] += length[:, None] * (aim - here[active])
        eta[active] += length[:, None] * move
        height[active] = np.where(made, reached, height[active])
        arrived = np.where(made, (length == 1.0) & (np.abs(promise) < precision + rounding), promise < _NEAR)
        found[active] = good & arrived
        left = made & ~arrived
        active, curve = active[left], there.at(left)
    return Modes(found, here, eta, height, log_det, steps)


def _search(
    working: Working,
    own: Sequence[np.ndarray],
    eta: np.ndarray,
    move: np.ndarray,
    white: np.ndarray,
    aimed: np.ndarray,
    height: np.ndarray,
    good: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, Curve]:
    """Halve each step until it leads no lower: lengths (0 where none does), heights and curves there."""
    length = np.where(good, 1.0, 0.0)
    for _ in range(_HALVINGS):
        curve = working.likelihood.curve(eta + length[:, None] * move, own)
        now = white + length[:, None] * (aimed - white)
        reached = curve.value - 0.5 * (now**2).sum(axis=1)
        high = np.isfinite(reached) & (reached >= height - 1e-9 * (1 + np.abs(height)))
        if (high | ~good).all():
            return length, reached, curve
        length = np.where(high | ~good, length, 0.5 * length)
    return np.where(high, length, 0.0), reached, curve
