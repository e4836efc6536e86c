"""Which model to start from, and what to go on with when the data change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mlmwidget.data.columns import ColumnProfile, suggest
from mlmwidget.formula.check import column_names, columns_of
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.widget.edits import with_left_out, without_columns


def default_spec(columns: Sequence[ColumnProfile]) -> ModelSpec | None:
    """Return the model of a fresh data frame: one varying intercept if a column can group the rows.

    Returns
    -------
    ModelSpec or None
        None when no column can be an outcome.
    """
    outcome, group = suggest(tuple(columns))
    if outcome is None:
        return None
    kind = next(c.kind for c in columns if c.name == outcome)
    # Nothing has been chosen yet, so nothing is switched: an outcome of two values is not Gaussian.
    numbers = kind in ("number", "whole number")
    family, link = resolve_family("gaussian" if numbers else "bernoulli")
    groups = (GroupTerm((Name(group),)),) if group else ()
    return ModelSpec(Name(outcome), groups=groups, family=family, link=link)


def suggest_predictor(columns: Sequence[ColumnProfile], taken: Collection[str]) -> Term | None:
    """Return the first column of numbers that is not taken, else the first with two values."""
    free = [c for c in columns if c.name not in taken and c.usable_as_predictor]
    for kinds in (("number", "whole number"), ("yes/no",)):
        for column in free:
            if column.kind in kinds:
                return Term((Name(column.name),))
    return None


def carry_over(spec: ModelSpec | None, columns: Sequence[ColumnProfile]) -> ModelSpec | None:
    """Return the model on other data: the same where the columns are there, else what is left of it.

    What has to be left out is named in the notes; without its outcome the model starts anew.
    """
    if spec is None:
        return default_spec(columns)
    gone = columns_of(spec) - {c.name for c in columns}
    if gone & set(column_names(spec.response)):
        return default_spec(columns)
    return with_left_out(spec, without_columns(spec, gone), "because the new data have no such columns")
