"""One schema for every posterior, whichever engine drew it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.data.frame import ModelFrame

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of the parameters on the user's own scale; C chains, D draws each.

    Parameters
    ----------
    beta
        Population-level coefficients of the columns of ``frame.X`` (uncentred), shape (C, D, p).
    sd
        For each group design, standard deviations of its k effects, shape (C, D, k).
    cor
        For each group design, correlation matrices, shape (C, D, k, k); None when uncorrelated.
    effects
        For each group design, deviations of each group, shape (C, D, J, k); None when not drawn.
    sigma
        Residual standard deviation, shape (C, D); None for families without one.
    shape
        The family's own shape or precision, shape (C, D); None for families without one.
    stats
        Sampler statistics by ArviZ's names (``diverging``, ``energy``, ``tree_depth`` …), each (C, D).
    attributes
        Facts about the run, JSON-ready (``engine``, ``seconds``, ``pareto_k`` …).
    """

    beta: np.ndarray
    sd: tuple[np.ndarray, ...]
    cor: tuple[np.ndarray | None, ...]
    effects: tuple[np.ndarray | None, ...]
    sigma: np.ndarray | None
    shape: np.ndarray | None = None
    stats: dict[str, np.ndarray] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def independent(self) -> bool:
        """Whether the draws were made each for itself, from an importance sample: there are no chains."""
        return "pareto_k" in self.attributes


def to_dataset(draws: Draws, frame: ModelFrame) -> xr.Dataset:
    """Name the draws as PyMC's model names them, with dims and coords.

    Returns
    -------
    xarray.Dataset
        ``beta`` (chain, draw, predictor); for every group design with label ``g``: ``sd_g``
        (chain, draw, g_column), ``cor_g`` (chain, draw, g_column, g_column_bis) if correlated, and
        ``effect_g`` (chain, draw, g_level, g_column); ``sigma``; ``shape``.
    """
    import xarray as xr

    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        "beta": (("chain", "draw", "predictor"), draws.beta)
    }
    coords: dict[str, Any] = {
        "chain": np.arange(draws.beta.shape[0]),
        "draw": np.arange(draws.beta.shape[1]),
        "predictor": list(frame.X_names),
    }
    for design, sd, cor, effects in zip(frame.groups, draws.sd, draws.cor, draws.effects, strict=True):
        g = design.label
        coords[f"{g}_column"] = list(design.columns)
        variables[f"sd_{g}"] = (("chain", "draw", f"{g}_column"), sd)
        if cor is not None:
            coords[f"{g}_column_bis"] = list(design.columns)
            variables[f"cor_{g}"] = (("chain", "draw", f"{g}_column", f"{g}_column_bis"), cor)
        if effects is not None:
            coords[f"{g}_level"] = list(design.levels)
            variables[f"effect_{g}"] = (("chain", "draw", f"{g}_level", f"{g}_column"), effects)
    if draws.sigma is not None:
        variables["sigma"] = (("chain", "draw"), draws.sigma)
    if draws.shape is not None:
        variables["shape"] = (("chain", "draw"), draws.shape)
    return xr.Dataset(variables, coords=coords, attrs=draws.attributes)


def to_datatree(draws: Draws, frame: ModelFrame) -> xr.DataTree:
    """Arrange the draws as ArviZ expects them.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` (see :func:`to_dataset`), ``sample_stats`` and ``observed_data``.
    """
    import xarray as xr

    chains, kept = draws.beta.shape[:2]
    stats = xr.Dataset(
        {name: (("chain", "draw"), values) for name, values in draws.stats.items()},
        coords={"chain": np.arange(chains), "draw": np.arange(kept)},
    )
    observed = xr.Dataset({"y": ("obs", np.asarray(frame.y))}, coords={"obs": np.asarray(frame.row_index)})
    return xr.DataTree.from_dict(
        {"posterior": to_dataset(draws, frame), "sample_stats": stats, "observed_data": observed}
    )
