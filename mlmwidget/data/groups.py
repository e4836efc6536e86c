"""Grouping factors: which group each row is in, and what varies there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mlmwidget.data.design import Variable, design_matrix
from mlmwidget.data.errors import data_error
from mlmwidget.data.factors import cross
from mlmwidget.data.frame import GroupDesign
from mlmwidget.data.values import Factor, Numbers, as_factor
from mlmwidget.formula.spec import GroupTerm
from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text


def grouping_factor(variables: Iterable[Expression], variable: Variable, part: str) -> Factor:
    """Return the factor of the observed combinations, the first variable varying slowest in its levels.

    Parameters
    ----------
    variables
        Expressions of the grouping factor; ``batch:cask`` has two.
    variable
        Gives the column of an expression.
    part
        Id of the group-level term.
    """
    factors = []
    for expression in variables:
        column = variable(expression)
        if isinstance(column, Numbers) and column.values.ndim > 1:
            text = expression_text(expression)
            raise data_error(
                f"“{text}” is a matrix, so it cannot group rows: use a column.",
                "group",
                column=text,
                part=part,
            )
        factors.append(as_factor(column))
    factor = factors[0] if len(factors) == 1 else cross(factors, ":", slow_first=True)
    return factor.take(slice(None))


def group_design(index: int, term: GroupTerm, variable: Variable, rows: int, label: str) -> GroupDesign:
    """Return the design of group-level term `index`.

    Raises
    ------
    DataError
        If there is only one group, or nothing varies.
    """
    factor = grouping_factor(term.factor, variable, f"group-{index}")
    if len(factor.levels) < 2:
        raise data_error(
            f"“{term.label}” has a single group ({''.join(factor.levels)}) in the rows that are used: "
            "a variance between groups needs at least two. Choose another grouping column.",
            "one-group",
            column=term.label,
            part=f"group-{index}",
        )
    design = design_matrix(term.terms, term.intercept, variable, rows, f"group-{index}-")
    if not design.names:
        raise data_error(
            f"Nothing varies between the groups of “{term.label}”: write (1 | {term.label}) for a varying "
            "intercept.",
            "nothing-varies",
            part=f"group-{index}",
        )
    return GroupDesign(
        factor=term.label,
        levels=factor.levels,
        codes=factor.codes,
        Z=design.matrix,
        columns=design.names,
        correlated=term.correlated and len(design.names) > 1,
        label=label,
        column_terms=design.terms,
    )


def group_labels(terms: Iterable[GroupTerm]) -> list[str]:
    """Return a name for each group-level term: unique, without the ``/`` that file formats forbid."""
    labels: list[str] = []
    for term in terms:
        base = term.label.replace("/", "_").replace("`", "")
        label, count = base, 1
        while label in labels:
            count += 1
            label = f"{base}_{count}"
        labels.append(label)
    return labels


def constant_within(matrix: np.ndarray, codes: np.ndarray, levels: int) -> np.ndarray:
    """Return which columns are constant within every group, shape (k,).

    Parameters
    ----------
    matrix
        Shape (n, k).
    codes
        Group of each row, 0 … levels-1, shape (n,).
    levels
        Number of groups.
    """
    representative = _first_rows(codes, levels)[codes]
    return np.array([not _differs(column, representative).any() for column in matrix.T], dtype=bool)


def varies_in(column: np.ndarray, codes: np.ndarray, levels: int) -> int:
    """Return the number of groups in which a column of shape (n,) varies; arguments as above."""
    differs = _differs(column, _first_rows(codes, levels)[codes])
    return int(np.count_nonzero(np.bincount(codes[differs], minlength=levels)))


def _first_rows(codes: np.ndarray, levels: int) -> np.ndarray:
    first = np.zeros(levels, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last assignment, the first row, stays
    return first


def _differs(column: np.ndarray, representative: np.ndarray) -> np.ndarray:
    """Say which values are not those of the first row of their group."""
    # Bases such as poly() differ by rounding between equal values.
    return np.abs(column - column[representative]) > 1e-10 * np.abs(column).max()
