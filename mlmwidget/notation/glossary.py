"""What each part of a model is, for tooltips, with the names that other books give it."""

from __future__ import annotations

from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.text import expression_text


def glossary(spec: ModelSpec) -> dict[str, str]:
    """Explain every part of a model, synonyms included.

    Parameters
    ----------
    spec
        The model.

    Returns
    -------
    dict
        Part id → plain text, never markup.
    """
    response = expression_text(spec.response)
    parts = {"response": f"{response}: the outcome (response, dependent variable)."}
    if spec.intercept:
        parts["intercept"] = (
            "Population-level intercept (fixed intercept, grand intercept): the expected outcome where every "
            "predictor is 0, before any group deviates."
        )
    for k, term in enumerate(spec.terms):
        kind = "interaction" if len(term.variables) > 1 else "effect"
        parts[f"term-{k}"] = (
            f"Population-level {kind} of {term.label} (fixed effect, average slope): common to all groups."
        )
    for k, offset in enumerate(spec.offsets):
        parts[f"offset-{k}"] = (
            f"Offset {expression_text(offset)}: added as it is, its coefficient is fixed at 1."
        )
    for g in range(len(spec.groups)):
        parts |= _group(spec, g)
    if spec.family in ("gaussian", "student"):
        parts["sigma"] = (
            "Residual standard deviation σ (within-group standard deviation): how far observations lie from "
            "the line of their own group."
        )
    elif spec.family in ("negbinomial", "gamma", "beta"):
        parts["sigma"] = f"The {FAMILIES[spec.family].label} family's own shape (dispersion) parameter."
    return parts


def _group(spec: ModelSpec, g: int) -> dict[str, str]:
    group = spec.groups[g]
    label = group.label
    parts = {f"group-{g}": f"Group-level effects of {label} (random effects): how each {label} differs."}
    if group.intercept:
        parts[f"group-{g}-intercept"] = (
            f"Varying intercept (random intercept) of {label}: how far each {label} lies above or below the "
            "population, and the standard deviation of that."
        )
    for k, term in enumerate(group.terms):
        parts[f"group-{g}-term-{k}"] = (
            f"Varying slope (random slope) of {term.label}: how far the slope of each {label} lies from the "
            "population's, and the standard deviation of that."
        )
    # One term can have several columns, so even (0 + f | g) can have correlations.
    if group.terms:
        said = "estimated (|)" if group.correlated else "held at zero (||)"
        parts[f"group-{g}-cor"] = (
            f"Correlation of the effects of {label} (covariance of the random effects): {said}."
        )
    return parts
