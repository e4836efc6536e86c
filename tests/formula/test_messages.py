"""Mistakes: what is said, where, and what is suggested."""

import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.functions import FUNCTIONS
from mlmwidget.formula.parse import parse


class Data:
    columns = ("Reaction", "Days", "Subject", "reaction time", "day#", "a:b")


def refusal(formula, data=None):
    with pytest.raises(FormulaError) as caught:
        parse(formula, data)
    return caught.value


@pytest.mark.parametrize(
    ("character", "plain"),
    [("∣", "|"), ("｜", "|"), ("ǀ", "|"), ("～", "~"), ("∼", "~"),
     ("–", "-"), ("−", "-"), ("“", '"'), ("’", "'"),
     ("＋", "+"), ("×", "*"), ("（", "("), ("：", ":")],
)  # fmt: skip
def test_lookalike_characters_are_named(character, plain):
    error = refusal(f"y ~ x {character} z")
    assert error.position == 6
    assert f"type {plain} instead" in error.message


@pytest.mark.parametrize(("character", "advice"), [("\u00a0", "ordinary space"), ("\u200b", "delete it")])
def test_invisible_characters_are_named(character, advice):
    error = refusal(f"y ~{character}x")
    assert error.position == 3
    assert advice in error.message


@pytest.mark.parametrize(
    ("formula", "position", "code", "says"),
    [
        ("", 0, "empty", "empty"),
        ("   ", 0, "empty", "empty"),
        ("y = x + (1 | g)", 2, "tilde", "~ instead of ="),
        ("y == x + (1 | g)", 2, "tilde", "~ instead of =="),
        ("y + x", 2, "tilde", "There is no ~"),
        ("y ~ x ~ z", 6, "tilde", "two ~"),
        ("~ x", 0, "no-response", "response is missing"),
        ("y x ~ z", 2, "missing-operator", "‘y’ and ‘x’"),
        ("y ~ x z", 6, "missing-operator", "back-quotes"),
        ("y ~ x +", 7, "syntax", "ends after ‘+’"),
        ("y ~ * x", 4, "syntax", "after ‘~’"),
        ("y ~ (x", 4, "parenthesis", "character 5 is never closed"),
        ("y ~ x)", 5, "parenthesis", "without an opening"),
        ("y ~ ()", 5, "parenthesis", "nothing between"),
        ("y ~ `x", 4, "character", "no second back-quote"),
        ("y ~ 'x", 4, "character", "none closes it"),
        ("y ~ day#", 7, "character", "`day#`"),
        ("y ~ d$x", 5, "refused", "not data$Days"),
        ("y ~ x[1]", 5, "refused", "Square brackets"),
        ("y ~ x -> z", 6, "refused", "assigned"),
        ("y ~ function(x) x", 4, "syntax", "word of R"),
        ("y ~ if (x) z", 4, "syntax", "word of R"),
        ("y ~ NA", 4, "syntax", "missing value"),
        ("y ~ 3 + x", 4, "number", "I(…)"),
        ("y ~ 'x'", 4, "not-a-term", "back-quotes"),
        ("y ~ a^b", 5, "power", "I(x^2)"),
        ("y ~ a^0", 5, "power", "whole number"),
        ("y ~ a < b < c", 10, "syntax", "chained"),
        ("y ~ I(a && b)", 8, "refused", "write &"),
        ("y ~ I(x ~ z)", 8, "tilde", "two ~"),
        ("y ~ I(.)", 6, "refused", "dot"),
        ("y ~ a %o% b", 6, "syntax", "%in%"),
        ("cbind(a, b) - 1 ~ x", 0, "cbind", "another expression"),
        ("cbind(a) ~ x", 0, "cbind", "two counts"),
        ("y ~ cbind(a, b)", 4, "cbind", "response"),
        ("y ~ a * offset(x)", 8, "offset", "population level"),
        ("y | trials(n) ~ x", 2, "response", "cbind(success, failure)"),
        ("1 ~ x", 0, "response", "no column"),
        ("a:b ~ x", 1, "response", ":"),
        ("y ~ log()", 4, "arguments", "needs an argument"),
        ("y ~ log(x, b = 2, 3, 4)", 4, "arguments", "at most 2"),
        ("y ~ poly(x, power = 2)", 4, "arguments", "‘power’"),
    ],
)
def test_mistakes_are_placed_and_explained(formula, position, code, says):
    error = refusal(formula)
    assert (error.position, error.code) == (position, code)
    assert says in error.message
    assert error.text == formula


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("y ~ Log(x)", "Did you mean log()?"),
        ("y ~ squrt(x)", "Did you mean sqrt()?"),
        ("y ~ s(x)", "Compute the column"),
        ("y ~ __import__('os')", "back-quotes"),
        ("y ~ system('ls')", "function system()"),
        ("y ~ eval(x)", "function eval()"),
    ],
)
def test_unknown_functions_are_refused_by_name(formula, says):
    assert says in refusal(formula).message


def test_a_missing_plus_is_recognised():
    assert "A + is missing" in refusal("Reaction ~ Days (1 | Subject)").message
    assert "A + is missing" in refusal("Reaction ~ Days (Subject)", Data).message


@pytest.mark.parametrize(
    ("formula", "position", "nearest"),
    [
        ("Reaction ~ Dayz", 11, "Days"),
        ("reaction ~ Days", 0, "Reaction"),
        ("Reaction ~ DAYS", 11, "Days"),
        ("Reaction ~ (1 | Subjct)", 16, "Subject"),
        ("Reaction ~ (I(Dayss^2) | Subject)", 14, "Days"),
        ("Reaction ~ `dya#`", 11, "`day#`"),
        ("Reaction ~ offset(day)", 18, "Days"),
    ],
)
def test_unknown_columns_name_the_nearest(formula, position, nearest):
    error = refusal(formula, Data)
    assert (error.code, error.position) == ("unknown-column", position)
    assert f"Did you mean {nearest}?" in error.message


def test_unknown_columns_without_a_near_one_list_the_columns():
    assert "They have Reaction, Days" in refusal("Reaction ~ zzzzzz", Data).message


@pytest.mark.parametrize(
    ("formula", "column"),
    [("reaction time ~ Days", "`reaction time`"), ("Reaction ~ day# + Days", "`day#`")],
)
def test_names_that_need_back_quotes_are_suggested_from_the_data(formula, column):
    error = refusal(formula, Data)
    assert f"write {column}" in error.message
    assert str(error) == error.message


def test_constants_and_contrasts_need_no_column():
    class Small:
        columns = ("y", "x", "f", "g")

    formula = "y ~ sin(2 * pi * x) + poly(x, 2, raw = T) + C(f, contr.sum) + (1 | g)"
    assert parse(formula, Small).formula == formula
    assert refusal("y ~ pi", Small).code == "unknown-column"


def test_every_function_may_be_called():
    special = {"cbind", "offset"}
    for name, parameters in FUNCTIONS.items():
        if name in special:
            continue
        arguments = "x" if parameters[0] == "..." else f"{parameters[0]} = x"
        assert parse(f"y ~ {name}({arguments})").terms[0].label == f"{name}({arguments})"


def test_the_data_stage_knows_every_function():
    from mlmwidget.data.evaluate import _ELEMENTWISE
    from mlmwidget.data.functions import FUNCTIONS as EVALUATED

    elsewhere = {"log", "cbind", "offset", *(name for name in FUNCTIONS if name.startswith("contr."))}
    assert set(FUNCTIONS) - elsewhere == set(EVALUATED) | set(_ELEMENTWISE)
