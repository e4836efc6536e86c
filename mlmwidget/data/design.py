"""Design matrices with R's columns: which coding a factor gets, in which order, under which name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from mlmwidget.data.arguments import LARGEST
from mlmwidget.data.contrasts import Contrast, contrast_matrix
from mlmwidget.data.errors import counted, data_error
from mlmwidget.data.values import Column, Factor, Logical, Numbers
from mlmwidget.formula.spec import Term
from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text

type Variable = Callable[[Expression], Column]

# lme4's and R's tolerance for a column that the columns before it determine.
_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Design:
    """A design matrix.

    Parameters
    ----------
    matrix
        Shape (n, p).
    names
        R's names of the p columns.
    terms
        For each column the index of its term; -1 for the intercept.
    """

    matrix: np.ndarray
    names: tuple[str, ...]
    terms: tuple[int, ...]

    def keep(self, columns: Sequence[int]) -> Design:
        """Return the design with some of its columns."""
        return Design(
            self.matrix[:, columns],
            tuple(self.names[i] for i in columns),
            tuple(self.terms[i] for i in columns),
        )


def design_matrix(
    terms: Sequence[Term], intercept: bool, variable: Variable, rows: int, part: str = ""
) -> Design:
    """Return R's ``model.matrix`` of some terms.

    Parameters
    ----------
    terms
        The terms in R's order.
    intercept
        Whether the first column is the intercept.
    variable
        Gives the column of an expression.
    rows
        Number of rows n.
    part
        What stands before ``term-K`` in the ids of the terms, for example ``"group-0-"``.

    Raises
    ------
    DataError
        If a factor has a single level, or the matrix would be too large.
    """
    for index, term in enumerate(terms):
        for expression in term.variables:
            _require_levels(expression, variable(expression), f"{part}term-{index}")
    codings = factor_codings(terms, intercept, variable)
    widths = [
        [_width(variable(v), coding) for v, coding in zip(t.variables, c, strict=True)]
        for t, c in zip(terms, codings, strict=True)
    ]
    total = intercept + sum(prod(w) for w in widths)
    if total * rows > LARGEST:
        widest = max(range(len(terms)), key=lambda i: prod(widths[i]))
        label = terms[widest].label
        raise data_error(
            f"“{label}” needs {counted(total, 'column')} for {counted(rows, 'row')}, which is too much: "
            f"a variable with so many categories belongs on the right of a bar, as in (1 | {label}).",
            "too-large",
            part=f"{part}term-{widest}",
        )
    matrix = np.empty((rows, total), order="F")
    names: list[str] = []
    owners: list[int] = []
    if intercept:
        matrix[:, 0] = 1.0
        names.append("(Intercept)")
        owners.append(-1)
    for index, (term, coding) in enumerate(zip(terms, codings, strict=True)):
        block, labels = _term_columns(term, coding, variable)
        matrix[:, len(names) : len(names) + len(labels)] = block
        names += labels
        owners += [index] * len(labels)
    return Design(matrix, tuple(names), tuple(owners))


def factor_codings(terms: Sequence[Term], intercept: bool, variable: Variable) -> list[tuple[bool, ...]]:
    """Return, for each variable of each term, whether it is coded by contrasts (else by all its levels).

    The rule of R's ``TermCode``: contrasts if the term without the variable is empty or is contained in
    a preceding term. Without an intercept the first factor of all is coded by all its levels.
    """
    members = [frozenset(term.variables) for term in terms]
    codings = [
        [
            len(term.variables) == 1 or any(members[i] - {v} <= earlier for earlier in members[:i])
            for v in term.variables
        ]
        for i, term in enumerate(terms)
    ]
    if not intercept:
        first = next(
            (
                (i, j)
                for i, term in enumerate(terms)
                for j, v in enumerate(term.variables)
                if not isinstance(variable(v), Numbers)
            ),
            None,
        )
        if first:
            codings[first[0]][first[1]] = False
    return [tuple(coding) for coding in codings]


def _width(column: Column, contrasts: bool) -> int:
    if isinstance(column, Numbers):
        return 1 if column.values.ndim == 1 else column.values.shape[1]
    levels = 2 if isinstance(column, Logical) else len(column.levels)
    return levels - contrasts


def _require_levels(expression: Expression, column: Column, part: str) -> None:
    if not isinstance(column, Factor) or len(column.levels) > 1:
        return
    text = expression_text(expression)
    raise data_error(
        f"“{text}” is “{''.join(column.levels)}” in every row that is used, so it has no effect to estimate: "
        "leave it out.",
        "one-level-predictor",
        column=text,
        part=part,
    )


def _term_columns(term: Term, codings: tuple[bool, ...], variable: Variable) -> tuple[np.ndarray, list[str]]:
    """Return the columns of one term; the first variable varies fastest."""
    block, names = _variable_columns(term.variables[0], variable(term.variables[0]), codings[0])
    for expression, contrasts in zip(term.variables[1:], codings[1:], strict=True):
        factor, labels = _variable_columns(expression, variable(expression), contrasts)
        block = (factor[:, :, None] * block[:, None, :]).reshape(len(block), -1)
        names = [f"{name}:{label}" for label in labels for name in names]
    return block, names


def _variable_columns(
    expression: Expression, column: Column, contrasts: bool
) -> tuple[np.ndarray, list[str]]:
    text = expression_text(expression)
    if isinstance(column, Numbers):
        if column.values.ndim == 1:
            return column.values[:, None], [text]
        return column.values, [text + name for name in column.names]
    if isinstance(column, Logical):
        column = Factor(column.values.astype(np.intp), ("FALSE", "TRUE"))
    if not contrasts:
        return np.eye(len(column.levels))[column.codes], [text + level for level in column.levels]
    coding, names = contrast_matrix(
        column.levels, column.contrast or Contrast("poly" if column.ordered else "treatment")
    )
    return coding[column.codes], [text + name for name in names]


def independent_columns(matrix: np.ndarray) -> list[int]:
    """Return which columns are not determined by the columns before them, as R's ``lm`` decides it.

    A column is left out if less than 1e-7 of its length is left after projection on the kept columns
    before it (LINPACK's limited pivoting).

    Parameters
    ----------
    matrix
        Shape (n, p).
    """
    p = matrix.shape[1]
    if p == 0:
        return []
    if _clearly_independent(matrix):
        return list(range(p))
    largest = np.abs(matrix).max(axis=0)
    scaled = matrix / np.where(largest > 0, largest, 1.0)
    small = np.linalg.qr(scaled, mode="r") if matrix.shape[0] > p else scaled
    basis = np.empty((small.shape[0], 0))
    kept: list[int] = []
    for j in range(p):
        length = float(np.linalg.norm(small[:, j]))
        rest = small[:, j]
        for _ in range(2):  # a second projection removes what rounding left of the first
            rest = rest - basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if length > 0 and left >= _TOLERANCE * length and len(kept) < small.shape[0]:
            basis = np.column_stack([basis, rest / left])
            kept.append(j)
    return kept


def _clearly_independent(matrix: np.ndarray) -> bool:
    """Whether a cheap look, the Cholesky factor of the scaled cross-products, settles it."""
    with np.errstate(all="ignore"):
        gram = matrix.T @ matrix
        lengths = np.sqrt(np.diag(gram))
    if not np.all(lengths > 0) or not np.all(np.isfinite(lengths)):
        return False
    try:
        factor = np.linalg.cholesky(gram / np.outer(lengths, lengths))
    except np.linalg.LinAlgError:
        return False
    return bool(np.diag(factor).min() > 1e-4)
