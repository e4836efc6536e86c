"""One highlight across all views: the marks of a chart answer to the part of the model that is pointed at.

The widget sets the parameter ``part`` of a drawn chart to ids of :mod:`mlmwidget.formula.spec`, separated by
spaces, and nothing is drawn anew. A mark whose rows stand for the part, or for what belongs to it, is drawn
with a heavier stroke or with an outline, so that it does not take colours to see it. Only the widget's charts
have this; charts in a notebook have nothing to point at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlmwidget.charts.plot import Plot
from mlmwidget.charts.theme import LIGHT

Spec = dict[str, Any]

PART, _PATTERN = "part", "part_pattern"
#: Ids that are pointed at, and the pattern that finds them or what belongs to them among others.
PARAMETERS: list[Spec] = [
    {"name": PART, "value": ""},
    {"name": _PATTERN, "expr": f"'(^| )(' + replace({PART}, regexp(' ', 'g'), '|') + ')( |-|$)'"},
]
#: Data sets whose panels stand for one part each: the panel is framed, and its marks stay as they are.
_FRAMED = ("caterpillar", "group_size", "variance_posterior", "sampler")
_OUTLINE = "lit"
_STROKED = ("line", "rule")
#: Not zero: an outline keeps its room while it is not seen, so that nothing moves when it is.
_UNSEEN = 0.001
#: How much heavier strokes become.
_HEAVIER, _AT_LEAST = 1.6, 1.4


def highlighted(spec: Spec, plot: Plot) -> Spec:
    """Let the drawing of a plot answer to the part that is pointed at.

    Parameters
    ----------
    spec
        Its Vega-Lite specification.
    plot
        The plot; `parts` and `axes` say what its data sets and axes stand for.
    """
    if not plot.parts and not plot.axes:
        return spec
    spec = _views(spec, lambda view, data: _view(view, plot.parts.get(data)))
    for name, channel, ids in plot.axes:
        spec = _axis(spec, name, channel, ids)
    return spec | {"params": [*spec.get("params", []), *PARAMETERS]}


def shown_parts(plot: Plot) -> list[str]:
    """Ids of all parts that something in a plot stands for, each once."""
    rows = (row.get(PART) for name in plot.parts for row in plot.data.get(name, []))
    found = [*(ids for *_, ids in plot.axes), *plot.parts.values(), *(ids for ids in rows if ids)]
    return list(dict.fromkeys(part for ids in dict.fromkeys(found) for part in ids.split()))


def _lit(ids: str) -> str:
    """Write the test whether ids (an expression) are pointed at."""
    return f"{PART} !== '' && isValid({ids}) && test(regexp({_PATTERN}), {ids})"


def _views(spec: Spec, change: Callable[[Spec, str], Spec], data: str = "") -> Spec:
    """Change the marks of a specification, and frame its panels; `data` are those that a view inherits."""
    data = spec.get("data", {}).get("name", data)
    spec = dict(spec)
    for joined in ("concat", "hconcat", "vconcat", "layer"):
        if joined in spec:
            spec[joined] = [_views(view, change, data) for view in spec[joined]]
    if "spec" in spec:
        spec["spec"] = _views(spec["spec"], change, data)
    if "layer" in spec and (framed := _frame(spec, data)) is not None:
        spec["layer"] = [framed, *spec["layer"]]
    return change(spec, data) if "mark" in spec and data not in _FRAMED else spec


def _view(view: Spec, ids: str | None) -> Spec:
    """Let one mark answer; `ids` is what its rows stand for unless they say it themselves."""
    if ids is None or view["mark"]["type"] == "text":
        return view
    mark, style = view["mark"], view["mark"].get("style", "")
    looks = LIGHT["style"].get(style, {}) | mark
    test = _lit(f"datum.{PART}")
    hollow = not looks.get("filled", mark["type"] != "point")
    if mark["type"] in _STROKED or hollow or "stroke" in looks:
        rest = looks.get("strokeWidth", 1 if mark["type"] == "rule" else 2)
        lit = max(_HEAVIER * rest, rest + _AT_LEAST)
        emphasis = {"strokeWidth": {"condition": {"test": test, "value": lit}, "value": rest}}
    else:
        mark = mark | {"style": [*([style] if style else []), _OUTLINE]}
        emphasis = {"strokeOpacity": {"condition": {"test": test, "value": 1}, "value": _UNSEEN}}
    if ids:
        own = f"isValid(datum.{PART}) ? datum.{PART} : '{ids}'"
        # First, as what follows may leave only some fields.
        view = view | {"transform": [{"calculate": own, "as": PART}, *view.get("transform", [])]}
    return view | {"mark": mark, "encoding": view.get("encoding", {}) | emphasis}


def _frame(layers: Spec, data: str) -> Spec | None:
    """Make the frame of a panel: behind its marks, one for each part, to be pointed at anywhere in it."""
    named = next((v for v in layers["layer"] if v.get("data", {}).get("name", data) in _FRAMED), None)
    if named is None:
        return None
    own = named.get("data")
    filters = [t for t in named.get("transform", []) if "panel ===" in str(t.get("filter", ""))]
    return {
        **({"data": own} if own else {}),
        "transform": [*filters, {"aggregate": [{"op": "count", "as": "rows"}], "groupby": [PART]}],
        "mark": {"type": "rect", "style": _OUTLINE, "fill": "transparent", "strokeJoin": "round"},
        "encoding": {
            # A tooltip, though an empty one, is what makes a mark take the pointer.
            "tooltip": {"value": ""},
            "strokeOpacity": {"condition": {"test": _lit(f"datum.{PART}"), "value": 1}, "value": _UNSEEN},
        },
    }


def _axis(spec: Spec, view: str, channel: str, ids: str) -> Spec:
    """Let the axis of a view answer: its line becomes heavy and its title bold."""
    test = _lit(f"'{ids}'")
    looks = {
        "domain": True,
        "domainWidth": {"expr": f"{test} ? 3 : 1"},
        "titleFontWeight": {"expr": f"{test} ? 'bold' : 'normal'"},
    }

    def named(part: Spec) -> bool:
        return part.get("name") == view or any(named(v) for v in part.get("layer", []))

    def change(part: Spec) -> Spec:
        for joined in ("concat", "hconcat", "vconcat"):
            if joined in part:
                return part | {joined: [change(v) for v in part[joined]]}
        return answering(part) if named(part) else part

    def answering(part: Spec) -> Spec:
        if "layer" in part:
            part = part | {"layer": [answering(v) for v in part["layer"]]}
        of = part.get("encoding", {}).get(channel)
        if not isinstance(of, dict) or not isinstance(of.get("axis"), dict):
            return part
        return part | {"encoding": part["encoding"] | {channel: of | {"axis": of["axis"] | looks}}}

    return change(spec)
