r"""The distribution of the varying effects of one group-level term, the same in every style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlmwidget.data.parameters import cor_name
from mlmwidget.notation.render import Pen, Symbol, script, sub, subscript
from mlmwidget.notation.structure import Effect, Group

# Covariance matrices are written cell by cell up to this many effects.
MOST_EFFECTS = 5


@dataclass(frozen=True, slots=True)
class Varying:
    r"""One varying effect as a style writes it.

    Parameters
    ----------
    effect
        The effect.
    symbol
        What varies, for example ``\mu_{0j}``.
    scale
        Its standard deviation, for example ``\tau_0``.
    mean
        LaTeX of what it varies around; ``"0"`` for deviations.
    """

    effect: Effect
    symbol: Symbol
    scale: Symbol
    mean: str = "0"


def distribution_line(group: Group, varying: Sequence[Varying], pen: Pen) -> str:
    r"""One aligned line: the effects of a term and their normal distribution.

    Parameters
    ----------
    group
        The group-level term.
    varying
        Its effects, at least one.
    pen
        Writes the symbols.
    """
    if group.size > MOST_EFFECTS or any(len(v.effect.columns) > 1 for v in varying):
        return _compact(group, varying, pen)
    if len(varying) == 1:
        only = varying[0]
        return rf"{pen.write(only.symbol)} &\sim \mathcal{{N}}({only.mean}, {pen.square(only.scale)})"
    column = _column([pen.write(v.symbol) for v in varying])
    means = [v.mean for v in varying]
    centre = r"\mathbf{0}" if set(means) == {"0"} else _column(means)
    left, right = ("(", ")") if centre == r"\mathbf{0}" else (r"\left(", r"\right)")
    sigma = pen.write(Symbol(sub(r"\Sigma", "", group.superscript), group.part))
    matrix = _matrix(group, varying, pen)
    return rf"{column} &\sim \mathcal{{N}}{left}{centre}, {sigma}{right}, \quad {sigma} = {matrix}"


def correlation(group: Group, a: Effect, b: Effect, pairs: bool) -> Symbol:
    r"""Name the correlation of two effects: ``\rho``, with their numbers where there are several pairs."""
    index = subscript([a.slot.number, b.slot.number]) if pairs else ""
    parameter = cor_name(a.columns[0], b.columns[0], group.label)
    return Symbol(sub(r"\rho", index, group.superscript), group.part, parameter)


def _matrix(group: Group, varying: Sequence[Varying], pen: Pen) -> str:
    """Upper triangle of the covariance matrix, cell by cell."""
    rows = []
    for a, first in enumerate(varying):
        cells = [""] * a + [pen.square(first.scale)]
        for second in varying[a + 1 :]:
            if group.correlated:
                rho = correlation(group, first.effect, second.effect, len(varying) > 2)
                cells.append(pen.joined((rho, first.scale, second.scale), group.part))
            else:
                cells.append(pen.write(Symbol("0", group.part)))
        rows.append(" & ".join(cells).strip())
    return rf"\begin{{pmatrix}} {r' \\ '.join(rows)} \end{{pmatrix}}"


def _compact(group: Group, varying: Sequence[Varying], pen: Pen) -> str:
    r"""Many effects: a vector, and \Sigma as standard deviations around a correlation matrix."""
    above = f"^{{({group.superscript})}}" if group.superscript else ""
    vector = rf"\boldsymbol{{\mu}}_{script(group.factor.letter)}{above}"
    effects = _listed([pen.write(v.symbol) for v in varying])
    scales = _listed([pen.write(v.scale) for v in varying])
    sigma = pen.write(Symbol(rf"\Sigma{above}", group.part))
    line = rf"{vector} = ({effects})^{{\top}} &\sim \mathcal{{N}}(\mathbf{{0}}, {sigma})"
    if group.correlated:
        R = pen.write(Symbol(rf"R{above}", group.part))
        return rf"{line}, \quad {sigma} = D {R} D, \; D = \operatorname{{diag}}({scales})"
    squares = _listed([pen.square(v.scale) for v in varying])
    return rf"{line}, \quad {sigma} = \operatorname{{diag}}({squares})"


def _listed(items: Sequence[str]) -> str:
    """Write a list in full when it is short, else its beginning and end."""
    return ", ".join(items if len(items) <= MOST_EFFECTS else [*items[:2], r"\dots", items[-1]])


def _column(items: Sequence[str]) -> str:
    return rf"\begin{{pmatrix}} {r' \\ '.join(items)} \end{{pmatrix}}"
