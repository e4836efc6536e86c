"""Fits in the background: NUTS in a worker process, and the exact posterior that follows every click."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import jobs
from mlmwidget.inference.fit import Fit, Method, choose_method, fit_frame
from mlmwidget.inference.nuts import Progress, Settings
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.widget.background import NewestOnly

#: Setting → smallest and largest value that a request may ask for.
LIMITS = {"draws": (1, 100_000), "tune": (0, 100_000), "chains": (1, 64), "random_seed": (0, 2**32 - 1)}
METHODS = ("pymc", "exact", "reml", "ml", "auto")
STAGES = {
    "starting": "Starting PyMC …",
    "compiling": "Compiling the model …",
    "sampling": "Sampling …",
    "finishing": "Collecting the draws …",
}
READY = "Ready to fit."


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fit was asked for: the method and its settings."""

    method: Method = "pymc"
    settings: Settings = field(default_factory=Settings)


def read_plan(request: Mapping[str, Any]) -> Plan:
    """Read the settings of a fit, from a browser or a keyword call.

    Raises
    ------
    ValueError
        If a setting is unknown, or its value makes no sense.
    """
    values = dict(request)
    method = values.pop("method", "pymc")
    if method not in METHODS:
        raise ValueError(f"There is no method {method!r}; use one of {', '.join(METHODS)}.")
    for name, value in values.items():
        if name == "target_accept":
            if not isinstance(value, (int, float)) or not 0.5 <= value < 1:
                raise ValueError(f"target_accept is a number from 0.5 to below 1, not {value!r}.")
        elif name in LIMITS:
            low, high = LIMITS[name]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{name} is a whole number from {low} to {high}, not {value!r}.")
        else:
            known = ", ".join([*LIMITS, "target_accept", "method"])
            raise ValueError(f"A fit has no setting {name!r}; it has {known}.")
    return Plan(method, Settings(**values))


def status(
    stage: str = "idle", run: int = 0, message: str = READY, progress: Progress | None = None
) -> dict[str, Any]:
    """Return the ``Status`` of ``js/src/protocol.ts``."""
    return {
        "stage": stage,
        "run": run,
        "message": message,
        "chains": [
            {"draws": c.draws, "total": c.total, "divergences": c.divergences, "tuning": c.tuning}
            for c in (progress.chains if progress else ())
        ],
        "seconds": progress.seconds if progress else None,
        "remaining": progress.remaining if progress else None,
    }


class Runs:
    """The runs of one widget: at most one that was asked for, and one that follows the clicks.

    Parameters
    ----------
    on_status
        Called with every ``Status``, from any thread.
    on_fit
        Called with a fit, and whether it was made live, from the thread of its run.
    live
        Whether the exact posterior follows the clicks.
    """

    def __init__(
        self,
        on_status: Callable[[dict[str, Any]], None],
        on_fit: Callable[[Fit, bool], None],
        live: bool,
    ):
        self._on_status = on_status
        self._on_fit = on_fit
        self._live = live
        self._newest = NewestOnly("mlmwidget live")
        self._sampler = jobs.Sampler()
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._run = 0
        self._running = False
        self._warm = False
        self._priors: tuple[ModelFrame, Priors] | None = None

    def warm_up(self) -> None:
        """Start importing PyMC in the worker process, once."""
        with self._lock:
            if not self._warm:
                self._warm = True
                self._sampler.warm()

    def fit(
        self, frame: ModelFrame, plan: Plan, on_end: Callable[[Fit | str], None] = lambda end: None
    ) -> None:
        """Start a run; one that is under way is cancelled.

        Parameters
        ----------
        frame, plan
            What to fit, and how.
        on_end
            Called with the fit, or with the sentence that says why there is none.
        """
        with self._lock:
            self._sampler.cancel()
            self._run = run = next(self._numbers)
            self._running = True
        priors = self.priors(frame)

        def end(result: Fit | str) -> None:
            self._finish(run, result)
            on_end(result)

        if plan.method == "pymc":
            self._start_sampler(run, frame, priors, plan.settings, end)
        else:
            self._tell(run, status("sampling", run, "Computing …"))
            job = lambda: end(_attempt(frame, priors, plan))  # noqa: E731 - a thread's whole body
            threading.Thread(target=job, name="mlmwidget fit", daemon=True).start()

    def fit_and_wait(self, frame: ModelFrame, plan: Plan) -> Fit:
        """Fit and wait; an interrupt cancels the run.

        Raises
        ------
        ValueError
            If the run fails or is cancelled; the message says why.
        """
        ended = threading.Event()
        results: list[Fit | str] = []

        def end(result: Fit | str) -> None:
            results.append(result)
            ended.set()

        self.fit(frame, plan, end)
        run = self._run
        try:
            while not ended.wait(0.1):
                if self._run == run and not self._running:
                    break
        except KeyboardInterrupt:
            self.cancel()
            raise
        result = results[0] if results else "The fit was cancelled, so there is no result."
        if isinstance(result, str):
            raise ValueError(result)
        return result

    def cancel(self) -> None:
        """Stop the run that is under way, if any; it leaves no result."""
        with self._lock:
            if not self._running:
                return
            self._sampler.cancel()
            self._running = False
            self._on_status(
                status("cancelled", self._run, "Cancelled: the fit was stopped and left no result.")
            )

    def follow(self, frame: ModelFrame) -> None:
        """Compute the exact posterior of a model that was just clicked together, if there is one."""
        if self._live:
            self._newest.submit(lambda: self._compute_live(frame))

    def wait_for_live(self, timeout: float | None = None) -> bool:
        """Wait for the live posterior; False when the time (seconds) was not enough."""
        return self._newest.wait(timeout)

    def priors(self, frame: ModelFrame) -> Priors:
        """Return the default priors, the same object for the same frame."""
        with self._lock:
            if self._priors is None or self._priors[0] is not frame:
                self._priors = (frame, default_priors(frame))
            return self._priors[1]

    def close(self) -> None:
        """End the run and the worker process."""
        with self._lock:
            self._running = False
            self._live = False
            self._sampler.close()

    def _start_sampler(
        self,
        run: int,
        frame: ModelFrame,
        priors: Priors,
        settings: Settings,
        end: Callable[[Fit | str], None],
    ) -> None:
        def progress(now: Progress) -> None:
            self._tell(run, status(now.stage, run, STAGES.get(now.stage, now.stage), now))

        def done(outcome: jobs.Outcome) -> None:
            if outcome.draws is None:
                end(outcome.error or "The fit failed without saying why.")
            else:
                end(Fit(frame, priors, "pymc", outcome.draws))

        self._tell(run, status("starting", run, STAGES["starting"]))
        self._sampler.start(frame, priors, settings, progress, done)

    def _finish(self, run: int, result: Fit | str) -> None:
        """Show how a run ended, unless it was cancelled or a newer one started."""
        if self._run != run or not self._running:
            return
        if isinstance(result, Fit):
            result = self._deliver(result, live=False)
        with self._lock:
            if self._run != run or not self._running:
                return
            self._running = False
            if isinstance(result, Fit):
                self._on_status(status("done", run, f"Done. {result.diagnostics().verdict}"))
            else:
                self._on_status(status("failed", run, result))

    def _deliver(self, fit: Fit, live: bool) -> Fit | str:
        """Hand a fit on; what goes wrong while it is shown becomes a sentence."""
        try:
            self._on_fit(fit, live)
        except Exception as error:  # a thread has nobody to raise to
            return (
                f"The model was fitted, but its report could not be made ({type(error).__name__}: {error})."
            )
        return fit

    def _tell(self, run: int, message: dict[str, Any]) -> None:
        with self._lock:
            if self._run == run and self._running:
                self._on_status(message)

    def _compute_live(self, frame: ModelFrame) -> None:
        if choose_method(frame) != "exact":
            return
        result = _attempt(frame, self.priors(frame), Plan("exact"))
        if isinstance(result, Fit):
            result = self._deliver(result, live=True)
        if isinstance(result, str):
            with self._lock:
                if not self._running:
                    self._on_status(status(message=f"No live posterior: {result} Fit runs PyMC."))


def _attempt(frame: ModelFrame, priors: Priors, plan: Plan) -> Fit | str:
    """Fit in this thread; an error becomes the sentence that says so."""
    try:
        return fit_frame(frame, priors, plan.method, plan.settings)
    except Exception as error:  # a thread has nobody to raise to
        return str(error) or type(error).__name__
