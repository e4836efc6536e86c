r"""The matrix style, ``Y = α + Xβ + Zγ + ε``, with the dimensions of the data under each symbol."""

from __future__ import annotations

from mlmwidget.notation.covariance import Varying, distribution_line
from mlmwidget.notation.families import additive, distribution, error_name, linked_mean, mean_symbol
from mlmwidget.notation.levels import Block, scale_symbol
from mlmwidget.notation.render import Addend, Pen, Symbol, script, sub, subscript
from mlmwidget.notation.structure import Coefficient, Effect, Group, Slot, Structure, bracket


def matrix_blocks(model: Structure, pen: Pen) -> list[Block]:
    """Blocks of aligned lines: the model in matrices, and its distributions.

    Parameters
    ----------
    model
        The structure of the model.
    pen
        Writes the symbols.
    """
    blocks = [("The model in matrices", _model_lines(model, pen))]
    lines = [line for g in model.groups if g.effects for line in _group_lines(g, pen)]
    if lines:
        blocks.append(("Distribution of the group-level effects", lines))
    return blocks


def _model_lines(model: Structure, pen: Pen) -> list[str]:
    spec, n = model.spec, model.frame.n if model.frame else None
    residual = _sized(r"\epsilon", "sigma", n, 1)
    addends = _addends(model, n)
    if additive(spec):
        errors = pen.write(Symbol(r"\epsilon", "sigma"))
        sigma = pen.square(Symbol(r"\sigma", "sigma", "sigma"))
        identity = "W^{-1}" if model.weighted else _identity(n)
        return [
            f"{pen.write(_sized('Y', 'response', n, 1))} &= {pen.total([*addends, (residual,)])}",
            rf"{errors} &\sim {error_name(spec, pen)}(\mathbf{{0}}, {sigma} {identity})",
        ]
    mean = pen.write(_sized(mean_symbol(spec, "").latex, "response", n, 1))
    weight = "W" if model.weighted else ""
    return [
        f"{linked_mean(spec, mean)} &= {pen.total(addends)}",
        rf"{pen.write(Symbol('Y', 'response'))} &\sim {distribution(spec, model.frame, pen, '', weight)}",
    ]


def _addends(model: Structure, n: int | None) -> list[Addend]:
    spec, frame = model.spec, model.frame
    addends: list[Addend] = []
    if spec.intercept:
        addends.append((_sized(r"\alpha", "intercept", 1, 1, "(Intercept)"),))
    p = sum(t >= 0 for t in frame.X_terms) if frame else None
    if spec.terms and p != 0:
        part = "term-0"
        addends.append((_sized("X", part, n, p, columns="p"), _sized(r"\beta", part, p, 1, rows="p")))
    for group in model.groups:
        q = len(frame.groups[group.index].levels) * group.size if frame else None
        above = _above(group)
        part = group.effects[0].part if group.effects else group.part
        addends.append(
            (
                _sized(f"Z{above}", part, n, q, columns="q"),
                _sized(rf"\gamma{above}", part, q, 1, rows="q"),
            )
        )
    addends += [(_sized("o", f"offset-{k}", n, 1),) for k in range(len(spec.offsets))]
    return addends


def _above(group: Group) -> str:
    return f"^{{({group.superscript})}}" if group.superscript else ""


def _sized(
    latex: str,
    part: str,
    height: int | None,
    width: int | None,
    parameter: str | None = None,
    rows: str = "n",
    columns: str = "p",
) -> Symbol:
    """Write a symbol with its dimensions underneath; letters stand for dimensions that are not known."""
    size = rf"{height if height is not None else rows} \times {width if width is not None else columns}"
    return Symbol(rf"\underset{{{size}}}{{{latex}}}", part, parameter)


def _identity(n: int | None) -> str:
    return f"I_{script(str(n))}" if n is not None else "I_n"


def _group_lines(group: Group, pen: Pen) -> list[str]:
    varying = [Varying(e, _effect(e), scale_symbol(e)) for e in group.effects]
    return [distribution_line(group, varying, pen)]


def matrix_coefficient(slot: Slot, c: Coefficient) -> Symbol:
    r"""Name a population-level coefficient, ``\alpha`` or an element of ``\beta``."""
    if (slot.number, c.number) == (0, 0):
        return Symbol(r"\alpha", c.part, c.parameter)
    index = subscript([slot.number, c.number] if c.number else [slot.number])
    return Symbol(sub(r"\beta", index + (bracket(c.choice, "") or slot.inner)), c.part, c.parameter)


def _effect(effect: Effect) -> Symbol:
    index = subscript([effect.slot.number], effect.group.factor.letter) + effect.slot.inner
    return Symbol(sub(r"\gamma", index, effect.group.superscript), effect.part)
