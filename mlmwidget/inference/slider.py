"""Pooling slider: each group's effects under any strength of pooling, in closed form.

For a Gaussian model with identity link, with β, Σ and σ held at their estimates, group j deviates by

    b_j(c) = (Z_j'W_jZ_j/σ² + (c²Σ)⁻¹)⁻¹ Z_j'W_j(y_j − o_j − X_jβ)/σ²

where c scales the standard deviations: 0 pools completely, 1 is the fit, ∞ does not pool. With Σ = RR' and
R'(Z_j'W_jZ_j/σ²)R = U diag(d) U' every effect is a sum over directions m,

    b_je(c) = Σ_m weight_jem c² / (1 + c² d_jm),  weight_jem = (RU)_em (U'R'Z_j'W_j(y_j − o_j − X_jβ)/σ²)_m

so that a browser can evaluate it. It is written in s = c / (1 + c), which runs from 0 to 1: ½ at the fit.

A direction about which a group has no data (a slope, from a single row) has d = 0 and no weight: it stays at
zero for every c. As c → ∞ a group therefore gets, of all its least-squares solutions, the one closest to the
population in the metric of Σ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.levels import FactorView
from mlmwidget.inference.posterior import Draws

#: A direction is unknown to a group when d is below this share of the group's largest.
UNKNOWN = 1e-9
#: Value of s at the fit.
FIT = 0.5


@dataclass(frozen=True, eq=False)
class Slider:
    """Deviations of the J groups of one factor as functions of the strength of pooling.

    Parameters
    ----------
    sources
        (group design, column) of each of the k effects.
    d
        Information of each group's data along each of k directions, shape (J, k); positive.
    weights
        Weight of each direction in each effect, shape (J, k effects, k directions).
    """

    sources: tuple[tuple[int, int], ...]
    d: np.ndarray
    weights: np.ndarray

    def deviations(self, s: float) -> np.ndarray:
        """Deviations of the groups at s from 0 (complete pooling) through ½ (the fit) to 1 (none), (J, k)."""
        share = s**2 / ((1 - s) ** 2 + s**2 * self.d)
        return np.einsum("jem,jm->je", self.weights, share)

    def of(self, source: tuple[int, int]) -> np.ndarray:
        """Weights of one effect, shape (J, k directions)."""
        return self.weights[:, self.sources.index(source)]


def pooling_slider(frame: ModelFrame, draws: Draws) -> Slider | None:
    """Make the pooling slider of the first grouping factor.

    β, Σ, σ and the effects of other factors are held at their posterior means.

    Parameters
    ----------
    frame, draws
        The model frame and the draws of its parameters; a point estimate is its own only draw.

    Returns
    -------
    Slider or None
        None where there is no closed form (another family or link), no group, or effects were not drawn.
    """
    spec = frame.spec
    if spec.family != "gaussian" or spec.link != "identity" or draws.sigma is None:
        return None
    if not frame.groups or any(e is None for e in draws.effects):
        return None
    factor = frame.groups[0].factor
    own = [g for g, design in enumerate(frame.groups) if design.factor == factor]
    sources = tuple((g, c) for g in own for c in range(len(frame.groups[g].columns)))
    root = _root(covariance(draws, sources))
    white = np.column_stack([frame.groups[g].Z for g in own]) @ root
    precision = frame.weights / draws.sigma.mean() ** 2
    information, score = _sums(frame, white, _residuals(frame, draws, own), precision)
    d, U = np.linalg.eigh(information)
    known = d > UNKNOWN * d.max(axis=1, keepdims=True)
    along = np.where(known, np.einsum("jam,ja->jm", U, score), 0.0)
    return Slider(sources, np.where(known, d, 1.0), (root @ U) * along[:, None, :])


def covariance(draws: Draws, sources: Sequence[tuple[int, int]]) -> np.ndarray:
    """Posterior mean of the covariance matrix of some effects of one factor, shape (k, k)."""
    sigma = np.zeros((len(sources), len(sources)))
    for a, (g, i) in enumerate(sources):
        for b, (h, j) in enumerate(sources):
            if g != h:
                continue
            cor = draws.cor[g]
            product = draws.sd[g][..., i] * draws.sd[g][..., j]
            if i != j:
                product = product * (0.0 if cor is None else cor[..., i, j])
            sigma[a, b] = product.mean()
    return sigma


def slider_lines(
    draws: Draws,
    slider: Slider,
    view: FactorView,
    levels: Sequence[int],
    designs: np.ndarray,
    offsets: np.ndarray,
) -> dict[str, np.ndarray]:
    """Partial pooling of groups along their lines under the slider: the counterpart of ``group_lines``.

    Parameters
    ----------
    draws, slider
        The draws, and the slider made of them.
    view, levels
        The first grouping factor, and positions of the groups, J in number.
    designs, offsets
        Of these groups (:func:`mlmwidget.inference.lines.group_designs`), shapes (J, m, T) and (J,).

    Returns
    -------
    dict
        As :func:`slider_columns`, each of shape (J·m,): groups one after the other.
    """
    beta = draws.beta.mean(axis=(0, 1))
    members = np.array(
        [[source in own for source in slider.sources] for own in view.sources], dtype=float
    ).reshape(len(view.terms), len(slider.sources))
    base = np.einsum("jmt,jtp,p->jm", designs, view.map[levels], beta) + offsets[:, None]
    weights = np.einsum("jmt,te,jed->jmd", designs, members, slider.weights[levels])
    d = np.broadcast_to(slider.d[levels][:, None], weights.shape)
    k = weights.shape[-1]
    return slider_columns("y", base.ravel(), weights.reshape(-1, k), d.reshape(-1, k))


def slider_columns(name: str, base: np.ndarray, weights: np.ndarray, d: np.ndarray) -> dict[str, np.ndarray]:
    """Name what a value under the slider is made of.

    Parameters
    ----------
    name
        Name of the value, such as ``"y"``.
    base
        The value under complete pooling, shape (m,).
    weights, d
        Of each direction, shape (m, k).

    Returns
    -------
    dict
        ``y_base``, ``y_w0`` …, ``d0`` …, so that y = y_base + Σ_m y_wm s² / ((1 − s)² + s² dm).
    """
    columns = {f"{name}_base": base}
    columns |= {f"{name}_w{m}": weights[:, m] for m in range(weights.shape[1])}
    return columns | {f"d{m}": d[:, m] for m in range(d.shape[1])}


def _root(sigma: np.ndarray) -> np.ndarray:
    """Return R with RR' = Σ, also for a singular Σ."""
    values, vectors = np.linalg.eigh(sigma)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def _residuals(frame: ModelFrame, draws: Draws, own: list[int]) -> np.ndarray:
    """Take the population level and the effects of other factors off the outcome, shape (n,)."""
    residuals = frame.y - frame.offset - frame.X @ draws.beta.mean(axis=(0, 1))
    for g, (design, effects) in enumerate(zip(frame.groups, draws.effects, strict=True)):
        if g not in own and effects is not None:
            residuals -= (design.Z * effects.mean(axis=(0, 1))[design.codes]).sum(axis=1)
    return residuals


def _sums(
    frame: ModelFrame, white: np.ndarray, residuals: np.ndarray, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum information and score over the rows of every group, shapes (J, k, k) and (J, k)."""
    codes, n_levels = frame.groups[0].codes, len(frame.groups[0].levels)

    def per_group(values: np.ndarray) -> np.ndarray:
        return np.bincount(codes, precision * values, minlength=n_levels)

    k = white.shape[1]
    information = np.empty((n_levels, k, k))
    for a in range(k):
        for b in range(a + 1):
            information[:, a, b] = information[:, b, a] = per_group(white[:, a] * white[:, b])
    score = np.column_stack([per_group(white[:, a] * residuals) for a in range(k)])
    return information, score
