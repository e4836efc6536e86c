"""The worker process: imports PyMC ahead of time, compiles and samples, and lives as long as its parent.

Started by :mod:`mlmwidget.inference.jobs` as ``python -m mlmwidget.inference.worker``. The main thread
works; a second thread reads, so that the end of the parent (the end of its pipe) ends this process even
while it compiles.
"""

from __future__ import annotations

import os
import queue
import threading
from dataclasses import asdict, replace
from io import FileIO
from typing import Any

from mlmwidget.inference import nuts, wire
from mlmwidget.inference.nuts import Progress
from mlmwidget.model.pymc import import_pymc


def main() -> None:
    """Serve the parent until its pipe ends."""
    incoming, outgoing = _private_pipes()
    worker = Worker(outgoing)
    threading.Thread(target=worker.listen, args=(incoming,), daemon=True).start()
    worker.work()


def _private_pipes() -> tuple[FileIO, FileIO]:
    """Move the pipes away from stdin and stdout, where a stray print would spoil a message."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return FileIO(incoming, "rb"), FileIO(outgoing, "wb")


class Worker:
    """Compiles the newest model as soon as it comes, and samples when asked to.

    Parameters
    ----------
    outgoing
        Stream to the parent; both threads write to it, one at a time.
    """

    def __init__(self, outgoing: FileIO):
        self._outgoing = outgoing
        self._sending = threading.Lock()
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ready = False
        self._compiled_token = 0

    def listen(self, incoming: FileIO) -> None:
        """Take messages as they come, on a thread of its own; when the parent is gone, end this process."""
        while True:
            try:
                message = wire.receive(incoming)
            except EOFError:
                os._exit(0)
            if isinstance(message, wire.Run):
                compiled = message.token == self._compiled_token
                stage = "starting" if not self._ready else "sampling" if compiled else "compiling"
                self._send(Progress(stage, run=message.run))
            self._inbox.put(message)

    def work(self) -> None:
        """Import PyMC, then answer messages in their order."""
        failure = _import_ahead()
        self._ready = True
        self._send(wire.Ready())
        model: wire.Model | None = None
        compiled: Any = None
        refusal: str | None = None
        while True:
            message = self._inbox.get()
            if isinstance(message, wire.Model):
                model, compiled, refusal = message, None, failure
                if refusal is None:
                    compiled, refusal = self._compile(message)
            elif refusal is not None:
                self._send(wire.Failed(message.run, refusal))
            elif model is not None:
                self._sample(model, compiled, message)

    def _send(self, message: Any) -> None:
        with self._sending:
            wire.send(self._outgoing, message)

    def _compile(self, model: wire.Model) -> tuple[Any, str | None]:
        """Compile a model; a reason why that cannot be done waits until a run asks for the result."""
        try:
            compiled = nuts.compile_model(model.frame, model.priors)
        except Exception as error:  # a process boundary: every failure becomes a sentence
            return None, _sentence("The model could not be compiled", error)
        self._compiled_token = model.token
        self._send(wire.Compiled(model.token))
        return compiled, None

    def _sample(self, model: wire.Model, compiled: Any, run: wire.Run) -> None:
        try:
            draws = nuts.sample(
                model.frame,
                model.priors,
                **asdict(run.settings),
                compiled=compiled,
                on_progress=lambda progress: self._send(replace(progress, run=run.run)),
            )
        except Exception as error:  # a process boundary: every failure becomes a sentence
            self._send(wire.Failed(run.run, _sentence("The model could not be sampled", error)))
        else:
            self._send(wire.Finished(run.run, draws))


def _import_ahead() -> str | None:
    """Import PyMC and nutpie; a sentence if they are not installed."""
    try:
        import_pymc()
        import nutpie  # noqa: F401 - imported ahead of its use
    except ImportError as error:
        return str(error)
    return None


def _sentence(what: str, error: Exception) -> str:
    """Say an exception in one sentence; our own errors are sentences already."""
    text = " ".join(str(error).split())[:500]
    if isinstance(error, ImportError) or (isinstance(error, ValueError) and text.endswith(".")):
        return text
    return f"{what} ({type(error).__name__}: {text})."


if __name__ == "__main__":
    main()
