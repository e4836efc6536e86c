"""The model frame: the numbers that every engine and every plot starts from, made once per model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import in_words
from mlmwidget.problems import Problem


@dataclass(frozen=True, eq=False)
class GroupDesign:
    """Design of one group-level term: which group each row is in and what varies there.

    Parameters
    ----------
    factor
        Grouping factor as text, for example ``"batch:cask"``.
    levels
        The J observed levels, in R's order, as text (``"A:a"`` for combinations).
    codes
        Level of each row, integers in 0 … J-1, shape (n,).
    Z
        Columns that vary, one row per observation, shape (n, k) (compact: not spread over the groups).
    columns
        R's names of the k columns, for example ``("(Intercept)", "Days")``.
    correlated
        Whether the k effects of a group have free correlations (always False when k = 1).
    label
        Name of this term, unique in the model and safe as a PyMC variable and dimension name.
    column_terms
        For each of the k columns, the index of its term in ``GroupTerm.terms``; -1 for the intercept.
    """

    factor: str
    levels: tuple[str, ...]
    codes: np.ndarray
    Z: np.ndarray
    columns: tuple[str, ...]
    correlated: bool
    label: str
    column_terms: tuple[int, ...]

    @cached_property
    def name(self) -> str:
        """Grouping factor as sentences and titles name it: without the formula's back-quotes."""
        return in_words(self.factor)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Number of rows of each group, shape (J,)."""
        return np.bincount(self.codes, minlength=len(self.levels))


@dataclass(frozen=True, eq=False, repr=False)
class ModelFrame:
    """Response and design matrices of a model on data, equal to R's column for column.

    Parameters
    ----------
    spec
        The model.
    y
        Response of the n rows used, as numbers; successes for a binomial response.
    y_name
        Text of the response, for example ``"log(Reaction)"``.
    X
        Population-level design, shape (n, p), full rank.
    X_names
        R's names of its columns.
    X_terms
        For each column the index of its term in ``spec.terms``; -1 for the intercept.
    X_levels
        For each column, the indices of the group designs within whose groups it is constant (a
        group-level predictor); empty for one that varies within every grouping factor.
    groups
        One design per group-level term of the spec, in its order.
    offset
        Sum of the offsets, shape (n,).
    weights
        Prior weights, shape (n,); the residual variance of row i is σ² / weights[i].
    trials
        Trials of a binomial response, shape (n,); None for every other response.
    aliased
        Names of columns left out of X because others determine them.
    dropped
        Number of rows left out because a variable of the model is missing or not finite there.
    dropped_by
        Column name → number of rows that were left out because of it.
    rows
        The columns of the data that the model uses, for the rows used, in their order.
    row_index
        Positions, in the data given, of the rows used, shape (n,).
    problems
        What should be said about these data and this model (no errors: those are raised).
    weights_name
        Name of the column of weights that was given; empty without one.
    """

    spec: ModelSpec
    y: np.ndarray
    y_name: str
    X: np.ndarray
    X_names: tuple[str, ...]
    X_terms: tuple[int, ...]
    X_levels: tuple[tuple[int, ...], ...]
    groups: tuple[GroupDesign, ...]
    offset: np.ndarray
    weights: np.ndarray
    trials: np.ndarray | None
    aliased: tuple[str, ...]
    dropped: int
    dropped_by: dict[str, int]
    rows: pd.DataFrame
    row_index: np.ndarray
    problems: tuple[Problem, ...] = field(default=())
    weights_name: str = ""

    @property
    def n(self) -> int:
        """Number of rows used."""
        return len(self.y)

    @cached_property
    def columns_of(self) -> dict[int, tuple[int, ...]]:
        """Index of a term in ``spec.terms`` (-1 for the intercept) → its columns of X.

        A term whose columns are all determined by others is not in it.
        """
        found: dict[int, list[int]] = {}
        for column, term in enumerate(self.X_terms):
            found.setdefault(term, []).append(column)
        return {term: tuple(columns) for term, columns in found.items()}

    def names_of(self, term: int) -> tuple[str, ...]:
        """Return the names of a term's columns of X."""
        return tuple(self.X_names[c] for c in self.columns_of.get(term, ()))

    def __repr__(self) -> str:
        """Say its shape; the numbers are in its fields."""
        groups = [f"{len(g.levels):,} × {len(g.columns)} effects of {g.label}" for g in self.groups]
        parts = [f"{self.n:,} rows", f"{len(self.X_names)} columns of X", *groups]
        return f"ModelFrame({self.spec.formula!r}: {', '.join(parts)})"

    @property
    def outcome_levels(self) -> tuple[str, str] | None:
        """Names of failure and success of a yes-or-no outcome that is a category; None for one of numbers."""
        response = self.spec.response
        column = self.rows.get(response.name) if isinstance(response, Name) else None
        if column is None or self.spec.family != "bernoulli" or column.dtype.kind in "biuf":
            return None
        found = [column[self.y == value] for value in (0, 1)]
        return None if any(len(f) == 0 for f in found) else (str(found[0].iloc[0]), str(found[1].iloc[0]))
