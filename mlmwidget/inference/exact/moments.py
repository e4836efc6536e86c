"""Means and covariances of the coefficients given the parameters, and from them the gradient.

Covariances are wanted on the pattern of L only, from its last row up (Takahashi's equations): with
H = L_R L_jj⁻¹, Cov(b_R, u) = −Cov(b_R) H and Cov(u) = (L_jj L_jj')⁻¹ + H' Cov(b_R) H.

The gradient uses Fisher's identity. With Q_j = Cov(u_j) + E(u_j)E(u_j)' of one level given y, the derivative
along T is tr(T⁻¹dT · Σ_j (Q_j − I)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotri

from mlmwidget.inference.exact.kernel import Factorised, Panel, coefficients, scale_blocks
from mlmwidget.inference.exact.structure import Head, Structure


@dataclass(frozen=True, eq=False)
class Moments:
    """Conditional moments at m points, in the scaled units of b and v.

    Parameters
    ----------
    effects
        Means of each factor's effects, (q, J, m).
    beta
        Means of the coefficients of X, (m, p).
    panels
        Covariances of the head's effects with each other and with what is below them, on the pattern of L.
    tail
        Covariance of the crossed factors' effects and the coefficients of X, (B, B, m).
    G
        Σ_j (Q_j − I) of each factor, (q, q, m).
    log_sigma
        Derivative of the log likelihood by log σ, (m,).
    """

    effects: list[np.ndarray]
    beta: np.ndarray
    panels: list[Panel]
    tail: np.ndarray
    G: list[np.ndarray]
    log_sigma: np.ndarray

    def mean(self) -> np.ndarray:
        """Means of all coefficients, in their order, (m, dim)."""
        parts = [b.transpose(2, 1, 0).reshape(len(self.beta), -1) for b in self.effects]
        return np.hstack([*parts, self.beta])

    def variances(self, s: Structure) -> list[np.ndarray]:
        """Variances of each design's effects at the first point, (J, k)."""
        blocks = [np.einsum("aaj->ja", panel.own[..., 0]) for panel in self.panels]
        diagonal = np.einsum("iim->im", self.tail)[:, 0]
        crossed = range(len(blocks), len(s.columns))
        blocks += [diagonal[s.block(factor)].reshape(-1, s.columns[factor]) for factor in crossed]
        return [blocks[term.factor][:, term.columns] for term in s.terms]


def conditional_moments(f: Factorised, precision: np.ndarray) -> Moments:
    """Moments of the coefficients given the parameters of a factorisation.

    Parameters
    ----------
    f
        The factorisation.
    precision
        1/σ², (m,).
    """
    s, m = f.structure, len(f.w)
    n_heads = len(s.heads)
    noise = [np.zeros((q, J, m)) for q, J in zip(s.columns[:n_heads], s.levels, strict=False)]
    u, b, v = coefficients(f, np.zeros_like(f.w), noise)
    tail = np.ascontiguousarray(np.moveaxis(np.array([_inverse(L) for L in f.tail]), 0, 2))
    # γ̂'γ̂ + tr S over the coefficients that have a prior
    i = s.crossed + np.arange(s.p)
    known = s.x_normal @ (v.T**2 + tail[i, i])
    G: list[np.ndarray] = []
    for factor in range(n_heads, len(u)):
        q, J = s.columns[factor], s.levels[factor]
        block = tail[s.block(factor), s.block(factor)].reshape(J, q, J, q, m)
        j = np.arange(J)
        G.append(block[j, :, j].sum(axis=0))
        for side in (tail[s.block(factor)], tail[:, s.block(factor)].transpose(1, 0, 2)):
            scale_blocks(f.T[factor], side)
    panels: list[Panel] = []
    for index in range(n_heads - 1, -1, -1):
        panel, within = _head(s.heads[index], f.T[index], f.panels[index], panels, tail, s.crossed)
        panels.insert(0, panel)
        G.insert(0, within)
    for g, x, J in zip(G, u, s.levels, strict=True):
        g += np.einsum("ajm,bjm->abm", x, x)
        known = known + np.einsum("aam->m", g)
        g -= J * np.eye(len(g))[:, :, None]
    total = f.structure.dim + 2.0 * v @ s.x_shift - _squares(f)
    return Moments(b, v, panels, tail, G, total - s.n_rows + s.c0 * precision - known)


def _squares(f: Factorised) -> np.ndarray:
    """W'w over all coefficients, (m,)."""
    return (f.w**2).sum(axis=1) + sum((p.below[:, -1] ** 2).sum(axis=(0, 1)) for p in f.panels)


def _inverse(L: np.ndarray) -> np.ndarray:
    """(LL')⁻¹."""
    if not len(L):
        return L
    inverse, _ = dpotri(L, lower=1)
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)


def _head(
    head: Head, T: np.ndarray, L: Panel, outer: list[Panel], tail: np.ndarray, crossed: int
) -> tuple[Panel, np.ndarray]:
    """One factor's covariances, and Σ_j Cov(u_j)."""
    q, J, m = len(T), head.own.shape[2], T.shape[2]
    H = _divided(L, L.below[:, :-1], L.own)
    Y = np.array([_times_covariance(h, head, outer, tail[crossed:, crossed:]) for h in H]).reshape(H.shape)
    S = _inverse_blocks(L.own)
    cross = np.zeros_like(L.cross)
    if crossed:
        H_cross = _divided(L, L.cross, L.own[:, :, head.level])
        meets = _meets(head, outer, tail, crossed)
        from mlmwidget.inference.exact.crossing import multiply_pairs

        multiply_pairs(head.first, head.row, tail, H_cross, cross)
        for a in range(q):
            cross[a] += (meets * H[a][:, head.level]).sum(axis=0)
            Y[a] += np.array([head.by_level @ (row * H_cross[a]) for row in meets]).reshape(Y[a].shape)
        for a in range(q):
            for b in range(q):
                S[a, b] += head.by_level @ (H_cross[a] * cross[b])
    for a in range(q):
        for b in range(q):
            S[a, b] += (H[a] * Y[b]).sum(axis=0)
    own = np.array(
        [
            [sum(T[a, c] * S[c, d] * T[b, d] for c in range(a + 1) for d in range(b + 1)) for b in range(q)]
            for a in range(q)
        ]
    )
    below = np.array([-sum(T[a, c] * Y[c] for c in range(a + 1)) for a in range(q)])
    cross = np.array([-sum(T[a, c] * cross[c] for c in range(a + 1)) for a in range(q)])
    return Panel(own.reshape(q, q, J, m), below, cross), S.sum(axis=2)


def _divided(L: Panel, rows: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Rows times L_jj⁻¹."""
    H = rows.copy()
    for a in range(len(H) - 1, -1, -1):
        for b in range(a + 1, len(H)):
            H[a] -= H[b] * own[a, b]
        H[a] /= own[a, a]
    return H


def _inverse_blocks(own: np.ndarray) -> np.ndarray:
    """Inverses of L_jj L_jj', (q, q, J, m)."""
    L = np.moveaxis(own, (0, 1), (3, 2))
    inverse = np.linalg.inv(np.tril(L))
    return np.ascontiguousarray(np.moveaxis(inverse.transpose(0, 1, 3, 2) @ inverse, (2, 3), (0, 1)))


def _times_covariance(h: np.ndarray, head: Head, outer: list[Panel], X: np.ndarray) -> np.ndarray:
    """Covariance of containing factors' effects and coefficients of X, times h of each level, (d, J, m).

    That of the coefficients, `X` (p, p, m), is the same for all levels, so it is never spread over them.
    """
    product = np.zeros_like(h)
    at = len(h) - len(X)
    product[at:] = np.moveaxis(np.moveaxis(X, 2, 0) @ np.moveaxis(h[at:], 2, 0), 0, 2)
    at = 0
    for panel, within in zip(outer, head.within, strict=True):
        end = at + len(panel.own)
        own, below = panel.own[:, :, within.level], panel.below[:, :, within.level]
        product[at:end] += (own * h[at:end]).sum(axis=1) + (below * h[end:]).sum(axis=1)
        product[end:] += (below * h[at:end, None]).sum(axis=0)
        at = end
    return product


def _meets(head: Head, outer: list[Panel], tail: np.ndarray, crossed: int) -> np.ndarray:
    """Covariances of the same with the rows of the tail that the level meets, (d, R, m)."""
    rows = [
        values[within.pair]
        for panel, within in zip(outer, head.within, strict=True)
        for values in panel.cross
    ]
    return np.array([*rows, *tail[crossed:][:, head.row]]).reshape(-1, len(head.row), tail.shape[2])
