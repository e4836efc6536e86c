"""A model in plain sentences, one a part: before a fit what it says, after a fit what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import GroupTerm, ModelSpec
from mlmwidget.formula.text import expression_text
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.numbers import format_interval, format_number
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.resolve import resolve

Vocabulary = Literal["population", "fixed"]
type Sentence = tuple[str, str]


def words(formula_or_spec: str | ModelSpec, data: Any = None, fit: Any = None) -> str:
    """Say a model in plain words.

    Parameters
    ----------
    formula_or_spec
        lme4 formula text or a spec.
    data
        Data frame or :class:`~mlmwidget.data.frame.ModelFrame`, if any.
    fit
        A fit, or a mapping from parameter name to posterior mean: its figures enter the sentences.

    Returns
    -------
    str
        One sentence a part of the model.

    Raises
    ------
    FormulaError
        If the formula text cannot be read.
    """
    spec, frame = resolve(formula_or_spec, data)
    estimates = estimates_of(fit) if fit is not None else None
    return " ".join(text for text, _ in sentences(spec, frame, estimates))


def sentences(
    spec: ModelSpec,
    frame: ModelFrame | None = None,
    estimates: Mapping[str, Estimate] | None = None,
    vocabulary: Vocabulary = "population",
) -> list[Sentence]:
    """Say a model in plain words, one sentence a part.

    Parameters
    ----------
    spec, frame
        The model, and its frame if there are data.
    estimates
        Parameter name (lme4's, for example ``"sd_Days|Subject"``) → estimate.
    vocabulary
        ``"population"`` speaks of population- and group-level effects, ``"fixed"`` of fixed and random
        effects.

    Returns
    -------
    list of (text, part)
        Plain text, never markup, and the id of the part that it is about.
    """
    return _Writer(spec, frame, estimates or {}, vocabulary).sentences()


class _Writer:
    def __init__(
        self,
        spec: ModelSpec,
        frame: ModelFrame | None,
        estimates: Mapping[str, Estimate],
        vocabulary: Vocabulary,
    ):
        self.spec, self.frame, self.estimates = spec, frame, estimates
        self.fixed = vocabulary == "fixed"
        self.response = expression_text(spec.response)

    def sentences(self) -> list[Sentence]:
        result = [(self._response(), "response")]
        if self.spec.intercept:
            result.append((self._intercept(), "intercept"))
        result += [(self._term(k), f"term-{k}") for k in range(len(self.spec.terms))]
        for k, offset in enumerate(self.spec.offsets):
            result.append(
                (f"{expression_text(offset)} is added as an offset, with no coefficient.", f"offset-{k}")
            )
        for g, group in enumerate(self.spec.groups):
            result += self._group(g, group)
        if self.spec.family in ("gaussian", "student"):
            result.append((self._residual(), "sigma"))
        return result

    def _response(self) -> str:
        family = FAMILIES[self.spec.family].label
        link = "" if self.spec.link == "identity" else f", with a {self.spec.link} link"
        return f"{self.response} is the outcome; its distribution is {family}{link}."

    def _intercept(self) -> str:
        kind = "fixed" if self.fixed else "population-level"
        found = self.estimates.get("(Intercept)")
        if found is None:
            return f"The {kind} intercept is the expected outcome where every predictor is 0."
        return f"The {kind} intercept is {_around(found)}{_interval(found)}."

    def _columns(self, k: int) -> list[str]:
        label = self.spec.terms[k].label
        if self.frame is None:
            return [label]
        return [n for n, t in zip(self.frame.X_names, self.frame.X_terms, strict=True) if t == k]

    def _term(self, k: int) -> str:
        label = self.spec.terms[k].label
        kind = "fixed effect" if self.fixed else "population-level effect"
        columns = self._columns(k)
        found = [(c, self.estimates[c]) for c in columns if c in self.estimates]
        if not found:
            return f"{label} has a {kind}, the same in every group."
        if len(found) == 1 and found[0][0] == label:
            return f"The {kind} of {label} is {_around(found[0][1])}{_interval(found[0][1])}."
        listed = "; ".join(f"{c}: {_around(e)}" for c, e in found)
        return f"The {kind}s of {label} are {listed}."

    def _group(self, g: int, group: GroupTerm) -> list[Sentence]:
        result = []
        label = group.label
        if group.intercept:
            result.append(
                (self._varying(label, "intercept", "intercepts", "(Intercept)"), f"group-{g}-intercept")
            )
        for k, term in enumerate(group.terms):
            part = f"group-{g}-term-{k}"
            for column in self._varying_columns(g, k, term.label):
                text = self._varying(label, f"slope of {column}", f"slopes of {column}", column)
                result.append((text, part))
        if len(result) > 1:
            result.append((self._correlation(g, group), f"group-{g}-cor"))
        return result

    def _varying_columns(self, g: int, k: int, label: str) -> list[str]:
        if self.frame is None:
            return [label]
        design = self.frame.groups[g]
        return [c for c, t in zip(design.columns, design.column_terms, strict=True) if t == k]

    def _varying(self, group: str, one: str, many: str, column: str) -> str:
        sd = self.estimates.get(f"sd_{column}|{group}")
        own = f"Each {group} has its own {'random ' if self.fixed else ''}{one}"
        centre = self.estimates.get(column)
        if sd is None:
            where = " around the population's" if self._in_population(column) else " around 0"
            return f"{own}; {many} vary{where}."
        where = f" around {_around(centre)}" if centre else " around 0"
        return f"{own}; {many} vary{where} with a standard deviation of about {_around(sd)}."

    def _in_population(self, column: str) -> bool:
        if column == "(Intercept)":
            return self.spec.intercept
        names = self.frame.X_names if self.frame else [t.label for t in self.spec.terms]
        return column in names

    def _correlation(self, g: int, group: GroupTerm) -> str:
        if not group.correlated:
            return f"These effects of {group.label} vary independently: no correlation is estimated."
        found = [
            e
            for name, e in self.estimates.items()
            if name.startswith("cor_") and name.endswith(f"|{group.label}")
        ]
        if not found:
            return f"These effects of {group.label} may go together: their correlation is estimated."
        if len(found) == 1:
            return f"The two {_strength(found[0])}."
        return f"The {len(found)} correlations between the effects of {group.label} are estimated."

    def _residual(self) -> str:
        found = self.estimates.get("sigma")
        about = f" of about {_around(found)}" if found else ""
        where = (
            f"within {self.spec.groups[0].label}" if len(self.spec.groups) == 1 else "between observations"
        )
        return f"What remains varies {where} with a standard deviation{about}."


def _around(estimate: Estimate) -> str:
    return format_number(estimate.mean, estimate.sd)


def _interval(estimate: Estimate) -> str:
    if estimate.lower is None or estimate.upper is None:
        return ""
    return f" (95 % {format_interval(estimate.lower, estimate.upper, estimate.sd)})"


def _strength(rho: Estimate) -> str:
    size = abs(rho.mean)
    how = "go together" if rho.mean >= 0 or size < 0.3 else "go in opposite directions"
    degree = "only weakly" if size < 0.3 else "moderately" if size < 0.6 else "strongly"
    # Two decimals say all that can be said of a correlation.
    inside = f"ρ = {format_number(rho.mean, 0.1)}"
    if rho.lower is not None and rho.upper is not None:
        inside += f", 95 % {format_interval(rho.lower, rho.upper, 0.1)}"
    return f"{how} {degree} ({inside})"
