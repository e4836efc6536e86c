"""Profiles say what a column is and what it can be used for; suggestions are plausible."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from reference_data import load

from mlmwidget import datasets
from mlmwidget.data.columns import constant_columns, profile, suggest, varies_within
from mlmwidget.data.table import read_columns
from mlmwidget.problems import DataError


def profiles(**columns):
    return {c.name: c for c in profile(pd.DataFrame(columns))}


def test_kinds_are_told_from_the_values():
    n = 6
    found = profiles(
        measured=np.linspace(0, 1, n) ** 2,
        whole=[1.0, 2, 3, 4, 5, np.nan],
        flag=[True, False] * 3,
        zero_one=[0, 1] * 3,
        text=list("abcabc"),
        ordered=pd.Categorical(list("abcabc"), ordered=True),
        when=pd.date_range("2020-01-01", periods=n),
        lists=[[1]] * n,
        empty=[None] * n,
    )
    assert {name: c.kind for name, c in found.items()} == {
        "measured": "number",
        "whole": "whole number",
        "flag": "yes/no",
        "zero_one": "yes/no",
        "text": "category",
        "ordered": "ordered category",
        "when": "date",
        "lists": "other",
        "empty": "other",
    }
    assert found["whole"].missing == 1
    assert (found["whole"].minimum, found["whole"].maximum) == (1, 5)
    assert found["text"].remark == "a, b, c"
    assert found["flag"].remark == "yes in 50 %"
    assert found["when"].remark == "2020-01-01 to 2020-01-06"


def test_an_infinite_end_of_a_range_is_a_sign():
    (column,) = profile(pd.DataFrame({"x": [-2.0, 0.5, np.inf, 1.25]}))
    assert column.remark == "−2 to ∞"


def test_groups_are_counted_in_the_remark():
    found = {c.name: c for c in profile(load("radon"))}
    assert found["county"].remark == "85 groups of 1 to 116"
    assert {c.name: c.remark for c in profile(load("sleepstudy"))}["Subject"] == "18 groups of 10"


def test_each_use_that_is_impossible_has_its_sentence():
    found = profiles(
        y=np.linspace(0, 1, 9) ** 2,
        one=["a"] * 9,
        three=list("abcabcabc"),
        two=list("ababababa"),
        lists=[[1]] * 9,
        infinite=[np.inf, *range(8)],
        when=pd.date_range("2020-01-01", periods=9),
    )
    assert found["y"].usable_as_response
    assert not found["y"].usable_as_group
    assert not found["one"].usable_as_predictor
    assert "3 categories" in found["three"].why_not["response"]
    assert found["two"].usable_as_response
    assert "infinite in 1 row" in found["infinite"].why_not["response"]
    assert "as.numeric(when)" in found["when"].why_not["response"]
    assert set(found["lists"].why_not) == {"response", "predictor", "group"}
    for column in found.values():
        assert all(reason.endswith(".") for reason in column.why_not.values())


def test_what_is_called_usable_is_used():
    data = load("sleep_odd").assign(when=pd.date_range("2020-01-01", periods=180))
    from mlmwidget.data.build import model_frame
    from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
    from mlmwidget.formula.syntax import Name

    for column in profile(data):
        name = Name(column.name)
        other = Name("x_1" if column.name != "x_1" else "day#")
        if column.usable_as_predictor:
            model_frame(ModelSpec(Name("reaction time"), terms=(Term((name,)),)), data)
        if column.usable_as_group:
            model_frame(ModelSpec(Name("reaction time"), groups=(GroupTerm((name,)),)), data)
        if column.usable_as_response:
            family = "gaussian" if column.kind.endswith("number") else "bernoulli"
            model_frame(ModelSpec(name, terms=(Term((other,)),), family=family), data)


@pytest.mark.parametrize(
    ("name", "response", "group"),
    [
        ("sleepstudy", "Reaction", "Subject"),
        ("radon", "log_radon", "county"),
        ("Dyestuff", "Yield", "Batch"),
        ("Orthodont", "distance", "Subject"),
        ("Oxboys", "height", "Subject"),
        ("Penicillin", "diameter", "plate"),
        ("Machines", "score", "Worker"),
        ("cbpp", "incidence", "herd"),
        ("Contraception", "use", "district"),
        ("sleep_odd", "reaction time", "subject.id"),
        ("sleep_na", "Reaction", "Subject"),
    ],
)
def test_suggestions_are_the_ones_of_the_textbooks(name, response, group):
    assert suggest(load(name)) == (response, group)
    assert suggest(profile(load(name))) == (response, group)


def test_nothing_is_suggested_where_nothing_fits():
    assert suggest(pd.DataFrame({"a": ["x"] * 4})) == (None, None)
    assert suggest(pd.DataFrame({"y": [0.1, 0.2, 0.3]})) == ("y", None)


def test_variation_within_groups_is_found():
    data = load("Orthodont")
    assert varies_within(data, "age", "Subject")
    assert not varies_within(data, "Sex", "Subject")
    data["Sex"] = data["Sex"].astype(str).where(data.index % 5 > 0)
    assert not varies_within(data, "Sex", "Subject")
    with pytest.raises(DataError, match="no column"):
        varies_within(data, "Age", "Subject")


def test_profiles_do_not_depend_on_the_kind_of_frame():
    data = pd.DataFrame(
        {
            "x": [0.5, 1.5, None, 3],
            "k": [1, 2, 3, 4],
            "t": ["a", "b", None, "a"],
            "b": [True, False, True, True],
            "when": [datetime.date(2020, 1, d) for d in (1, 2, 3, 4)],
        }
    )
    assert profile(data) == profile(pl.from_pandas(data)) == profile({name: data[name] for name in data})


def test_a_date_with_a_time_zone_is_a_date():
    when = pd.date_range("2020-01-01", periods=4, tz="Europe/Berlin")
    assert profiles(when=when)["when"].kind == "date"


def test_columns_of_very_many_rows_are_profiled_on_a_sample():
    n = 300_000
    rng = np.random.default_rng(0)
    found = profiles(x=rng.normal(size=n), g=np.arange(n) % 1000)
    assert found["x"].kind == "number"
    assert not found["x"].usable_as_group
    assert found["g"].unique == 1000


def test_profiles_read_the_data_once_however_many_columns_there_are(monkeypatch):
    reads = []

    def read(data, wanted=None):
        reads.append(wanted)
        return read_columns(data, wanted)

    monkeypatch.setattr("mlmwidget.data.columns.read_columns", read)
    assert [c.name for c in profile({f"x{i}": [i, 1.5, 2] for i in range(300)})][-1] == "x299"
    assert reads == [None]


def test_the_level_of_every_column_is_found_in_the_data():
    g = np.repeat([1, 2, 3], 4)
    data = pd.DataFrame(
        {
            "g": g,
            "unit": np.arange(12.0),
            "group": np.array([1.5, np.nan, 3])[g - 1],
            "gaps": np.where(np.arange(12) % 4 == 0, np.nan, g),
            "text": np.array(list("abc"), dtype=object)[g - 1],
            "mixed": list("ab" * 6),
            "h": np.tile([1, 2], 6),
            "lists": [[1]] * 12,
        }
    )
    assert constant_columns(data, ["g"]) == {"g", "group", "gaps", "text"}
    assert constant_columns(data, ["g", "h"]) == {"g", "group", "gaps", "text", "mixed", "h"}


def test_a_column_that_numbers_the_rows_is_no_outcome():
    assert suggest(datasets.contraception())[0] != "woman"
