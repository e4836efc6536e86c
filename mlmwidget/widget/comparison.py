"""Comparing the fits of a widget in the background, and what the browser shows of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlmwidget.widget.background import NewestOnly
from mlmwidget.widget.fit_history import Entry, FitHistory

# NumPy's and SciPy's heavier parts come with the first comparison, not with the widget.
if TYPE_CHECKING:
    from mlmwidget.inference.compare import Comparison
    from mlmwidget.inference.fit import Fit
    from mlmwidget.inference.loo import LeaveOneOut


class FitComparing:
    """The comparison of one widget's fits; each method may be called from any thread.

    Parameters
    ----------
    history
        The fits.
    on_change
        Called when there is something new to show.
    lock
        The widget's own lock.
    """

    def __init__(self, history: FitHistory, on_change: Callable[[], None], lock: threading.RLock):
        self._history = history
        self._on_change = on_change
        self._lock = lock
        self._worker = NewestOnly("mlmwidget comparison")
        self._run = 0
        self._stage = ""
        self._message = ""
        # The fit that the others are compared with, and what was found of each of them, by number: its
        # leave-one-out, or why there is none.
        self._reference: Entry | None = None
        self._found: dict[int, LeaveOneOut | str] = {}
        self._shown: tuple[tuple[int, int, str], dict[str, Any] | None] | None = None

    def start(self, shown: Fit | None) -> None:
        """Compare, in the background, every fit that can be compared with the one that is shown.

        Raises
        ------
        ValueError
            If there are not two fits that can be compared.
        """
        with self._lock:
            chosen, reference, run = self._begin(shown)
        self._worker.submit(lambda: self._compute(chosen, reference, run))

    def run(self, shown: Fit | None) -> Comparison:
        """Compare at once (see :meth:`start`)."""
        with self._lock:
            chosen, reference, run = self._begin(shown)
        self._compute(chosen, reference, run)
        with self._lock:
            found = self._results()
        if len(found) < 2:
            raise ValueError(self._message)
        from mlmwidget.inference.compare import tabulate

        return tabulate(found)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the comparison; False when the time (seconds) was not enough."""
        return self._worker.wait(timeout)

    def view(self) -> dict[str, Any] | None:
        """Return the ``FitComparison`` of ``js/src/protocol.ts``; None when there is none to show."""
        key = (self._history.version, self._run, self._message)
        if self._shown is None or self._shown[0] != key:
            self._shown = key, self._view()
        return self._shown[1]

    def _begin(self, shown: Fit | None) -> tuple[list[Entry], Entry, int]:
        """Decide which fits are compared, and with which; number the comparison."""
        entries = self._history.entries
        able = [e for e in entries if _has_posterior(e)]
        if not able:
            raise ValueError("A comparison needs two fits with a posterior: fit exactly or with PyMC first.")
        reference = next((e for e in able if e.fit is shown), able[-1])
        reasons = {e.number: _why_left_out(e, reference) for e in entries}
        chosen = [e for e in entries if reasons[e.number] is None]
        if len(chosen) < 2:
            why = " ".join(filter(None, reasons.values()))
            raise ValueError(f"There is nothing to compare “{reference.name}” with. {why}".rstrip())
        self._run += 1
        self._tell(self._run, "computing", f"Comparing {len(chosen)} fits …")
        return chosen, reference, self._run

    def _compute(self, chosen: list[Entry], reference: Entry, run: int) -> None:
        found: dict[int, LeaveOneOut | str] = {}
        for done, entry in enumerate(chosen, 1):
            now = f"Comparing: leaving out each row, fit {done} of {len(chosen)} …"
            if not self._tell(run, "computing", now):
                return
            try:
                found[entry.number] = entry.fit.loo()
            except Exception as error:  # a thread has nobody to raise to
                found[entry.number] = str(error) or type(error).__name__
        with self._lock:
            if run != self._run:
                return
            self._found, self._reference = found, reference
            count = len(self._results())
            if count < 2:
                reasons = " ".join(value for value in found.values() if isinstance(value, str))
                self._tell(run, "failed", f"The fits could not be compared. {reasons}")
            else:
                self._tell(run, "done", f"{count} fits compared.")

    def _tell(self, run: int, stage: str, message: str) -> bool:
        """Show how the comparison stands; False when a newer one has begun."""
        with self._lock:
            if run != self._run:
                return False
            self._stage, self._message = stage, message
            self._on_change()
            return True

    def _results(self) -> dict[str, LeaveOneOut]:
        """Leave-one-out of the fits that are in the history, by name."""
        return {
            e.name: found
            for e in self._history.entries
            if not isinstance(found := self._found.get(e.number, ""), str)
        }

    def _view(self) -> dict[str, Any] | None:
        if not self._stage:
            return None
        from mlmwidget.inference.compare import tabulate

        shown = {"stage": self._stage, "message": self._message, "rows": [], "sentences": [], "left_out": []}
        results = self._results()
        if len(results) < 2:  # none yet, or the fits that were compared have been removed
            return None if self._stage == "done" else shown
        made = tabulate(results)
        left_out = [self._why_missing(e) for e in self._history.entries if e.name not in results]
        return shown | {"rows": _rows(made), "sentences": list(made.sentences), "left_out": left_out}

    def _why_missing(self, entry: Entry) -> str:
        """Why a fit of the history is not in the comparison."""
        assert self._reference is not None
        failure = self._found.get(entry.number)
        if isinstance(failure, str):
            return f"“{entry.name}” is left out. {failure}"
        reference = next((e for e in self._history.entries if e.fit is self._reference.fit), self._reference)
        return (
            _why_left_out(entry, reference)
            or f"“{entry.name}” was fitted after this comparison: compare again to include it."
        )


def _has_posterior(entry: Entry) -> bool:
    from mlmwidget.inference.point import PointEstimate

    return not isinstance(entry.fit.estimate, PointEstimate)


def _why_left_out(entry: Entry, reference: Entry) -> str | None:
    """Why a fit cannot be compared with another one, as a sentence; None when it can."""
    from mlmwidget.inference.compare import why_not_comparable

    if not _has_posterior(entry):
        return f"“{entry.name}” is a point estimate, and leave-one-out needs a posterior: fit with draws."
    names = f"“{reference.name}”", f"“{entry.name}”"
    return why_not_comparable(reference.fit.frame, entry.fit.frame, *names)


def _rows(made: Comparison) -> list[dict[str, Any]]:
    """Rows of the table, formatted; places from 0 to 1 for a mark of each difference ± 2 of its errors."""
    from mlmwidget.inference.compare import CLEAR
    from mlmwidget.notation.numbers import format_number

    low = (made.table["difference"] - CLEAR * made.table["se_difference"]).min()
    high = max(0.0, (made.table["difference"] + CLEAR * made.table["se_difference"]).max())
    width = (high - low) or 1.0
    rows: list[dict[str, Any]] = []
    for name, row in made.table.iterrows():
        best = not rows
        reach = CLEAR * row["se_difference"]
        rows.append(
            {
                "name": str(name),
                "elpd": format_number(row["elpd"], row["se"]),
                "se": format_number(row["se"], digits=2),
                "difference": "0" if best else format_number(row["difference"], row["se_difference"]),
                "se_difference": "" if best else format_number(row["se_difference"], digits=2),
                "p_loo": format_number(row["p_loo"], digits=2),
                "high_k": int(row["high_k"]),
                "reliable": bool(row["reliable"]),
                "mark": {
                    "from": float((row["difference"] - reach - low) / width),
                    "at": float((row["difference"] - low) / width),
                    "to": float((row["difference"] + reach - low) / width),
                    "zero": float(-low / width),
                },
            }
        )
    return rows
