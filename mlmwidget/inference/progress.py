"""One self-updating line of progress."""

from __future__ import annotations

import sys
from typing import TextIO

from mlmwidget.inference.nuts import Progress

_WORDS = {
    "starting": "Starting PyMC",
    "compiling": "Compiling the model",
    "sampling": "Sampling",
    "finishing": "Collecting the draws",
}


def describe(progress: Progress) -> str:
    """Say a progress in a few words, for example ``"Sampling: 35 %, 2 divergences, about 4 s left"``."""
    text = _WORDS.get(progress.stage, progress.stage)
    total = sum(c.total for c in progress.chains)
    if total:
        text += f": {100 * sum(c.draws for c in progress.chains) // total} %"
        divergences = sum(c.divergences for c in progress.chains)
        text += f", {divergences} divergence{'s' * (divergences != 1)}" if divergences else ""
        text += f", about {_duration(progress.remaining)} left" if progress.remaining is not None else ""
    return text


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def interactive() -> bool:
    """Whether somebody watches stderr: a terminal, or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class ProgressLine:
    """Writes each progress over the one before."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Show a progress."""
        self._write(describe(progress))

    def close(self) -> None:
        """Wipe the line."""
        self._write("")
        self._stream.write("\r")
        self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)
