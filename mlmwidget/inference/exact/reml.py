"""Restricted and ordinary maximum likelihood: lme4's estimates from the exact engine's kernel.

As in lme4 (Bates, Mächler, Bolker and Walker 2015), β and σ are profiled out and the criterion is minimised
over the relative Cholesky factors Λ of the covariances, whose diagonals may be zero, so that estimates on the
boundary (a standard deviation of zero, a correlation of ±1) are ordinary points. A flat β in the kernel gives
the restricted likelihood.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.blas import single_threaded
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.kernel import Factorised, factorise
from mlmwidget.inference.exact.moments import conditional_moments
from mlmwidget.inference.exact.residual import check_residual, no_residual
from mlmwidget.inference.exact.sums import Sums, make_sums
from mlmwidget.inference.point import PointEstimate
from mlmwidget.problems import DataError, Problem

SINGULAR = 1e-4
"""Diagonals of Λ below this count as zero (lme4's ``isSingular``)."""

_STEP = 1e-5


def estimate(frame: ModelFrame, reml: bool = True) -> PointEstimate:
    """Estimate a Gaussian multilevel model as lme4's ``lmer`` does.

    Parameters
    ----------
    frame
        The model frame.
    reml
        Whether to maximise the restricted likelihood instead of the likelihood.

    Raises
    ------
    DataError
        If the data cannot tell the variances apart or leave no residual.
    """
    _check_identified(frame)
    sums = make_sums(frame, None)
    criterion = Criterion(sums, reml)
    with single_threaded():
        check_residual(Density(sums.arrays), frame)
        theta = _minimise(criterion)
    (value,), (residual,) = criterion.profile(theta[None])
    if not residual > 1e-20:
        raise no_residual(frame)
    sigma = np.sqrt(residual)
    beta, beta_cov, effects = _coefficients(criterion, theta, sigma)
    factors = criterion.factors(theta)
    sds = [np.sqrt((T**2).sum(axis=1)) for T in factors]
    return PointEstimate(
        beta=beta,
        beta_cov=beta_cov,
        sd=tuple(sums.sd(t, sigma * sd) for t, sd in enumerate(sds)),
        cor=tuple(
            _correlation(T, sd) if g.correlated else None
            for T, sd, g in zip(factors, sds, frame.groups, strict=True)
        ),
        sigma=float(sigma * sums.y_scale),
        effects=effects,
        effects_sd=_conditional_sds(sums, theta, sigma),
        criterion=float(value),
        log_likelihood=-0.5 * float(value),
        reml=reml,
        singular=bool((theta[criterion.is_diagonal] < SINGULAR).any()),
    )


def _check_identified(frame: ModelFrame) -> None:
    n, p = frame.X.shape
    if n <= p:
        raise DataError(
            Problem(
                "error",
                "too-few-rows",
                f"{p} population-level coefficients cannot be estimated from {n} rows; take terms out.",
            )
        )
    for index, design in enumerate(frame.groups):
        n_effects = len(design.levels) * design.Z.shape[1]
        if n_effects >= n:
            raise DataError(
                Problem(
                    "error",
                    "too-many-effects",
                    f"“{design.factor}” has {n_effects:,} group effects for {n:,} rows, so their variance "
                    "cannot be told from the residual's; use fewer varying terms, or a posterior "
                    "(method “exact”), where the priors decide.",
                    part=f"group-{index}",
                )
            )


class Criterion:
    """REML criterion or -2 log likelihood, in the user's units, as a function of Λ's free elements θ.

    Parameters
    ----------
    sums
        Sums of the model with flat coefficients.
    reml
        Which of the two.
    """

    def __init__(self, sums: Sums, reml: bool):
        self.sums = sums
        self.reml = reml
        n, p = sums.arrays.n_rows, len(sums.x_scale)
        self.freedom = n - p if reml else n
        self._constant = 2 * self.freedom * np.log(sums.y_scale) - 2 * sums.arrays.half_log_weights
        if reml:
            self._constant -= 2 * np.log(sums.x_scale).sum()
        diagonal: list[bool] = []
        for term in sums.arrays.terms:
            k = term.size
            diagonal += [i == j for i in range(k) for j in range(i + 1)] if term.correlated else [True] * k
        self.is_diagonal = np.array(diagonal, bool)

    def factors(self, theta: np.ndarray) -> list[np.ndarray]:
        """Λ of each group design, lower triangular, (k, k)."""
        return [np.asarray(T[..., 0]) for T in self._factors(theta[:, None])]

    def _factors(self, thetas: np.ndarray) -> list[np.ndarray]:
        """Λ of each group design, lower triangular, for many θ (d, n): (k, k, n)."""
        found, at = [], 0
        for term in self.sums.arrays.terms:
            k = term.size
            T = np.zeros((k, k, thetas.shape[1]))
            index = np.tril_indices(k) if term.correlated else np.diag_indices(k)
            T[index] = thetas[at : at + len(index[0])]
            at += len(index[0])
            found.append(T)
        return found

    def factorised(self, thetas: np.ndarray) -> Factorised:
        """Factorise at many θ (n, d), with σ = 1."""
        s = self.sums.arrays
        blocks = [np.zeros((q, q, len(thetas))) for q in s.columns]
        for term, T in zip(s.terms, self._factors(thetas.T), strict=True):
            blocks[term.factor][term.columns, term.columns] = T
        return factorise(s, blocks, np.zeros(len(thetas)))

    def profile(self, thetas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Criterion at many θ (n, d) and the σ² that minimise it, the latter in scaled units."""
        f = self.factorised(thetas)
        residual = f.quadratic / self.freedom
        with np.errstate(all="ignore"):
            value = 2 * f.log_det + self.freedom * (1 + np.log(2 * np.pi * residual)) + self._constant
            value = value + 2 * f.log_det_x if self.reml else value
        possible = residual > 0
        return np.where(possible, value, -np.inf), np.where(possible, residual, 0.0)

    def __call__(self, theta: np.ndarray) -> float:
        """Criterion at θ."""
        return float(self.profile(theta[None])[0][0])

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Central differences; the criterion is even in each column of Λ, so the boundary is no edge."""
        steps = _STEP * np.eye(len(theta))
        above, below = np.split(self.profile(np.concatenate([theta + steps, theta - steps]))[0], 2)
        with np.errstate(invalid="ignore"):
            return np.asarray((above - below) / (2 * _STEP))


def _minimise(criterion: Criterion) -> np.ndarray:
    """θ of the smallest criterion; begun again from inside wherever it stops on the boundary."""
    theta = criterion.is_diagonal.astype(float)
    if not len(theta):
        return theta
    bounds = [(0.0, None) if d else (None, None) for d in criterion.is_diagonal]

    def descend(start: np.ndarray) -> np.ndarray:
        found = minimize(
            criterion,
            start,
            jac=criterion.gradient,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-15, "gtol": 1e-7, "maxiter": 1000, "maxls": 50},
        )
        return _newton(criterion, np.asarray(found.x, float))

    theta = descend(theta)
    for _ in range(3):
        edge = criterion.is_diagonal & (np.abs(theta) < 0.01)
        if not edge.any():
            break
        # The gradient vanishes at zero whatever lies beyond, so step inside and look again.
        other = descend(np.where(edge, 0.1, theta))
        if not criterion(other) < criterion(theta) - 1e-9:
            break
        theta = other
    for index in np.flatnonzero(criterion.is_diagonal):
        zero = np.where(np.arange(len(theta)) == index, 0.0, theta)
        if abs(theta[index]) < 0.01 and criterion(zero) <= criterion(theta) + 1e-9:
            theta = zero
    return theta


def _newton(criterion: Criterion, theta: np.ndarray) -> np.ndarray:
    """Polish θ by Newton steps on its elements off the boundary, as long as they go downhill."""
    for _ in range(5):
        free = ~(criterion.is_diagonal & (theta <= 0))
        size = 1e-4
        units = size * np.eye(len(theta))[free]
        if not len(units):
            break
        rows = [(criterion.gradient(theta + e) - criterion.gradient(theta - e)) / (2 * size) for e in units]
        hessian = np.array(rows)[:, free]
        values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
        if not values.min() > 1e-8 * max(values.max(), 1.0):
            break
        step = vectors @ ((vectors.T @ criterion.gradient(theta)[free]) / values)
        new = theta.copy()
        new[free] -= step
        new = np.where(criterion.is_diagonal, np.maximum(new, 0.0), new)
        if not criterion(new) <= criterion(theta) + 1e-10:
            break
        theta = new
        if np.abs(step).max() < 1e-9:
            break
    return theta


def _coefficients(
    criterion: Criterion, theta: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
    """β, its covariance and the conditional modes of the effects, in the user's units."""
    sums = criterion.sums
    moments = conditional_moments(criterion.factorised(theta[None]), np.ones(1))
    cov = moments.tail[sums.arrays.crossed :, sums.arrays.crossed :, 0]
    to_user = np.diag(sums.x_scale * sums.y_scale)
    if sums.intercept is not None:
        to_user[sums.intercept] -= sums.centre @ to_user
    effects = tuple(sums.effects(t, moments.mean()[0]) for t in range(len(sums.z_scale)))
    return sums.beta(moments.beta[0]), sigma**2 * to_user @ cov @ to_user.T, effects


def _conditional_sds(sums: Sums, theta: np.ndarray, sigma: float) -> tuple[np.ndarray, ...]:
    """Give standard deviations of the effects given β and the variances, as lme4 has them (``postVar``)."""
    known = replace(sums.arrays, x_normal=np.full(len(sums.x_scale), 1e30))  # β as good as known
    criterion = Criterion(replace(sums, arrays=known), reml=True)
    variances = conditional_moments(criterion.factorised(theta[None]), np.ones(1)).variances(known)
    scales = [sums.y_scale / z for z in sums.z_scale]
    return tuple(sigma * np.sqrt(v) * scale for v, scale in zip(variances, scales, strict=True))


def _correlation(T: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Correlations from Λ; zero with an effect that does not vary."""
    R = T / np.where(sd > 0, sd, 1.0)[:, None]
    correlation = R @ R.T
    np.fill_diagonal(correlation, 1.0)
    return correlation
