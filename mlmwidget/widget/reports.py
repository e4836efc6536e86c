"""The report that is on screen, and those of the fits in the history."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mlmwidget.widget.background import NewestOnly
from mlmwidget.widget.fit_history import Entry, FitHistory
from mlmwidget.widget.session import Session

# scipy.stats takes a second to import: it comes with the first fit, not with the widget.
if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

#: Charts on the tab that is open before another one is chosen.
FIRST_CHARTS = frozenset({"pooling", "shrinkage"})

#: Names of the charts that are looked at, and which groups charts show.
type _Looked = tuple[frozenset[str], dict[str, dict[str, Any]]]


class Reports:
    """Makes reports of fits and shows one of them; each method may be called from any thread.

    Parameters
    ----------
    session
        The model and the data on screen.
    history
        The fits that were asked for or kept.
    show
        Called with every ``Report`` of ``js/src/protocol.ts`` that is to be shown.
    lock
        The widget's own lock.
    """

    def __init__(
        self,
        session: Session,
        history: FitHistory,
        show: Callable[[dict[str, Any]], None],
        lock: threading.RLock,
    ):
        self._session = session
        self._history = history
        self._show = show
        self._lock = lock
        #: The fit that is shown; None before the first.
        self.fit: Fit | None = None
        # Reports of the fits in the history, to be shown again without making them anew.
        self._made: WeakKeyDictionary[Fit, dict[str, Any]] = WeakKeyDictionary()
        #: A fit that was recalled: a live posterior of its model does not replace it.
        self._recalled: Fit | None = None
        self._report: dict[str, Any] = {}
        #: The report of a live posterior that has not been taken, and which charts were looked at then.
        self._prepared: tuple[Fit, _Looked, dict[str, Any]] | None = None
        self._numbers = itertools.count(1)
        # Only the charts on the open tab are made with every report.
        self._open = FIRST_CHARTS
        self._drawing = NewestOnly("mlmwidget charts")
        #: Name of a chart → which groups it shows, and the charts that do not show them yet.
        self._options: dict[str, dict[str, Any]] = {}
        self._turned: set[str] = set()

    @property
    def is_current(self) -> bool:
        """Whether the fit that is shown is of the model on screen."""
        return self.fit is not None and self._is_current(self.fit)

    @property
    def can_keep(self) -> bool:
        """Whether a live posterior is shown that is not in the history yet."""
        shown = self.fit
        return (
            shown is not None
            and self._report["live"]
            and not any(
                e.kept and e.fit.spec == shown.spec and self._is_current(e.fit) for e in self._history.entries
            )
        )

    def _is_current(self, fit: Fit) -> bool:
        return self._session.changed_since(fit) is None

    def prepare(self, fit: Fit) -> None:
        """Make the report of a live posterior that is likely to be taken soon."""
        looked = self._looked
        self._prepared = fit, looked, self._make(fit, live=True)

    @property
    def _looked(self) -> _Looked:
        return self._open, self._options

    def _make(self, fit: Fit, live: bool = False) -> dict[str, Any]:
        # Altair takes a second to import: it comes with the first fit, not with the widget.
        from mlmwidget.widget.report import report

        return report(fit, number=next(self._numbers), live=live, names=self._open, options=self._options)

    def take(self, fit: Fit, live: bool, wanted: Callable[[], bool]) -> None:
        """Show a fit, on the thread of its run; estimates of the model on screen go first."""
        if live and not self._is_current(fit):
            return
        prepared, self._prepared = self._prepared, None
        try:
            ready = prepared is not None and prepared[0] is fit and prepared[1] == self._looked
            made = prepared[2] if prepared and ready else self._make(fit, live)
        except Exception:
            with self._lock:
                if not live and wanted():
                    self._history.add(fit, None)  # a report that fails does not cost the fit
            raise
        with self._lock:
            if not wanted():
                return
            if not live:
                self._history.add(fit, made)
                self._made[fit] = made
            current = self._is_current(fit)
            if live and (not current or self._has_precedence(fit)):
                return
            # What was asked for stays on screen as long as it is of the model on screen.
            if self.is_current and not current:
                return
            self.fit = fit
            self._put(made)

    def _has_precedence(self, live: Fit) -> bool:
        """Whether what is on screen stays there although a live posterior has come."""
        shown = self.fit
        if shown is None or shown not in self._history:
            return False
        return self.is_current or (shown is self._recalled and shown.spec == live.spec)

    def keep(self) -> Entry:
        """Put the live posterior that is shown into the history.

        Raises
        ------
        ValueError
            If none is shown, or it is there already.
        """
        with self._lock:
            if self.fit is None or not self.can_keep:
                raise ValueError("There is no live posterior to keep that is not in the history already.")
            entry = self._history.add(self.fit, self._report, kept=True)
            self._put({**self._report, "live": False})
            return entry

    def recall(self, fit: Fit) -> None:
        """Show the report of a fit of the history again."""
        with self._lock:
            made = self._made.get(fit) or self._make(fit)
            self.fit = self._recalled = fit
            self._put({**made, "id": next(self._numbers)})

    def release(self) -> None:
        """Let live posteriors replace a fit that was recalled: there are new data."""
        self._recalled = None

    @property
    def out_of_date(self) -> str | None:
        """What has changed since the fit that is shown, in a sentence; None when nothing has."""
        return None if self.fit is None else self._session.changed_since(self.fit)

    def show_again(self) -> None:
        """Show the report that is on screen once more: its words have changed."""
        with self._lock:
            if self._report:
                self._show(self._report)

    def open(self, names: Iterable[str]) -> None:
        """Take note of the charts that are looked at; the report soon gets those that it lacks."""
        with self._lock:
            self._open = frozenset(names)
        self._drawing.submit(self._complete)

    def turn(self, name: str, options: dict[str, Any]) -> None:
        """Let a chart show other groups, in this report and in the next ones."""
        with self._lock:
            self._options = self._options | {name: options}
            self._turned.add(name)
        self._drawing.submit(self._complete)

    def options(self, name: str) -> dict[str, Any]:
        """Which groups a chart shows, as arguments of its method."""
        return self._options.get(name, {})

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the charts that were asked for; False when the time (seconds) was not enough."""
        return self._drawing.wait(timeout)

    def _complete(self) -> None:
        """Make the charts that are looked at and only announced, and those that are to show other groups."""
        from mlmwidget.widget.report import charts

        with self._lock:
            fit, shown, wanted, turned = self.fit, self._report, self._open, self._turned
            self._turned = set()
        missing = [
            c["name"]
            for c in shown.get("charts", ())
            if c["name"] in turned or (c["name"] in wanted and c.get("pending"))
        ]
        if fit is None or not missing:
            return
        made = {chart["name"]: chart for chart in charts(fit, missing, self._options)}
        with self._lock:
            # A newer report brings its own.
            if self._report["id"] == shown["id"]:
                merged = [made.get(chart["name"], chart) for chart in self._report["charts"]]
                self._put({**self._report, "charts": merged})

    def _put(self, report: dict[str, Any]) -> None:
        self._report = report
        if self.fit is not None and self.fit in self._history:
            self._made[self.fit] = report
        self._show(report)
