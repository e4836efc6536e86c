"""The fits of a widget and the report that is on screen."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mlmwidget.widget.background import NewestOnly

# scipy.stats takes a second to import: it comes with the first fit, not with the widget.
if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

#: Seconds that a report waits for the live posterior before it says that it is out of date.
SOON = 0.7
#: Charts on the tab that is open before another one is chosen.
FIRST_CHARTS = frozenset({"pooling", "shrinkage"})


class Reports:
    """Keeps fits and shows one of them; each method may be called from any thread.

    Parameters
    ----------
    show
        Called with every ``Report`` of ``js/src/protocol.ts`` that is to be shown.
    is_current
        Says whether a fit is of the model and the data on screen.
    lock
        The widget's own lock.
    """

    def __init__(
        self,
        show: Callable[[dict[str, Any]], None],
        is_current: Callable[[Fit], bool],
        lock: threading.RLock,
    ):
        self._show = show
        self._is_current = is_current
        self._lock = lock
        #: The fit that is shown; None before the first.
        self.fit: Fit | None = None
        #: Every fit that was asked for, oldest first.
        self.fits: list[Fit] = []
        self._report: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        # Only the charts on the open tab are made with every report.
        self._open = FIRST_CHARTS
        self._drawing = NewestOnly("mlmwidget charts")

    @property
    def is_current(self) -> bool:
        """Whether the fit that is shown is of the model on screen."""
        return self.fit is not None and self._is_current(self.fit)

    def take(self, fit: Fit, live: bool, wanted: Callable[[], bool]) -> None:
        """Show a fit, on the thread of its run; estimates of the model on screen go first."""
        # Altair takes a second to import: it comes with the first fit, not with the widget.
        from mlmwidget.widget.report import report

        if live and not self._is_current(fit):
            return
        made = report(fit, number=next(self._numbers), live=live, names=self._open)
        with self._lock:
            if not wanted():
                return
            if not live:
                self.fits.append(fit)
            current = self._is_current(fit)
            if live and not current:
                return
            # What was asked for stays on screen as long as it is of the model on screen.
            if self.is_current and (not current or (live and self.fit in self.fits)):
                return
            self.fit = fit
            self._put({**made, "out_of_date": self._out_of_date()})

    def mark(self, patient: bool = False) -> None:
        """Say on the report whether it still is of the model on screen.

        A live posterior mostly comes at once, and the report is large: a patient mark waits for it a moment.
        """
        with self._lock:
            sentence = self._out_of_date()
            if self.fit is None or self._report["out_of_date"] == sentence:
                return
            if patient and sentence is not None:
                timer = threading.Timer(SOON, self.mark)
                timer.daemon = True
                timer.start()
            else:
                self._put({**self._report, "out_of_date": sentence})

    def open(self, names: Iterable[str]) -> None:
        """Take note of the charts that are looked at; the report soon gets those that it lacks."""
        with self._lock:
            self._open = frozenset(names)
        self._drawing.submit(self._complete)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the charts that were asked for; False when the time (seconds) was not enough."""
        return self._drawing.wait(timeout)

    def _complete(self) -> None:
        """Make the charts that are looked at and that the report only announces."""
        from mlmwidget.widget.report import charts

        with self._lock:
            fit, shown, wanted = self.fit, self._report, self._open
        missing = [c["name"] for c in shown.get("charts", ()) if c["name"] in wanted and c.get("pending")]
        if fit is None or not missing:
            return
        made = {chart["name"]: chart for chart in charts(fit, missing)}
        with self._lock:
            # A newer report brings its own.
            if self._report["id"] == shown["id"]:
                merged = [made.get(chart["name"], chart) for chart in self._report["charts"]]
                self._put({**self._report, "charts": merged})

    def _put(self, report: dict[str, Any]) -> None:
        self._report = report
        self._show(report)

    def _out_of_date(self) -> str | None:
        if self.fit is None or self.is_current:
            return None
        return f"The model has changed since: these are the estimates of {self.fit.spec.formula}."
