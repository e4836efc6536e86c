"""Can the draws be trusted? Each problem is one plain sentence and one thing to do about it.

Thresholds: R̂ and effective sizes from Vehtari et al. (2021), "Rank-normalization, folding, and
localization"; BFMI from Betancourt (2016); Pareto k̂ from Vehtari et al. (2024), "Pareto smoothed
importance sampling".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.posterior import Draws

R_HAT = 1.01
#: Above this the chains are in different places; between the two they need only run longer.
R_HAT_UNUSABLE = 1.05
ESS_PER_CHAIN = 100
BFMI = 0.3
PARETO_K = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a run.

    Parameters
    ----------
    code
        ``"r-hat"``, ``"ess"``, ``"divergences"``, ``"bfmi"``, ``"pareto-k"`` or ``"singular"``.
    message
        The problem in one sentence.
    action
        What to do about it: ``"more-draws"``, ``"target-accept"``, ``"uncorrelated"``, ``"pymc"`` or
        ``"simplify"``.
    label
        The action in a few words, fit for a button.
    """

    code: str
    message: str
    action: str
    label: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The verdict first, then what is wrong.

    Parameters
    ----------
    severity
        ``"good"``, ``"warning"`` or ``"error"``.
    verdict
        One sentence.
    findings
        The problems, worst first.
    """

    severity: str
    verdict: str
    findings: tuple[Finding, ...] = ()


def diagnose(draws: Draws, summary: pd.DataFrame, frame: ModelFrame) -> Diagnosis:
    """Judge a run by the thresholds above; `summary` is :meth:`mlmwidget.Fit.summary`."""
    chains = draws.beta.shape[0]
    findings = [
        finding
        for finding in (
            _r_hat(summary),
            _divergences(draws, frame),
            _pareto_k(draws),
            _bfmi(draws),
            _ess(summary, chains),
        )
        if finding is not None
    ]
    codes = {f.code for f in findings}
    if not findings:
        return Diagnosis("good", _good_verdict(draws, chains))
    if "pareto-k" in codes:
        return Diagnosis("error", "The exact engine does not hold here; fit with PyMC.", tuple(findings))
    if "r-hat" in codes:
        if summary["r_hat"].max() > R_HAT_UNUSABLE:
            verdict = "The chains do not agree; do not use these estimates yet."
            return Diagnosis("error", verdict, tuple(findings))
        verdict = "The chains nearly agree: draw more before you report these estimates."
        return Diagnosis("warning", verdict, tuple(findings))
    if codes == {"ess"}:
        verdict = "The chains agree, but there are few independent draws: the ends of intervals are rough."
    else:
        verdict = "The chains agree, but the sampler met difficulties: read the estimates with care."
    return Diagnosis("warning", verdict, tuple(findings))


def _good_verdict(draws: Draws, chains: int) -> str:
    if "pareto_k" in draws.attributes:  # independent draws, no chains that could disagree
        return "The draws cover the exact posterior well; the estimates can be used."
    if chains > 1:
        return "The chains agree; the estimates can be used."
    return "Nothing is wrong with the draws, but one chain alone cannot show that it has settled."


def diagnose_point(point: PointEstimate) -> Diagnosis:
    """Judge a point estimate: only a singular fit is worth a word."""
    if not point.singular:
        return Diagnosis("good", "The optimum was found; the estimates can be used.")
    message = (
        "A standard deviation is estimated as zero or a correlation as ±1 (a singular fit): "
        "the data cannot tell these effects apart."
    )
    finding = Finding("singular", message, "simplify", "Drop a varying term")
    return Diagnosis("warning", "The estimates lie on the boundary: read them with care.", (finding,))


def _r_hat(summary: pd.DataFrame) -> Finding | None:
    worst = summary["r_hat"].max()
    if not worst > R_HAT:
        return None
    name = summary["r_hat"].idxmax()
    degree = "disagree" if worst > R_HAT_UNUSABLE else "do not quite agree"
    message = f"The chains {degree} about {name} (R̂ = {worst:.3f}, should be below {R_HAT})."
    return Finding("r-hat", message, "more-draws", "Draw more")


def _ess(summary: pd.DataFrame, chains: int) -> Finding | None:
    sizes = summary[["ess_bulk", "ess_tail"]].min(axis=1)
    wanted = ESS_PER_CHAIN * chains
    if not sizes.min() < wanted:
        return None
    message = (
        f"The draws of {sizes.idxmin()} are worth only {sizes.min():.0f} independent ones "
        f"(should be {wanted} or more)."
    )
    return Finding("ess", message, "more-draws", "Draw more")


def _divergences(draws: Draws, frame: ModelFrame) -> Finding | None:
    count = int(np.sum(draws.stats.get("diverging", 0)))
    if not count:
        return None
    times = "draw" if count == 1 else "draws"
    message = (
        f"The sampler could not follow the posterior at {count} {times} (divergences): a part may be missed."
    )
    if draws.attributes.get("target_accept", 0.0) < 0.95:
        return Finding("divergences", message, "target-accept", "Take smaller steps (target_accept = 0.95)")
    if any(design.correlated for design in frame.groups):
        return Finding("divergences", message, "uncorrelated", "Leave the correlations out (||)")
    return Finding("divergences", message, "simplify", "Drop a varying term")


def _bfmi(draws: Draws) -> Finding | None:
    energy = draws.stats.get("energy")
    if energy is None or energy.shape[1] < 3:
        return None
    variance = energy.var(axis=1)
    moving = variance > 0
    if not moving.any():
        return None
    lowest = float(np.min((np.diff(energy, axis=1) ** 2).mean(axis=1)[moving] / variance[moving]))
    if not lowest < BFMI:
        return None
    message = f"The sampler explores the tails slowly (BFMI = {lowest:.2f}, should be above {BFMI})."
    return Finding("bfmi", message, "more-draws", "Draw more")


def _pareto_k(draws: Draws) -> Finding | None:
    k = draws.attributes.get("pareto_k")
    if k is None or not k > PARETO_K:
        return None
    message = (
        f"The approximation behind the exact engine does not hold here (Pareto k̂ = {k:.2f}, "
        f"should be below {PARETO_K})."
    )
    return Finding("pareto-k", message, "pymc", "Fit with PyMC")
