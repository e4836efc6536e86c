"""Multilevel data drawn from a model whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmwidget.formula.syntax import Name

if TYPE_CHECKING:
    from mlmwidget.data.frame import ModelFrame
    from mlmwidget.formula.spec import ModelSpec

_LINKS = {"gaussian": "identity", "bernoulli": "logit", "poisson": "log"}


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated data together with the parameters that made them.

    Parameters
    ----------
    data
        One row per observation.
    spec
        The model.
    beta
        R's name of each population-level coefficient → its true value.
    sd
        Label of each group-level term → true standard deviations of its k effects, shape (k,).
    cor
        Label of each group-level term → true correlation matrix of its effects, shape (k, k).
    effects
        Label of each group-level term → true deviations: a row per level, a column per effect.
    sigma
        True residual standard deviation; None for families without one.
    """

    data: pd.DataFrame
    spec: ModelSpec
    beta: dict[str, float]
    sd: dict[str, np.ndarray]
    cor: dict[str, np.ndarray]
    effects: dict[str, pd.DataFrame]
    sigma: float | None


def simulate(
    formula: str = "y ~ x + (1 + x | g)",
    *,
    groups: int | Mapping[str, int] = 20,
    per_group: int | Sequence[int] = 10,
    balanced: bool = True,
    data: pd.DataFrame | None = None,
    beta: Mapping[str, float] | Sequence[float] | None = None,
    sd: float | Mapping[str, float | Sequence[float]] | None = None,
    cor: float = 0.0,
    sigma: float = 1.0,
    family: str = "gaussian",
    seed: int | np.random.Generator = 0,
) -> Simulation:
    """Draw data from a multilevel model.

    The first grouping factor has `per_group` rows in each of its levels; further factors are crossed with
    it, dealt out evenly in random order. In a nested factor such as ``a:b`` the levels of ``b`` recur
    within every level of ``a``, and each combination has `per_group` rows. Every other variable of the
    formula is a standard Normal predictor. The linear predictor is that of
    :func:`mlmwidget.data.build.model_frame`, so a formula means here what it means in a fit.

    Parameters
    ----------
    formula
        Model whose response is a plain column name.
    groups
        Levels of every grouping variable, or grouping variable → number of levels.
    per_group
        Rows of each level of the first grouping factor, or one number for each level.
    balanced
        False draws the sizes of the groups from a skewed distribution with mean `per_group`.
    data
        Predictors and grouping variables to use instead of simulated ones.
    beta
        True population-level coefficients by R's names (others are 0) or in order; default 0 for the
        intercept and 1 for slopes.
    sd
        True standard deviations of group effects: one for all, or label of the group-level term → one for
        all or one for each effect; default 1 for intercepts and 0.5 for slopes.
    cor
        True correlation of each pair of effects of a correlated group-level term.
    sigma
        Residual standard deviation (Gaussian only).
    family
        ``"gaussian"``, ``"bernoulli"`` or ``"poisson"``, with its usual link.
    seed
        Seed or generator; equal seeds give equal data.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError
        If the family cannot be simulated, the response is not a plain column name, a size is not
        positive, a coefficient is not in the model, or `cor` gives no correlation matrix.
    """
    from mlmwidget.data.build import model_frame
    from mlmwidget.formula.parse import parse

    if family not in _LINKS:
        raise ValueError(f"Cannot simulate the family {family!r}; choose one of {', '.join(_LINKS)}.")
    rng = np.random.default_rng(seed)
    spec = replace(parse(formula), family=family, link=_LINKS[family])
    if not isinstance(spec.response, Name):
        raise ValueError("Simulated data need a response that is a plain column name, such as y.")
    if data is None:
        data = _design(spec, groups, per_group, balanced, rng)
    # A frame needs some response; 0, 1, 0, 1 … is valid for every family here and is replaced below.
    data = data.assign(**{spec.response.name: np.arange(len(data)) % 2})
    frame = model_frame(spec, data)

    coefficients = _coefficients(frame, beta)
    eta = frame.offset + frame.X @ np.array(list(coefficients.values()))
    sds, cors, effects = {}, {}, {}
    for design in frame.groups:
        k = len(design.columns)
        sds[design.label] = _standard_deviations(design.label, design.column_terms, sd)
        cors[design.label] = np.full((k, k), cor if design.correlated else 0.0)
        np.fill_diagonal(cors[design.label], 1.0)
        deviations = rng.standard_normal((len(design.levels), k)) @ _cholesky(cors[design.label], cor).T
        deviations *= sds[design.label]
        effects[design.label] = pd.DataFrame(
            deviations, index=list(design.levels), columns=list(design.columns)
        )
        eta = eta + np.sum(design.Z * deviations[design.codes], axis=1)

    data = data.iloc[frame.row_index].reset_index(drop=True)
    data[spec.response.name] = _respond(family, eta, sigma, frame.weights, rng)
    return Simulation(data, spec, coefficients, sds, cors, effects, sigma if family == "gaussian" else None)


def _design(
    spec: ModelSpec,
    groups: int | Mapping[str, int],
    per_group: int | Sequence[int],
    balanced: bool,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Make grouping variables and predictors; groups nest where the formula has them in one factor."""
    from mlmwidget.data.evaluate import names_in

    chains = _chains(spec)
    factors = {name for chain in chains for name in chain}

    def levels(name: str) -> int:
        n = groups if isinstance(groups, int) else groups.get(name, 20)
        if n < 1:
            raise ValueError(f"The grouping variable {name} needs at least one level, not {n}.")
        return n

    columns: dict[str, object] = {}
    n = 0
    for i, chain in enumerate(chains):
        cells = int(np.prod([levels(name) for name in chain]))
        if i == 0:
            cell = np.repeat(np.arange(cells), _sizes(cells, per_group, balanced, rng))
            n = len(cell)
        else:
            cell = rng.permutation(np.arange(n) % cells)
        codes = np.unravel_index(cell, [levels(name) for name in chain])
        for name, code in zip(chain, codes, strict=True):
            labels = [f"{name}{j + 1}" for j in range(levels(name))]
            columns[name] = pd.Categorical.from_codes(code, categories=pd.Index(labels))
    if not chains:
        n = int(np.sum(_sizes(groups if isinstance(groups, int) else 1, per_group, balanced, rng)))
    expressions = [v for t in spec.terms for v in t.variables] + list(spec.offsets)
    expressions += [v for g in spec.groups for t in g.terms for v in t.variables]
    for name in sorted({n.name for e in expressions for n in names_in(e)} - factors):
        columns[name] = rng.standard_normal(n)
    return pd.DataFrame(columns, index=pd.RangeIndex(n))


def _chains(spec: ModelSpec) -> list[tuple[str, ...]]:
    """Find the grouping variables, joined where a factor has several: ``a + a:b + c`` → ``(a, b), (c,)``."""
    from mlmwidget.data.evaluate import names_in

    chains: list[tuple[str, ...]] = []
    for group in sorted(spec.groups, key=lambda g: -len(g.factor)):
        names = tuple(n.name for e in group.factor for n in names_in(e))
        new = tuple(name for name in names if not any(name in chain for chain in chains))
        if new:
            chains.append(new)
    order = [n.name for g in spec.groups for e in g.factor for n in names_in(e)]
    return sorted(chains, key=lambda chain: min(order.index(name) for name in chain))


def _sizes(
    cells: int, per_group: int | Sequence[int], balanced: bool, rng: np.random.Generator
) -> np.ndarray:
    """Rows of each group, shape (cells,); unbalanced sizes are 1 + a geometric-like count."""
    if not isinstance(per_group, int):
        if len(per_group) != cells:
            raise ValueError(f"per_group gives {len(per_group)} sizes for {cells} groups; give one for each.")
        return np.asarray(per_group, dtype=int)
    if per_group < 1:
        raise ValueError(f"per_group must be at least 1, not {per_group}.")
    if balanced:
        return np.full(cells, per_group)
    return (
        1 + rng.poisson(rng.gamma(1.0, per_group - 1.0, size=cells)) if per_group > 1 else np.ones(cells, int)
    )


def _coefficients(frame: ModelFrame, beta: Mapping[str, float] | Sequence[float] | None) -> dict[str, float]:
    """Return the true coefficient of each column of X."""
    if beta is None:
        return {x: 0.0 if t == -1 else 1.0 for x, t in zip(frame.X_names, frame.X_terms, strict=True)}
    if isinstance(beta, Mapping):
        unknown = [name for name in beta if name not in frame.X_names]
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} is not a coefficient; the model has {', '.join(frame.X_names)}."
            )
        return {x: float(beta.get(x, 0.0)) for x in frame.X_names}
    if len(beta) != len(frame.X_names):
        raise ValueError(f"beta has {len(beta)} values for the coefficients {', '.join(frame.X_names)}.")
    return {x: float(b) for x, b in zip(frame.X_names, beta, strict=True)}


def _standard_deviations(
    label: str,
    column_terms: tuple[int, ...],
    sd: float | Mapping[str, float | Sequence[float]] | None,
) -> np.ndarray:
    """Return the true standard deviations of one group-level term, shape (k,)."""
    default = np.array([1.0 if t == -1 else 0.5 for t in column_terms])
    given = sd.get(label) if isinstance(sd, Mapping) else sd
    if given is None:
        return default
    values = np.asarray(given, dtype=float)
    if values.ndim and values.shape != default.shape:
        raise ValueError(f"sd of {label} has {values.size} values for {default.size} effects.")
    return np.broadcast_to(values, default.shape).copy()


def _cholesky(correlation: np.ndarray, cor: float) -> np.ndarray:
    try:
        return np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        raise ValueError(f"{len(correlation)} effects cannot all have the correlation {cor}.") from None


def _respond(
    family: str, eta: np.ndarray, sigma: float, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the response given the linear predictor."""
    from mlmwidget.model.links import mean

    if family == "bernoulli":
        return rng.binomial(1, mean(_LINKS[family], eta))
    if family == "poisson":
        return rng.poisson(mean(_LINKS[family], eta))
    return rng.normal(eta, sigma / np.sqrt(weights))
