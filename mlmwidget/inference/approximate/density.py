"""Laplace's approximation to the log-density of the parameters, the effects integrated out.

Given the parameters θ (standard deviations, correlations, and the family's own), the joint density of the
effects and population-level coefficients is replaced by a Normal one at its mode, with the curvature there::

    log p(y | θ) ≈ ℓ(η̂) − ½ û'û − ½ |v̂ − a|² − log |L|,   LL' = M = I + L_s'C_W L_s,   W = −ℓ''(η̂)

(Tierney and Kadane 1986; b = Tu, and v as in :mod:`mlmwidget.inference.exact.kernel`). Each step of Newton's
method is a weighted Gaussian problem, which the exact engine's kernel solves with its variance set to one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import glm
from mlmwidget.inference.approximate.newton import find_modes, weighted_problem
from mlmwidget.inference.approximate.working import make_working
from mlmwidget.inference.exact.density import Density, draw_from
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

_CHUNK = 2**18
"""Numbers of the sums and rows at some points that are held at a time."""

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
        #: Modes found so far, by parameters, once :meth:`settle` has been called.
        self.known: dict[bytes, Mode] | None = None
        self._steps = 0
        #: Variance of each row's linear predictor around its mode, once it is known, (m,).
        self._scatter: np.ndarray | None = None
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
        """Evaluate points (n, d): log-densities, -inf where there are none, (n,)."""
        modes = self.modes(points)
        if self.known is not None:
            room = int(_MOST_KEPT / self.n_coefficients) - len(self.known)
            self.known |= {mode.point.tobytes(): mode for mode in modes[: max(room, 0)] if mode is not None}
        return np.array([-np.inf if mode is None else mode.log_density for mode in modes])

    def settle(self, point: np.ndarray, reach: np.ndarray) -> None:
        """Expect what follows around a point: guesses come from modes there, and less precision will do.

        Parameters
        ----------
        point
            Parameters, (d,).
        reach
            How far along each of them to look, (d,).
        """
        steps = np.diag(reach)
        middle, *around = self.modes(np.concatenate([point[None], point + steps, point - steps]))
        if middle is None:
            return
        self._reference = here = middle.coefficients
        up, down = np.split(np.array([here if m is None else m.coefficients for m in around]), 2)
        self._path = _Path(point, reach, here, (up - down) / 2, (up + down) / 2 - here)
        self.precision, self.known = ROUGH, {}

    def _guesses(self, points: np.ndarray) -> np.ndarray:
        """Coefficients to begin from, (n, dim): along a parabola through modes found before."""
        path = self._path
        if path is None:
            return np.tile(self._reference, (len(points), 1))
        far = ((points - path.point) / path.reach).clip(-2, 2)
        guesses = path.coefficients + far @ path.slope + far**2 @ path.bend
        eta = self.working.predictor(guesses)
        possible = np.isfinite(self.working.likelihood.values(eta, self._own(points)))
        return np.where(possible[:, None], guesses, path.coefficients)

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate one point (d,) with its gradient (d,) by central differences."""
        steps = _DIFFERENCE * np.eye(len(point))
        here, *around = self.modes(np.concatenate([point[None], point + steps, point - steps]))
        if here is None:
            return -np.inf, np.zeros(len(point))
        self._reference = here.coefficients
        up, down = np.split(np.array([here.log_density if m is None else m.log_density for m in around]), 2)
        return here.log_density, (up - down) / (2 * _DIFFERENCE)

    def mode(self, point: np.ndarray, precision: float | None = None) -> Mode | None:
        """Find the mode of the coefficients at one point (see :meth:`modes`)."""
        return self.modes(point[None], precision)[0]

    def modes(self, points: np.ndarray, precision: float | None = None) -> list[Mode | None]:
        """Find the modes of the coefficients given parameters; None where numbers leave their range.

        Parameters
        ----------
        points
            Parameters, (n, d).
        precision
            What a last step may promise to add to the log-density; the instance's when not given.

        Raises
        ------
        NotApproximableError
            If Newton's method has taken too long by now.
        """
        found: list[Mode | None] = []
        for chunk in self._chunks(len(points)):
            if self._steps > MAX_STEPS:
                raise NotApproximableError(
                    "The likelihood is too irregular for a quick approximation, so there is no preview of "
                    "this model; fit it with PyMC."
                )
            found += self._modes(points[chunk], self.precision if precision is None else precision)
        return found

    def _chunks(self, n: int) -> list[slice]:
        """Take some points at a time, so that their arrays stay in the processor's cache."""
        size = max(1, int(_CHUNK / (self.working.sums.arrays.size + len(self.working.X))))
        return [slice(at, min(at + size, n)) for at in range(0, n, size)]

    def _modes(self, points: np.ndarray, precision: float) -> list[Mode | None]:
        own = self._own(points)
        modes = find_modes(self.working, self._factors(points), own, self._guesses(points), precision)
        self._steps += modes.steps
        s = self.working.sums.arrays
        flat = len(s.x_normal) - s.x_normal.sum()
        log_likelihood = modes.height - modes.log_det + 0.5 * flat * np.log(2 * np.pi)
        # The kernel's priors have one of σ, which is -1 at a σ of one.
        log_priors = log_prior(s, self._kernel_points(points)) + 1.0 + self._log_prior_of_own(points)
        return [
            Mode(point, c, eta, height, value + prior, value) if found else None
            for found, point, c, eta, height, value, prior in zip(
                modes.found, points, modes.coefficients, modes.eta, modes.height.tolist(),
                log_likelihood.tolist(), log_priors.tolist(), strict=True,
            )
        ]  # fmt: skip

    def learn_spread(self, modes: list[Mode], which: np.ndarray, noise: np.ndarray) -> None:
        """Find out from draws how far linear predictors scatter around their modes; see :meth:`draw`."""
        draws, _ = self.draw(modes, which, noise)
        eta = self.working.predictor(draws)
        centre = np.array([mode.eta for mode in modes])[which]
        self._scatter = np.mean((eta - centre) ** 2, axis=0)

    def _towards_mean(self, eta: np.ndarray, own: list[np.ndarray]) -> np.ndarray:
        """Return what slopes at a mode need for a step to lead to the mean: ½ ℓ‴(η) Var(η), (n, m).

        The mean of a skew density is off its mode, to first order by half its third derivatives times the
        variances (Tierney, Kass and Kadane 1989).
        """
        if self._scatter is None:
            return np.zeros_like(eta)
        step = 1e-3 * np.sqrt(self._scatter)
        up, down = (self.working.likelihood.curve(eta + sign * step, own).observed for sign in (1, -1))
        with np.errstate(all="ignore"):
            return np.nan_to_num(-0.25 * (up - down) / step * self._scatter, posinf=0.0, neginf=0.0)

    def draw(self, modes: list[Mode], which: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Draw from Normal approximations: a mode's curvature, around the mean once the spread is known.

        Parameters
        ----------
        modes
            The modes.
        which
            The mode that each draw is made at, ascending, (n,).
        noise
            Standard Normal numbers, (n, dim).

        Returns
        -------
        coefficients, log_ratios
            The draws, (n, dim), and the logarithms of the true joint density over the approximate one, (n,).
        """
        draws, log_ratios = np.empty_like(noise), np.empty(len(noise))
        for chunk in self._chunks(len(modes)):
            some = modes[chunk]
            points, eta = np.array([m.point for m in some]), np.array([m.eta for m in some])
            own = self._own(points)
            curve = self.working.likelihood.curve(eta, own)
            curve = replace(curve, slope=curve.slope + self._towards_mean(eta, own))
            f = weighted_problem(self.working, self._factors(points), eta, curve)
            rows = slice(*np.searchsorted(which, [chunk.start, chunk.stop]))
            for part in self._chunks(rows.stop - rows.start):
                at = slice(rows.start + part.start, rows.start + part.stop)
                each = which[at] - chunk.start
                with np.errstate(all="ignore"):
                    draws[at] = draw_from(f.repeated(each), noise[at])
                heights = self._heights(points[each], draws[at])
                log_ratios[at] = heights - np.array([m.height for m in some])[each]
        return draws, log_ratios + 0.5 * (noise**2).sum(axis=1)

    def _heights(self, points: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Log joint density of coefficients (n, dim) at points (n, d), on the scale of ``Mode.height``."""
        white = self.working.whiten(coefficients, self._factors(points))
        values = self.working.likelihood.values(self.working.predictor(coefficients), self._own(points))
        return values - 0.5 * (white**2).sum(axis=1)

    def _own(self, points: np.ndarray) -> list[np.ndarray]:
        """Return the family's own parameters, each (n, 1)."""
        with np.errstate(all="ignore"):
            return list(np.exp(points[:, self._covariances :]).T[:, :, None])

    def _kernel_points(self, points: np.ndarray) -> np.ndarray:
        return np.hstack([points[:, : self._covariances], np.zeros((len(points), 1))])

    def _factors(self, points: np.ndarray) -> list[np.ndarray]:
        """Cholesky factors of the factors' covariances, each (q, q, n)."""
        with np.errstate(all="ignore"):  # what overflows has no mode
            return scaled_factors(self.working.sums.arrays, self._kernel_points(points))

    def _log_prior_of_own(self, points: np.ndarray) -> np.ndarray:
        """Log prior densities of the logarithms of σ and shape, (n,)."""
        value = np.zeros(len(points))
        for name, log_own in zip(self.own, points[:, self._covariances :].T, strict=True):
            if name == "sigma":
                mean = self._own_scale(name, float(self._priors.sigma_mean or 1.0))
            else:
                mean = float(self._priors.shape_mean or 1.0)
            if name == "shape" and self._frame.spec.family == "student":
                rate = 2.0 / mean
                value += 2.0 * (np.log(rate) + log_own) - rate * np.exp(log_own)
            else:
                value += log_own - np.log(mean) - np.exp(log_own) / mean
        return value

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
