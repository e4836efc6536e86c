"""Numbers of the sampler plot: rank histograms of every parameter, chain by chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mlmwidget.charts.plot import Plot, nothing, records, sentences
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.parameters import Parameter, all_parameters

BINS = 20
MAX_PARAMETERS = 18


def sampler(fit: Results) -> Plot:
    """Ranks of the draws of each chain among all draws: flat when the chains agree.

    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021).
    """
    title = "Do the chains agree?"
    if not fit.intervals:
        return nothing("sampler", title, "A point estimate has no chains.")
    parameters = all_parameters(fit)
    shown = parameters[:MAX_PARAMETERS]
    summary = fit.fit.summary()
    table = pd.concat(
        [
            _ranks(p, order, row)
            for order, (p, row) in enumerate(zip(shown, summary.itertuples(), strict=False))
        ],
        ignore_index=True,
    )
    chains, draws = fit.draws.beta.shape[:2]
    worst, least = float(summary["r_hat"].max()), float(summary["ess_bulk"].min())
    agree = f"largest R̂ {worst:.3f}" if np.isfinite(worst) else "no R̂ from a single chain"
    figures = f"Smallest effective size {least:,.0f} of {chains * draws:,} draws, {agree}."
    diverging = fit.draws.stats.get("diverging")
    divergences = None if diverging is None else f"{int(np.sum(diverging))} divergences."
    more = f"The first {len(shown)} of {len(parameters)} parameters are shown."
    return Plot(
        name="sampler",
        version="ranks",
        title=title,
        description=f"{title} {figures} Rank histograms of {len(shown)} parameters over {chains} chains.",
        titles={"expected": "even"},
        parts={"sampler": ""},
        data={"sampler": records(table)},
        note=sentences(
            figures,
            divergences,
            "Each line is a chain: where its draws rank among all; level lines mean that the chains agree.",
            more if len(shown) < len(parameters) else None,
        ),
    )


def _ranks(parameter: Parameter, order: int, row: object) -> pd.DataFrame:
    """Rank histogram of each chain, as a share of what even ranks would give."""
    chains, draws = parameter.values.shape
    ranks = stats.rankdata(parameter.values, axis=None).reshape(chains, draws)
    edges = np.linspace(0.5, chains * draws + 0.5, BINS + 1)
    counts = np.array([np.histogram(r, edges)[0] for r in ranks]) * BINS / draws
    r_hat, ess = float(getattr(row, "r_hat", np.nan)), float(getattr(row, "ess_bulk", np.nan))
    return pd.DataFrame(
        {
            "panel": f"{parameter.title}\nR̂ {r_hat:.2f}, effective size {ess:,.0f}",
            "parameter": parameter.title,
            "part": parameter.part,
            "order": order,
            "chain": np.repeat([f"chain {c + 1}" for c in range(chains)], BINS),
            "x": np.tile((np.arange(BINS) + 0.5) / BINS, chains),
            "y": counts.ravel(),
        }
    )
