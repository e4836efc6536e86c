"""The rows of a model and the weighted Gaussian problem that stands for them in a step of Newton's method.

The sums are those of the exact engine (:mod:`mlmwidget.inference.exact.sums`), with working weights and
responses for data: they are made again with every step, into the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.approximate.likelihood import SUMMABLE, Likelihood, make_likelihood
from mlmwidget.inference.exact.layout import COLUMNS, PANEL, START, Layout, make_layout
from mlmwidget.inference.exact.sums import (
    Structure,
    Sums,
    accumulate,
    column_size,
    population_scales,
    stack_rows,
)
from mlmwidget.model.priors import Priors

SMALLEST_WEIGHT = 1e-200
"""Working weights are kept this far from zero, because the working response divides by them."""

WORTH_SUMMING = 0.7
"""Rows are summed where that leaves fewer than this share of them."""


@dataclass(frozen=True, eq=False)
class Working:
    """A model's rows, and room for the sums of a step.

    Coefficients c are those of the exact engine: b of each factor, level and column, then v of the scaled X.

    Parameters
    ----------
    likelihood
        Of the rows.
    sums
        Sums of the step made last, and units.
    codes, Z, slots
        Levels and scaled columns of the factors, shapes (m, F) and (m, columns), and as in
        :class:`mlmwidget.inference.exact.layout.Layout`.
    X
        Centred and scaled columns, shape (m, p).
    offset
        In units of the response, shape (m,).
    places
        For each column of Z, where the rows' coefficients are among all, shape (columns, m).
    """

    likelihood: Likelihood
    sums: Sums
    codes: np.ndarray
    Z: np.ndarray
    slots: np.ndarray
    X: np.ndarray
    offset: np.ndarray
    places: np.ndarray

    def predictor(self, coefficients: np.ndarray) -> np.ndarray:
        """Linear predictors from coefficients, (…, dim) → (…, m)."""
        p = self.X.shape[1]
        eta = self.offset + coefficients[..., coefficients.shape[-1] - p :] @ self.X.T
        for z, place in zip(self.Z.T, self.places, strict=True):
            eta += z * coefficients[..., place]
        return eta

    def weigh(self, eta: np.ndarray, slope: np.ndarray, weight: np.ndarray) -> None:
        """Sum the rows with a step's weights and working responses η + slope / weight."""
        weight = np.where(np.abs(weight) < SMALLEST_WEIGHT, SMALLEST_WEIGHT, weight)
        residual = eta - self.offset + slope / weight
        s, p = self.sums.arrays, self.X.shape[1]
        for array in (s.panels, s.tail, s.k):
            array.fill(0.0)
        accumulate(
            self.codes, self.Z, self.X, weight, residual, s.heads, len(s.k) - len(s.tail),
            s.factors, s.nodes, self.slots, s.panels, s.tail, s.k,
        )  # fmt: skip
        weighted = self.X * weight[:, None]
        s.tail[len(s.tail) - p :, len(s.tail) - p :] = self.X.T @ weighted
        s.k[len(s.k) - p :] = residual @ weighted

    def whiten(self, coefficients: np.ndarray, T: np.ndarray) -> np.ndarray:
        """Deviations from the prior in its units, u = T⁻¹b and v - a, (…, dim) → (…, dim).

        Parameters
        ----------
        coefficients
            In the exact engine's units.
        T
            Cholesky factors of the factors' covariances, shape (F, q, q).
        """
        s = self.sums.arrays
        out = coefficients.copy()
        p = len(s.x_shift)
        out[..., out.shape[-1] - p :] -= s.x_shift
        out[..., out.shape[-1] - p :] *= s.x_normal
        for f, (q, levels, start, _) in enumerate(s.factors.tolist()):
            block = out[..., start : start + q * levels].reshape(*out.shape[:-1], levels, q)
            for a in range(q):
                for b in range(a):
                    block[..., a] -= T[f, a, b] * block[..., b]
                block[..., a] *= 1.0 / T[f, a, a] if T[f, a, a] > 0.0 else 0.0
            out[..., start : start + q * levels] = block.reshape(*out.shape[:-1], -1)
        return out


def make_working(frame: ModelFrame, priors: Priors, scale: float) -> Working:
    """Arrange a model frame's rows, alike ones summed where the family allows it.

    Parameters
    ----------
    frame, priors
        The model.
    scale
        Unit of the response and of the linear predictor; 1 unless the link is the identity.
    """
    intercept = next((i for i, t in enumerate(frame.X_terms) if t == -1), None)
    centre, x_scale, x_normal = population_scales(frame, priors, frame.weights, scale, intercept)
    X = (frame.X - centre) * x_scale
    shift = np.where(x_normal, priors.beta_mean / np.where(x_normal, x_scale, 1.0) / scale, 0.0)
    z_scale = tuple(column_size(np.asarray(g.Z, float)) for g in frame.groups)
    layout = make_layout(frame)
    codes, Z = stack_rows(frame, layout, z_scale)
    offset = np.asarray(frame.offset, float) / scale
    first, alike = _alike(frame, codes, Z, X, offset)
    codes, Z, X, slots = (np.ascontiguousarray(array[first]) for array in (codes, Z, X, layout.slots))
    means = [m * z / scale for m, z in zip(priors.sd_mean, z_scale, strict=True)]
    arrays = Structure(
        n_rows=0,
        c0=0.0,
        half_log_weights=0.0,
        heads=layout.heads,
        factors=layout.factors,
        nodes=layout.nodes,
        terms=layout.terms,
        tail_rows=layout.tail_rows,
        panels=np.zeros(int(layout.nodes[-1, PANEL])),
        tail=np.zeros((layout.n_tail, layout.n_tail)),
        k=np.zeros(layout.n_head + layout.n_tail),
        x_normal=x_normal.astype(float),
        x_shift=shift,
        prior=np.concatenate([[1.0, priors.lkj_eta], *means]),
    )
    sums = Sums(arrays, scale, z_scale, x_scale, centre, np.zeros(X.shape[1]), intercept)
    likelihood = make_likelihood(frame, alike, scale)
    return Working(likelihood, sums, codes, Z, slots, X, offset[first], _places(layout, codes))


def _places(layout: Layout, codes: np.ndarray) -> np.ndarray:
    """Where each row's coefficient of each column of Z is, shape (columns, m)."""
    columns = [
        layout.factors[f, START] + codes[:, f] * layout.factors[f, COLUMNS] + a
        for f in range(len(layout.factors))
        for a in range(layout.factors[f, COLUMNS])
    ]
    return np.array(columns, np.int64).reshape(len(columns), len(codes))


def _alike(
    frame: ModelFrame, codes: np.ndarray, Z: np.ndarray, X: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that differ, and for each row of the frame the one of them that it equals."""
    everything = np.arange(frame.n)
    if frame.spec.family not in SUMMABLE:
        return everything, everything
    key = np.zeros(frame.n, np.int64)
    for column in (*codes.T, *Z.T, *X.T, offset):
        values, distinct = pd.factorize(column)
        key, found = pd.factorize(key * len(distinct) + values)
        if len(found) > WORTH_SUMMING * frame.n:
            return everything, everything
    _, first = np.unique(key, return_index=True)
    return first, key.astype(np.int64)
