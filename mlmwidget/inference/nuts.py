"""NUTS on the PyMC model, by nutpie: stoppable, and telling how far it is.

nutpie's handle belongs to one thread: the loop that waits is the loop that aborts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors

#: Seconds between two looks at whether the run was cancelled.
TICK = 0.2
#: Up to this many parameters the mass matrix also adapts to correlations (nutpie's "low_rank"): where the
#: groups are large, an intercept and its non-centred deviations are strongly correlated, and this gave
#: five times the effective size at the same cost. Beyond it, the matrix is diagonal.
LOW_RANK_LIMIT = 2000
#: nutpie's names of statistics → ArviZ's.
STATISTICS = {
    "diverging": "diverging",
    "energy": "energy",
    "logp": "lp",
    "depth": "tree_depth",
    "maxdepth_reached": "reached_max_treedepth",
    "n_steps": "n_steps",
    "step_size": "step_size",
    "mean_tree_accept": "acceptance_rate",
}


class Cancelled(Exception):  # noqa: N818 - it is no error, it is what was asked for
    """The run was cancelled; there is no result."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How far one chain is: draws made (tuning included), of how many, and divergences so far."""

    draws: int
    total: int
    divergences: int
    tuning: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    stage
        ``"starting"``, ``"compiling"``, ``"sampling"`` or ``"finishing"``.
    chains
        One entry a chain, empty before sampling.
    seconds
        Since the run began.
    remaining
        Seconds that sampling will still take, None while nothing is known.
    run
        Number of the run.
    """

    stage: str
    chains: tuple[Chain, ...] = ()
    seconds: float = 0.0
    remaining: float | None = None
    run: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run of NUTS.

    Parameters
    ----------
    draws, tune
        Draws kept and tuning draws of each chain; as much tuning as draws, and 500 at least, when None.
    chains
        Number of chains.
    random_seed
        Seed; the same seed on the same machine gives the same draws.
    target_accept
        Mean acceptance probability that the step size is tuned to.

    Raises
    ------
    ValueError
        If a number makes no sense.
    """

    draws: int = 1000
    tune: int | None = None
    chains: int = 4
    random_seed: int | None = None
    target_accept: float = 0.9

    def __post_init__(self) -> None:
        for name, least in (("draws", 4), ("chains", 1), ("tune", 1), ("random_seed", 0)):
            value = getattr(self, name)
            if value is None and name in ("tune", "random_seed"):
                continue
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                raise ValueError(f"{name} must be a whole number of {least} or more, not {value!r}.")
        if not 0 < self.target_accept < 1:
            raise ValueError(f"target_accept must lie between 0 and 1, not {self.target_accept!r}.")

    @property
    def tuning(self) -> int:
        """Number of tuning draws of each chain."""
        return max(500, self.draws) if self.tune is None else self.tune

    @property
    def independent(self) -> dict[str, Any]:
        """Those that mean something to an engine whose draws are independent, as keywords."""
        return {"draws": self.draws, "chains": self.chains, "random_seed": self.random_seed}


@dataclass
class _Clock:
    """Turns nutpie's progress into ours and estimates the time left from the pace so far."""

    report: Callable[[Progress], None]
    began: float = field(default_factory=time.monotonic)
    sampling_began: float = 0.0

    def stage(self, stage: str) -> None:
        if stage == "sampling":
            self.sampling_began = time.monotonic()
        self.report(Progress(stage, seconds=time.monotonic() - self.began))

    def sampling(self, chains: list[Any]) -> None:
        now = time.monotonic()
        states = tuple(
            Chain(int(c.finished_draws), int(c.total_draws), int(c.divergences), bool(c.tuning))
            for c in chains
        )
        done, total = sum(c.draws for c in states), sum(c.total for c in states)
        remaining = (now - self.sampling_began) * (total - done) / done if done else None
        self.report(Progress("sampling", states, now - self.began, remaining))


def compile_model(frame: ModelFrame, priors: Priors) -> Any:
    """Build and compile the PyMC model for nutpie (takes seconds, holding the interpreter).

    Raises
    ------
    ImportError
        If PyMC or nutpie is not installed.
    """
    from mlmwidget.model.pymc import build_from_frame, variable_names

    model = build_from_frame(frame, priors)
    import nutpie

    # Starting values are spread by ±1. Coefficients of X have the units of the data: where a predictor is
    # large, ±1 would be a linear predictor of hundreds, out of whose flat tails no chain finds back.
    spread = {v for v in model.free_RVs if v.name != "beta_centred"}
    return nutpie.compile_pymc_model(model, var_names=variable_names(frame), jitter_rvs=spread)


def sample(
    frame: ModelFrame,
    priors: Priors,
    *,
    draws: int = 1000,
    tune: int | None = None,
    chains: int = 4,
    random_seed: int | None = None,
    target_accept: float = 0.9,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    compiled: Any = None,
) -> Draws:
    """Draw from the posterior with NUTS, in this process.

    Parameters
    ----------
    frame, priors
        The model.
    draws, tune, chains, random_seed, target_accept
        See :class:`Settings`.
    on_progress
        Called with the progress, from another thread while sampling.
    cancelled
        Asked every 0.2 s while sampling; True ends the run.
    compiled
        What :func:`compile_model` gave for this frame and these priors, if it was made ahead.

    Returns
    -------
    Draws

    Raises
    ------
    Cancelled
        If ``cancelled()`` was true: an unfinished run has no result.
    ValueError
        If sampling cannot start or ends in numbers that are not finite.
    """
    settings = Settings(draws, tune, chains, random_seed, target_accept)
    clock = _Clock(on_progress)
    if compiled is None:
        clock.stage("compiling")
        compiled = compile_model(frame, priors)
    clock.stage("sampling")
    trace = _run(compiled, settings, clock, cancelled)
    clock.stage("finishing")
    return _draws(trace, frame, settings, time.monotonic() - clock.began)


def _run(compiled: Any, settings: Settings, clock: _Clock, cancelled: Callable[[], bool]) -> Any:
    """Sample until done, or abort; the trace of an aborted run is thrown away."""
    import nutpie

    try:
        sampler = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tuning,
            chains=settings.chains,
            cores=min(settings.chains, os.cpu_count() or 1),
            seed=None if settings.random_seed is None else int(settings.random_seed),
            target_accept=settings.target_accept,
            adaptation="low_rank" if compiled.n_dim <= LOW_RANK_LIMIT else "diag",
            save_warmup=False,
            progress_bar=False,
            progress_callback=clock.sampling,
            progress_rate=int(1000 * TICK),
            blocking=False,
        )
        return wait(sampler, cancelled)
    except RuntimeError as error:
        # What nutpie says in its first line; the traces of its own stack follow.
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(
            f"Sampling stopped: {reason}. The model may be impossible for these data: look for an outcome "
            "outside the range of its family, very large predictors, or a predictor that barely varies."
        ) from error


def wait(sampler: Any, cancelled: Callable[[], bool]) -> Any:
    """Wait for the trace of a sampler of nutpie that does not block.

    Raises
    ------
    Cancelled
        If `cancelled`, which is asked every `TICK` seconds, said so.
    """
    while True:
        if cancelled():
            sampler.cancel()
            raise Cancelled
        try:
            return sampler.wait(timeout=TICK)
        except TimeoutError:
            continue


def _draws(trace: Any, frame: ModelFrame, settings: Settings, seconds: float) -> Draws:
    """Bring nutpie's trace into the one schema."""
    posterior = trace["posterior"]

    def values(name: str) -> np.ndarray:
        return np.asarray(posterior[name].values, dtype=float)

    shape = (settings.chains, settings.draws)
    result = Draws(
        beta=values("beta") if "beta" in posterior else np.zeros((*shape, 0)),
        sd=tuple(values(f"sd_{g.label}") for g in frame.groups),
        cor=tuple(values(f"cor_{g.label}") if g.correlated else None for g in frame.groups),
        effects=tuple(values(f"effect_{g.label}") for g in frame.groups),
        sigma=values("sigma") if "sigma" in posterior else None,
        shape=values("shape") if "shape" in posterior else None,
        stats={
            ours: np.asarray(trace["sample_stats"][theirs].values)
            for theirs, ours in STATISTICS.items()
            if theirs in trace["sample_stats"]
        },
        attributes={
            "engine": "pymc",
            "seconds": seconds,
            "tune": settings.tuning,
            "target_accept": settings.target_accept,
        },
    )
    if result.beta.shape[:2] != shape or not np.isfinite(result.beta).all():
        raise ValueError("Sampling ended before every draw was made, so there is no result.")
    return result
