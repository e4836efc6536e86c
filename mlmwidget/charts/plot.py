"""What a chart shows, as plain data: the half of a chart that can be tested without drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

#: Rows of data that a chart draws at most; more are sampled or binned, and the note says so.
MAX_POINTS = 4000
#: Parameter of the pooling slider, and of the choices between deviations and totals, ranks and traces.
POOL, SHOW, CHAINS = "pool", "show", "chains"


@dataclass(frozen=True, slots=True)
class Page:
    """Which of many groups a plot shows: page 0 is a sample, the others have all groups in their order.

    Parameters
    ----------
    number
        The page; None when the groups were named.
    last
        Number of the last page.
    label
        What is shown, for example ``"25 to 48 of 85"``.
    """

    number: int | None
    last: int
    label: str


@dataclass(frozen=True, eq=False)
class Plot:
    """Titles, words and rows of one chart.

    Parameters
    ----------
    name
        Name of the plot, for example ``"pooling"``.
    version
        Which drawing fits the model, for example ``"lines"`` or ``"levels"``; it depends on the model and on
        the size of the data, never on their values.
    title
        Heading.
    description
        Sentences for screen readers, with the figures the chart rests on.
    titles
        Role → title of an axis, panel or tooltip, as plain text.
    data
        Name of each data set → its rows, free of NaN. Fields have fixed names; names of columns and groups
        are values, never fields.
    note
        Sentence about what was sampled, binned or held fixed, or why there is nothing to draw.
    hints
        Parameter of the drawing that a person can set → sentence that belongs beside its control.
    panels
        Titles of repeated panels, in the order of the field ``panel``; empty when there is one.
    whole
        Whether the horizontal axis counts in whole numbers, so that no tick stands between them.
    sized
        Whether points stand for several observations, so that their size says how many.
    few
        Whether there are so few repeated panels that each can be large.
    directions
        Along how many directions groups move under the pooling slider; 0 without one.
    parts
        Name of a data set → ids of the parts of the model that its rows stand for, separated by spaces,
        unless a row says another in a field ``part``.
    axes
        Name of a view, channel, ids: axes that stand for parts themselves.
    page
        Which groups are shown, where there are more than fit; None where all are, or cannot be chosen.
    """

    name: str
    version: str
    title: str
    description: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    data: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    note: str | None = None
    hints: dict[str, str] = field(default_factory=dict)
    panels: tuple[str, ...] = ()
    whole: bool = False
    sized: bool = False
    few: bool = False
    directions: int = 0
    parts: dict[str, str] = field(default_factory=dict)
    axes: tuple[tuple[str, str, str], ...] = ()
    page: Page | None = None

    @property
    def shape(self) -> Shape:
        """All that its drawing depends on."""
        return Shape(
            self.name,
            self.version,
            tuple(self.titles.items()),
            tuple(self.data),
            self.panels,
            self.whole,
            self.sized,
            self.few,
            self.directions,
            tuple(self.parts.items()),
            self.axes,
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw; the note then says why."""
        return self.version == "none"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the drawing of a plot depends on: everything but its numbers and its words."""

    name: str
    version: str
    titles: tuple[tuple[str, str], ...]
    data: tuple[str, ...]
    panels: tuple[str, ...]
    whole: bool
    sized: bool
    few: bool
    directions: int
    parts: tuple[tuple[str, str], ...]
    axes: tuple[tuple[str, str, str], ...]


def nothing(name: str, title: str, why: str) -> Plot:
    """Make the plot that only says why it cannot be drawn."""
    return Plot(name, "none", title, description=why, note=why)


#: Columns of a table by name, all of the same length; lists hold plain values that are sent as they are.
type Columns = dict[str, np.ndarray | list[Any]]


def records(table: pd.DataFrame | Columns) -> list[dict[str, Any]]:
    """Rows as JSON-safe dictionaries of plain Python values, without what is missing or infinite.

    An absent field is as invalid to Vega as a null, and does not have to travel to the browser.
    """
    names = [str(name) for name in table]
    columns = [_plain(column) for _, column in table.items()]
    rows = zip(*columns, strict=True)
    if not any(None in column for column in columns):
        return [dict(zip(names, row, strict=True)) for row in rows]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows
    ]


def _plain(column: pd.Series | np.ndarray | list[Any]) -> list[Any]:
    """Values of a column as plain Python values; None for what is missing or infinite."""
    if isinstance(column, list):
        return column
    kind = column.dtype.kind
    if kind in "biuU":
        return list(column.tolist())
    if kind == "f" or (column.dtype == object and all(isinstance(v, float) for v in column)):
        values = np.asarray(column, dtype=float)
        known = np.isfinite(values)
        plain: list[Any] = rounded(values).tolist()
        return plain if known.all() else [v if k else None for v, k in zip(plain, known, strict=True)]
    return [v if isinstance(v, (str, bool, int)) else None if pd.isna(v) else str(v) for v in column.tolist()]


def rounded(values: np.ndarray) -> np.ndarray:
    """Round to seven significant digits: more than a screen shows, and half of what would have to travel."""
    with np.errstate(all="ignore"):
        power = 6 - np.floor(np.log10(np.abs(values)))
        usable = np.isfinite(power) & (np.abs(power) <= 22)
        # Powers of ten up to 22 are exact, so that this is the double nearest to the decimal number.
        scale = 10.0 ** np.abs(np.where(usable, power, 0.0))
        near = np.where(power >= 0, np.round(values * scale) / scale, np.round(values / scale) * scale)
    return np.where(usable, near, values)


def sentences(*parts: str | None) -> str | None:
    """Join the sentences that there are; None when there are none. A number keeps its percent sign."""
    return " ".join(p for p in parts if p).replace(" %", "\N{NO-BREAK SPACE}%") or None


def spread(sizes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Choose groups that show what there is: the smallest, the largest, the extremes and some between.

    Parameters
    ----------
    sizes
        Rows of each group, shape (J,).
    values
        Estimate of each group by which extremes are meant, shape (J,).
    count
        How many to choose.

    Returns
    -------
    ndarray
        Positions of at most `count` groups, ascending.
    """
    if len(sizes) <= count:
        return np.arange(len(sizes))
    by_size = np.argsort(sizes, kind="stable")
    by_value = np.argsort(np.nan_to_num(values), kind="stable")
    first = [by_size[0], by_size[-1], by_value[0], by_value[-1], by_value[1], by_value[-2]]
    even = by_size[np.linspace(0, len(sizes) - 1, count).round().astype(int)]
    chosen = list(dict.fromkeys(int(j) for j in [*first, *even]))[:count]
    return np.sort(np.array(chosen))


def evenly(n: int, count: int) -> np.ndarray:
    """Choose at most `count` of n positions, evenly spaced, the first and the last among them."""
    return np.arange(n) if n <= count else np.unique(np.linspace(0, n - 1, count).round().astype(int))


def jitter(n: int) -> np.ndarray:
    """Offsets in (-0.5, 0.5) that fill the range evenly and are the same every time, shape (n,)."""
    return (np.arange(1, n + 1) * 0.6180339887498949) % 1.0 - 0.5


def counted(count: int, total: int, what: str) -> str | None:
    """Return "24 of 85 groups are shown." when not all are; None otherwise."""
    return None if count >= total else f"{count:,} of {total:,} {what} are shown"
