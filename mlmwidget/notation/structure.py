"""What a model's equations are made of, before any letter is chosen.

A :class:`Structure` says which coefficients stand at level 1, what each of them is made of at level 2, and
which of them vary between which groups. The styles only choose letters for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.parameters import sd_name
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.notation.columns import Column
from mlmwidget.notation.escape import name_latex
from mlmwidget.notation.render import Symbol, script


@dataclass(frozen=True, slots=True)
class Factor:
    """A grouping factor and the letter of its index."""

    label: str
    letter: str
    latex: str


@dataclass(frozen=True, slots=True)
class Predictor:
    """A variable with what it varies over: ``letter`` is that of a grouping factor, None for the units.

    ``centre`` is the mean that is subtracted from it, and the letter of the groups whose mean it is (None
    for the mean of all rows).
    """

    latex: str
    letter: str | None
    part: str
    centre: tuple[str, str | None] | None = None

    def symbol(self, unit: str, row: str = "") -> Symbol:
        """Write it with its index; `row` follows the letter of a group, as in ``j[i]``."""
        index = f"{self.letter}{row}" if self.letter else unit
        value = f"{self.latex}_{script(index)}"
        if self.centre is not None:
            mean, group = self.centre
            value = f"({value} - {mean}{f'_{script(group + row)}' if group else ''})"
        return Symbol(value, self.part)


@dataclass(slots=True)
class Coefficient:
    r"""A population-level coefficient \gamma_{kl} and the group-level predictors that it multiplies.

    ``columns`` are R's names of the design columns, more than one when it is chosen by the categories
    of ``choice``, being too many to write one by one.
    """

    number: int
    predictors: tuple[Predictor, ...]
    part: str
    columns: tuple[str, ...]
    choice: tuple[Predictor, ...] = ()

    @property
    def parameter(self) -> str | None:
        """Name of its estimate; None where one symbol stands for many columns."""
        return self.columns[0] if len(self.columns) == 1 else None


@dataclass(slots=True)
class Slot:
    r"""A coefficient of level 1: number 0 is the intercept \alpha, the others are slopes \beta_k.

    ``choice`` are the categories that it is chosen by when there are too many to write one by one, and
    ``sum`` stands before a sum over basis functions; ``values`` then says what c runs over. ``absent`` are
    deviations that the model does not have and could have.
    """

    number: int
    predictors: tuple[Predictor, ...] = ()
    choice: tuple[Predictor, ...] = ()
    sum: str = ""
    values: str = ""
    part: str = "intercept"
    coefficients: list[Coefficient] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    absent: list[Effect] = field(default_factory=list)

    @property
    def inner(self) -> str:
        """Bracket of the coefficient where it is defined."""
        return "[c]" if self.choice or self.sum else ""

    def outer(self, unit: str, row: str = "") -> str:
        """Bracket of the coefficient where it is used."""
        return "[c]" if self.sum else bracket(self.choice, unit, row)


@dataclass(slots=True)
class Effect:
    """Deviations of the groups of one group-level term from one level-1 coefficient."""

    group: Group
    slot: Slot
    part: str
    columns: tuple[str, ...]

    @property
    def parameter(self) -> str | None:
        """lme4's name of its standard deviation; None where one symbol stands for many columns."""
        return sd_name(self.columns[0], self.group.label) if len(self.columns) == 1 else None


@dataclass(slots=True)
class Group:
    """One group-level term: its factor, what varies, and the superscript that tells it from others."""

    index: int
    factor: Factor
    label: str
    correlated: bool
    levels: int | None = None
    superscript: str = ""
    effects: list[Effect] = field(default_factory=list)

    @property
    def part(self) -> str:
        """Id of the term's correlations."""
        return f"group-{self.index}-cor"

    @property
    def size(self) -> int:
        """Number of varying columns."""
        return sum(len(e.columns) for e in self.effects)


@dataclass(frozen=True, slots=True)
class Structure:
    """All that the equations of a model say, before any letter is chosen."""

    spec: ModelSpec
    frame: ModelFrame | None
    factors: tuple[Factor, ...]
    slots: tuple[Slot, ...]
    groups: tuple[Group, ...]
    columns: dict[str, Column]
    #: Term → its columns at either level; none where other terms determine them all.
    terms: dict[Term, tuple[Column, ...]]

    @property
    def letters(self) -> str:
        """Letters of all groups together, for example ``"jk"``; empty without groups."""
        return "".join(f.letter for f in self.factors)

    @property
    def unit(self) -> str:
        """Index of an observation, for example ``"ij"``."""
        return "i" + self.letters

    @property
    def weighted(self) -> bool:
        """Whether the rows have unequal weights."""
        return self.frame is not None and bool((self.frame.weights != 1).any())

    def weight(self, index: str) -> str:
        """Write what the residual variance of an observation is divided by; empty without weights."""
        if self.frame is None or not self.weighted:
            return ""
        return f"{name_latex(self.frame.weights_name)}_{script(index)}"


def intercept_part(group: int) -> str:
    """Id of the varying intercept of a group-level term, whether the model has it or not."""
    return f"group-{group}-intercept"


def absent_part(group: int, term: int) -> str:
    """Id of the slope of a population-level term that does not vary in a group-level term, but could."""
    return f"group-{group}-absent-{term}"


def bracket(choice: Sequence[Predictor], unit: str, row: str = "") -> str:
    """Categories in square brackets; nothing for none."""
    return f"[{', '.join(c.symbol(unit, row).latex for c in choice)}]" if choice else ""
