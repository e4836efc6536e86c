"""The priors of a model as equations, in data units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlmwidget.data.frame import ModelFrame
from mlmwidget.model.priors import Priors
from mlmwidget.notation.families import NU, SHAPE
from mlmwidget.notation.numbers import plain_number
from mlmwidget.notation.render import Pen, Symbol, sub
from mlmwidget.notation.structure import Coefficient, Effect, Group, Slot, Structure

# The centre of the predictors is written out up to this many of them.
MOST_PREDICTORS = 4

type NameCoefficient = Callable[[Slot, Coefficient], Symbol]
type NameScale = Callable[[Effect], Symbol]


def prior_lines(
    model: Structure, priors: Priors, pen: Pen, coefficient: NameCoefficient, scale: NameScale
) -> list[str]:
    """Aligned lines that list every prior.

    Parameters
    ----------
    model, priors
        The structure of a model with its frame, and the priors of its parameters.
    pen
        Writes the symbols; it must not put estimates in their place.
    coefficient, scale
        The style's symbols of a population-level coefficient and of a standard deviation.
    """
    frame = model.frame
    if frame is None:
        raise ValueError("Priors are scaled to the data, and the model has no frame.")
    place = {name: i for i, name in enumerate(frame.X_names)}
    named = [(coefficient(slot, c), c) for slot in model.slots for c in slot.coefficients]
    lines = [
        line
        for symbol, c in named
        if (line := _coefficient_line(symbol, c, named, place, frame, priors, pen))
    ]
    for group in model.groups:
        means = dict(zip(frame.groups[group.index].columns, priors.sd_mean[group.index], strict=True))
        for effect in group.effects:
            mean = _listed([means[c] for c in effect.columns])
            lines.append(rf"{pen.write(scale(effect))} &\sim {_exponential(mean)}")
        if group.correlated:
            R = pen.write(Symbol(_correlations(group), group.part))
            lines.append(rf"{R} &\sim \operatorname{{LKJ}}({_number(priors.lkj_eta)})")
    return lines + _own_lines(model, priors, pen)


def _correlations(group: Group) -> str:
    """Write the correlation matrix: in full for two effects, else by its name."""
    if group.size > 2:
        return sub("R", "", group.superscript)
    rho = sub(r"\rho", "", group.superscript)
    return rf"\begin{{pmatrix}} 1 & {rho} \\ & 1 \end{{pmatrix}}"


def _own_lines(model: Structure, priors: Priors, pen: Pen) -> list[str]:
    """Priors of the residual standard deviation and of the family's own parameter."""
    lines = []
    if priors.sigma_mean is not None:
        sigma = pen.write(Symbol(r"\sigma", "sigma"))
        lines.append(rf"{sigma} &\sim {_exponential(_number(priors.sigma_mean))}")
    if model.spec.family == "student":
        lines.append(rf"{pen.write(NU)} &\sim \operatorname{{Gamma}}(2, 0.1)")
    elif priors.shape_mean is not None:
        lines.append(rf"{pen.write(SHAPE)} &\sim {_exponential(_number(priors.shape_mean))}")
    return lines


def _coefficient_line(
    symbol: Symbol,
    c: Coefficient,
    named: list[tuple[Symbol, Coefficient]],
    place: dict[str, int],
    frame: ModelFrame,
    priors: Priors,
    pen: Pen,
) -> str | None:
    """One coefficient's prior; the intercept's applies where every predictor is at its mean."""
    columns = [place[name] for name in c.columns if name in place]
    if not columns:
        return None
    left = pen.write(symbol)
    if c.columns == ("(Intercept)",):
        left = _centred(left, named, place, frame, priors, pen)
    mean = _listed(priors.beta_mean[columns])
    sd = _listed(priors.beta_sd[columns])
    squared = f"{sd}^2" if "(" not in sd and "," not in sd else f"({sd})^2"
    return rf"{left} &\sim \mathcal{{N}}({mean}, {squared})"


def _centred(
    intercept: str,
    named: list[tuple[Symbol, Coefficient]],
    place: dict[str, int],
    frame: ModelFrame,
    priors: Priors,
    pen: Pen,
) -> str:
    """Write the expected outcome at the mean of every predictor."""
    # Rounding leaves the mean of an orthogonal column a little off zero.
    negligible = 1e-12 * np.abs(frame.X).max(axis=0, initial=0.0)
    centres = [
        (symbol, float(priors.centre[place[name]]))
        for symbol, c in named
        for name in c.columns
        if name in place and abs(priors.centre[place[name]]) > negligible[place[name]]
    ]
    if len(centres) > MOST_PREDICTORS:
        return rf"{intercept} + \bar{{\mathbf{{x}}}}^{{\top}} \boldsymbol{{\beta}}"
    pieces = [
        f" {'-' if centre < 0 else '+'} {_number(abs(centre))} \\, {pen.write(symbol)}"
        for symbol, centre in centres
    ]
    return intercept + "".join(pieces)


def _listed(values: list[float] | np.ndarray) -> str:
    texts = list(dict.fromkeys(_number(v) for v in values))
    return texts[0] if len(texts) == 1 else rf"{texts[0]}, \dots, {texts[-1]}"


def _number(value: float) -> str:
    mantissa, _, exponent = plain_number(float(value)).partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _exponential(mean: str) -> str:
    return rf"\operatorname{{Exponential}}(\text{{mean }} {mean})"
