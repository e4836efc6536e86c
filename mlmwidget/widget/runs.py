"""Fits in the background: NUTS in a worker process, and the posterior that follows every click."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import jobs
from mlmwidget.inference.choice import Method, choose_live_method, why_not_live
from mlmwidget.inference.nuts import Progress, Settings
from mlmwidget.inference.progress import STAGES, remarks
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.widget.advice import MOST_DRAWS
from mlmwidget.widget.background import NewestOnly

# scipy.stats takes a second to import: it comes with the first fit, not with the widget.
if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

#: Setting → smallest and largest value that a request may ask for.
LIMITS = {"draws": (1, MOST_DRAWS), "tune": (0, 100_000), "chains": (1, 64), "random_seed": (0, 2**32 - 1)}
METHODS: tuple[Method, ...] = get_args(Method.__value__)
#: Seconds that a model has to rest before it is compiled ahead.
REST = 2.0
LIVE_SEED = 20
#: Seconds in which a click's formula and equations get on screen, before its posterior takes the processor.
#: The first is for the widget itself: the libraries that posteriors need are imported after it.
PAUSE, FIRST_PAUSE = 0.03, 0.4
#: Draws a chain of a live posterior: fewer where they take time, because there are more than so many effects
#: of groups or each has to be corrected. All 2,000 still put the ends of a 95 % interval to within 0.06
#: posterior standard deviations (one Monte Carlo standard error), less than their last digit on screen.
LIVE_DRAWS, FEWER_DRAWS, FEW_EFFECTS = 1000, 500, 100
#: With very many groups it takes fewer yet, so that draws × group effects stay below this (0.3 GB), but
#: never fewer than intervals need.
LIVE_NUMBERS, FEWEST_DRAWS = 4e7, 150
#: Seconds after which a person is told that a live posterior is on its way.
PATIENCE = 1.0
ON_ITS_WAY = "Computing the posterior …"
READY = "Ready to fit."
#: What to think of the estimates is the verdict's to say, which stands beside them.
DONE = "The fit is done."
CANCELLED = "The fit was cancelled, so it left no result."

type OnEnd = Callable[[Fit | str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fit was asked for: the method and its settings."""

    method: Method = "pymc"
    settings: Settings = field(default_factory=Settings)


def read_plan(request: Mapping[str, Any], otherwise: Method = "pymc") -> Plan:
    """Read the settings of a fit, from a browser or a keyword call; `otherwise` is the method of neither.

    Raises
    ------
    ValueError
        If a setting is unknown, or its value makes no sense.
    """
    values = dict(request)
    method = values.pop("method", otherwise)
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
    stage: str = "idle", run: int = 0, message: str | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Return the ``Status`` of ``js/src/protocol.ts``; a stage says by itself what is being done."""
    return {
        "stage": stage,
        "running": stage in STAGES,
        "run": run,
        "message": message or (f"{STAGES[stage]} …" if stage in STAGES else READY),
        "chains": [
            {"draws": c.draws, "total": c.total, "tuning": c.tuning}
            for c in (progress.chains if progress else ())
        ],
        "remarks": remarks(progress) if progress else "",
    }


class Runs:
    """The runs of one widget: at most one that was asked for, and one that follows the clicks.

    Parameters
    ----------
    on_status
        Called with every ``Status``, from any thread.
    on_fit
        Called from the thread of a run with its fit, whether it was made live, and a function that says
        whether the fit is still wanted.
    on_early
        Called with a live posterior that is likely to be shown soon.
    live
        Whether a posterior follows the clicks.
    lock
        The widget's own lock: with a second one, a click and the end of a run could wait for each other.
    """

    def __init__(
        self,
        on_status: Callable[[dict[str, Any]], None],
        on_fit: Callable[[Fit, bool, Callable[[], bool]], None],
        on_early: Callable[[Fit], None],
        live: bool,
        lock: threading.RLock,
    ):
        self._on_status = on_status
        self._on_fit = on_fit
        self._on_early = on_early
        #: Whether a posterior follows the clicks.
        self.live = live
        #: Whether the status line shows a remark on the live posterior.
        self._remarked = False
        self._followed: ModelFrame | None = None
        #: Whether its posterior is still on its way.
        self._awaited = False
        self._pause = FIRST_PAUSE
        #: The model of a button that is pressed, whether its turn has come, and its posterior.
        self._expected: ModelFrame | None = None
        self._begun = False
        self._early: Fit | str | None = None
        self._late = self._resting = threading.Timer(0, lambda: None)
        self._newest = NewestOnly("mlmwidget live")
        # A press that comes to nothing takes no posterior's place.
        self._ahead = NewestOnly("mlmwidget ahead")
        self._sampler = jobs.Sampler()
        self._numbers = itertools.count(1)
        self._lock = lock
        self._run = 0
        self._on_end: OnEnd | None = None
        self._warm = False
        self._priors: tuple[ModelFrame, Priors] | None = None

    def warm_up(self) -> None:
        """Start importing PyMC in the worker process, once."""
        with self._lock:
            if not self._warm:
                self._warm = True
                self._sampler.warm()

    def fit(self, frame: ModelFrame, plan: Plan, on_end: OnEnd = lambda end: None) -> None:
        """Start a run; one that is under way is cancelled.

        Parameters
        ----------
        frame, plan
            What to fit, and how.
        on_end
            Called once with the fit, or with the sentence that says why there is none.
        """
        with self._lock:
            self.cancel()
            self._run = run = next(self._numbers)
            self._on_end = on_end
            self._remarked = False
        priors = self.priors(frame)
        if plan.method == "pymc":
            self._start_sampler(run, frame, priors, plan.settings)
        else:
            self._tell(run, status("sampling", run, "Computing …"))
            threading.Thread(target=lambda: self._compute(run, frame, priors, plan), daemon=True).start()

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
        try:
            while not ended.wait(0.1):
                pass
        except KeyboardInterrupt:
            self.cancel()
            raise
        if isinstance(results[0], str):
            raise ValueError(results[0])
        return results[0]

    def cancel(self) -> None:
        """Stop the run that is under way, if any; it leaves no result."""
        with self._lock:
            on_end, self._on_end = self._on_end, None
            if on_end is None:
                return
            self._sampler.cancel()
            self._on_status(status("cancelled", self._run, CANCELLED))
        on_end(CANCELLED)

    def follow(self, frame: ModelFrame) -> None:
        """Compute the posterior of a model that was just clicked together, exactly or approximately.

        Once the model rests for a moment, the worker compiles it, so that a fit can start to sample.
        """
        if frame is self._followed:
            return
        with self._lock:
            pause, self._pause = self._pause, PAUSE
            # A press that still waits for its turn may lose it to the next one.
            begun, early = self._begun and self._expected is frame, self._early
            self._followed, self._expected, self._early = frame, None, None
            self._awaited = self.live
        if self.live and begun and early is not None:
            self._newest.submit(lambda: self._end_live(frame, self._give(frame, early)))
        elif self.live and not begun:
            self._newest.submit(lambda: self._compute_live(frame), pause)
        self._late.cancel()
        self._late = _later(PATIENCE, lambda: self._tell_late(frame))
        self._resting.cancel()
        self._resting = _later(REST, lambda: self._compile_ahead(frame))

    def expect(self, frame: ModelFrame | None) -> None:
        """Begin with the posterior of a model that is likely to be followed soon: its button is pressed."""
        with self._lock:
            if not self.live or frame is None or frame in (self._followed, self._expected):
                return
            self._expected, self._begun, self._early = frame, False, None
        self._ahead.submit(lambda: self._compute_ahead(frame))

    def settle(self, frame: ModelFrame | None) -> None:
        """Stop computing the posterior of any other model: this one's is on screen or cannot be."""
        with self._lock:
            self._expected = self._early = None
            if self._followed is not frame:
                self._followed = None
            self._awaited = False
            self._remark(None)

    def wait_for_live(self, timeout: float | None = None) -> bool:
        """Wait for the live posterior; False when the time (seconds) was not enough."""
        return self._ahead.wait(timeout) and self._newest.wait(timeout)

    def priors(self, frame: ModelFrame) -> Priors:
        """Return the default priors, the same object for the same frame."""
        with self._lock:
            if self._priors is None or self._priors[0] is not frame:
                self._priors = (frame, default_priors(frame))
            return self._priors[1]

    def close(self) -> None:
        """End the run and the worker process."""
        with self._lock:
            self._on_end = None
            self._followed = self._expected = self._early = None
            self.live = self._awaited = False
            self._late.cancel()
            self._resting.cancel()
            self._sampler.close()

    def _compute(self, run: int, frame: ModelFrame, priors: Priors, plan: Plan) -> None:
        """Fit without PyMC, or find out that only PyMC can: it then runs where it can be cancelled."""

        def cancelled() -> bool:
            return not self._is_under_way(run)

        if plan.method == "auto":
            result = _attempt(frame, priors, replace(plan, method="exact"), cancelled)
            if isinstance(result, str):
                with self._lock:
                    if self._is_under_way(run):
                        self._start_sampler(run, frame, priors, plan.settings)
                return
        else:
            result = _attempt(frame, priors, plan, cancelled)
        self._end(run, result)

    def _start_sampler(self, run: int, frame: ModelFrame, priors: Priors, settings: Settings) -> None:
        def progress(now: Progress) -> None:
            self._tell(run, status(now.stage, run, progress=now))

        def done(outcome: jobs.Outcome) -> None:
            if outcome.draws is None:
                self._end(run, outcome.error or "The fit failed without saying why.")
            else:
                from mlmwidget.inference.fit import Fit

                self._end(run, Fit(frame, priors, "pymc", outcome.draws))

        self._tell(run, status("starting", run))
        self._sampler.start(frame, priors, settings, progress, done)

    def _is_under_way(self, run: int) -> bool:
        return self._run == run and self._on_end is not None

    def _end(self, run: int, result: Fit | str) -> None:
        """Show how a run ended, unless it was cancelled or a newer one started."""
        if not self._is_under_way(run):
            return
        if not isinstance(result, str):
            result = self._deliver(result, False, lambda: self._is_under_way(run))
        with self._lock:
            if not self._is_under_way(run):
                return
            on_end, self._on_end = self._on_end, None
            if isinstance(result, str):
                self._on_status(status("failed", run, result))
            else:
                self._on_status(status("done", run, DONE))
        if on_end is not None:
            on_end(result)

    def _deliver(self, fit: Fit, live: bool, wanted: Callable[[], bool]) -> Fit | str:
        """Hand a fit on; what goes wrong while it is shown becomes a sentence."""
        try:
            self._on_fit(fit, live, wanted)
        except Exception as error:  # a thread has nobody to raise to
            return (
                f"The model was fitted, but its report could not be made ({type(error).__name__}: {error})."
            )
        return fit

    def _tell(self, run: int, message: dict[str, Any]) -> None:
        with self._lock:
            if self._is_under_way(run):
                self._on_status(message)

    def _compile_ahead(self, frame: ModelFrame) -> None:
        with self._lock:
            if self._warm and self._followed is frame:
                self._sampler.prepare(frame, self.priors(frame))

    def _compute_ahead(self, frame: ModelFrame) -> None:
        """Fit the model of a button that is still pressed."""
        with self._lock:
            if self._expected is not frame:
                return
            self._begun, self._early = True, None
        self._compute_live(frame)

    def _compute_live(self, frame: ModelFrame) -> None:
        """Fit a model exactly if that is possible, and approximately if it is not Gaussian."""
        method = choose_live_method(frame)
        if method is None:
            self._end_live(frame, self._give(frame, why_not_live(frame) or ""))
            return
        # A fixed seed: going back to a model shows the same figures again.
        plan = Plan(method, Settings(draws=_live_draws(frame, method), random_seed=LIVE_SEED))

        def cancelled() -> bool:
            # A posterior may take minutes to be found impossible, and newer clicks wait for its thread.
            return not self.live or frame not in (self._followed, self._expected)

        self._end_live(frame, self._give(frame, _attempt(frame, self.priors(frame), plan, cancelled)))

    def _give(self, frame: ModelFrame, result: Fit | str) -> str | None:
        """Show a posterior, or keep that of a button that is still pressed; return why there is none."""
        if self._expected is frame and not isinstance(result, str):
            with suppress(Exception):  # it is tried again, and said, when the posterior is wanted
                self._on_early(result)
        with self._lock:
            if self._expected is frame:
                self._early = result
                return None
        if not isinstance(result, str):
            result = self._deliver(result, True, lambda: self.live)
        failed = isinstance(result, str) and self.live and self._followed is frame
        return f"No live posterior: {result}" if failed else None

    def _tell_late(self, frame: ModelFrame) -> None:
        """Say that the live posterior is on its way, where it takes long."""
        with self._lock:
            if self._awaited and self._followed is frame:
                self._remark(ON_ITS_WAY)

    def _end_live(self, frame: ModelFrame, complaint: str | None) -> None:
        """Say why there is no live posterior of the model on screen; of others there is nothing to say."""
        with self._lock:
            if self._followed is frame:
                self._awaited = False
                self._remark(complaint)

    def _remark(self, message: str | None) -> None:
        """Say how the live posterior fares, or take that back; a fit has the word before it."""
        with self._lock:
            if self._on_end is None and (message or self._remarked):
                self._on_status(status(message=message))
                self._remarked = message is not None


def _later(seconds: float, action: Callable[[], None]) -> threading.Timer:
    """Start a timer that does not keep Python from ending."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer


def _live_draws(frame: ModelFrame, method: Method) -> int:
    """Return the draws a chain of a live posterior."""
    effects = sum(len(g.levels) * g.Z.shape[1] for g in frame.groups)
    affordable = int(LIVE_NUMBERS / (Settings().chains * max(effects, 1)))
    most = LIVE_DRAWS if method == "exact" and effects <= FEW_EFFECTS else FEWER_DRAWS
    return min(most, max(affordable, FEWEST_DRAWS))


def _attempt(frame: ModelFrame, priors: Priors, plan: Plan, cancelled: Callable[[], bool]) -> Fit | str:
    """Fit in this thread; an error becomes the sentence that says so."""
    from mlmwidget.inference.fit import fit_frame

    try:
        return fit_frame(frame, priors, plan.method, plan.settings, cancelled=cancelled)
    except Exception as error:  # a thread has nobody to raise to
        return str(error) or type(error).__name__
