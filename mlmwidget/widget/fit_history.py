"""The fits that a person asked for or kept: under names, to be recalled, removed and compared.

Knows nothing of Jupyter; :func:`fit_list` is what the browser shows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlmwidget.formula.families import FAMILIES

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

LONGEST_NAME = 60
NO_REPORT = {"severity": "warning", "text": "Its report could not be made."}


@dataclass(frozen=True, eq=False)
class Entry:
    """One fit of the history.

    Parameters
    ----------
    number
        1, 2, …, in the order in which the fits were made; never given twice.
    name
        What the person calls it; unique among the fits.
    fit
        The fit.
    made
        When it entered the history, ISO 8601 in UTC.
    kept
        Whether it is a live posterior that was kept, not a fit that was asked for.
    headline
        Method, draws and time.
    verdict
        Severity and sentence, as in a report.
    """

    number: int
    name: str
    fit: Fit
    made: str
    kept: bool
    headline: str
    verdict: dict[str, str]


class FitHistory:
    """Fits in the order in which they were made, and those that were removed and can be put back."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._removed: list[Entry] = []
        self._last = 0
        #: Changes with every change of the history.
        self.version = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The fits, oldest first."""
        return tuple(self._entries)

    @property
    def removed(self) -> Entry | None:
        """The fit that was removed last; None when there is none to put back."""
        return self._removed[-1] if self._removed else None

    @property
    def named(self) -> dict[str, Fit]:
        """Name → fit, oldest first."""
        return {entry.name: entry.fit for entry in self._entries}

    def __contains__(self, fit: object) -> bool:
        return any(entry.fit is fit for entry in self._entries)

    def add(self, fit: Fit, report: dict[str, Any] | None, kept: bool = False) -> Entry:
        """Add a fit; `report` is its report, None when it could not be made."""
        from mlmwidget.widget.report import headline

        self._last += 1
        entry = Entry(
            number=self._last,
            name=self._free_name(f"Fit {self._last}"),
            fit=fit,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            kept=kept,
            headline=headline(fit),
            verdict=dict(report["verdict"]) if report else NO_REPORT,
        )
        self._entries.append(entry)
        self.version += 1
        return entry

    def find(self, number: Any) -> Entry:
        """Return the fit of a number.

        Raises
        ------
        ValueError
            If there is none.
        """
        for entry in self._entries:
            if entry.number == number:
                return entry
        raise ValueError(f"There is no fit number {number!r} in the history.")

    def called(self, name: str) -> Entry:
        """Return the fit of a name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for entry in self._entries:
            if entry.name == name:
                return entry
        known = ", ".join(f"“{entry.name}”" for entry in self._entries) or "none yet"
        raise ValueError(f"There is no fit called “{name}”; there are {known}.")

    def rename(self, number: Any, name: str) -> None:
        """Give a fit a name; nothing gives it back the one it had at first.

        Raises
        ------
        ValueError
            If there is no such fit, or the name is another fit's.
        """
        entry = self.find(number)
        name = " ".join(name.split())[:LONGEST_NAME] or f"Fit {entry.number}"
        if any(other.name == name for other in self._entries if other is not entry):
            raise ValueError(f"Another fit is called “{name}” already: choose another name.")
        self._entries[self._entries.index(entry)] = replace(entry, name=name)
        self.version += 1

    def remove(self, number: Any) -> None:
        """Remove a fit; it can be put back.

        Raises
        ------
        ValueError
            If there is no such fit.
        """
        entry = self.find(number)
        self._entries.remove(entry)
        self._removed.append(entry)
        self.version += 1

    def restore(self) -> None:
        """Put back the fit that was removed last, in its old place.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self._removed:
            raise ValueError("There is no fit to put back.")
        entry = self._removed.pop()
        entry = replace(entry, name=self._free_name(entry.name))
        self._entries = sorted([*self._entries, entry], key=lambda e: e.number)
        self.version += 1

    def _free_name(self, name: str) -> str:
        """Return the name, or one like it that no fit has."""
        taken, free, count = self.named, name, 1
        while free in taken:
            count += 1
            free = f"{name} ({count})"
        return free


def fit_list(
    history: FitHistory,
    shown: Fit | None,
    is_earlier: Callable[[Fit], bool],
    can_keep: bool,
    comparison: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the ``FitList`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    history
        The fits.
    shown
        The fit whose report is on screen.
    is_earlier
        Says whether a fit is of data that have been replaced.
    can_keep
        Whether the report on screen is of a live posterior that is not in the history yet.
    comparison
        The ``FitComparison`` of ``js/src/protocol.ts``; None before the first.
    """
    removed = history.removed
    return {
        "fits": [
            {
                "number": entry.number,
                "name": entry.name,
                "formula": entry.fit.spec.formula,
                "family": family_text(entry.fit),
                "headline": entry.headline,
                "kept": entry.kept,
                "verdict": entry.verdict,
                "made": entry.made,
                "shown": entry.fit is shown,
                "earlier": "Fitted to the data before they were replaced." if is_earlier(entry.fit) else None,
                "rename": request("rename", fit=entry.number),
                "recall": request("recall", fit=entry.number),
                "remove": request("remove", fit=entry.number),
            }
            for entry in history.entries
        ],
        "keep": request("keep") if can_keep else None,
        "restore": {"name": removed.name, "request": request("restore")} if removed else None,
        "compare": request("compare") if len(history.entries) > 1 else None,
        "comparison": comparison,
    }


def request(action: str, **fields: Any) -> dict[str, Any]:
    """Return a request about the history."""
    return {"type": "history", "action": action, **fields}


def family_text(fit: Fit) -> str:
    """Name the family, and a link that is not the family's own, for example ``"Poisson, sqrt link"``."""
    family = FAMILIES[fit.spec.family]
    label = family.label[0].upper() + family.label[1:]
    return label if fit.spec.link == family.link else f"{label}, {fit.spec.link} link"
