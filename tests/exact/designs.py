"""Small random model frames, made by hand, and their dense brute-force likelihood."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Name
from mlmwidget.model.priors import Priors


def group(codes, Z, *, correlated=True, label="g", levels=None):
    """A group design from codes and columns."""
    Z = np.asarray(Z, float).reshape(len(codes), -1)
    J = int(np.max(codes)) + 1 if levels is None else levels
    k = Z.shape[1]
    return GroupDesign(
        factor=label,
        levels=tuple(str(i) for i in range(J)),
        codes=np.asarray(codes, np.int64),
        Z=Z,
        columns=tuple(f"z{i}" for i in range(k)),
        correlated=correlated and k > 1,
        label=label,
        column_terms=tuple(range(-1, k - 1)),
    )


def frame(y, X, groups, *, offset=None, weights=None, intercept=True):
    """A Gaussian model frame; column 0 of X is the intercept unless told otherwise."""
    n = len(y)
    X = np.asarray(X, float).reshape(n, -1)
    p = X.shape[1]
    terms = tuple(range(-1, p - 1)) if intercept else tuple(range(p))
    return ModelFrame(
        spec=ModelSpec(response=Name("y")),
        y=np.asarray(y, float),
        y_name="y",
        X=X,
        X_names=tuple(f"x{i}" for i in range(p)),
        X_terms=terms,
        X_levels=((),) * p,
        groups=tuple(groups),
        offset=np.zeros(n) if offset is None else offset,
        weights=np.ones(n) if weights is None else weights,
        trials=None,
        aliased=(),
        dropped=0,
        dropped_by={},
        rows=pd.DataFrame({"y": y}),
        row_index=np.arange(n),
    )


def random_priors(model, rng, *, flat=False):
    """Priors without any symmetry, so that a mistake in scaling shows."""
    p = model.X.shape[1]
    intercept = -1 in model.X_terms
    centre = rng.normal(size=p) * [t != -1 for t in model.X_terms] if intercept else np.zeros(p)
    return Priors(
        centre=centre,
        beta_mean=rng.normal(size=p),
        beta_sd=np.full(p, np.inf) if flat else rng.uniform(0.5, 3, p),
        sd_mean=tuple(rng.uniform(0.5, 2, g.Z.shape[1]) for g in model.groups),
        sigma_mean=1.3,
        lkj_eta=2.0,
    )


STRUCTURES = (
    "one factor", "two terms", "three columns", "nested", "nested slopes", "crossed", "crossed slopes",
    "nested and crossed", "no groups", "no population", "many crossed",
)  # fmt: skip


def design(structure, rng, *, n=40):
    """A small random frame of a named structure, with weights and an offset."""
    x, v = rng.normal(3, 2, n), rng.normal(size=n)
    one = np.ones(n)
    fine = rng.integers(0, 9, n)
    fine[:9] = np.arange(9)
    coarse = fine // 3
    other = rng.integers(0, 4, n)
    other[:4] = np.arange(4)
    many = rng.integers(0, 36, n)
    many[-36:] = np.arange(36)
    intercept = group(fine, one)
    slopes = group(fine, np.c_[one, x])
    groups = {
        "one factor": [slopes],
        "two terms": [group(fine, np.c_[one, x]), group(fine, v, label="h")],
        "three columns": [group(coarse, np.c_[one, x, v])],
        "nested": [group(coarse, one), intercept],
        "nested slopes": [group(coarse, np.c_[one, v]), group(fine // 2, x), group(np.arange(n) // 2, one)],
        "crossed": [intercept, group(other, one)],
        "crossed slopes": [group(other, np.c_[one, x, v]), slopes],
        "nested and crossed": [
            group(coarse, np.c_[v, x]), slopes, group(other, np.c_[x, one]), group(other[::-1], v),
        ],
        "no groups": [],
        "no population": [slopes],
        "many crossed": [group(many, one), group(np.arange(n) % 38, np.c_[one, v]), group(coarse, x)],
    }[structure]  # fmt: skip
    groups = [group(g.codes, g.Z, label=f"g{i}", correlated=i != 3) for i, g in enumerate(groups)]
    X = np.empty((n, 0)) if structure == "no population" else np.c_[one, x, v]
    y = 5 + rng.normal(size=n) + rng.normal(size=int(fine.max()) + 1)[fine] + 0.4 * x
    return frame(
        y, X, groups, offset=rng.normal(size=n), weights=rng.uniform(0.5, 2, n), intercept=X.shape[1] > 0
    )


def brute_force(model, priors, sds, cors, sigma):
    """log p(y | sds, correlations, σ) from the dense covariance matrix of y.

    A flat coefficient is integrated over with density 1 in the user's units.
    """
    y = model.y - model.offset
    n = len(y)
    V = np.diag(sigma**2 / model.weights)
    for g, sd, cor in zip(model.groups, sds, cors, strict=True):
        cov = np.outer(sd, sd) * (np.eye(len(sd)) if cor is None else cor)
        same = g.codes[:, None] == g.codes[None, :]
        V += same * (g.Z @ cov @ g.Z.T)
    X = model.X - priors.centre
    flat = np.isinf(priors.beta_sd)
    normal = X[:, ~flat] * priors.beta_sd[~flat]
    V += normal @ normal.T
    r = y - X[:, ~flat] @ priors.beta_mean[~flat]
    value = -0.5 * (n - flat.sum()) * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(V)[1]
    Vi = np.linalg.inv(V)
    F = X[:, flat]
    G = F.T @ Vi @ F
    value -= 0.5 * (r @ Vi @ r - (F.T @ Vi @ r) @ np.linalg.lstsq(G, F.T @ Vi @ r, rcond=None)[0])
    return value - 0.5 * np.linalg.slogdet(G)[1]
