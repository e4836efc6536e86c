"""A model in plain sentences, one a level: before a fit what it says, after a fit what was found.

A sentence is made of fragments, each about one part of the model; their punctuation is their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import groupby
from typing import Any

from mlmwidget.data.parameters import cor_name, sd_name
from mlmwidget.data.units import per_unit, unit
from mlmwidget.formula.centring import centring, contextual_pairs, difference_name, spoken_term
from mlmwidget.formula.check import columns_of
from mlmwidget.formula.families import FAMILIES, scale_of
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.columns import Column, Part, guessed_columns
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.numbers import format_number
from mlmwidget.notation.phrases import (
    Sentence,
    bounded_exp,
    conjoined,
    counted_groups,
    expit,
    group_name,
    is_undecided,
    joined,
    listing,
    member,
    rounded,
    spread_of,
    strength,
    transformed,
    with_interval,
)
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.resolve import resolve
from mlmwidget.notation.structure import Coefficient, Effect, Group, Slot, Structure
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.units import unit_of_effect
from mlmwidget.notation.vocabulary import telling, vocabulary_named

#: With more columns than this, the effects of one term are not listed.
_LISTED = 6
#: Family → what its shape does.
_SHAPES = {
    "negbinomial": "counts vary more than Poisson ones, with variance μ + μ²/φ",
    "gamma": "the standard deviation is the mean divided by √φ",
    "beta": "the variance is μ(1 − μ)/(1 + φ)",
}


def words(
    formula_or_spec: str | ModelSpec,
    data: Any = None,
    fit: Any = None,
    *,
    family: str | None = None,
    vocabulary: str = "population-group",
) -> str:
    """Say a model in plain words.

    Parameters
    ----------
    formula_or_spec
        lme4 formula text or a spec.
    data
        Data frame or :class:`~mlmwidget.data.frame.ModelFrame`, if any.
    fit
        A fit, or a mapping from parameter name to posterior mean: its figures enter the sentences.
    family
        Family of the response, where the formula is given as text; Gaussian when not given.
    vocabulary
        ``"population-group"`` speaks of population- and group-level effects, ``"fixed-random"`` of fixed
        and random effects.

    Returns
    -------
    str
        One sentence a level of the model.

    Raises
    ------
    ValueError
        If there is no such vocabulary.
    FormulaError
        If the formula text cannot be read.
    """
    spec, frame = resolve(formula_or_spec, getattr(fit, "frame", None) if data is None else data, family)
    estimates = estimates_of(fit) if fit is not None else None
    remark = getattr(fit, "remark", None)
    said = map(joined, sentences(structure(spec, frame), estimates, vocabulary))
    return " ".join([*([remark] if remark else []), *said])


def sentences(
    model: Structure,
    estimates: Mapping[str, Estimate] | None = None,
    vocabulary: str = "population-group",
) -> list[Sentence]:
    """Say a model in plain words: sentences of fragments that each speak of one part.

    Parameters
    ----------
    model
        The model.
    estimates
        Parameter name (lme4's, for example ``"sd_Days|Subject"``) → estimate.
    vocabulary
        As in :func:`words`.

    Returns
    -------
    list of list of (text, part)
        Plain text, never markup, and the id of the part that it is about. Joined by spaces
        (:func:`.phrases.joined`) the fragments are a sentence.
    """
    say, names = vocabulary_named(vocabulary).say, telling(columns_of(model.spec))
    written = _Writer(model, estimates or {}).sentences()
    return [[(say(text, names), part) for text, part in sentence] for sentence in written]


class _Writer:
    """Says one model, one sentence a level."""

    def __init__(self, model: Structure, estimates: Mapping[str, Estimate]):
        self.model, self.estimates = model, estimates
        self.spec, self.frame = model.spec, model.frame
        self.response = in_words(expression_text(self.spec.response))
        scale = scale_of(self.spec.link)
        self.scale = f" on the {scale}" if scale else ""

    def sentences(self) -> list[Sentence]:
        result: list[Sentence] = [[(self._response(), "response")], *self._population()]
        for k, offset in enumerate(self.spec.offsets):
            text = f"{in_words(expression_text(offset))} is added as it is, as an offset with no coefficient."
            result.append([(text, f"offset-{k}")])
        result += map(self._group, self.model.groups)
        own = self._own()
        return [*result, [(own, "sigma")]] if own else result

    def _response(self) -> str:
        family = FAMILIES[self.spec.family].label
        link = "" if self.spec.link == "identity" else f" with a {self.spec.link} link"
        text = f"{self.response} is modelled as {family}{link}"
        if self.frame is None:
            return f"{text}."
        if self.frame.outcome_levels:
            text += f", for the probability of “{self.frame.outcome_levels[1]}”"
        levels = [len(d.levels) for d in self.frame.groups]
        counts = dict.fromkeys(
            f"{n:,} {counted_groups(g)}" for n, g in zip(levels, self.spec.groups, strict=True)
        )
        *most, last = counts or [""]
        within = f"{', '.join(most)}{',' if len(most) > 1 else ''} and {last}" if most else last
        return f"{text}: {self.frame.n:,} observations{f' in {within}' if within else ''}."

    def _population(self) -> list[Sentence]:
        """Say the intercept and the effects of the population, then what they mean for each other."""
        terms = range(len(self.spec.terms))
        clauses = [[(self._intercept(), "intercept")]] if self.spec.intercept else []
        for has, run in groupby(terms, lambda k: None if self._found(k) else self._has(k)):
            if has is None:
                clauses += [[(self._effects(k), f"term-{k}")] for k in run]
            else:  # one clause says the same of terms in a row
                names = [(spoken_term(self.spec.terms[k]), f"term-{k}") for k in run]
                clauses.append(listing([[n] for n in names], end=f" {has[len(names) > 1]}"))
        if not clauses:
            return []
        (first, part), *others = clauses[0]
        # The scale of all numbers of the sentence is said once.
        scale = f"{self.scale[1:]}, " if self.scale and any(map(self._found, terms)) else ""
        said = [[(f"At the population level, {scale}{first}", part), *others], *clauses[1:]]
        contexts = [(self._context(self.spec.terms[k]), f"term-{k}") for k in terms]
        return [listing(said, end=".", clauses=True), *([context] for context in contexts if context[0])]

    def _intercept(self) -> str:
        found = self.estimates.get("(Intercept)")
        if found is None:
            where = " where every predictor is 0" if self.spec.terms else ""
            return f"the intercept is the expected outcome{self.scale}{where}"
        scale = "" if any(self._found(k) for k in range(len(self.spec.terms))) else self.scale
        return f"the intercept is {with_interval(found, self._unit())}{scale}{self._expected(found)}"

    def _expected(self, intercept: Estimate) -> str:
        """Say what an intercept on the log or the log-odds scale is as a mean or a probability."""
        if self.spec.link not in ("log", "logit"):
            return ""
        what = "a probability" if self.spec.family in ("bernoulli", "binomial") else "a mean"
        back = bounded_exp if self.spec.link == "log" else expit
        return f", {what} of {transformed(intercept, back, self._of_response())}"

    def _multiplied(self, column: Column, estimate: Estimate) -> str:
        """Say by what an effect on the log or the log-odds scale multiplies the mean or the odds."""
        if self.spec.link not in ("log", "logit") or len(column.parts) != 1:
            return ""
        part = column.parts[0]
        if part.kind == "basis":
            return ""
        per = ""
        if part.kind == "number":
            base = centring(part.expression).base
            if self.frame is not None and isinstance(base, Name):
                per = f" {per_unit(self.frame, base.name)}"
        what = "mean" if self.spec.link == "log" else "odds"
        return f", which multiplies the {what} by {transformed(estimate, bounded_exp)}{per}"

    def _found(self, k: int) -> list[tuple[Column, Estimate]]:
        """Columns of a term with their estimates."""
        return [(c, self.estimates[c.name]) for c in self._columns(k) if c.name in self.estimates]

    def _effects(self, k: int) -> str:
        """Say what was found of a term."""
        found = self._found(k)
        said = [(c.words(), with_interval(estimate, self._unit(c))) for c, estimate in found]
        if len(said) == 1:
            return f"the effect of {said[0][0]} is {said[0][1]}{self._multiplied(*found[0])}"
        effects = f"effects of {spoken_term(self.spec.terms[k])}"
        if len(said) > _LISTED:
            least, *_, most = sorted((e for _, e in found), key=lambda e: e.mean)
            return f"the {len(said)} {effects} are between {rounded(least)} and {rounded(most)}"
        return f"the {effects} are {conjoined([f'{about} for {name}' for name, about in said])}"

    def _context(self, term: Term) -> str:
        """Say of a group mean how the effect between groups differs from that within them."""
        mean = centring(term.variables[0])
        if len(term.variables) > 1 or mean.kind != "mean":
            return ""
        base, factor = in_words(expression_text(mean.base)), in_words(mean.factor)
        if Term((mean.base,)) in self.spec.terms:
            return (
                f"That of {spoken_term(term)} is the contextual effect: how far the effect of {base} between "
                f"the groups of {factor} exceeds that within them."
            )
        within = contextual_pairs(self.spec).get(term)
        if within is None:
            return ""
        return (
            f"That of {spoken_term(term)} is the effect of {base} between the groups of {factor}; it may "
            f"differ from the effect within them: the difference{self._difference(term, within)} the "
            "contextual effect."
        )

    def _difference(self, between: Term, within: Term) -> str:
        """Say how large a contextual effect is, where it is the difference of two coefficients."""
        involved = {*between.variables, *within.variables}
        alone = not any(len(t.variables) > 1 and involved & set(t.variables) for t in self.spec.terms)
        unit = self._unit(Column(within.label, (Part(within.variables[0], "number"),)))
        found = self.estimates.get(difference_name(between, within))
        if alone and found is not None:
            return f", {with_interval(found, unit)}, is"
        one, other = (self.estimates.get(t.label) for t in (between, within))
        if one is None or other is None or not alone:
            return " is"
        sd = min((e.sd for e in (one, other) if e.sd), default=None)
        return f", about {format_number(one.mean - other.mean, sd)}{unit}, is"

    def _columns(self, k: int) -> tuple[Column, ...]:
        """Population-level columns of a term."""
        if self.frame is None:
            return guessed_columns(self.spec.terms[k])
        return tuple(self.model.columns[name] for name in self.frame.names_of(k))

    @cached_property
    def _explaining(self) -> dict[str, tuple[Slot, Coefficient]]:
        """Part → the coefficient that explains the groups' own, and where it stands."""
        pairs = [(slot, c) for slot in self.model.slots for c in slot.coefficients if c.number]
        return {c.part: (slot, c) for slot, c in reversed(pairs)}

    def _has(self, k: int) -> tuple[str, str]:
        """Say what a term does before anything is found: of it alone, and of several such terms."""
        if f"term-{k}" in self._explaining:
            slot, c = self._explaining[f"term-{k}"]
            groups = [g for g in self.model.groups if g.factor.letter in _letters(c)]
            factors = dict.fromkeys(group_name(self.spec.groups[g.index]) for g in groups)
            effects = "slopes" if slot.number else "intercepts"
            what = f"how the {effects} of {conjoined(list(factors))} differ"
            return f"has an effect that explains {what}", f"have effects that explain {what}"
        varies = any(self.spec.terms[k] in g.terms for g in self.spec.groups)
        if varies or not self.model.groups:
            return "has an effect", "have effects"
        alike = "the same in every group"
        return f"has an effect that is {alike}", f"have effects that are {alike}"

    def _group(self, group: Group) -> Sentence:
        effects = [
            [(f"its own {self._effect(effect, group, column)}", effect.part)]
            for effect in group.effects
            for column in effect.columns
        ]
        [(first, part)] = effects[0]
        parent = self._parent(group.effects[0], group, group.effects[0].columns[0])
        effects[0] = [(f"Each {member(self.spec.groups[group.index], parent)} has {first}", part)]
        if group.size == 1:
            return listing(effects, end=".")
        return [*listing(effects, end=";"), (self._correlation(group), group.part)]

    def _effect(self, effect: Effect, group: Group, column: str) -> str:
        """Say a varying effect: ``slope of Days around the population's (standard deviation about 6.4)``."""
        parent = self._parent(effect, group, column)
        sd = self.estimates.get(sd_name(column, group.label))
        unit = self._unit(self.model.columns.get(column)) if effect.slot.number else self._unit()
        spread = f" (standard deviation {spread_of(sd, f'{unit}{self.scale}')})" if sd else ""
        if parent is not None:
            centre = f"its {in_words(expression_text(parent.factor[-1]))}'s"
        elif any(c.number == 0 and column in c.columns for c in effect.slot.coefficients):
            centre = "the population's"
        else:
            centre = "0"
        named = self._effect_words(effect, column)[0]
        return f"{named} around {centre}{self._explained(effect, group)}{spread}"

    def _parent(self, effect: Effect, group: Group, column: str) -> GroupTerm | None:
        """Group-level term that this one is nested in and that has the same effect; the innermost one."""
        mine = self.spec.groups[group.index].factor
        around = [
            self.spec.groups[other.group.index]
            for other in effect.slot.effects
            if column in other.columns and set(self.spec.groups[other.group.index].factor) < set(mine)
        ]
        return max(around, key=lambda g: len(g.factor), default=None)

    def _effect_words(self, effect: Effect, column: str) -> tuple[str, str]:
        if effect.slot.number == 0:
            return "intercept", "intercepts"
        known = self.model.columns.get(column)
        named = known.words() if known else column
        word = known.effect if known else "slope"
        return f"{word} of {named}", f"{word}s of {named}"

    def _unit(self, column: Column | None = None) -> str:
        """Name the unit of an intercept or standard deviation, or of a column's effect, with its space."""
        return _spaced(unit_of_effect(self.frame, column)) if self.frame is not None else ""

    def _explained(self, effect: Effect, group: Group) -> str:
        """Say which predictors of the groups explain their effects."""
        found = [c for c in effect.slot.coefficients if c.number and group.factor.letter in _letters(c)]
        terms = list(dict.fromkeys(spoken_term(self.spec.terms[int(c.part[5:])]) for c in found))
        return f" plus what {' and '.join(terms)} explain{'s'[len(terms) > 1 :]}" if terms else ""

    def _correlation(self, group: Group) -> str:
        names = [(column, self._effect_words(e, column)[1]) for e in group.effects for column in e.columns]
        who = "the two" if len(names) == 2 else f"the {len(names)} effects"
        if not group.correlated:
            return f"{who} vary independently of each other: no correlation is estimated."
        found = [
            (one, other, self.estimates[name])
            for i, (a, one) in enumerate(names)
            for b, other in names[i + 1 :]
            if (name := cor_name(a, b, group.label)) in self.estimates
        ]
        if not found:
            estimated = "correlation is" if len(names) == 2 else "correlations are"
            return f"{who} may go together: their {estimated} estimated."
        if len(names) == 2:
            return f"{who} {strength(found[0][2])}."
        decided = [f for f in found if not is_undecided(f[2])]
        if not decided:
            return f"these data cannot tell how {who} go together."
        one, other, strongest = max(decided, key=lambda f: abs(f[2].mean))
        return f"{who} are correlated; most of all {one} and {other} {strength(strongest)}."

    def _own(self) -> str | None:
        """Say the sentence about the family's own scale, if it has one."""
        if self.spec.family in ("gaussian", "student"):
            found = self.estimates.get("sigma")
            alone = len(self.model.factors) == 1
            where = f"within {group_name(self.spec.groups[0])}" if alone else "between observations"
            what = "standard deviation" if self.spec.family == "gaussian" else "scale"
            size = f"of {with_interval(found, self._of_response())}" if found else "σ"
            return f"What remains varies {where} with a {what} {size}{self._tails()}."
        if self.spec.family in _SHAPES:
            found = self.estimates.get("shape")
            family, does = FAMILIES[self.spec.family], _SHAPES[self.spec.family]
            about = f" is {with_interval(found)}" if found else " is estimated"
            return f"The {family.label} family's {family.shape}{about}: {does}."
        return None

    def _tails(self) -> str:
        """Say how heavy the tails of Student's distribution are; nothing for the normal one."""
        if self.spec.family != "student":
            return ""
        nu = self.estimates.get("shape")
        about = f" = {with_interval(nu)}" if nu else ""
        return f" and ν{about} degrees of freedom: the fewer, the less an outlier counts"

    def _of_response(self) -> str:
        """Name the unit of the outcome itself, whatever the link, with its space."""
        return _spaced(unit(self.frame, self.frame.y_name)) if self.frame is not None else ""


def _spaced(unit: str | None) -> str:
    return f"\N{NO-BREAK SPACE}{unit}" if unit else ""


def _letters(coefficient: Coefficient) -> set[str | None]:
    return {p.letter for p in (*coefficient.predictors, *coefficient.choice)}
