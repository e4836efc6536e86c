"""Chips of predictors: centring in one click, interactions by pointing, nothing dropped silently."""

import numpy as np
import pandas as pd
import pytest
from widget.protocol import mismatches

from mlmwidget import FormulaError, parse
from mlmwidget.widget.edits import apply_edit

COLUMNS = ["y", "x", "w", "g", "h", "batch", "cask"]
WITHIN = "I(x - ave(x, g))"


def centred(formula, value, **fields):
    request = {"edit": "set-centring", "term": parse(formula).terms[0].label, "value": value, **fields}
    return apply_edit(parse(formula), request, COLUMNS)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(12), 6)
    return pd.DataFrame(
        {
            "y": rng.normal(size=72),
            "x": rng.normal(size=72) + g,
            "w": rng.normal(size=12)[g],
            "f": np.tile(["a", "b", "c"], 24),
            "g": np.array([f"g{k}" for k in g]),
        }
    )


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("grand-mean", "y ~ I(x - mean(x)) + w + I(x - mean(x)):w + (I(x - mean(x)) | g)"),
        ("within:g", f"y ~ {WITHIN} + w + {WITHIN}:w + ({WITHIN} | g)"),
        ("within-and-mean:g", f"y ~ {WITHIN} + ave(x, g) + w + {WITHIN}:w + ({WITHIN} | g)"),
        ("within:batch:cask", "y ~ I(x - ave(x, batch, cask)) * w + (I(x - ave(x, batch, cask)) | g)"),
    ],
)
def test_every_term_that_has_the_predictor_follows_its_centring_and_comes_back(value, wanted):
    plain = parse("y ~ x + w + x:w + (x | g)")
    there = centred(plain.formula, value)
    assert there == parse(wanted)
    assert not there.notes
    assert centred(there.formula, "none") == plain


def test_the_group_mean_that_goes_with_the_centring_is_named():
    spec = centred(f"y ~ {WITHIN} + ave(x, g) + (1 | g)", "grand-mean")
    assert spec == parse("y ~ I(x - mean(x)) + (1 | g)")
    assert spec.notes[0].message.startswith("Left out: ave(x, g),")


def test_a_group_mean_that_something_else_rests_on_stays_and_that_is_said():
    spec = centred(f"y ~ {WITHIN} + ave(x, g) * w + (1 | g)", "none")
    assert parse("y ~ x + ave(x, g) * w + (1 | g)") == spec
    assert "ave(x, g) stays" in spec.notes[0].message


def test_missing_values_are_passed_over_by_the_grand_mean():
    assert centred("y ~ x", "grand-mean", skip_missing=True) == parse("y ~ I(x - mean(x, na.rm = TRUE))")


def test_the_same_centring_written_otherwise_stays_as_it_is():
    assert centred("y ~ scale(x, scale = FALSE)", "grand-mean") == parse("y ~ scale(x, scale = FALSE)")


@pytest.mark.parametrize(
    ("formula", "value"),
    [("y ~ x", "outside"), ("y ~ x", "within:"), ("y ~ x:w", "none"), ("y ~ ave(x, g)", "none")],
)
def test_a_centring_that_makes_no_sense_is_refused(formula, value):
    with pytest.raises(FormulaError):
        centred(formula, value)


def test_a_centring_that_the_model_has_in_another_term_is_refused():
    with pytest.raises(FormulaError, match="already in the model"):
        centred("y ~ x + I(x - mean(x))", "grand-mean")


def test_an_interaction_holds_its_main_effects():
    with pytest.raises(FormulaError, match="x:w rests on x: remove it first"):
        apply_edit(parse("y ~ x * w"), {"edit": "remove-term", "term": "x"}, COLUMNS)
    assert apply_edit(parse("y ~ x * w"), {"edit": "remove-term", "term": "x:w"}, COLUMNS) == parse(
        "y ~ x + w"
    )


def chip(widget, label):
    return next(c for c in widget.view["form"]["terms"] if c["label"] == label)


def test_a_click_on_each_centring_gives_the_model_it_says(make, send, data):
    widget = make(data, "y ~ x + (x | g)")
    menu = chip(widget, "x")["centring"]
    assert [c["label"] for c in menu["choices"]] == [
        "not centred",
        "centred at its mean",
        "centred within g",
        "centred within g + mean",
    ]
    for choice in menu["choices"][1:]:
        send(widget, chip(widget, "x")["centring"]["request"], value=choice["value"])
        assert chip(widget, "x")["centring"]["value"] == choice["value"]
        assert widget.view["can_fit"]
        assert mismatches(widget.view, "View") == []
    assert widget.formula == f"y ~ {WITHIN} + ave(x, g) + (1 + {WITHIN} | g)"
    assert chip(widget, "g mean of x")["remark"] == "contextual effect"
    assert chip(widget, "g mean of x")["centring"] is None
    widget.undo()
    assert widget.formula == f"y ~ {WITHIN} + (1 + {WITHIN} | g)"


def test_what_does_not_vary_within_groups_cannot_be_centred_there(make, data):
    widget = make(data, "y ~ w + f + (1 | g)")
    within = chip(widget, "w")["centring"]["choices"][2]
    assert within["reason"] == "w does not vary within g, so nothing would be left of it."
    assert chip(widget, "f")["centring"] is None


def test_a_predictor_points_at_those_it_can_interact_with(make, send, data):
    widget = make(data, "y ~ x + w + f + (1 | g)")
    menu = chip(widget, "x")["interact"]
    assert [c["label"] for c in menu["choices"]] == ["w", "f"]
    assert menu["choices"][0]["remark"] == "cross-level: w changes the slope of x"
    send(widget, menu["request"], value=menu["choices"][0]["value"])
    assert parse(widget.formula) == parse("y ~ x + w + f + x:w + (1 | g)")
    assert [c["label"] for c in chip(widget, "x")["interact"]["choices"]] == ["f"]
    assert chip(widget, "x × w")["remark"] == "cross-level interaction"
    assert chip(widget, "x")["needed"] == "x:w rests on x: remove it first."
    send(widget, chip(widget, "x")["remove"])
    assert parse(widget.formula) == parse("y ~ x + w + f + x:w + (1 | g)")
    assert widget.problems[0].message == "x:w rests on x: remove it first."


def test_very_many_predictors_do_not_offer_every_pair(make, data):
    many = data.assign(**{f"x{k}": data["x"] * k for k in range(2, 20)})
    widget = make(many, "y ~ " + " + ".join(f"x{k}" for k in range(2, 20)) + " + (1 | g)")
    assert all(c["interact"] is None for c in widget.view["form"]["terms"])


def test_a_predictor_without_an_effect_of_its_own_says_so(make, data):
    widget = make(data.assign(one=1.0), "y ~ x + one + (1 | g)")
    assert chip(widget, "one")["remark"] == "no effect to estimate"
    assert chip(widget, "one")["centring"] is None
