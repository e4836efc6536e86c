"""The model specification: the one description of a model that everything else renders.

Formula text, equations, words and code are renderings of a :class:`ModelSpec`; clicks and formula text
are two ways of making one. A spec knows nothing of the data.

Every part has a stable id that names it in each rendering, so that pointing at one lights up the others:

======================  ==========================================================
``response``            the response
``intercept``           the population-level intercept
``term-K``              population-level term K (order of ``ModelSpec.terms``)
``offset-K``            offset K
``group-G``             group-level term G (order of ``ModelSpec.groups``)
``group-G-intercept``   its varying intercept (deviation, and its standard deviation)
``group-G-term-K``      its varying slope for term K of that group-level term
``group-G-cor``         the correlations of that group-level term
``sigma``               the residual standard deviation (or the family's own scale)
======================  ==========================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text, term_text
from mlmwidget.problems import Problem


def effect_part(group: int, term: int) -> str:
    """Id of an effect that varies with a group-level term: term -1 is its intercept."""
    return f"group-{group}-intercept" if term < 0 else f"group-{group}-term-{term}"


def coefficient_part(term: int) -> str:
    """Id of a population-level coefficient: term -1 is the intercept."""
    return "intercept" if term < 0 else f"term-{term}"


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A product of variables such as ``Days`` or ``Sex:age``; ``age:Sex`` is an equal term.

    Parameters
    ----------
    variables
        The expressions that are multiplied, each once, in R's order: by first appearance in the formula.
    """

    variables: tuple[Expression, ...]

    @property
    def label(self) -> str:
        """R's label of the term, for example ``"Sex:age"``."""
        return ":".join(expression_text(v) for v in self.variables)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and set(self.variables) == set(other.variables)

    def __hash__(self) -> int:
        return hash(frozenset(self.variables))


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """A group-level (random-effects) term such as ``(1 + Days | Subject)``.

    Parameters
    ----------
    factor
        Variables whose observed combinations are the groups; ``batch:cask`` has two.
    intercept
        Whether the intercept varies between the groups.
    terms
        Terms whose slopes vary between the groups.
    correlated
        True for ``|``; False for ``||``, which is fully diagonal here, factor columns included.
    """

    factor: tuple[Expression, ...]
    intercept: bool = True
    terms: tuple[Term, ...] = ()
    correlated: bool = True

    @property
    def label(self) -> str:
        """Text of the grouping factor, for example ``"batch:cask"``."""
        return ":".join(expression_text(v) for v in self.factor)


@dataclass(frozen=True, slots=True, repr=False)
class ModelSpec:
    """A multilevel model, as clicks and formulas describe it.

    Parameters
    ----------
    response
        The outcome: a column, a transformation, ``cbind(success, failure)`` or ``success / trials``.
    intercept
        Whether there is a population-level intercept.
    terms
        Population-level terms, ``*``, ``/`` and ``^`` already expanded, in R's order (by degree).
    groups
        Group-level terms in the order of the formula; nesting ``a/b`` already expanded.
    offsets
        Expressions added to the linear predictor with coefficient one.
    family, link
        Distribution of the response and link function, for example ``"gaussian"``, ``"identity"``.
    notes
        How a text with several readings was read; no part of the model and of equality.
    """

    response: Expression
    intercept: bool = True
    terms: tuple[Term, ...] = ()
    groups: tuple[GroupTerm, ...] = ()
    offsets: tuple[Expression, ...] = ()
    family: str = "gaussian"
    link: str = "identity"
    notes: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def formula(self) -> str:
        """The model as lme4 formula text; parsing it gives the same spec again."""
        from mlmwidget.formula.text import spec_text

        return spec_text(self)

    def __repr__(self) -> str:
        return f"ModelSpec({self.formula!r}, family={self.family!r}, link={self.link!r})"

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the group-level terms, a repeated factor numbered as lme4 does: g, g.1, g.2."""
        labels = [g.label for g in self.groups]
        repeats = [labels[:i].count(label) for i, label in enumerate(labels)]
        return tuple(f"{label}.{n}" if n else label for label, n in zip(labels, repeats, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready plain values; every expression is formula text.

        Returns
        -------
        dict
            ``{"response", "intercept", "terms", "groups": [{"factor", "intercept", "terms",
            "correlated"}], "offsets", "family", "link"}``.
        """
        return {
            "response": expression_text(self.response),
            "intercept": self.intercept,
            "terms": [term_text(t.variables) for t in self.terms],
            "groups": [
                {
                    "factor": term_text(g.factor),
                    "intercept": g.intercept,
                    "terms": [term_text(t.variables) for t in g.terms],
                    "correlated": g.correlated,
                }
                for g in self.groups
            ],
            "offsets": [expression_text(o) for o in self.offsets],
            "family": self.family,
            "link": self.link,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> ModelSpec:
        """Make a spec from :meth:`to_dict`'s values, which may come from a browser or a saved file.

        Every text is parsed by the formula parser, so nothing in it is ever executed.

        Raises
        ------
        FormulaError
            If a text is not a term, expression or grouping factor.
        """
        from mlmwidget.formula.state import spec_from_state

        return spec_from_state(state)
