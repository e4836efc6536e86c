"""Pieces of sentences: names of groups, lists, and numbers with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp

from mlmwidget.formula.spec import GroupTerm
from mlmwidget.formula.syntax import Expression
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.numbers import format_interval, format_number
from mlmwidget.notation.render import Estimate

type Fragment = tuple[str, str]
"""Text, and the id of the part of the model that it is about."""
type Sentence = list[Fragment]

#: What stands before an interval, on the line of its first number.
_PERCENT = "95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}"
#: A correlation whose interval holds both signs and is wider than this is not known to be weak.
UNDECIDED = 0.6


def member(term: GroupTerm, parent: GroupTerm | None = None) -> str:
    """Name one group: ``Subject``, ``combination of batch and cask``, ``cask within a batch``."""
    inside = [v for v in term.factor if parent is None or v not in parent.factor]
    name = variables(inside) if len(inside) == 1 else f"combination of {variables(inside)}"
    if parent is None:
        return name
    around = " within ".join(_with_article(in_words(expression_text(v))) for v in reversed(parent.factor))
    return f"{name} within {around}"


def group_name(term: GroupTerm) -> str:
    """Name the groups that something is within or of: ``Subject``, ``combinations of batch and cask``."""
    return variables(term.factor) if len(term.factor) == 1 else f"combinations of {variables(term.factor)}"


def counted_groups(term: GroupTerm) -> str:
    """Name what was counted: ``groups of Subject``, ``combinations of batch and cask``."""
    return f"{'groups of ' if len(term.factor) == 1 else ''}{group_name(term)}"


def variables(names: Sequence[Expression]) -> str:
    """List variables by name."""
    return conjoined([in_words(expression_text(v)) for v in names])


def conjoined(items: Sequence[str]) -> str:
    """Join items as in a sentence: ``a, b and c``."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def joined(sentence: Sequence[Fragment]) -> str:
    """Write a sentence as plain text."""
    return " ".join(text for text, _ in sentence)


def listing(items: Sequence[Sequence[Fragment]], end: str, clauses: bool = False) -> Sentence:
    """Punctuate a list of items of one or more fragments; whole clauses are parted even when they are two."""
    result: Sentence = []
    for i, item in enumerate(items):
        (first, part), *others = item
        last = i == len(items) - 1
        fragments = [(f"and {first}" if last and i else first, part), *others]
        text, part = fragments[-1]
        after = end if last else "," if clauses or len(items) > 2 else ""
        result += [*fragments[:-1], (text + after, part)]
    return result


def _with_article(name: str) -> str:
    # Names with u (unit, user, university) mostly start with a consonant.
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def rounded(estimate: Estimate) -> str:
    """Write a number with as many digits as its standard deviation allows."""
    return format_number(estimate.mean, estimate.sd)


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Write a number with its interval."""
    if estimate.lower is None or estimate.upper is None:
        return rounded(estimate) + unit
    interval = format_interval(estimate.lower, estimate.upper, estimate.sd)
    return f"{rounded(estimate)}{unit} ({_PERCENT}{interval})"


def bounded_exp(eta: float) -> float:
    """Exponentiate; wide priors reach beyond what a double holds, which is bounded."""
    return exp(min(eta, 700.0))


def expit(eta: float) -> float:
    """Invert the logit."""
    return 1 / (1 + bounded_exp(-eta))


def transformed(estimate: Estimate, back: Callable[[float], float], unit: str = "") -> str:
    """Write an estimate on another scale: the ends of its interval are those of the transformed draws."""
    middle = back(estimate.mean)
    if estimate.lower is None or estimate.upper is None:
        return f"{format_number(middle, digits=2)}{unit}"
    lower, upper = back(estimate.lower), back(estimate.upper)
    sd = (upper - lower) / 4
    return f"{format_number(middle, sd)}{unit} ({format_interval(lower, upper, sd)})"


def is_undecided(rho: Estimate) -> bool:
    """Whether a correlation may as well be positive as negative, and is not known to be weak."""
    if rho.lower is None or rho.upper is None:
        return False
    return rho.lower < 0 < rho.upper and rho.upper - rho.lower > UNDECIDED


def strength(rho: Estimate) -> str:
    """Say how strongly two effects go together."""
    # Two decimals say all that can be said of a correlation.
    inside = f"ρ\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{format_number(rho.mean, 0.1)}"
    if rho.lower is not None and rho.upper is not None:
        inside += f", {_PERCENT}{format_interval(rho.lower, rho.upper, 0.1)}"
    if is_undecided(rho):
        return f"may go together or in opposite directions: these data cannot tell ({inside})"
    size = abs(rho.mean)
    how = "go together" if rho.mean >= 0 or size < 0.3 else "go in opposite directions"
    degree = "only weakly" if size < 0.3 else "moderately" if size < 0.6 else "strongly"
    return f"{how} {degree} ({inside})"


def spread_of(sd: Estimate, measure: str) -> str:
    """Write a standard deviation inside parentheses."""
    if sd.lower is None or sd.upper is None:
        return f"about {rounded(sd)}{measure}"
    return f"{rounded(sd)}{measure}, {_PERCENT}{format_interval(sd.lower, sd.upper, sd.sd)}"
