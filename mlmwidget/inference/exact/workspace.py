"""Room for evaluations of one model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlmwidget.inference.exact.layout import COLUMNS, CORRELATED, ROWS, SIZE
from mlmwidget.inference.exact.sums import Structure


class Workspace(NamedTuple):
    """Room for one evaluation, and what it leaves behind."""

    T: np.ndarray
    """Scaled Cholesky factors of the factors' covariances, (F, q, q)."""
    R: np.ndarray
    """Cholesky factors of the designs' correlations, (designs, k, k)."""
    L: np.ndarray
    """Head of the Cholesky factor, as panels."""
    schur: np.ndarray
    """The tail of M when the head is eliminated, (B, B)."""
    tail: np.ndarray
    """Its Cholesky factor, lower triangle, (B, B)."""
    w: np.ndarray
    """L⁻¹ right-hand side, (dim,)."""
    mean: np.ndarray
    """E(b, v) given y and the parameters, (dim,)."""
    S: np.ndarray
    """Cov(b) of the head on the pattern of L, as panels."""
    S_tail: np.ndarray
    """Cov(b, v) of the tail, (B, B)."""
    below: np.ndarray
    """One node's covariance of the rows below it."""
    G: np.ndarray
    """Σ_j (Q_j − I) of each factor, (F, q, q)."""
    square: np.ndarray
    """Scratch, (q, q)."""
    column: np.ndarray
    """Scratch, (dim,)."""
    totals: np.ndarray
    """Numbers that parts of an evaluation hand on: log |L| of the factors' effects and of X, c₀/σ² + a'a −
    w'w, the sum of γ̂'γ̂ + tr S over the coefficients that have a prior."""


def workspace(s: Structure) -> Workspace:
    """Allocate room for evaluations of a model."""
    q = int(s.factors[:, COLUMNS].max(initial=1))
    k = int(s.terms[:, SIZE].max(initial=1))
    B = len(s.tail)
    below = int(np.diff(s.nodes[:, ROWS]).max(initial=0)) + int(s.factors[:, COLUMNS].sum())
    F = len(s.factors)
    return Workspace(
        T=np.zeros((F, q, q)),
        R=np.zeros((len(s.terms), k, k)),
        L=np.empty_like(s.panels),
        schur=np.zeros((B, B)),
        tail=np.zeros((B, B)),
        w=np.zeros(len(s.k)),
        mean=np.zeros(len(s.k)),
        S=np.empty_like(s.panels),
        S_tail=np.zeros((B, B)),
        below=np.zeros((below, below)),
        G=np.zeros((F, q, q)),
        square=np.zeros((q, q)),
        column=np.zeros(len(s.k)),
        totals=np.zeros(4),
    )


def n_parameters(s: Structure) -> int:
    """Count the unconstrained parameters."""
    sizes = s.terms[:, SIZE]
    return int((sizes + s.terms[:, CORRELATED] * (sizes * (sizes - 1) // 2)).sum()) + 1
