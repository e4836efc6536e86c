"""The model as an R script for lme4, by maximum likelihood: lme4 has no priors."""

from __future__ import annotations

from mlmwidget.export.model import ExportModel
from mlmwidget.export.r import is_gaussian, r_family, read_data, uncorrelated_apart, with_counts
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import expression_text

_FAMILIES = {
    "gaussian": "gaussian",
    "bernoulli": "binomial",
    "binomial": "binomial",
    "poisson": "poisson",
    "gamma": "Gamma",
}


def lme4_script(model: ExportModel) -> str:
    """Write a script for lme4 (1 and 2).

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    ExportError
        If lme4 has no such family.
    """
    lines, spec = uncorrelated_apart(model, with_counts(model))
    grouped = bool(spec.groups)
    weights = "" if model.weights is None else f", weights = {expression_text(Name(model.weights))}"
    if spec.family == "negbinomial" and spec.link == "log":
        library = "" if grouped else "library(MASS)"
        call = f"{'glmer.nb' if grouped else 'glm.nb'}({spec.formula}, data = data)"
    elif is_gaussian(spec):
        library, call = "", f"{'lmer' if grouped else 'lm'}({spec.formula}, data = data{weights})"
    else:
        family = r_family(model, _FAMILIES, "lme4")
        library, call = "", f"{'glmer' if grouped else 'glm'}({spec.formula}, data = data, family = {family})"
    return "\n".join(
        [
            "library(lme4)" if grouped else library,
            "",
            *read_data(model),
            *lines,
            "",
            f"fit <- {call}",
            "print(summary(fit))",
            "",
        ]
    ).lstrip("\n")
