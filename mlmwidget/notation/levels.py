r"""The styles that write a model level by level: the cheatsheet's, and Raudenbush and Bryk's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from mlmwidget.notation.render import Addend, Pen, Symbol, script, sub, subscript
from mlmwidget.notation.structure import Coefficient, Effect, Group, Slot, Structure, bracket

type Block = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The letters of one style.

    Parameters
    ----------
    intercept
        Letter of the level-1 intercept.
    numbered
        Whether it carries the number 0.
    effect, residual
        Letters of the deviations of level 2 and level 1.
    """

    intercept: str
    numbered: bool
    effect: str
    residual: str


CHEATSHEET = Alphabet(r"\alpha", False, r"\mu", r"\epsilon")
RAUDENBUSH_BRYK = Alphabet(r"\beta", True, "u", "r")


def level_blocks(model: Structure, pen: Pen, alphabet: Alphabet) -> list[Block]:
    """Titled blocks of aligned lines: level 1, level 2, and the distributions of each term's effects.

    Parameters
    ----------
    model
        The structure of the model.
    pen
        Writes the symbols.
    alphabet
        Letters of the style.

    Returns
    -------
    list of (title, lines)
        Titles are plain text, lines LaTeX.
    """
    blocks = [(_title(model), _first_level(model, pen, alphabet))]
    if model.groups:
        named = ", ".join(f"{in_words(f.label)} {f.letter}" for f in model.factors)
        second = [line for slot in model.slots for line in _second_level(model, slot, pen, alphabet)]
        if second:
            blocks.append((f"Level 2, {named}", second))
        lines = [line for g in model.groups for line in _distributions(model, g, pen, alphabet)]
        if lines:
            factors = " and ".join(in_words(f.label) for f in model.factors)
            blocks.append((f"Distribution of the effects of {factors}", lines))
    return blocks


def slot_symbol(model: Structure, slot: Slot, alphabet: Alphabet, choice: str = "") -> Symbol:
    r"""Name the coefficient of level 1, for example ``\alpha_j`` or ``\beta_{1j}``."""
    parameter = None
    if not model.groups and slot.coefficients:
        parameter = slot.coefficients[0].parameter
    if slot.number == 0 and not alphabet.numbered:
        return Symbol(sub(alphabet.intercept, model.letters), slot.part, parameter)
    index = subscript([slot.number], model.letters) + choice
    return Symbol(sub(alphabet.intercept if slot.number == 0 else r"\beta", index), slot.part, parameter)


def coefficient_symbol(slot: Slot, coefficient: Coefficient) -> Symbol:
    r"""Name the population-level coefficient, for example ``\gamma_{10}``."""
    index = subscript([slot.number, coefficient.number]) + (bracket(coefficient.choice, "") or slot.inner)
    return Symbol(sub(r"\gamma", index), coefficient.part, coefficient.parameter)


def effect_symbol(effect: Effect, alphabet: Alphabet) -> Symbol:
    r"""Name the deviation of a group, for example ``\mu_{0j}^{(\mathrm{school})}``."""
    group = effect.group
    index = subscript([effect.slot.number], group.factor.letter) + effect.slot.inner
    return Symbol(sub(alphabet.effect, index, group.superscript), effect.part)


def scale_symbol(effect: Effect) -> Symbol:
    r"""Name the standard deviation of an effect, for example ``\tau_0``."""
    index = subscript([effect.slot.number]) + effect.slot.inner
    return Symbol(sub(r"\tau", index, effect.group.superscript), effect.part, effect.parameter)


def offset_addends(model: Structure) -> list[Addend]:
    """List the offsets, which have no coefficient."""
    unit = script(model.unit)
    return [
        (Symbol(f"{expression_latex(o)}_{unit}", f"offset-{k}"),) for k, o in enumerate(model.spec.offsets)
    ]


def _title(model: Structure) -> str:
    within = " and ".join(f"{in_words(f.label)} {f.letter}" for f in model.factors)
    return f"Level 1, observations i in {within}" if within else "Observations i"


def _first_level(model: Structure, pen: Pen, alphabet: Alphabet) -> list[str]:
    spec, unit = model.spec, model.unit
    response = pen.write(Symbol(f"{response_latex(spec)}_{script(unit)}", "response"))
    weight = pen.write(Symbol(model.weight(unit), "sigma")) if model.weighted else ""
    addends: list[Addend] = [
        (_summed(model, slot, alphabet), *(p.symbol(unit) for p in slot.predictors)) for slot in model.slots
    ] + offset_addends(model)
    if additive(spec):
        residual = Symbol(sub(alphabet.residual, unit), "sigma")
        return [
            f"{response} &= {pen.total([*addends, (residual,)])}",
            rf"{pen.write(residual)} &\sim {error_name(spec, pen)}(0, {variance(pen, weight)})",
        ]
    mean = pen.write(mean_symbol(spec, unit))
    lines = [
        rf"{response} &\sim {distribution(spec, model.frame, pen, unit, weight)}",
        f"{linked_mean(spec, mean)} &= {pen.total(addends)}",
    ]
    trials = trials_latex(spec, unit, model.frame) if spec.family == "binomial" else None
    if trials is not None:
        lines.append(
            f"{pen.write(Symbol(sub('n', unit), 'response'))} &= {pen.write(Symbol(trials, 'response'))}"
        )
    return lines


def _summed(model: Structure, slot: Slot, alphabet: Alphabet) -> Symbol:
    symbol = slot_symbol(model, slot, alphabet, slot.outer(model.unit))
    return Symbol(slot.sum + symbol.latex, symbol.part, symbol.parameter)


def _second_level(model: Structure, slot: Slot, pen: Pen, alphabet: Alphabet) -> list[str]:
    left = pen.write(slot_symbol(model, slot, alphabet, slot.inner))
    addends: list[Addend] = [
        (coefficient_symbol(slot, c), *(p.symbol(model.unit) for p in c.predictors))
        for c in slot.coefficients
    ]
    addends += [(effect_symbol(e, alphabet),) for e in slot.effects]
    offered = "".join(pen.offered(effect_symbol(e, alphabet)) for e in slot.absent)
    values = rf", \quad {slot.values}" if slot.values else ""
    return [f"{left} &= {pen.total(addends)}{offered}{values}"]


def _distributions(model: Structure, group: Group, pen: Pen, alphabet: Alphabet) -> Sequence[str]:
    varying = [Varying(e, effect_symbol(e, alphabet), scale_symbol(e)) for e in group.effects]
    return [distribution_line(group, varying, pen)] if varying else []
