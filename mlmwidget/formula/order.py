"""The order in which terms are written, so that reading them gives the same terms again.

R orders the variables within an interaction by their first appearance in the formula, and terms by degree:
``age * Sex - age`` has the terms ``Sex`` and ``age:Sex``. Written as ``Sex + age:Sex`` it would be read with
``Sex:age``; written as ``age:Sex + Sex`` it is read as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlmwidget.formula.spec import Term
    from mlmwidget.formula.syntax import Expression


def written_order(terms: Sequence[Term]) -> list[int]:
    """Order to write terms in: R's, but for an interaction that must introduce its variables first.

    Parameters
    ----------
    terms
        Distinct terms, sorted by degree.

    Returns
    -------
    list of int
        Indices of `terms`; terms of one degree keep their order.
    """
    natural = list(range(len(terms)))
    if _keeps_variables(terms, natural):
        return natural
    before = _predecessors(terms)
    queues: dict[int, list[int]] = {}
    for index in reversed(natural):
        queues.setdefault(len(terms[index].variables), []).append(index)
    seen: set[Expression] = set()
    order: list[int] = []
    while queues:
        heads = [queues[degree][-1] for degree in sorted(queues)]
        chosen = next((h for h in heads if _introduces_in_order(terms[h], seen, before)), heads[0])
        order.append(chosen)
        seen.update(terms[chosen].variables)
        degree = len(terms[chosen].variables)
        queues[degree].pop()
        if not queues[degree]:
            del queues[degree]
    return order


def variable_ranks(terms: Sequence[Term], order: Sequence[int]) -> dict[Expression, int]:
    """Rank of each variable by its first appearance when the terms are written in this order."""
    ranks: dict[Expression, int] = {}
    for index in order:
        for variable in terms[index].variables:
            ranks.setdefault(variable, len(ranks))
    return ranks


def _keeps_variables(terms: Sequence[Term], order: Sequence[int]) -> bool:
    ranks = variable_ranks(terms, order)
    for term in terms:
        own = [ranks[v] for v in term.variables]
        if own != sorted(own):
            return False
    return True


def _predecessors(terms: Sequence[Term]) -> dict[Expression, set[Expression]]:
    """For each variable, those that stand directly before it in some term."""
    before: dict[Expression, set[Expression]] = {}
    for term in terms:
        for left, right in zip(term.variables, term.variables[1:], strict=False):
            before.setdefault(right, set()).add(left)
    return before


def _introduces_in_order(
    term: Term, seen: set[Expression], before: dict[Expression, set[Expression]]
) -> bool:
    known = set(seen)
    for variable in term.variables:
        if variable not in seen and not before.get(variable, set()) <= known:
            return False
        known.add(variable)
    return True
