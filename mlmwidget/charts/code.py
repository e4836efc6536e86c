"""A chart as a script: the Altair code that draws it, to read, to run and to change.

The code is written from the Vega-Lite specification, so that running it gives an equal one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mlmwidget.charts.source import Call, Chain, Names, Node, call, literal, source

Spec = dict[str, Any]

_TYPES = {"quantitative": "Q", "nominal": "N", "ordinal": "O", "temporal": "T"}
#: Altair's class for a property of a channel.
_CLASSES = {"axis": "alt.Axis", "scale": "alt.Scale", "legend": "alt.Legend", "header": "alt.Header"}
#: Names that the script uses itself.
_TAKEN = ("alt", "pd", "mlm", "LIGHT", "DARK", "data", "fit", "rows", "chart", "figure")
_QUIETLY = (
    "# The views share one selection of groups on purpose.",
    'warnings.filterwarnings("ignore", message="Automatically deduplicated selection")',
)
_JOINED = ("layer", "concat", "hconcat", "vconcat")


def chart_code(spec: Spec, made: Sequence[str], rows: str, title: str, words: Sequence[str]) -> str:
    """Write a complete script of a chart.

    Parameters
    ----------
    spec
        Its Vega-Lite specification, data under names.
    made
        Lines that make ``fit``.
    rows
        Expression that gives its data frames under these names.
    title, words
        Heading, and lines of text below it.
    """
    drawing, parameters = drawing_code(spec)
    heading = call("alt.TitleParams", literal(title), subtitle=literal(list(words)) if words else None)
    figure = call("alt.vconcat", "chart", title=heading, config="LIGHT")
    shared = any(len(p.get("views", [])) > 1 for p in spec.get("params", []))
    return "\n".join(
        [
            *(("import warnings", "") if shared else ()),
            "import altair as alt",
            "import pandas as pd",
            "",
            "import mlmwidget as mlm",
            "from mlmwidget.charts import LIGHT  # its looks; DARK is for a dark page",
            "",
            *made,
            f"rows = {rows}  # data frames under their names",
            "",
            *(_QUIETLY if shared else ()),
            *parameters,
            f"chart = {drawing}",
            f"figure = {source(figure)}",
            "figure",
            "",
        ]
    )


def drawing_code(spec: Spec) -> tuple[str, list[str]]:
    """Write a specification as one expression, and the lines that make the parameters it uses.

    The data set ``name`` is ``rows["name"]`` there.
    """
    parameters = spec.get("params", [])
    selections = {p["name"]: p["views"] for p in parameters if "views" in p}
    plain = [p["name"] for p in parameters if "views" not in p]
    node = _view({k: v for k, v in spec.items() if k not in ("$schema", "config", "params")}, selections)
    if plain:
        node = Chain(node, (call(".add_params", *plain),))
    names = Names({*_TAKEN, *(p["name"] for p in parameters)})
    chart = names.share(node)
    lines = [f"{p['name']} = {source(_parameter(p, spec))}" for p in parameters]
    return _bracketed(chart), [*lines, *(f"{name} = {_bracketed(value)}" for name, value in names.made)]


def _bracketed(node: Node) -> str:
    """Write an expression; one of several lines that begin with a dot needs brackets."""
    broken = "\n" in source(node, "", 12)
    return f"(\n    {source(node, '    ')}\n)" if broken and isinstance(node, Chain) else source(node)


def _parameter(parameter: Spec, spec: Spec) -> Node:
    name = literal(parameter["name"])
    if "select" in parameter:
        select = {k: literal(v) for k, v in parameter["select"].items() if k != "type"}
        empty = literal(True) if '"empty": true' in json.dumps(spec) else None
        return call(f"alt.selection_{parameter['select']['type']}", name=name, **select, empty=empty)
    if "expr" in parameter:
        return call("alt.param", name=name, expr=literal(parameter["expr"]))
    bind = {k: literal(v) for k, v in parameter["bind"].items() if k != "input"}
    control = call(f"alt.binding_{parameter['bind']['input']}", **bind)
    return call("alt.param", name=name, value=literal(parameter["value"]), bind=control)


def _view(spec: Spec, selections: dict[str, list[str]], outer: Spec | None = None) -> Node:
    """Write a view of any kind; `outer` are data that a facet takes from what it repeats."""
    data = spec.get("data", outer)
    rows = None if data is None else f'rows["{data["name"]}"]'
    methods: list[Call] = []
    if "facet" in spec:
        head = _view(spec["spec"], selections, data)
        methods.append(_facet(spec))
    elif joined := next((kind for kind in _JOINED if kind in spec), None):
        layout = {k: literal(spec[k]) for k in ("columns", "spacing") if k in spec}
        views = (_view(view, selections) for view in spec[joined])
        head = call(f"alt.{joined}", *views, data=rows, **layout)
    else:
        head = call("alt.Chart", *([] if rows is None else [rows]))
    for transform in spec.get("transform", []):
        # One by one, as several views may begin with the same ones.
        head, methods = Chain(head, (*methods, _transform(transform))), []
    if "mark" in spec:
        mark = {"type": spec["mark"]} if isinstance(spec["mark"], str) else spec["mark"]
        options = {k: _value(k, v) for k, v in mark.items() if k != "type"}
        methods.append(call(f".mark_{mark['type']}", **options))
    if "encoding" in spec:
        channels = {name: _channel(name, of) for name, of in spec["encoding"].items()}
        methods.append(call(".encode", **channels))
    properties = {k: _property(k, spec[k]) for k in ("width", "height", "title", "name") if k in spec}
    if properties:
        methods.append(call(".properties", **properties))
    methods += [
        call(f".resolve_{what}", **{k: literal(v) for k, v in how.items()})
        for what, how in spec.get("resolve", {}).items()
    ]
    chosen = [name for name, views in selections.items() if spec.get("name") in views]
    if chosen:
        methods.append(call(".add_params", *chosen))
    return Chain(head, tuple(methods)) if methods else head


def _facet(spec: Spec) -> Call:
    layout = {k: literal(spec[k]) for k in ("columns", "spacing") if k in spec}
    if "field" in spec["facet"]:
        return call(".facet", facet=_field("alt.Facet", spec["facet"]), **layout)
    sides = {side: _field(f"alt.{side.capitalize()}", of) for side, of in spec["facet"].items()}
    return call(".facet", **sides, **layout)


def _transform(transform: Spec) -> Call:
    match transform:
        case {"filter": condition}:
            return call(".transform_filter", literal(condition))
        case {"calculate": formula, "as": name}:
            return call(".transform_calculate", **{name: literal(formula)})
        case {"aggregate": parts}:
            texts = {p["as"]: literal(f"{p['op']}({p['field']})") for p in parts}
            return call(".transform_aggregate", **texts)
    raise NotImplementedError(f"no Altair code for the transformation {transform}")


def _channel(name: str, of: Any) -> Node:
    if isinstance(of, list):
        return Call("", tuple(("", _channel(name, each)) for each in of), "[]")
    kind = f"alt.{name[0].upper()}{name[1:]}"
    if "condition" in of:
        condition = of["condition"][0] if isinstance(of["condition"], list) else of["condition"]
        then, otherwise = (call("alt.value", literal(each["value"])) for each in (condition, of))
        when = call("alt.when", condition["param"])
        return Chain(when, (call(".then", then), call(".otherwise", otherwise)))
    if "field" in of or "aggregate" in of:
        return _field(kind, of)
    if "datum" in of:
        return _with_options(f"{kind}Datum", literal(of["datum"]), of, "datum")
    return call("alt.value", literal(of["value"]))


def _field(kind: str, of: Spec) -> Node:
    """Write a field in Altair's short form, with its options if it has any."""
    field = f"{of['aggregate']}({of['field']})" if "aggregate" in of else of["field"]
    short = literal(f"{field}:{_TYPES[of['type']]}" if "type" in of else field)
    if not of.keys() - {"field", "type", "aggregate"}:
        return short
    return _with_options(kind, short, of, "field", "type", "aggregate")


def _with_options(kind: str, first: Node, of: Spec, *known: str) -> Call:
    return call(kind, first, **{k: _value(k, v) for k, v in of.items() if k not in known})


def _value(name: str, value: Any) -> Node:
    """Write the value of an option."""
    match value:
        case {"expr": expression}:
            return call("alt.expr", literal(expression))
        case dict() if name in _CLASSES:
            return call(_CLASSES[name], **{k: _value(k, v) for k, v in value.items()})
        case {"field": _} if name == "sort":
            return call("alt.EncodingSortField", **{k: literal(v) for k, v in value.items()})
    return literal(value)


def _property(name: str, value: Any) -> Node:
    match value:
        case {"step": step}:
            return call("alt.Step", literal(step))
        case dict() if name == "title":
            return call("alt.TitleParams", **{k: _value(k, v) for k, v in value.items()})
    return literal(value)
