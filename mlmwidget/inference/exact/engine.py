"""The exact engine: posteriors of Gaussian multilevel models without touching the rows twice.

The group effects and the population effects are integrated out in closed form (:mod:`.kernel`), so that only
standard deviations and correlations are sampled, by importance sampling around the mode or, where that does
not hold, by NUTS on the same density. Effects are then drawn from their exact conditional distribution.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors
from mlmwidget.problems import DataError, Problem

if TYPE_CHECKING:
    from mlmwidget.inference.exact.density import Density
    from mlmwidget.inference.exact.sums import Sums

MAX_CROSSED = 1500
"""Effects of crossed factors, the smaller ones together, that a dense factorisation can still take."""

MAX_EFFECT_DRAWS = 4e8
"""Numbers (draws × group effects) that are held at most; 3 GB."""

MAX_PARETO_K = 0.7
"""Shape of the importance weights' tail above which they do not hold (Vehtari et al. 2024)."""

MIN_ESS = 400
"""Effective draws below which importance sampling gives way to NUTS."""

_OPERATIONS = 1e8
"""What importance sampling may cost, which sets the number of proposals of large models."""


class NotExactError(ValueError):
    """The exact engine cannot vouch for this posterior; the message says why, PyMC's NUTS can take over."""


def supports(frame: ModelFrame) -> str | None:
    """Why the exact engine cannot fit a model, as a sentence; None if it can.

    Parameters
    ----------
    frame
        The model frame.
    """
    spec = frame.spec
    if spec.family != "gaussian":
        return f"The exact engine is for Gaussian models; this one is {spec.family}."
    if spec.link != "identity":
        return f"The exact engine needs the identity link; this model has the {spec.link} link."
    from mlmwidget.inference.exact.layout import crossed_effects

    crossed = crossed_effects(frame)
    if crossed > MAX_CROSSED:
        return (
            f"The crossed grouping factors have {crossed:,} effects beside those of the largest one; "
            f"the exact engine stops at {MAX_CROSSED:,}."
        )
    return None


def sample(
    frame: ModelFrame,
    priors: Priors,
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | None = None,
    effects: bool = True,
) -> Draws:
    """Draw from the posterior of a Gaussian multilevel model.

    Parameters
    ----------
    frame
        The model frame.
    priors
        Priors in data units; an infinite ``beta_sd`` makes a coefficient's prior flat.
    draws, chains
        Draws per chain, and chains. The draws are equally weighted.
    random_seed
        Seed; the same seed gives the same draws.
    effects
        Whether to draw the group effects too; without them nothing of size groups × draws is held.

    Raises
    ------
    DataError
        If the posterior does not exist, for example because the groups leave nothing to the residual.
    NotExactError
        If neither importance sampling nor NUTS passes its diagnostics.
    """
    from mlmwidget.inference.exact.density import Density
    from mlmwidget.inference.exact.sums import make_sums

    started = perf_counter()
    reason = supports(frame)
    if reason is not None:
        raise NotExactError(reason)
    size = draws * chains * sum(len(g.levels) * g.Z.shape[1] for g in frame.groups)
    if effects and size > MAX_EFFECT_DRAWS:
        raise NotExactError(
            f"{draws * chains:,} draws of all group effects are {size:,} numbers, more than fit in memory; "
            "take fewer draws."
        )
    sums = make_sums(frame, priors)
    density = Density(sums.arrays)
    _check_proper(density, frame)
    rng = np.random.default_rng(random_seed)
    points, stats, facts = _sample_parameters(density, draws, chains, rng)
    beta, groups = _draw_coefficients(sums, density, points, rng, effects)
    shape = (chains, draws)
    sds, cors = covariance_parameters(sums, points)
    facts["seconds"] = perf_counter() - started
    return Draws(
        beta=beta.reshape(*shape, -1),
        sd=tuple(sd.reshape(*shape, -1) for sd in sds),
        cor=tuple(None if c is None else c.reshape(*shape, *c.shape[1:]) for c in cors),
        effects=tuple(None if g is None else g.reshape(*shape, *g.shape[1:]) for g in groups),
        sigma=(np.exp(points[:, -1]) * sums.y_scale).reshape(shape),
        stats=stats,
        attributes=facts,
    )


def _sample_parameters(
    density: Density, draws: int, chains: int, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, Any]]:
    """Equally weighted points, chain by chain, (chains · draws, d); sampler statistics; facts of the run."""
    from mlmwidget.inference.exact.importance import importance_sample, resample
    from mlmwidget.inference.exact.laplace import curvature, find_mode
    from mlmwidget.inference.exact.proposal import first_proposal

    n = chains * draws
    start = density.start()
    mode = find_mode(density.value_and_gradient, start)
    if mode is not None:
        proposals = int(np.clip(_OPERATIONS / density.cost, MIN_ESS * 1.25, max(n, 4000)))
        spread = curvature(density.value_and_gradient, mode)
        first = first_proposal(mode, spread, density.is_log_sd, density.is_correlation)
        found = importance_sample(density.values, first, proposals, rng)
        if found.pareto_k <= MAX_PARETO_K and found.ess >= MIN_ESS:
            facts = {
                "engine": "exact: importance sampling",
                "pareto_k": found.pareto_k,
                "ess": found.ess,
                "proposals": len(found.points),
            }
            return found.points[rng.permutation(resample(found, n, rng))], {}, facts
        start = found.mean() if np.isfinite(found.ess) else mode
    from mlmwidget.inference.exact.nuts import nuts

    seed = int(rng.integers(2**31))
    points, stats, complaint = nuts(density, start, draws, chains, seed)
    if complaint is not None:
        raise NotExactError(
            f"The exact engine cannot vouch for this posterior: importance sampling does not hold, and with "
            f"NUTS {complaint}. Fit it with PyMC (method “pymc”)."
        )
    return points.reshape(n, -1), stats, {"engine": "exact: NUTS"}


def _check_proper(density: Density, frame: ModelFrame) -> None:
    """Refuse data that the effects reproduce exactly with rows to spare: σ → 0 has infinite density there.

    Seen from σ = 1e-5 and 1e-6, log |M| grows with the rank of [Z X], c₀/σ² − w'w with the residual.
    """
    s = density.structure
    sigmas = np.array([1e-5, 1e-6])
    log_dets, residuals = [], []
    for sigma in sigmas:
        point = np.zeros(density.size)
        point[-1] = np.log(sigma)
        density.values(point[None])
        totals = density.workspace.totals
        log_dets.append(totals[0] + totals[1])
        residuals.append(totals[2] * sigma**2)
    rank = round((log_dets[1] - log_dets[0]) / np.log(sigmas[0] / sigmas[1]))
    if (residuals[1] < 1e-9 * s.c0 or s.c0 < 1e-24 * s.n_rows) and rank < s.n_rows:
        raise DataError(
            Problem(
                "error",
                "no-residual",
                f"The groups and predictors reproduce “{frame.y_name}” exactly, which leaves no residual "
                "variation to estimate; take terms out of the model.",
            )
        )


def covariance_parameters(sums: Sums, points: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """Return standard deviations (n, k) (user's units) and correlations (n, k, k) of each group design."""
    s = sums.arrays
    sds: list[np.ndarray] = []
    cors: list[np.ndarray | None] = []
    at = 0
    for term, (_, _, k, correlated) in enumerate(s.terms.tolist()):
        sds.append(sums.sd(term, np.exp(points[:, at : at + k])))
        at += k
        if not correlated:
            cors.append(None)
            continue
        R = np.zeros((len(points), k, k))
        for i in range(k):
            remaining = np.ones(len(points))
            for j in range(i):
                R[:, i, j] = np.tanh(points[:, at]) * remaining
                remaining = remaining / np.cosh(points[:, at])
                at += 1
            R[:, i, i] = remaining
        cors.append(R @ R.transpose(0, 2, 1))
    return sds, cors


def _draw_coefficients(
    sums: Sums, density: Density, points: np.ndarray, rng: np.random.Generator, effects: bool
) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Exact draws of β (n, p) and of each design's effects (n, J, k), given the points."""
    p = len(sums.x_scale)
    width = len(sums.arrays.k) if effects else p
    out = density.draw(points, rng.standard_normal((len(points), width)))
    beta = sums.beta(out[:, width - p :])
    terms = range(len(sums.z_scale))
    return beta, [sums.effects(term, out) if effects else None for term in terms]
