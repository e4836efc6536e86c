"""Dense algebra of the tail: crossed factors and the columns of X (see :mod:`.kernel` for the notation)."""

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False
# (Numba infers the types of compiled functions.)

from __future__ import annotations

from math import inf, log, sqrt

from mlmwidget.inference.exact.compiled import inner
from mlmwidget.inference.exact.layout import COLUMNS, LEVELS, START


@inner
def scale_tail(heads, factors, T, x_normal, A, w):  # pragma: no cover - compiled
    """Turn what is left of C/σ² into the tail of M, and its right-hand side."""
    B = len(A)
    n_head = len(w) - B
    for i in range(B):
        for j in range(i):
            A[j, i] = A[i, j]
    for f in range(heads, len(factors)):
        q = factors[f, COLUMNS]
        for level in range(factors[f, LEVELS]):
            at = factors[f, START] + level * q - n_head
            for a in range(q):
                for j in range(B):
                    A[at + a, j] *= T[f, a, a]
                w[n_head + at + a] *= T[f, a, a]
                for b in range(a + 1, q):
                    for j in range(B):
                        A[at + a, j] += T[f, b, a] * A[at + b, j]
                    w[n_head + at + a] += T[f, b, a] * w[n_head + at + b]
    for i in range(B):
        for f in range(heads, len(factors)):
            q = factors[f, COLUMNS]
            at = factors[f, START] - n_head
            for _ in range(factors[f, LEVELS]):
                for a in range(q):
                    total = 0.0
                    for b in range(a, q):
                        total += A[i, at + b] * T[f, b, a]
                    A[i, at + a] = total
                at += q
        A[i, i] += 1.0
    for a in range(len(x_normal)):
        i = B - len(x_normal) + a
        A[i, i] += x_normal[a] - 1.0


@inner
def cholesky(A, L):  # pragma: no cover - compiled
    """Lower Cholesky factor of A into L; False if A is not positive definite in these numbers."""
    for i in range(len(A)):
        for j in range(i + 1):
            total = A[i, j]
            for c in range(j):
                total -= L[i, c] * L[j, c]
            if i > j:
                L[i, j] = total / L[j, j]
            elif total > 0.0 and total < inf:
                L[i, i] = sqrt(total)
            else:
                return False
    return True


@inner
def cholesky_inverse(L, S):  # pragma: no cover - compiled
    """Inverse of LL' into S."""
    B = len(L)
    for i in range(B):
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for c in range(j, i):
                total -= L[i, c] * S[c, j]
            S[i, j] = total / L[i, i]
    for i in range(B):
        for j in range(i + 1):
            total = 0.0
            for c in range(i, B):
                total += S[c, i] * S[c, j]
            S[i, j] = total
            S[j, i] = total


@inner
def solve_tail(L, w, p, totals):  # pragma: no cover - compiled
    """Finish the forward substitution; returns log |L| + ½(c₀/σ² + a'a − w'w)."""
    B = len(L)
    first = len(w) - B
    totals[1] = 0.0
    for i in range(B):
        total = w[first + i]
        for j in range(i):
            total -= L[i, j] * w[first + j]
        w[first + i] = total / L[i, i]
        totals[2] -= w[first + i] ** 2
        totals[0 if i < B - p else 1] += log(L[i, i])
    return totals[0] + totals[1] + 0.5 * totals[2]
