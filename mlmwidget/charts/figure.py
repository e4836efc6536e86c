"""What all drawings share: named data, the linked selection, and a figure that knows its looks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import altair as alt

from mlmwidget.charts.plot import Plot, sentences
from mlmwidget.charts.theme import LIGHT

#: A longer title would stick out of its panel, and the chart would be made smaller for it.
PANEL_TITLE = 260

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart


class NamedTable(alt.NamedData):
    """Rows under a fixed name: they end up in the top-level ``datasets`` of whatever chart holds them.

    Altair would name inline data after their hash, and new numbers could then not be swapped in by name.
    """

    def __init__(self, name: str, rows: tuple[dict[str, Any], ...] = (), **kwds: Any):
        super().__init__(name=name, **kwds)
        self._kwds["rows"] = rows

    def to_dict(
        self, validate: bool = True, *, ignore: list[str] | None = None, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Give the name, and leave the rows in the context that the top level collects."""
        if context is not None:
            context.setdefault("datasets", {})[self._kwds["name"]] = list(self._kwds["rows"])
        return {"name": self._kwds["name"]}


def table(plot: Plot, name: str) -> NamedTable:
    """One data set of a plot."""
    return NamedTable(name, tuple(plot.data[name]))


def group_selection() -> alt.Parameter:
    """Make the selection of groups that all charts share: click for one, shift and click for several."""
    return alt.selection_point(
        name="group", fields=["level"], on="click", toggle="event.shiftKey", empty=True
    )


def dimmed(selected: alt.Parameter, opacity: float = 1.0) -> alt.OpacityValue:
    """Opacity that fades the groups that are not selected."""
    chosen = {"param": selected.name, "value": opacity, "empty": True}
    return alt.OpacityValue(opacity * 0.15, condition=[chosen])


def fading(selected: alt.Parameter) -> alt.FillOpacityValue:
    """Opacity for a pale surface, which has one of its own: the surface fades as other marks do."""
    chosen = {"param": selected.name, "value": 1, "empty": True}
    return alt.FillOpacityValue(0.15, condition=[chosen])


def with_params(drawing: Drawing, *parameters: alt.Parameter) -> Drawing:
    """Give a new drawing parameters that no view owns; Altair's own way copies all its views for each."""
    known = drawing.params if isinstance(drawing.params, list) else []
    drawing.params = [*known, *(p.param for p in parameters)]
    return drawing


def aside() -> alt.XOffset:
    """Move points of a category sideways within the middle of its room."""
    return alt.XOffset("jitter:Q", scale=alt.Scale(domain=[-1.5, 1.5]))


def number_axis(title: str | None, whole: bool, **options: Any) -> alt.Axis:
    """Make an axis of numbers; one that counts in whole numbers has no labels between them."""
    if whole:
        only = "datum.value === round(datum.value) ? '' + datum.value : ''"
        options |= {"tickMinStep": 1, "labelExpr": only}
    return alt.Axis(title=title, grid=False, **({"tickCount": 8} | options))


def panel_facet() -> alt.Facet:
    """Make a panel of each name in ``panel``, in the order of ``order``; titles may have several lines."""
    return alt.Facet(
        "panel:N",
        sort=alt.EncodingSortField(field="order", op="min", order="ascending"),
        header=alt.Header(
            title=None, labelLimit=200, labelAnchor="start", labelExpr="split(datum.value, '\\n')"
        ),
    )


def panel_title(text: str) -> alt.TitleParams:
    """Make the title of one view among several, as quiet as those of facets.

    It stands at a fixed place above the plot: Vega would put it above what sticks out, and that differs.
    """
    return alt.TitleParams(
        text=text,
        limit=PANEL_TITLE,
        style="panel-title",
        orient="none",
        align="left",
        baseline="bottom",
        dy=-8,
    )


@contextmanager
def quietly() -> Iterator[None]:
    """Say nothing about the selection of groups being one: charts share it on purpose."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Automatically deduplicated selection parameter")
        yield


class Figure(alt.VConcatChart):
    """A chart with heading and note in the light theme, unless a theme is given.

    ``a | b`` and ``a & b`` join two figures into one, in which clicking a group selects it in both.
    """

    def __or__(self, other: Any) -> Figure:  # type: ignore[override]
        with quietly():
            return Figure(vconcat=[_own_scales(alt.hconcat(self, other))])

    def __and__(self, other: Any) -> Figure:
        with quietly():
            return Figure(vconcat=[_own_scales(alt.vconcat(self, other))])

    def to_dict(self, *args: Any, context: dict[str, Any] | None = None, **kwds: Any) -> dict[str, Any]:
        """Return the Vega-Lite specification; at the top level with a configuration."""
        with quietly():
            spec = super().to_dict(*args, context=context, **kwds)
        if (context or {}).get("top_level", True):
            spec["config"] = LIGHT | (
                self._kwds["config"] if isinstance(self._kwds.get("config"), dict) else {}
            )
        return spec


def _own_scales(joined: Any) -> Any:
    """Let each of the joined figures keep its own legends."""
    return joined.resolve_scale(
        color="independent", strokeDash="independent", shape="independent", size="independent"
    )


def figure(plot: Plot, drawing: Drawing) -> Figure:
    """Put a plot's heading, note and description around its drawing."""
    title = alt.TitleParams(text=plot.title, subtitle=subtitle(plot))
    return Figure(vconcat=[drawing], title=title, description=plot.description)


def subtitle(plot: Plot) -> list[str]:
    """Lines of what belongs below a heading: the note, and what is to be said of the controls."""
    words = sentences(plot.note, *plot.hints.values())
    return _wrapped(words) if words else []


def _wrapped(text: str, width: int = 96) -> list[str]:
    """Break a note into lines of at most `width` characters where it can be broken."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
