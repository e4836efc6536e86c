"""Runs of NUTS in a warm worker process, so that the notebook never stutters and every run can be stopped.

A run is cancelled by ending its process, which works at any stage, compiling included. Callbacks come
from threads of this module; every message carries the number of its run, and messages of an old run are
dropped before they reach a callback.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO, Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference import wire
from mlmwidget.inference.nuts import Progress, Settings
from mlmwidget.inference.posterior import Draws
from mlmwidget.inference.progress import ProgressLine, interactive
from mlmwidget.model.priors import Priors

COMMAND = (sys.executable, "-m", "mlmwidget.inference.worker")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: with draws, or with a sentence that says why there are none."""

    run: int
    draws: Draws | None = None
    error: str | None = None


class _Worker:
    """One worker process and what it is known to be doing."""

    def __init__(self) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._sending = threading.Lock()
        self.ready = False
        self.model: tuple[ModelFrame, Priors] | None = None
        self.token = 0
        self.compiled = 0
        self.busy = False
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            # Its own session: an interrupt meant for the kernel must not reach the worker.
            start_new_session=True,
        )

    @property
    def compiling(self) -> bool:
        """Whether a model was sent that is not compiled yet."""
        return self.token != self.compiled

    def send(self, *messages: Any) -> None:
        """Send from a thread of its own: the pipe of a worker that still starts is soon full."""
        threading.Thread(target=self._send, args=messages, daemon=True).start()

    def _send(self, *messages: Any) -> None:
        with self._sending:
            for message in messages:
                try:
                    wire.send(self.process.stdin, message)  # type: ignore[arg-type]
                except (OSError, ValueError):
                    return  # broken or closed; the reader sees the end of the worker, and says so

    def receive(self) -> Any:
        return wire.receive(self.process.stdout)  # type: ignore[arg-type]

    def kill(self) -> None:
        """End the process and what it started, at once."""
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    def last_words(self) -> str:
        """Why the process ended, as far as can be told."""
        code = self.process.wait()
        with self._sending:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 4000))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        said = lines[-1].strip()[:300] if lines else ""
        if os.name == "posix" and code == -signal.SIGKILL:
            return "it was killed, most likely because memory ran out"
        return f"exit code {code}" + (f": {said}" if said else "")


_live: set[_Worker] = set()
_live_lock = threading.Lock()


def _spawn() -> _Worker:
    """Start a worker; idle ones of other samplers end, so that a notebook holds no heap of them."""
    with _live_lock:
        for other in [w for w in _live if not w.busy]:
            other.kill()
            _live.discard(other)
        worker = _Worker()
        _live.add(worker)
    return worker


@dataclass(slots=True)
class _Job:
    """The run that is under way."""

    run: int
    worker: _Worker
    began: float
    on_progress: Callable[[Progress], None]
    on_done: Callable[[Outcome], None]


class Sampler:
    """Runs models one at a time in a worker process; starting a run cancels the one before.

    Every method returns at once and may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs = itertools.count(1)
        self._tokens = itertools.count(1)
        self._worker: _Worker | None = None
        self._job: _Job | None = None

    def warm(self) -> None:
        """Start the worker, so that PyMC is imported by the time it is wanted."""
        with self._lock:
            self._ready_worker()

    def prepare(self, frame: ModelFrame, priors: Priors) -> None:
        """Compile ahead; a run of the same two objects starts to sample without compiling.

        Does nothing while a run is under way.
        """
        with self._lock:
            if self._job is None:
                self._hand_over(frame, priors)

    def start(
        self,
        frame: ModelFrame,
        priors: Priors,
        settings: Settings,
        on_progress: Callable[[Progress], None],
        on_done: Callable[[Outcome], None],
    ) -> int:
        """Start a run and return its number; a run under way is cancelled.

        Parameters
        ----------
        frame, priors, settings
            What to sample.
        on_progress
            Called with every progress of this run.
        on_done
            Called once when the run ends by itself, with its draws or the reason why there are none.
        """
        with self._lock:
            self.cancel()
            run = next(self._runs)
            worker = self._hand_over(frame, priors)
            worker.busy = True
            self._job = _Job(run, worker, time.monotonic(), on_progress, on_done)
            worker.send(wire.Run(run, worker.token, settings))
        return run

    def cancel(self) -> bool:
        """End the run under way, if any: its process ends at once and a new one starts.

        Its result is dropped; a callback that has already begun may still end.

        Returns
        -------
        bool
            Whether there was a run to cancel.
        """
        with self._lock:
            if self._job is None:
                return False
            self._job = None
            self._discard()
            self._ready_worker()
            return True

    def close(self) -> None:
        """End the run and the worker."""
        with self._lock:
            self._job = None
            self._discard()

    def _ready_worker(self) -> _Worker:
        worker = self._worker
        if worker is None or worker.process.poll() is not None:
            worker = self._worker = _spawn()
            threading.Thread(target=self._read, args=(worker,), daemon=True).start()
        return worker

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            with _live_lock:
                _live.discard(self._worker)
            self._worker = None

    def _hand_over(self, frame: ModelFrame, priors: Priors) -> _Worker:
        """See that the worker has this model; one that still compiles another is not worth waiting for."""
        worker = self._ready_worker()
        if worker.model is not None and worker.model[0] is frame and worker.model[1] is priors:
            return worker
        if worker.ready and worker.compiling:
            self._discard()
            worker = self._ready_worker()
        worker.model, worker.token = (frame, priors), next(self._tokens)
        # The worker needs none of the rows' own values, and they may be many.
        worker.send(wire.Model(worker.token, replace(frame, rows=frame.rows.iloc[:0], problems=()), priors))
        return worker

    def _tell(self, run: int, message: Progress | Outcome) -> None:
        """Call back, unless the run was cancelled or a newer one started."""
        with self._lock:
            job = self._job
            if job is None or job.run != run:
                return
            if isinstance(message, Outcome):
                self._job = None
                job.worker.busy = False
        # Not under the lock: a callback may wait for a lock whose holder calls into this sampler.
        if isinstance(message, Outcome):
            job.on_done(message)
        else:
            job.on_progress(replace(message, seconds=time.monotonic() - job.began))

    def _read(self, worker: _Worker) -> None:
        """Pass on what the worker says, until it ends."""
        while True:
            try:
                message = worker.receive()
            except (EOFError, OSError):
                self._ended(worker)
                return
            if isinstance(message, wire.Ready | wire.Compiled):
                self._note(worker, message)
            elif isinstance(message, Progress):
                self._tell(message.run, message)
            elif isinstance(message, wire.Finished):
                self._tell(message.run, Outcome(message.run, draws=message.draws))
            elif isinstance(message, wire.Failed):
                self._tell(message.run, Outcome(message.run, error=message.message))

    def _note(self, worker: _Worker, message: wire.Ready | wire.Compiled) -> None:
        """Keep in mind how far the worker is, and tell the run that waits for it."""
        with self._lock:
            if isinstance(message, wire.Ready):
                worker.ready = True
            else:
                worker.compiled = message.token
            run = self._job.run if self._job is not None and self._job.worker is worker else None
        if run is not None and isinstance(message, wire.Ready):
            self._tell(run, Progress("compiling", run=run))

    def _ended(self, worker: _Worker) -> None:
        """Take note that a worker is gone: as it was told to, or else its run failed."""
        with _live_lock:
            _live.discard(worker)
        reason = worker.last_words()
        with self._lock:
            if worker is self._worker:
                self._worker = None
            run = self._job.run if self._job is not None and self._job.worker is worker else None
        if run is not None:
            error = f"The process that ran PyMC ended ({reason}). Fit again; if it recurs, use fewer chains."
            self._tell(run, Outcome(run, error=error))


_library = Sampler()
_library_lock = threading.Lock()


def sample_blocking(frame: ModelFrame, priors: Priors, settings: Settings, progress: bool = False) -> Draws:
    """Sample in the worker and wait; an interrupt cancels the run.

    Parameters
    ----------
    frame, priors, settings
        What to sample.
    progress
        Whether to show one line of progress on stderr, if somebody is there to see it.

    Raises
    ------
    RuntimeError
        If the run fails; the message says why.
    """
    ended = threading.Event()
    outcomes: list[Outcome] = []
    newest: deque[Progress] = deque([Progress("starting")], maxlen=1)
    line = ProgressLine(sys.stderr) if progress and interactive() else None

    def finish(outcome: Outcome) -> None:
        outcomes.append(outcome)
        ended.set()

    with _library_lock:
        _library.start(frame, priors, settings, newest.append, finish)
        try:
            while True:
                # Written here, not in the callback: a notebook does not like threads that print.
                if line is not None and newest:
                    line.show(newest.pop())
                if ended.wait(0.1):
                    break
        except BaseException:
            _library.cancel()
            raise
        finally:
            if line is not None:
                line.close()
    outcome = outcomes[0]
    if outcome.draws is None:
        raise RuntimeError(outcome.error)
    return outcome.draws
