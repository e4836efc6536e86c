"""Builds the model frame: reads the columns, drops incomplete rows, makes y, X and the group designs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlmwidget.data.design import Design, design_matrix, independent_columns
from mlmwidget.data.diagnose import frame_problems
from mlmwidget.data.errors import counted, data_error, unknown_column
from mlmwidget.data.evaluate import Evaluator, names_in
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.groups import constant_within, group_design, group_labels
from mlmwidget.data.response import make_response, response_parts
from mlmwidget.data.table import column_names, read_columns
from mlmwidget.data.values import Column, Factor, Numbers, from_series
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError, Problem


def model_frame(
    formula_or_spec: str | ModelSpec,
    data: Any,
    family: str | None = None,
    weights: str | None = None,
) -> ModelFrame:
    """Return the response and design matrices of a model on data, equal to R's column for column.

    Parameters
    ----------
    formula_or_spec
        A formula such as ``"Reaction ~ Days + (Days | Subject)"``, or a spec.
    data
        Any data frame that narwhals knows (pandas, polars, pyarrow, …), or a dict of columns.
    family
        Name of the response's distribution; Gaussian, or a spec's own family, when None.
    weights
        Name of a column of prior weights. For a binomial response of proportions: the trials.

    Raises
    ------
    FormulaError
        If the formula cannot be read.
    DataError
        If no model can be built on these data; the message says what to do.
    """
    known = column_names(data)
    spec = as_spec(formula_or_spec, data, family)
    wanted = [name.name for expression, _ in model_variables(spec) for name in names_in(expression)]
    if weights is not None:
        if weights not in known:
            raise unknown_column(weights, known)
        wanted.append(weights)
    table = read_columns(data, [name for name in dict.fromkeys(wanted) if name in known])
    if not len(table):
        raise data_error("The data frame has no rows.", "no-rows")
    return _build(spec, _Rows(spec, table, known, weights), table, weights)


def as_spec(formula_or_spec: str | ModelSpec, data: Any, family: str | None) -> ModelSpec:
    """Return the spec of a formula on data, or a spec with another family.

    Raises
    ------
    FormulaError
        If the formula cannot be read, or there is no such family.
    """
    if isinstance(formula_or_spec, ModelSpec):
        if family is None or resolve_family(family)[0] == formula_or_spec.family:
            return formula_or_spec
        name, link = resolve_family(family)
        return replace(formula_or_spec, family=name, link=link)
    from mlmwidget.formula.parse import parse

    return parse(formula_or_spec, data, family=family or "gaussian")


def model_variables(spec: ModelSpec) -> Iterator[tuple[Expression, str]]:
    """Yield every variable of a model with the id of the part that it belongs to."""
    for expression in response_parts(spec):
        yield expression, "response"
    for k, term in enumerate(spec.terms):
        for expression in term.variables:
            yield expression, f"term-{k}"
    for g, group in enumerate(spec.groups):
        for expression in group.factor:
            yield expression, f"group-{g}"
        for k, term in enumerate(group.terms):
            for expression in term.variables:
                yield expression, f"group-{g}-term-{k}"
    for k, expression in enumerate(spec.offsets):
        yield expression, f"offset-{k}"


class _Rows:
    """The variables of a model, evaluated on all rows and cut to the complete ones.

    Transformations see every row, as in R: ``scale(x)`` uses the mean of all of x, not only of the rows
    that are left.
    """

    def __init__(self, spec: ModelSpec, table: pd.DataFrame, known: list[str], weights: str | None):
        columns = {name: from_series(table[name], name) for name in table.columns}
        evaluator = Evaluator(columns, len(table), known)
        self._full: dict[Expression, Column] = {}
        self._taken: dict[Expression, Column] = {}
        self.problems: list[Problem] = []
        self.dropped_by: dict[str, int] = {}
        complete = np.ones(len(table), dtype=bool)
        raw_missing = {name: column.missing for name, column in columns.items()}
        for name, absent in raw_missing.items():
            number = int(absent.sum())
            if number == len(table):
                raise data_error(
                    f"Every value of “{name}” is missing: choose another column.", "all-missing", column=name
                )
            if number:
                self.dropped_by[name] = number
        for expression, part in model_variables(spec):
            if expression in self._full:
                continue
            column = _evaluated(evaluator, expression, part)
            self._full[expression] = column
            absent = column.missing
            if absent.any():
                complete &= ~absent
                self._say_undefined(expression, part, absent, raw_missing)
        if weights is not None:
            complete &= ~raw_missing[weights]
            self.weights = columns[weights]
        self.complete = complete
        self.index = np.flatnonzero(complete)
        self.taken: np.ndarray | slice = slice(None) if complete.all() else self.index
        if not len(self.index):
            raise data_error(
                "No row is left: every row has a missing value in "
                f"{', '.join(f'“{name}”' for name in self.dropped_by)}.",
                "no-rows-left",
            )
        for expression, part in model_variables(spec):
            self._check_finite(expression, part, columns)

    def variable(self, expression: Expression) -> Column:
        """Return a variable on the rows used, without unused levels."""
        if expression not in self._taken:
            full = self._full[expression]
            taken = full.take(self.taken)
            if (
                isinstance(full, Factor)
                and full.contrast
                and isinstance(taken, Factor)
                and not taken.contrast
            ):
                self._say_contrast_lost(expression)
            self._taken[expression] = taken
        return self._taken[expression]

    def _say_undefined(
        self, expression: Expression, part: str, absent: np.ndarray, raw_missing: dict[str, np.ndarray]
    ) -> None:
        """Count the rows where an expression has no value although its columns have."""
        for name in names_in(expression):
            if name.name in raw_missing:
                absent = absent & ~raw_missing[name.name]
        number = int(absent.sum())
        if not number:
            return
        text = expression_text(expression)
        self.dropped_by[text] = number
        self.problems.append(
            Problem(
                "warning",
                "undefined-values",
                f"{text} has no value in {counted(number, 'row')}, which are left out.",
                part=part,
                column=text,
            )
        )

    def _say_contrast_lost(self, expression: Expression) -> None:
        text = expression_text(expression)
        self.problems.append(
            Problem(
                "warning",
                "contrast-lost",
                f"{text} is coded by differences from its first level, as in R, because some of its levels "
                "do not occur: remove unused categories from the column to keep the contrast.",
                column=text,
            )
        )

    def _check_finite(self, expression: Expression, part: str, columns: dict[str, Column]) -> None:
        column = self.variable(expression)
        if not isinstance(column, Numbers):
            return
        infinite = np.isinf(column.values)
        if not infinite.any():
            return
        at = infinite if infinite.ndim == 1 else infinite.any(axis=1)
        raise _not_finite(expression, part, at, {n: c.take(self.taken) for n, c in columns.items()})


def _evaluated(evaluator: Evaluator, expression: Expression, part: str) -> Column:
    try:
        return evaluator.column(expression)
    except DataError as error:
        raise DataError(replace(error.problem, part=error.problem.part or part)) from None


def _not_finite(expression: Expression, part: str, at: np.ndarray, columns: dict[str, Column]) -> DataError:
    text, rows = expression_text(expression), counted(int(at.sum()), "row")
    for name in names_in(expression):
        column = columns.get(name.name)
        if not isinstance(column, Numbers):
            continue
        if np.isinf(column.values[at]).any():
            return data_error(
                f"“{name.name}” is infinite in {rows}: correct these values, or make them missing to leave "
                "the rows out.",
                "not-finite",
                column=name.name,
                part=part,
                position=expression.position,
            )
        if np.all(column.values[at] == 0):
            cure = (
                f"use log1p({name.name}) or I(log({name.name} + 1))"
                if "log" in text
                else "leave these rows out"
            )
            return data_error(
                f"{text} is not finite in {rows} because {name.name} is 0 there: {cure}.",
                "not-finite",
                column=name.name,
                part=part,
                position=expression.position,
            )
    return data_error(
        f"{text} is not finite in {rows}: use a transformation that is defined there.",
        "not-finite",
        part=part,
        position=expression.position,
    )


def _build(spec: ModelSpec, rows: _Rows, table: pd.DataFrame, weights: str | None) -> ModelFrame:
    n = len(rows.index)
    given = None if weights is None else _weights(rows.weights.take(rows.taken), weights)
    response = make_response(spec, rows.variable, given)
    groups = tuple(
        group_design(g, term, rows.variable, n, label)
        for g, (term, label) in enumerate(zip(spec.groups, group_labels(spec.groups), strict=True))
    )
    full = design_matrix(spec.terms, spec.intercept, rows.variable, n)
    kept = independent_columns(full.matrix)
    design = full if len(kept) == len(full.names) else full.keep(kept)
    frame = ModelFrame(
        spec=spec,
        y=response.y,
        y_name=expression_text(spec.response),
        X=design.matrix,
        X_names=design.names,
        X_terms=design.terms,
        X_levels=_levels_of(design, groups),
        groups=groups,
        offset=_offset(spec, rows, n),
        weights=np.ones(n) if given is None or response.weights_are_trials else given,
        trials=response.trials,
        aliased=tuple(name for i, name in enumerate(full.names) if i not in set(kept)),
        dropped=len(table) - n,
        dropped_by=rows.dropped_by,
        rows=table if n == len(table) else table.iloc[rows.index].reset_index(drop=True),
        row_index=rows.index,
    )
    return replace(frame, problems=(*response.problems, *rows.problems, *frame_problems(frame)))


def _levels_of(design: Design, groups: tuple[GroupDesign, ...]) -> tuple[tuple[int, ...], ...]:
    constant = [constant_within(design.matrix, g.codes, len(g.levels)) for g in groups]
    return tuple(tuple(g for g, c in enumerate(constant) if c[k]) for k in range(len(design.names)))


def _offset(spec: ModelSpec, rows: _Rows, n: int) -> np.ndarray:
    total = np.zeros(n)
    for k, expression in enumerate(spec.offsets):
        column = rows.variable(expression)
        if isinstance(column, Factor) or column.values.ndim > 1:
            raise data_error(
                f"The offset “{expression_text(expression)}” is not a numeric column.",
                "offset-kind",
                part=f"offset-{k}",
                position=expression.position,
            )
        total = total + column.values
    return total


def _weights(column: Column, name: str) -> np.ndarray:
    if isinstance(column, Factor):
        raise data_error(f"The weights “{name}” are not numeric.", "weights", column=name)
    wrong = ~(column.values > 0) | np.isinf(column.values)
    if wrong.any():
        raise data_error(
            f"The weights “{name}” are not positive numbers in {counted(int(wrong.sum()), 'row')}: "
            "leave these rows out.",
            "weights",
            column=name,
        )
    return column.values
