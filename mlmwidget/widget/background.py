"""Work in the background of which only the newest counts."""

from __future__ import annotations

import threading
from collections.abc import Callable


class NewestOnly:
    """Runs jobs one at a time on a thread; a job that has not begun when a newer one comes is dropped.

    The thread ends when nothing is left to do, so an idle widget holds none.

    Parameters
    ----------
    name
        Name of the thread, for debuggers.
    """

    def __init__(self, name: str):
        self._name = name
        self._lock = threading.Lock()
        self._pending: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job soon, in place of one that still waits."""
        with self._lock:
            self._pending = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; False when the time (seconds) was not enough."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return self._thread is None

    def _work(self) -> None:
        while True:
            with self._lock:
                job, self._pending = self._pending, None
                if job is None:
                    self._thread = None
                    return
            job()
