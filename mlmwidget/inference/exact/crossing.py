"""Sums over pairs of the tail's rows that a level of the head meets, compiled: for crossed factors only."""

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False
# (Numba infers the types of compiled functions.)

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def subtract_products(first, row, cross, tail, width):  # pragma: no cover - compiled
    """Take each level's outer product from the tail: its lower triangle, and what is near its diagonal.

    Parameters
    ----------
    first, row
        Where each level begins, (J + 1,), and the rows of the tail, ascending within a level, (R,).
    cross
        The factorised columns, (q, R, m).
    tail
        What is left of the tail, (B, B, m).
    width
        Columns of the widest crossed factor, whose blocks are needed whole.
    """
    for j in range(len(first) - 1):
        rows = row[first[j] : first[j + 1]]
        for c in range(cross.shape[0]):
            for i in range(cross.shape[2]):
                block = cross[c, first[j] : first[j + 1], i]
                for r in range(len(rows)):
                    value = block[r]
                    target = tail[rows[r], :, i]
                    for t in range(r + 1):
                        target[rows[t]] -= value * block[t]
                    t = r - 1
                    while t >= 0 and rows[r] - rows[t] < width:
                        tail[rows[t], rows[r], i] -= value * block[t]
                        t -= 1


@njit(cache=True, nogil=True, error_model="numpy")
def multiply_pairs(first, row, tail, cross, out):  # pragma: no cover - compiled
    """Multiply the part of `tail` (B, B, m) that a level meets with its columns (q, R, m) into `out`."""
    for j in range(len(first) - 1):
        for c in range(cross.shape[0]):
            for r in range(first[j], first[j + 1]):
                for i in range(cross.shape[2]):
                    total = 0.0
                    for t in range(first[j], first[j + 1]):
                        total += tail[row[r], row[t], i] * cross[c, t, i]
                    out[c, r, i] = total
