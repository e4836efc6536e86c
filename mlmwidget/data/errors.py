"""Makes the sentences that data errors are: one helper, and the nearest name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from mlmwidget.problems import DataError, Problem


def data_error(message: str, code: str, *, column: str | None = None, part: str | None = None) -> DataError:
    """Return a :class:`DataError` whose problem has severity ``"error"``.

    It names a part of the model and no position: a spec need not come from a text.
    """
    return DataError(Problem("error", code, message, part=part, column=column))


def unknown_column(name: str, known: Iterable[str]) -> DataError:
    """Return the error for a column that the data do not have, naming the nearest one."""
    names = list(known)
    lowered = {n.lower(): n for n in reversed(names)}
    near = get_close_matches(name, names, 1) or get_close_matches(name.lower(), list(lowered), 1)
    if near:
        hint = f"Did you mean “{lowered.get(near[0], near[0])}”?"
    else:
        hint = f"The columns are: {listed(names)}."
    return data_error(f"The data have no column “{name}”. {hint}", "unknown-column", column=name)


def listed(names: Iterable[object], limit: int = 8) -> str:
    """Join names with commas; only the first `limit` of them are shown."""
    texts = [str(name) for name in names]
    shown = ", ".join(texts[:limit])
    return f"{shown}, … ({len(texts)} in all)" if len(texts) > limit else shown


def counted(number: int, noun: str) -> str:
    """Return for example ``"1 row"`` or ``"1,200 rows"``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
