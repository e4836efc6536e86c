"""What the formula line offers to complete: the columns of the data, and the functions of the grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mlmwidget.data.columns import ColumnProfile, plausible_groups
from mlmwidget.data.diagnose import FEW_GROUPS
from mlmwidget.data.errors import counted
from mlmwidget.formula.functions import FUNCTIONS
from mlmwidget.formula.text import name_text
from mlmwidget.widget.choices import column_detail


def candidates(columns: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    """Return the names that can stand in a formula: each ``Candidate`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    columns
        The profiles of the data's columns.
    """
    return [*_columns(columns), *_functions()]


def _columns(columns: Sequence[ColumnProfile]) -> Iterator[dict[str, Any]]:
    groups = {c.name for c in plausible_groups(columns) if c.unique >= FEW_GROUPS}
    for column in columns:
        # A column without a name cannot be written.
        if column.name:
            remark = _groups(column) if column.name in groups else column_detail(column)
            yield _candidate(column.name, name_text(column.name), remark)


def _groups(column: ColumnProfile) -> str:
    """Say what a column is that numbers or names the groups of the rows."""
    labels = column.minimum is not None
    return f"grouping factor: {counted(column.unique, 'group') if labels else column.remark}"


def _functions() -> Iterator[dict[str, Any]]:
    # The shorter of two that begin alike is the more usual one: log before log1p.
    for name in sorted(FUNCTIONS, key=len):
        yield _candidate(name, f"{name}(", f"function of {', '.join(FUNCTIONS[name])}")


def _candidate(name: str, text: str, remark: str) -> dict[str, Any]:
    return {"name": name, "text": text, "remark": remark}
