"""Leave-one-out cross-validation: how well a model predicts rows that it has not seen.

The expected log predictive density is estimated from one fit by Pareto-smoothed importance sampling (Vehtari,
Gelman and Gabry 2017, "Practical Bayesian model evaluation"). In Gaussian models group effects and β are
integrated out first (:mod:`mlmwidget.inference.exact.loo`), so that the weights hold for small groups too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.diagnostics import PARETO_K
from mlmwidget.inference.exact.psis import smooth
from mlmwidget.inference.lines import flat
from mlmwidget.inference.posterior import Draws
from mlmwidget.inference.predictor import linear_predictor
from mlmwidget.model.likelihood import make_likelihood
from mlmwidget.model.priors import Priors
from mlmwidget.notation.numbers import format_number
from mlmwidget.problems import DataError

MAX_DRAWS = 4000
"""Draws that are read at most, evenly thinned."""

_BLOCK = 4_000_000
"""Draws × rows that are held at once."""

MAX_REFITS = 10
"""Rows with a high Pareto k̂ that are left out by a fit of their own, where the exact engine is quick."""

FREQUENT = 0.05
"""Share of rows with a high Pareto k̂ above which the sum is not to be used."""


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut:
    """Expected log predictive density (elpd) of new rows of the same groups.

    Parameters
    ----------
    elpd, se
        Sum over the rows and its standard error, in units of log density of the outcome; larger is better.
    p_loo
        Effective number of parameters: how much better the rows are predicted when they are not left out.
    pointwise
        Each row's contribution to `elpd`, shape (n,).
    pareto_k
        Diagnostic of each row's importance weights, shape (n,); above 0.7 its contribution is not to be
        trusted.
    kind
        ``"integrated"`` (group effects integrated out, Gaussian models) or ``"psis"`` (from the draws).
    rows
        Positions of the rows in the data that were given, shape (n,).
    refitted
        How many rows were left out by a fit of their own, because their weights did not hold; their
        `pareto_k` is zero.
    remark
        What must be said with every number of an approximate fit; None for other fits.
    """

    elpd: float
    se: float
    p_loo: float
    pointwise: np.ndarray
    pareto_k: np.ndarray
    kind: Literal["integrated", "psis"]
    rows: np.ndarray
    refitted: int = 0
    remark: str | None = None

    @property
    def high_k(self) -> int:
        """Number of rows whose Pareto k̂ is above 0.7."""
        return int((self.pareto_k > PARETO_K).sum())

    @property
    def reliable(self) -> bool:
        """Whether so few rows have a high Pareto k̂ that the sum can be used."""
        return self.high_k <= FREQUENT * len(self.pareto_k)

    @property
    def table(self) -> pd.DataFrame:
        """One line a row of the data: ``row`` (position in the data given), ``elpd``, ``pareto_k``."""
        return pd.DataFrame({"row": self.rows, "elpd": self.pointwise, "pareto_k": self.pareto_k})

    @property
    def warning(self) -> str | None:
        """What the Pareto k̂ say against the sum, in a sentence; None when they say nothing."""
        n, high = len(self.pareto_k), self.high_k
        if not high:
            return None
        rows = f"{high} of {n:,} rows {'has' if high == 1 else 'have'} a Pareto k̂ above {PARETO_K}"
        if self.reliable:
            return f"{rows}: what {'it contributes' if high == 1 else 'they contribute'} is rough."
        return (
            f"{rows}: these rows decide so much of the posterior (groups of few rows do) that leaving them "
            "out cannot be judged from this fit; do not use the sum."
        )

    def __repr__(self) -> str:
        elpd, se = format_number(self.elpd, self.se), format_number(self.se, digits=2)
        how = "group effects integrated out" if self.kind == "integrated" else "from the draws"
        if self.refitted:
            how += f"; {self.refitted} row{'' if self.refitted == 1 else 's'} left out by refitting"
        text = (
            f"Leave-one-out predictive density: elpd {elpd} (standard error {se}) over "
            f"{len(self.pointwise):,} rows, {format_number(self.p_loo, digits=2)} effective parameters; "
            f"{how}."
        )
        text = f"{self.remark} {text}" if self.remark else text
        return f"{text} {self.warning or f'Every Pareto k̂ is below {PARETO_K}, so it can be used.'}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def leave_one_out(
    frame: ModelFrame, priors: Priors, draws: Draws, *, max_draws: int | None = None
) -> LeaveOneOut:
    """Estimate how well a fitted model predicts rows that it has not seen.

    Parameters
    ----------
    frame, priors
        What was fitted.
    draws
        Its posterior.
    max_draws
        Draws to use at most, evenly thinned; 1000 where effects are integrated out and 4000 elsewhere, when
        not given.

    Raises
    ------
    ValueError
        If there are too many rows to hold, or the group effects were not drawn.
    """
    from mlmwidget.inference.exact import engine

    if engine.supports(frame) is None:
        return _integrated(frame, priors, draws, max_draws or 1000)
    if any(effects is None for effects in draws.effects):
        raise ValueError(
            "The group effects of this fit were not drawn, and without them no row can be left out."
        )
    return _from_draws(frame, draws, max_draws or MAX_DRAWS)


def _integrated(frame: ModelFrame, priors: Priors, draws: Draws, max_draws: int) -> LeaveOneOut:
    from mlmwidget.inference.exact.engine import NotExactError
    from mlmwidget.inference.exact.loo import predictive, refitted

    found = predictive(frame, priors, draws, max_draws)
    pointwise, k = _left_out(np.ascontiguousarray(found.without.T))
    surprising = np.flatnonzero(k > PARETO_K)
    done = 0
    for row in surprising if len(surprising) <= MAX_REFITS else ():
        with suppress(DataError, NotExactError):
            pointwise[row], k[row] = refitted(frame, priors, int(row)), 0.0
            done += 1
    return replace(_summed(pointwise, k, found.within, "integrated", frame), refitted=done)


def _from_draws(frame: ModelFrame, draws: Draws, max_draws: int) -> LeaveOneOut:
    total = draws.beta.shape[0] * draws.beta.shape[1]
    chosen = np.unique(np.linspace(0, total - 1, min(max_draws, total)).round().astype(int))
    pointwise, k, within = np.empty(frame.n), np.empty(frame.n), np.empty(frame.n)
    step = max(1, _BLOCK // len(chosen))
    for first in range(0, frame.n, step):
        rows = np.arange(first, min(first + step, frame.n))
        log_density = np.ascontiguousarray(row_densities(frame, draws, chosen, rows).T)
        pointwise[rows], k[rows] = _left_out(log_density)
        within[rows] = _log_sum_exp(log_density) - np.log(len(chosen))
    return _summed(pointwise, k, within, "psis", frame)


def row_densities(frame: ModelFrame, draws: Draws, chosen: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Log density of rows in draws, given the effects of those draws, shape (draws, rows).

    Parameters
    ----------
    frame, draws
        What was fitted, and its posterior.
    chosen
        Positions of the draws, all chains in one.
    rows
        Positions of the rows.
    """
    own = [flat(part)[chosen, None] for part in (draws.sigma, draws.shape) if part is not None]
    eta = linear_predictor(draws, frame, chosen, rows)
    return make_likelihood(frame, rows=rows).each(eta, own)


def _left_out(log_density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log density of each row left out, and its Pareto k̂, from densities of shape (rows, draws)."""
    log_weights, k = smooth(-log_density)
    return _log_sum_exp(log_weights + log_density), np.asarray(k)


def _summed(
    pointwise: np.ndarray,
    k: np.ndarray,
    within: np.ndarray,
    kind: Literal["integrated", "psis"],
    frame: ModelFrame,
) -> LeaveOneOut:
    return LeaveOneOut(
        elpd=float(pointwise.sum()),
        se=float(np.sqrt(len(pointwise) * pointwise.var())),
        p_loo=float(within.sum() - pointwise.sum()),
        pointwise=pointwise,
        pareto_k=k,
        kind=kind,
        rows=np.asarray(frame.row_index),
    )


def _log_sum_exp(x: np.ndarray) -> np.ndarray:
    top = x.max(axis=-1)
    return np.asarray(top + np.log(np.exp(x - top[..., None]).sum(axis=-1)))
