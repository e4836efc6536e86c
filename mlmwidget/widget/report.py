"""What a fit says, as the browser shows it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlmwidget.charts.labels import column_name, effect_word, variable_of
from mlmwidget.data.frame import GroupDesign, ModelFrame
from mlmwidget.data.units import effect_unit
from mlmwidget.data.units import unit as unit_of
from mlmwidget.formula.families import FAMILIES, scale_of
from mlmwidget.formula.spec import coefficient_part, effect_part
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.summary import places
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.latex import STYLES, equations
from mlmwidget.notation.numbers import format_number
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.words import sentences
from mlmwidget.widget.advice import advice
from mlmwidget.widget.tips import tips

if TYPE_CHECKING:
    import pandas as pd

    from mlmwidget.inference.fit import Fit

#: Name of a chart → arguments of its method.
type Options = Mapping[str, Mapping[str, Any]]
INTERVAL = 0.95
#: Correlations have two decimals, as in the sentences.
RHO_SD = 0.1
METHODS = {
    "pymc": "PyMC (NUTS)",
    "exact": "Exact posterior",
    "laplace": "Approximate posterior (Laplace)",
    "reml": "REML",
    "ml": "Maximum likelihood",
}


def report(
    fit: Fit,
    *,
    number: int = 0,
    live: bool = False,
    names: Collection[str] | None = None,
    options: Options | None = None,
) -> dict[str, Any]:
    """Return the ``Report`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    fit
        The fit.
    number
        Number of the report; a newer one has a larger number.
    live
        Whether it was made on a click, without Fit.
    names
        Charts that are wanted now; the others are announced, and come when they are asked for. All by
        default.
    options
        As of :func:`charts`.
    """
    from mlmwidget.charts import PLOTS

    ready = charts(fit, [name for name in PLOTS if names is None or name in names], options)
    made = {chart["name"]: chart for chart in ready}
    table = fit.summary(INTERVAL)
    diagnosis = fit.diagnostics()
    rows, percent = summary_rows(table, fit.frame), f"{INTERVAL:.0%}".replace("%", " %")
    return {
        "id": number,
        "formula": fit.spec.formula,
        "method": fit.method,
        "live": live,
        "headline": headline(fit),
        "verdict": {"severity": diagnosis.severity, "text": diagnosis.verdict},
        "advice": advice(diagnosis.findings, fit, _spoken(rows)),
        "figures": [
            {"label": f.label, "value": f.value, "wanted": f.wanted, "good": f.good}
            for f in diagnosis.figures
        ],
        "summary": rows,
        "tips": tips(rows, fit.frame, percent),
        "interval": percent,
        "words": _words(fit, table),
        "values": _values(fit, table),
        "charts": [made.get(name) or _chart(name, pending=True) for name in PLOTS],
    }


def _values(fit: Fit, table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Equations with numbers in place of symbols, by style."""
    found, model = estimates_of(table), structure(fit.spec, fit.frame)
    return {
        style: [
            {"title": title, "latex": text, "plain": None}
            for title, text in equations(model, style, estimates=found)
        ]
        for style in STYLES
    }


def _words(fit: Fit, table: pd.DataFrame) -> list[dict[str, Any]]:
    remark = [] if fit.remark is None else [{"text": fit.remark, "part": None}]
    found = sentences(fit.spec, fit.frame, estimates_of(table) | fit.contextual_effects())
    return [*remark, *({"text": text, "part": part} for text, part in found)]


def charts(fit: Fit, names: Sequence[str], options: Options | None = None) -> list[dict[str, Any]]:
    """Return charts as the browser draws them; one that fails says so in its place.

    Parameters
    ----------
    fit
        The fit.
    names
        Which charts.
    options
        Name of a chart → its arguments, such as the groups to show; those that do not fit are left out.
    """
    from mlmwidget.charts import views

    try:
        return views(fit, names, options)
    except Exception as error:  # no chart may cost the report
        if len(names) > 1:
            return [chart for name in names for chart in charts(fit, [name], options)]
        if options:
            return charts(fit, names)
        reason = f"This chart could not be made ({type(error).__name__}: {error})."
        return [_chart(name, note=reason) for name in names]


def _chart(name: str, **fields: Any) -> dict[str, Any]:
    """Return a ``Chart`` without anything to draw."""
    title = name.replace("_", " ").capitalize()
    return {"name": name, "title": title, "description": "", "spec": {}, "data": {}, "note": None, **fields}


def headline(fit: Fit) -> str:
    """Return method, number of draws and time, for example ``"PyMC (NUTS): 4 × 1,000 draws in 6.1 s"``."""
    name = METHODS[fit.method]
    if isinstance(fit.estimate, PointEstimate):
        return name
    chains, draws = fit.draws.beta.shape[:2]
    seconds = fit.draws.attributes.get("seconds")
    time = "" if seconds is None else f" in {format_number(float(seconds), digits=2)} s"
    return f"{name}: {chains} × {draws:,} draws{time}"


def summary_rows(table: pd.DataFrame, frame: ModelFrame) -> list[dict[str, Any]]:
    """Rows of the table of estimates, formatted; `table` is :meth:`mlmwidget.Fit.summary`."""
    homes = [*_population(frame), *_group_level(frame), *_residual(frame, len(table))]
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
        for home, (name, row) in zip(homes, table.iterrows(), strict=True)
    ]


class _Home(NamedTuple):
    """Where a row stands in the table, what it is called, what it belongs to and is measured in."""

    section: str
    label: str
    part: str
    unit: str


def _population(frame: ModelFrame) -> list[_Home]:
    return [
        _Home("Population level", _heading(frame, column), coefficient_part(term), _unit(frame, column))
        for column, term in zip(frame.X_names, frame.X_terms, strict=True)
    ]


def _group_level(frame: ModelFrame) -> list[_Home]:
    homes: list[_Home] = []
    for place in places(frame.groups):
        design = frame.groups[place.group]
        if place.kind == "sd":
            term = design.column_terms[place.row]
            label = f"SD of {_effect(frame, design, place.row)}"
            part, unit = effect_part(place.group, term), _unit(frame, design.columns[place.row])
        else:
            one, other = (_effect(frame, design, k) for k in (place.column, place.row))
            label, part, unit = f"Correlation of {one} and {other}", f"group-{place.group}-cor", ""
        homes.append(_Home(f"Group level: {design.factor}", label, part, unit))
    return homes


def _residual(frame: ModelFrame, rows: int) -> list[_Home]:
    """Rows of the family's own numbers; a residual standard deviation is in the unit of the outcome."""
    left = rows - len(frame.X_names) - len(places(frame.groups))
    measure = unit_of(frame, frame.y_name) or ""
    found = {
        "gaussian": [("Residual SD", measure)],
        "student": [("Residual scale σ", measure), ("Degrees of freedom ν", "")],
        "beta": [("Precision φ", "")],
    }.get(frame.spec.family, [("Shape φ", "")])
    residual = frame.spec.family in ("gaussian", "student")
    section = "Residual" if residual else FAMILIES[frame.spec.family].label.capitalize()
    return [_Home(section, label, "sigma", unit) for label, unit in found[:left]]


def _spoken(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name the parameters as in a sentence: ``the effect of Days``, ``the SD of intercepts``."""
    effects = {
        row["parameter"]: f"the effect of {row['label']}" for row in rows if row["part"].startswith("term-")
    }
    others = {row["parameter"]: f"the {_lower(row['label'])}" for row in rows}
    return others | effects


def _lower(label: str) -> str:
    """Write a label within a sentence; abbreviations stay."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _heading(frame: ModelFrame, column: str) -> str:
    return "Intercept" if column == "(Intercept)" else column_name(frame, column)


def _unit(frame: ModelFrame, column: str) -> str:
    """Return the unit or the scale of an effect; empty for neither."""
    return scale_of(frame.spec.link) or effect_unit(frame, variable_of(frame, column)) or ""


def _effect(frame: ModelFrame, design: GroupDesign, k: int) -> str:
    if design.column_terms[k] < 0:
        return "intercepts"
    column = design.columns[k]
    return f"{effect_word(frame, column)}s of {column_name(frame, column)}"


def _figures(row: pd.Series, scale: float | None, told: bool) -> dict[str, str]:
    """Estimate and interval with the digits that the standard deviation supports, or those of `scale`."""
    sd = float(row["sd"])
    known = scale or (sd if math.isfinite(sd) else None)
    figures = {key: format_number(float(row[key]), known) for key in ("mean", "sd", "lower", "upper")}
    for key in ("ess_bulk", "ess_tail"):
        figures[key] = f"{float(row[key]):,.0f}" if told and math.isfinite(row[key]) else "–"
    figures["r_hat"] = f"{float(row['r_hat']):.3f}" if math.isfinite(row["r_hat"]) else "–"
    return figures
