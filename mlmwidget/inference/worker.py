"""The worker process: imports PyMC ahead of time, compiles and samples, and lives as long as its parent.

Started by :mod:`mlmwidget.inference.jobs` as ``python -m mlmwidget.inference.worker``. The main thread
works; a second thread reads, so that the end of the parent (the end of its pipe) ends this process even
while it compiles.
"""

from __future__ import annotations

import os
import queue
import threading
from io import FileIO
from typing import Any

from mlmwidget.inference import wire


def main() -> None:
    """Serve the parent until its pipe ends."""
    incoming, outgoing = _private_pipes()
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, inbox), daemon=True).start()
    from mlmwidget.model.pymc import import_pymc

    try:
        import_pymc()
        import nutpie  # noqa: F401 - imported ahead of its use
    except ImportError as error:
        missing: str | None = str(error)
    else:
        missing = None
        wire.send(outgoing, wire.Ready())
    _serve(inbox, _Outbox(outgoing), missing)


class _Outbox:
    """Lets one thread at a time send."""

    def __init__(self, stream: FileIO):
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        with self._lock:
            wire.send(self._stream, message)


def _private_pipes() -> tuple[FileIO, FileIO]:
    """Move the pipes away from stdin and stdout, where a stray print would spoil a message."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return FileIO(incoming, "rb"), FileIO(outgoing, "wb")


def _listen(stream: FileIO, inbox: queue.SimpleQueue[Any]) -> None:
    """Take messages as they come; when the parent is gone, so is this process."""
    while True:
        try:
            inbox.put(wire.receive(stream))
        except EOFError:
            os._exit(0)


def _serve(inbox: queue.SimpleQueue[Any], outbox: _Outbox, missing: str | None) -> None:
    """Compile the newest model as soon as it comes, and sample when asked to."""
    model: wire.Model | None = None
    compiled: Any = None
    while True:
        message = inbox.get()
        if isinstance(message, wire.Model):
            model, compiled = message, None
            failure = missing
            if failure is None:
                compiled, failure = _compile(model, outbox)
        elif isinstance(message, wire.Run) and model is not None:
            if failure is not None:
                outbox.send(wire.Failed(message.run, failure))
            else:
                _sample(model, compiled, message, outbox)


def _compile(model: wire.Model, outbox: _Outbox) -> tuple[Any, str | None]:
    """Compile a model; a reason why that cannot be done waits until a run asks for the result."""
    from mlmwidget.inference.nuts import compile_model

    try:
        compiled = compile_model(model.frame, model.priors)
    except Exception as error:  # noqa: BLE001 - a process boundary: every failure becomes a sentence
        return None, _sentence("The model could not be compiled", error)
    outbox.send(wire.Compiled(model.token))
    return compiled, None


def _sample(model: wire.Model, compiled: Any, run: wire.Run, outbox: _Outbox) -> None:
    from dataclasses import asdict, replace

    from mlmwidget.inference.nuts import sample

    try:
        draws = sample(
            model.frame,
            model.priors,
            **asdict(run.settings),
            compiled=compiled,
            on_progress=lambda progress: outbox.send(replace(progress, run=run.run)),
        )
    except Exception as error:  # noqa: BLE001 - a process boundary: every failure becomes a sentence
        outbox.send(wire.Failed(run.run, _sentence("The model could not be sampled", error)))
    else:
        outbox.send(wire.Finished(run.run, draws))


def _sentence(what: str, error: Exception) -> str:
    """Say an exception in one sentence; our own errors are sentences already."""
    text = " ".join(str(error).split())[:500]
    if isinstance(error, ImportError) or (isinstance(error, ValueError) and text.endswith(".")):
        return text
    return f"{what} ({type(error).__name__}: {text})."


if __name__ == "__main__":
    main()
