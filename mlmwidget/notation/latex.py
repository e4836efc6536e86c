r"""Public entrance to the equations: :func:`latex` for people, :func:`equations` for the widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlmwidget.formula.spec import ModelSpec
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.gelman_hill import Style, gelman_hill_blocks
from mlmwidget.notation.levels import (
    CHEATSHEET,
    RAUDENBUSH_BRYK,
    Block,
    coefficient_symbol,
    level_blocks,
    scale_symbol,
)
from mlmwidget.notation.matrix import matrix_blocks, matrix_coefficient
from mlmwidget.notation.priors import prior_lines
from mlmwidget.notation.render import Estimate, Pen, aligned
from mlmwidget.notation.resolve import resolve
from mlmwidget.notation.structure import Structure
from mlmwidget.notation.symbols import structure

#: Styles, and what they are called.
STYLES = {
    "levels": "Level by level",
    "raudenbush-bryk": "Raudenbush and Bryk",
    "gelman-hill": "Gelman and Hill",
    "matrix": "Matrices",
}


def latex(
    formula_or_spec: str | ModelSpec,
    data: Any = None,
    style: str = "levels",
    *,
    priors: bool = False,
    fit: Any = None,
    ids: bool = False,
    family: str | None = None,
) -> str:
    r"""Write a model as equations.

    Parameters
    ----------
    formula_or_spec
        lme4 formula text or a spec.
    data
        Data frame or :class:`~mlmwidget.data.frame.ModelFrame`. With it, predictors that are constant
        within groups, categories, dimensions and priors are known; without it every predictor is taken
        as a number that varies between the units.
    style
        ``"levels"`` (the default), ``"matrix"``, ``"gelman-hill"`` or ``"raudenbush-bryk"``.
    priors
        Whether to list the priors in data units; needs `data`.
    fit
        A fit, or a mapping from parameter name to posterior mean: numbers take the place of symbols.
    ids
        Whether every symbol carries the id of its model part in KaTeX's ``\htmlData``.
    family
        Family of the response, where the formula is given as text; Gaussian when not given.

    Returns
    -------
    str
        One ``aligned`` block that KaTeX, MathJax and LaTeX with amsmath can set.

    Raises
    ------
    ValueError
        If the style is unknown, or priors are asked for without data.
    FormulaError
        If the formula text cannot be read.
    """
    spec, frame = resolve(formula_or_spec, getattr(fit, "frame", None) if data is None else data, family)
    if priors and frame is None:
        raise ValueError("The priors are scaled to the data: give `data` as well to write them.")
    pen = Pen(ids, estimates_of(fit) if fit is not None else None)
    model = structure(spec, frame)
    lines = [line for _, block in _blocks(model, pen, style) for line in block]
    if priors and frame is not None:
        lines += _priors(model, default_priors(frame), Pen(ids), style)
    return aligned(lines)


def equations(
    model: Structure,
    style: str = "levels",
    ids: bool = True,
    estimates: Mapping[str, Estimate] | None = None,
) -> list[tuple[str, str]]:
    r"""Write a model as titled blocks, to be set side by side.

    Parameters
    ----------
    model
        Of :func:`mlmwidget.notation.symbols.structure`; effects that are absent from it and offered stand in
        their places where the style writes level 2.
    style, ids
        As in :func:`latex`.
    estimates
        Parameter name → estimate, to write numbers in place of symbols.

    Returns
    -------
    list of (title, latex)
        Titles are plain text.

    Raises
    ------
    ValueError
        If the style is unknown.
    """
    return [(title, aligned(lines)) for title, lines in _blocks(model, Pen(ids, estimates), style)]


def prior_equations(model: Structure, priors: Priors, style: str = "levels", ids: bool = True) -> str:
    """Write the priors in data units as one block.

    Parameters
    ----------
    model, priors
        The structure of a model with its frame, and the priors of its parameters.
    style, ids
        As in :func:`latex`.
    """
    return aligned(_priors(model, priors, Pen(ids), style))


def _blocks(model: Structure, pen: Pen, style: str) -> list[Block]:
    match style:
        case "levels":
            return level_blocks(model, pen, CHEATSHEET)
        case "raudenbush-bryk":
            return level_blocks(model, pen, RAUDENBUSH_BRYK)
        case "gelman-hill":
            return gelman_hill_blocks(model, pen)
        case "matrix":
            return matrix_blocks(model, pen)
    raise ValueError(f"There is no style {style!r}: use one of {', '.join(map(repr, STYLES))}.")


def _priors(model: Structure, priors: Priors, pen: Pen, style: str) -> list[str]:
    match style:
        case "gelman-hill":
            letters = Style(model)
            return prior_lines(model, priors, pen, letters.coefficient, letters.scale)
        case "matrix":
            return prior_lines(model, priors, pen, matrix_coefficient, scale_symbol)
    return prior_lines(model, priors, pen, coefficient_symbol, scale_symbol)
