"""Data on which no model can be built are refused in a sentence that names the column and the cure."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from reference_data import formulas, load

from mlmwidget.data.build import model_frame
from mlmwidget.formula.parse import parse
from mlmwidget.problems import DataError


def data(**columns):
    n = 12
    basis = {
        "y": np.arange(n) + 0.5,
        "x": np.linspace(-1, 1, n),
        "g": list("aabbccddeeff"),
        "count": np.arange(n),
        "yes": np.arange(n) % 2,
    }
    return pd.DataFrame(basis | columns)


def refused(formula, frame, *words, family=None, **options):
    """The problem with which a frame is refused; its sentence must hold the words."""
    spec = parse(formula, family=family or "gaussian")
    with pytest.raises(DataError) as caught:
        model_frame(spec, frame, **options)
    problem = caught.value.problem
    assert problem.severity == "error"
    assert problem.message.endswith((".", "?"))
    for word in words:
        assert word in problem.message
    return problem


@pytest.mark.parametrize("thing", [None, 3, "data.csv", [1, 2], np.zeros((3, 2)), pd.Series([1, 2])])
def test_what_is_no_data_frame_is_refused(thing):
    assert refused("y ~ x + (1 | g)", thing, "data frame").code == "not-a-frame"


def test_unknown_columns_are_named_with_the_nearest_one():
    problem = refused("y ~ X + (1 | g)", data(), "“X”", "“x”")
    assert (problem.code, problem.column, problem.part) == ("unknown-column", "X", "term-0")
    assert refused("y ~ x + (1 | gg)", data(), "“gg”", "“g”").part == "group-0"
    assert "no column “w”" in refused("y ~ x + (1 | g)", data(), weights="w").message


def test_empty_frames_are_refused():
    assert refused("y ~ x", data().iloc[:0]).code == "no-rows"
    assert refused("y ~ x", pd.DataFrame()).code == "no-columns"
    assert refused("y ~ x", {}).code == "no-columns"


def test_two_columns_of_one_name_are_refused():
    frame = pd.concat([data(), data()[["x"]]], axis=1)
    assert refused("y ~ x", frame, "x").code == "duplicate-column"


def test_ragged_dicts_are_refused():
    assert refused("y ~ x", {"y": [1, 2], "x": [1]}).code == "not-a-frame"


@pytest.mark.parametrize(
    "values",
    [[[1]] * 12, [{"a": 1}] * 12, [(1, 2)] * 12, [1j] * 12, [b"a"] * 12, [object()] * 12],
    ids=["lists", "dicts", "tuples", "complex", "bytes", "objects"],
)
def test_columns_that_cannot_be_modelled_are_refused(values):
    problem = refused("y ~ x + (1 | g)", data(x=values), "“x”")
    assert (problem.code, problem.part) == ("column-kind", "term-0")


def test_a_column_without_values_is_named():
    assert refused("y ~ x + (1 | g)", data(x=np.nan), "“x”").code == "all-missing"


def test_rows_that_are_never_complete_are_explained():
    x = np.where(np.arange(12) < 6, np.nan, 1.5)
    y = np.where(np.arange(12) < 6, 1.5, np.nan)
    assert refused("y ~ x + (1 | g)", data(x=x, y=y), "“x”", "“y”").code == "no-rows-left"


def test_infinite_values_in_the_data_are_counted():
    x = data()["x"].to_numpy(copy=True)
    x[[2, 5]] = np.inf
    problem = refused("y ~ x + (1 | g)", data(x=x), "“x”", "2 rows")
    assert (problem.code, problem.column, problem.part) == ("not-finite", "x", "term-0")


def test_a_logarithm_of_zero_is_explained_with_the_cure():
    problem = refused("y ~ x + (log(count) | g)", data(), "log(count)", "1 row ", "0 there", "log1p(count)")
    assert (problem.column, problem.part) == ("count", "group-0-term-0")


def test_infinite_values_in_rows_that_are_dropped_do_no_harm():
    x = data()["x"].to_numpy(copy=True)
    y = data()["y"].to_numpy(copy=True)
    x[3], y[3] = np.inf, np.nan
    assert model_frame("y ~ x + (1 | g)", data(x=x, y=y)).n == 11


@pytest.mark.parametrize(
    ("formula", "code", "part"),
    [
        ("y ~ one + (1 | g)", "one-level-predictor", "term-0"),
        ("y ~ x + (1 | one)", "one-group", "group-0"),
        ("y ~ x + (one | g)", "one-level-predictor", "group-0-term-0"),
        ("y ~ log(g) + (1 | g)", "not-numeric", "term-0"),
        ("y ~ poly(yes, 2) + (1 | g)", "expression", "term-0"),
        ("y ~ relevel(g, 'z') + (1 | g)", "expression", "term-0"),
        ("y ~ cut(x, 1) + (1 | g)", "expression", "term-0"),
        ("y ~ cut(x, c(-1, 1), labels = c('a', 'b')) + (1 | g)", "expression", "term-0"),
        ("y ~ x + offset(g) + (1 | g)", "offset-kind", "offset-0"),
        ("g ~ x + (1 | g)", "factor-response", "response"),
        ("poly(x, 2) ~ yes + (1 | g)", "response-kind", "response"),
        ("y ~ x + (1 | poly(x, 2))", "group", "group-0"),
        ("y ~ scale(y - y) + (1 | g)", "expression", "term-0"),
        ("y ~ ns(one_number, 2) + (1 | g)", "expression", "term-0"),
        ("y ~ ns(mostly_high, 3) + (1 | g)", "expression", "term-0"),
        ("y ~ scale(log(count)) + (1 | g)", "expression", "term-0"),
        ("y ~ I(factor(g) < 'b') + (1 | g)", "expression", "term-0"),
    ],
)
def test_a_part_that_makes_no_sense_is_pointed_at(formula, code, part):
    problem = refused(formula, data(one="same", one_number=1.0, mostly_high=[1, 2, 3] + [4] * 9))
    assert (problem.code, problem.part) == (code, part)


@pytest.mark.parametrize(
    ("family", "values", "words"),
    [
        ("poisson", [-1.0] + [1.0] * 11, "negative or not a whole number in 1 row"),
        ("negbinomial", [0.5] * 3 + [1.0] * 9, "3 rows"),
        ("gamma", [0.0] + [1.0] * 11, "not positive in 1 row"),
        ("beta", [0.0, 1.0] + [0.5] * 10, "2 rows"),
        ("bernoulli", [2.0] + [1.0] * 11, "neither 0 nor 1 in 1 row"),
        ("binomial", [2.0] + [1.0] * 11, "cbind(successes, failures)"),
        ("bernoulli", list("abcabcabcabc"), '(y == "c")'),
        ("gaussian", list("nynynynynyny"), "bernoulli"),
    ],
)
def test_responses_outside_of_the_family_are_refused(family, values, words):
    problem = refused("y ~ x + (1 | g)", data(y=values), words, family=family)
    assert (problem.part, problem.column) == ("response", "y")


@pytest.mark.parametrize(
    ("formula", "family", "words"),
    [
        ("cbind(yes, count - 100) ~ x", "binomial", "failures, not trials"),
        ("count / yes ~ x", "binomial", "more than the trials"),
        ("cbind(yes, count) ~ x", "poisson", "use the family binomial"),
        ("cbind(x, count) ~ x", "binomial", "not whole"),
    ],
)
def test_successes_and_trials_must_fit_each_other(formula, family, words):
    assert refused(formula, data(), words, family=family).part == "response"


@pytest.mark.parametrize("weights", [[0.0] + [1.0] * 11, [-1.0] * 12, list("abcdefabcdef")])
def test_weights_are_positive_numbers(weights):
    assert refused("y ~ x + (1 | g)", data(w=weights), "“w”", weights="w").code == "weights"


def test_a_predictor_with_very_many_categories_does_not_fill_the_memory():
    n = 40_000
    frame = pd.DataFrame({"y": np.arange(n) % 7 + 0.5, "id": np.arange(n).astype(str), "g": np.arange(n) % 9})
    problem = refused("y ~ id + (1 | g)", frame, "(1 | id)")
    assert (problem.code, problem.part) == ("too-large", "term-0")


def test_a_date_is_used_as_days_and_groups_by_its_text():
    dates = pd.to_datetime("2020-01-01") + pd.to_timedelta(np.repeat(np.arange(6), 2), "D")
    frame = model_frame("y ~ when + (1 | when)", data(when=dates))
    assert np.ptp(frame.X[:, 1]) == 5
    assert frame.groups[0].levels[0] == "2020-01-01"
    plain = model_frame("y ~ when + (1 | when)", data(when=[d.date() for d in dates]))
    assert plain.groups[0].levels == frame.groups[0].levels
    assert isinstance(dates[0].date(), datetime.date)


@pytest.mark.parametrize(
    "record", [r for r in formulas("invalid") if r["recommended"] != "reject"], ids=lambda r: r["id"]
)
def test_what_r_refuses_but_makes_sense_is_accepted_or_warned_about(record):
    spec = parse(record["formula"], load(record["dataset"]), record["family"])
    frame = model_frame(spec, load(record["dataset"]))
    assert frame.n > 0
    if record["recommended"] == "warn":
        assert "warning" in {p.severity for p in (*frame.problems, *spec.notes)}


@pytest.mark.parametrize("name", ["DX033", "DX034", "DX038", "DX041", "DX047"])
def test_what_the_data_rule_out_is_refused(name):
    record = next(r for r in formulas("invalid") if r["id"] == name)
    assert record["recommended"] == "reject"
    with pytest.raises(DataError):
        model_frame(record["formula"], load(record["dataset"]), record["family"])


@pytest.mark.parametrize(
    "text",
    ["I(count %in% 1:1000000000)", "cut(x, 1000000000)", "poly(x, 1000000000)", "bs(x, df = 1000000000)"],
)
def test_a_formula_cannot_ask_for_more_memory_than_there_is(text):
    assert refused(f"y ~ {text} + (1 | g)", data()).part == "term-0"


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([[1, 2]] * 12),
        pl.Series([[1, 2]] * 12, dtype=pl.Array(pl.Int64, 2)),
        pl.Series([{"a": 1}] * 12),
    ],
    ids=["list", "array", "struct"],
)
def test_nested_columns_of_polars_are_refused(column):
    frame = pl.from_pandas(data()).with_columns(column.alias("x"))
    assert refused("y ~ x + (1 | g)", frame, "“x”").code == "column-kind"
