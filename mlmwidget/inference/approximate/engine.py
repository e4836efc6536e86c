"""The approximate engine: a preview of the posterior for models that the exact engine cannot fit.

1. Laplace's approximation gives a density of the few parameters that are left without the effects
   (:mod:`.density`); they are drawn by importance sampling, as in the exact engine.
2. At each point, effects and population-level coefficients come from a Normal approximation: the curvature at
   their mode, around a mean that is corrected for skewness.
3. Each draw is weighted by the ratio of the true joint density to the approximate one. Where these weights
   hold (Pareto k̂), they correct the draws, and what is left of the error is that of the simulation. Where
   they do not, which is usual with hundreds of small groups, the draws stay as they are.

Either way the fit says that it is approximate: the result that counts is PyMC's.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.approximate.density import Approximation, NotApproximableError
from mlmwidget.inference.approximate.limits import supports
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors

MAX_EFFECT_DRAWS = 4e8
"""Numbers (draws × group effects) that are held at most; 3 GB."""

MAX_PARETO_K = 0.7
"""Shape of the importance weights' tail above which they do not hold (Vehtari et al. 2024)."""

MIN_SHARE = 0.2
"""Effective share of the draws below which weights would trade too much noise for the correction."""

PROPOSALS = {1: 120, 2: 200}
"""Points of the large round for few parameters: each point serves several draws."""

_MOST_PROPOSALS = 300
_FOR_SPREAD = 300
"""Draws, roughly, that the spread of the linear predictors is learnt from."""

_OPERATIONS = 1e9
"""What importance sampling may cost for more than the fewest proposals."""

_OUT_OF_RANGE = "The approximation left the range of numbers; fit the model with PyMC."


def sample(
    frame: ModelFrame,
    priors: Priors,
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | None = None,
) -> Draws:
    """Draw from an approximation to the posterior.

    Parameters
    ----------
    frame
        The model frame.
    priors
        Priors in data units.
    draws, chains
        Draws per chain, and chains. The draws are equally weighted.
    random_seed
        Seed; the same seed gives the same draws.

    Returns
    -------
    Draws
        With the attributes ``approximate`` (true), ``pareto_k`` of the parameters' weights,
        ``joint_pareto_k`` and ``joint_ess`` of the draws' weights, and ``corrected``, whether those
        were used.

    Raises
    ------
    NotApproximableError
        If there is no approximation that could be shown.
    """
    from mlmwidget.inference.exact.blas import single_threaded
    from mlmwidget.inference.exact.engine import covariance_parameters

    started = perf_counter()
    reason = supports(frame)
    if reason is None and draws * chains * _n_effects(frame) > MAX_EFFECT_DRAWS:
        reason = f"{draws * chains:,} draws of all group effects do not fit in memory; take fewer draws."
    if reason is not None:
        raise NotApproximableError(reason)
    rng = np.random.default_rng(random_seed)
    with single_threaded():
        density = Approximation(frame, priors)
        points, facts = _sample_parameters(density, draws * chains, rng)
        points, coefficients = _sample_coefficients(density, points, facts, rng)
    sums, shape = density.working.sums, (chains, draws)
    sds, cors = covariance_parameters(sums, points)
    own = density.own_values(points)
    beta = sums.beta(coefficients[:, coefficients.shape[1] - frame.X.shape[1] :])
    effects = [sums.effects(term, coefficients) for term in range(len(frame.groups))]
    facts["seconds"] = perf_counter() - started
    return Draws(
        beta=beta.reshape(*shape, -1),
        sd=tuple(sd.reshape(*shape, -1) for sd in sds),
        cor=tuple(None if c is None else c.reshape(*shape, *c.shape[1:]) for c in cors),
        effects=tuple(e.reshape(*shape, *e.shape[1:]) for e in effects),
        sigma=own["sigma"].reshape(shape) if "sigma" in own else None,
        shape=own["shape"].reshape(shape) if "shape" in own else None,
        attributes=facts,
    )


def _n_effects(frame: ModelFrame) -> int:
    return sum(len(g.levels) * g.Z.shape[1] for g in frame.groups)


def _sample_parameters(
    density: Approximation, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    """Equally weighted points (n, d), equal ones side by side, and facts of the run."""
    from mlmwidget.inference.exact.importance import effective_size, importance_sample, resample
    from mlmwidget.inference.exact.laplace import find_mode
    from mlmwidget.inference.exact.proposal import first_proposal

    facts: dict[str, Any] = {"engine": "Laplace approximation", "approximate": True}
    if density.size == 0:
        return np.zeros((n, 0)), facts
    mode = find_mode(density.value_and_gradient, density.start())
    if mode is None:
        raise NotApproximableError(
            "The likelihood has no peak that an approximation could be made at, so there is no preview of "
            "this model; fit it with PyMC."
        )
    spread = _spread(density, mode)
    density.settle(mode, np.sqrt(np.diag(spread)).clip(0.05, 0.5))
    first = first_proposal(mode, spread, density.is_log_sd, density.is_correlation)
    found = importance_sample(density.values, first, _n_proposals(density), rng)
    if not np.isfinite(found.log_weights).any():
        raise NotApproximableError(_OUT_OF_RANGE)
    facts |= {"pareto_k": found.pareto_k, "ess": effective_size(found, n), "proposals": len(found.points)}
    return found.points[resample(found, n, rng)], facts


def _n_proposals(density: Approximation) -> int:
    return int(np.clip(_OPERATIONS / density.cost, 60, PROPOSALS.get(density.size, _MOST_PROPOSALS)))


def _spread(density: Approximation, mode: np.ndarray) -> np.ndarray:
    """Inverse of minus the Hessian at the mode by second differences, (d, d)."""
    from mlmwidget.inference.exact.laplace import bounded_inverse

    step, d = 0.05, len(mode)
    steps = step * np.eye(d)
    first, second = np.tril_indices(d, -1)
    moves = np.concatenate([np.zeros((1, d)), steps, steps[first] + steps[second]])
    up, down = (density.values(mode + sign * moves) for sign in (1, -1))
    both = 0.5 * (up + down).clip(2 * up[0] - 1e3) - up[0]  # even a cliff has a slope
    alone, together = both[1 : d + 1], both[d + 1 :]
    hessian = np.diag(2 * alone)
    hessian[first, second] = hessian[second, first] = together - alone[first] - alone[second]
    return bounded_inverse(-hessian / step**2)


def _sample_coefficients(
    density: Approximation, points: np.ndarray, facts: dict[str, Any], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points and coefficients (n, dim), corrected where the joint weights hold, in random order."""
    from mlmwidget.inference.exact.importance import Sample, resample
    from mlmwidget.inference.exact.psis import smooth

    n = len(points)
    noise = rng.standard_normal((n, density.n_coefficients))
    new = np.r_[True, (points[1:] != points[:-1]).any(axis=1)]
    distinct, known = points[new], density.known or {}
    left = [point for point in distinct if point.tobytes() not in known]
    made = density.modes(np.array(left)) if left else []
    known = known | {mode.point.tobytes(): mode for mode in made if mode is not None}
    if any(point.tobytes() not in known for point in distinct):
        raise NotApproximableError(_OUT_OF_RANGE)
    modes = [known[point.tobytes()] for point in distinct]
    which = np.cumsum(new) - 1
    few = slice(None, None, max(1, n // _FOR_SPREAD))
    density.learn_spread(modes, which[few], noise[few])
    coefficients, log_ratios = density.draw(modes, which, noise)
    possible = np.isfinite(log_ratios)
    if possible.sum() < MIN_SHARE * n:
        raise NotApproximableError(_OUT_OF_RANGE)
    log_weights, k = smooth(log_ratios)
    joint = Sample(points, log_weights, float(k))
    corrected = joint.pareto_k <= MAX_PARETO_K and joint.ess >= MIN_SHARE * n
    facts |= {"joint_pareto_k": joint.pareto_k, "joint_ess": joint.ess, "corrected": bool(corrected)}
    if not corrected:  # only draws that the family makes impossible go
        joint = Sample(points, np.where(possible, -np.log(possible.sum()), -np.inf), joint.pareto_k)
    chosen = rng.permutation(resample(joint, n, rng))
    return points[chosen], coefficients[chosen]
