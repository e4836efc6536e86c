"""The log-density of one model's parameters, as an object that samplers and optimisers call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mlmwidget.inference.exact.kernel import Factorised, coefficients, factorise
from mlmwidget.inference.exact.moments import Moments, conditional_moments
from mlmwidget.inference.exact.parameters import chain_rule, log_prior, scaled_factors
from mlmwidget.inference.exact.structure import Structure
from mlmwidget.inference.nuts import Cancelled

_CHUNK = 2**17
"""Numbers of the factorisations that are held at a time: they stay in the processor's cache."""

_WORTH_A_THREAD = 1e7
"""Operations below which a second thread costs more than it saves."""

_SMALL = 1e5
"""Operations up to which differences of values, evaluated all at once, take less time than moments."""

_STEP = 1e-5


class Density:
    """Log posterior density of the unconstrained parameters of one model.

    Parameters
    ----------
    structure
        The model's sums.
    cancelled
        Asked at every evaluation, from any thread: once it says yes, that raises
        :class:`~mlmwidget.inference.nuts.Cancelled`.
    """

    def __init__(self, structure: Structure, cancelled: Callable[[], bool] = lambda: False):
        self.structure = structure
        self.cancelled = cancelled
        self.size = structure.n_parameters
        self.cost = structure.cost
        kinds: list[int] = []
        for term in structure.terms:
            kinds += [0] * term.size + [1] * (term.n_parameters - term.size)
        #: Which parameters are logarithms of the effects' standard deviations, (d,).
        self.is_log_sd = np.array([*kinds, 2]) == 0
        #: Which are inverse hyperbolic tangents of partial correlations, (d,).
        self.is_correlation = np.array([*kinds, 2]) == 1
        self._keep: tuple[int, int, np.random.Generator] | None = None
        self._kept: dict[bytes, np.ndarray] = {}

    def start(self) -> np.ndarray:
        """Where to begin: half of the residual variance in the effects, no correlation, (d,)."""
        s = self.structure
        spread = 0.5 * np.log(0.5 * s.c0 / s.n_rows)
        start = np.where(self.is_log_sd, spread - 0.5 * np.log(max(self.is_log_sd.sum(), 1)), 0.0)
        start[-1] = spread
        return start

    def factorised(self, points: np.ndarray) -> Factorised:
        """Factorise at some points (n, d), all at once."""
        if self.cancelled():
            raise Cancelled
        with np.errstate(all="ignore"):  # what overflows has no density
            return factorise(self.structure, scaled_factors(self.structure, points), points[:, -1])

    def keep_draws(self, each: int, width: int, rng: np.random.Generator) -> None:
        """From now on make draws of the coefficients wherever the density is evaluated, for :meth:`draw`.

        Parameters
        ----------
        each
            Number of draws at each point.
        width
            All coefficients, or p for those of X only.
        rng
            Random generator.
        """
        self._keep = each, width, rng

    def values(self, points: np.ndarray) -> np.ndarray:
        """Evaluate points (n, d): log-densities, (n,)."""
        values = np.empty(len(points))
        each, width, rng = self._keep or (0, 0, np.random.default_rng(0))
        kept = rng.standard_normal((len(points), each, width))

        def evaluate(chunk: slice) -> None:
            f = self.factorised(points[chunk])
            values[chunk] = self._value(f, points[chunk])
            for i, row in enumerate(range(chunk.start, chunk.stop) if each else ()):
                kept[row] = draw_from(f.repeated(np.full(each, i)), kept[row])

        self._in_chunks(len(points), evaluate)
        if each:
            self._kept |= {point.tobytes(): draws for point, draws in zip(points, kept, strict=True)}
        return values

    def _value(self, f: Factorised, points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            value = f.log_likelihood(points[:, -1]) + log_prior(self.structure, points)
        return np.where(np.isfinite(value), value, -np.inf)

    def _in_chunks(self, n: int, work: Callable[[slice], None]) -> None:
        """Do the work for n points, some at a time; that of large models in two threads."""
        size = int(np.clip(_CHUNK // self.structure.size, 1, max(n, 1)))
        chunks = [slice(at, min(at + size, n)) for at in range(0, n, size)]
        if len(chunks) < 2 or self.cost * n < _WORTH_A_THREAD:
            for chunk in chunks:
                work(chunk)
            return
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, chunks))

    def values_and_gradients(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Evaluate points (n, d) with their gradients (n, d), which are zero where the density is."""
        values, gradients = np.empty(len(points)), np.zeros_like(points)

        def evaluate(chunk: slice) -> None:
            f = self.factorised(points[chunk])
            values[chunk] = self._value(f, points[chunk])
            if np.isfinite(values[chunk]).any():
                found = conditional_moments(f, np.exp(-2 * points[chunk, -1]))
                gradients[chunk] = chain_rule(self.structure, points[chunk], found.G, found.log_sigma)

        self._in_chunks(len(points), evaluate)
        gradients[~np.isfinite(values)] = 0.0
        return values, gradients

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate one point (d,) with its gradient (d,); that of a small model is of central differences."""
        if self.cost > _SMALL:
            (value,), (gradient,) = self.values_and_gradients(point[None])
            return float(value), gradient
        steps = _STEP * np.eye(len(point))
        values = self.values(np.concatenate([point[None], point + steps, point - steps]))
        if not np.isfinite(values).all():
            return -np.inf, np.zeros(len(point))
        above, below = np.split(values[1:], 2)
        return float(values[0]), (above - below) / (2 * _STEP)

    def moments(self, point: np.ndarray) -> Moments:
        """Conditional moments of the coefficients at one point, (d,)."""
        return conditional_moments(self.factorised(point[None]), np.exp(-2 * point[-1:]))

    def draw(self, points: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Draw scaled coefficients given points (n, d) from standard Normal noise, (n, dim) or (n, p).

        Draws that were kept for a point come first; its noise is not used then.
        """
        draws = np.empty_like(noise)
        order = np.lexsort(points.T)  # equal points side by side share a factorisation
        if self._kept:
            order = self._hand_out(points, order, draws)
        first = _firsts(points[order])
        sizes = np.diff(np.r_[first, len(order)])

        def draw(chunk: slice) -> None:
            here = sizes[chunk]
            at = first[chunk.start]
            rows = order[at : at + here.sum()]
            f = self.factorised(points[order[first[chunk]]])
            draws[rows] = draw_from(f.repeated(np.repeat(np.arange(len(here)), here)), noise[rows])

        self._in_chunks(len(first), draw)
        return draws

    def _hand_out(self, points: np.ndarray, order: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """Give rows of `draws` those that were kept for their points; which are left of `order`."""
        left = [order[:0]]
        for same in np.split(order, _firsts(points[order])[1:]):
            kept = self._kept.get(points[same[0]].tobytes(), draws[:0])[: len(same)]
            draws[same[: len(kept)]] = kept
            left.append(same[len(kept) :])
        return np.concatenate(left)


def _firsts(ordered: np.ndarray) -> np.ndarray:
    """Where rows (n, d) begin that differ from the one before."""
    new = np.ones(len(ordered), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.flatnonzero(new)


def draw_from(f: Factorised, noise: np.ndarray) -> np.ndarray:
    """Turn standard Normal noise into scaled coefficients, L_s L⁻ᵀ(w + noise).

    Parameters
    ----------
    f
        A factorisation at one point, or at as many as there are draws.
    noise
        Shape (n, dim), or (n, p) for the coefficients of X only.
    """
    s, n = f.structure, len(noise)
    if noise.shape[1] == s.p < s.dim:
        tail = np.hstack([np.zeros((n, s.crossed)), noise])
        return coefficients(f, tail)[2]
    first = s.start[len(s.heads)]
    heads = [
        noise[:, s.places(i)].reshape(n, s.levels[i], s.columns[i]).transpose(2, 1, 0)
        for i in range(len(s.heads))
    ]
    _, b, v = coefficients(f, noise[:, first:], heads)
    return np.hstack([*(x.transpose(2, 1, 0).reshape(n, -1) for x in b), v])
