"""Moments of the coefficients given the parameters, and from them the gradient of the log-density.

See :mod:`.kernel` for the notation and for the identity that the gradient uses.
"""

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False
# (Numba infers the types of compiled functions.)

from __future__ import annotations

from math import cosh, exp, tanh

from mlmwidget.inference.exact.compiled import entry, inner, once
from mlmwidget.inference.exact.kernel import back
from mlmwidget.inference.exact.layout import (
    COLUMN,
    COLUMNS,
    CORRELATED,
    FACTOR,
    LEVELS,
    NODE,
    PANEL,
    PARENT,
    ROWS,
    SIZE,
    START,
)
from mlmwidget.inference.exact.tail import cholesky_inverse


@once
def moments(s, ws):  # pragma: no cover - compiled
    """Mean and covariance of the coefficients given the parameters, after a factorisation.

    Expects the inverse of the tail's M in ws.S_tail. Fills ws.mean, and the covariances of b on the pattern
    of L in ws.S and ws.S_tail, from the last row up (Takahashi's equations), and what the gradient needs.
    """
    factors, nodes, heads = s.factors, s.nodes, s.heads
    for i in range(len(ws.w)):
        ws.mean[i] = ws.w[i]
    back(s, ws, ws.mean, True, False)
    for f in range(len(factors)):
        for a in range(factors[f, COLUMNS]):
            for b in range(factors[f, COLUMNS]):
                ws.G[f, a, b] = 0.0
    n_head = len(ws.w) - len(ws.S_tail)
    explained = 0.0
    for a in range(len(s.x_normal)):
        i = len(ws.S_tail) - len(s.x_normal) + a
        explained += s.x_normal[a] * (ws.mean[n_head + i] ** 2 + ws.S_tail[i, i])
    ws.totals[3] = explained
    for f in range(heads, len(factors)):
        for level in range(factors[f, LEVELS]):
            at = factors[f, START] + level * factors[f, COLUMNS] - n_head
            for a in range(factors[f, COLUMNS]):
                for b in range(factors[f, COLUMNS]):
                    ws.G[f, a, b] += ws.S_tail[at + a, at + b]
    _unscale_tail(heads, factors, ws.T, ws.S_tail, n_head)
    for f in range(heads - 1, -1, -1):
        q = factors[f, COLUMNS]
        for node in range(factors[f, NODE], factors[f, NODE] + factors[f, LEVELS]):
            m = _gather(f, node, heads, factors, nodes, s.tail_rows, ws.S, ws.S_tail, ws.below)
            _node_covariance(
                nodes[node, PANEL], q, m, ws.T[f], ws.L, ws.below, ws.S, ws.G[f], ws.square, ws.column
            )
    _add_means(factors, ws.T, ws.mean, ws.G, ws.totals, ws.column)


@inner
def _unscale_tail(heads, factors, T, S, n_head):  # pragma: no cover - compiled
    """From the covariance of u to that of b, in the tail."""
    for f in range(heads, len(factors)):
        q = factors[f, COLUMNS]
        for level in range(factors[f, LEVELS]):
            at = factors[f, START] + level * q - n_head
            for a in range(q - 1, -1, -1):
                for j in range(len(S)):
                    total = 0.0
                    for b in range(a + 1):
                        total += T[f, a, b] * S[at + b, j]
                    S[at + a, j] = total
            for j in range(len(S)):
                for a in range(q - 1, -1, -1):
                    total = 0.0
                    for b in range(a + 1):
                        total += T[f, a, b] * S[j, at + b]
                    S[j, at + a] = total


@inner
def _gather(f, node, heads, factors, nodes, tail_rows, S, S_tail, out):  # pragma: no cover - compiled
    """Copy the covariance of the rows below a node's own into one dense matrix; return their number."""
    first = nodes[node, ROWS]
    n_rows = nodes[node + 1, ROWS] - first
    offset = 0
    up = nodes[node, PARENT]
    for g in range(f + 1, heads):
        qg = factors[g, COLUMNS]
        source = nodes[up, PANEL]
        n_above = 0
        for h in range(g, heads):
            n_above += factors[h, COLUMNS]
        position = nodes[up, ROWS]
        for r in range(n_above + n_rows):
            if r >= n_above:
                while tail_rows[position] < tail_rows[first + r - n_above]:
                    position += 1
                    source += qg
            for a in range(qg):
                out[offset + r, offset + a] = S[source + a]
                out[offset + a, offset + r] = S[source + a]
            if r < n_above:
                source += qg
        offset += qg
        up = nodes[up, PARENT]
    for r in range(n_rows):
        for t in range(n_rows):
            out[offset + r, offset + t] = S_tail[tail_rows[first + r], tail_rows[first + t]]
    return offset + n_rows


@inner
def _node_covariance(start, q, m, T, L, below, S, G, U, column):  # pragma: no cover - compiled
    """Covariance of one node's b, and with the m rows below it; adds Cov(u) − I to G.

    With H = L_R L_jj⁻¹: Cov(b_R, u) = −Cov(b_R) H and Cov(u) = (L_jj L_jj')⁻¹ + H' Cov(b_R) H.
    """
    rest = start + q * q
    for r in range(m):
        row = rest + r * q
        for a in range(q - 1, -1, -1):
            total = L[row + a]
            for b in range(a + 1, q):
                total -= S[row + b] * L[start + b * q + a]
            S[row + a] = total / L[start + a * q + a]
    for a in range(q):  # L_jj⁻¹
        for b in range(a + 1):
            total = 1.0 if a == b else 0.0
            for c in range(b, a):
                total -= L[start + a * q + c] * U[c, b]
            U[a, b] = total / L[start + a * q + a]
    for a in range(q):
        for b in range(a + 1):
            total = 0.0
            for c in range(a, q):
                total += U[c, a] * U[c, b]
            U[a, b] = total
    for a in range(q):
        for r in range(m):
            total = 0.0
            for t in range(m):
                total += below[r, t] * S[rest + t * q + a]
            column[r] = total
        for b in range(a, q):
            for r in range(m):
                U[b, a] += column[r] * S[rest + r * q + b]
        for r in range(m):  # no later column of U needs this one as H
            S[rest + r * q + a] = -column[r]
    for a in range(q):
        for b in range(a):
            U[b, a] = U[a, b]
    for a in range(q):
        for b in range(q):
            G[a, b] += U[a, b]
            total = 0.0
            for c in range(a + 1):
                for d in range(b + 1):
                    total += T[a, c] * U[c, d] * T[b, d]
            S[start + a * q + b] = total
    for r in range(m):
        row = rest + r * q
        for a in range(q - 1, -1, -1):
            total = 0.0
            for c in range(a + 1):
                total += T[a, c] * S[row + c]
            S[row + a] = total


@inner
def _add_means(factors, T, mean, G, totals, u):  # pragma: no cover - compiled
    """Add Σ_j (E(u)E(u)' − I) to G, and to the totals their traces."""
    for f in range(len(factors)):
        q = factors[f, COLUMNS]
        for level in range(factors[f, LEVELS]):
            at = factors[f, START] + level * q
            for a in range(q):
                total = mean[at + a]
                for b in range(a):
                    total -= T[f, a, b] * u[b]
                u[a] = total / T[f, a, a] if T[f, a, a] > 0.0 else 0.0
                for b in range(a + 1):
                    G[f, a, b] += u[a] * u[b]
        for a in range(q):
            totals[3] += G[f, a, a]
            G[f, a, a] -= factors[f, LEVELS]
            for b in range(a):
                G[f, b, a] = G[f, a, b]


@inner
def _term_gradient(x, at, k, correlated, eta, G, R, sd_mean, H, out):  # pragma: no cover - compiled
    """Gradient of one design's parameters, the first at `at`, from G = Σ_j (Q_j − I)."""
    # H = R⁻ᵀ G, so that the derivative along R is tr(H' dR)
    for c in range(k):
        for i in range(k - 1, -1, -1):
            total = G[i, c]
            for j in range(i + 1, k):
                total -= R[j, i] * H[j, c]
            H[i, c] = total / R[i, i]
    for i in range(k):
        total = 1.0 - exp(x[at + i]) / sd_mean[i]
        for c in range(i + 1):
            total += H[i, c] * R[i, c]
        out[at + i] = total
    if not correlated:
        return
    at += k
    for i in range(1, k):
        remaining = R[i, i]
        adjoint = H[i, i]
        for j in range(i - 1, -1, -1):
            z = tanh(x[at + j])
            sech = 1.0 / cosh(x[at + j])
            remaining /= sech  # what was left before this column
            c = eta + 0.5 * (k - 2 - j)
            out[at + j] = (H[i, j] * sech - adjoint * z) * remaining * sech - 2.0 * c * z
            adjoint = H[i, j] * z + adjoint * sech
        at += i


@entry
def gradient(x, s, ws, out, inverted):  # pragma: no cover - compiled
    """Moments of the coefficients and gradient of the log-density where :func:`.kernel.evaluate` was last.

    Parameters
    ----------
    x
        The parameters at which `ws` was factorised, (d,).
    s, ws
        The model's :class:`.sums.Structure` and that :class:`.workspace.Workspace`; the moments of the
        coefficients are left in its `mean`, `S` and `S_tail`, all in the scaled units of b and v.
    out
        Receives the gradient, (d,).
    inverted
        Whether ws.S_tail holds the inverse of ws.schur already.
    """
    if not inverted:
        cholesky_inverse(ws.tail, ws.S_tail)
    moments(s, ws)
    p = len(s.x_normal)
    w = ws.w
    total = 0.0
    for i in range(len(w)):
        total += 1.0 - w[i] * w[i]
    for a in range(p):
        total += 2.0 * s.x_shift[a] * ws.mean[len(w) - p + a]
    sigma = exp(x[-1])
    out[-1] = 1.0 - sigma / s.prior[0] - s.n_rows + s.c0 / sigma**2 + total - ws.totals[3]
    at = 0
    sds = 2
    for t in range(len(s.terms)):
        k = s.terms[t, SIZE]
        first = s.terms[t, COLUMN]
        G = ws.G[s.terms[t, FACTOR]][first : first + k, first : first + k]
        _term_gradient(
            x, at, k, s.terms[t, CORRELATED], s.prior[1], G, ws.R[t], s.prior[sds:], ws.square, out
        )
        at += k + s.terms[t, CORRELATED] * (k * (k - 1) // 2)
        sds += k
