"""Data as they come: the widget stays usable, and says what it leaves out."""

import numpy as np
import pandas as pd
import polars as pl
import pytest


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"y": rng.normal(size=60), "x": rng.normal(size=60), "g": np.repeat([f"g{k}" for k in range(10)], 6)}
    )


def said(widget):
    return {p.code: p.message for p in widget.problems}


def reasons(widget, menu):
    return {c["value"]: c["reason"] for c in widget.view["form"][menu]["choices"]}


def test_of_columns_with_the_same_name_the_first_is_used_and_that_is_said(make, data):
    data.columns = ["y", "g", "g"]
    widget = make(data)
    assert said(widget)["repeated-names"].startswith("Left out: g, because an earlier column")
    assert widget.view["form"]["add_term"]["choices"][0]["value"] == "g"
    assert widget.data.shape == (60, 2)
    assert list(data.columns) == ["y", "g", "g"], "the person's own frame stays as it is"


def test_names_of_several_levels_are_joined(make, data):
    data.columns = pd.MultiIndex.from_tuples([("a", "y"), ("a", "x"), ("b", "g")])
    assert make(data).formula == "a.y ~ 1 + (1 | b.g)"


def test_a_grouping_variable_in_the_index_is_pointed_out(make, data):
    widget = make(data.set_index(["g"]))
    assert said(widget)["in-the-index"] == (
        "g is in the index and is no column: data.reset_index() makes columns of the index."
    )
    assert widget.view["can_fit"]


@pytest.mark.parametrize("empty", [pd.DataFrame(), {}, pl.DataFrame()])
def test_an_empty_frame_leaves_a_widget_that_takes_other_data(make, data, empty):
    widget = make(empty)
    assert not widget.view["can_fit"]
    assert "no columns" in said(widget)["no-columns"]
    widget.data = data
    assert widget.formula == "y ~ 1 + (1 | g)"


def test_a_column_without_a_name_cannot_be_chosen_and_says_why(make, data):
    widget = make(data.rename(columns={"x": ""}))
    assert reasons(widget, "add_term")[""] == "It has no name: give the column one."


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([[1]] * 60, "lists or other objects"),
        ([{"a": 1}] * 60, "lists or other objects"),
        ([np.nan] * 60, "no values"),
        ([None] * 60, "no values"),
        ([1j] * 60, "complex"),
        ([3.0] * 60, "same value in every row"),
    ],
    ids=["lists", "dicts", "missing", "none", "complex", "constant"],
)
def test_columns_that_cannot_be_predictors_say_why(make, data, values, why):
    widget = make(data.assign(odd=values))
    assert why in reasons(widget, "add_term")["odd"]
    assert widget.view["can_fit"]


def test_dates_can_be_predictors(make, send, data):
    widget = make(data.assign(day=pd.date_range("2020-01-01", periods=60, tz="UTC")))
    send(widget, widget.view["form"]["add_term"]["request"], value="day")
    assert widget.formula == "y ~ day + (1 | g)"
    assert widget.view["can_fit"]


@pytest.mark.parametrize(
    "name", ["x" * 200, "a long name " * 16, "😀🏫 (1)", "שלום (1) עולם [2]", "مجموعة 12"]
)
def test_any_name_can_be_clicked_through(make, send, data, name):
    widget = make(data.rename(columns={"x": name, "g": name + " g"}))
    form = widget.view["form"]
    send(widget, form["add_term"]["request"], value=name)
    chip = widget.view["form"]["terms"][0]
    send(widget, chip["centring"]["request"], value=chip["centring"]["choices"][-1]["value"])
    assert len(widget.view["form"]["terms"]) == 2
    assert widget.view["can_fit"]
    send(widget, widget.view["form"]["undo"])
    send(widget, widget.view["form"]["undo"])
    assert widget.view["form"]["terms"] == []


def test_a_column_that_is_deleted_later_stays_in_the_widget_until_it_gets_other_data(make, send, data):
    widget = make(data, "y ~ x + (x | g)")
    del data["x"]
    send(widget, {"type": "edit", "edit": "set-slope"}, group="g", term="x", on=False)
    assert widget.formula == "y ~ x + (1 | g)"
    widget.data = data
    assert widget.formula == "y ~ 1 + (1 | g)"
    assert "Left out: x, because the new data have no such columns." in said(widget).values()


def test_the_comparison_that_is_proposed_for_a_column_of_categories_can_be_typed(make, send, data):
    widget = make(data.assign(**{"school name": ['St. "Mary"', "Süd", "Tor"] * 20}))
    reason = reasons(widget, "response")["school name"]
    comparison = reason[reason.index("(") : reason.rindex(")") + 1]
    send(widget, {"type": "formula"}, text=f"{comparison} ~ x + (1 | g)")
    assert widget.formula == f"{comparison[1:-1]} ~ x + (1 | g)"
