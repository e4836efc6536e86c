"""What several charts need to know of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmwidget.charts.labels import EffectLabels, is_proportion, titled
from mlmwidget.charts.plot import MAX_POINTS, POOL, evenly
from mlmwidget.data.evaluate import names_in
from mlmwidget.formula.centring import spoken
from mlmwidget.formula.spec import coefficient_part, effect_part
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.inference.estimates import POOLINGS, Totals
from mlmwidget.inference.lines import Axis, as_draws
from mlmwidget.inference.slider import Slider, pooling_slider
from mlmwidget.notation.numbers import format_interval, format_number
from mlmwidget.notation.phrases import conjoined

if TYPE_CHECKING:
    from mlmwidget.data.frame import ModelFrame
    from mlmwidget.inference.fit import Fit
    from mlmwidget.inference.posterior import Draws

#: Places along an axis up to which points are moved aside, and the sentence that says so.
FEW_PLACES, FEW_PLACES_OF_COUNTS = 4, 30
ASIDE = "Points are moved sideways a little, so that they do not hide each other."
NO_GROUPS = "The model has no group-level term, so there are no groups to compare; add one such as (1 | g)."


class Results:
    """What charts read of a fit, each table computed once.

    Parameters
    ----------
    fit
        The fit; draws of a posterior or a point estimate.
    """

    def __init__(self, fit: Fit):
        self.fit = fit
        self.frame: ModelFrame = fit.frame
        self.draws: Draws = as_draws(fit.estimate)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Totals of every group under complete, no and partial pooling."""
        return self.fit.estimates()

    def totals_of(self, factor: str) -> Totals:
        """Take the totals of one grouping factor, as arrays."""
        return next(totals for totals in self.fit.totals() if totals.view.factor == factor)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Deviations of every group."""
        return self.fit.effects()

    @cached_property
    def mean_effects(self) -> list[np.ndarray]:
        """Mean deviations of the groups of each group design, (J, k); empty where they were not drawn."""
        return [np.empty((0, 0)) if e is None else e.mean(axis=(0, 1)) for e in self.draws.effects]

    @cached_property
    def slider(self) -> Slider | None:
        """The pooling slider of the first grouping factor; None where it has no closed form."""
        return pooling_slider(self.frame, self.draws)

    @property
    def directions(self) -> int:
        """Along how many directions groups move under the pooling slider; 0 without one."""
        return 0 if self.slider is None else self.slider.d.shape[1]

    @property
    def intervals(self) -> bool:
        """Whether there are draws to take intervals from."""
        return self.draws.beta[..., 0].size > 1


@dataclass(frozen=True, slots=True)
class Varying:
    """One effect that varies between groups: column `column` of group design `design`; `part` is its id.

    `name` is R's, `said` the one in words.
    """

    design: int
    column: int
    name: str
    said: str
    measure: str
    part: str

    @property
    def title(self) -> str:
        """What it is, with its unit or scale."""
        return titled(self.said, self.measure)


def varying(frame: ModelFrame, factor: str | None = None) -> list[Varying]:
    """Effects that vary between the levels of a grouping factor (of all factors by default)."""
    found, labels = [], EffectLabels(frame)
    for g, design in enumerate(frame.groups):
        if factor not in (None, design.factor):
            continue
        for c, (name, t) in enumerate(zip(design.columns, design.column_terms, strict=True)):
            part = effect_part(g, t)
            found.append(Varying(g, c, name, labels.effect(name), labels.measure(name), part))
    return found


def effects_parts(frame: ModelFrame, factor: str) -> str:
    """Ids of all effects that vary with a factor: what a group's own line or row stands for."""
    return " ".join(dict.fromkeys(e.part for e in varying(frame, factor)))


def factor_parts(frame: ModelFrame, factor: str) -> str:
    """Ids of the group-level terms of a factor: what its levels stand for."""
    return " ".join(f"group-{g}" for g, design in enumerate(frame.groups) if design.factor == factor)


def population_parts(frame: ModelFrame) -> str:
    """Ids of all population-level coefficients: what the population's line stands for."""
    return " ".join(dict.fromkeys(coefficient_part(t) for t in frame.X_terms))


def population_value(fit: Results, name: str) -> float:
    """Posterior mean of a population-level coefficient; 0 for one that the model does not have."""
    if name not in fit.frame.X_names:
        return 0.0
    return float(fit.draws.beta[..., fit.frame.X_names.index(name)].mean())


def population_part(frame: ModelFrame, name: str) -> str:
    """Id of a population-level coefficient; empty for one that the model does not have."""
    if name not in frame.X_names:
        return ""
    return coefficient_part(frame.X_terms[frame.X_names.index(name)])


def pooled(fit: Results, pooling: str, factor: str) -> pd.DataFrame:
    """Estimates of one kind of pooling, a row per level (R's order), a column per term."""
    totals = fit.totals_of(factor)
    table = totals.mean[POOLINGS.index(pooling)]
    return pd.DataFrame(table, index=list(totals.view.levels), columns=list(totals.view.terms))


def pooled_effect(fit: Results, pooling: str, effect: Varying) -> np.ndarray:
    """Estimates of one effect under one kind of pooling, a value per level (R's order); NaN for none."""
    totals = fit.totals_of(fit.frame.groups[effect.design].factor)
    if effect.name not in totals.view.terms:
        return np.full(len(totals.view.levels), np.nan)
    return totals.mean[POOLINGS.index(pooling), :, totals.view.terms.index(effect.name)]


def ranges(fit: Results, effects: list[Varying]) -> str:
    """Say between which estimates the groups lie, without pooling and with partial pooling."""
    found = []
    for effect in effects:
        no, partial = (pooled_effect(fit, kind, effect) for kind in ("no", "partial"))
        if np.isnan(partial).all():
            continue
        sd = spread_of(partial) or None
        with_pooling = f"{format_interval(partial.min(), partial.max(), sd)} with partial pooling"
        no = no[~np.isnan(no)]
        alone = f"{format_interval(no.min(), no.max(), sd)} alone, " if no.size else ""
        centre = format_number(population_value(fit, effect.name), sd)
        found.append(f"{effect.title}: {alone}{with_pooling}, around {centre} in the population.")
    return " ".join(found)


def spread_of(values: np.ndarray) -> float:
    """Return a fifth of the standard deviation of some groups' estimates: it decides their digits."""
    return float(values.std(ddof=1)) / 5 if len(values) > 1 else float("nan")


def held_note(frame: ModelFrame, axis: Axis | None, where: str) -> str | None:
    """Sentence that says at what the predictors that are not on the axis are held."""
    variables = dict.fromkeys(v for t in frame.spec.terms for v in t.variables)
    # What is made of the axis follows it: I(x - 5), x centred, x quoted.
    others = [spoken(v) for v in variables if axis is None or all(n.name != axis.name for n in names_in(v))]
    others += [in_words(expression_text(offset)) for offset in frame.spec.offsets]
    held = f"{conjoined(others)} {'is' if len(others) == 1 else 'are'} held at {where}." if others else None
    factors = list(dict.fromkeys(d.name for d in frame.groups))[1:]
    average = f"Deviations of {conjoined(factors)} are held at zero, their average." if factors else None
    return " ".join(s for s in (held, average) if s) or None


def slider_hints(fit: Results, intervals: bool = True) -> dict[str, str]:
    """Say what the pooling slider holds fixed; empty without a slider."""
    if fit.slider is None:
        return {}
    factors = list(dict.fromkeys(d.name for d in fit.frame.groups))[1:]
    held = conjoined(["β", "Σ", "σ", *(f"the effects of {factor}" for factor in factors)])
    shown = " Intervals are those of the fit." if intervals and fit.intervals else ""
    return {POOL: f"{held} are held at their estimates while it moves.{shown}"}


def observed(frame: ModelFrame, axis: Axis | None, rows: np.ndarray, bins: int = 8) -> pd.DataFrame:
    """Return what was observed in some rows, as points.

    Proportions in at most `bins` stretches of the axis for yes-or-no outcomes, single observations
    otherwise.

    Returns
    -------
    pandas.DataFrame
        Columns ``x`` (NaN without an axis), ``y`` and ``n`` (observations behind the point).
    """
    y = frame.y[rows] / (1.0 if frame.trials is None else frame.trials[rows])
    x = np.full(len(rows), np.nan) if axis is None else axis.values[rows]
    points = pd.DataFrame({"x": x, "y": y, "n": 1})
    if frame.spec.family not in ("bernoulli", "binomial") or len(rows) == 0:
        return points
    n = np.ones(len(rows)) if frame.trials is None else frame.trials[rows]
    weights = points.assign(n=n, x=x * n, y=y * n, bin=_bins(x, bins))
    sums = weights.groupby("bin")[["x", "y", "n"]].sum()
    return pd.DataFrame({"x": sums["x"] / sums["n"], "y": sums["y"] / sums["n"], "n": sums["n"]})


def crowding(frame: ModelFrame, axis: Axis | None) -> float:
    """Return how far apart the places of an axis are that has so few that points hide each other; else 0.

    Counts have few places along the other axis too; proportions are one point at each place.
    """
    if axis is None or is_proportion(frame):
        return 0.0
    places = np.unique(axis.values[evenly(len(axis.values), MAX_POINTS)])
    most = FEW_PLACES_OF_COUNTS if frame.spec.family in ("poisson", "negbinomial") else FEW_PLACES
    few = axis.categories is not None or len(places) <= most
    return float(np.diff(places).min()) if few and len(places) > 1 else 0.0


def aside(frame: ModelFrame, axis: Axis | None, x: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Move points along a crowded axis of numbers; those of categories are moved by the drawing.

    Parameters
    ----------
    frame, axis, x
        The model frame, the axis, and where the points are along it.
    offsets
        Of :func:`mlmwidget.charts.plot.jitter`.
    """
    moved = axis is not None and axis.categories is None
    return x + 0.3 * crowding(frame, axis) * offsets if moved else x


def _bins(x: np.ndarray, bins: int) -> np.ndarray:
    """Find the stretch that each value falls in; few distinct values keep one each."""
    unique = np.unique(x[np.isfinite(x)])
    if len(unique) <= bins:
        return np.searchsorted(unique, x)
    cuts = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(cuts, x, side="right")


def reach(frame: ModelFrame, y: np.ndarray, share: float = 0.75) -> tuple[float, float] | None:
    """Say how far curves are followed, as exponential ones leave the data far behind; None for any distance.

    Parameters
    ----------
    frame
        The model frame; its link says whether lines are curves.
    y
        What was observed.
    share
        How far beyond the data curves are followed, in widths of their range.
    """
    low, high = float(np.min(y)), float(np.max(y))
    # Straight lines do not run away, and a probability cannot.
    if frame.spec.link == "identity" or is_proportion(frame) or not low < high:
        return None
    return low - share * (high - low), high + share * (high - low)


def within_reach(frame: ModelFrame, lines: pd.DataFrame, y: np.ndarray, share: float = 0.75) -> pd.DataFrame:
    """Cut lines beyond their :func:`reach`; columns ``y`` and perhaps ``lower`` and ``upper``."""
    ends = reach(frame, y, share)
    if ends is None:
        return lines
    low, high = ends
    lines = lines[lines["y"].between(low, high)]
    return lines.assign(**{end: lines[end].clip(low, high) for end in ("lower", "upper") if end in lines})


def cut(x: np.ndarray, y: np.ndarray, low: float, high: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut a line of straight pieces where it leaves a range, so that it ends on the edge of a plot.

    Returns
    -------
    list of (x, y)
        What remains: a piece for each time that the line is within the range.
    """
    # Points on the edges, between the corners of the line, in the order in which they are met.
    steps = np.arange(len(x) - 1)
    with np.errstate(all="ignore"):
        shares = np.sort(np.array([(edge - y[:-1]) / np.diff(y) for edge in (low, high)]), axis=0)
    found = [(k + 0.0, x[k], y[k]) for k in range(len(x))]
    for row in shares:
        for k in steps[(row > 0) & (row < 1)]:
            there = float(np.clip(y[k] + row[k] * (y[k + 1] - y[k]), low, high))
            found.append((k + row[k], x[k] + row[k] * (x[k + 1] - x[k]), there))
    found.sort()
    places, xs, ys = (np.array(v) for v in zip(*found, strict=True))
    inside = (ys >= low) & (ys <= high)
    # A piece between two points on an edge may run outside of it: its middle says so.
    middles = np.interp((places[:-1] + places[1:]) / 2, np.arange(len(y)), y)
    ends = np.flatnonzero(~((middles >= low) & (middles <= high))) + 1
    pieces = zip(np.split(xs, ends), np.split(ys, ends), np.split(inside, ends), strict=True)
    return [(a[kept], b[kept]) for a, b, kept in pieces if np.sum(kept) > 1]


def sampled(rows: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of some rows, evenly spaced in the data."""
    return rows[evenly(len(rows), count)]
