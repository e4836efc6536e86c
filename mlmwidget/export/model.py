"""What every export starts from: the spec, its frame if there are data, and the columns it reads."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.export.errors import ExportError
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

    def __post_init__(self) -> None:
        if self.frame is not None and (self.frame.weights != 1).any():
            raise ExportError(
                "Weights are no part of the formula, so the script cannot name their column: export the "
                "model without weights and add them to the script."
            )

    @property
    def names(self) -> list[str]:
        """Columns that the model reads, in the order of the formula."""
        spec = self.spec
        expressions = [spec.response, *spec.offsets]
        expressions += [v for t in spec.terms for v in t.variables]
        for group in spec.groups:
            expressions += [*(v for t in group.terms for v in t.variables), *group.factor]
        return list(dict.fromkeys(n for e in expressions for n in _ordered_names(e)))

    @property
    def categories(self) -> dict[str, pd.CategoricalDtype]:
        """Columns that are predictors and hold categories, with their levels in order."""
        if self.frame is None:
            return {}
        spec, found = self.spec, {}
        terms = [*spec.terms, *(t for g in spec.groups for t in g.terms)]
        read = {n for t in terms for v in t.variables for n in column_names(v)} | column_names(spec.response)
        for name in self.names:
            if name not in read or name not in self.frame.rows:
                continue
            column = self.frame.rows[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                found[name] = column.dtype
            elif not pd.api.types.is_numeric_dtype(column.dtype):
                found[name] = pd.CategoricalDtype(sorted({str(v) for v in column}))
        return found

    def term_columns(self, term: Term, group: int | None = None) -> tuple[Column, ...]:
        """Design columns of a term, at the population level or in a group-level term."""
        if self.frame is None:
            return guessed_columns(term)
        if group is None:
            k = self.spec.terms.index(term)
            pairs = zip(self.frame.X_names, self.frame.X_terms, strict=True)
        else:
            k = self.spec.groups[group].terms.index(term)
            design = self.frame.groups[group]
            pairs = zip(design.columns, design.column_terms, strict=True)
        ordered = frozenset(expression_text(Name(n)) for n, dtype in self.categories.items() if dtype.ordered)
        return term_columns(term, tuple(n for n, t in pairs if t == k), ordered)

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
            raise ExportError(
                "The trials of this response come from weights: write the response as successes / trials."
            )
        return None

    @property
    def family(self) -> str:
        """The family, with a binomial response of single trials as Bernoulli."""
        single = self.spec.family == "binomial" and self.counts is None
        return "bernoulli" if single else self.spec.family


def _ordered_names(expression: Expression) -> list[str]:
    from mlmwidget.data.evaluate import names_in

    return [n.name for n in names_in(expression)]
