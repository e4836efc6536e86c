"""The full PyMC model of a specification. The only module that imports PyMC, and only when asked to.

The model is non-centred: effects are standard Normal draws scaled by their standard deviations and the
Cholesky factor of their correlations. Every number that comes from the data is a ``pm.Data``, so that a
model of the same shape on other data compiles from the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.model.families import LIKELIHOODS, WITH_SHAPE, WITH_SIGMA, Predictor, symbolic_mean
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.problems import DataError, Problem

if TYPE_CHECKING:
    import pymc as pm


def build_model(
    formula_or_spec: str | ModelSpec,
    data: Any,
    family: str | None = None,
    priors: Priors | None = None,
    weights: str | None = None,
) -> pm.Model:
    """PyMC model of a formula on data.

    Parameters
    ----------
    formula_or_spec
        R formula text or a specification.
    data
        Any data frame.
    family
        Family of a formula text, for example ``"poisson"``; Gaussian when not given.
    priors
        Priors in data units; :func:`~mlmwidget.model.priors.default_priors` when not given.
    weights
        Name of a column of weights: the residual variance of a row is σ² divided by its weight.

    Returns
    -------
    pymc.Model
        With the variables, dims and coords of :func:`mlmwidget.inference.posterior.to_dataset`, and
        ``y`` (obs) for the response.

    Raises
    ------
    FormulaError, DataError
        If the formula or the data cannot be used.
    ImportError
        If PyMC is not installed.
    """
    from mlmwidget.data.build import model_frame

    return build_from_frame(model_frame(formula_or_spec, data, family, weights), priors)


def build_from_frame(frame: ModelFrame, priors: Priors | None = None) -> pm.Model:
    """PyMC model of a model frame (see :func:`build_model`)."""
    pm = import_pymc()
    priors = priors or default_priors(frame)
    check_weights(frame)
    with pm.Model(coords=_coords(frame)) as model:
        eta = build_population(pm, frame, priors) if frame.X.shape[1] else np.zeros(frame.n)
        if frame.offset.any():
            eta = eta + pm.Data("offset", frame.offset, dims="obs")
        for design, sd_mean in zip(frame.groups, priors.sd_mean, strict=True):
            eta = eta + build_group(pm, design, sd_mean, priors.lkj_eta)
        build_likelihood(pm, frame, priors, eta)
    return model


def import_pymc() -> Any:
    """Import PyMC, or say in a sentence that it is missing.

    Raises
    ------
    ImportError
        If PyMC is not installed.
    """
    try:
        import pymc
    except ImportError as error:
        raise ImportError(
            "This needs PyMC, which is not installed: install it with `pip install 'pymc>=6' nutpie`. "
            'Gaussian models can be fitted without it, with method="exact".'
        ) from error
    return pymc


def variable_names(frame: ModelFrame) -> list[str]:
    """Names of the variables of the posterior, as :func:`build_from_frame` makes them."""
    names = ["beta"] if frame.X.shape[1] else []
    for design in frame.groups:
        names += [f"sd_{design.label}", f"effect_{design.label}"]
        names += [f"cor_{design.label}"] if design.correlated else []
    names += ["sigma"] if frame.spec.family in WITH_SIGMA else []
    names += ["shape"] if frame.spec.family in WITH_SHAPE else []
    return names


def check_weights(frame: ModelFrame) -> None:
    """Refuse weights where they have no meaning.

    Raises
    ------
    DataError
        If the rows have unequal weights and the family has no residual standard deviation.
    """
    if frame.spec.family not in WITH_SIGMA and not np.all(frame.weights == 1):
        message = (
            f"Weights divide the residual variance, which the {frame.spec.family} family does not have. "
            "Leave the weights out; for proportions write cbind(successes, failures) instead."
        )
        raise DataError(Problem("error", "weights", message))


def _coords(frame: ModelFrame) -> dict[str, Any]:
    """Coordinates of every dimension; columns of correlations need their names twice."""
    coords: dict[str, Any] = {"obs": np.asarray(frame.row_index), "predictor": list(frame.X_names)}
    for design in frame.groups:
        coords[f"{design.label}_level"] = list(design.levels)
        coords[f"{design.label}_column"] = list(design.columns)
        if design.correlated:
            coords[f"{design.label}_column_bis"] = list(design.columns)
    return coords


def build_population(pm: Any, frame: ModelFrame, priors: Priors) -> Any:
    """Population-level part of the linear predictor.

    Priors apply to the centred design; ``beta`` is the same on the user's own scale.
    """
    centred = pm.Normal(
        "beta_centred",
        mu=pm.Data("beta_mean", priors.beta_mean, dims="predictor"),
        sigma=pm.Data("beta_sd", priors.beta_sd, dims="predictor"),
        dims="predictor",
    )
    pm.Deterministic("beta", pm.Data("uncentre", _uncentre(frame, priors)) @ centred, dims="predictor")
    X = pm.Data("X", frame.X - priors.centre, dims=("obs", "predictor"))
    return X @ centred


def _uncentre(frame: ModelFrame, priors: Priors) -> np.ndarray:
    """Return the (p, p) matrix that takes centred coefficients to the user's scale: β₀ - Σ centre·β."""
    is_intercept = np.array([t == -1 for t in frame.X_terms], dtype=float)
    return np.eye(len(is_intercept)) - np.outer(is_intercept, priors.centre)


def build_group(pm: Any, design: GroupDesign, sd_mean: np.ndarray, lkj_eta: float) -> Any:
    """Part of the linear predictor from one group-level term; adds its standard deviations and effects."""
    g = design.label
    level, column = f"{g}_level", f"{g}_column"
    scale = pm.Data(f"prior_sd_{g}", np.asarray(sd_mean, dtype=float), dims=column)
    sd = pm.Exponential(f"sd_{g}", scale=scale, dims=column)
    z = pm.Normal(f"z_{g}", dims=(level, column))
    spread = z * sd
    if design.correlated:
        cholesky = lkj_cholesky(pm, f"partial_{g}", len(design.columns), lkj_eta)
        pm.Deterministic(f"cor_{g}", cholesky @ cholesky.T, dims=(column, f"{column}_bis"))
        spread = (z @ cholesky.T) * sd
    effect = pm.Deterministic(f"effect_{g}", spread, dims=(level, column))
    codes = pm.Data(f"codes_{g}", np.asarray(design.codes, dtype=np.int64), dims="obs")
    Z = pm.Data(f"Z_{g}", np.asarray(design.Z, dtype=float), dims=("obs", column))
    return (Z * effect[codes]).sum(axis=-1)


def lkj_cholesky(pm: Any, name: str, k: int, eta: float) -> Any:
    """Cholesky factor of a (k, k) correlation matrix with an LKJ(η) prior, built from partial correlations.

    Row i holds z_ij √Π_{l<j}(1 - z_il²), where the partial correlations z_ij are independent and
    (z_ij + 1) / 2 ~ Beta(c, c) with c = η + (k - 2 - j) / 2, j from 0 (Lewandowski, Kurowicka and Joe 2009).
    ``pm.LKJCorr`` has the same prior, but its transform doubles the time that nutpie takes to compile.
    """
    rows, columns = np.tril_indices(k, -1)
    concentration = eta + (k - 2 - columns) / 2
    partial = 2 * pm.Beta(name, alpha=concentration, beta=concentration, shape=len(rows)) - 1
    cholesky = []
    for i in range(k):
        row, rest = [], np.float64(1.0)
        for z in (partial[n] for n in np.flatnonzero(rows == i)):
            row.append(z * pm.math.sqrt(rest))
            rest = rest * (1 - z**2)
        cholesky.append(pm.math.stack([*row, pm.math.sqrt(rest), *np.zeros(k - 1 - i)]))
    return pm.math.stack(cholesky)


def build_likelihood(pm: Any, frame: ModelFrame, priors: Priors, eta: Any) -> None:
    """Add the response, given the linear predictor, with the family's own parameters."""
    family = frame.spec.family
    if family not in LIKELIHOODS:
        raise ValueError(f"There is no family called {family!r}; use one of {', '.join(LIKELIHOODS)}.")
    LIKELIHOODS[family](
        pm,
        Predictor(
            eta=eta,
            mu=symbolic_mean(pm, frame.spec.link, eta),
            y=pm.Data("response", frame.y, dims="obs"),
            sigma=_build_sigma(pm, frame, priors) if family in WITH_SIGMA else None,
            shape=_build_shape(pm, family, priors) if family in WITH_SHAPE else None,
            trials=None if frame.trials is None else pm.Data("trials", frame.trials, dims="obs"),
        ),
    )


def _build_sigma(pm: Any, frame: ModelFrame, priors: Priors) -> Any:
    """Residual standard deviation of each row: σ / √weight."""
    sigma = pm.Exponential("sigma", scale=pm.Data("sigma_mean", priors.sigma_mean))
    if np.all(frame.weights == 1):
        return sigma
    return sigma / pm.Data("root_weight", np.sqrt(frame.weights), dims="obs")


def _build_shape(pm: Any, family: str, priors: Priors) -> Any:
    """Add the family's own parameter: Gamma(2) prior for degrees of freedom, Exponential for the others."""
    mean = pm.Data("shape_mean", priors.shape_mean)
    if family == "student":
        return pm.Gamma("shape", alpha=2.0, beta=2.0 / mean)
    return pm.Exponential("shape", scale=mean)
