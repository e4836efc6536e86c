"""What the formula line completes: every name as the grammar reads it, with what it is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from widget.protocol import mismatches

from mlmwidget import datasets, parse
from mlmwidget.data.columns import profile
from mlmwidget.formula.functions import FUNCTIONS
from mlmwidget.formula.parse import parse_expression
from mlmwidget.formula.syntax import Name
from mlmwidget.widget.candidates import candidates


def remarks(data):
    return {c["name"]: c["remark"] for c in candidates(profile(data)) if c["text"] != f"{c['name']}("}


def test_columns_go_first_in_their_order_then_the_functions_of_the_grammar():
    found = candidates(profile(datasets.sleepstudy()))
    assert [c["name"] for c in found[:3]] == ["Reaction", "Days", "Subject"]
    assert {c["text"] for c in found[3:]} == {f"{name}(" for name in FUNCTIONS}
    names = [c["name"] for c in found[3:]]
    assert names.index("log") < names.index("log2") < names.index("log1p")


def test_each_says_what_it_is():
    data = pd.DataFrame(
        {
            "y": np.linspace(-1, 1, 60),
            "visit": np.tile(np.arange(6), 10),
            "sex": np.tile(["f", "m"], 30),
            "school_id": np.repeat(np.arange(101, 111), 6),
            "g": np.repeat([f"g{k}" for k in range(10)], 6),
            "arm": np.tile(["a", "b", None], 20),
            "odd": [[1]] * 60,
        }
    )
    assert remarks(data) == {
        "y": "number: −1 to 1",
        "visit": "whole number: 0 to 5",
        "sex": "category: f, m",
        "school_id": "grouping factor: 10 groups",
        "g": "grouping factor: 10 groups of 6",
        "arm": "category: a, b, 20 values missing",
        "odd": "cannot be modelled",
    }
    by_name = {c["name"]: c["remark"] for c in candidates(())}
    assert by_name["log"] == "function of x, base"


@given(st.text(min_size=1))
def test_every_name_is_written_so_that_the_grammar_reads_it_back(name):
    (found, *_) = candidates(profile({name: [1, 2, 3]}))
    assert found["name"] == name
    assert mismatches(found, "Candidate") == []
    read = parse_expression(found["text"])
    assert isinstance(read, Name)
    assert read.name == name


@pytest.mark.parametrize("name", ["my column", "2nd visit", "שלום עולם", "😀 mood", "a`b", "if", "x" * 200])
def test_a_completed_name_makes_a_formula_that_names_the_column(name):
    data = pd.DataFrame({"y": [1.0, 2, 3], name: [3, 2, 1]})
    text = next(c["text"] for c in candidates(profile(data)) if c["name"] == name)
    assert parse(f"y ~ {text}", data).terms[0].variables == (Name(name),)


def test_a_column_without_a_name_is_left_out_and_two_thousand_are_not():
    data = pd.DataFrame(np.zeros((3, 2000)), columns=["", *(f"v{k}" for k in range(1999))])
    assert len(candidates(profile(data))) == 1999 + len(FUNCTIONS)


def test_other_data_bring_other_names(make):
    widget = make()
    widget.data = datasets.radon()
    assert [c["name"] for c in widget.candidates[:4]] == ["county", "floor", "log_radon", "log_uranium"]
