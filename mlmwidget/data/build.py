"""Builds the model frame: reads the columns, drops incomplete rows, makes y, X and the group designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from mlmwidget.data.design import Design, design_matrix, independent_columns
from mlmwidget.data.diagnose import frame_problems
from mlmwidget.data.errors import counted, data_error, unknown_column
from mlmwidget.data.evaluate import names_in
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.groups import constant_within, group_design, group_labels
from mlmwidget.data.response import make_response
from mlmwidget.data.table import column_names, read_columns
from mlmwidget.data.values import Column, Factor
from mlmwidget.data.variables import CompleteRows, model_variables
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.text import expression_text


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
    spec = as_spec(formula_or_spec, known, family)
    wanted = [name.name for expression, _ in model_variables(spec) for name in names_in(expression)]
    if weights is not None:
        if weights not in known:
            raise unknown_column(weights, known)
        wanted.append(weights)
    table = read_columns(data, [name for name in dict.fromkeys(wanted) if name in known])
    if not len(table):
        raise data_error("The data frame has no rows.", "no-rows")
    return _build(spec, CompleteRows(spec, table, known, weights), table, weights)


def as_spec(formula_or_spec: str | ModelSpec, columns: Sequence[str], family: str | None) -> ModelSpec:
    """Return the spec of a formula on data with these columns, or a spec with another family.

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

    return parse(formula_or_spec, SimpleNamespace(columns=columns), family=family or "gaussian")


def _build(spec: ModelSpec, rows: CompleteRows, table: pd.DataFrame, weights: str | None) -> ModelFrame:
    n = len(rows.index)
    given = None if rows.weights is None else _weights(rows.weights, weights or "")
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
        aliased=tuple(np.delete(np.array(full.names, dtype=object), kept)),
        dropped=len(table) - n,
        dropped_by=rows.dropped_by,
        rows=table if n == len(table) else table.iloc[rows.index].reset_index(drop=True),
        row_index=rows.index,
        weights_name=weights or "",
    )
    return replace(frame, problems=(*response.problems, *rows.problems, *frame_problems(frame)))


def _levels_of(design: Design, groups: tuple[GroupDesign, ...]) -> tuple[tuple[int, ...], ...]:
    constant = [constant_within(design.matrix, g.codes, len(g.levels)) for g in groups]
    return tuple(tuple(g for g, c in enumerate(constant) if c[k]) for k in range(len(design.names)))


def _offset(spec: ModelSpec, rows: CompleteRows, n: int) -> np.ndarray:
    total = np.zeros(n)
    for k, expression in enumerate(spec.offsets):
        column = rows.variable(expression)
        if isinstance(column, Factor) or column.values.ndim > 1:
            raise data_error(
                f"The offset “{expression_text(expression)}” is not a numeric column.",
                "offset-kind",
                part=f"offset-{k}",
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
