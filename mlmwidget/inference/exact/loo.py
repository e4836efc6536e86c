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
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.layout import grouping_factors
from mlmwidget.inference.exact.moments import Moments
from mlmwidget.inference.exact.structure import Structure
from mlmwidget.inference.exact.sums import Sums, make_sums, scaled_columns
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
    design = _Rows.of(frame, sums, rows)
    density = Density(sums.arrays)
    without = np.empty((n_points, len(rows)))
    within = np.full(len(rows), -np.inf)
    with single_threaded():
        for point, left_out in zip(points, without, strict=True):
            left_out[:], among = design.log_densities(density.moments(point), np.exp(2 * point[-1]))
            np.logaddexp(within, among, out=within)
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


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of the data in scaled units: levels and columns of each factor, X, residuals and weights."""

    structure: Structure
    codes: list[np.ndarray]
    Z: list[np.ndarray]
    pairs: list[list[np.ndarray]]
    X: np.ndarray
    residual: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, frame: ModelFrame, sums: Sums, rows: np.ndarray) -> _Rows:
        """Scale some of a frame's rows as its sums are."""
        s = sums.arrays
        grouping, heads = grouping_factors(frame)
        codes = [factor.codes[rows] for factor in grouping]
        Z = [columns[:, rows] for columns in scaled_columns(frame, grouping, sums.z_scale)]
        crossed = [s.block(g).start + codes[g] * s.columns[g] for g in range(heads, len(grouping))]
        pairs = [
            [head.pair(level, row) for row in crossed] for head, level in zip(s.heads, codes, strict=False)
        ]
        centred = frame.X[rows] - sums.centre
        residual = (frame.y[rows] - frame.offset[rows] - centred @ sums.ols) / sums.y_scale
        return cls(s, codes, Z, pairs, (centred * sums.x_scale).T, residual, frame.weights[rows])

    def log_densities(self, moments: Moments, sigma2: float) -> tuple[np.ndarray, np.ndarray]:
        """Log-density of each row given all others, and given all, at the parameters of the moments, (n,)."""
        s, heads = self.structure, len(self.structure.heads)
        error = self.residual - moments.beta[0] @ self.X
        for b, Z, codes in zip(moments.effects, self.Z, self.codes, strict=True):
            error = error - (b[:, codes, 0] * Z).sum(axis=0)
        variance = sigma2 / self.weights
        # In the tail, a row of the data meets one block of each crossed factor, and X.
        crossed = [
            (s.block(g).start + codes * len(Z) + a, z)
            for g, (codes, Z) in enumerate(zip(self.codes, self.Z, strict=True))
            if g >= heads
            for a, z in enumerate(Z)
        ]
        tail = [*crossed, *((np.full(len(error), s.crossed + i), x) for i, x in enumerate(self.X))]
        spread = sum(x * y * moments.tail[i, j, 0] for i, x in tail for j, y in tail)
        for f, (panel, Z, codes) in enumerate(zip(moments.panels, self.Z, self.codes, strict=False)):
            below = [*(z for other in self.Z[f + 1 : heads] for z in other), *self.X]
            for a, z in enumerate(Z):
                spread = spread + z * (Z * panel.own[a, :, codes, 0].T).sum(axis=0)
                for i, x in enumerate(below):
                    spread = spread + 2 * z * x * panel.below[a, i, codes, 0]
                for at, others in zip(self.pairs[f], self.Z[heads:], strict=True):
                    for c, x in enumerate(others):
                        spread = spread + 2 * z * x * panel.cross[a, at + c, 0]
        left = np.maximum(1 - spread / variance, 1e-12)
        without = np.log(2 * pi * variance / left) + error**2 / (left * variance)
        within = np.log(2 * pi * (variance + spread)) + error**2 / (variance + spread)
        return -0.5 * without, -0.5 * within
