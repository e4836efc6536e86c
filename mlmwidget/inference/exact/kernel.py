"""The log-density of a Gaussian multilevel model with its effects integrated out, and its gradient.

One set of compiled functions serves every structure that :mod:`.sums` can lay out, so that nothing is
compiled per model. With b = Λu, β = m₀ + S₀v and u, v standard Normal (v ~ N(a, I) where the prior's mean is
not the regression that y was freed of; no prior at all for a flat coefficient)::

    M = I + L_s'CL_s/σ²,  L = chol(M),  w = L⁻¹(L_s'k/σ² + a),  L_s = blockdiag(I ⊗ T_t, S₀)
    log p(y | θ, σ) = −N/2 log 2π + ½Σ log w_i − N log σ − Σ log L_ii − ½(c₀/σ² + a'a − w'w)

The gradient uses Fisher's identity. With γ̂ = L⁻ᵀw, S = M⁻¹ and Q_j the block of S + γ̂γ̂' that belongs to one
level, the derivative along T is tr(T⁻¹dT · Σ_j (Q_j − I)); with T = diag(τ) R, T⁻¹dT needs R⁻¹ only, never
Σ⁻¹ and never 1/τ.

Parameters are unconstrained: for each group design log τ (k of them) and, where correlations are free,
k(k−1)/2 numbers y, row by row below the diagonal; last log σ. The correlation's Cholesky factor R comes from
canonical partial correlations z = tanh y: R_ij = z_ij √(1 − Σ_{l<j} R_il²). Under LKJ(η) the z_ij are
independent with density ∝ (1 − z²)^{c−1}, c = η + (k − 2 − j)/2 for j from 0 (Lewandowski, Kurowicka and Joe
2009), so the Jacobian only raises the exponent to c.
"""

from __future__ import annotations

from math import cosh, exp, lgamma, log, log1p, pi, sqrt, tanh
from typing import NamedTuple

import numpy as np
from numba import njit

from mlmwidget.inference.exact.sums import Structure

_LAPACK_FROM = 33
"""Tails at least this wide are left to LAPACK."""


class Workspace(NamedTuple):
    """Room for one evaluation, so that repeated ones allocate nothing large."""

    T: np.ndarray
    """Scaled Cholesky factors of the factors' covariances, (F, q, q)."""
    R: np.ndarray
    """Cholesky factors of the designs' correlations, (designs, k, k)."""
    L: np.ndarray
    """Head of the Cholesky factor, as panels."""
    tail: np.ndarray
    """Tail of the Cholesky factor, lower triangle, (B, B)."""
    schur: np.ndarray
    """The tail before its factorisation, (B, B)."""
    w: np.ndarray
    """L⁻¹ right-hand side, (dim,)."""
    gamma: np.ndarray
    """Posterior mean of (u, v), (dim,)."""
    S: np.ndarray
    """Head of the inverse on the pattern of L, as panels."""
    S_tail: np.ndarray
    """Tail of the inverse, (B, B)."""
    gathered: np.ndarray
    """One node's inverse of the rows below it."""


def workspace(s: Structure) -> Workspace:
    """Allocate room for evaluations of a model."""
    q = int(s.factor_columns.max(initial=1))
    k = int(s.term_size.max(initial=1))
    B = s.tail.shape[0]
    n_nodes = len(s.parent)
    below = int(np.diff(s.tail_start).max(initial=0)) + int(s.factor_columns.sum()) if n_nodes else 0
    return Workspace(
        T=np.zeros((len(s.factor_columns), q, q)),
        R=np.zeros((len(s.term_size), k, k)),
        L=np.empty_like(s.panels),
        tail=np.zeros((B, B)),
        schur=np.zeros((B, B)),
        w=np.zeros(len(s.k)),
        gamma=np.zeros(len(s.k)),
        S=np.empty_like(s.panels),
        S_tail=np.zeros((B, B)),
        gathered=np.zeros((below, below)),
    )


def n_parameters(s: Structure) -> int:
    """Number of unconstrained parameters."""
    return int((s.term_size + s.term_correlated * (s.term_size * (s.term_size - 1) // 2)).sum()) + 1


@njit(cache=True, nogil=True, error_model="numpy")
def log_density(x, s, ws, gradient, out):  # pragma: no cover - compiled
    """Log posterior density of the unconstrained parameters, up to nothing: every constant is in it.

    `x` has shape (d,); if `gradient`, `out` (d,) receives the gradient. Returns -inf where the numbers
    overflow.
    """
    value = covariance(x, s, ws, True)
    sigma = exp(x[-1])
    value += -log(s.sigma_mean) - sigma / s.sigma_mean + x[-1]
    log_det, log_det_x, quadratic, ok = factorise(s, ws, exp(-2.0 * x[-1]))
    n_flat = s.x_normal.size - s.x_normal.sum()
    value += (
        s.half_log_weights
        - 0.5 * (s.n_rows - n_flat) * log(2.0 * pi)
        - s.n_rows * x[-1]
        - log_det
        - log_det_x
        - 0.5 * quadratic
    )
    if not ok or not np.isfinite(value):
        if gradient:
            out[:] = 0.0
        return -np.inf
    if gradient:
        means(s, ws)
        invert(s, ws)
        _gradient(x, s, ws, out)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def log_densities(xs, s, ws):  # pragma: no cover - compiled
    """Log densities of many points, (n, d) → (n,)."""
    values = np.empty(xs.shape[0])
    nothing = np.empty(0)
    for i in range(xs.shape[0]):
        values[i] = log_density(xs[i], s, ws, False, nothing)
    return values


@njit(cache=True, nogil=True, error_model="numpy")
def covariance(x, s, ws, prior):  # pragma: no cover - compiled
    """Fill T and R from the parameters; return the log prior with its Jacobian (0 unless `prior`)."""
    value = 0.0
    at = 0
    sds = 0
    ws.T[:] = 0.0
    for t in range(s.term_size.size):
        k = s.term_size[t]
        R = ws.R[t]
        at_cor = at + k
        for i in range(k):
            remaining = 1.0
            for j in range(k):
                R[i, j] = 0.0
            if s.term_correlated[t]:
                for j in range(i):
                    y = x[at_cor]
                    at_cor += 1
                    R[i, j] = tanh(y) * remaining
                    remaining /= cosh(y)
                    if prior:
                        c = s.lkj_eta + 0.5 * (k - 2 - j)
                        log_sech2 = 2.0 * (log(2.0) - abs(y) - log1p(exp(-2.0 * abs(y))))
                        value += (
                            c * log_sech2 - (2.0 * c - 1.0) * log(2.0) - 2.0 * lgamma(c) + lgamma(2.0 * c)
                        )
            R[i, i] = remaining
            tau = exp(x[at + i])
            f = s.term_factor[t]
            first = s.term_column[t]
            for j in range(i + 1):
                ws.T[f, first + i, first + j] = tau * R[i, j]
            if prior:
                mean = s.sd_mean[sds + i]
                value += x[at + i] - log(mean) - tau / mean
        sds += k
        at = at_cor
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _scale(s, ws, precision):  # pragma: no cover - compiled
    """Fill the panels, the tail and w with M and its right-hand side, not yet factorised."""
    F = s.factor_columns.size
    heads = s.n_head_factors
    T = ws.T
    for f in range(F):
        q = s.factor_columns[f]
        for level in range(s.factor_levels[f]):
            at = s.factor_start[f] + level * q
            for a in range(q):
                total = 0.0
                for b in range(a, q):
                    total += T[f, b, a] * s.k[at + b]
                ws.w[at + a] = total * precision
    for a in range(s.x_normal.size):
        at = s.factor_start[F] + a
        ws.w[at] = s.k[at] * precision + s.x_shift[a]
    L = ws.L
    for f in range(heads):
        q = s.factor_columns[f]
        for node in range(s.node_start[f], s.node_start[f + 1]):
            start = s.panel_start[node]
            end = s.panel_start[node + 1]
            at = start
            while at < end:  # each row times T from the right, q numbers a row
                for a in range(q):
                    total = 0.0
                    for b in range(a, q):
                        total += s.panels[at + b] * T[f, b, a]
                    L[at + a] = total * precision
                at += q
            at = start
            for g in range(f, heads):
                _scale_rows(L, at, s.factor_columns[g], q, T[g])
                at += s.factor_columns[g] * q
            for a in range(q):
                L[start + a * q + a] += 1.0
            row = s.tail_start[node]
            for g in range(heads, F):
                qg = s.factor_columns[g]
                stop = s.factor_start[g + 1] - s.n_head
                while row < s.tail_start[node + 1] and s.tail_rows[row] < stop:
                    _scale_rows(L, at, qg, q, T[g])
                    at += qg * q
                    row += qg
    _scale_tail(s, ws, precision)


@njit(cache=True, nogil=True, error_model="numpy")
def _scale_rows(L, at, rows, q, T):  # pragma: no cover - compiled
    """Replace a block of `rows` × q numbers by T' times it (T lower triangular, so downwards in place)."""
    for a in range(rows):
        for c in range(q):
            total = 0.0
            for b in range(a, rows):
                total += T[b, a] * L[at + b * q + c]
            L[at + a * q + c] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _scale_tail(s, ws, precision):  # pragma: no cover - compiled
    """Fill the tail with its block of M."""
    F = s.factor_columns.size
    A = ws.schur
    B = A.shape[0]
    p = s.x_normal.size
    for i in range(B):
        for j in range(B):
            A[i, j] = s.tail[i, j] * precision
    for g in range(s.n_head_factors, F):
        q = s.factor_columns[g]
        T = ws.T[g]
        for level in range(s.factor_levels[g]):
            at = s.factor_start[g] + level * q - s.n_head
            for i in range(B):
                for a in range(q):
                    total = 0.0
                    for b in range(a, q):
                        total += A[i, at + b] * T[b, a]
                    A[i, at + a] = total
        for level in range(s.factor_levels[g]):
            at = s.factor_start[g] + level * q - s.n_head
            for a in range(q):
                for j in range(B):
                    A[at + a, j] *= T[a, a]
                for b in range(a + 1, q):
                    t = T[b, a]
                    for j in range(B):
                        A[at + a, j] += t * A[at + b, j]
    for i in range(B - p):
        A[i, i] += 1.0
    for a in range(p):
        A[B - p + a, B - p + a] += s.x_normal[a]


@njit(cache=True, nogil=True, error_model="numpy")
def factorise(s, ws, precision):  # pragma: no cover - compiled
    """Cholesky factor of M from ws.T, and w.

    `precision` is 1/σ². Returns log |L| without the columns of X, log |L| of those, c₀/σ² + a'a − w'w, and
    whether the numbers stayed in range.
    """
    _scale(s, ws, precision)
    p = s.x_normal.size
    quadratic = s.c0 * precision
    for a in range(p):
        quadratic += s.x_normal[a] * s.x_shift[a] ** 2
    log_det = 0.0
    for f in range(s.n_head_factors):
        for level in range(s.factor_levels[f]):
            node = s.node_start[f] + level
            part, square, ok = _eliminate(s, ws, f, level, node)
            if not ok:
                return 0.0, 0.0, 0.0, False
            log_det += part
            quadratic -= square
    B = ws.schur.shape[0]
    if not _cholesky(ws.schur, ws.tail):
        return 0.0, 0.0, 0.0, False
    w = ws.w[s.n_head :]
    log_det_x = 0.0
    for i in range(B):
        total = w[i]
        for j in range(i):
            total -= ws.tail[i, j] * w[j]
        w[i] = total / ws.tail[i, i]
        quadratic -= w[i] * w[i]
        if i < B - p:
            log_det += log(ws.tail[i, i])
        else:
            log_det_x += log(ws.tail[i, i])
    return log_det, log_det_x, quadratic, np.isfinite(quadratic) and np.isfinite(log_det)


@njit(cache=True, nogil=True, error_model="numpy")
def _cholesky(A, L):  # pragma: no cover - compiled
    """Lower Cholesky factor of A into L; False if A is not positive definite in these numbers."""
    B = A.shape[0]
    for i in range(B):
        if not np.isfinite(A[i, i]) or A[i, i] <= 0.0:
            return False
    if B >= _LAPACK_FROM:
        for i in range(B):
            for j in range(i):
                A[j, i] = A[i, j]
                if not np.isfinite(A[i, j]):
                    return False
        L[:] = np.linalg.cholesky(A)
        return True
    for i in range(B):
        for j in range(i + 1):
            total = A[i, j]
            A[j, i] = total
            for c in range(j):
                total -= L[i, c] * L[j, c]
            if i > j:
                L[i, j] = total / L[j, j]
            elif total > 0.0:
                L[i, i] = sqrt(total)
            else:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _eliminate(s, ws, f, level, node):  # pragma: no cover - compiled
    """Factorise one node's panel and take what it explains from the rows below; (log |L|, w'w, ok)."""
    L = ws.L
    q = s.factor_columns[f]
    start = s.panel_start[node]
    here = s.factor_start[f] + level * q
    log_det = 0.0
    square = 0.0
    for a in range(q):
        row = start + a * q
        for c in range(a + 1):
            total = L[row + c]
            for b in range(c):
                total -= L[row + b] * L[start + c * q + b]
            if c < a:
                L[row + c] = total / L[start + c * q + c]
            elif total > 0.0 and np.isfinite(total):
                L[row + a] = sqrt(total)
            else:
                return 0.0, 0.0, False
        log_det += log(L[row + a])
        value = ws.w[here + a]
        for b in range(a):
            value -= L[row + b] * ws.w[here + b]
        ws.w[here + a] = value / L[row + a]
        square += ws.w[here + a] ** 2
    at = start + q * q
    while at < s.panel_start[node + 1]:
        for a in range(q):
            total = L[at + a]
            for b in range(a):
                total -= L[at + b] * L[start + a * q + b]
            L[at + a] = total / L[start + a * q + a]
        at += q
    _subtract(s, ws, f, node, here)
    return log_det, square, True


@njit(cache=True, nogil=True, error_model="numpy")
def _subtract(s, ws, f, node, here):  # pragma: no cover - compiled
    """Subtract a factorised panel's outer product from the panels of its ancestors and from the tail."""
    L = ws.L
    w = ws.w
    q = s.factor_columns[f]
    at = s.panel_start[node] + q * q
    n_rows = s.tail_start[node + 1] - s.tail_start[node]
    first_row = s.tail_start[node]
    up = s.parent[node]
    for g in range(f + 1, s.n_head_factors):
        qg = s.factor_columns[g]
        target = s.panel_start[up]
        coefficient = s.factor_start[g] + (up - s.node_start[g]) * qg
        for a in range(qg):
            for c in range(q):
                w[coefficient + a] -= L[at + a * q + c] * w[here + c]
        row = at
        for h in range(g, s.n_head_factors):  # the ancestor's own block, then those above it
            for b in range(s.factor_columns[h]):
                for a in range(qg):
                    for c in range(q):
                        L[target + a] -= L[row + c] * L[at + a * q + c]
                row += q
                target += qg
        position = s.tail_start[up]
        for r in range(n_rows):
            while s.tail_rows[position] < s.tail_rows[first_row + r]:
                position += 1
                target += qg
            for a in range(qg):
                for c in range(q):
                    L[target + a] -= L[row + c] * L[at + a * q + c]
            row += q
        at += qg * q
        up = s.parent[up]
    A = ws.schur
    for r in range(n_rows):
        i = s.tail_rows[first_row + r]
        row = at + r * q
        for c in range(q):
            w[s.n_head + i] -= L[row + c] * w[here + c]
        for t in range(r + 1):
            j = s.tail_rows[first_row + t]
            other = at + t * q
            for c in range(q):
                A[i, j] -= L[row + c] * L[other + c]


@njit(cache=True, nogil=True, error_model="numpy")
def solve_transposed(s, ws, v, head):  # pragma: no cover - compiled
    """Replace v by L⁻ᵀv; without `head` only its tail (and so β) is right afterwards."""
    B = ws.tail.shape[0]
    n_head = s.n_head
    for i in range(B - 1, -1, -1):
        v[n_head + i] /= ws.tail[i, i]
        value = v[n_head + i]
        for j in range(i):
            v[n_head + j] -= ws.tail[i, j] * value
    if not head:
        return
    L = ws.L
    for f in range(s.n_head_factors - 1, -1, -1):
        q = s.factor_columns[f]
        for node in range(s.node_start[f], s.node_start[f + 1]):
            start = s.panel_start[node]
            here = s.factor_start[f] + (node - s.node_start[f]) * q
            at = start + q * q
            up = s.parent[node]
            for g in range(f + 1, s.n_head_factors):
                above = s.factor_start[g] + (up - s.node_start[g]) * s.factor_columns[g]
                for b in range(s.factor_columns[g]):
                    for a in range(q):
                        v[here + a] -= L[at + a] * v[above + b]
                    at += q
                up = s.parent[up]
            for r in range(s.tail_start[node], s.tail_start[node + 1]):
                value = v[n_head + s.tail_rows[r]]
                for a in range(q):
                    v[here + a] -= L[at + a] * value
                at += q
            for a in range(q - 1, -1, -1):
                value = v[here + a] / L[start + a * q + a]
                v[here + a] = value
                for b in range(a):
                    v[here + b] -= L[start + a * q + b] * value


@njit(cache=True, nogil=True, error_model="numpy")
def means(s, ws):  # pragma: no cover - compiled
    """Posterior mean γ̂ of (u, v) given the parameters, into ws.gamma."""
    ws.gamma[:] = ws.w
    solve_transposed(s, ws, ws.gamma, True)


@njit(cache=True, nogil=True, error_model="numpy")
def invert(s, ws):  # pragma: no cover - compiled
    """Inverse S of M on the pattern of L, from the last row up (Takahashi's equations)."""
    _invert_tail(ws)
    L = ws.L
    S = ws.S
    heads = s.n_head_factors
    for f in range(heads - 1, -1, -1):
        q = s.factor_columns[f]
        for node in range(s.node_start[f], s.node_start[f + 1]):
            start = s.panel_start[node]
            m = (s.panel_start[node + 1] - start) // q - q
            rest = start + q * q
            _gather(s, ws, f, node)
            # G = L_R L_jj⁻¹ goes where S_R will be; then S_R = −S_RR G and S_jj = (L_jj L_jj')⁻¹ − G' S_R.
            for r in range(m):
                for a in range(q - 1, -1, -1):
                    total = L[rest + r * q + a]
                    for b in range(a + 1, q):
                        total -= S[rest + r * q + b] * L[start + b * q + a]
                    S[rest + r * q + a] = total / L[start + a * q + a]
            for a in range(q):  # rows of L_jj⁻¹, kept below the diagonal of S_jj for a moment
                for b in range(a + 1):
                    total = 1.0 if a == b else 0.0
                    for c in range(b, a):
                        total -= L[start + a * q + c] * S[start + c * q + b]
                    S[start + a * q + b] = total / L[start + a * q + a]
            _finish(S, ws.gathered, start, rest, q, m)


@njit(cache=True, nogil=True, error_model="numpy")
def _finish(S, below, start, rest, q, m):  # pragma: no cover - compiled
    """Turn L_jj⁻¹ and G, which S holds, into S_jj and S_R."""
    for a in range(q):
        for b in range(a + 1):
            total = 0.0
            for c in range(a, q):
                total += S[start + c * q + a] * S[start + c * q + b]
            S[start + a * q + b] = total
    for a in range(q):
        column = np.empty(m)
        for r in range(m):
            total = 0.0
            for t in range(m):
                total += below[r, t] * S[rest + t * q + a]
            column[r] = total
        for b in range(q):
            if b < a:
                continue
            total = 0.0
            for r in range(m):
                total += column[r] * S[rest + r * q + b]
            S[start + b * q + a] += total
        # Columns before `a` are no longer needed as G: S_jj used them for every b ≥ a already.
        for r in range(m):
            S[rest + r * q + a] = -column[r]
    for a in range(q):
        for b in range(a):
            S[start + b * q + a] = S[start + a * q + b]


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(s, ws, f, node):  # pragma: no cover - compiled
    """Copy the inverse of the rows below a node's own into one dense matrix."""
    S = ws.S
    out = ws.gathered
    n_rows = s.tail_start[node + 1] - s.tail_start[node]
    first_row = s.tail_start[node]
    offset = 0
    up = s.parent[node]
    for g in range(f + 1, s.n_head_factors):
        qg = s.factor_columns[g]
        source = s.panel_start[up]
        row = offset
        for h in range(g, s.n_head_factors):
            for _ in range(s.factor_columns[h]):
                for a in range(qg):
                    out[row, offset + a] = S[source + a]
                    out[offset + a, row] = S[source + a]
                source += qg
                row += 1
        position = s.tail_start[up]
        for r in range(n_rows):
            while s.tail_rows[position] < s.tail_rows[first_row + r]:
                position += 1
                source += qg
            for a in range(qg):
                out[row + r, offset + a] = S[source + a]
                out[offset + a, row + r] = S[source + a]
        offset += qg
        up = s.parent[up]
    for r in range(n_rows):
        i = s.tail_rows[first_row + r]
        for t in range(n_rows):
            out[offset + r, offset + t] = ws.S_tail[i, s.tail_rows[first_row + t]]


@njit(cache=True, nogil=True, error_model="numpy")
def _invert_tail(ws):  # pragma: no cover - compiled
    """Inverse of the tail's Schur complement."""
    B = ws.tail.shape[0]
    if B >= _LAPACK_FROM:
        ws.S_tail[:] = np.linalg.inv(ws.schur)
        return
    inverse = np.zeros((B, B))
    for i in range(B):
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for c in range(j, i):
                total -= ws.tail[i, c] * inverse[c, j]
            inverse[i, j] = total / ws.tail[i, i]
    for i in range(B):
        for j in range(i + 1):
            total = 0.0
            for c in range(i, B):
                total += inverse[c, i] * inverse[c, j]
            ws.S_tail[i, j] = total
            ws.S_tail[j, i] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _gradient(x, s, ws, out):  # pragma: no cover - compiled
    """Gradient of the log-density from γ̂ and S."""
    F = s.factor_columns.size
    q_max = ws.T.shape[1]
    sums = np.zeros((F, q_max, q_max))
    norm = 0.0  # γ̂'γ̂ + tr S over the coefficients with a prior
    for f in range(F):
        q = s.factor_columns[f]
        for level in range(s.factor_levels[f]):
            here = s.factor_start[f] + level * q
            for a in range(q):
                for b in range(q):
                    if f < s.n_head_factors:
                        inverse = ws.S[s.panel_start[s.node_start[f] + level] + a * q + b]
                    else:
                        inverse = ws.S_tail[here - s.n_head + a, here - s.n_head + b]
                    sums[f, a, b] += inverse + ws.gamma[here + a] * ws.gamma[here + b]
        for a in range(q):
            norm += sums[f, a, a]
            sums[f, a, a] -= s.factor_levels[f]
    p = s.x_normal.size
    shift = 0.0
    for a in range(p):
        gamma = ws.gamma[s.factor_start[F] + a]
        at = ws.tail.shape[0] - p + a
        norm += s.x_normal[a] * (gamma * gamma + ws.S_tail[at, at])
        shift += 2.0 * s.x_shift[a] * gamma
    explained = 0.0
    for i in range(ws.w.size):
        explained += ws.w[i] * ws.w[i]
    sigma = exp(x[-1])
    out[-1] = 1.0 - sigma / s.sigma_mean - s.n_rows + s.c0 / sigma**2 - explained + shift - norm + ws.w.size
    at = 0
    sds = 0
    for t in range(s.term_size.size):
        k = s.term_size[t]
        first = s.term_column[t]
        G = sums[s.term_factor[t], first : first + k, first : first + k]
        at = _term_gradient(
            x, at, k, s.term_correlated[t], s.lkj_eta, G, ws.R[t], s.sd_mean[sds : sds + k], out
        )
        sds += k


@njit(cache=True, nogil=True, error_model="numpy")
def _term_gradient(x, at, k, correlated, eta, G, R, sd_mean, out):  # pragma: no cover - compiled
    """Gradient of one design's parameters from G = Σ_j (Q_j − I); returns where the next one starts."""
    H = np.zeros((k, k))  # H = R⁻ᵀ G, so that the derivative along R is tr(H' dR)
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
    at += k
    if not correlated:
        return at
    for i in range(1, k):
        remaining = R[i, i]
        adjoint = H[i, i]
        for j in range(i - 1, -1, -1):
            y = x[at + j]
            z = tanh(y)
            sech = 1.0 / cosh(y)
            remaining /= sech  # what was left before this column
            c = eta + 0.5 * (k - 2 - j)
            out[at + j] = (H[i, j] * sech - adjoint * z) * remaining * sech - 2.0 * c * z
            adjoint = H[i, j] * z + adjoint * sech
        at += i
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def joint_draws(xs, noise, s, ws, effects, out):  # pragma: no cover - compiled
    """Draw all coefficients given each point: out[i] = L_s L⁻ᵀ(w + noise[i]), scaled units.

    Equal points in a row share one factorisation. Without `effects` only the columns of X are drawn;
    `noise` and `out` then have p columns, else as many as there are coefficients.
    """
    p = s.x_normal.size
    F = s.factor_columns.size
    dim = ws.w.size
    B = ws.tail.shape[0]
    for i in range(xs.shape[0]):
        same = i > 0
        for a in range(xs.shape[1]):
            same = same and xs[i, a] == xs[i - 1, a]
        if not same:
            covariance(xs[i], s, ws, False)
            factorise(s, ws, exp(-2.0 * xs[i, -1]))
        v = out[i]
        if not effects:
            for a in range(p - 1, -1, -1):
                value = ws.w[dim - p + a] + noise[i, a]
                for b in range(a + 1, p):
                    value -= ws.tail[B - p + b, B - p + a] * v[b]
                v[a] = value / ws.tail[B - p + a, B - p + a]
            continue
        for a in range(dim):
            v[a] = ws.w[a] + noise[i, a]
        solve_transposed(s, ws, v, True)
        for f in range(F):
            q = s.factor_columns[f]
            for level in range(s.factor_levels[f]):
                at = s.factor_start[f] + level * q
                for a in range(q - 1, -1, -1):
                    value = 0.0
                    for b in range(a + 1):
                        value += ws.T[f, a, b] * v[at + b]
                    v[at + a] = value
