"""The scalar parameters of a model, each with its draws, its prior and a title in data units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlmwidget.charts.labels import EffectLabels, titled
from mlmwidget.charts.tables.common import Results, varying
from mlmwidget.data.parameters import places
from mlmwidget.data.units import unit
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import coefficient_part


@dataclass(frozen=True, eq=False)
class Parameter:
    """One scalar of the posterior.

    Parameters
    ----------
    kind
        ``"beta"``, ``"sd"``, ``"cor"``, ``"sigma"`` or ``"shape"``.
    name, measure
        What it is, and its unit or scale; empty for neither.
    part
        Id of the part of the model that it belongs to.
    values
        Draws, shape (chains, draws).
    prior
        Density of its prior; None where none is stated.
    """

    kind: str
    name: str
    measure: str
    part: str
    values: np.ndarray
    prior: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def title(self) -> str:
        """What it is, with its unit or scale."""
        return titled(self.name, self.measure)


def spreads(fit: Results) -> list[Parameter]:
    """List standard deviations and correlations of the groups and the residual one, in the model's order."""
    frame, draws, priors = fit.frame, fit.draws, fit.fit.priors
    effects, labels = {(e.design, e.column): e for e in varying(frame)}, EffectLabels(frame)
    several = len({d.factor for d in frame.groups}) > 1
    found = []
    for place in places(frame.groups):
        design = frame.groups[place.group]
        effect = effects[place.group, place.row]
        whose = f"{design.name}: " if several else ""
        if place.kind == "sd":
            values = draws.sd[place.group][..., place.row]
            prior = exponential(float(priors.sd_mean[place.group][place.row]))
            found.append(
                Parameter("sd", f"{whose}SD of {effect.said}", effect.measure, effect.part, values, prior)
            )
        elif (cor := draws.cor[place.group]) is not None:
            names = [design.columns[place.column], design.columns[place.row]]
            label = " and ".join(labels.column(n) for n in names)
            prior = lkj_marginal(priors.lkj_eta, len(design.columns))
            values = cor[..., place.row, place.column]
            name = f"{whose}ρ of {label}"
            found.append(Parameter("cor", name, "", f"group-{place.group}-cor", values, prior))
    if draws.sigma is not None:
        measure = unit(frame, frame.y_name) or ""
        name = FAMILIES[frame.spec.family].scale
        of_sigma = None if priors.sigma_mean is None else exponential(priors.sigma_mean)
        found.append(Parameter("sigma", name, measure, "sigma", draws.sigma, of_sigma))
    return found


def all_parameters(fit: Results) -> list[Parameter]:
    """Every scalar parameter but the group effects, population level first."""
    frame, draws, labels = fit.frame, fit.draws, EffectLabels(fit.frame)
    betas = [
        Parameter(
            "beta",
            labels.effect(name),
            labels.measure(name),
            coefficient_part(term),
            draws.beta[..., c],
        )
        for c, (name, term) in enumerate(zip(frame.X_names, frame.X_terms, strict=True))
    ]
    shape = (
        []
        if draws.shape is None
        else [Parameter("shape", FAMILIES[frame.spec.family].shape, "", "sigma", draws.shape)]
    )
    return [*betas, *spreads(fit), *shape]


def exponential(mean: float) -> Callable[[np.ndarray], np.ndarray]:
    """Density of an Exponential distribution with a given mean."""
    return lambda x: np.where(x >= 0, np.exp(-np.maximum(x, 0) / mean) / mean, 0.0)


def lkj_marginal(eta: float, k: int) -> Callable[[np.ndarray], np.ndarray]:
    """Density of one correlation under LKJ(η) for k effects: Beta(η - 1 + k/2) on (-1, 1).

    Lewandowski, Kurowicka and Joe (2009), section 3.
    """
    a = eta - 1 + k / 2
    return lambda x: stats.beta.pdf((x + 1) / 2, a, a) / 2


def density(
    values: np.ndarray, low: float | None = None, high: float | None = None, n: int = 60
) -> np.ndarray:
    """Estimate a density on a grid over the draws, reflected at its bounds, shape (2, n): x and density."""
    x = values.ravel()
    ends = np.quantile(x, [0.002, 0.998])
    margin = 0.15 * (ends[1] - ends[0]) or 1e-9 + abs(ends[0]) * 1e-3
    start = ends[0] - margin if low is None else max(low, ends[0] - margin)
    stop = ends[1] + margin if high is None else min(high, ends[1] + margin)
    grid = np.linspace(start, stop, n)
    sample = x[:: max(1, len(x) // 2000)]
    width = 0.9 * min(sample.std(), np.ptp(np.quantile(sample, [0.25, 0.75])) / 1.349) * len(sample) ** -0.2
    width = max(width, 1e-12 + 1e-6 * margin)

    def kernel(at: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((at[:, None] - sample) / width) ** 2).mean(axis=1) / (
            width * np.sqrt(2 * np.pi)
        )

    total = kernel(grid)
    for bound in (low, high):
        if bound is not None:
            total = total + kernel(2 * bound - grid)
    return np.array([grid, total])
