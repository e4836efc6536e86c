"""Where names can stand beside the arrows of a plane, so that they touch nothing that is drawn there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: What the scales of a plane leave free at its edges, in px.
PADDING = 12
#: Room of a letter, of a line, of the longest name, and of a mark around its middle, in px.
LETTER, LINE, LONGEST, MARK = 6.4, 12.0, 130.0, 7.5
#: Where a name may stand from the middle of its mark: right or left of it, above or below it, in px.
OFFSETS = np.array(
    [(10, 0), (-10, 0), (0, -15), (0, 15), (8, -10), (-8, -10), (8, 10), (-8, 10)], dtype=float
)
#: So many arrows are tried for each name.
TRIES = 4


def place_names(
    names: Sequence[str], start: np.ndarray, end: np.ndarray, others: np.ndarray, side: float, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Name the longest arrows at their starts, where a name touches no mark, no arrow and no other name.

    Parameters
    ----------
    names
        Of the groups, J of them.
    start, end
        Ends of the arrows, shape (J, 2); NaN where there is none.
    others
        What else is in the plane and decides its scales, shape (K, 2); the first is a mark.
    side
        Side of the plane in px, where it is drawn smallest: names that find room there find it in a larger
        one, whose marks are further apart.
    most
        How many names there may be.

    Returns
    -------
    tuple
        Whether each arrow is named, shape (J,), and the offset of each name from its start in px, (J, 2).
    """
    drawn = np.concatenate([start, end, others])
    low, high = np.nanmin(drawn, axis=0), np.nanmax(drawn, axis=0)
    start, end, marked = (_pixels(points, low, high, side) for points in (start, end, others[:1]))
    step = start - end
    length = np.nan_to_num(np.hypot(*step.T), nan=-1.0)
    arrows = length >= 0
    marks = np.concatenate([start[arrows], end[~np.isnan(end).any(axis=1)], marked])
    # The best place is where the arrow comes from: there it is not itself in the way.
    best = np.argsort(-(step @ OFFSETS.T) / np.hypot(*OFFSETS.T), axis=1, kind="stable")
    offsets, named, taken = OFFSETS[best[:, 0]], np.zeros(len(names), dtype=bool), np.empty((0, 4))
    for j in np.argsort(-length, kind="stable")[: TRIES * most]:
        if named.sum() == most or length[j] < MARK:  # an arrow that is hidden by its marks
            break
        boxes = _boxes(start[j], min(LETTER * len(names[j]), LONGEST), OFFSETS[best[j]])
        free = np.all((boxes[:, :2] >= 0) & (boxes[:, 2:] <= side), axis=1)
        free &= ~_touch(boxes, marks) & ~_crossed(boxes, start[arrows], end[arrows]) & ~_meet(boxes, taken)
        if free.any():
            chosen = int(np.argmax(free))
            named[j], offsets[j] = True, OFFSETS[best[j, chosen]]
            taken = np.vstack([taken, boxes[chosen]])
    return named, offsets


def _pixels(points: np.ndarray, low: np.ndarray, high: np.ndarray, side: float) -> np.ndarray:
    """Place data in a plane as its scales do; y points down."""
    placed = PADDING + (points - low) * ((side - 2 * PADDING) / np.where(high > low, high - low, 1.0))
    return np.column_stack([placed[:, 0], side - placed[:, 1]])


def _boxes(at: np.ndarray, width: float, offsets: np.ndarray) -> np.ndarray:
    """Boxes (left, top, right, bottom) of a name beside a mark, one for each offset."""
    x, y = (at + offsets).T
    left = x - width * (1 - np.sign(offsets[:, 0])) / 2
    return np.column_stack([left, y - LINE / 2, left + width, y + LINE / 2])


def _touch(boxes: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Whether each box touches a mark."""
    nearest = np.clip(marks, boxes[:, None, :2], boxes[:, None, 2:])
    return np.any(np.hypot(*np.moveaxis(marks - nearest, -1, 0)) < MARK, axis=1)


def _crossed(boxes: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Whether an arrow runs through each box: Liang and Barsky's clipping of a segment."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (boxes[:, None, :2] - start) / (end - start)
        second = (boxes[:, None, 2:] - start) / (end - start)
    # A segment along an axis lies between the other two sides or beside them for all of its length.
    enters = np.fmax.reduce(np.fmin(first, second), axis=-1)
    leaves = np.fmin.reduce(np.fmax(first, second), axis=-1)
    return np.any((enters <= leaves) & (leaves >= 0) & (enters <= 1), axis=1)


def _meet(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each box meets one of the others."""
    apart = (boxes[:, None, :2] > others[:, 2:]) | (boxes[:, None, 2:] < others[:, :2])
    return np.any(~apart.any(axis=2), axis=1)
