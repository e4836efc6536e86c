"""What each group of a grouping factor has of its own: the level-2 view of a model frame.

For one grouping factor, the model says of group j and unit-level column t

    total_jt = Σ_c A_jtc β_c + deviation_jt

where A carries the population-level coefficient of t itself, the predictors that are constant within the
groups (they belong to the intercept's equation) and cross-level interactions (to the slope's).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from mlmwidget.data.frame import ModelFrame


@dataclass(frozen=True, eq=False)
class FactorView:
    """One grouping factor, all of its group-level terms taken together.

    Parameters
    ----------
    factor
        Grouping factor as text.
    levels
        Its J levels.
    codes
        Level of each row, shape (n,).
    terms
        Names of the T unit-level columns: those that vary between the groups and those common to them.
    design
        The columns themselves, shape (n, T).
    sources
        For each term, (group design, column) pairs whose deviations add up; empty for a common one.
    map
        A above, shape (J, T, p).
    """

    factor: str
    levels: tuple[str, ...]
    codes: np.ndarray
    terms: tuple[str, ...]
    design: np.ndarray
    sources: tuple[tuple[tuple[int, int], ...], ...]
    map: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Number of rows of each group, shape (J,)."""
        return np.bincount(self.codes, minlength=len(self.levels))

    def deviations(self, effects: tuple[np.ndarray | None, ...], term: int) -> np.ndarray | None:
        """Deviations of the groups for one term, shape (…, J); None for a common or undrawn one."""
        parts = [e[..., k] for g, k in self.sources[term] if (e := effects[g]) is not None]
        return sum(parts[1:], parts[0]) if parts else None


def factor_views(frame: ModelFrame) -> list[FactorView]:
    """One view a grouping factor, in the order of the formula."""
    factors = dict.fromkeys(g.factor for g in frame.groups)
    return [_view(frame, factor) for factor in factors]


def _view(frame: ModelFrame, factor: str) -> FactorView:
    members = [i for i, g in enumerate(frame.groups) if g.factor == factor]
    first = frame.groups[members[0]]
    constant = {
        c for c, where in enumerate(frame.X_levels) if set(where) & set(members) and frame.X_terms[c] != -1
    }
    columns: dict[str, np.ndarray] = {}
    sources: dict[str, list[tuple[int, int]]] = {}
    for c, name in enumerate(frame.X_names):
        if c not in constant and _cross_level(frame, c, constant) is None:
            columns[name] = frame.X[:, c]
            sources[name] = []
    for i in members:
        for k, name in enumerate(frame.groups[i].columns):
            columns.setdefault(name, frame.groups[i].Z[:, k])
            sources.setdefault(name, []).append((i, k))
    terms = sorted(columns, key=lambda name: name != "(Intercept)")
    design = np.column_stack([columns[t] for t in terms]) if terms else np.zeros((frame.n, 0))
    return FactorView(
        factor,
        first.levels,
        first.codes,
        tuple(terms),
        design,
        tuple(tuple(sources[t]) for t in terms),
        _map(frame, terms, constant, first.codes, len(first.levels)),
    )


def _map(
    frame: ModelFrame, terms: list[str], constant: set[int], codes: np.ndarray, n_levels: int
) -> np.ndarray:
    """Return the matrices A of every group (see the head of the module), shape (J, T, p)."""
    first_row = np.zeros(n_levels, dtype=np.int64)
    first_row[codes[::-1]] = np.arange(frame.n)[::-1]
    place = {name: t for t, name in enumerate(terms)}
    result = np.zeros((n_levels, len(terms), len(frame.X_names)))
    for c, name in enumerate(frame.X_names):
        crossed = _cross_level(frame, c, constant)
        if name in place:
            result[:, place[name], c] = 1.0
        elif c in constant and "(Intercept)" in place:
            result[:, place["(Intercept)"], c] = frame.X[first_row, c]
        elif crossed is not None:
            base, at_group_level = crossed
            if base in place:
                result[:, place[base], c] = prod(frame.X[first_row, w] for w in at_group_level)
    return result


def _cross_level(frame: ModelFrame, column: int, constant: set[int]) -> tuple[str, list[int]] | None:
    """Split the column of a cross-level interaction such as ``x:w`` into ``"x"`` and the columns of w.

    Only an interaction whose unit-level part is itself a column of X or Z can be split; any other
    column stays a unit-level one.
    """
    if column in constant or ":" not in frame.X_names[column]:
        return None
    group_level = {frame.X_names[c]: c for c in constant}
    pieces = frame.X_names[column].split(":")
    base = ":".join(p for p in pieces if p not in group_level)
    at_group_level = [group_level[p] for p in pieces if p in group_level]
    known = set(frame.X_names).union(*(g.columns for g in frame.groups))
    return (base, at_group_level) if at_group_level and base in known else None
