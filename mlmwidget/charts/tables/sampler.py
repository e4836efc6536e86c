"""Numbers of the sampler plot: ranks and traces of every parameter, chain by chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mlmwidget.charts.plot import CHAINS, Plot, evenly, nothing, records, sentences
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.parameters import Parameter, all_parameters
from mlmwidget.inference.diagnostics import PARETO_K
from mlmwidget.notation.numbers import format_number

BINS = 20
MAX_PARAMETERS = 18
#: Draws in all traces, and in one of them.
MAX_DRAWS, LEAST_DRAWS = 3000, 30
#: Standard deviations between the middle of a trace's panel and its edges.
REACH = 4
#: What can be shown, the first at first.
RANKS, TRACES = "ranks", "traces"
TITLE = "Do the chains agree?"


def sampler(fit: Results) -> Plot:
    """Ranks of the draws of each chain among all draws, flat when the chains agree, and the draws in order.

    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021).
    """
    if not fit.intervals:
        return nothing("sampler", TITLE, "A point estimate has no chains.")
    if fit.draws.independent:
        return nothing("sampler", "How the draws were made", _independent(fit))
    parameters = all_parameters(fit)
    shown = parameters[:MAX_PARAMETERS]
    summary = fit.fit.summary()
    tables = [
        part.assign(panel=_panel(p, row), parameter=p.title, part=p.part, order=order)
        for order, (p, row) in enumerate(zip(shown, summary.itertuples(), strict=False))
        for part in (_ranks(p), _trace(p, len(shown)))
    ]
    chains, draws = fit.draws.beta.shape[:2]
    traced = int((tables[1]["chain"] == "chain 1").sum())
    worst, least = float(summary["r_hat"].max()), float(summary["ess_bulk"].min())
    agree = f"largest R̂ {worst:.3f}" if np.isfinite(worst) else "no R̂ from a single chain"
    figures = f"Smallest effective size {least:,.0f} of {chains * draws:,} draws, {agree}."
    diverging = fit.draws.stats.get("diverging")
    divergences = None if diverging is None else f"{int(np.sum(diverging))} divergences."
    more = f"The first {len(shown)} of {len(parameters)} parameters are shown."
    thinned = f"; {traced} of {draws:,} draws of each are shown" if traced < draws else ""
    return Plot(
        name="sampler",
        version="chains",
        title=TITLE,
        description=f"{TITLE} {figures} Rank histograms and traces of {len(shown)} parameters over "
        f"{chains} chains.",
        titles={},
        parts={"sampler": ""},
        data={"sampler": records(pd.concat(tables, ignore_index=True))},
        note=sentences(figures, divergences, more if len(shown) < len(parameters) else None),
        hints={
            CHAINS: "Each line is a chain. Ranks say where its draws stand among all: level lines mean that "
            f"the chains agree. Traces are its draws in order, around the mean of all{thinned}."
        },
    )


def _independent(fit: Results) -> str:
    """Say how draws were made that are no chains, and what they are worth."""
    facts, total = fit.draws.attributes, fit.draws.beta[..., 0].size
    least = float(fit.fit.summary()["ess_bulk"].min())
    posterior = "an approximation of the posterior" if facts.get("approximate") else "the exact posterior"
    given = "from their normal approximation" if facts.get("approximate") else "from their exact distribution"
    k = float(facts["pareto_k"])
    weights = f" The weights are even enough: Pareto k̂ is {format_number(k, 0.05)}, below {PARETO_K}."
    return (
        f"There are no chains that could agree or disagree: each draw was made for itself, from {posterior}. "
        f"{facts['proposals']:,} proposals of the standard deviations and correlations were weighted by "
        "their posterior density and drawn anew in proportion to it (importance sampling); the coefficients "
        f"were then drawn {given}, given each of them. For every parameter the {total:,} draws are worth at "
        f"least {least:,.0f} independent ones.{weights if k < PARETO_K else ''}"
    )


def _panel(parameter: Parameter, row: object) -> str:
    r_hat, ess = float(getattr(row, "r_hat", np.nan)), float(getattr(row, "ess_bulk", np.nan))
    return f"{parameter.title}\nR̂ {r_hat:.2f}, effective size {ess:,.0f}"


def _ranks(parameter: Parameter) -> pd.DataFrame:
    """Rank histogram of each chain, as a share of what even ranks would give."""
    chains, draws = parameter.values.shape
    ranks = stats.rankdata(parameter.values, axis=None).reshape(chains, draws)
    edges = np.linspace(0.5, chains * draws + 0.5, BINS + 1)
    counts = np.array([np.histogram(r, edges)[0] for r in ranks]) * BINS / draws
    return pd.DataFrame(
        {
            "kind": RANKS,
            "chain": _chain_names(chains, BINS),
            "x": np.tile((np.arange(BINS) + 0.5) / BINS, chains),
            "y": counts.ravel(),
        }
    )


def _trace(parameter: Parameter, parameters: int) -> pd.DataFrame:
    """Draws of each chain in their order, in standard deviations from the mean, on the ranks' axis."""
    chains, draws = parameter.values.shape
    most = max(MAX_DRAWS // (parameters * chains), LEAST_DRAWS)
    shown = evenly(draws, most)
    values = parameter.values[:, shown]
    sd = float(parameter.values.std())
    away = (values - parameter.values.mean()) / sd if sd > 0 else np.zeros_like(values)
    return pd.DataFrame(
        {
            "kind": TRACES,
            "chain": _chain_names(chains, len(shown)),
            "x": np.tile(shown / max(draws - 1, 1), chains),
            "y": (1 + away / REACH).ravel(),
        }
    )


def _chain_names(chains: int, each: int) -> np.ndarray:
    return np.repeat([f"chain {c + 1}" for c in range(chains)], each)
