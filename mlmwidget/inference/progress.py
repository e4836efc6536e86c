"""One self-updating line of progress."""

from __future__ import annotations

import sys
from math import ceil
from typing import TextIO

from mlmwidget.inference.nuts import Progress

#: Stage of a run → what is being done.
STAGES = {
    "starting": "Starting PyMC",
    "compiling": "Compiling the model",
    "sampling": "Sampling",
    "finishing": "Collecting the draws",
}


def describe(progress: Progress) -> str:
    """Say a progress in a few words, for example ``"Sampling: 35 %, 2 divergences, about 4 s left"``."""
    text = STAGES.get(progress.stage, progress.stage)
    total = sum(c.total for c in progress.chains)
    if not total:
        return text
    share = f"{100 * sum(c.draws for c in progress.chains) // total} %"
    return f"{text}: {', '.join([share, *_divergences(progress), *_remaining(progress)])}"


def remarks(progress: Progress) -> str:
    """Say what bars do not show of a progress: ``"2 divergences · 3 s · about 5 s left"``."""
    return " · ".join([*_divergences(progress), _duration(progress.seconds), *_remaining(progress)])


def _divergences(progress: Progress) -> list[str]:
    count = sum(c.divergences for c in progress.chains)
    return [f"{count} divergence{'s' * (count != 1)}"] if count else []


def _remaining(progress: Progress) -> list[str]:
    return [] if progress.remaining is None else [f"about {_duration(ceil(progress.remaining))} left"]


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
