"""The exact engine: posteriors of Gaussian multilevel models without touching the rows twice.

The group effects and the population effects are integrated out in closed form (:mod:`.kernel`), so that only
standard deviations and correlations are sampled, by importance sampling around the mode or, where that does
not hold, by NUTS on the same density. Effects are then drawn from their exact conditional distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors

if TYPE_CHECKING:
    from mlmwidget.inference.exact.density import Density
    from mlmwidget.inference.exact.sums import Sums

MAX_OPERATIONS = {"exact": 1e8, "reml": 2e8, "ml": 2e8}
"""What one evaluation of crossed factors may cost; 1e9 operations take a second at most. A posterior needs
about 400 evaluations at this limit, an estimate 100."""

MAX_PARAMETERS = 100
"""Standard deviations and correlations, σ included, that a posterior may have: with more, importance sampling
hardly ever holds, and it takes minutes to find that out."""

MAX_EFFECT_DRAWS = 4e8
"""Numbers (draws × group effects) that are held at most; 3 GB."""

MAX_PARETO_K = 0.7
"""Shape of the importance weights' tail above which they do not hold (Vehtari et al. 2024)."""

MIN_ESS = 400
"""Effective draws below which importance sampling gives way to NUTS, of models that can afford more."""

_OPERATIONS = 1e8
"""What importance sampling may cost for more than 500 proposals."""

_MOST_OPERATIONS = 2.8e10
"""What it may cost for more than 120 proposals, the fewest."""

_WORTH_KEEPING = 5e4
"""Cost of an evaluation above which draws are made with it, because it is not to be made again for them."""

_MOST_KEPT = 1e8
"""Numbers of such draws that are held at most; 0.8 GB."""

_MAX_NUTS = 3e4
"""Cost of an evaluation above which the tens of thousands that NUTS needs would take minutes."""


class NotExactError(ValueError):
    """The exact engine cannot vouch for this posterior; the message says why, PyMC's NUTS can take over."""


def supports(frame: ModelFrame, method: str = "exact") -> str | None:
    """Why the exact engine cannot fit a model, as a sentence; None if it can.

    Parameters
    ----------
    frame
        The model frame.
    method
        ``"exact"``, ``"reml"`` or ``"ml"``; estimates need fewer evaluations than posteriors.
    """
    spec = frame.spec
    if spec.family != "gaussian":
        return f"The exact engine is for Gaussian models; this one is {spec.family}."
    if spec.link != "identity":
        return f"The exact engine needs the identity link; this model has the {spec.link} link."
    from mlmwidget.inference.exact.layout import crossed_operations

    if crossed_operations(frame) > MAX_OPERATIONS[method]:
        return "The crossed grouping factors have too many levels for the exact engine to be quick."
    parameters = 1 + sum(_n_parameters(group) for group in frame.groups)
    if method == "exact" and parameters > MAX_PARAMETERS:
        return f"Its {parameters:,} standard deviations and correlations are too many for the exact engine."
    return None


def _n_parameters(group: GroupDesign) -> int:
    """Count the standard deviations and correlations of one group-level term."""
    k = len(group.columns)
    return k * (k + 1) // 2 if group.correlated else k


def sample(
    frame: ModelFrame,
    priors: Priors,
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | None = None,
    effects: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
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
    cancelled
        Asked again and again while it works, from any thread: once it says yes, the work stops.

    Raises
    ------
    DataError
        If the posterior does not exist, for example because the groups leave nothing to the residual.
    NotExactError
        If neither importance sampling nor NUTS passes its diagnostics.
    Cancelled
        If `cancelled` said so.
    """
    from mlmwidget.inference.exact.blas import single_threaded
    from mlmwidget.inference.exact.density import Density
    from mlmwidget.inference.exact.residual import check_residual
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
    density = Density(sums.arrays, cancelled)
    rng = np.random.default_rng(random_seed)
    with single_threaded():
        check_residual(density, frame)
        width = sums.arrays.dim if effects else sums.arrays.p
        points, stats, facts = _sample_parameters(density, draws, chains, width, rng)
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
    density: Density, draws: int, chains: int, width: int, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, Any]]:
    """Equally weighted points, chain by chain, (chains · draws, d); sampler statistics; facts of the run."""
    from mlmwidget.inference.exact.importance import effective_size, importance_sample, resample
    from mlmwidget.inference.exact.laplace import find_mode, spread
    from mlmwidget.inference.exact.proposal import first_proposal

    n = chains * draws
    start = density.start()
    spread_at = partial(spread, density.values_and_gradients)
    mode = find_mode(density.value_and_gradient, start, spread_at)
    if mode is not None:
        proposals = _n_proposals(density.cost, n)
        first = first_proposal(mode, spread_at(mode), density.is_log_sd, density.is_correlation)
        each = int(np.ceil(1.25 * n / proposals))
        if density.cost > _WORTH_KEEPING and proposals < n and 2.0 * proposals * each * width < _MOST_KEPT:
            density.keep_draws(each, width, rng)
        found = importance_sample(density.values, first, proposals, rng)
        if found.pareto_k <= _max_pareto_k(len(found.points)) and found.ess >= min(MIN_ESS, 0.4 * proposals):
            chosen = resample(found, n, rng)
            facts: dict[str, Any] = {
                "engine": "exact: importance sampling",
                "pareto_k": found.pareto_k,
                "ess": effective_size(found, n),
                "proposals": len(found.points),
            }
            if proposals < n:  # each point has several independent draws of the coefficients
                facts["points"] = len(np.unique(found.points[chosen], axis=0))
            return found.points[rng.permutation(chosen)], {}, facts
        start = found.mean() if np.isfinite(found.ess) else mode
    if density.cost > _MAX_NUTS:
        raise NotExactError(
            "The exact engine cannot vouch for this posterior: importance sampling does not hold, and the "
            "model is too large for another try. Fit it with PyMC (method “pymc”)."
        )
    from mlmwidget.inference.exact.nuts import nuts

    seed = int(rng.integers(2**31))
    points, stats, complaint = nuts(density, start, draws, chains, seed)
    if complaint is not None:
        raise NotExactError(
            f"The exact engine cannot vouch for this posterior: importance sampling does not hold, and with "
            f"NUTS {complaint}. Fit it with PyMC (method “pymc”)."
        )
    return points.reshape(n, -1), stats, {"engine": "exact: NUTS"}


def _n_proposals(cost: float, draws: int) -> int:
    """Points of the large round: as many as draws, fewer where an evaluation is expensive."""
    fewest = np.clip(_MOST_OPERATIONS / cost, 120, 500)
    return int(np.clip(_OPERATIONS / cost, fewest, max(draws, 4000)))


def _max_pareto_k(n: int) -> float:
    """Threshold of the diagnostic for n points (Vehtari et al. 2024, eq. 13)."""
    return float(min(MAX_PARETO_K, 1 - 1 / np.log10(n)))


def covariance_parameters(sums: Sums, points: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """Return standard deviations (n, k) (user's units) and correlations (n, k, k) of each group design."""
    from mlmwidget.inference.exact.parameters import correlation_factor, split

    sds: list[np.ndarray] = []
    cors: list[np.ndarray | None] = []
    for index, (term, log_sd, y) in enumerate(split(sums.arrays, points)):
        sds.append(sums.sd(index, np.exp(log_sd.T)))
        R = np.moveaxis(correlation_factor(term.size, y), 2, 0)
        cors.append(R @ R.transpose(0, 2, 1) if term.correlated else None)
    return sds, cors


def _draw_coefficients(
    sums: Sums, density: Density, points: np.ndarray, rng: np.random.Generator, effects: bool
) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Exact draws of β (n, p) and of each design's effects (n, J, k), given the points."""
    p = len(sums.x_scale)
    width = sums.arrays.dim if effects else p
    out = density.draw(points, rng.standard_normal((len(points), width)))
    beta = sums.beta(out[:, width - p :])
    terms = range(len(sums.z_scale))
    return beta, [sums.effects(term, out) if effects else None for term in terms]
