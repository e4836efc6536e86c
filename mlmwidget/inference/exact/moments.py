"""Means and variances of the coefficients given the parameters, read out of a workspace."""

from __future__ import annotations

import numpy as np

from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.layout import PANEL


def moments(density: Density, point: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Evaluate the conditional distribution of the coefficients at one point.

    Parameters
    ----------
    density
        The model.
    point
        Unconstrained parameters, (d,).

    Returns
    -------
    mean, variances, covariance
        Mean of all coefficients, (dim,); variances of each design's effects, (J, k); covariance of the
        coefficients of X, (p, p). All in scaled units.
    """
    s, ws = density.structure, density.workspace
    density.values(point[None])
    density.moments(point, np.empty(len(point)))
    p = len(s.x_normal)
    dim, B = len(s.k), len(s.tail)
    blocks = []
    for f, (q, levels, start, node) in enumerate(s.factors.tolist()):
        if f < s.heads:
            first = s.nodes[node : node + levels, PANEL]
            blocks.append(ws.S[first[:, None] + np.arange(q) * (q + 1)])
        else:
            at = start - (dim - B)
            blocks.append(np.diag(ws.S_tail)[at : at + q * levels].reshape(levels, q))
    variances = [blocks[f][:, c : c + k].copy() for f, c, k, _ in s.terms.tolist()]
    return ws.mean.copy(), variances, ws.S_tail[B - p :, B - p :].copy()
