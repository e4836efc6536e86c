"""Pieces that the R scripts share: reading data, family, and ``||`` terms written column by column.

Names and levels enter a script only in back-quotes or as string literals, with R's escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Argument, Call, Name, Operation, String
from mlmwidget.formula.text import expression_text


def r_string(text: str) -> str:
    """R string literal of any text."""
    return expression_text(String(text))


def r_vector(values: Sequence[float]) -> str:
    """R numeric vector, to ten significant digits."""
    texts = [f"{v:.10g}" for v in values]
    return texts[0] if len(texts) == 1 else f"c({', '.join(texts)})"


def uses_splines(model: ExportModel) -> bool:
    """Whether the formula needs R's package splines."""
    spec = model.spec
    variables = [spec.response, *(v for t in spec.terms for v in t.variables)]
    variables += [v for g in spec.groups for t in g.terms for v in t.variables]
    return any(isinstance(v, Call) and v.function in ("ns", "bs") for v in variables)


def read_data(model: ExportModel) -> list[str]:
    """Lines that read the data and give categories their order."""
    lines = ["library(splines)", ""] if uses_splines(model) else []
    lines += [
        "# Leave this line out where `data` exists",
        'data <- read.csv("data.csv", check.names = FALSE, stringsAsFactors = TRUE)',
    ]
    for name, dtype in model.categories.items():
        levels = ", ".join(r_string(str(v)) for v in dtype.categories)
        ordered = ", ordered = TRUE" if dtype.ordered else ""
        column = f"data[[{r_string(name)}]]"
        lines.append(f"{column} <- factor({column}, levels = c({levels}){ordered})")
    return lines


def with_counts(model: ExportModel) -> ModelSpec:
    """Write a binomial response as ``cbind(success, failure)``, which needs no weights."""
    spec, counts = model.spec, model.counts
    if counts is None or isinstance(spec.response, Call):
        return spec
    success, trials = counts
    failure = Operation("-", (trials, success))
    return replace(spec, response=Call("cbind", (Argument(success), Argument(failure))))


def uncorrelated_apart(model: ExportModel, spec: ModelSpec) -> tuple[list[str], ModelSpec]:
    """Replace ``||`` by one term a column wherever lme4 would leave columns correlated.

    Returns
    -------
    lines, spec
        R lines that make the columns, and the spec that uses them.
    """
    lines: list[str] = []
    groups: list[GroupTerm] = []
    for g, group in enumerate(spec.groups):
        columns = [model.term_columns(t, g) for t in group.terms]
        several = group.intercept + sum(map(len, columns)) > 1
        numbers = all(len(c) == 1 and all(p.kind == "number" for p in c[0].parts) for c in columns)
        if group.correlated or not several or numbers:
            groups.append(group)
            continue
        if any(p.kind == "category" and not p.value for c in columns for column in c for p in column.parts):
            raise ExportError(
                f"How many categories vary between the groups of {group.label} is only known with data: give "
                "`data` as well to export this model."
            )
        more, apart = _apart(g, group, sum(map(len, columns)), model.names)
        lines += more
        groups += apart
    return lines, replace(spec, groups=tuple(groups))


def _apart(g: int, group: GroupTerm, count: int, taken: Sequence[str]) -> tuple[list[str], list[GroupTerm]]:
    prefix = f"z{g + 1}_"
    while any(name.startswith(prefix) for name in taken):
        prefix = f"z{prefix}"
    inside = " + ".join(["1" if group.intercept else "0", *(t.label for t in group.terms)])
    lines = [
        f"# (… || {group.label}) varies every column independently, factors included. lme4 1 would leave",
        f"# them correlated, so they stand apart here; lme4 2 writes diag({inside} | {group.label}).",
        f"Z <- model.matrix(~ {inside}, model.frame(~ {inside}, data, na.action = na.pass))",
    ]
    shift = int(group.intercept)
    apart = [GroupTerm(group.factor, True, (), True)] if group.intercept else []
    for c in range(1, count + 1):
        lines.append(f"data${prefix}{c} <- Z[, {c + shift}]")
        apart.append(GroupTerm(group.factor, False, (Term((Name(f"{prefix}{c}"),)),), True))
    return lines, apart


def r_family(model: ExportModel, names: dict[str, str], software: str) -> str:
    """Family and link as an R call.

    Raises
    ------
    ExportError
        If the software has no such family.
    """
    family = names.get(model.family)
    if family is None:
        raise ExportError(
            f"{software} has no {model.family} family: export this model to brms or PyMC instead."
        )
    return f'{family}(link = "{model.spec.link}")'


def is_gaussian(spec: ModelSpec) -> bool:
    """Whether the model is linear."""
    return spec.family == "gaussian" and spec.link == "identity"
