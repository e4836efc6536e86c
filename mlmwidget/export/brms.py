"""The model as an R script for brms, with the priors written out in data units."""

from __future__ import annotations

import numpy as np

from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.export.r import r_family, r_string, r_vector, read_data
from mlmwidget.formula.syntax import Call, Operation
from mlmwidget.formula.text import expression_text
from mlmwidget.model.priors import Priors, default_priors

_FAMILIES = {
    "gaussian": "gaussian",
    "student": "student",
    "bernoulli": "bernoulli",
    "binomial": "binomial",
    "poisson": "poisson",
    "negbinomial": "negbinomial",
    "gamma": "Gamma",
    "beta": "Beta",
}
_OWN = {"student": "nu", "negbinomial": "shape", "gamma": "shape", "beta": "phi"}


def brms_script(model: ExportModel) -> str:
    """Write a script for brms.

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    ExportError
        If two group-level terms of one factor collide in brms.
    """
    model.refuse_weights("brms")
    _refuse_collisions(model)
    family = r_family(model, _FAMILIES, "brms")
    priors, vectors = _priors(model)
    arguments = [f"  {_formula(model)}", "  data = data", f"  family = {family}"]
    arguments += ["  prior = priors"] if priors else []
    arguments += ["  stanvars = vectors"] if vectors else []
    return "\n".join(
        [
            "library(brms)",
            "",
            *read_data(model),
            "",
            *_assigned("priors", priors, "# mlmwidget's priors, in data units"),
            *_assigned("vectors", vectors, ""),
            "fit <- brm(",
            ",\n".join(arguments),
            ")",
            "print(summary(fit))",
            "",
        ]
    )


def _assigned(name: str, pieces: list[str], comment: str) -> list[str]:
    if not pieces:
        return []
    return [*([comment] if comment else []), f"{name} <- " + " +\n  ".join(pieces)]


def _formula(model: ExportModel) -> str:
    """Write the formula, with the trials of a binomial response as brms writes them."""
    formula, response = model.spec.formula, model.spec.response
    if model.counts is None:
        return formula
    success, trials = (expression_text(e) for e in model.counts)
    left = formula.split(" ~ ", 1)[0] if " ~ " not in expression_text(response) else None
    if left is None or not isinstance(response, (Call, Operation)):
        raise ExportError(
            "This response cannot be written for brms: make successes and trials columns of the data."
        )
    return f"{success} | trials({trials}) ~ {formula[len(left) + 3 :]}"


def _refuse_collisions(model: ExportModel) -> None:
    seen: set[tuple[str, str]] = set()
    for group in model.spec.groups:
        effects = [*(["1"] if group.intercept else []), *(t.label for t in group.terms)]
        for effect in effects:
            if (group.label, effect) in seen:
                raise ExportError(
                    f"brms cannot have two effects of {effect} on {group.label}: write it in one term only."
                )
            seen.add((group.label, effect))


def _priors(model: ExportModel) -> tuple[list[str], list[str]]:
    """List calls of set_prior, and of stanvar for vectors of means and standard deviations."""
    if model.frame is None:
        return [], []
    frame, priors = model.frame, default_priors(model.frame)
    is_intercept = np.array([t == -1 for t in frame.X_terms], dtype=bool)
    calls: list[str] = []
    vectors: list[str] = []
    for mean, sd in zip(priors.beta_mean[is_intercept], priors.beta_sd[is_intercept], strict=True):
        calls.append(f'set_prior("normal({mean:.10g}, {sd:.10g})", class = "Intercept")')
    slopes = priors.beta_sd[~is_intercept]
    if len(slopes):
        calls.append('set_prior("normal(0, b_scale)", class = "b")')
        vectors.append(_vector("b_scale", slopes))
    for g, design in enumerate(frame.groups):
        group = r_string(design.factor)
        rates = 1 / priors.sd_mean[g]
        same = [h for h in range(len(frame.groups)) if frame.groups[h].factor == design.factor]
        if len(set(rates)) == 1 and len({r for h in same for r in priors.sd_mean[h]}) == 1:
            calls.append(f'set_prior("exponential({rates[0]:.10g})", class = "sd", group = {group})')
        elif len(same) == 1:
            calls.append(f'set_prior("exponential(rate_{g + 1})", class = "sd", group = {group})')
            vectors.append(_vector(f"rate_{g + 1}", rates))
        else:
            calls += [
                f'set_prior("exponential({rate:.10g})", class = "sd", group = {group}, '
                f"coef = {r_string(_brms_name(column))})"
                for rate, column in zip(rates, design.columns, strict=True)
            ]
    if any(design.correlated for design in frame.groups):
        calls.append(f'set_prior("lkj({priors.lkj_eta:g})", class = "cor")')
    return list(dict.fromkeys([*calls, *_own(model, priors)])), vectors


def _own(model: ExportModel, priors: Priors) -> list[str]:
    calls = []
    if priors.sigma_mean is not None:
        calls.append(f'set_prior("exponential({1 / priors.sigma_mean:.10g})", class = "sigma")')
    if priors.shape_mean is not None:
        own = _OWN[model.spec.family]
        gamma = f"gamma(2, {2 / priors.shape_mean:.10g})"
        text = gamma if own == "nu" else f"exponential({1 / priors.shape_mean:.10g})"
        calls.append(f'set_prior("{text}", class = "{own}")')
    return calls


def _vector(name: str, values: np.ndarray) -> str:
    size = len(values)
    numbers = r_vector(list(values)) if size > 1 else f"as.array({r_vector(list(values))})"
    return f'stanvar({numbers}, name = "{name}", scode = "vector[{size}] {name};", block = "data")'


def _brms_name(column: str) -> str:
    """Brms's name of a coefficient: punctuation is dropped or spelt out."""
    for symbol, spelt in zip(" ()[],\"'?+-*/^=", [*[""] * 9, "P", "M", "MU", "D", "E", "EQ"], strict=True):
        column = column.replace(symbol, spelt)
    return column
