"""What must be said of an approximate fit: that it is one, how good it can be, and what to do instead."""

from __future__ import annotations

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.diagnostics import PARETO_K, Diagnosis, Finding
from mlmwidget.inference.posterior import Draws

FEW = 10
"""Yes-or-no outcomes a group below which Laplace's approximation is known to be poor (Joe 2008)."""


def diagnose_approximation(draws: Draws, frame: ModelFrame) -> Diagnosis:
    """Judge an approximate posterior: never good, and worse where its weights do not hold.

    Parameters
    ----------
    draws
        Made by :func:`mlmwidget.inference.approximate.engine.sample`.
    frame
        The model frame.
    """
    facts = draws.attributes
    message = _how_far(facts["corrected"], facts["joint_pareto_k"], facts["joint_ess"])
    findings = [Finding("approximate", message, "pymc", "Fit with PyMC")]
    if _all_alike(frame):
        message = (
            "Every outcome is as low or as high as it can be, so that the data set no limit to the "
            "coefficients: the priors do."
        )
        findings.append(Finding("alike", message, "pymc", "Fit with PyMC"))
    few = None if facts["corrected"] else _few_outcomes(frame)
    if few is not None:
        findings.append(Finding("few-outcomes", few, "pymc", "Fit with PyMC"))
    k = facts.get("pareto_k", -np.inf)
    if k > PARETO_K:
        message = (
            f"The standard deviations were drawn by weights that do not hold (Pareto k̂ = {k:.2f}, "
            f"should be below {PARETO_K})."
        )
        findings.append(Finding("pareto-k", message, "pymc", "Fit with PyMC"))
        verdict = "Approximate, and poor here: use PyMC."
        return Diagnosis("error", verdict, tuple(findings))
    return Diagnosis("warning", "Approximate: a preview, not the result.", tuple(findings))


def _how_far(corrected: bool, k: float, ess: float) -> str:
    normal = "The effects are taken to be normally distributed given the standard deviations"
    shown = f"Pareto k̂ = {k:.2f}" if np.isfinite(k) else "no Pareto k̂"
    if corrected:
        return f"{normal}, and weights that hold ({shown}) correct for that: PyMC should agree closely."
    trouble = f"{shown}, should be below {PARETO_K}"
    if k <= PARETO_K:
        trouble = f"they would leave draws worth {ess:.0f} independent ones"
    return (
        f"{normal}, around means that are corrected for skewness, and weights cannot correct for the rest "
        f"({trouble}): estimates may be some tenths of their uncertainty off."
    )


def _all_alike(frame: ModelFrame) -> bool:
    if frame.spec.family in ("bernoulli", "binomial"):
        most = np.ones(frame.n) if frame.trials is None else frame.trials
        return bool((frame.y == 0).all() or (frame.y == most).all())
    return frame.spec.family in ("poisson", "negbinomial") and not frame.y.any()


def _few_outcomes(frame: ModelFrame) -> str | None:
    """Say which grouping factor has few yes-or-no outcomes in a group; None if none has."""
    if frame.spec.family not in ("bernoulli", "binomial"):
        return None
    total = float(frame.n if frame.trials is None else frame.trials.sum())
    for design in frame.groups:
        each = total / len(design.levels)
        if each < FEW:
            return (
                f"A group of “{design.name}” has {each:.2g} yes-or-no outcomes on average: with so few, "
                "Laplace's method tends to give standard deviations that are too small."
            )
    return None
