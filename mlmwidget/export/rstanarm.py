"""The model as an R script for rstanarm."""

from __future__ import annotations

import numpy as np

from mlmwidget.export.model import ExportModel
from mlmwidget.export.r import is_gaussian, r_family, r_vector, read_data, uncorrelated_apart, with_counts
from mlmwidget.model.priors import default_priors

_FAMILIES = {
    "gaussian": "gaussian",
    "bernoulli": "binomial",
    "binomial": "binomial",
    "poisson": "poisson",
    "negbinomial": "neg_binomial_2",
    "gamma": "Gamma",
}


def rstanarm_script(model: ExportModel) -> str:
    """Write a script for rstanarm.

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    ExportError
        If rstanarm has no such family.
    """
    model.refuse_weights("rstanarm")
    lines, spec = uncorrelated_apart(model, with_counts(model))
    family = "" if is_gaussian(spec) else f",\n  family = {r_family(model, _FAMILIES, 'rstanarm')}"
    function = "stan_glmer" if spec.groups else "stan_glm"
    priors = _priors(model)
    return "\n".join(
        [
            "library(rstanarm)",
            "",
            *read_data(model),
            *lines,
            "",
            *(_NOTE if spec.groups else []),
            f"fit <- {function}(",
            f"  {spec.formula},",
            f"  data = data{family}{priors}",
            ")",
            "print(summary(fit))",
            "",
        ]
    )


_NOTE = [
    "# The likelihood and the priors of the coefficients are mlmwidget's. rstanarm scales the standard",
    "# deviations of the groups by the residual one: decov() is its nearest prior, not the same one.",
]


def _priors(model: ExportModel) -> str:
    """Priors in data units; rstanarm's own scaling, which follows the same rule, without data."""
    parts = []
    if model.frame is None:
        parts.append("prior = normal(0, 2.5, autoscale = TRUE)")
        if model.spec.intercept:
            parts.append("prior_intercept = normal(0, 2.5, autoscale = TRUE)")
    else:
        priors = default_priors(model.frame)
        is_intercept = np.array([t == -1 for t in model.frame.X_terms], dtype=bool)
        if (~is_intercept).any():
            mean, sd = (r_vector(v[~is_intercept]) for v in (priors.beta_mean, priors.beta_sd))
            parts.append(f"prior = normal({mean}, {sd}, autoscale = FALSE)")
        if is_intercept.any():
            mean, sd = (r_vector(v[is_intercept]) for v in (priors.beta_mean, priors.beta_sd))
            parts.append(f"prior_intercept = normal({mean}, {sd}, autoscale = FALSE)")
        aux = priors.sigma_mean or priors.shape_mean
        if aux is not None:
            parts.append(f"prior_aux = exponential({r_vector([1 / aux])}, autoscale = FALSE)")
    if model.spec.groups:
        parts.append("prior_covariance = decov(regularization = 2, shape = 1, scale = 1)")
    return "".join(f",\n  {p}" for p in parts)
