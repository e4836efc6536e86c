r"""Gelman and Hill's style: one normal distribution a level, with indices like ``\alpha_{j[i]}``.

With one grouping factor the coefficients of the groups lie around the population's; with several, each
factor's deviations are added to it. Group-level predictors stand in the means of their factor's effects.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlmwidget.formula.text import in_words
from mlmwidget.notation.covariance import Varying, distribution_line
from mlmwidget.notation.expressions import expression_latex
from mlmwidget.notation.families import (
    additive,
    distribution,
    error_name,
    linked_mean,
    mean_symbol,
    response_latex,
    trials_latex,
    variance,
)
from mlmwidget.notation.levels import Block
from mlmwidget.notation.render import Addend, Pen, Symbol, sub, subscript
from mlmwidget.notation.structure import Coefficient, Effect, Group, Predictor, Slot, Structure, bracket


def gelman_hill_blocks(model: Structure, pen: Pen) -> list[Block]:
    """Blocks of aligned lines: the observations, and the groups of each term.

    Parameters
    ----------
    model
        The structure of the model.
    pen
        Writes the symbols.
    """
    style = Style(model)
    blocks: list[Block] = [("Observations i", _observations(style, pen))]
    for group in model.groups:
        if group.effects:
            title = f"Effects of {in_words(group.label)}, groups {group.factor.letter}"
            blocks.append((title, [_group_line(style, group, pen)]))
    return blocks


class Style:
    """Chooses this style's symbols for one model."""

    def __init__(self, model: Structure):
        self.model = model
        self.several_slopes = sum(s.number > 0 for s in model.slots) > 1

    def observed(self, slot: Slot) -> list[Addend]:
        """List what a slot adds to the mean of row i."""
        predictors = _symbols(slot.predictors, "[i]")
        addends: list[Addend] = []
        held = [c for e in slot.effects for c in self.held(e)]
        for c in slot.coefficients:
            if c not in held:
                symbol = self._coefficient(slot, c, slot.sum, slot.outer("i", "[i]"))
                addends.append((symbol, *_symbols(c.predictors, "[i]"), *predictors))
        addends += [(self.effect(e, observed=True), *predictors) for e in slot.effects]
        return addends

    def held(self, effect: Effect) -> list[Coefficient]:
        """List the coefficients that stand in the mean of an effect."""
        slot, factor = effect.slot, effect.group.factor
        if effect is not next(e for e in slot.effects if e.group.factor == factor):
            return []
        own = len(self.model.factors) == 1
        return [
            c
            for c in slot.coefficients
            if (own if c.number == 0 else {p.letter for p in (*c.predictors, *c.choice)} == {factor.letter})
        ]

    def mean(self, effect: Effect, pen: Pen) -> str:
        """Write what the effects of the groups lie around."""
        return pen.total(
            [(self._mean_coefficient(effect.slot, c), *_symbols(c.predictors, "")) for c in self.held(effect)]
        )

    def effect(self, effect: Effect, observed: bool = False) -> Symbol:
        r"""Name the coefficient of a group, ``\alpha_j``, or of the group of row i, ``\alpha_{j[i]}``."""
        slot = effect.slot
        letter = effect.group.factor.letter + ("[i]" if observed else "")
        choice = slot.outer("i", "[i]") if observed else slot.inner
        name = sub(_greek(slot), subscript(self._numbers(slot), letter) + choice, effect.group.superscript)
        return Symbol(slot.sum + name if observed else name, effect.part)

    def scale(self, effect: Effect) -> Symbol:
        r"""Its standard deviation, ``\sigma_\alpha``."""
        index = self._named(effect.slot) + effect.slot.inner
        return Symbol(rf"\sigma_{{{index}}}{_above(effect.group)}", effect.part, effect.parameter)

    def coefficient(self, slot: Slot, c: Coefficient) -> Symbol:
        """Name a population-level coefficient, wherever it stands."""
        if any(c in self.held(e) for e in slot.effects):
            return self._mean_coefficient(slot, c)
        return self._coefficient(slot, c, "", slot.inner)

    def _coefficient(self, slot: Slot, c: Coefficient, lead: str, choice: str) -> Symbol:
        """Name a coefficient common to all groups, at level 1."""
        if c.number:
            above = bracket(c.choice, "i", "[i]") or choice
            return Symbol(rf"{lead}\gamma_{{{c.number}{above}}}^{{{self._named(slot)}}}", c.part, c.parameter)
        index = subscript(self._numbers(slot)) + choice
        return Symbol(lead + sub(_greek(slot), index), c.part, c.parameter)

    def _mean_coefficient(self, slot: Slot, c: Coefficient) -> Symbol:
        """Name a coefficient in the mean of the groups' effects."""
        if c.number:
            choice = bracket(c.choice, "") or slot.inner
            return Symbol(rf"\gamma_{{{c.number}{choice}}}^{{{self._named(slot)}}}", c.part, c.parameter)
        return Symbol(rf"\mu_{{{self._named(slot)}{slot.inner}}}", c.part, c.parameter)

    def _numbers(self, slot: Slot) -> list[int]:
        return [slot.number] if slot.number and self.several_slopes else []

    def _named(self, slot: Slot) -> str:
        r"""Write the coefficient's own name as a script, ``\alpha`` or ``\beta_{2}``."""
        numbers = self._numbers(slot)
        return f"{_greek(slot)}_{{{subscript(numbers)}}}" if numbers else _greek(slot)


def _greek(slot: Slot) -> str:
    return r"\beta" if slot.number else r"\alpha"


def _above(group: Group) -> str:
    return f"^{{({group.superscript})}}" if group.superscript else ""


def _symbols(predictors: Sequence[Predictor], row: str) -> tuple[Symbol, ...]:
    return tuple(p.symbol("i", row) for p in predictors)


def _group_line(style: Style, group: Group, pen: Pen) -> str:
    varying = [Varying(e, style.effect(e), style.scale(e), style.mean(e, pen)) for e in group.effects]
    return distribution_line(group, varying, pen)


def _observations(style: Style, pen: Pen) -> list[str]:
    model, spec = style.model, style.model.spec
    response = pen.write(Symbol(f"{response_latex(spec)}_i", "response"))
    weight = pen.write(Symbol(model.weight("i"), "sigma")) if model.weighted else ""
    addends = [a for slot in model.slots for a in style.observed(slot)]
    addends += [(Symbol(f"{expression_latex(o)}_i", f"offset-{k}"),) for k, o in enumerate(spec.offsets)]
    if additive(spec):
        return [rf"{response} &\sim {error_name(spec, pen)}({pen.total(addends)}, {variance(pen, weight)})"]
    lines = [
        rf"{response} &\sim {distribution(spec, model.frame, pen, 'i', weight)}",
        f"{linked_mean(spec, pen.write(mean_symbol(spec, 'i')))} &= {pen.total(addends)}",
    ]
    trials = trials_latex(spec, "i", model.frame) if spec.family == "binomial" else None
    if trials is not None:
        lines.append(f"{pen.write(Symbol('n_i', 'response'))} &= {pen.write(Symbol(trials, 'response'))}")
    return lines
