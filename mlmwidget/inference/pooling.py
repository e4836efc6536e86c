"""Complete pooling (one regression) and no pooling (a regression per group), as yardsticks.

Least squares for a Gaussian outcome with identity link, iteratively reweighted least squares otherwise
(McCullagh and Nelder 1989, section 2.5). All groups are solved at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import glm
from mlmwidget.inference.levels import FactorView

#: A column counts as determined by those before it when less than this share of its length is left.
RANK_TOLERANCE = 1e-7
ITERATIONS = 30
#: Relative change of the coefficients at which the iterations stop.
CONVERGENCE = 1e-8


@dataclass(frozen=True, eq=False)
class Regressions:
    """Separate regressions of J groups on the same k columns.

    Parameters
    ----------
    coefficients
        Shape (J, k); NaN where a group cannot support the column.
    covariance
        Of the coefficients, shape (J, k, k); NaN where it cannot be estimated.
    df
        Residual degrees of freedom of each group, shape (J,); infinite where no variance is estimated.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    df: np.ndarray

    def interval(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return standard errors, lower and upper ends of the t-intervals, each (J, k)."""
        sd = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        reach = sd * t_quantile(self.df, level)[:, None]
        return sd, self.coefficients - reach, self.coefficients + reach


def t_quantile(df: np.ndarray, level: float) -> np.ndarray:
    """Half width of a t-interval in standard errors; NaN without degrees of freedom."""
    finite = np.where((df > 0) & np.isfinite(df), df, 1.0)
    quantile = np.where(
        np.isinf(df), special.ndtri(0.5 + level / 2), special.stdtrit(finite, 0.5 + level / 2)
    )
    return np.where(df > 0, quantile, np.nan)


def complete_pooling(frame: ModelFrame) -> Regressions:
    """Fit one regression on the population-level columns, the grouping left out (J = 1)."""
    return _regressions(frame, frame.X, np.zeros(frame.n, dtype=np.int64), 1)


def no_pooling(frame: ModelFrame, view: FactorView) -> Regressions:
    """Fit each group by itself on the unit-level columns of `view`, as far as it can support them."""
    return _regressions(frame, view.design, view.codes, len(view.levels))


def _regressions(frame: ModelFrame, X: np.ndarray, codes: np.ndarray, n_groups: int) -> Regressions:
    if X.shape[1] == 0:
        empty = np.zeros((n_groups, 0))
        return Regressions(empty, np.zeros((n_groups, 0, 0)), np.full(n_groups, np.inf))
    if glm.is_linear(frame.spec):
        return _least_squares(X, frame.y - frame.offset, frame.weights, codes, n_groups)
    return _iterated(frame, X, codes, n_groups)


def _least_squares(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray, codes: np.ndarray, n_groups: int
) -> Regressions:
    """Solve weighted least squares in every group; the residual variance is each group's own."""
    root = np.sqrt(weights)
    coefficients, unscaled, rank = _solve(X * root[:, None], y * root, codes, n_groups)
    fitted = (X * np.nan_to_num(coefficients)[codes]).sum(axis=1)
    rss = np.bincount(codes, weights * (y - fitted) ** 2, minlength=n_groups)
    df = (np.bincount(codes, minlength=n_groups) - rank).astype(float)
    variance = np.where(df > 0, rss / np.where(df > 0, df, 1.0), np.nan)
    return Regressions(coefficients, unscaled * variance[:, None, None], df)


def _iterated(frame: ModelFrame, X: np.ndarray, codes: np.ndarray, n_groups: int) -> Regressions:
    """Reweight and solve in every group until the estimates settle.

    A group whose estimates do not settle, for example because its outcomes are all alike, has none.
    """
    eta = glm.start(frame)
    previous = np.full((n_groups, X.shape[1]), np.inf)
    for _ in range(ITERATIONS):
        step = glm.step(frame, eta)
        root = np.sqrt(step.weight)
        coefficients, unscaled, rank = _solve(X * root[:, None], step.response * root, codes, n_groups)
        filled = np.nan_to_num(coefficients)
        settled = np.all(np.abs(filled - previous) <= CONVERGENCE * (1 + np.abs(filled)), axis=1)
        previous = filled
        eta = frame.offset + (X * filled[codes]).sum(axis=1)
        if settled.all():
            break
    step = glm.step(frame, eta)
    df = (np.bincount(codes, minlength=n_groups) - rank).astype(float)
    pearson = np.bincount(codes, step.pearson, minlength=n_groups)
    dispersion = np.where(df > 0, pearson / np.where(df > 0, df, 1.0), np.nan)
    if frame.spec.family in glm.FIXED_DISPERSION:
        dispersion, df = np.ones(n_groups), np.full(n_groups, np.inf)
    estimable = settled & (np.bincount(codes, ~step.proper, minlength=n_groups) == 0)
    return Regressions(
        np.where(estimable[:, None], coefficients, np.nan),
        np.where(estimable[:, None, None], unscaled * dispersion[:, None, None], np.nan),
        df,
    )


def _solve(
    X: np.ndarray, y: np.ndarray, codes: np.ndarray, n_groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least squares in every group at once, by modified Gram-Schmidt down the columns.

    Returns
    -------
    coefficients, unscaled, rank
        Shapes (J, k), (J, k, k) with (X'X)⁻¹, and (J,); columns that others before them determine have
        NaN for coefficients and variances.
    """
    k = X.shape[1]

    def per_group(values: np.ndarray) -> np.ndarray:
        return np.bincount(codes, values, minlength=n_groups)

    Q, residual = np.zeros_like(X), y.copy()
    R = np.zeros((n_groups, k, k))
    R[:, range(k), range(k)] = 1.0
    kept = np.zeros((n_groups, k), dtype=bool)
    Qy = np.zeros((n_groups, k))
    for c in range(k):
        x = X[:, c].copy()
        length = np.sqrt(per_group(x * x))
        for q in range(c):
            R[:, q, c] = per_group(Q[:, q] * x)
            x -= R[codes, q, c] * Q[:, q]
        left = np.sqrt(per_group(x * x))
        kept[:, c] = left > RANK_TOLERANCE * np.maximum(length, np.finfo(float).tiny)
        R[:, c, c] = np.where(kept[:, c], left, 1.0)
        R[:, :c, c] *= kept[:, c, None]
        Q[:, c] = x * (kept[:, c] / R[:, c, c])[codes]
        Qy[:, c] = per_group(Q[:, c] * residual)
        residual = residual - Qy[codes, c] * Q[:, c]
    inverse = np.linalg.inv(R)
    coefficients = (inverse @ Qy[:, :, None])[:, :, 0]
    unscaled = inverse @ (kept[:, :, None] * inverse.transpose(0, 2, 1))
    both = kept[:, :, None] & kept[:, None, :]
    return np.where(kept, coefficients, np.nan), np.where(both, unscaled, np.nan), kept.sum(axis=1)
