"""Integrated leave-one-out cross-validation of Gaussian multilevel models.

Given the variance parameters, p(y_i | y_−i, θ, σ) is known in closed form, effects and β integrated out. With
d_i row i of (Z, X), S = Cov(b, β | y), h_i = w_i d_i'S d_i / σ² and e_i the row's residual from E(b, β | y)::

    y_i − fit_i | y_−i ~ N(·, σ² / (w_i (1 − h_i))),  evaluated at e_i / (1 − h_i)

Only (θ, σ) is left to be reweighted by Pareto-smoothed importance sampling (:mod:`mlmwidget.inference.loo`),
so its diagnostic stays small even for groups of one row, where leave-one-out from draws of the effects fails.
Given all rows, the row among them, y_i − fit_i ~ N(0, σ² (1 + h_i) / w_i), evaluated at e_i.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, pi

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.blas import single_threaded
from mlmwidget.inference.exact.compiled import entry
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.layout import COLUMNS, NODE, PANEL, START, make_layout
from mlmwidget.inference.exact.sums import Sums, make_sums, stack_rows
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors

MAX_NUMBERS = 1e8
"""Rows × points that are held at once; 0.8 GB."""


@dataclass(frozen=True, eq=False)
class Predictive:
    """Log densities of the rows, group effects and β integrated out.

    Parameters
    ----------
    without
        Of each row given all others, at each draw of the variance parameters, shape (draws, rows).
    within
        Of each row given all rows, itself among them, averaged over the draws, shape (rows,).
    """

    without: np.ndarray
    within: np.ndarray


def predictive(
    frame: ModelFrame, priors: Priors, draws: Draws, max_draws: int = 1000, rows: np.ndarray | None = None
) -> Predictive:
    """Predict rows from all others, and from all, at draws of the variance parameters.

    Parameters
    ----------
    frame, priors
        What was fitted.
    draws
        Its posterior; only standard deviations, correlations and σ are read.
    max_draws
        Draws to use at most, evenly thinned.
    rows
        Positions of the rows to predict; all when not given.

    Raises
    ------
    ValueError
        If there are too many rows to hold.
    """
    rows = np.arange(frame.n) if rows is None else rows
    sums = make_sums(frame, priors)
    points = unconstrained(sums, draws)
    n_points = int(min(max_draws, len(points), MAX_NUMBERS // len(rows)))
    if n_points < min(100, len(points)):
        raise ValueError(
            f"Leave-one-out of {frame.n:,} rows needs more memory than is reasonable; "
            "compare the models on a sample of the rows."
        )
    points = points[np.linspace(0, len(points) - 1, n_points).round().astype(int)]
    layout = make_layout(frame)
    codes, Z = (part[rows] for part in stack_rows(frame, layout, sums.z_scale))
    slots = layout.slots[rows]
    centred = frame.X[rows] - sums.centre
    X = np.ascontiguousarray(centred * sums.x_scale)
    residual = (frame.y[rows] - frame.offset[rows] - centred @ sums.ols) / sums.y_scale
    weights = np.ascontiguousarray(frame.weights[rows], float)
    density = Density(sums.arrays)
    without = np.empty((n_points, len(rows)))
    within = np.full(len(rows), -np.inf)
    row = np.empty(len(rows))
    with single_threaded():
        for point, left_out in zip(points, without, strict=True):
            density.value_and_gradient(point)
            variance = np.exp(2 * point[-1]) / weights
            _predict(codes, Z, X, slots, residual, variance, sums.arrays, density.workspace, left_out, row)
            np.logaddexp(within, row, out=within)
    without -= log(sums.y_scale)
    return Predictive(without, within - log(n_points) - log(sums.y_scale))


def refitted(frame: ModelFrame, priors: Priors, row: int) -> float:
    """Log density of a row, averaged over the posterior of a fit without it.

    Parameters
    ----------
    frame, priors
        What was fitted, the row included.
    row
        Position of the row.

    Raises
    ------
    DataError, NotExactError
        If the exact engine cannot fit the other rows.
    """
    from mlmwidget.inference.exact.engine import sample

    keep = np.delete(np.arange(frame.n), row)
    groups = tuple(replace(g, codes=g.codes[keep], Z=g.Z[keep]) for g in frame.groups)
    rest = replace(
        frame,
        y=frame.y[keep],
        X=frame.X[keep],
        offset=frame.offset[keep],
        weights=frame.weights[keep],
        groups=groups,
    )
    # Rows like this lie in the tails, where few of the draws count: take many.
    draws = sample(rest, priors, draws=4000, chains=1, random_seed=0, effects=False)
    found = predictive(frame, priors, draws, 4000, np.array([row])).without[:, 0]
    return float(np.logaddexp.reduce(found) - log(len(found)))


def unconstrained(sums: Sums, draws: Draws) -> np.ndarray:
    """Turn draws back into the kernel's parameters, (C · D, d).

    Parameters
    ----------
    sums
        The model's sums.
    draws
        Its posterior.
    """
    if draws.sigma is None:
        raise ValueError("The exact engine reads Gaussian posteriors only; these draws have no σ.")
    columns: list[np.ndarray] = []
    for term, (sd, cor) in enumerate(zip(draws.sd, draws.cor, strict=True)):
        columns.append(np.log(sd.reshape(-1, sd.shape[-1]) / sums.sd(term, np.ones(sd.shape[-1]))))
        if cor is None:
            continue
        R = np.linalg.cholesky(cor.reshape(-1, *cor.shape[-2:]))
        for i in range(1, R.shape[-1]):
            left = np.sqrt(np.cumsum(R[:, i, i::-1] ** 2, axis=1))[:, ::-1]
            columns.append(np.arctanh(R[:, i, :i] / left[:, :i]))
    columns.append(np.log(draws.sigma.reshape(-1, 1) / sums.y_scale))
    return np.ascontiguousarray(np.hstack(columns))


@entry
def _predict(  # type: ignore[no-untyped-def]
    codes, Z, X, slots, residual, variance, s, ws, without, within
):  # pragma: no cover - compiled
    """Log-density of each row given all others, and given all, at the workspace's moments."""
    n, F = codes.shape
    heads = s.heads
    p = X.shape[1]
    B = len(s.tail)
    n_head = len(s.k) - B
    width = Z.shape[1]
    for i in range(n):
        error = residual[i]
        spread = 0.0
        first = 0
        for f in range(F):
            q = s.factors[f, COLUMNS]
            own = s.factors[f, START] + codes[i, f] * q
            for a in range(q):
                error -= Z[i, first + a] * ws.mean[own + a]
            if f < heads:
                node = s.factors[f, NODE] + codes[i, f]
                start = s.nodes[node, PANEL]
                for a in range(q):
                    z = Z[i, first + a]
                    at = start + a
                    column = first
                    for g in range(f, heads):
                        for _ in range(s.factors[g, COLUMNS]):
                            spread += (1.0 if g == f else 2.0) * z * Z[i, column] * ws.S[at]
                            column += 1
                            at += q
                    for g in range(heads, F):
                        at = start + slots[i, f * (F - heads) + g - heads] * q + a
                        for _ in range(s.factors[g, COLUMNS]):
                            spread += 2.0 * z * Z[i, column] * ws.S[at]
                            column += 1
                            at += q
                    at = s.nodes[node + 1, PANEL] - p * q + a
                    for b in range(p):
                        spread += 2.0 * z * X[i, b] * ws.S[at]
                        at += q
            else:
                for a in range(q):
                    z = Z[i, first + a]
                    row = own + a - n_head
                    column = width
                    for g in range(F - 1, heads - 1, -1):
                        column -= s.factors[g, COLUMNS]
                        at = s.factors[g, START] + codes[i, g] * s.factors[g, COLUMNS] - n_head
                        for b in range(s.factors[g, COLUMNS]):
                            spread += z * Z[i, column + b] * ws.S_tail[row, at + b]
                    for b in range(p):
                        spread += 2.0 * z * X[i, b] * ws.S_tail[row, B - p + b]
            first += q
        for a in range(p):
            error -= X[i, a] * ws.mean[len(s.k) - p + a]
            for b in range(p):
                spread += X[i, a] * X[i, b] * ws.S_tail[B - p + a, B - p + b]
        left = max(1.0 - spread / variance[i], 1e-12)
        without[i] = -0.5 * (log(2.0 * pi * variance[i] / left) + error * error / (left * variance[i]))
        wide = variance[i] + spread
        within[i] = -0.5 * (log(2.0 * pi * wide) + error * error / wide)
