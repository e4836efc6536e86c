"""The model as a Python script for Bambi, with the priors written out in data units.

Every design column becomes a numeric column with a plain name first: so the design is the same column for
column, and no name of the data is ever read as code.
"""

from __future__ import annotations

import keyword
import re

from mlmwidget.export.columns import helpers, part_expression
from mlmwidget.export.errors import ExportError
from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import python_expression, read_data
from mlmwidget.formula.spec import GroupTerm, ModelSpec
from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.notation.columns import Column

_FAMILIES = {
    "gaussian": "gaussian",
    "student": "t",
    "bernoulli": "bernoulli",
    "binomial": "binomial",
    "poisson": "poisson",
    "negbinomial": "negativebinomial",
    "gamma": "gamma",
    "beta": "beta",
}
_OWN = {"student": "nu", "negbinomial": "alpha", "gamma": "alpha", "beta": "kappa"}
_LINKS = frozenset(["identity", "log", "logit", "probit", "cloglog", "inverse"])
_WHAT = "The Bambi script"


def bambi_script(model: ExportModel) -> str:
    """Write a script for Bambi.

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    ExportError
        If effects are correlated, which Bambi cannot express, or a term has no short equivalent.
    """
    spec = model.spec
    model.refuse_weights("Bambi")
    _refuse(model)
    table = _Table(model)
    formula = table.formula()
    priors = table.priors(default_priors(model.frame)) if model.frame is not None else []
    imports, functions = helpers(table.lines)
    given = ", priors=priors" if priors else ""
    return "\n".join(
        [
            f"# {spec.formula}",
            "import bambi as bmb",
            "import numpy as np",
            "import pandas as pd",
            *imports,
            *([""] if functions else []),
            *functions,
            "",
            *read_data(model),
            "",
            *table.lines,
            f"data = data.dropna(subset={model.names!r})",
            "",
            *priors,
            "model = bmb.Model(",
            f"    {formula!r}, data, family={_FAMILIES[model.family]!r}, link={spec.link!r}{given}",
            ")",
            "idata = model.fit()",
            "",
        ]
    )


def _refuse(model: ExportModel) -> None:
    if model.spec.link not in _LINKS:
        raise ExportError(f"Bambi has no {model.spec.link} link: export this model to PyMC or brms instead.")
    seen: set[tuple[str, str]] = set()
    for g, group in enumerate(model.spec.groups):
        effects = ["1" if group.intercept else "0", *(t.label for t in group.terms)]
        count = group.intercept + sum(len(model.term_columns(t, g)) for t in group.terms)
        if group.correlated and count > 1:
            raise ExportError(
                f"Bambi has no correlations between effects: ({' + '.join(effects)} | {group.label}) would "
                f"mean || there. Write ({' + '.join(effects)} || {group.label}), or export to PyMC or brms."
            )
        for effect in effects[not group.intercept :]:
            if (group.label, effect) in seen:
                raise ExportError(
                    f"Bambi cannot have two effects of {effect} on {group.label}: write it in one term only."
                )
            seen.add((group.label, effect))


class _Table:
    """The columns that the script makes, and their plain names."""

    def __init__(self, model: ExportModel):
        self.model = model
        self.lines: list[str] = []
        self._names: dict[str, str] = {}
        self._taken: set[str] = set(model.names)

    def formula(self) -> str:
        """Bambi's formula; makes the columns on the way."""
        spec, model = self.model.spec, self.model
        if model.counts is not None:
            left = f"p({', '.join(self._variable(e, 'count') for e in model.counts)})"
        else:
            left = self._response()
        right = ["1" if spec.intercept else "0"]
        right += [self._column(c) for t in spec.terms for c in self._kept(model.term_columns(t))]
        right += [f"offset({self._variable(o, 'offset')})" for o in spec.offsets]
        for g, group in enumerate(spec.groups):
            inside = ["1" if group.intercept else "0", *self._varying(g, group)]
            right.append(f"({' + '.join(inside)}|{self._factor(group)})")
        return f"{left} ~ {' + '.join(right)}"

    def priors(self, priors: Priors) -> list[str]:
        """Lines that make the dictionary of priors."""
        frame = self.model.frame
        assert frame is not None
        lines = ["# mlmwidget's priors, in data units", "priors = {"]
        for name, term, mean, sd in zip(
            frame.X_names, frame.X_terms, priors.beta_mean, priors.beta_sd, strict=True
        ):
            key = "Intercept" if term == -1 else self._names[name]
            lines.append(f"    {key!r}: bmb.Prior('Normal', mu={mean:.10g}, sigma={sd:.10g}),")
        for group, design, means in zip(self.model.spec.groups, frame.groups, priors.sd_mean, strict=True):
            factor = self._factor(group)
            for column, mean in zip(design.columns, means, strict=True):
                key = f"{'1' if column == '(Intercept)' else self._names[column]}|{factor}"
                scale = f"bmb.Prior('Exponential', lam={1 / mean:.10g})"
                lines.append(f"    {key!r}: bmb.Prior('Normal', mu=0, sigma={scale}),")
        if priors.sigma_mean is not None:
            lines.append(f"    'sigma': bmb.Prior('Exponential', lam={1 / priors.sigma_mean:.10g}),")
        if priors.shape_mean is not None:
            lines.append(
                f"    {_OWN[self.model.spec.family]!r}: {_shape(self.model.spec, priors.shape_mean)},"
            )
        return [*lines, "}"]

    def _kept(self, columns: tuple[Column, ...]) -> list[Column]:
        """Columns that are not determined by others."""
        frame = self.model.frame
        return [c for c in columns if frame is None or c.name in frame.X_names]

    def _varying(self, g: int, group: GroupTerm) -> list[str]:
        return [self._column(c) for t in group.terms for c in self.model.term_columns(t, g)]

    def _column(self, column: Column) -> str:
        if column.name not in self._names:
            text = " * ".join(part_expression(self.model, p, _WHAT) for p in column.parts)
            self._make(column.name, f"np.asarray({text}, float)", column.name)
        return self._names[column.name]

    def _variable(self, expression: Expression, hint: str) -> str:
        key = f"{hint} {expression_text(expression)}"
        if key not in self._names:
            self._make(key, f"np.asarray({python_expression(self.model, expression, _WHAT)}, float)", key)
        return self._names[key]

    def _response(self) -> str:
        expression = self.model.spec.response
        text = python_expression(self.model, expression, _WHAT)
        dtype = next((d for n, d in self.model.categories.items() if text == f"data[{n!r}]"), None)
        value = (
            f"np.asarray({text}, float)"
            if dtype is None
            else f"({text} != {str(dtype.categories[0])!r}) * 1.0"
        )
        self._make("response", value, "outcome")
        return self._names["response"]

    def _factor(self, group: GroupTerm) -> str:
        key = f"group {group.label}"
        if key not in self._names:
            pieces = [f"{python_expression(self.model, v, _WHAT)}.astype(str)" for v in group.factor]
            self._make(key, " + ':' + ".join(pieces), group.label)
        return self._names[key]

    def _make(self, key: str, value: str, wish: str) -> None:
        """Add a column under a plain name like the wished one."""
        base = re.sub(r"[^A-Za-z0-9]+", "_", wish).strip("_") or "column"
        base = f"v_{base}" if not base[0].isalpha() or keyword.iskeyword(base) else base
        name, count = f"{base}_", 1
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        self._names[key] = name
        self.lines.append(f"data[{name!r}] = {value}")


def _shape(spec: ModelSpec, mean: float) -> str:
    if spec.family == "student":
        return f"bmb.Prior('Gamma', alpha=2, beta={2 / mean:.10g})"
    return f"bmb.Prior('Exponential', lam={1 / mean:.10g})"
