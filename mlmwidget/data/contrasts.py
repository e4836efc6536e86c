"""Contrasts: how the levels of a factor become columns, named as R names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

ContrastKind = Literal["treatment", "sum", "helmert", "poly", "SAS"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a factor is coded.

    Parameters
    ----------
    kind
        R's ``contr.*`` without its prefix.
    base
        Position of the reference level, counted from 1 (treatment only).
    numbered
        Whether columns are named by the level's number instead of its text.
    """

    kind: ContrastKind
    base: int = 1
    numbered: bool = False


def contrast_matrix(levels: tuple[str, ...], contrast: Contrast) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the coding of L levels, shape (L, L-1), and R's suffixes of its columns.

    Parameters
    ----------
    levels
        The levels in their order.
    contrast
        The coding; ``poly`` assumes equal distances between the levels.

    Returns
    -------
    (numpy.ndarray, tuple of str)
        Row i holds the values of level i.
    """
    n = len(levels)
    if contrast.kind in ("treatment", "SAS"):
        base = n if contrast.kind == "SAS" else contrast.base
        others = [i for i in range(n) if i != base - 1]
        names = tuple(str(i + 1) if contrast.numbered else levels[i] for i in others)
        return np.eye(n)[:, others], names
    numbers = tuple(str(i + 1) for i in range(n - 1))
    if contrast.kind == "sum":
        return np.vstack([np.eye(n - 1), -np.ones((1, n - 1))]), numbers
    if contrast.kind == "helmert":
        matrix = np.triu(np.full((n, n - 1), -1.0))
        matrix[np.arange(1, n), np.arange(n - 1)] = np.arange(1, n)
        return matrix, numbers
    return orthogonal_polynomials(np.arange(1.0, n + 1), n - 1), tuple(
        (".L", ".Q", ".C")[i] if i < 3 else f"^{i + 1}" for i in range(n - 1)
    )


def orthogonal_polynomials(x: np.ndarray, degree: int) -> np.ndarray:
    """Return orthonormal polynomials of degree 1 … `degree` at `x`, shape (len(x), degree), as R's ``poly``.

    Each is orthogonal to the constant and has a positive leading coefficient.
    """
    centred = x - x.mean()
    scale = np.abs(centred).max() or 1.0
    q, r = np.linalg.qr(np.vander(centred / scale, degree + 1, increasing=True))
    return (q * np.where(np.diag(r) < 0, -1.0, 1.0))[:, 1:]
