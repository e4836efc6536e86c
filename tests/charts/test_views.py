"""Charts as specifications: valid, free of data and colours, constant between fits, safe with any name."""

import json
import re
import subprocess
import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import standin
from altair.utils.schemapi import validate_jsonschema
from altair.vegalite.v6.schema.core import load_schema

import mlmwidget
from mlmwidget import datasets
from mlmwidget.charts import DARK, LIGHT, PLOTS, Charts, views
from mlmwidget.charts.tables.pooling import LABELS

HOSTILE = ["a.b", "c['d']", 'e"f', "<script>alert(1)</script>", "datum.x\\", "ÿ 🙂 #{1}", "${y}", "x\ny"]


def models():
    s = datasets.simulate("y ~ x + (1 + x | g)", groups=6, per_group=30, family="bernoulli")
    return {
        "slopes": standin.sleepstudy(),
        "intercepts": standin.radon(),
        "level only": standin.standin("Reaction ~ 1 + (1 | Subject)", datasets.sleepstudy(), [[36]], 44),
        "slope only": standin.standin(
            "Reaction ~ Days + (0 + Days | Subject)", datasets.sleepstudy(), [[7]], 29
        ),
        "categories": standin.standin(
            "score ~ Machine + (Machine | Worker)", datasets.machines(), [[4, 4, 4]], 1
        ),
        "crossed": standin.standin(
            "diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin(), [[0.8], [1.9]], 0.55
        ),
        "group-level predictor": standin.standin(
            "log_radon ~ floor + log_uranium + (1 | county)", datasets.radon(), [[0.3]], 0.75
        ),
        "bernoulli": standin.standin(s.spec, s.data, [[1, 0.5]], 1.0),
    }


MODELS = models()


QUICK = ("slopes", "level only", "crossed", "bernoulli")


@pytest.fixture(
    params=[name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS],
    scope="module",
)
def fit(request):
    return MODELS[request.param]


def test_every_chart_is_valid_vega_lite(fit):
    schema = load_schema()
    for view in views(fit):
        assert view["spec"], view["note"]
        few = {name: rows[:3] for name, rows in view["data"].items()}
        validate_jsonschema(view["spec"] | {"datasets": few}, schema)


def test_every_chart_compiles_to_vega(fit):
    vlc = pytest.importorskip("vl_convert")
    for view in views(fit):
        spec = view["spec"] | {"datasets": view["data"], "config": DARK}
        vlc.vegalite_to_vega(spec, vl_version="6.4")


def test_rows_are_json_without_nan_and_few_enough(fit):
    for view in views(fit):
        json.dumps(view, allow_nan=False)
        assert all(len(rows) <= 5000 for rows in view["data"].values())


def test_every_data_set_of_a_spec_is_there_and_used(fit):
    for view in views(fit):
        named = set(re.findall(r'"data": \{"name": "(\w+)"\}', json.dumps(view["spec"])))
        assert named == set(view["data"])
        assert all(name.startswith(view["name"]) for name in named)


def test_no_chart_carries_a_colour(fit):
    for view in views(fit):
        assert not re.search(
            r"#[0-9a-fA-F]{3,8}\b|rgb\(|\"(white|black|red|steelblue)\"", json.dumps(view["spec"])
        )


def test_marks_name_styles_that_both_themes_have(fit):
    used = {
        style for view in views(fit) for style in re.findall(r'"style": "([\w-]+)"', json.dumps(view["spec"]))
    }
    assert used <= set(LIGHT["style"])
    assert set(LIGHT["style"]) == set(DARK["style"])


def test_every_chart_is_described_with_figures(fit):
    for view in views(fit):
        assert re.search(r"\d", view["description"])
        assert view["title"]


def test_other_numbers_leave_the_specification_as_it_is():
    rng = np.random.default_rng(5)
    data = datasets.sleepstudy()
    first = standin.sleepstudy()
    data["Reaction"] = 10 * data["Reaction"] + rng.normal(0, 300, len(data)) - 4000
    second = standin.standin("Reaction ~ Days + (Days | Subject)", data, [[300, 40]], 300, seed=9)
    for a, b in zip(views(first), views(second), strict=True):
        assert a["spec"] == b["spec"]
        # How rows are grouped is no estimate.
        assert a["data"] != b["data"] or a["name"] == "structure"


def test_names_of_columns_and_groups_are_values_never_fields_or_code():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({HOSTILE[0]: np.tile(np.arange(5.0), 8), HOSTILE[2]: np.repeat(HOSTILE, 5)})
    data[HOSTILE[3]] = rng.normal(size=40)
    formula = f"`{HOSTILE[3]}` ~ `{HOSTILE[0]}` + (`{HOSTILE[0]}` | `{HOSTILE[2]}`)"
    fit = standin.standin(formula, data, [[1.0, 0.5]], 1.0)
    for view in views(fit):
        text = json.dumps(view["spec"])
        fields = set(re.findall(r'"field": "([^"]*)"', text))
        assert all(re.fullmatch(r"\w+", f) for f in fields)
        expressions = re.findall(r'"(?:filter|labelExpr|calculate|expr)": "((?:[^"\\]|\\.)*)"', text)
        assert not any("script" in e or "a.b" in e for e in expressions)
        levels = {row["level"] for rows in view["data"].values() for row in rows if row.get("level")}
        assert levels <= set(HOSTILE)
        vlc = pytest.importorskip("vl_convert")
        svg = vlc.vegalite_to_svg(view["spec"] | {"datasets": view["data"]}, vl_version="6.4")
        assert "<script" not in svg


def test_a_chart_stands_alone_with_heading_theme_and_named_data():
    spec = Charts(standin.sleepstudy()).shrinkage().to_dict()
    assert spec["title"]["text"] == "Shrinkage towards the population"
    assert spec["config"]["range"] == LIGHT["range"]
    assert set(spec["datasets"]) == {"shrinkage", "shrinkage_ellipses", "shrinkage_population"}


def test_joined_charts_share_one_selection_of_groups():
    charts = Charts(standin.sleepstudy())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec = (charts.pooling() | charts.shrinkage() & charts.caterpillar()).to_dict()
    names = [p["name"] for p in spec["params"]]
    assert [name for name in names if not name.startswith("pool_")] == ["group", "pool", "show"]
    assert len(names) == len(set(names))
    assert len(spec["params"][0]["views"]) >= 4
    assert spec["params"][0]["select"]["fields"] == ["level"]
    assert spec["config"]["style"] == LIGHT["style"]
    vlc = pytest.importorskip("vl_convert")
    vlc.vegalite_to_vega(spec, vl_version="6.4")


def test_a_model_without_groups_is_told_why_there_is_no_chart():
    fit = standin.standin("Reaction ~ Days", datasets.sleepstudy(), [], 50)
    by_name = {view["name"]: view for view in views(fit)}
    assert by_name["pooling"]["spec"] == {}
    assert "no group-level term" in by_name["pooling"]["note"]
    assert by_name["population"]["spec"]
    with pytest.raises(ValueError, match="no group-level term"):
        Charts(fit).pooling()


def test_views_can_be_asked_for_one_by_one():
    assert [v["name"] for v in views(standin.sleepstudy(), ["shrinkage"])] == ["shrinkage"]
    assert PLOTS[:4] == ("pooling", "shrinkage", "caterpillar", "population")


def test_a_point_estimate_has_charts_without_bands_and_says_what_it_cannot_show():
    fit = mlmwidget.fit("Reaction ~ Days + (Days | Subject)", datasets.sleepstudy(), method="reml")
    by_name = {view["name"]: view for view in views(fit)}
    partial = [
        row for row in by_name["pooling"]["data"]["pooling"] if row.get("pooling") == "partial pooling"
    ]
    assert partial
    assert not any("lower" in row for row in partial)
    assert "no posterior" in by_name["variance"]["note"]
    for name in ("pooling", "shrinkage", "caterpillar", "population", "group_size", "structure", "priors"):
        assert by_name[name]["spec"]


def test_a_fit_hands_out_its_charts():
    fit = standin.sleepstudy()
    assert fit.charts.caterpillar().to_dict()["title"]["text"] == "Group effects, sorted"
    assert {name for name in dir(fit.charts) if not name.startswith("_")} == {*PLOTS, "code", "data"}


def test_themes_can_be_read_without_importing_altair():
    code = "import sys, mlmwidget.charts.theme, mlmwidget.charts; print('altair' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def titles(node, at=0.0):
    """Heights of all titles in a scene graph, by their text."""
    found = {}
    for item in node.get("items", []):
        below = at + item.get("y", 0) if node["marktype"] == "group" else at
        if node.get("role") == "title-text":
            found[item["text"]] = at + item.get("y", 0)
        for part in item.get("items", []):
            found |= titles(part, below)
    return found


@pytest.mark.parametrize(("name", "in_a_row"), [("checks", 3), ("pooling", 6)])
def test_titles_of_panels_stand_at_one_height(name, in_a_row):
    vl = pytest.importorskip("vl_convert")
    view = views(standin.radon(), [name])[0]
    drawing = view["spec"] | {"datasets": view["data"], "config": LIGHT}
    graph = vl.vegalite_to_scenegraph(drawing, vl_version="6.4")
    heights = Counter(round(height, 3) for height in titles(graph["scenegraph"]).values())
    assert set(heights.values()) == {in_a_row}


def test_panels_of_few_groups_are_large():
    def panel(groups):
        data = datasets.simulate("y ~ x + (1 | g)", groups=groups, per_group=5, seed=1).data
        [view] = views(standin.standin("y ~ x + (1 | g)", data, [[1.0]], 1.0), ["pooling"])
        return view["spec"]["spec"]

    few, many = panel(3), panel(8)
    assert few["width"] > 1.5 * many["width"]
    assert few["height"] > 1.5 * many["height"]


def test_every_chart_draws_each_kind_of_pooling_with_one_mark():
    found = {kind: set() for kind in LABELS}
    for model, name in (("level only", "pooling"), ("level only", "shrinkage"), ("slopes", "shrinkage")):
        spec = views(MODELS[model], [name])[0]["spec"]
        for layer in spec["layer"]:
            kind = next(
                (k for k, label in LABELS.items() if f"'{label}'" in str(layer.get("transform"))), None
            )
            if kind and layer["mark"]["type"] == "point" and "color" in layer["encoding"]:
                mark = {k: v for k, v in layer["mark"].items() if k in ("style", "shape", "filled")}
                found[kind].add(str(mark).replace(", 'lit'", ""))
    assert {kind: len(marks) for kind, marks in found.items()} == {"no": 1, "complete": 1, "partial": 1}, (
        found
    )


@pytest.mark.parametrize("model", ["slopes", "level only"])
def test_what_belongs_to_groups_that_are_not_followed_fades_bands_too(model):
    spec = views(MODELS[model], ["pooling"])[0]["spec"]
    marks = [layer for layer in spec.get("spec", spec)["layer"] if "y" in layer["encoding"]]
    seen = [layer for layer in marks if layer["mark"].get("opacity") != 0]
    assert len(seen) >= 4
    for layer in seen:
        fading = layer["encoding"].get("opacity") or layer["encoding"]["fillOpacity"]
        assert fading["condition"][0]["param"] == "group"
    # A band that is pointed at gets an outline as pale as it is, not one as heavy as a line.
    [band] = [layer for layer in seen if "band" in layer["mark"].get("style", "")]
    assert "0.16" in str(band["mark"]["opacity"])
