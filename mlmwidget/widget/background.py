"""Work in the background of which only the newest counts."""

from __future__ import annotations

import sys
import threading
import time
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
        self._pause = 0.0
        self._lock = threading.Lock()
        self._pending: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], None], pause: float = 0.0) -> None:
        """Run a job soon, in place of one that still waits.

        Parameters
        ----------
        job
            What to do.
        pause
            Seconds to let go by first, in which others have the processor and newer jobs may come.
        """
        with self._lock:
            self._pending, self._pause = job, pause
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
            time.sleep(self._pause)
            with self._lock:
                job, self._pending, self._pause = self._pending, None, 0.0
                if job is None:
                    self._thread = None
                    return
            try:
                job()
            except Exception:
                # Said as any thread's is, but the jobs after it still get their turn.
                thread = threading.current_thread()
                threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), thread]))
