"""Each check before a fit, on data made for it: it speaks where it should, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from mlmwidget import datasets
from mlmwidget.data.build import model_frame
from mlmwidget.data.checks import copied_rows, preflight
from mlmwidget.formula.parse import parse


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    g = np.repeat([f"g{k:02}" for k in range(12)], 5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=60),
            "x": rng.normal(size=60),
            "w": rng.normal(size=60),
            "c": 2.0,
            "b": rng.integers(0, 2, 60),
            "f": pd.Categorical(np.tile(list("ab"), 30), categories=list("abcd")),
            "g": g,
        }
    )


def said(formula, data, family="gaussian"):
    return {p.code: p for p in preflight(parse(formula, family=family), data)}


def test_nothing_is_said_about_sound_data(data):
    assert said("y ~ x * w + (x | g)", data) == {}
    assert copied_rows(data, "y") is None


def test_a_constant_predictor_is_called_so(data):
    found = said("y ~ x + c + (1 | g)", data)
    assert list(found) == ["constant-predictor"]
    assert found["constant-predictor"].part == "term-1"
    assert "“c” has the same value in every row" in found["constant-predictor"].message


def test_a_predictor_that_is_constant_in_the_rows_that_are_left_is_called_so(data):
    data["z"] = np.where(np.arange(60) < 20, 1.0, 3.0)
    data.loc[:19, "x"] = np.nan
    assert "constant-predictor" in said("y ~ x + z + (1 | g)", data)


def test_an_outcome_of_two_values_is_not_gaussian_and_that_does_not_block(data):
    found = said("b ~ x + (1 | g)", data)["two-values"]
    assert (found.severity, found.part) == ("warning", "response")
    assert "two-values" not in said("b ~ x + (1 | g)", data, "bernoulli")
    assert "two-values" not in said("y ~ x + (1 | g)", data)


def test_of_an_outcome_with_one_value_it_is_not_said_that_it_has_two():
    data = pd.DataFrame({"y": [3.0] * 12, "g": list("aabbccddeeff")})
    found = said("y ~ 1 + (1 | g)", data)
    assert "constant-response" in found
    assert "two-values" not in found


def test_numbers_with_decimal_commas_are_recognised():
    data = pd.DataFrame({"y": np.arange(12.0), "x": [f"{k},5" for k in range(12)], "g": list("aabbccddeeff")})
    message = said("y ~ x + (1 | g)", data)["numbers-as-text"].message
    assert "holds numbers with decimal commas as text" in message
    assert 'decimal=","' in message


@pytest.mark.parametrize("family", ["poisson", "bernoulli", "gamma", "beta", "negbinomial"])
def test_an_outcome_that_the_family_does_not_allow_blocks(data, family):
    found = said("y ~ x + (1 | g)", data, family)["response-range"]
    assert found.severity == "error"
    assert family in found.message


@pytest.mark.parametrize(
    ("formula", "missing"),
    [("y ~ x:w + (1 | g)", {"x", "w"}), ("y ~ x + x:w + (1 | g)", {"w"}), ("y ~ f + w:f + (1 | g)", set())],
)
def test_an_interaction_without_its_main_effects_is_named(data, formula, missing):
    found = [p for p in model_frame(formula, data).problems if p.code == "marginality"]
    assert {p.column for p in found} == missing


def test_an_interaction_with_a_factor_needs_the_factor_alone_where_the_number_is_not_coded_for(data):
    found = [p for p in model_frame("y ~ w + w:f + (1 | g)", data).problems if p.code == "marginality"]
    assert [p.column for p in found] == ["f"]


def test_groups_of_one_row_are_counted(data):
    data["h"] = [f"h{k}" if k < 30 else "all" for k in range(60)]
    found = said("y ~ x + (1 | h)", data)["single-rows"]
    assert found.message.startswith("30 of the 31 groups of “h” have a single row")
    data["h"] = [f"h{max(k, 20) // 2}" for k in range(60)]
    assert "single-rows" not in said("y ~ x + (1 | h)", data)


def test_a_slope_that_few_groups_can_tell_is_named(data):
    data["x"] = np.where(data["g"].isin(["g00", "g01", "g02"]), data["x"], 1.0)
    found = said("y ~ x + (x | g)", data)["slope-in-few-groups"]
    assert "x varies within 3 of the 12 groups of “g” only" in found.message
    assert found.part == "group-0-term-0"


def test_categories_without_rows_are_named(data):
    found = said("y ~ f + (1 | g)", data)["levels-lost"]
    assert found.severity == "note"
    assert "c, d do not occur in the rows that are used" in found.message


def test_groups_without_a_complete_row_are_named(data):
    data.loc[data["g"] == "g03", "x"] = np.nan
    found = said("y ~ x + (1 | g)", data)
    assert "1 group of “g” left out" in found["levels-lost"].message
    assert found["levels-lost"].message.endswith("g03.")
    assert "x: 5" in found["rows-dropped"].message


def test_rows_that_were_read_in_twice_are_counted(data):
    twice = pd.concat([data, data.iloc[:3]])
    assert copied_rows(twice, "y").message.startswith("3 rows are copies of others in every column")
    assert copied_rows(twice, "b") is None, "two values repeat as they should"
    assert copied_rows(twice.assign(z=[[1]] * 63), "y") is None
    assert copied_rows(datasets.radon(), "log_radon") is None


def test_errors_block_and_warnings_do_not(make_widget, data):
    assert make_widget(data, "y ~ c + (1 | g)").view["can_fit"]
    widget = make_widget(data, "y ~ x + (1 | c)")
    assert not widget.view["can_fit"]
    assert [p.code for p in widget.problems if p.severity == "error"] == ["one-group"]


@pytest.fixture
def make_widget():
    from mlmwidget import MLMWidget

    made = []

    def make(data, formula):
        made.append(MLMWidget(data, formula, live=False))
        return made[-1]

    yield make
    for widget in made:
        widget.close()


def test_a_model_frame_shows_its_shape_and_not_all_its_numbers(data):
    frame = model_frame("y ~ x + (1 + x | g)", data)
    levels = len(frame.groups[0].levels)
    assert repr(frame) == (
        f"ModelFrame('y ~ x + (1 + x | g)': {frame.n} rows, 2 columns of X, {levels} × 2 effects of g)"
    )
