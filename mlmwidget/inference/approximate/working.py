"""The rows of a model and the weighted Gaussian problem that stands for them in a step of Newton's method.

The sums are those of the exact engine (:mod:`mlmwidget.inference.exact.sums`), with working weights and
responses for data: they are made again with every step, at many points at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.approximate.summing import PointSums
from mlmwidget.inference.exact.layout import Factor, grouping_factors
from mlmwidget.inference.exact.structure import Rows, Structure
from mlmwidget.inference.exact.sums import Sums, column_size, places, population_scales, scaled_columns, terms
from mlmwidget.model.likelihood import SUMMABLE, Likelihood, make_likelihood
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
        Layout and units; the sums themselves are of no step.
    point_sums
        What sums the rows.
    Z
        Scaled columns of the factors, shape (m, columns).
    X
        Centred and scaled columns, shape (m, p).
    offset
        In units of the response, shape (m,).
    places
        For each column of Z, where the rows' coefficients are among all, shape (columns, m).
    """

    likelihood: Likelihood
    sums: Sums
    point_sums: PointSums
    Z: np.ndarray
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

    def weighed(self, eta: np.ndarray, slope: np.ndarray, weight: np.ndarray) -> Structure:
        """Sum the rows with a step's weights and working responses η + slope / weight, at k points at once.

        Parameters
        ----------
        eta, slope, weight
            Each (k, m).
        """
        with np.errstate(all="ignore"):  # what leaves the range of numbers has no mode
            weight = np.where(np.abs(weight) < SMALLEST_WEIGHT, SMALLEST_WEIGHT, weight)
            residual = eta - self.offset + slope / weight
            heads, tail = self.point_sums.summed(weight.T.copy(), residual.T.copy())
        return replace(self.sums.arrays, heads=heads, tail=tail)

    def whiten(self, coefficients: np.ndarray, T: list[np.ndarray]) -> np.ndarray:
        """Deviations from the prior in its units, u = T⁻¹b and v - a, (k, dim) → (k, dim).

        Parameters
        ----------
        coefficients
            In the exact engine's units.
        T
            Cholesky factors of the factors' covariances, each (q, q, 1) or (q, q, k).
        """
        s, k = self.sums.arrays, len(coefficients)
        out = coefficients.copy()
        p = len(s.x_shift)
        out[:, out.shape[1] - p :] = (out[:, out.shape[1] - p :] - s.x_shift) * s.x_normal
        for f, (q, factor) in enumerate(zip(s.columns, T, strict=True)):
            block = out[:, s.places(f)].reshape(k, -1, q)
            for a in range(q):
                for b in range(a):
                    block[..., a] -= factor[a, b][:, None] * block[..., b]
                scale = factor[a, a]
                block[..., a] *= np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)[:, None]
            out[:, s.places(f)] = block.reshape(k, -1)
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
    grouping, n_heads = grouping_factors(frame)
    Z = scaled_columns(frame, grouping, z_scale)
    offset = np.asarray(frame.offset, float) / scale
    first, alike = _alike(frame, [f.codes for f in grouping], Z, X, offset)
    grouping = tuple(replace(f, codes=f.codes[first]) for f in grouping)
    Z, X = [np.ascontiguousarray(z[:, first]) for z in Z], np.ascontiguousarray(X[first])
    rows = Rows(grouping, n_heads, Z, X.T.copy())
    point_sums = PointSums(rows)
    heads, tail = rows.summed(np.zeros(len(X)), np.zeros(len(X)))
    arrays = Structure(
        n_rows=0,
        half_log_weights=0.0,
        terms=terms(frame, grouping, [m * z / scale for m, z in zip(priors.sd_mean, z_scale, strict=True)]),
        **places(grouping),
        heads=heads,
        tail=tail,
        x_normal=x_normal.astype(float),
        x_shift=shift,
        sigma_mean=1.0,
        lkj_eta=priors.lkj_eta,
    )
    sums = Sums(arrays, scale, z_scale, x_scale, centre, np.zeros(X.shape[1]), intercept)
    likelihood = make_likelihood(frame, alike=alike, scale=scale)
    columns = np.vstack([np.empty((0, len(X))), *Z]).T
    return Working(likelihood, sums, point_sums, columns, X, offset[first], _places(arrays, grouping, len(X)))


def _places(s: Structure, grouping: tuple[Factor, ...], m: int) -> np.ndarray:
    """Where each row's coefficient of each column of Z is, shape (columns, m)."""
    columns = [
        start + f.codes * f.columns + a
        for f, start in zip(grouping, s.start, strict=False)
        for a in range(f.columns)
    ]
    return np.array(columns, np.int64).reshape(len(columns), m)


def _alike(
    frame: ModelFrame, codes: list[np.ndarray], Z: list[np.ndarray], X: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that differ, and for each row of the frame the one of them that it equals."""
    everything = np.arange(frame.n)
    if frame.spec.family not in SUMMABLE:
        return everything, everything
    key = np.zeros(frame.n, np.int64)
    for column in (*codes, *(z for columns in Z for z in columns), *X.T, offset):
        values, distinct = pd.factorize(column)
        key, found = pd.factorize(key * len(distinct) + values)
        if len(found) > WORTH_SUMMING * frame.n:
            return everything, everything
    _, first = np.unique(key, return_index=True)
    return first, key.astype(np.int64)
