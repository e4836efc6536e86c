"""The log-density of a Gaussian multilevel model with its effects integrated out, and its gradient.

One set of compiled functions serves every structure that :mod:`.sums` can lay out, so that nothing is
compiled per model. With b = Λu, β = m₀ + S₀v and u, v standard Normal (v ~ N(a, I) where the prior's mean is
not the regression that y was freed of; no prior at all for a flat coefficient)::

    M = I + L_s'CL_s/σ²,  L = chol(M),  w = L⁻¹(L_s'k/σ² + a),  L_s = blockdiag(I ⊗ T_t, S₀)
    log p(y | θ, σ) = −N/2 log 2π + ½Σ log w_i − N log σ − Σ log L_ii − ½(c₀/σ² + a'a − w'w)

Blocks are eliminated one after the other. What is left of C/σ² stays in the units of b until the turn of a
block comes and T scales it, because the Schur complement of the scaled matrix is I + T'(…)T: a panel's own
block becomes chol(I + T'KT), the rows below it become K_R T L⁻ᵀ. Σ⁻¹ is never formed.

The gradient uses Fisher's identity. With Q_j = Cov(u_j) + E(u_j)E(u_j)' of one level given y, the derivative
along T is tr(T⁻¹dT · Σ_j (Q_j − I)); with T = diag(τ) R, T⁻¹dT needs R⁻¹ only, never 1/τ.

Parameters are unconstrained: for each group design log τ (k of them) and, where correlations are free,
k(k−1)/2 numbers y, row by row below the diagonal; last log σ. The correlation's Cholesky factor R comes from
canonical partial correlations z = tanh y: R_ij = z_ij √(1 − Σ_{l<j} R_il²). Under LKJ(η) the z_ij are
independent with density ∝ (1 − z²)^{c−1}, c = η + (k − 2 − j)/2 for j from 0 (Lewandowski, Kurowicka and Joe
2009), so the Jacobian only raises the exponent to c.
"""

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False
# (Numba infers the types of compiled functions.)

from __future__ import annotations

from math import cosh, exp, inf, isfinite, lgamma, log, log1p, pi, sqrt, tanh

from mlmwidget.inference.exact.compiled import entry, inner, once
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
from mlmwidget.inference.exact.tail import cholesky, scale_tail, solve_tail


@inner
def covariance(x, terms, prior, T, R):  # pragma: no cover - compiled
    """Fill T and R from the parameters; return their log prior with its Jacobian."""
    value = 0.0
    at = 0
    sds = 2
    for f in range(len(T)):
        for a in range(T.shape[1]):
            for b in range(T.shape[2]):
                T[f, a, b] = 0.0
    for t in range(len(terms)):
        k = terms[t, SIZE]
        f = terms[t, FACTOR]
        first = terms[t, COLUMN]
        at_cor = at + k
        for i in range(k):
            remaining = 1.0
            if terms[t, CORRELATED]:
                for j in range(i):
                    y = x[at_cor]
                    at_cor += 1
                    R[t, i, j] = tanh(y) * remaining
                    remaining /= cosh(y)
                    c = prior[1] + 0.5 * (k - 2 - j)
                    log_sech2 = 2.0 * (log(2.0) - abs(y) - log1p(exp(-2.0 * abs(y))))
                    value += c * log_sech2 - (2.0 * c - 1.0) * log(2.0) - 2.0 * lgamma(c) + lgamma(2.0 * c)
            R[t, i, i] = remaining
            tau = exp(x[at + i])
            for j in range(i + 1):
                T[f, first + i, first + j] = tau * R[t, i, j]
            value += x[at + i] - log(prior[sds + i]) - tau / prior[sds + i]
        sds += k
        at = at_cor
    return value - log(prior[0]) - exp(x[-1]) / prior[0] + x[-1]


@inner
def _eliminate(T, q, start, end, L, w):  # pragma: no cover - compiled
    """Factorise one node's panel in place; log |L| of it, or infinity where numbers leave their range.

    `w` is the node's own part of the right-hand side.
    """
    at = start
    while at < end:  # K T, a row at a time
        for a in range(q):
            total = 0.0
            for b in range(a, q):
                total += L[at + b] * T[b, a]
            L[at + a] = total
        at += q
    log_det = 0.0
    for a in range(q):  # I + T'(KT) and T'w, downwards in place
        row = start + a * q
        total = 0.0
        for b in range(a, q):
            total += T[b, a] * w[b]
        w[a] = total
        for c in range(a + 1):
            total = 1.0 if a == c else 0.0
            for b in range(a, q):
                total += T[b, a] * L[start + b * q + c]
            L[row + c] = total
    for a in range(q):
        row = start + a * q
        for c in range(a + 1):
            total = L[row + c]
            for b in range(c):
                total -= L[row + b] * L[start + c * q + b]
            if c < a:
                L[row + c] = total / L[start + c * q + c]
            elif total > 0.0 and total < inf:
                L[row + a] = sqrt(total)
                log_det += 0.5 * log(total)
            else:
                return inf
        for b in range(a):
            w[a] -= L[row + b] * w[b]
        w[a] /= L[row + a]
    at = start + q * q
    while at < end:
        for a in range(q):
            total = L[at + a]
            for b in range(a):
                total -= L[at + b] * L[start + a * q + b]
            L[at + a] = total / L[start + a * q + a]
        at += q
    return log_det


@inner
def _subtract(f, node, heads, factors, nodes, tail_rows, L, w, own, A):  # pragma: no cover - compiled
    """Take a factorised panel's outer product from the panels of its ancestors and from the tail.

    `w` is the whole right-hand side, `own` the node's first place in it.
    """
    q = factors[f, COLUMNS]
    n_head = len(w) - len(A)
    at = nodes[node, PANEL] + q * q
    first = nodes[node, ROWS]
    last = nodes[node + 1, ROWS]
    up = nodes[node, PARENT]
    for g in range(f + 1, heads):
        qg = factors[g, COLUMNS]
        target = nodes[up, PANEL]
        place = factors[g, START] + (up - factors[g, NODE]) * qg
        n_above = 0
        for h in range(g, heads):
            n_above += factors[h, COLUMNS]
        position = nodes[up, ROWS]
        row = at
        for r in range(n_above + last - first):  # the ancestor's own rows, those above it, the tail's
            if r >= n_above:
                while tail_rows[position] < tail_rows[first + r - n_above]:
                    position += 1
                    target += qg
            for a in range(qg):
                for c in range(q):
                    L[target + a] -= L[row + c] * L[at + a * q + c]
            row += q
            if r < n_above:
                target += qg
        for a in range(qg):
            for c in range(q):
                w[place + a] -= L[at + a * q + c] * w[own + c]
        at += qg * q
        up = nodes[up, PARENT]
    for r in range(last - first):
        i = tail_rows[first + r]
        row = at + r * q
        for c in range(q):
            value = L[row + c]
            w[n_head + i] -= value * w[own + c]
            other = at + c
            for t in range(first, first + r + 1):
                A[i, tail_rows[t]] -= value * L[other]
                other += q


@once
def condense(precision, s, ws):  # pragma: no cover - compiled
    """Eliminate the head for the covariances in ws.T and 1/σ²; False where numbers leave their range."""
    factors, nodes, heads = s.factors, s.nodes, s.heads
    L, w, A = ws.L, ws.w, ws.schur
    for i in range(len(L)):
        L[i] = s.panels[i] * precision
    for i in range(len(w)):
        w[i] = s.k[i] * precision
    for i in range(len(A)):
        for j in range(i + 1):
            A[i, j] = s.tail[i, j] * precision
    log_det = 0.0
    explained = 0.0
    for f in range(heads):
        q = factors[f, COLUMNS]
        for level in range(factors[f, LEVELS]):
            node = factors[f, NODE] + level
            own = factors[f, START] + level * q
            part = _eliminate(ws.T[f], q, nodes[node, PANEL], nodes[node + 1, PANEL], L, w[own : own + q])
            if part == inf:
                return False
            log_det += part
            for a in range(q):
                explained += w[own + a] ** 2
            _subtract(f, node, heads, factors, nodes, s.tail_rows, L, w, own, A)
    scale_tail(heads, factors, ws.T, s.x_normal, A, w)
    p = len(s.x_normal)
    ws.totals[2] = s.c0 * precision - explained
    for a in range(p):
        w[len(w) - p + a] += s.x_shift[a]
        ws.totals[2] += s.x_normal[a] * s.x_shift[a] ** 2
    ws.totals[0] = log_det
    return isfinite(log_det) and isfinite(explained)


@inner
def back(s, ws, v, effects, solved):  # pragma: no cover - compiled
    """Replace v by the coefficients L_s L⁻ᵀv: b and, last, those of X; only the latter without `effects`.

    The tail's part of v is L⁻ᵀv already if it is `solved`.
    """
    factors, nodes, heads, rows = s.factors, s.nodes, s.heads, s.tail_rows
    T, L, tail = ws.T, ws.L, ws.tail
    B = len(tail)
    n_head = len(v) - B
    stop = -1 if effects else B - 1 - len(s.x_normal)
    if solved:
        stop = B - 1
    for i in range(B - 1, stop, -1):
        v[n_head + i] /= tail[i, i]
        value = v[n_head + i]
        for j in range(i):
            v[n_head + j] -= tail[i, j] * value
    if not effects:
        return
    for f in range(len(factors) - 1, -1, -1):
        q = factors[f, COLUMNS]
        for level in range(factors[f, LEVELS]):
            own = factors[f, START] + level * q
            if f < heads:
                node = factors[f, NODE] + level
                start = nodes[node, PANEL]
                at = start + q * q
                up = nodes[node, PARENT]
                for g in range(f + 1, heads):
                    above = factors[g, START] + (up - factors[g, NODE]) * factors[g, COLUMNS]
                    for b in range(factors[g, COLUMNS]):
                        for a in range(q):
                            v[own + a] -= L[at + a] * v[above + b]
                        at += q
                    up = nodes[up, PARENT]
                for r in range(nodes[node, ROWS], nodes[node + 1, ROWS]):
                    for a in range(q):
                        v[own + a] -= L[at + a] * v[n_head + rows[r]]
                    at += q
                for a in range(q - 1, -1, -1):
                    v[own + a] /= L[start + a * q + a]
                    for b in range(a):
                        v[own + b] -= L[start + a * q + b] * v[own + a]
            for a in range(q - 1, -1, -1):
                value = 0.0
                for b in range(a + 1):
                    value += T[f, a, b] * v[own + b]
                v[own + a] = value


@inner
def _draw(s, ws, noise, draw, solved):  # pragma: no cover - compiled
    """Make one draw of the coefficients from standard Normal numbers, from the tail's own if `solved`."""
    skip = len(ws.w) - len(noise)
    last = len(ws.w) - len(ws.tail) if solved else len(ws.w)
    for a in range(len(noise)):
        ws.column[skip + a] = noise[a] + (ws.w[skip + a] if skip + a < last else 0.0)
    back(s, ws, ws.column, skip == 0, solved)
    for a in range(len(noise)):
        draw[a] = ws.column[skip + a]


WHOLE, CONDENSE, RESUME, SOLVED = 0, 1, 2, 3


@entry
def evaluate(xs, s, ws, values, noise, draws, stage):  # pragma: no cover - compiled
    """Log posterior densities, and draws of the coefficients, at given parameters.

    Parameters
    ----------
    xs
        Unconstrained parameters, (n, d). Neighbours that are equal share one factorisation.
    s, ws
        The model's :class:`.sums.Structure` and a :class:`.workspace.Workspace`, which holds the last point's
        factorisation afterwards.
    values
        Receives the log-densities with all their constants, -inf where numbers leave their range, (n,).
    noise, draws
        Standard Normal numbers, (m, c), and the scaled coefficients made of them, L_s L⁻ᵀ(w + noise),
        (m, c): one for each point, or many for a single point. With c = p only the coefficients of X
        are drawn; none at all with m = 0.
    stage
        ``WHOLE``; or for a single point ``CONDENSE``, up to ws.schur, and ``RESUME``, once ws.tail holds
        its Cholesky factor, so that LAPACK can make that; then ``SOLVED`` draws with a tail of the noise
        that is L⁻ᵀ(w + noise) already.
    """
    p = len(s.x_normal)
    n_proper = float(s.n_rows) - p
    for a in range(p):
        n_proper += s.x_normal[a]
    constant = s.half_log_weights - 0.5 * n_proper * log(2.0 * pi)
    for i in range(len(xs) if stage != SOLVED else 0):
        same = i > 0
        for a in range(xs.shape[1]):
            same = same and xs[i, a] == xs[i - 1, a]
        if same:
            values[i] = values[i - 1]
        elif stage != RESUME:
            value = constant + covariance(xs[i], s.terms, s.prior, ws.T, ws.R) - s.n_rows * xs[i, -1]
            ok = condense(exp(-2.0 * xs[i, -1]), s, ws) and (stage == CONDENSE or cholesky(ws.schur, ws.tail))
            values[i] = value if ok else -inf
        if stage == CONDENSE:
            return
        if not same:
            values[i] -= solve_tail(ws.tail, ws.w, p, ws.totals)
            if not isfinite(values[i]):
                values[i] = -inf
        if len(noise) > 0 and len(xs) > 1:
            _draw(s, ws, noise[i], draws[i], False)
    if len(xs) == 1:
        for i in range(len(noise)):
            _draw(s, ws, noise[i], draws[i], stage == SOLVED)
