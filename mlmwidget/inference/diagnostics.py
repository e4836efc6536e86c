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
from mlmwidget.notation.numbers import format_number

R_HAT = 1.01
#: Above this the chains are in different places; between the two they need only run longer.
R_HAT_UNUSABLE = 1.05
ESS_PER_CHAIN = 100
BFMI = 0.3
PARETO_K = 0.7
#: Share of divergent draws up to which they seldom matter, and from which the estimates cannot be used.
FEW_DIVERGENCES, MANY_DIVERGENCES = 0.001, 0.05
#: Draws of a chain below which R̂ and effective sizes are not defined.
LEAST_DRAWS = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a run.

    Parameters
    ----------
    code
        ``"few-draws"``, ``"stuck"``, ``"r-hat"``, ``"ess"``, ``"divergences"``, ``"bfmi"``, ``"pareto-k"``,
        ``"singular"``, and those of :mod:`mlmwidget.inference.approximate.diagnosis`.
    message
        The problem in one sentence.
    action
        What to do about it: ``"more-draws"``, ``"target-accept"`` (0.95), ``"target-accept-99"``,
        ``"uncorrelated"``, ``"pymc"``, ``"simplify"`` (drop a slope) or ``"drop-zero"`` (drop what does not
        vary).
    label
        The action in a few words, fit for a button.
    about
        Name of the parameter that the message names, if it names one.
    """

    code: str
    message: str
    action: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that the verdict rests on.

    Parameters
    ----------
    label
        What it is, for example ``"R̂"``.
    value
        The worst one, as text.
    wanted
        What it should be, for example ``"below 1.01"``.
    good
        Whether it is.
    """

    label: str
    value: str
    wanted: str
    good: bool


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
    figures
        The numbers behind it.
    """

    severity: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figure, ...] = ()


def diagnose(draws: Draws, summary: pd.DataFrame, frame: ModelFrame) -> Diagnosis:
    """Judge a run by the thresholds above; `summary` is :meth:`mlmwidget.Fit.summary`."""
    chains, kept = draws.beta.shape[:2]
    if kept < LEAST_DRAWS:
        message = f"A chain has {kept} draws, and nothing can be judged by fewer than {LEAST_DRAWS}."
        finding = Finding("few-draws", message, "more-draws", "Draw more")
        return Diagnosis("error", "There are too few draws to judge by.", (finding,))
    found = (
        _stuck(summary),
        _r_hat(summary),
        _divergences(draws, frame),
        _pareto_k(draws),
        _bfmi(draws),
        _ess(summary, chains),
    )
    findings = tuple(finding for finding in found if finding is not None)
    severity, verdict = _verdict(draws, summary, {f.code for f in findings})
    return Diagnosis(severity, verdict, findings, figures(draws, summary))


def _verdict(draws: Draws, summary: pd.DataFrame, codes: set[str]) -> tuple[str, str]:
    """Severity and sentence, in proportion to the worst of the problems."""
    diverging = divergences(draws)
    share = diverging / draws.beta[..., 0].size
    if not codes:
        return "good", _good_verdict(draws, draws.beta.shape[0])
    if "stuck" in codes:
        return "error", "The sampler did not move; do not use these estimates."
    if "pareto-k" in codes:
        return "error", "The exact engine does not hold here; fit with PyMC."
    if "r-hat" in codes and summary["r_hat"].max() > R_HAT_UNUSABLE:
        return "error", "The chains do not agree; do not use these estimates yet."
    if share > MANY_DIVERGENCES:
        return "error", "The sampler often lost its way; do not use these estimates yet."
    if "r-hat" in codes:
        return "warning", "The chains nearly agree: draw more before you report these estimates."
    agree = "The chains agree" if draws.beta.shape[0] > 1 else "One chain alone cannot show that it settled"
    if codes == {"ess"}:
        if draws.independent:
            return "warning", "There are few independent draws: the ends of intervals are rough."
        return "warning", f"{agree}, but there are few independent draws: the ends of intervals are rough."
    if codes == {"divergences"} and share <= FEW_DIVERGENCES:
        return "warning", f"{agree}; the few draws that diverged hardly matter, but smaller steps make sure."
    return "warning", f"{agree}, but the sampler met difficulties: read the estimates with care."


def figures(draws: Draws, summary: pd.DataFrame) -> tuple[Figure, ...]:
    """Collect the numbers that a verdict rests on, each the worst of all parameters or chains."""
    wanted = ESS_PER_CHAIN * draws.beta.shape[0]
    made = []
    worst = float(summary["r_hat"].max())
    # Independent draws have no chains that could disagree, and one chain has none to disagree with.
    if not draws.independent and np.isfinite(worst):
        made.append(Figure("R̂", f"{worst:.3f}", f"below {R_HAT}", worst <= R_HAT))
    sizes = [("ESS bulk", "ess_bulk"), ("ESS tail", "ess_tail")]
    # What independent draws are worth is one number.
    for label, column in [("ESS", "ess_bulk")] if draws.independent else sizes:
        least = float(summary[column].min())
        if not np.isfinite(least):
            continue
        made.append(Figure(label, f"{least:,.0f}", f"{wanted:,} or more", least >= wanted))
    if "diverging" in draws.stats:
        count = divergences(draws)
        made.append(Figure("divergences", f"{count}", "0", not count))
    lowest = bfmi(draws)
    if lowest is not None:
        made.append(Figure("BFMI", f"{lowest:.2f}", f"above {BFMI}", lowest >= BFMI))
    k = draws.attributes.get("pareto_k")
    if k is not None and np.isfinite(k):
        made.append(Figure("Pareto k̂", format_number(k, 0.05), f"below {PARETO_K}", k <= PARETO_K))
    return tuple(made)


def divergences(draws: Draws) -> int:
    """Count the draws at which the sampler could not follow the posterior."""
    return int(np.sum(draws.stats.get("diverging", 0)))


def bfmi(draws: Draws) -> float | None:
    """Lowest Bayesian fraction of missing information of the chains that move; None without energies."""
    energy = draws.stats.get("energy")
    if energy is None or energy.shape[1] < LEAST_DRAWS:
        return None
    variance = energy.var(axis=1)
    moving = variance > 0
    if not moving.any():
        return None
    return float(np.min((np.diff(energy, axis=1) ** 2).mean(axis=1)[moving] / variance[moving]))


def _good_verdict(draws: Draws, chains: int) -> str:
    if draws.independent:
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
    finding = Finding("singular", message, "drop-zero", "Leave out what does not vary")
    return Diagnosis("warning", "The estimates lie on the boundary: read them with care.", (finding,))


def _stuck(summary: pd.DataFrame) -> Finding | None:
    """Find a parameter that has the same value in every draw, so that its R̂ is not a number."""
    still = summary.index[summary["sd"] <= 1e-12 * summary["mean"].abs()]
    if not len(still):
        return None
    message = f"{still[0]} has the same value in every draw: the sampler is stuck."
    return Finding(
        "stuck", message, "target-accept", "Take smaller steps (target_accept = 0.95)", str(still[0])
    )


def _r_hat(summary: pd.DataFrame) -> Finding | None:
    worst = summary["r_hat"].max()
    if not worst > R_HAT:
        return None
    name = summary["r_hat"].idxmax()
    degree = "disagree" if worst > R_HAT_UNUSABLE else "do not quite agree"
    message = f"The chains {degree} about {name} (R̂ = {worst:.3f}, should be below {R_HAT})."
    return Finding("r-hat", message, "more-draws", "Draw more", str(name))


def _ess(summary: pd.DataFrame, chains: int) -> Finding | None:
    sizes = summary[["ess_bulk", "ess_tail"]].min(axis=1)
    wanted = ESS_PER_CHAIN * chains
    if not sizes.min() < wanted:
        return None
    message = (
        f"The draws of {sizes.idxmin()} are worth only {sizes.min():.0f} independent ones "
        f"(should be {wanted} or more)."
    )
    return Finding("ess", message, "more-draws", "Draw more", str(sizes.idxmin()))


def _divergences(draws: Draws, frame: ModelFrame) -> Finding | None:
    count, total = divergences(draws), draws.beta[..., 0].size
    if not count:
        return None
    share = f"{count:,} of {total:,} draws diverged ({format_number(100 * count / total, digits=2)} %)"
    if count / total <= FEW_DIVERGENCES:
        message = f"{share}: so few seldom matter, but a narrow part of the posterior may be missed."
    elif count / total <= MANY_DIVERGENCES:
        message = f"{share}: the sampler could not follow the posterior there, and may miss a part of it."
    else:
        message = f"{share}: the sampler cannot follow the posterior, and misses a part of it."
    target = draws.attributes.get("target_accept", 0.0)
    if target < 0.95:
        remedy = "target-accept", "Take smaller steps (target_accept = 0.95)"
    elif any(design.correlated for design in frame.groups):
        remedy = "uncorrelated", "Leave the correlations out (||)"
    elif any(g.intercept + len(g.terms) > 1 for g in frame.spec.groups):
        remedy = "simplify", "Drop a varying slope"
    else:
        remedy = "target-accept-99", "Take smaller steps still (target_accept = 0.99)"
    return Finding("divergences", message, *remedy)


def _bfmi(draws: Draws) -> Finding | None:
    lowest = bfmi(draws)
    if lowest is None or lowest >= BFMI:
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
