"""Integrated leave-one-out cross-validation of Gaussian multilevel models.

Given the variance parameters, p(y_i | y_−i, θ, σ) is known in closed form, effects and β integrated out. With
d_i row i of (Z, X), S = Cov(b, β | y), h_i = w_i d_i'S d_i / σ² and e_i the row's residual from E(b, β | y)::

    y_i − fit_i | y_−i ~ N(·, σ² / (w_i (1 − h_i))),  evaluated at e_i / (1 − h_i)

Only (θ, σ) is left to be reweighted by Pareto-smoothed importance sampling, so its diagnostic stays small
even for groups of one row, where leave-one-out from draws of the effects fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.compiled import entry
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.layout import COLUMNS, NODE, PANEL, START, make_layout
from mlmwidget.inference.exact.psis import smooth
from mlmwidget.inference.exact.sums import Sums, make_sums, stack_rows
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors

MAX_NUMBERS = 1e8
"""Rows × points that are held at once; 0.8 GB."""


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Expected log predictive density of new rows, estimated by leaving out each in turn.

    Parameters
    ----------
    elpd, se
        Sum over the rows, and its standard error, in units of log density of y.
    pointwise
        Each row's contribution, shape (n,).
    pareto_k
        Diagnostic of each row's weights, shape (n,); above 0.7 its contribution is not to be trusted.
    """

    elpd: float
    se: float
    pointwise: np.ndarray
    pareto_k: np.ndarray


def leave_one_out(frame: ModelFrame, priors: Priors, draws: Draws, *, max_draws: int = 1000) -> LeaveOneOut:
    """Estimate how well a fitted model predicts rows that it has not seen.

    Parameters
    ----------
    frame, priors
        What was fitted.
    draws
        Its posterior; only standard deviations, correlations and σ are read.
    max_draws
        Draws to use at most, evenly thinned.

    Raises
    ------
    ValueError
        If there are too many rows to hold.
    """
    sums = make_sums(frame, priors)
    points = unconstrained(sums, draws)
    n_points = int(min(max_draws, len(points), MAX_NUMBERS // frame.n))
    if n_points < min(100, len(points)):
        raise ValueError(
            f"Leave-one-out of {frame.n:,} rows needs more memory than is reasonable; "
            "compare the models on a sample of the rows."
        )
    points = points[np.linspace(0, len(points) - 1, n_points).round().astype(int)]
    layout = make_layout(frame)
    codes, Z = stack_rows(frame, layout, sums.z_scale)
    X = np.ascontiguousarray((frame.X - sums.centre) * sums.x_scale)
    residual = (frame.y - frame.offset - (frame.X - sums.centre) @ sums.ols) / sums.y_scale
    weights = np.ascontiguousarray(frame.weights, float)
    density = Density(sums.arrays)
    log_density = np.empty((n_points, frame.n))
    for point, row in zip(points, log_density, strict=True):
        density.value_and_gradient(point)
        variance = np.exp(2 * point[-1]) / weights
        _predict(codes, Z, X, layout.slots, residual, variance, sums.arrays, density.workspace, row)
    log_density -= log(sums.y_scale)
    log_weights, k = smooth(-np.ascontiguousarray(log_density.T))
    pointwise = _log_sum_exp(log_weights + log_density.T)
    return LeaveOneOut(
        float(pointwise.sum()), float(np.sqrt(frame.n * pointwise.var())), pointwise, np.asarray(k)
    )


def _log_sum_exp(x: np.ndarray) -> np.ndarray:
    top = x.max(axis=-1)
    return top + np.log(np.exp(x - top[..., None]).sum(axis=-1))


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
    codes, Z, X, slots, residual, variance, s, ws, out
):  # pragma: no cover - compiled
    """Log-density of each row given all others and the parameters of the workspace's moments."""
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
        out[i] = -0.5 * (log(2.0 * pi * variance[i] / left) + error * error / (left * variance[i]))
