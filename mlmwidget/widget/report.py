"""What a fit says, as the browser shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlmwidget.inference.choice import LABELS
from mlmwidget.inference.point import PointEstimate
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.latex import STYLES, equations
from mlmwidget.notation.numbers import format_number
from mlmwidget.notation.structure import Structure
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.words import sentences
from mlmwidget.widget.advice import advice
from mlmwidget.widget.table import spoken, summary_rows, table_columns
from mlmwidget.widget.tips import tips
from mlmwidget.widget.view import shown_sentences

if TYPE_CHECKING:
    import pandas as pd

    from mlmwidget.inference.fit import Fit

#: Name of a chart → arguments of its method.
type Options = Mapping[str, Mapping[str, Any]]
INTERVAL = 0.95


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
    table, model = fit.summary(INTERVAL), structure(fit.spec, fit.frame)
    diagnosis = fit.diagnostics()
    rows, percent = summary_rows(table, fit.frame), f"{INTERVAL:.0%}".replace("%", " %")
    return {
        "id": number,
        "formula": fit.spec.formula,
        "method": fit.method,
        "live": live,
        "headline": headline(fit),
        "verdict": {"severity": diagnosis.severity, "text": diagnosis.verdict},
        "advice": advice(diagnosis.findings, fit, spoken(rows)),
        "figures": [
            {"label": f.label, "value": f.value, "wanted": f.wanted, "good": f.good}
            for f in diagnosis.figures
        ],
        "columns": table_columns(rows, point=isinstance(fit.estimate, PointEstimate)),
        "summary": rows,
        "tips": tips(rows, fit.frame, percent),
        "interval": percent,
        "words": _words(fit, model, table),
        "values": _values(model, table),
        "charts": [made.get(name) or _chart(name, pending=True) for name in PLOTS],
    }


def _values(model: Structure, table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Equations with numbers in place of symbols, by style."""
    found = estimates_of(table)
    return {
        style: [
            {"title": title, "latex": text, "plain": None}
            for title, text in equations(model, style, estimates=found)
        ]
        for style in STYLES
    }


def _words(fit: Fit, model: Structure, table: pd.DataFrame) -> list[list[dict[str, Any]]]:
    remark = [] if fit.remark is None else [[{"text": fit.remark, "part": None}]]
    return [*remark, *shown_sentences(sentences(model, estimates_of(table) | fit.contextual_effects()))]


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
    from mlmwidget.charts import TABS

    title = name.replace("_", " ").capitalize()
    shown = {"name": name, "tab": TABS[name], "title": title, "description": "", "spec": {}, "data": {}}
    return {**shown, "note": None, **fields}


def headline(fit: Fit) -> str:
    """Return method, number of draws and time, for example ``"PyMC (NUTS): 4 × 1,000 draws in 6.1 s"``."""
    name = LABELS[fit.method]
    if isinstance(fit.estimate, PointEstimate):
        return name
    chains, draws = fit.draws.beta.shape[:2]
    seconds = fit.draws.attributes.get("seconds")
    if seconds is None:
        return f"{name}: {chains} × {draws:,} draws"
    taken = f"in {format_number(float(seconds), digits=2)} s".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{name}: {chains} × {draws:,} draws {taken}"
