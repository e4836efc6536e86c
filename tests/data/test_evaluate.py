"""Expressions mean what they mean in R, missing values included; nothing is ever executed."""

import numpy as np
import pandas as pd
import pytest

from mlmwidget.data.basis import b_spline, natural_spline
from mlmwidget.data.evaluate import Evaluator
from mlmwidget.data.values import Factor, Logical, Numbers, as_factor, from_series
from mlmwidget.formula.parse import parse_expression
from mlmwidget.formula.syntax import Argument, Call, Name, Number, String
from mlmwidget.problems import DataError

DATA = pd.DataFrame(
    {
        "x": [1.0, 2.0, np.nan, -4.0],
        "k": [3, 1, 2, 2],
        "l": pd.array([True, None, False, True], dtype="boolean"),
        "t": ["10", "9", None, "b"],
        "f": pd.Categorical(["lo", "hi", None, "lo"], ["lo", "hi"]),
        "o": pd.Categorical(["lo", "hi", "mid", None], ["lo", "mid", "hi"], ordered=True),
    }
)


def value(text):
    columns = {name: from_series(DATA[name], name) for name in DATA}
    return Evaluator(columns, len(DATA)).column(parse_expression(text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I(x + 2 * k)", [7, 4, np.nan, 0]),
        ("I(-x^2)", [-1, -4, np.nan, -16]),
        ("I(2^3^0)", [2, 2, 2, 2]),
        ("I(k > 1 & l)", [1, 0, 0, 1]),
        ("I(k == 3 | l)", [1, np.nan, 0, 1]),
        ("I(!l)", [0, np.nan, 1, 0]),
        ("I(k %in% c(1, 3))", [1, 1, 0, 0]),
        ("I(t %in% c('9', 'b'))", [0, 1, 0, 1]),
        ("I(f == 'lo')", [1, 0, np.nan, 1]),
        ("I('lo' != f)", [0, 1, np.nan, 0]),
        ("I(o >= 'mid')", [0, 1, 1, np.nan]),
        ("I('mid' <= o)", [0, 1, 1, np.nan]),
        ("I(t < 'a')", [1, 1, np.nan, 0]),
        ("I(k > x)", [1, 0, np.nan, 1]),
        ("as.numeric(f)", [1, 2, np.nan, 1]),
        ("as.numeric(t)", [10, 9, np.nan, np.nan]),
        ("as.numeric(l)", [1, np.nan, 0, 1]),
        ("pmax(x, k)", [3, 2, np.nan, 2]),
        ("pmax(x, k, na.rm = TRUE)", [3, 2, 2, 2]),
        ("log(k, 2)", np.log2([3, 1, 2, 2])),
        ("round(I(k / 7), 2)", [0.43, 0.14, 0.29, 0.29]),
        ("I(k - mean(k))", [1, -1, 0, 0]),
        ("I(x - mean(x, na.rm = TRUE))", [4 / 3, 7 / 3, np.nan, -11 / 3]),
        ("ave(k, f)", [2.5, 1, 2, 2.5]),
        ("ifelse(x > 0, k, 0)", [3, 1, np.nan, 0]),
        ("scale(k)", [1.2247448713915889, -1.2247448713915889, 0, 0]),
        ("scale(k, scale = FALSE)", [1, -1, 0, 0]),
        ("cut(k, 2, labels = FALSE)", [2, 1, 1, 1]),
    ],
)
def test_values_are_r_s(text, wanted):
    found = value(text)
    assert isinstance(found, (Numbers, Logical))
    np.testing.assert_allclose(found.values, wanted)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("factor(k)", ["3", "1", "2", "2"]),
        ("factor(k, labels = c('a', 'b', 'c'))", ["c", "a", "b", "b"]),
        ("factor(k, levels = c(3, 2))", ["3", None, "2", "2"]),
        ("relevel(f, 'hi')", ["lo", "hi", None, "lo"]),
        ("cut(k, c(0, 1, 2))", [None, "(0,1]", "(1,2]", "(1,2]"]),
        ("cut(k, c(1, 2, 3), right = FALSE, include.lowest = TRUE)", ["[2,3]", "[1,2)", "[2,3]", "[2,3]"]),
        ("interaction(f, k)", ["lo.3", "hi.1", None, "lo.2"]),
        ("ifelse(k > 1, 'many', 'one')", ["many", "one", "many", "many"]),
    ],
)
def test_categories_are_r_s(text, labels):
    found = value(text)
    assert isinstance(found, Factor)
    assert [None if c < 0 else found.levels[c] for c in found.codes] == labels


def test_the_first_level_is_the_reference_that_was_asked_for():
    assert value("relevel(f, 'hi')").levels == ("hi", "lo")
    assert value("relevel(f, 2)").levels == ("hi", "lo")


@pytest.mark.parametrize(
    "call",
    [
        Call("eval", (Argument(Name("x")),)),
        Call("system", (Argument(String("true")),)),
        Call("__import__", (Argument(String("os")),)),
        Call("factor", ()),
        Call("scale", (Argument(Name("x")), Argument(Number(1), "depth"))),
    ],
)
def test_calls_outside_of_the_table_are_refused(call):
    columns = {name: from_series(DATA[name], name) for name in DATA}
    with pytest.raises(DataError) as caught:
        Evaluator(columns, len(DATA)).column(call)
    assert caught.value.problem.severity == "error"


def test_a_mean_over_missing_values_says_what_to_write():
    with pytest.raises(DataError, match=r"write mean\(x, na.rm = TRUE\)"):
        value("I(x - mean(x))")


def test_very_large_numbers_are_labels_and_keep_their_digits():
    found = from_series(pd.Series([2**60, 2**60 + 1, 2**60]), "id")
    assert isinstance(found, Factor)
    assert found.levels == (str(2**60), str(2**60 + 1))
    assert list(found.codes) == [0, 1, 0]


def test_categories_with_the_same_text_are_one():
    found = from_series(pd.Series(pd.Categorical([1, "1", "b"], [1, "1", "b"])), "c")
    assert found.levels == ("1", "b")
    assert list(found.codes) == [0, 0, 1]


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (pd.Series([1, None, 3], dtype="Int64"), Numbers),
        (pd.Series([1.5, None], dtype="Float64"), Numbers),
        (pd.Series([1, 2.5, None], dtype=object), Numbers),
        (pd.Series([True, None, False], dtype=object), Logical),
        (pd.Series(["a", None], dtype="string"), Factor),
        (pd.Series([1, "a"], dtype=object), Factor),
        (pd.Series(pd.cut([1, 2, 3], 2)), Factor),
        (pd.to_timedelta(pd.Series([1, 2]), "D"), Numbers),
        (pd.Series(pd.period_range("2020-01", periods=3, freq="M")), Factor),
    ],
)
def test_every_usual_kind_of_column_is_read(series, kind):
    found = from_series(series, "c")
    assert isinstance(found, kind)
    np.testing.assert_array_equal(found.missing, series.isna())


def test_numbers_that_agree_in_fifteen_digits_are_one_group_as_in_r():
    found = as_factor(Numbers(np.array([0.3, 0.1 + 0.2, 0.4])))
    assert found.levels == ("0.3", "0.4")
    assert list(found.codes) == [0, 0, 1]


def test_splines_with_a_knot_on_the_first_value_are_r_s():
    # R 4.2.2: ns(c(1, 1, 1, 1, 2, 3), 2)
    found = natural_spline(np.array([1.0, 1, 1, 1, 2, 3]), 2, None, False, None).values
    wanted = [[0.5518135, -0.62888943], [0.4984133, 0.03980214], [0.4450131, 0.70849372]]
    np.testing.assert_allclose(found[3:], wanted, rtol=1e-6)


def test_b_splines_with_intercept_sum_to_one_within_their_knots():
    x = np.linspace(-3, 5, 41)
    inside = (x >= -2) & (x <= 4)
    basis = b_spline(x, 7, None, 3, True, (-2, 4)).values
    np.testing.assert_allclose(basis.sum(axis=1), 1, rtol=1e-9)
    assert (basis[inside] >= 0).all()
