"""Bases of a numeric predictor as R computes them: polynomials, natural splines and B-splines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlmwidget.data.contrasts import orthogonal_polynomials
from mlmwidget.data.values import Numbers


def polynomial(x: np.ndarray, degree: int, raw: bool) -> Numbers:
    """Return R's ``poly(x, degree, raw)``: orthonormal polynomials, or plain powers.

    Parameters
    ----------
    x
        Values, shape (n,); rows with NaN stay NaN and take no part.
    degree
        Number of columns.
    raw
        Whether to return x, x², … themselves.
    """
    present = ~np.isnan(x)
    values = np.full((len(x), degree), np.nan)
    if raw:
        values[present] = x[present, None] ** np.arange(1, degree + 1)
    else:
        values[present] = orthogonal_polynomials(x[present], degree)
    return _named(values)


def b_spline(
    x: np.ndarray,
    df: int | None,
    knots: Sequence[float] | None,
    degree: int,
    intercept: bool,
    boundary: Sequence[float] | None,
) -> Numbers:
    """Return R's ``splines::bs``: a B-spline basis with knots at the quantiles of `x`.

    Rows for which the knots define no basis are NaN.

    Parameters
    ----------
    x
        Values, shape (n,); rows with NaN stay NaN and take no part.
    df
        Number of columns, which sets the number of inner knots; used when no knots are given.
    knots
        Inner knots.
    degree
        Degree of the pieces, 3 for cubic.
    intercept
        Whether the basis contains the constant.
    boundary
        The two outer knots; the range of `x` when None.
    """
    present = ~np.isnan(x)
    order = degree + 1
    ends = _ends(x[present], boundary)
    free = 0 if df is None else df - order + 1 - intercept
    inner = _quantile_knots(x[present], ends, free) if knots is None else np.asarray(knots, dtype=float)
    sequence = np.sort(np.concatenate([np.repeat(ends, order), inner]))
    basis = _extended(sequence, x[present], degree, ends, degree)
    return _filled(basis if intercept else basis[:, 1:], present)


def natural_spline(
    x: np.ndarray,
    df: int | None,
    knots: Sequence[float] | None,
    intercept: bool,
    boundary: Sequence[float] | None,
) -> Numbers:
    """Return R's ``splines::ns``: cubic splines that are linear beyond the outer knots.

    The parameters are those of :func:`b_spline`. The second derivatives at the outer knots are two
    constraints; the basis is projected on what they leave free.
    """
    present = ~np.isnan(x)
    ends = _ends(x[present], boundary)
    free = 0 if df is None else df - 1 - intercept
    inner = _quantile_knots(x[present], ends, free) if knots is None else np.asarray(knots, dtype=float)
    sequence = np.sort(np.concatenate([np.repeat(ends, 4), inner]))
    basis = _extended(sequence, x[present], 3, ends, 1)
    constraint = _derivatives(sequence, ends, 3, 2)
    if not intercept:
        basis, constraint = basis[:, 1:], constraint[:, 1:]
    q, _ = np.linalg.qr(constraint.T, mode="complete")
    return _filled(basis @ q[:, 2:], present)


def _ends(x: np.ndarray, boundary: Sequence[float] | None) -> np.ndarray:
    return np.array([x.min(), x.max()]) if boundary is None else np.sort(np.asarray(boundary, dtype=float))


def _quantile_knots(x: np.ndarray, ends: np.ndarray, number: int) -> np.ndarray:
    inside = x[(x >= ends[0]) & (x <= ends[1])]
    return np.quantile(inside, np.linspace(0, 1, max(number, 0) + 2)[1:-1])


def _extended(sequence: np.ndarray, x: np.ndarray, degree: int, ends: np.ndarray, reach: int) -> np.ndarray:
    """Return the basis at `x`; beyond the ends by a Taylor polynomial of degree `reach`.

    R's ``bs`` expands about a point a quarter of the way into the outer interval, which for a
    polynomial of full degree is the same piece continued.
    """
    basis = _basis(sequence, np.clip(x, *ends), degree)
    # B-splines sum to one; they do not at the last knot if an inner knot coincides with it.
    basis[np.abs(basis.sum(axis=1) - 1) > 1e-9] = np.nan
    for end, beyond in ((ends[0], x < ends[0]), (ends[1], x > ends[1])):
        if beyond.any():
            step = (x[beyond] - end)[:, None]
            factorial = 1.0
            for nth in range(1, reach + 1):
                factorial *= nth
                basis[beyond] += step**nth / factorial * _derivatives(sequence, np.array([end]), degree, nth)
    return basis


def _derivatives(sequence: np.ndarray, x: np.ndarray, degree: int, nth: int) -> np.ndarray:
    """Return the nth derivatives of the basis functions at `x` (de Boor's recursion; 0 / 0 counts as 0)."""
    if nth == 0:
        return _basis(sequence, x, degree)
    # Of the functions one degree lower, the first and the last have no support.
    lower = _derivatives(sequence[1:-1], x, degree - 1, nth - 1)
    widths = sequence[degree + 1 : -1] - sequence[1 : -degree - 1]
    scaled = np.zeros((len(x), lower.shape[1] + 2))
    scaled[:, 1:-1] = np.divide(degree * lower, widths, out=np.zeros_like(lower), where=widths > 0)
    return scaled[:, :-1] - scaled[:, 1:]


def _basis(sequence: np.ndarray, x: np.ndarray, degree: int) -> np.ndarray:
    from scipy.interpolate import BSpline

    return BSpline.design_matrix(x, sequence, degree).toarray()


def _filled(basis: np.ndarray, present: np.ndarray) -> Numbers:
    values = np.full((len(present), basis.shape[1]), np.nan)
    values[present] = basis
    return _named(values)


def _named(values: np.ndarray) -> Numbers:
    if values.shape[1] == 1:
        return Numbers(values[:, 0])
    return Numbers(values, tuple(str(i + 1) for i in range(values.shape[1])))
