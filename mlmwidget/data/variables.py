"""The variables of a model: evaluated on all rows, then cut to the rows without missing values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from mlmwidget.data.errors import counted, data_error, listed
from mlmwidget.data.evaluate import Evaluator, names_in
from mlmwidget.data.response import response_parts
from mlmwidget.data.values import Column, Factor, Numbers, are_numbers, as_factor, from_series
from mlmwidget.formula.centring import centring
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError, Problem


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


class CompleteRows:
    """The variables of a model, evaluated on all rows and cut to the complete ones.

    Transformations see every row, as in R: ``scale(x)`` uses the mean of all of x, not only of the rows
    that are left.
    """

    def __init__(self, spec: ModelSpec, table: pd.DataFrame, known: list[str], weights: str | None):
        self.problems: list[Problem] = []
        self.dropped_by: dict[str, int] = {}
        self._taken: dict[Expression, Column] = {}
        self._parts: dict[Expression, str] = {}
        for expression, part in model_variables(spec):
            self._parts.setdefault(expression, part)
        #: Column → the first part of the model that reads it.
        self._homes: dict[str, str] = {}
        for expression, part in self._parts.items():
            for used in names_in(expression):
                self._homes.setdefault(used.name, part)
        self._columns = {name: self._read(table[name], name) for name in table.columns}
        evaluator = Evaluator(self._columns, len(table), known)
        self._full = {e: _evaluated(evaluator, e, part) for e, part in self._parts.items()}
        complete = self._complete(len(table), weights)
        self.index = np.flatnonzero(complete)
        self._rows: np.ndarray | slice = slice(None) if complete.all() else self.index
        if not len(self.index):
            reasons = ", ".join(f"“{name}”" for name in self.dropped_by)
            raise data_error(f"No row is left: every row has a missing value in {reasons}.", "no-rows-left")
        self.weights = None if weights is None else self._columns[weights].take(self._rows)
        for expression, part in self._parts.items():
            self._check_finite(expression, part)
            if "term-" in part and isinstance(expression, Name):
                self._say_numbers_as_text(expression, part)
            if part != "response":
                self._say_levels_lost(expression, part)

    def _read(self, series: pd.Series, name: str) -> Column:
        part = self._homes.get(name)
        try:
            column = from_series(series, name)
        except DataError as error:
            raise DataError(replace(error.problem, part=part)) from None
        if column.missing.all():
            message = f"Every value of “{name}” is missing: choose another column."
            raise data_error(message, "all-missing", column=name, part=part)
        return column

    def _complete(self, rows: int, weights: str | None) -> np.ndarray:
        """Return which rows have a value of every variable, and count what the others lack."""
        missing = {name: column.missing for name, column in self._columns.items()}
        complete = np.ones(rows, dtype=bool) if weights is None else ~missing[weights]
        for column in self._full.values():
            complete &= ~column.missing
        if complete.all():
            return complete
        for name, absent in missing.items():
            number = int((absent & ~complete).sum())
            if number:
                self.dropped_by[name] = number
        for expression, column in self._full.items():
            undefined = column.missing
            for used in names_in(expression):
                if used.name in missing:
                    undefined = undefined & ~missing[used.name]
            if undefined.any():
                self._say_undefined(expression, int(undefined.sum()))
        return complete

    def variable(self, expression: Expression) -> Column:
        """Return a variable on the rows used, without unused levels."""
        if expression not in self._taken:
            full = self._full[expression]
            taken = self._taken[expression] = full.take(self._rows)
            if isinstance(full, Factor) and isinstance(taken, Factor) and full.contrast != taken.contrast:
                self._say_contrast_lost(expression)
        return self._taken[expression]

    def _say_undefined(self, expression: Expression, number: int) -> None:
        text = expression_text(expression)
        self.dropped_by[text] = number
        message = f"{text} has no value in {counted(number, 'row')}, which are left out."
        means = centring(expression)
        if means.groups:
            base = expression_text(means.base)
            names = ", ".join(json.dumps(n.name, ensure_ascii=False) for n in names_in(means.base))
            message = (
                f"{text} has no value in {counted(number, 'row')}, which are left out: as in R, a group of "
                f"{means.factor} in which {base} is missing somewhere has no mean. To keep the other rows of "
                f"these groups, leave the rows without {base} out of the data first: "
                f"data.dropna(subset=[{names}])."
            )
        self.problems.append(
            Problem("warning", "undefined-values", message, part=self._parts[expression], column=text)
        )

    def _say_contrast_lost(self, expression: Expression) -> None:
        text = expression_text(expression)
        self.problems.append(
            Problem(
                "warning",
                "contrast-lost",
                f"{text} is coded by differences from its first level, as in R, because some of its levels "
                "do not occur: remove unused categories from the column to keep the contrast.",
                part=self._parts[expression],
                column=text,
            )
        )

    def _say_levels_lost(self, expression: Expression, part: str) -> None:
        """Name the categories of a predictor that no row has, and groups that no complete row is left of."""
        full, text = self._full[expression], expression_text(expression)
        if "term-" in part:
            if not isinstance(full, Factor):
                return
            lost = sorted(set(full.levels) - set(full.take(self._rows).levels), key=full.levels.index)
            how = "does not occur" if len(lost) == 1 else "do not occur"
            message = f"Of the categories of “{text}”, {listed(lost)} {how} in the rows that are used."
        else:
            if isinstance(self._rows, slice) or (isinstance(full, Numbers) and full.values.ndim > 1):
                return
            groups = as_factor(full)
            lost = sorted(
                set(groups.take(slice(None)).levels) - set(groups.take(self._rows).levels),
                key=groups.levels.index,
            )
            which = "1 group" if len(lost) == 1 else f"{len(lost)} groups"
            message = f"{which} of “{text}” left out, because no row of theirs is complete: {listed(lost)}."
        if lost:
            self.problems.append(Problem("note", "levels-lost", message, part=part, column=text))

    def _say_numbers_as_text(self, expression: Name, part: str) -> None:
        column = self._full[expression]
        if not isinstance(column, Factor) or not column.text or len(column.levels) < 3:
            return
        name, levels = expression.name, column.levels
        if are_numbers(levels):
            kind, cure = "numbers", f"write as.numeric({expression_text(expression)}) for a slope"
        elif are_numbers([level.replace(",", ".") for level in levels]):
            kind, cure = "numbers with decimal commas", 'read the file with decimal="," for a slope'
        else:
            return
        message = f"“{name}” holds {kind} as text, so each of its {len(levels)} values is a category: {cure}."
        self.problems.append(Problem("warning", "numbers-as-text", message, part=part, column=name))

    def _check_finite(self, expression: Expression, part: str) -> None:
        column = self.variable(expression)
        if not isinstance(column, Numbers):
            return
        infinite = np.isinf(column.values)
        if not infinite.any():
            return
        at = infinite if infinite.ndim == 1 else infinite.any(axis=1)
        raise _not_finite(expression, part, at, {n: c.take(self._rows) for n, c in self._columns.items()})


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
            )
    return data_error(
        f"{text} is not finite in {rows}: use a transformation that is defined there.",
        "not-finite",
        part=part,
    )
