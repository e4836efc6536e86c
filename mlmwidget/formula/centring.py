"""Centring of a predictor: written as R that lme4 runs as well, and read back from any of R's ways to say it.

======================  ==========================  ==================================
kind                    written                     also read
======================  ==========================  ==================================
``"grand-mean"``        ``I(x - mean(x))``          ``scale(x, scale = FALSE)``, ``center(x)``
``"within"``            ``I(x - ave(x, g))``        the same without ``I`` inside a call
``"mean"``              ``ave(x, g)``               ``I(ave(x, g))``
======================  ==========================  ==================================

Enders and Tofighi (2007), Psychological Methods 12, 121-138, say which centring answers which question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Argument, Call, Constant, Expression, Operation
from mlmwidget.formula.text import expression_text, in_words

type Kind = Literal["none", "grand-mean", "within", "mean"]


@dataclass(frozen=True, slots=True)
class Centred:
    """A predictor and how it is centred.

    Parameters
    ----------
    base
        The predictor itself.
    kind
        ``"none"``, ``"grand-mean"``, ``"within"`` (its deviation from the mean of its group) or ``"mean"``
        (the mean of its group, repeated over the rows).
    groups
        Variables of the grouping factor; empty for ``"none"`` and ``"grand-mean"``.
    """

    base: Expression
    kind: Kind = "none"
    groups: tuple[Expression, ...] = ()

    @property
    def factor(self) -> str:
        """The grouping factor as text, for example ``"batch:cask"``."""
        return GroupTerm(self.groups).label

    def expression(self, skip_missing: bool = False) -> Expression:
        """Write it in R.

        Parameters
        ----------
        skip_missing
            Whether the grand mean has to pass over missing values (``na.rm = TRUE``).
        """
        match self.kind:
            case "none":
                return self.base
            case "mean":
                return _call("ave", self.base, *self.groups)
            case "within":
                mean: Expression = _call("ave", self.base, *self.groups)
            case "grand-mean":
                mean = _call("mean", self.base)
                if skip_missing:
                    mean = replace(mean, arguments=(*mean.arguments, Argument(Constant(True), "na.rm")))
        return _call("I", Operation("-", (self.base, mean)))


def centring(expression: Expression) -> Centred:
    """Read how an expression is centred; one that is not centred is its own base."""
    match expression:
        case Call(function="I", arguments=(Argument(value=Operation("-", (base, Call() as mean))),)):
            if base == _mean_of(mean):
                return Centred(base, "grand-mean")
            found = centring(mean)
            if found.kind == "mean" and found.base == base:
                return Centred(base, "within", found.groups)
        case Call(function="I", arguments=(Argument(value=Call(function="ave") as mean),)):
            return centring(mean)
        case Call(function="ave", arguments=(Argument(value=base, name=None), *groups)) if groups:
            if all(g.name is None for g in groups):
                return Centred(base, "mean", tuple(g.value for g in groups))
        case Call(function="center", arguments=(Argument(value=base),)):
            return Centred(base, "grand-mean")
        case Call(
            function="scale",
            arguments=(Argument(value=base), Argument(value=Constant(value=False), name="scale")),
        ):
            return Centred(base, "grand-mean")
    return Centred(expression)


def contextual(spec: ModelSpec, centred: Centred) -> Term | None:
    """Return the population-level term with the group means of a predictor centred within groups, if any."""
    if centred.kind != "within":
        return None
    wanted = replace(centred, kind="mean")
    return next((t for t in spec.terms if [centring(v) for v in t.variables] == [wanted]), None)


def contextual_pairs(spec: ModelSpec) -> dict[Term, Term]:
    """Return for each term of group means the term of the same predictor centred within the groups.

    The contextual effect is the difference of their coefficients.
    """
    alone = (t for t in spec.terms if len(t.variables) == 1)
    found = {contextual(spec, centring(t.variables[0])): t for t in alone}
    return {mean: within for mean, within in found.items() if mean is not None}


def difference_name(one: Term, other: Term) -> str:
    """Name the difference of two coefficients, beside the names of the parameters."""
    return f"{one.label} - {other.label}"


def with_variable(spec: ModelSpec, old: Expression, new: Expression) -> ModelSpec:
    """Return the spec with one variable written otherwise, in every term and varying slope that has it."""

    def changed(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(Term(tuple(new if v == old else v for v in t.variables)) for t in terms)

    groups = tuple(replace(g, terms=changed(g.terms)) for g in spec.groups)
    return replace(spec, terms=changed(spec.terms), groups=groups)


def _call(function: str, *arguments: Expression) -> Call:
    return Call(function, tuple(Argument(a) for a in arguments))


def _mean_of(call: Call) -> Expression | None:
    """Whose mean a call is; None if it is none."""
    match call:
        case Call(function="mean", arguments=(Argument(value=base, name=None), *options)):
            if all(o.name == "na.rm" for o in options):
                return base
    return None


def spoken(expression: Expression) -> str:
    """Name a variable in words, for example ``"Days centred within Subject"``."""
    found = centring(expression)
    base = in_words(expression_text(found.base))
    match found.kind:
        case "grand-mean":
            return f"{base} centred at its mean"
        case "within":
            return f"{base} centred within {in_words(found.factor)}"
        case "mean":
            return f"the {in_words(found.factor)} mean of {base}"
    return base


def spoken_term(term: Term) -> str:
    """Name a term in words: its label, and what is centred in it said so."""
    if all(centring(v).kind == "none" for v in term.variables):
        return in_words(term.label)
    pieces = [spoken(v) for v in term.variables]
    return " × ".join(f"({p})" if len(pieces) > 1 and " centred " in p else p for p in pieces)


def short_names(spec: ModelSpec) -> dict[Term, str]:
    """Name each term for a control beside which its centring is shown: ``Days``, ``Days × age``.

    Two terms that differ in centring only are named in full.
    """
    terms = dict.fromkeys((*spec.terms, *(t for g in spec.groups for t in g.terms)))
    short = {t: " × ".join(_short(v) for v in t.variables) for t in terms}
    names = list(short.values())
    return {t: name if names.count(name) == 1 else spoken_term(t) for t, name in short.items()}


def _short(variable: Expression) -> str:
    found = centring(variable)
    base = in_words(expression_text(found.base))
    return f"{in_words(found.factor)} mean of {base}" if found.kind == "mean" else base
