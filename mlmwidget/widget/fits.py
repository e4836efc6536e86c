"""What a person has found: the fit on screen, the fits that were asked for or kept, and their comparison.

Knows nothing of Jupyter: whatever changes is handed on as traits of the widget.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mlmwidget.charts.theme import DARK, LIGHT
from mlmwidget.widget.comparison import FitComparing
from mlmwidget.widget.fit_history import Entry, FitHistory, fit_list
from mlmwidget.widget.reports import Reports
from mlmwidget.widget.session import Session

# scipy.stats takes a second to import: it comes with the first fit, not with the widget.
if TYPE_CHECKING:
    from mlmwidget.inference.compare import Comparison
    from mlmwidget.inference.fit import Fit


class Fits:
    """The fits of one widget; each method may be called from any thread.

    Parameters
    ----------
    session
        The model and the data on screen, which say in how far a fit is out of date.
    show
        Called with the traits that have changed, which belong in one message.
    lock
        The widget's own lock.
    """

    def __init__(self, session: Session, show: Callable[[Mapping[str, Any]], None], lock: threading.RLock):
        self._session = session
        self._show = show
        self._lock = lock
        self.history = FitHistory()
        self.comparing = FitComparing(self.history, self._show_list, lock)
        self.reports = Reports(session, self.history, self._show_report, lock)

    @property
    def shown(self) -> Fit | None:
        """The fit whose estimates are on screen; None before the first."""
        return self.reports.fit

    def traits(self) -> dict[str, Any]:
        """Return what follows from the model on screen: ``out_of_date`` and ``fit_list``."""
        with self._lock:
            mark = {"out_of_date": self.reports.out_of_date}
            return {**self._session.tell(mark), "fit_list": self._list()}

    def take(self, fit: Fit, live: bool, wanted: Callable[[], bool]) -> None:
        """Take a fit from the thread of its run (see :meth:`.reports.Reports.take`)."""
        try:
            self.reports.take(fit, live, wanted)
        finally:
            self._show_list()

    def keep(self, name: str = "") -> Fit:
        """Put the live posterior that is shown into the history.

        Raises
        ------
        ValueError
            If no live posterior is shown, it is in the history already, or the name is another fit's.
        """
        with self._lock:
            entry = self.reports.keep()
            try:
                if name:
                    self.history.rename(entry.number, name)
            finally:
                self._show_list()
        return entry.fit

    def recall(self, entry: Entry) -> None:
        """Show the report of a fit of the history again."""
        self.reports.recall(entry.fit)

    def compare(self) -> Comparison:
        """Compare the fits of the history with the one that is shown, at once.

        Raises
        ------
        ValueError
            If there are not two fits that can be compared.
        """
        return self.comparing.run(self.shown)

    def act(self, request: Mapping[str, Any]) -> None:
        """Do what a request about the history asks for; recalling is the widget's, whose model follows.

        Raises
        ------
        ValueError
            If it cannot be done; the message says why.
        """
        number = request.get("fit")
        actions: dict[Any, Callable[[], object]] = {
            "keep": self.reports.keep,
            "rename": lambda: self.history.rename(number, str(request.get("name", ""))),
            "remove": lambda: self.history.remove(number),
            "restore": self.history.restore,
            "compare": lambda: self.comparing.start(self.shown),
        }
        action = request.get("action")
        if isinstance(action, str) and action in actions:
            try:
                actions[action]()
            finally:
                self._show_list()

    def _list(self) -> dict[str, Any]:
        return fit_list(
            self.history, self.shown, self._session.is_earlier, self.reports.can_keep, self.comparing.view()
        )

    def _show_list(self) -> None:
        with self._lock:
            self._show({"fit_list": self._list()})

    def _show_report(self, report: dict[str, Any]) -> None:
        with self._lock:
            themes = {"light": LIGHT, "dark": DARK}
            self._show({"themes": themes, "report": self._session.tell(report), **self.traits()})
