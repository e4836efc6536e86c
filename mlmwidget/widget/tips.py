"""What a fit says of each part of the model, in plain words: for the tooltips of equations and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.families import scale_of
from mlmwidget.widget.table import NOTHING

#: More estimates than this are counted, not listed: a factor of many levels has that many.
MOST = 4
_GAP = "\N{NO-BREAK SPACE}"


def tips(rows: Sequence[dict[str, Any]], frame: ModelFrame, interval: str) -> dict[str, str]:
    """Write the estimates of every part, a line each, with interval and unit.

    Parameters
    ----------
    rows
        Rows of the table of estimates, as :func:`mlmwidget.widget.table.summary_rows` writes them.
    frame
        The model frame.
    interval
        Probability of the intervals, as text.

    Returns
    -------
    dict
        Part id → lines of plain text.
    """
    lines: dict[str, list[str]] = {}
    single = _single(rows)
    for row in rows:
        name = "Estimate" if row["part"] in single else row["label"]
        lines.setdefault(row["part"], []).append(
            f"{name}: {_figures(row, _measure(row['unit'], frame), interval)}"
        )
    return {part: "\n".join(_few(found)) for part, found in lines.items() if part}


def _single(rows: Sequence[dict[str, Any]]) -> set[str]:
    """Population-level coefficients that are alone: what they are called goes without saying."""
    counts = Counter(row["part"] for row in rows)
    return {p for p, n in counts.items() if n == 1 and not p.startswith("group-") and p != "sigma"}


def _figures(row: dict[str, Any], measure: str, interval: str) -> str:
    if row["lower"] == NOTHING:
        return f"{row['mean']}{measure}."
    return f"{row['mean']}{measure} ({interval} interval: {row['lower']} to {row['upper']})."


def _measure(unit: str, frame: ModelFrame) -> str:
    """Write a unit or a scale behind a number."""
    if not unit:
        return ""
    return f" on the {unit}" if unit == scale_of(frame.spec.link) else f"{_GAP}{unit}"


def _few(lines: list[str]) -> list[str]:
    if len(lines) <= MOST:
        return lines
    return [*lines[: MOST - 1], f"… and {len(lines) - MOST + 1} more in the table of estimates."]
