"""One switch for the words: population and group level, or fixed and random effects."""

import json
import re

import pytest
from traitlets import TraitError
from widget.protocol import mismatches

from mlmwidget import datasets

MODEL = "Reaction ~ Days + (Days | Subject)"
ONLY_POPULATION = re.compile(
    r"[Pp]opulation[- ]level|[Gg]roup[- ]level (?!predictor)|[Vv]arying (intercept|slope)"
)


def texts(value):
    """Every text for people in a view or report, without the names and synonyms of tooltips."""
    left_out = {"glossary", "vocabulary", "also"}
    if isinstance(value, dict):
        return [t for k, v in value.items() if k not in left_out for t in texts(v)]
    if isinstance(value, list):
        return [t for v in value for t in texts(v)]
    return [value] if isinstance(value, str) else []


def test_the_switch_changes_every_text_of_the_builder_and_the_report(make, send):
    widget = make(formula=MODEL)
    widget.fit(method="exact", draws=200)
    widget._fits.reports.open(["variance", "shrinkage", "population", "priors", "group_size", "caterpillar"])
    assert widget._fits.reports.wait(60)
    before = json.dumps(widget.view["form"]["terms"])
    send(widget, widget.view["vocabulary"]["request"], value="fixed-random")
    assert widget.vocabulary == "fixed-random"
    assert widget.view["form"]["population"] == {"legend": "Fixed effects", "also": "Population level"}
    assert widget.view["form"]["groups"][0]["slopes"][0]["label"] == "Random slope of Days"
    assert widget.view["form"]["presets"][0]["label"] == "Random intercept"
    assert {row["section"] for row in widget.report["summary"]} == {
        "Fixed effects",
        "Random effects: Subject",
        "Residual",
    }
    found = [t for t in texts(widget.view) + texts(widget.report) if ONLY_POPULATION.search(t)]
    assert found == []
    assert "random intercept" in widget.words()
    assert widget.view["glossary"]["intercept"].startswith("Fixed intercept (population-level intercept,")
    assert mismatches(widget.view, "View") == []
    send(widget, widget.view["vocabulary"]["request"], value="population-group")
    assert json.dumps(widget.view["form"]["terms"]) == before
    assert widget.report["summary"][0]["section"] == "Population level"


def test_requests_names_and_the_model_are_never_retold(make):
    data = datasets.sleepstudy().rename(columns={"Days": "population-level", "Subject": "varying slope"})
    formula = "Reaction ~ `population-level` + (1 + `population-level` | `varying slope`)"
    widget = make(data, formula, vocabulary="fixed-random")
    assert widget.formula == formula
    assert widget.view["form"]["add_group"]["choices"][0]["value"] in data
    assert widget.view["form"]["terms"][0]["label"] == "population-level"
    assert widget.view["form"]["groups"][0]["factor"]["value"] == "varying slope"
    assert any("Among the fixed effects" in f["text"] for s in widget.view["words"] for f in s)
    assert any("population-level has an effect" in f["text"] for s in widget.view["words"] for f in s)


def test_python_may_set_observe_and_start_with_it(make):
    widget = make(formula=MODEL, vocabulary="fixed-random")
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "vocabulary")
    widget.vocabulary = "population-group"
    assert seen == ["population-group"]
    assert widget.view["form"]["group"]["legend"] == "Group level"
    with pytest.raises(TraitError):
        widget.vocabulary = "mixed"
    with pytest.raises(TraitError):
        make(formula=MODEL, vocabulary="mixed")


def test_what_varies_between_categories_is_called_an_effect_not_a_slope(make):
    widget = make(datasets.machines(), "score ~ Machine + (1 | Worker)")
    (card,) = widget.view["form"]["groups"]
    assert [toggle["label"] for toggle in card["slopes"]] == ["Effect of Machine varies"]
    widget.vocabulary = "fixed-random"
    (card,) = widget.view["form"]["groups"]
    assert [toggle["label"] for toggle in card["slopes"]] == ["Random effect of Machine"]
