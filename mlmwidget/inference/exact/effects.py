"""Posterior means and standard deviations of the group effects without drawing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.loo import unconstrained
from mlmwidget.inference.exact.sums import make_sums
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors


@dataclass(frozen=True, eq=False)
class EffectMoments:
    """Posterior moments of the group effects, in the user's units.

    Parameters
    ----------
    mean, sd
        For each group design, means and standard deviations of the deviations, shape (J, k).
    """

    mean: tuple[np.ndarray, ...]
    sd: tuple[np.ndarray, ...]


def effect_moments(frame: ModelFrame, priors: Priors, draws: Draws, *, max_draws: int = 200) -> EffectMoments:
    """Average the effects' exact conditional moments over draws of the variances.

    Nothing of size groups × draws is held, and no Monte-Carlo error but that of the variances is left
    (Rao-Blackwell).

    Parameters
    ----------
    frame, priors
        What was fitted.
    draws
        Its posterior, effects not needed.
    max_draws
        Draws of the variances to average over at most, evenly thinned.
    """
    sums = make_sums(frame, priors)
    points = unconstrained(sums, draws)
    points = points[np.linspace(0, len(points) - 1, min(max_draws, len(points))).round().astype(int)]
    density = Density(sums.arrays)
    terms = range(len(sums.z_scale))
    count = 0
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    for count, point in enumerate(points, start=1):
        moments = density.moments(point)
        means = [sums.effects(t, moments.mean()[0]) for t in terms]
        scales = [(sums.y_scale / z) ** 2 for z in sums.z_scale]
        within = [v * scale for v, scale in zip(moments.variances(density.structure), scales, strict=True)]
        if count == 1:
            first, second = means, within
            spread = [np.zeros_like(m) for m in means]
            continue
        for t in terms:  # Welford's recurrences
            step = means[t] - first[t]
            first[t] = first[t] + step / count
            spread[t] += step * (means[t] - first[t])
            second[t] = second[t] + (within[t] - second[t]) / count
    between = [s / max(count - 1, 1) for s in spread]
    return EffectMoments(tuple(first), tuple(np.sqrt(w + b) for w, b in zip(second, between, strict=True)))
