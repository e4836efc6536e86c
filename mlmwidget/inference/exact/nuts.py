"""NUTS on the exact engine's density, for posteriors that importance sampling does not hold for."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlmwidget.inference.exact.density import Density

MAX_RHAT = 1.05
"""Above this (or with divergences in more than one draw of a hundred) the chains are not trusted."""

_FEWEST = 250
"""Draws a chain needs before it can be judged; what was not asked for is thinned away."""


def nuts(
    density: Density, start: np.ndarray, draws: int, chains: int, seed: int
) -> tuple[np.ndarray, dict[str, np.ndarray], str | None]:
    """Sample with nutpie, without compiling anything.

    Parameters
    ----------
    density
        The model's log-density.
    start
        Point around which the chains begin, (d,).
    draws, chains, seed
        As usual.

    Returns
    -------
    points, stats, complaint
        Points (chains, draws, d); sampler statistics, each (chains, draws); and what is wrong with the
        chains as part of a sentence, None if nothing is.
    """
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    from mlmwidget.inference.nuts import wait

    def make_log_density() -> Any:
        own = Density(density.structure)  # chains run in threads of their own

        def log_density(x: np.ndarray) -> tuple[float, np.ndarray]:
            return own.value_and_gradient(np.ascontiguousarray(x))

        return log_density

    def make_expand(*_: int) -> Any:
        return lambda x: {"x": np.array(x)}

    def initial_point(chain_seed: int) -> np.ndarray:
        return start + 0.1 * np.random.default_rng(chain_seed).standard_normal(len(start))

    model = from_pyfunc(
        density.size,
        make_log_density,
        make_expand,
        [np.dtype(float)],
        [(density.size,)],
        ["x"],
        make_initial_point_fn=initial_point,
    )
    sampler = nutpie.sample(
        model,
        draws=max(draws, _FEWEST),
        tune=500,
        chains=chains,
        seed=seed,
        target_accept=0.9,
        progress_bar=False,
        save_warmup=False,
        blocking=False,
    )
    trace = wait(sampler, density.cancelled)
    points = np.asarray(trace["posterior"]["x"].values)
    found = trace["sample_stats"]
    stats = {name: np.asarray(found[name].values) for name in ("diverging", "energy")}
    complaint = _complaint(points, stats)
    kept = np.linspace(0, points.shape[1] - 1, draws).round().astype(int)
    return points[:, kept], {name: values[:, kept] for name, values in stats.items()}, complaint


def _complaint(points: np.ndarray, stats: dict[str, np.ndarray]) -> str | None:
    if not np.isfinite(points).all():
        return "the chains left the range of numbers"
    rhat = float(split_rhat(points).max())
    if not rhat < MAX_RHAT:
        return f"the chains disagree (R̂ = {rhat:.2f})"
    divergences = int(stats["diverging"].sum())
    if divergences > 0.01 * stats["diverging"].size:
        return f"{divergences} draws diverged"
    return None


def split_rhat(points: np.ndarray) -> np.ndarray:
    """Potential scale reduction of each parameter from halves of chains, (C, D, d) → (d,)."""
    half = points.shape[1] // 2
    parts = np.concatenate([points[:, :half], points[:, half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean(axis=0)
    between = parts.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt((half - 1) / half + between / within)
