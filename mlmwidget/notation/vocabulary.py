"""The two vocabularies of the field: population- and group-level effects, or fixed and random effects.

Every text of the library is written in the words of the first. The other one is told apart here and nowhere
else: a text is said in it by replacing the few phrases that differ.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

# From the longest to the shortest where one holds another; "group-level predictor" is a predictor that
# belongs to the groups in both vocabularies, so it stays.
_PHRASES: list[tuple[str, str]] = [
    ("At the population level", "Among the fixed effects"),
    ("([Tt])he population level", r"\1he fixed part"),
    ("at the population level", "in the fixed part"),
    ("population-level predictors", "fixed effects"),
    ("Population level", "Fixed effects"),
    ("Group level", "Random effects"),
    ("Population-level", "Fixed"),
    ("Population intercept", "Fixed intercept"),
    ("population-level", "fixed"),
    ("Group-level effect", "Random effect"),
    ("group-level effect", "random effect"),
    ("group-level term", "random-effects term"),
    ("Varying (intercept|slope|effect)", r"Random \1"),
    ("varying (intercept|slope|effect)", r"random \1"),
    ("Intercept varies", "Random intercept"),
    ("Slope of (.+) varies$", r"Random slope of \1"),
    ("Effect of (.+) varies$", r"Random effect of \1"),
    ("let a slope vary", "add a random slope"),
    ("its own (intercept|slope|effect)", r"its own random \1"),
    ("istribution of the effects of", "istribution of the random effects of"),
]
_FIXED_RANDOM = [(re.compile(pattern), said) for pattern, said in _PHRASES]
_QUOTED = re.compile("`[^`]*`|“[^”]*”")
_MARK = "\ufffc"
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern, _ in _PHRASES))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words for the two kinds of effects.

    Parameters
    ----------
    name
        ``"population-group"`` or ``"fixed-random"``.
    label
        The two words themselves, for a control that chooses.
    """

    name: str
    label: str

    def say(self, text: str, names: Collection[str] = ()) -> str:
        """Say a text of the library in this vocabulary.

        Parameters
        ----------
        text
            Plain text in the words of population and group level.
        names
            Names of columns that hold such words themselves: they stay as they are, and so does what stands
            in quotation marks.
        """
        if self.name == "population-group" or text in names or not _ANY.search(text):
            return text
        kept = re.compile("|".join([*map(re.escape, sorted(names, key=len, reverse=True)), _QUOTED.pattern]))
        quoted = [found[0] for found in kept.finditer(text)]
        text = kept.sub(_MARK, text)
        for pattern, said in _FIXED_RANDOM:
            text = pattern.sub(said, text)
        for name in quoted:
            text = text.replace(_MARK, name, 1)
        return text

    @property
    def other(self) -> Vocabulary:
        """The vocabulary whose words are the synonyms."""
        return next(v for v in VOCABULARIES.values() if v is not self)


VOCABULARIES = {
    v.name: v
    for v in (
        Vocabulary("population-group", "Words: population and group level"),
        Vocabulary("fixed-random", "Words: fixed and random effects"),
    )
}
DEFAULT = VOCABULARIES["population-group"]


def vocabulary_named(name: str) -> Vocabulary:
    """Return a vocabulary by its name.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in VOCABULARIES:
        known = " or ".join(map(repr, VOCABULARIES))
        raise ValueError(f"There is no vocabulary {name!r}: choose {known}.")
    return VOCABULARIES[name]


def telling(names: Collection[str]) -> tuple[str, ...]:
    """Return the names that hold words which differ between the vocabularies."""
    return tuple(name for name in names if _ANY.search(name))
