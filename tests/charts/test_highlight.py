"""One highlight: marks say what they stand for, and what is pointed at is drawn heavier, nothing else."""

import copy
import re

import pytest
import standin

from mlmwidget import datasets
from mlmwidget.charts import DARK, PLOTS, Charts, views
from mlmwidget.charts.theme import LIGHT
from mlmwidget.notation.glossary import part_names
from mlmwidget.notation.symbols import structure

vlc = pytest.importorskip("vl_convert")

MODELS = {
    "slopes": standin.sleepstudy,
    "intercept": lambda: standin.standin(
        "log_radon ~ floor + log_uranium + (1 | county)", datasets.radon(), [[0.3]], 0.75
    ),
    "crossed": lambda: standin.standin(
        "diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin(), [[0.8], [1.9]], 0.55
    ),
}
#: Plots of single varying effects.
EFFECTS = {"pooling", "shrinkage", "caterpillar", "population", "group_size", "variance"}


@pytest.fixture(scope="module")
def at_rest():
    """The views of a fit, and each as SVG with nothing pointed at."""
    return [(view, svg(view, "")) for view in views(standin.sleepstudy())]


def svg(view, pointed):
    """The chart as SVG with a part pointed at."""
    spec = copy.deepcopy(view["spec"])
    next(p for p in spec["params"] if p["name"] == "part")["value"] = pointed
    return vlc.vegalite_to_svg(spec | {"datasets": view["data"], "config": LIGHT}, vl_version="6.4")


def heavier(view, rest, pointed):
    """How many marks are drawn with another stroke when a part is pointed at; nothing else may change."""
    # Clips are numbered through all drawings.
    rest, lit = (re.sub(r"\bclip\d+", "clip", text) for text in (rest, svg(view, pointed)))
    strokes = re.compile(r' stroke-(?:width|opacity)="[^"]*"| font-weight="[^"]*"')
    assert strokes.sub("", rest) == strokes.sub("", lit), view["name"]
    return sum(a != b for a, b in zip(rest.split("<"), lit.split("<"), strict=True))


@pytest.mark.parametrize("model", MODELS)
def test_what_marks_stand_for_are_parts_of_the_model(model):
    fit = MODELS[model]()
    known = part_names(structure(fit.spec, fit.frame))
    for view in views(fit):
        ids = {row["part"] for rows in view["data"].values() for row in rows if row.get("part")}
        assert {part for some in ids for part in some.split()} <= set(known)
        assert view["parts"], view["name"]
        assert all(known[part["part"]] == part["label"] for part in view["parts"])


@pytest.mark.parametrize(
    ("part", "in_plots"),
    [
        ("group-0-intercept", EFFECTS),
        ("group-0-term-0", EFFECTS),
        ("group-0-cor", {"shrinkage", "variance", "sampler"}),
        ("group-0", {"structure", "checks", "caterpillar", "variance"}),
        ("sigma", {"variance", "checks", "sampler"}),
        ("intercept", {"shrinkage", "population", "sampler", "priors"}),
        ("term-0", {"population", "variance", "sampler", "priors"}),
        ("response", {"pooling", "population", "checks", "priors"}),
    ],
)
def test_a_pointed_part_is_drawn_heavier_where_it_is_shown(part, in_plots, at_rest):
    assert in_plots <= {view["name"] for view, rest in at_rest if heavier(view, rest, part)}


def test_a_part_that_the_model_lacks_is_drawn_heavier_nowhere(at_rest):
    assert not any(heavier(view, rest, "offset-0") for view, rest in at_rest)


def test_a_panel_s_frame_is_that_of_its_part_alone():
    (view,) = views(standin.sleepstudy(), ["caterpillar"])
    frames = re.compile(r'stroke="' + LIGHT["style"]["lit"]["stroke"] + r'" stroke-opacity="1"')
    one, both = (len(frames.findall(svg(view, part))) for part in ("group-0-intercept", "group-0"))
    assert (one, both) == (1, 2)


def test_hollow_marks_are_seen_at_rest():
    fit = standin.standin("Reaction ~ 1 + (1 | Subject)", datasets.sleepstudy(), [[36]], 44)
    for view in views(fit):
        symbols = [part for part in svg(view, "").split('<g class="mark-') if part.startswith("symbol")]
        for path in re.findall(r"<path[^>]*>", "".join(symbols)):
            assert ' fill="#' in path or 'stroke-opacity="0.001"' not in path, view["name"]


def test_charts_outside_the_widget_have_no_highlight():
    for name in PLOTS:
        spec = getattr(Charts(standin.sleepstudy()), name)().to_dict()
        assert not any(p["name"].startswith("part") for p in spec.get("params", []))
        assert '"lit"' not in str(spec["vconcat"])


def test_outlines_are_as_dark_as_text_in_both_themes():
    for config in (LIGHT, DARK):
        assert config["style"]["lit"]["stroke"] == config["title"]["color"]
