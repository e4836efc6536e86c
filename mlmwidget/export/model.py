"""What every export starts from: the spec, its frame if there are data, and the columns it reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mlmwidget.data.evaluate import Evaluator, names_in
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.values import Column as Values
from mlmwidget.data.values import Factor, from_series
from mlmwidget.export.errors import ExportError
from mlmwidget.formula.functions import NAMED_CONSTANTS
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Call, Expression, Name, Operation
from mlmwidget.formula.text import expression_text
from mlmwidget.notation.columns import Column, guessed_columns, term_columns
from mlmwidget.notation.expressions import column_names


@dataclass(frozen=True)
class ExportModel:
    """A model to be written as a script.

    Parameters
    ----------
    spec
        The model.
    frame
        Its frame; None without data.
    """

    spec: ModelSpec
    frame: ModelFrame | None

    @property
    def names(self) -> list[str]:
        """Columns that the model reads, in the order of the formula."""
        found = [n.name for e in self._variables for n in names_in(e)]
        found += [self.frame.weights_name] if self.frame is not None and self.frame.weights_name else []
        return [n for n in dict.fromkeys(found) if self.is_column(n)]

    def is_column(self, name: str) -> bool:
        """Whether a name is that of a column, not of a constant such as ``pi`` or of a contrast."""
        if self.frame is not None:
            return name in self.frame.rows
        # Constants only stand inside of a call: a variable of its own is a column, whatever its name.
        return name not in NAMED_CONSTANTS or Name(name) in self._variables

    @cached_property
    def _variables(self) -> list[Expression]:
        spec = self.spec
        found = [spec.response, *spec.offsets, *(v for t in spec.terms for v in t.variables)]
        for group in spec.groups:
            found += [*(v for t in group.terms for v in t.variables), *group.factor]
        return found

    @cached_property
    def categories(self) -> dict[str, pd.CategoricalDtype]:
        """Columns that are predictors or the response and hold categories, with their levels in order."""
        if self.frame is None:
            return {}
        spec, found = self.spec, {}
        terms = [*spec.terms, *(t for g in spec.groups for t in g.terms)]
        read = {n for t in terms for v in t.variables for n in column_names(v)} | column_names(spec.response)
        for name in self.names:
            values = self.values(Name(name)) if name in read else None
            if isinstance(values, Factor):
                found[name] = pd.CategoricalDtype(list(values.levels), values.ordered)
        return found

    @property
    def texts(self) -> list[str]:
        """Columns of text (no factors) that the model reads."""
        values = {n: self.values(Name(n)) for n in self.names}
        return [n for n, v in values.items() if isinstance(v, Factor) and v.text]

    @cached_property
    def _evaluator(self) -> Evaluator:
        assert self.frame is not None
        rows = self.frame.rows
        return Evaluator({str(n): from_series(rows[n], str(n)) for n in rows}, len(rows))

    def values(self, expression: Expression) -> Values | None:
        """Value of an expression on the rows used; None without data.

        Raises
        ------
        DataError
            If the expression is no column, but a constant or the name of a contrast.
        """
        return None if self.frame is None else self._evaluator.column(expression)

    def term_columns(self, term: Term, group: int | None = None) -> tuple[Column, ...]:
        """Design columns of a term, at the population level or in a group-level term."""
        if self.frame is None:
            return guessed_columns(term)
        if group is None:
            names = self.frame.names_of(self.spec.terms.index(term))
        else:
            k = self.spec.groups[group].terms.index(term)
            design = self.frame.groups[group]
            names = tuple(n for n, t in zip(design.columns, design.column_terms, strict=True) if t == k)
        ordered = frozenset(expression_text(Name(n)) for n, dtype in self.categories.items() if dtype.ordered)
        return term_columns(term, names, ordered)

    @property
    def counts(self) -> tuple[Expression, Expression] | None:
        """Successes and trials of a binomial response; None for every other response."""
        if self.spec.family != "binomial":
            return None
        match self.spec.response:
            case Operation(operator="/", operands=(success, trials)):
                return success, trials
            case Call(function="cbind", arguments=(success, failure)):
                return success.value, Operation("+", (success.value, failure.value))
        if self.frame is not None and self.frame.trials is not None and (self.frame.trials != 1).any():
            trials = Name(self.frame.weights_name)
            return Operation("*", (self.spec.response, trials)), trials
        return None

    @property
    def weights(self) -> str | None:
        """Name of the column that divides the residual variance; None without one."""
        weighted = self.frame is not None and bool((self.frame.weights != 1).any())
        return self.frame.weights_name if weighted and self.frame is not None else None

    def refuse_weights(self, software: str) -> None:
        """Refuse weights for software that means something else by them.

        Raises
        ------
        ExportError
            If the model has weights.
        """
        if self.weights is not None:
            raise ExportError(
                f"Weights divide the residual variance here, but count rows several times in {software}: "
                "export to PyMC, lme4 or mlmwidget, or leave the weights out."
            )

    @property
    def family(self) -> str:
        """The family, with a binomial response of single trials as Bernoulli."""
        single = self.spec.family == "binomial" and self.counts is None
        return "bernoulli" if single else self.spec.family
