"""The table of estimates: what its columns and rows are called, and its figures as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmwidget.charts.labels import INTERCEPT, EffectLabels
from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.parameters import places
from mlmwidget.data.units import unit as unit_of
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import coefficient_part, effect_part
from mlmwidget.notation.numbers import format_number

if TYPE_CHECKING:
    import pandas as pd

#: What stands where there is no figure.
NOTHING = "–"
#: Correlations have two decimals, as in the sentences.
RHO_SD = 0.1
#: Column → its title, and what it holds.
COLUMNS = {
    "mean": ("Mean", "Posterior mean"),
    "sd": ("SD", "Posterior standard deviation"),
    "lower": ("Lower", "Lower end of the interval"),
    "upper": ("Upper", "Upper end of the interval"),
    "ess_bulk": ("ESS bulk", "Effective number of draws for the middle of the posterior"),
    "ess_tail": ("ESS tail", "Effective number of draws for its tails"),
    "r_hat": ("R̂", "Agreement of the chains; 1.00 is best, above 1.01 is a warning"),
}
#: What the first columns hold where there is no posterior.
OF_A_POINT = {
    "mean": ("Estimate", "Where the likelihood is largest"),
    "sd": ("SE", "Standard error"),
}


def summary_rows(table: pd.DataFrame, frame: ModelFrame) -> list[dict[str, Any]]:
    """Rows of the table of estimates, formatted; `table` is :meth:`mlmwidget.Fit.summary`."""
    labels = EffectLabels(frame)
    homes = [*_population(frame, labels), *_group_level(frame, labels), *_own(frame)]
    # One effective size for all, as independent draws have, stands beside the verdict.
    told = np.unique(table[["ess_bulk", "ess_tail"]].to_numpy(dtype=float)).size > 1
    return [
        {
            "parameter": str(name),
            "section": home.section,
            "label": home.label,
            "part": home.part,
            "unit": home.unit,
            **_figures(row, RHO_SD if home.part.endswith("-cor") else None, told),
        }
        for home, (name, row) in zip(homes[: len(table)], table.iterrows(), strict=True)
    ]


def table_columns(rows: Sequence[Mapping[str, Any]], *, point: bool) -> list[dict[str, str]]:
    """Columns of the table of estimates: the ``TableColumn`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    rows
        Its rows; a column that says nothing in any of them is left out.
    point
        Whether the estimates are a point (REML, maximum likelihood), not a posterior.
    """
    titles = COLUMNS | OF_A_POINT if point else COLUMNS
    return [
        {"key": key, "title": title, "hint": hint}
        for key, (title, hint) in titles.items()
        if any(row[key] != NOTHING for row in rows)
    ]


class _Home(NamedTuple):
    """Where a row stands in the table, what it is called, what it belongs to and is measured in."""

    section: str
    label: str
    part: str
    unit: str


def _population(frame: ModelFrame, labels: EffectLabels) -> list[_Home]:
    return [
        _Home(
            "Population level",
            "Intercept" if column == INTERCEPT else labels.column(column),
            coefficient_part(term),
            labels.measure(column),
        )
        for column, term in zip(frame.X_names, frame.X_terms, strict=True)
    ]


def _group_level(frame: ModelFrame, labels: EffectLabels) -> list[_Home]:
    homes: list[_Home] = []
    for place in places(frame.groups):
        design = frame.groups[place.group]
        row, column = (design.columns[k] for k in (place.row, place.column))
        if place.kind == "sd":
            label = f"SD of {_effects(labels, row)}"
            part, unit = effect_part(place.group, design.column_terms[place.row]), labels.measure(row)
        else:
            label = f"Correlation of {_effects(labels, column)} and {_effects(labels, row)}"
            part, unit = f"group-{place.group}-cor", ""
        homes.append(_Home(f"Group level: {design.name}", label, part, unit))
    return homes


def _effects(labels: EffectLabels, column: str) -> str:
    return "intercepts" if column == INTERCEPT else f"{labels.word(column)}s of {labels.column(column)}"


def _own(frame: ModelFrame) -> list[_Home]:
    """Rows of the family's own numbers; a residual standard deviation is in the unit of the outcome."""
    family = FAMILIES[frame.spec.family]
    section = "Residual" if family.scale else family.label.capitalize()
    named = [(family.scale, unit_of(frame, frame.y_name) or ""), (family.shape, "")]
    return [_Home(section, name[0].upper() + name[1:], "sigma", unit) for name, unit in named if name]


def spoken(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name the parameters as in a sentence: ``the effect of Days``, ``the SD of intercepts``."""
    effects = {
        row["parameter"]: f"the effect of {row['label']}" for row in rows if row["part"].startswith("term-")
    }
    others = {row["parameter"]: f"the {_lower(row['label'])}" for row in rows}
    return others | effects


def _lower(label: str) -> str:
    """Write a label within a sentence; abbreviations stay."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _figures(row: pd.Series, scale: float | None, told: bool) -> dict[str, str]:
    """Estimate and interval with the digits that the standard deviation supports, or those of `scale`."""
    sd = float(row["sd"])
    known = scale or (sd if math.isfinite(sd) else None)
    figures = {key: format_number(float(row[key]), known) for key in ("mean", "sd", "lower", "upper")}
    for key in ("ess_bulk", "ess_tail"):
        figures[key] = f"{float(row[key]):,.0f}" if told and math.isfinite(row[key]) else NOTHING
    figures["r_hat"] = f"{float(row['r_hat']):.3f}" if math.isfinite(row["r_hat"]) else NOTHING
    return figures
