"""The sums that a Gaussian multilevel model is made of: one pass over the rows, and never again.

Everything the exact engine needs from N rows is C = [Z X]'W[Z X], k = [Z X]'Wr and c₀ = r'Wr, where r is
the residual of y from its regression on X; C is stored as :mod:`.structure` lays it out.

Units are such that y has standard deviation 1 and each column of Z root mean square 1; X is multiplied by
the prior standard deviations of its coefficients (root mean square 1 under a flat prior).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.layout import Factor, grouping_factors
from mlmwidget.inference.exact.structure import Rows, Structure, Term
from mlmwidget.model.priors import Priors
from mlmwidget.problems import DataError, Problem

LARGEST = 1e120
"""Largest standard deviation, of an outcome or of effects, whose square and sums of squares are numbers."""


@dataclass(frozen=True, eq=False)
class Sums:
    """A model's sums, and what turns scaled coefficients back into the user's units.

    Parameters
    ----------
    arrays
        Sums and layout.
    y_scale
        Standard deviation of the response, its unit here.
    z_scale
        For each group design, the units of its columns, shape (k,).
    x_scale
        What the columns of X were multiplied by, shape (p,).
    centre
        What was subtracted from the columns of X before, shape (p,).
    ols
        Coefficients of the regression of y on the centred X, in the user's units, shape (p,).
    intercept
        Index of the intercept's column in X, or None.
    """

    arrays: Structure
    y_scale: float
    z_scale: tuple[np.ndarray, ...]
    x_scale: np.ndarray
    centre: np.ndarray
    ols: np.ndarray
    intercept: int | None

    def beta(self, scaled: np.ndarray) -> np.ndarray:
        """Coefficients of the uncentred X in the user's units; `scaled` has shape (…, p)."""
        beta = self.ols + scaled * self.x_scale * self.y_scale
        if self.intercept is not None:
            beta[..., self.intercept] -= beta @ self.centre
        return beta

    def sd(self, term: int, scaled: np.ndarray) -> np.ndarray:
        """Give standard deviations of a design's effects in the user's units; `scaled` has shape (…, k)."""
        return scaled * (self.y_scale / self.z_scale[term])

    def effects(self, term: int, scaled: np.ndarray) -> np.ndarray:
        """One design's effects in the user's units from all coefficients, (…, dim) → (…, J, k)."""
        a, place = self.arrays, self.arrays.terms[term]
        block = scaled[..., a.places(place.factor)]
        block = block.reshape(*scaled.shape[:-1], -1, a.columns[place.factor])
        return block[..., place.columns] * (self.y_scale / self.z_scale[term])


def make_sums(frame: ModelFrame, priors: Priors | None = None) -> Sums:
    """Sum a model frame's rows once.

    Parameters
    ----------
    frame
        A model frame with a Gaussian response and an identity link.
    priors
        Priors in data units; None, or an infinite ``beta_sd``, makes the prior of β flat.

    Raises
    ------
    DataError
        If the response does not vary, or numbers are not finite.
    """
    weights = np.ascontiguousarray(frame.weights, float)
    y, y_scale = _scaled_response(frame)
    intercept = next((i for i, t in enumerate(frame.X_terms) if t == -1), None)
    centre, x_scale, x_normal = population_scales(frame, priors, weights, y_scale, intercept)
    # `x_scale` can be as small as 1e-300 in data units, so it is applied last.
    X = np.ascontiguousarray((frame.X - centre) * x_scale)
    gram = (X * weights[:, None]).T @ X
    scaled_ols = np.zeros(X.shape[1])
    residual = y
    for _ in range(2):  # the second round refines the first, which loses digits when X is nearly collinear
        scaled_ols = scaled_ols + _solve(gram, X.T @ (weights * residual))
        residual = y - X @ scaled_ols
    with np.errstate(all="ignore"):
        ols = scaled_ols * x_scale * y_scale
    shift = np.zeros(X.shape[1])
    if priors is not None:
        mean = priors.beta_mean / y_scale
        shift = np.where(x_normal, mean / np.where(x_normal, x_scale, 1.0) - scaled_ols, 0.0)
    z_scale = tuple(column_size(np.asarray(g.Z, float)) for g in frame.groups)
    _check_units(frame, y_scale, x_scale, z_scale)
    grouping, n_heads = grouping_factors(frame)
    rows = Rows(grouping, n_heads, scaled_columns(frame, grouping, z_scale), X.T.copy())
    heads, tail = rows.summed(weights, residual)
    arrays = Structure(
        n_rows=frame.n,
        half_log_weights=0.5 * float(np.log(weights).sum()),
        terms=terms(frame, grouping, _scaled_sd_means(priors, y_scale, z_scale)),
        **places(grouping),
        heads=heads,
        tail=tail,
        x_normal=x_normal.astype(float),
        x_shift=shift,
        sigma_mean=1.0 if priors is None or priors.sigma_mean is None else priors.sigma_mean / y_scale,
        lkj_eta=1.0 if priors is None else priors.lkj_eta,
    )
    return Sums(arrays, y_scale, z_scale, x_scale, centre, ols, intercept)


def _check_units(
    frame: ModelFrame, y_scale: float, x_scale: np.ndarray, z_scale: tuple[np.ndarray, ...]
) -> None:
    """Refuse units in which coefficients, or their squares, are beyond the range of numbers."""
    with np.errstate(all="ignore"):
        scales = [(frame.y_name, y_scale)]
        scales += zip(frame.X_names, y_scale * x_scale, strict=True)
        for design, sizes in zip(frame.groups, z_scale, strict=True):
            scales += zip(design.columns, y_scale / sizes, strict=True)
    for name, scale in scales:
        if not 1 / LARGEST < scale < LARGEST:
            raise DataError(
                Problem(
                    "error",
                    "unit",
                    f"The numbers of “{name}” are too large or too small to compute with: look for values "
                    "that cannot be right, and measure it in another unit.",
                )
            )


def scaled_columns(
    frame: ModelFrame, grouping: tuple[Factor, ...], z_scale: tuple[np.ndarray, ...]
) -> list[np.ndarray]:
    """Columns of each factor's designs side by side, in their units, each (q, n)."""
    return [
        np.ascontiguousarray(np.hstack([frame.groups[t].Z / z_scale[t] for t in f.terms]).T) for f in grouping
    ]


def places(grouping: tuple[Factor, ...]) -> dict[str, tuple[int, ...]]:
    """`Structure.columns`, `.levels` and `.start` of factors in elimination order."""
    sizes = [f.columns * f.levels for f in grouping]
    return {
        "columns": tuple(f.columns for f in grouping),
        "levels": tuple(f.levels for f in grouping),
        "start": tuple(np.cumsum([0, *sizes]).tolist()),
    }


def terms(frame: ModelFrame, grouping: tuple[Factor, ...], sd_means: list[np.ndarray]) -> tuple[Term, ...]:
    """Place each design in the blocks of its factor."""
    found: dict[int, Term] = {}
    for index, factor in enumerate(grouping):
        first = 0
        for t in factor.terms:
            design = frame.groups[t]
            size = design.Z.shape[1]
            found[t] = Term(index, first, size, design.correlated, sd_means[t])
            first += size
    return tuple(found[t] for t in range(len(found)))


def _scaled_sd_means(
    priors: Priors | None, y_scale: float, z_scale: tuple[np.ndarray, ...]
) -> list[np.ndarray]:
    """`Term.sd_means`; ones where there are no priors, because nothing reads them then."""
    if priors is None or priors.sigma_mean is None:
        return [np.ones(len(z)) for z in z_scale]
    return [m * z / y_scale for m, z in zip(priors.sd_mean, z_scale, strict=True)]


def _scaled_response(frame: ModelFrame) -> tuple[np.ndarray, float]:
    """Give the response less its offset in units of its standard deviation, safe at any magnitude."""
    y = np.asarray(frame.y - frame.offset, float)
    if not np.isfinite(y).all():
        raise DataError(Problem("error", "not-finite", f"“{frame.y_name}” has values that are not finite."))
    magnitude = float(np.abs(y).max(initial=0.0)) or 1.0
    spread = float(np.std(y / magnitude, ddof=1)) if len(y) > 1 else 0.0
    if spread < 1e-13:
        raise DataError(
            Problem(
                "error",
                "constant-response",
                f"“{frame.y_name}” is the same in every row, so there is nothing to model; "
                "choose a response that varies.",
                part="response",
            )
        )
    return y / magnitude / spread, magnitude * spread


def population_scales(
    frame: ModelFrame, priors: Priors | None, weights: np.ndarray, y_scale: float, intercept: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, multiplier and kind of prior (True: Normal) of each column of X."""
    p = frame.X.shape[1]
    if priors is not None:
        centre = np.asarray(priors.centre, float)
    elif intercept is not None and len(frame.X):
        centre = np.average(frame.X, axis=0, weights=weights)
        centre[intercept] = 0.0
    else:
        centre = np.zeros(p)
    columns = frame.X - centre
    size = np.abs(columns).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    flat_scale = 1.0 / (size * np.sqrt(np.mean((columns / size) ** 2, axis=0)).clip(1e-8))
    if priors is None:
        return centre, flat_scale, np.zeros(p, bool)
    normal = np.isfinite(priors.beta_sd)
    x_scale = np.where(normal, priors.beta_sd / y_scale, flat_scale)
    numbers = [x_scale, centre, priors.beta_mean, *priors.sd_mean, np.array(priors.sigma_mean or 0.0)]
    if not all(np.isfinite(v).all() for v in numbers):
        raise DataError(
            Problem(
                "error",
                "priors-not-finite",
                "The priors are not finite numbers; the values of the data may be too large or too small: "
                "rescale them.",
            )
        )
    return centre, x_scale, normal


def _solve(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least-squares solution of normal equations, also when X is not of full rank."""
    size = np.sqrt(np.diag(gram))
    size = np.where(size > 0, size, 1.0)
    return np.linalg.lstsq(gram / np.outer(size, size), right / size, rcond=1e-13)[0] / size


def column_size(Z: np.ndarray) -> np.ndarray:
    """Root mean square of each column; 1 for a column of zeros."""
    size = np.abs(Z).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    return size * np.sqrt(np.mean((Z / size) ** 2, axis=0)).clip(1e-8)
