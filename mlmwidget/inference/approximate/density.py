"""Laplace's approximation to the log-density of the parameters, the effects integrated out.

Given the parameters θ (standard deviations, correlations, and the family's own), the joint density of the
effects and population-level coefficients is replaced by a Normal one at its mode, with the curvature there::

    log p(y | θ) ≈ ℓ(η̂) − ½ û'û − ½ |v̂ − a|² − log |L|,   LL' = M = I + L_s'C_W L_s,   W = −ℓ''(η̂)

(Tierney and Kadane 1986; b = Tu, and v as in :mod:`mlmwidget.inference.exact.kernel`). Each step of Newton's
method is a weighted Gaussian problem, which the exact engine's kernel solves with its variance set to one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import glm
from mlmwidget.inference.approximate.likelihood import Curve
from mlmwidget.inference.approximate.working import make_working
from mlmwidget.inference.exact.density import Density, draw_from
from mlmwidget.inference.exact.kernel import factorise
from mlmwidget.inference.exact.parameters import log_prior, scaled_factors
from mlmwidget.model.families import WITH_SHAPE, WITH_SIGMA
from mlmwidget.model.links import LINKS
from mlmwidget.model.priors import Priors

PRECISE = 1e-10
"""Newton's method stops when a step promises to raise the log-density by less."""

ROUGH = 1e-5
"""The same for points that are only weighted: what is neglected then is some 1e-4 of a log-density."""

_MOST_KEPT = 2e7
"""Coefficients of modes that are kept at most; 160 MB, twice that with their linear predictors."""

MAX_STEPS = 8000
"""Steps of Newton's method in one fit; most need 2000."""

_STEPS = 60
_HALVINGS = 30
_DIFFERENCE = 1e-3
"""Step of central differences: errors of 1e-6 in the gradient of a log-density."""


class NotApproximableError(ValueError):
    """Laplace's approximation cannot be made for this model; the message says why."""


@dataclass(frozen=True, eq=False)
class Mode:
    """Where the joint density of the coefficients is largest, given the parameters.

    Parameters
    ----------
    point
        The parameters, shape (d,).
    coefficients
        In the exact engine's units, shape (dim,).
    eta
        Linear predictor there, shape (m,).
    height
        Log-likelihood and log prior density of the coefficients there, without constants.
    log_density
        Laplace's approximation, with the priors of the parameters.
    log_likelihood
        The same without the priors of the parameters.
    """

    point: np.ndarray
    coefficients: np.ndarray
    eta: np.ndarray
    height: float
    log_density: float
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class _Path:
    """How the mode of the coefficients moves with each parameter: slope and bend, (d, dim), per reach."""

    point: np.ndarray
    reach: np.ndarray
    coefficients: np.ndarray
    slope: np.ndarray
    bend: np.ndarray


class Approximation:
    """Approximate log posterior density of the unconstrained parameters of one model.

    The parameters are those of :mod:`mlmwidget.inference.exact.parameters` (log standard deviations and
    correlations), then log σ and the logarithm of the shape where the family has them.

    Parameters
    ----------
    frame, priors
        The model.

    Raises
    ------
    NotApproximableError
        If no linear predictor can be found that the family allows.
    """

    def __init__(self, frame: ModelFrame, priors: Priors):
        self._frame = frame
        self._priors = priors
        #: Unit of the response and of the linear predictor.
        self.scale = _scale(frame)
        self.working = make_working(frame, priors, self.scale)
        self._kernel = Density(self.working.sums.arrays)
        self._covariances = self._kernel.size - 1
        family = frame.spec.family
        own = [*(["sigma"] if family in WITH_SIGMA else []), *(["shape"] if family in WITH_SHAPE else [])]
        #: The family's own parameters: ``"sigma"``, ``"shape"``, both or none.
        self.own = tuple(own)
        self.size = self._covariances + len(own)
        nothing = np.zeros(len(own), bool)
        #: Which parameters are logarithms of the effects' standard deviations, (d,).
        self.is_log_sd = np.r_[self._kernel.is_log_sd[:-1], nothing]
        #: Which are inverse hyperbolic tangents of partial correlations, (d,).
        self.is_correlation = np.r_[self._kernel.is_correlation[:-1], nothing]
        #: Number of effects and population-level coefficients.
        self.n_coefficients = self.working.sums.arrays.dim
        #: What the last step of Newton's method may promise to add to the log-density.
        self.precision = PRECISE
        #: Steps of Newton's method so far.
        self.steps = 0
        #: Modes found so far, by parameters, once :meth:`settle` has been called.
        self.modes: dict[bytes, Mode] | None = None
        self._reference = self._first_coefficients()
        self._path: _Path | None = None

    @property
    def cost(self) -> float:
        """Operations of one evaluation, roughly."""
        width = 10 + self.working.X.shape[1] + self.working.Z.shape[1]
        return 3 * (self._kernel.cost + 10.0 * len(self.working.X) * width)

    def start(self) -> np.ndarray:
        """Where to begin: half of the prior means, no correlation, (d,)."""
        s = self.working.sums.arrays
        start = np.zeros(self.size)
        start[self.is_log_sd] = np.log(0.5 * np.concatenate([np.empty(0), *(t.sd_means for t in s.terms)]))
        for i, name in enumerate(self.own):
            mean = self._priors.sigma_mean if name == "sigma" else self._priors.shape_mean
            start[self._covariances + i] = np.log(0.5 * self._own_scale(name, float(mean or 1.0)))
        return start

    def own_values(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return the family's own parameters in the user's units, each (n,), from points (n, d)."""
        values = np.exp(points[:, self._covariances :]).T
        return {n: v * (self.scale if n == "sigma" else 1.0) for n, v in zip(self.own, values, strict=True)}

    def values(self, points: np.ndarray) -> np.ndarray:
        """Evaluate points (n, d): log-densities, (n,)."""
        return np.array([self.value(point) for point in points])

    def value(self, point: np.ndarray) -> float:
        """Log-density of one point, -inf where there is none."""
        mode = self.mode(point)
        if mode is not None and self.modes is not None and len(self.modes) * self.n_coefficients < _MOST_KEPT:
            self.modes[point.tobytes()] = mode
        return -np.inf if mode is None else mode.log_density

    def settle(self, point: np.ndarray, reach: np.ndarray) -> None:
        """Expect what follows around a point: guesses come from modes there, and less precision will do.

        Parameters
        ----------
        point
            Parameters, (d,).
        reach
            How far along each of them to look, (d,).
        """
        modes = [[self.mode(point + sign * step) for step in np.diag(reach)] for sign in (1, -1)]
        middle = self.mode(point)
        if middle is None:
            return
        self._reference = here = middle.coefficients
        up, down = (np.array([here if m is None else m.coefficients for m in side]) for side in modes)
        self._path = _Path(point, reach, here, (up - down) / 2, (up + down) / 2 - here)
        self.precision, self.modes = ROUGH, {}

    def guess(self, point: np.ndarray) -> np.ndarray:
        """Coefficients to begin from, (dim,): along a parabola through modes found before."""
        path = self._path
        if path is None:
            return self._reference
        far = ((point - path.point) / path.reach).clip(-2, 2)
        return path.coefficients + far @ path.slope + far**2 @ path.bend

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate one point (d,) with its gradient (d,) by central differences."""
        mode = self.mode(point)
        if mode is None:
            return -np.inf, np.zeros(len(point))
        self._reference = mode.coefficients
        steps = _DIFFERENCE * np.eye(len(point))
        slopes = [(self.value(point + e) - self.value(point - e)) / (2 * _DIFFERENCE) for e in steps]
        return mode.log_density, np.nan_to_num(np.array(slopes), posinf=0.0, neginf=0.0)

    def mode(
        self, point: np.ndarray, start: np.ndarray | None = None, precision: float | None = None
    ) -> Mode | None:
        """Find the mode of the coefficients given the parameters; None where numbers leave their range.

        Parameters
        ----------
        point
            Parameters, (d,).
        start
            Coefficients to begin from, (dim,); a guess from modes found before when not given.
        precision
            What a last step may promise to add to the log-density; the instance's when not given.
        """
        T = self._factors(point)
        own = np.exp(point[self._covariances :]).tolist()
        rounding = 1e-15 * abs(self.working.likelihood.constant)
        precision = rounding + (self.precision if precision is None else precision)
        if self.steps > MAX_STEPS:
            raise NotApproximableError(
                "The likelihood is too irregular for a quick approximation, so there is no preview of this "
                "model; fit it with PyMC."
            )
        here = self.guess(point) if start is None else start
        eta = self.working.predictor(here)
        curve = self.working.likelihood.curve(eta, own)
        if not np.isfinite(curve.value):  # a guess can be a predictor that the family does not allow
            here = self._reference
            eta = self.working.predictor(here)
            curve = self.working.likelihood.curve(eta, own)
        height: float | None = None
        for _ in range(_STEPS):
            solved = self._solve(T, eta, curve, np.zeros((1, self.n_coefficients)))
            if solved is None:
                return None
            (candidate,), log_det = solved
            white, aimed = (self.working.whiten(c, T) for c in (here, candidate))
            if height is None:
                height = curve.value - 0.5 * float(white @ white)
            step = self.working.predictor(candidate) - eta
            promise = 0.5 * float(curve.observed @ step**2 + ((aimed - white) ** 2).sum())
            length = 1.0
            for _ in range(_HALVINGS):
                now = white + length * (aimed - white)
                self.steps += 1
                curve = self.working.likelihood.curve(eta + length * step, own)
                reached = curve.value - 0.5 * float(now @ now)
                if np.isfinite(reached) and reached >= height - 1e-9 * (1 + abs(height)) - rounding:
                    break
                length *= 0.5
            else:
                return self._finished(point, here, eta, height, log_det) if promise < 1e-4 else None
            here = here + length * (candidate - here)
            eta = eta + length * step
            height = reached
            if length == 1.0 and abs(promise) < precision:
                return self._finished(point, here, eta, height, log_det)
        return None

    def _solve(
        self, T: list[np.ndarray], eta: np.ndarray, curve: Curve, noise: np.ndarray
    ) -> tuple[np.ndarray, float] | None:
        """One step: where it leads with noise added, (n, dim), and log |L|.

        None where numbers leave their range.

        The expected curvature, which is positive, takes the observed one's place where that has no maximum.
        """
        for weight in (curve.observed, curve.expected):
            if not np.isfinite(weight).all() or not np.isfinite(curve.slope).all():
                continue
            f = factorise(self.working.weighed(eta, curve.slope, weight), T, np.zeros(1))
            log_det = float(f.log_det[0] + f.log_det_x[0])
            if np.isfinite(log_det):
                draws = draw_from(f, noise)
                if np.isfinite(draws).all():
                    return draws, log_det
        return None

    def _finished(
        self, point: np.ndarray, here: np.ndarray, eta: np.ndarray, height: float, log_det: float
    ) -> Mode:
        s = self.working.sums.arrays
        flat = len(s.x_normal) - s.x_normal.sum()
        # The kernel's priors have one of σ, which is -1 at a σ of one.
        log_priors = float(log_prior(s, self._kernel_point(point))[0]) + 1.0 + self._log_prior_of_own(point)
        log_likelihood = height - log_det + 0.5 * flat * np.log(2 * np.pi)
        return Mode(point, here, eta, height, float(log_likelihood + log_priors), float(log_likelihood))

    def draw(self, mode: Mode, noise: np.ndarray) -> np.ndarray:
        """Draw coefficients from the Normal approximation at a mode, from standard Normal noise (n, dim)."""
        curve = self.working.likelihood.curve(mode.eta, np.exp(mode.point[self._covariances :]).tolist())
        solved = self._solve(self._factors(mode.point), mode.eta, curve, noise)
        return np.tile(mode.coefficients, (len(noise), 1)) if solved is None else solved[0]

    def heights(self, mode: Mode, coefficients: np.ndarray) -> np.ndarray:
        """Log joint density of coefficients (n, dim), on the scale of ``Mode.height``, (n,)."""
        own = np.exp(mode.point[self._covariances :]).tolist()
        white = self.working.whiten(coefficients, self._factors(mode.point))
        at_once = max(1, int(_MOST_KEPT / 10 / len(self.working.X)))
        parts = np.array_split(coefficients, -(-len(coefficients) // at_once))
        values = [self.working.likelihood.values(self.working.predictor(part), own) for part in parts]
        return np.concatenate(values) - 0.5 * (white**2).sum(axis=-1)

    def _kernel_point(self, point: np.ndarray) -> np.ndarray:
        return np.append(point[: self._covariances], 0.0)[None]

    def _factors(self, point: np.ndarray) -> list[np.ndarray]:
        """Cholesky factors of the factors' covariances, each (q, q, 1)."""
        return scaled_factors(self.working.sums.arrays, self._kernel_point(point))

    def _log_prior_of_own(self, point: np.ndarray) -> float:
        """Log prior density of the logarithms of σ and shape."""
        value = 0.0
        for name, log_own in zip(self.own, point[self._covariances :].tolist(), strict=True):
            if name == "sigma":
                mean = self._own_scale(name, float(self._priors.sigma_mean or 1.0))
            else:
                mean = float(self._priors.shape_mean or 1.0)
            own = np.exp(log_own)
            if name == "shape" and self._frame.spec.family == "student":
                rate = 2.0 / mean
                value += 2.0 * np.log(rate) - gammaln(2.0) + 2.0 * log_own - rate * own
            else:
                value += log_own - np.log(mean) - own / mean
        return float(value)

    def _own_scale(self, name: str, value: float) -> float:
        return value / self.scale if name == "sigma" else value

    def _first_coefficients(self) -> np.ndarray:
        """Coefficients of a linear predictor that the family allows: constant, or nearest to the response."""
        s, working = self.working.sums.arrays, self.working
        p = len(s.x_shift)
        own = np.exp(self.start()[self._covariances :]).tolist()
        with np.errstate(all="ignore"):
            wanted = np.nan_to_num(glm.start(self._frame) - self._frame.offset) / self.scale
            X = (self._frame.X - self.working.sums.centre) * self.working.sums.x_scale
            constant = np.full(self._frame.n, _typical(self._frame) / self.scale)
            for target in (constant, wanted):
                found = np.zeros(self.n_coefficients)
                if p:
                    found[self.n_coefficients - p :] = np.linalg.lstsq(X, target, rcond=1e-10)[0]
                if np.isfinite(working.likelihood.values(working.predictor(found), own)):
                    return found
        raise NotApproximableError(
            f"With the {self._frame.spec.link} link no starting values keep the means of all rows possible, "
            "so there is no preview of this model; fit it with PyMC, or use another link."
        )


def _scale(frame: ModelFrame) -> float:
    """Return the unit of a response that may have any magnitude; 1 where the link would not bear one."""
    if frame.spec.family != "student" or frame.spec.link != "identity":
        return 1.0
    size = float(np.abs(frame.y).max(initial=0.0)) or 1.0
    return float(np.std(frame.y / size)) * size or 1.0


def _typical(frame: ModelFrame) -> float:
    """Linear predictor of the mean response, moved off its bounds."""
    y = np.asarray(frame.y, float)
    if frame.spec.family in ("bernoulli", "binomial"):
        trials = np.ones(frame.n) if frame.trials is None else np.asarray(frame.trials, float)
        mean = (y.sum() + 0.5) / (trials.sum() + 1.0)
    else:
        mean = y.mean() or 0.1
    return float(LINKS[frame.spec.link].link(np.array(mean))) - float(frame.offset.mean())
