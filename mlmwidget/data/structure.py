"""How the grouping factors of a model lie to one another in the data: nested or crossed, and how large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from mlmwidget.data.errors import counted
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.values import as_factor, from_series
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import expression_text, in_words

RelationKind = Literal["same", "nested", "crossed", "partially crossed"]


@dataclass(frozen=True, slots=True)
class FactorSize:
    """How many groups a grouping factor has, and how large they are.

    Parameters
    ----------
    factor
        Grouping factor as text.
    groups
        Number of groups.
    smallest, median, largest
        Rows of the smallest, the median and the largest group.
    singletons
        Number of groups with a single row.
    """

    factor: str
    groups: int
    smallest: int
    median: float
    largest: int
    singletons: int

    @property
    def sentence(self) -> str:
        """The sizes in words, for example ``"Subject: 18 groups of 10 rows each."``."""
        head = f"{in_words(self.factor)}: {counted(self.groups, 'group')} of"
        if self.smallest == self.largest:
            return f"{head} {counted(self.smallest, 'row')} each."
        alone = f", {self.singletons:,} with a single row" if self.singletons else ""
        return f"{head} {self.smallest:,} to {self.largest:,} rows (median {self.median:,.10g}){alone}."


@dataclass(frozen=True, slots=True)
class Relation:
    """How two grouping factors lie to each other.

    Parameters
    ----------
    inner, outer
        The factors; for ``"nested"``, each group of `inner` lies within one group of `outer`.
    kind
        ``"same"`` (the same groups), ``"nested"``, ``"crossed"`` (every combination occurs) or
        ``"partially crossed"``.
    combinations
        Number of combinations that occur.
    possible
        Number of combinations that are possible.
    sentence
        The relation in words.
    """

    inner: str
    outer: str
    kind: RelationKind
    combinations: int
    possible: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Structure:
    """The grouping factors of a model and their relations.

    Parameters
    ----------
    sizes
        One for each distinct grouping factor, in the order of the model.
    relations
        One for each pair of them.
    notes
        Sentences about labels that are used again in several groups.
    """

    sizes: tuple[FactorSize, ...]
    relations: tuple[Relation, ...]
    notes: tuple[tuple[str, str], ...] = ()

    def facts(self, factor: str) -> tuple[str, ...]:
        """Return the sentences about one grouping factor: size, nesting, crossing, labels used again."""
        return (
            *(size.sentence for size in self.sizes if size.factor == factor),
            *(r.sentence for r in self.relations if factor in (r.inner, r.outer)),
            *(sentence for about, sentence in self.notes if about == factor),
        )


def structure(frame: ModelFrame) -> Structure:
    """Return how the grouping factors of a model frame lie to one another.

    Parameters
    ----------
    frame
        The model frame; relations hold for the rows that it uses.
    """
    distinct = {group.factor: group for group in frame.groups}
    return Structure(
        sizes=tuple(_size(group) for group in distinct.values()),
        relations=tuple(relation(a, b) for a, b in combinations(distinct.values(), 2)),
        notes=tuple(_labels_used_again(frame)),
    )


def _size(group: GroupDesign) -> FactorSize:
    sizes = group.sizes
    return FactorSize(
        group.factor,
        len(group.levels),
        int(sizes.min()),
        float(np.median(sizes)),
        int(sizes.max()),
        int((sizes == 1).sum()),
    )


def relation(a: GroupDesign, b: GroupDesign) -> Relation:
    """Return how two grouping factors lie to each other, found from the combinations that occur."""
    many, few = (a, b) if len(a.levels) >= len(b.levels) else (b, a)
    possible = len(many.levels) * len(few.levels)
    found = len(pd.unique(many.codes.astype(np.int64) * len(few.levels) + few.codes))
    inner, outer = many.name, few.name
    if found == len(many.levels) == len(few.levels):
        kind: RelationKind = "same"
        sentence = f"{inner} and {outer} are the same groups under two names: keep one of them."
    elif found == len(many.levels):
        kind = "nested"
        sentence = f"{inner} is nested in {outer}: each {inner} belongs to one {outer}."
    elif found == possible:
        kind = "crossed"
        sentence = (
            f"{inner} and {outer} are crossed: every {inner} occurs with every {outer}. Should the same "
            f"label of {outer} mean another one in each {inner}, write {inner}/{outer}."
        )
    else:
        kind = "partially crossed"
        sentence = (
            f"{inner} and {outer} are partially crossed: {found:,} of {possible:,} combinations occur."
        ).replace(",", " ")
    return Relation(many.factor, few.factor, kind, found, possible, sentence)


def _labels_used_again(frame: ModelFrame) -> Iterator[tuple[str, str]]:
    """Yield for ``batch:cask``, without ``cask`` alone, that cask's labels do not tell casks apart."""
    factors = {group.factor for group in frame.groups}
    for term, group in zip(frame.spec.groups, frame.groups, strict=True):
        if len(term.factor) != 2 or expression_text(term.factor[1]) in factors:
            continue
        outer, inner = term.factor
        if not isinstance(outer, Name) or not isinstance(inner, Name):
            continue
        labels = as_factor(from_series(frame.rows[inner.name], inner.name))
        label_of_group = np.empty(len(group.levels), dtype=np.intp)
        label_of_group[group.codes] = labels.codes
        uses = np.bincount(label_of_group, minlength=len(labels.levels))
        if uses.max() > 1:
            label = labels.levels[int(uses.argmax())]
            yield (
                group.factor,
                f"{inner.name} is nested in {outer.name} only through {group.name}: its label “{label}” "
                f"occurs in {uses.max()} groups of {outer.name}.",
            )
