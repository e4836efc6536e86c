"""Compare fits of the same rows by leave-one-out cross-validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.notation.numbers import format_number
from mlmwidget.notation.phrases import conjoined

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit
    from mlmwidget.inference.loo import LeaveOneOut

COLUMNS = ["elpd", "se", "difference", "se_difference", "p_loo", "high_k", "reliable"]
#: A difference within so many of its standard errors is no difference that these data can show.
CLEAR = 2.0
#: A difference below this is too small for its standard error to be trusted (Sivula, Magnusson,
#: Matamoros and Vehtari 2022, "Uncertainty in Bayesian leave-one-out cross-validation").
SMALL = 4.0
#: Rows below which the standard error of a difference is too small as a rule (the same paper).
FEW_ROWS = 100
_COUNTS = frozenset({"bernoulli", "binomial", "poisson", "negbinomial"})
_SHOWN_ROWS = 5


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Fits in the order of their expected predictive density, best first.

    Parameters
    ----------
    table
        A row a fit, under its name: ``elpd``, ``se``, ``difference`` to the best fit (zero or negative),
        ``se_difference``, ``p_loo``, ``high_k`` (rows with a Pareto k̂ above 0.7) and ``reliable``.
    sentences
        What the table says, in plain words.
    """

    table: pd.DataFrame
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.table.round(1).to_string()}\n{' '.join(self.sentences)}"

    def _repr_html_(self) -> str:
        table = self.table.round(1).to_html(border=0, escape=True)
        return f"{table}<p>{escape(' '.join(self.sentences))}</p>"


def compare(fits: Mapping[str, Fit] | Iterable[Fit]) -> Comparison:
    """Compare how well fits predict rows that they have not seen.

    Parameters
    ----------
    fits
        Fits by name, or fits alone, which go by their formulas.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If there are fewer than two fits, if they are of different rows or outcomes, if one is a point
        estimate, or leave-one-out cannot be computed.

    Notes
    -----
    The standard error of a difference is that of the sum of the rows' own differences, which is smaller
    than the two standard errors suggest (Vehtari, Gelman and Gabry 2017).
    """
    named = dict(fits) if isinstance(fits, Mapping) else _name(list(fits))
    if len(named) < 2:
        raise ValueError("A comparison needs two fits or more.")
    (first, reference), *others = named.items()
    for name, fit in others:
        reason = why_not_comparable(reference.frame, fit.frame, first, name)
        if reason is not None:
            raise ValueError(reason)
    return tabulate({name: fit.loo() for name, fit in named.items()})


def tabulate(found: Mapping[str, LeaveOneOut]) -> Comparison:
    """Arrange leave-one-out results of the same rows, best first."""
    names = sorted(found, key=lambda name: -found[name].elpd)
    best = found[names[0]]
    rows = []
    for name in names:
        one = found[name]
        apart = one.pointwise - best.pointwise
        se = float(np.sqrt(len(apart) * apart.var()))
        rows.append([one.elpd, one.se, float(apart.sum()), se, one.p_loo, one.high_k, one.reliable])
    table = pd.DataFrame(rows, index=pd.Index(names, name="fit"), columns=COLUMNS)
    sentences = _sentences(table, len(best.pointwise))
    approximate = [name for name in names if found[name].remark]
    if approximate:
        posterior, are = ("posterior", "is") if len(approximate) == 1 else ("posteriors", "are")
        sentences.append(f"The {posterior} of {_quote(*approximate)} {are} approximate: this is a preview.")
    return Comparison(table, tuple(sentences))


def _sentences(table: pd.DataFrame, rows: int) -> list[str]:
    best, second = table.index[:2]
    gap, se = -table["difference"].iloc[1], table["se_difference"].iloc[1]
    by = f"by {format_number(gap, se)} (standard error {format_number(se, digits=2)})"
    if gap < SMALL or gap < se:
        sentences = [
            f"These data cannot tell {_quote(best, second)} apart: {_quote(best)} predicts new rows better "
            f"only {by}."
        ]
    elif gap < CLEAR * se:
        sentences = [
            f"{_quote(best)} seems to predict new rows better than {_quote(second)}, {by}: "
            "less than two standard errors, so these data do not settle it."
        ]
    else:
        sentences = [f"{_quote(best)} predicts new rows best; {_quote(second)} comes next, worse {by}."]
    worse = table.index[2:][table["difference"].iloc[2:] < -CLEAR * table["se_difference"].iloc[2:]]
    if (gap < SMALL or gap < CLEAR * se) and len(worse):
        sentences.append(f"{_quote(best)} clearly predicts better than {_quote(*worse)}.")
    if rows < FEW_ROWS:
        sentences.append(f"With {rows} rows the standard errors are themselves rough.")
    doubtful = list(table.index[~table["reliable"].astype(bool)])
    if doubtful:
        sentences.append(
            f"Do not rank by {_quote(*doubtful)}: too many rows have a Pareto k̂ above 0.7 there."
        )
    return sentences


def why_not_comparable(one: ModelFrame, other: ModelFrame, first: str, second: str) -> str | None:
    """Say in a sentence why two fits cannot be compared; None when they can.

    Parameters
    ----------
    one, other
        What was fitted.
    first, second
        Names of the fits.
    """
    if one.y_name != other.y_name:
        return (
            f"{first} predicts {one.y_name} and {second} {other.y_name}: densities of different outcomes, "
            "transformed ones too, are on different scales. Fit both to the same outcome."
        )
    if (one.spec.family in _COUNTS) != (other.spec.family in _COUNTS):
        return (
            f"{first} ({one.spec.family}) and {second} ({other.spec.family}) cannot be compared: one gives "
            "probabilities of whole numbers, the other densities."
        )
    if not np.array_equal(one.row_index, other.row_index):
        return _different_rows(one, other, first, second)
    unequal = np.asarray(one.y, float) != np.asarray(other.y, float)
    if _trials(one) is not None or _trials(other) is not None:
        trials = [np.ones(f.n) if (t := _trials(f)) is None else t for f in (one, other)]
        unequal |= trials[0] != trials[1]
    if unequal.any():
        rows = _rows(one.row_index[unequal])
        return f"{first} and {second} were fitted to different values of {one.y_name} ({rows})."
    return None


def _different_rows(one: ModelFrame, other: ModelFrame, first: str, second: str) -> str:
    texts = []
    for name, has, lacks in ((first, one, other), (second, other, one)):
        only = np.setdiff1d(has.row_index, lacks.row_index)
        if not len(only):
            continue
        causes = ", ".join(lacks.dropped_by)
        texts.append(f"only {name} uses {_rows(only)}" + (f" (dropped for {causes})" if causes else ""))
    return (
        f"{first} and {second} were fitted to different rows: {'; '.join(texts)}. Fit both to rows that are "
        "complete in all of their variables."
    )


def _rows(positions: np.ndarray) -> str:
    """``"row 3"``, or ``"rows 3, 7 and 12 more"``; positions in the data, from 0."""
    shown = ", ".join(str(p) for p in positions[:_SHOWN_ROWS])
    more = len(positions) - _SHOWN_ROWS
    return f"row{'' if len(positions) == 1 else 's'} {shown}" + (f" and {more:,} more" if more > 0 else "")


def _trials(frame: ModelFrame) -> np.ndarray | None:
    return None if frame.trials is None else np.asarray(frame.trials, float)


def _name(fits: list[Fit]) -> dict[str, Fit]:
    """Name fits by their formulas; those of the same formula by number as well."""
    named: dict[str, Fit] = {}
    formulas = [fit.spec.formula for fit in fits]
    for number, (fit, formula) in enumerate(zip(fits, formulas, strict=True), 1):
        named[formula if formulas.count(formula) == 1 else f"{formula} ({number})"] = fit
    return named


def _quote(*names: str) -> str:
    """Join names: ``“a”``, ``“a” and “b”``, ``“a”, “b” and “c”``."""
    quoted = [f"“{name}”" for name in names]
    return conjoined(quoted)
