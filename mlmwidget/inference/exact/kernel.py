"""The log-likelihood of a Gaussian multilevel model with its effects integrated out.

With b = Λu, β = m₀ + S₀v and u, v standard Normal (v ~ N(a, I) where the prior's mean is not the regression
that y was freed of; no prior at all for a flat coefficient)::

    M = I + L_s'CL_s/σ²,  L = chol(M),  w = L⁻¹(L_s'k/σ² + a),  L_s = blockdiag(I ⊗ T_t, S₀)
    log p(y | θ, σ) = −N/2 log 2π + ½Σ log w_i − N log σ − Σ log L_ii − ½(c₀/σ² + a'a − w'w)

Blocks are eliminated factor by factor, all levels and all points at once. What is left of C/σ² stays in the
units of b until the turn of a block comes and T scales it, because the Schur complement of the scaled matrix
is I + T'(…)T: a level's own block becomes chol(I + T'KT), the rows below it become K_R T L⁻ᵀ. Σ⁻¹ is never
formed. The residual is a row like the others: what is left of its own element is c₀/σ² + a'a − w'w.

Arrays are ordered as in :mod:`.structure`, with an axis for the points at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import numpy as np
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array

from mlmwidget.inference.exact.structure import Structure

_FEW = 12
"""Size of the tail up to which it is factorised without LAPACK."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One factor's columns of L: `own[a, b]` is element (b, a) of its lower triangle."""

    own: np.ndarray
    below: np.ndarray
    cross: np.ndarray


@dataclass(frozen=True, eq=False)
class Factorised:
    """M, factorised at m points.

    Parameters
    ----------
    structure
        The model's sums.
    T
        Cholesky factors of the covariances of each factor's blocks, (q, q, m).
    panels
        The factors of the head.
    tail, w
        Cholesky factor of the tail without the residual, (m, B, B), and L⁻¹ right-hand side there, (m, B).
    log_det, log_det_x
        log |L| of the effects and of X, (m,).
    quadratic
        c₀/σ² + a'a − w'w, (m,).
    """

    structure: Structure
    T: list[np.ndarray]
    panels: list[Panel]
    tail: np.ndarray
    w: np.ndarray
    log_det: np.ndarray
    log_det_x: np.ndarray
    quadratic: np.ndarray

    def log_likelihood(self, log_sigma: np.ndarray) -> np.ndarray:
        """Log densities of y with all their constants, -inf where numbers leave their range, (m,)."""
        s = self.structure
        n_proper = s.n_rows - s.p + s.x_normal.sum()
        value = s.half_log_weights - 0.5 * n_proper * log(2 * pi) - s.n_rows * log_sigma
        value = value - self.log_det - self.log_det_x - 0.5 * self.quadratic
        return np.where(np.isfinite(value), value, -np.inf)

    def repeated(self, index: np.ndarray) -> Factorised:
        """Give the same points in another order, or more than once."""
        if len(self.w) == 1:  # is broadcast
            return self
        return Factorised(
            self.structure,
            [T[..., index] for T in self.T],
            [Panel(p.own[..., index], p.below[..., index], p.cross[..., index]) for p in self.panels],
            self.tail[index],
            self.w[index],
            self.log_det[index],
            self.log_det_x[index],
            self.quadratic[index],
        )


def factorise(s: Structure, T: list[np.ndarray], log_sigma: np.ndarray) -> Factorised:
    """Factorise M at m points.

    Parameters
    ----------
    s
        The model's sums; the same at all points, or with an axis for the points at the end.
    T
        Scaled Cholesky factors of the covariances of each factor's blocks, (q, q, m).
    log_sigma
        Logarithms of the residual standard deviations, (m,).
    """
    with np.errstate(all="ignore"):  # what overflows has no density
        precision = np.exp(-2.0 * log_sigma)
        panels = [
            Panel(*(_at_points(part, s) * precision for part in (h.own, h.below, h.cross))) for h in s.heads
        ]
        tail = _at_points(s.tail, s) * precision
        log_det = np.zeros(len(precision))
        for index, (head, panel) in enumerate(zip(s.heads, panels, strict=True)):
            log_det += _eliminate(T[index], panel, head.level)
            _subtract(s, index, panels, tail)
        _scale_tail(s, T, tail)
        corner = tail[-1, -1].copy()
        L, w = _cholesky(tail)
        diagonal = np.log(np.diagonal(L, axis1=1, axis2=2))
        return Factorised(
            s,
            T,
            panels,
            L,
            w,
            log_det + diagonal[:, : s.crossed].sum(axis=1),
            diagonal[:, s.crossed :].sum(axis=1),
            corner - (w**2).sum(axis=1),
        )


def _at_points(part: np.ndarray, s: Structure) -> np.ndarray:
    """Give an array of sums its axis for the points, unless the sums are of each point already."""
    return part if s.tail.ndim == 3 else part[..., None]


def _eliminate(T: np.ndarray, panel: Panel, level: np.ndarray) -> np.ndarray:
    """Factorise one factor's blocks in place; log |L| of them, (m,)."""
    q = len(T)
    used = [[b for b in range(a, q) if a == b or T[b, a].any()] for a in range(q)]
    for part in (panel.own, panel.below, panel.cross):
        for a in range(q):  # K T
            part[a] *= T[a, a]
            for b in used[a][1:]:
                part[a] += part[b] * T[b, a]
    own, below, cross = panel.own, panel.below, panel.cross
    for a in range(q):  # I + T'(KT)
        own[: a + 1, a] *= T[a, a]
        for b in used[a][1:]:
            own[: a + 1, a] += own[: a + 1, b] * T[b, a]
        own[a, a] += 1.0
    _cholesky_in_place(own)
    for c in range(q):
        below[c] /= own[c, c]
        cross[c] /= own[c, c][level]
        for a in range(c + 1, q):
            below[a] -= below[c] * own[c, a]
            cross[a] -= cross[c] * own[c, a][level]
    return np.asarray(sum(np.log(own[c, c]).sum(axis=0) for c in range(q)))


def _cholesky_in_place(A: np.ndarray) -> None:
    """Replace symmetric (q, q, …) by Cholesky factors, element (b, a) of their lower triangles at [a, b]."""
    for c in range(len(A)):
        np.sqrt(A[c, c], out=A[c, c])
        A[c, c + 1 :] /= A[c, c]
        for a in range(c + 1, len(A)):
            A[a, a:] -= A[c, a] * A[c, a:]


def _subtract(s: Structure, index: int, panels: list[Panel], tail: np.ndarray) -> None:
    """Take a factorised panel's outer products from the panels of its containers and from the tail."""
    head, panel = s.heads[index], panels[index]
    below, cross = panel.below, panel.cross
    at = 0
    for outer, within in zip(panels[index + 1 :], head.within, strict=True):
        q = len(outer.own)
        for a in range(q):
            product = sum(b[at + a] * b[at:] for b in below)
            product = np.array([within.add_levels @ row for row in product])
            outer.own[a] -= product[:q]
            outer.below[a] -= product[q:]
            if len(head.level):
                outer.cross[a] -= within.add_pairs @ sum(
                    b[at + a][head.level] * c for b, c in zip(below, cross, strict=True)
                )
        at += q
    n = s.crossed
    rest = below[:, at:].transpose(3, 1, 0, 2).reshape(below.shape[3], below.shape[1] - at, -1)
    tail[n:, n:] -= np.moveaxis(rest @ rest.transpose(0, 2, 1), 0, 2)
    if n:
        for i in range(below.shape[1] - at):
            tail[n + i, :n] -= head.by_row @ sum(
                b[at + i][head.level] * c for b, c in zip(below, cross, strict=True)
            )
        from mlmwidget.inference.exact.crossing import subtract_products

        subtract_products(head.first, head.row, cross, tail, max(s.columns[len(s.heads) :]))


def _scale_tail(s: Structure, T: list[np.ndarray], tail: np.ndarray) -> None:
    """Scale what is left of the tail to that of M, whose lower triangle is right."""
    n, heads = s.crossed, len(s.heads)
    for factor in range(heads, len(T)):
        for side in (tail[s.block(factor)], tail[:, s.block(factor)].transpose(1, 0, 2)):
            scale_blocks(T[factor].transpose(1, 0, 2), side)
    diagonal = np.arange(len(tail) - 1)
    tail[diagonal[:n], diagonal[:n]] += 1.0
    tail[diagonal[n:], diagonal[n:]] += s.x_normal[:, None]
    tail[-1, n:-1] += s.x_shift[:, None]
    tail[-1, -1] += s.x_normal @ s.x_shift**2


def scale_blocks(M: np.ndarray, values: np.ndarray) -> None:
    """Replace each level's block x of rows by M x, for values (levels · q, …, m) and M (q, q, m)."""
    q = len(M)
    blocks = values.reshape(-1, q, *values.shape[1:])
    if q == 1:
        blocks *= M[0, 0]
        return
    old = blocks.copy()
    for a in range(q):
        blocks[:, a] = sum(M[a, b] * old[:, b] for b in range(q))


def _cholesky(M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower Cholesky factors (m, B, B) and L⁻¹ right-hand side (m, B) of the tail, (B + 1, B + 1, m).

    The residual's corner does not enter these; it is made so large that the factorisation goes through.
    """
    M[-1, -1] = 1e300
    if len(M) <= _FEW:  # LAPACK's overhead is more than the work, so all points at once
        L = np.where(np.tri(len(M), dtype=bool).T[:, :, None], M.transpose(1, 0, 2), 0.0)
        _cholesky_in_place(L)
        L = np.ascontiguousarray(L.T)
    else:  # NumPy's lets other threads work meanwhile, SciPy's does not
        L = np.ascontiguousarray(np.moveaxis(M, 2, 0))
        for one in L:
            try:
                one[...] = np.linalg.cholesky(one)
            except np.linalg.LinAlgError:
                one[...] = np.nan
    return L[:, :-1, :-1], L[:, -1, :-1]


def solve_transposed(L: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve L'x = r for one L (1, B, B) or as many as there are right-hand sides (n, B)."""
    if len(L) == 1:
        return np.asarray(solve_triangular(L[0], right.T, lower=True, trans="T", check_finite=False).T)
    x = right.copy()
    for i in range(x.shape[1] - 1, -1, -1):
        x[:, i] /= L[:, i, i]
        x[:, :i] -= L[:, i, :i] * x[:, i, None]
    return x


def coefficients(
    f: Factorised, tail: np.ndarray, heads: list[np.ndarray] | None = None
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Solve L'(u, v) = w + noise.

    Parameters
    ----------
    f
        A factorisation at one point, or at as many as there is noise for.
    tail
        Noise of the tail, (n, B).
    heads
        Noise of the head's factors, each (q, J, n); they are left out if there is none.

    Returns
    -------
    u, b, v
        Effects in units of their standard deviations and scaled effects, each (q, J, n), of the head's
        factors and of those crossed with them; coefficients of X, (n, p).
    """
    s, n_heads = f.structure, len(f.structure.heads)
    solved = solve_transposed(f.tail, tail + f.w)
    v = solved[:, s.crossed :]
    u = [
        solved[:, s.block(factor)].reshape(len(v), -1, s.columns[factor]).T
        for factor in range(n_heads, len(s.columns))
    ]
    b = [_times(f.T[n_heads + i], x) for i, x in enumerate(u)]
    crossed = solved[:, : s.crossed].T.copy()
    for factor, effects in enumerate(b, start=n_heads):
        crossed[s.block(factor)] = effects.transpose(1, 0, 2).reshape(-1, len(v))
    if heads is None:
        return u, b, v
    for index in range(n_heads - 1, -1, -1):
        head, panel = s.heads[index], f.panels[index]
        x = heads[index] + panel.below[:, -1]
        rows = [row[within.level] for effects, within in zip(b, head.within, strict=False) for row in effects]
        for i, values in enumerate([*rows, *v.T]):
            x -= panel.below[:, i] * values
        if s.crossed:
            for a, values in enumerate(panel.cross):
                if values.shape[1] == 1:
                    x[a] -= (
                        csr_array((values[:, 0], head.row, head.first), (len(head.first) - 1, s.crossed))
                        @ crossed
                    )
                else:
                    x[a] -= head.by_level @ (values * crossed[head.row])
        for a in range(len(x) - 1, -1, -1):
            x[a] /= panel.own[a, a]
            for c in range(a):
                x[c] -= panel.own[c, a] * x[a]
        u.insert(0, x)
        b.insert(0, _times(f.T[index], x))
    return u, b, v


def _times(T: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Lower triangular T (q, q, m) times u (q, J, n)."""
    return np.array([sum(T[a, c] * u[c] for c in range(a + 1)) for a in range(len(T))])
