"""Group-level terms: bars, nesting, the words of lme4 2 and brms."""

import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse, parse_factor
from mlmwidget.formula.syntax import Name

SAME = {
    "y ~ x + (x | g)": "y ~ x + (1 + x | g)",
    "y ~ x + ((x | g))": "y ~ x + (1 + x | g)",
    "y ~ (x | g) + x": "y ~ x + (1 + x | g)",
    "y ~ x + (x - 1 | g)": "y ~ x + (0 + x | g)",
    "y ~ x + (-1 + x || g)": "y ~ x + (0 + x || g)",
    "y ~ (1 || g)": "y ~ 1 + (1 | g)",
    "y ~ us(x | g)": "y ~ 1 + (1 + x | g)",
    "y ~ diag(x | g)": "y ~ 1 + (1 + x || g)",
    "y ~ us(x || g)": "y ~ 1 + (1 + x || g)",
    "y ~ (x | gr(g))": "y ~ 1 + (1 + x | g)",
    "y ~ (x | gr(g, cor = FALSE))": "y ~ 1 + (1 + x || g)",
    "y ~ (x | gr(g, cor = F))": "y ~ 1 + (1 + x || g)",
    "y ~ (x | gr(g, cor = TRUE))": "y ~ 1 + (1 + x | g)",
    "y ~ (x | ID | g)": "y ~ 1 + (1 + x | g)",
    "y ~ (1 | a/b/c)": "y ~ 1 + (1 | a) + (1 | a:b) + (1 | a:b:c)",
    "y ~ (x || a/b)": "y ~ 1 + (1 + x || a) + (1 + x || a:b)",
    "y ~ (1 | a*b)": "y ~ 1 + (1 | a) + (1 | b) + (1 | a:b)",
    "y ~ (1 | a + b)": "y ~ 1 + (1 | a) + (1 | b)",
    "y ~ (1 | b:a)": "y ~ 1 + (1 | b:a)",
    "y ~ (1 | g:g)": "y ~ 1 + (1 | g)",
    "y ~ (1 | interaction(a, b))": "y ~ 1 + (1 | a:b)",
    "y ~ (1 | interaction(a, b)/c)": "y ~ 1 + (1 | a:b) + (1 | a:b:c)",
    "y ~ (1 | factor(g))": "y ~ 1 + (1 | factor(g))",
    "y ~ (1 | `my g`)": "y ~ 1 + (1 | `my g`)",
    "y ~ (1 | g > 3)": "y ~ 1 + (1 | g > 3)",
    "y ~ (a * b | g)": "y ~ 1 + (1 + a + b + a:b | g)",
    "y ~ x + 1 | g": "y ~ 1 + (1 + x | g)",
    "y ~ x || g": "y ~ 1 + (1 + x || g)",
    "y ~ x * (1 | g)": "y ~ x + (1 | g)",
    "y ~ x:(1 | g) + z": "y ~ x + z + (1 | g)",
    "y ~ (1 | g) - 1 + x": "y ~ 0 + x + (1 | g)",
    "y ~ (1 | g) + (1 | g)": "y ~ 1 + (1 | g) + (1 | g)",
    "y ~ x + offset(log(n)) + (1 | g)": "y ~ x + offset(log(n)) + (1 | g)",
}


@pytest.mark.parametrize("formula", SAME)
def test_spellings_of_one_model(formula):
    assert parse(formula).formula == SAME[formula]
    assert parse(SAME[formula]) == parse(formula)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("y ~ (0 | g)", "no-effects"),
        ("y ~ (1 | 1)", "constant-group"),
        ("y ~ (1 | 0 + g)", "constant-group"),
        ("y ~ (1 | a - b)", "group"),
        ("y ~ (x | g", "parenthesis"),
        ("y ~ ( | g)", "empty-bar"),
        ("y ~ (1 | )", "empty-group"),
        ("y ~ (x ||| g)", "empty-group"),
        ("y ~ x | g + (1 | h)", "bar-without-parentheses"),
        ("y ~ ((1 | a) + x | g)", "nested-bar"),
        ("y ~ (x | p | g) + (z | p | h)", "shared-id"),
        ("y ~ cs(x | g)", "unknown-function"),
        ("y ~ (1 | mm(a, b))", "unknown-function"),
        ("y ~ (1 | gr(g, by = z))", "arguments"),
        ("y ~ (offset(x) | g)", "offset"),
        ("y ~ x (1 | g)", "unknown-function"),
    ],
)
def test_refused_group_level_terms(formula, code):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert caught.value.code == code


def test_a_factor_is_read_in_the_order_of_its_text():
    assert parse_factor("batch:cask") == (Name("batch"), Name("cask"))
    assert parse_factor("interaction(b, a)") == (Name("b"), Name("a"))
    for text in ("a/b", "a + b", "1", "x | g"):
        with pytest.raises(FormulaError):
            parse_factor(text)


@pytest.mark.parametrize(
    ("formula", "code", "part"),
    [
        ("y ~ x", "no-groups", None),
        ("y ~ 0 + (1 | g)", "no-population", "intercept"),
        ("y ~ (1 | g) + (x | g)", "intercept-twice", "group-1"),
        ("y ~ (0 + x | g) + (x | g)", "slope-twice", "group-1"),
        ("y ~ (1 | g) + (1 | g)", "duplicate-group", "group-1"),
        ("y ~ x + g + (1 | g)", "group-as-predictor", "term-1"),
        ("y ~ (x + g | g)", "group-as-slope", "group-0-term-1"),
        ("y ~ x + 1 | g", "bar-without-parentheses", "group-0"),
        ("y ~ x * (1 | g)", "bar-in-product", "group-0"),
        ("y ~ x * (z + (1 | g))", "bar-in-product", "group-0"),
        ("y ~ (1 | g) - 1", "minus-after-bar", None),
        ("y ~ z + x^2 + (1 | g)", "power", "term-1"),
        ("y ~ (z + x^2 | g)", "power", "group-0-term-1"),
        ("y ~ y + x + (1 | g)", "response-as-predictor", "response"),
        ("y ~ (1 | a * b)", "group-expanded", "group-0"),
        ("y ~ (x | gr(g, cor = FALSE))", "brms-group", "group-0"),
        ("y ~ (1 | a) + (x | ID | g)", "brms-id", "group-1"),
    ],
)
def test_traps_are_told(formula, code, part):
    notes = [n for n in parse(formula).notes if n.code == code]
    assert [n.part for n in notes] == [part]
    assert notes[0].severity in ("warning", "note")


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + (x | g)",
        "y ~ (1 | g) + (0 + x | g)",
        "y ~ x + (1 | a) + (1 | b)",
        "y ~ (1 | a/b)",
        "y ~ a + (1 | a:b)",
    ],
)
def test_sound_models_have_no_notes(formula):
    assert parse(formula).notes == ()


def test_notes_take_no_part_in_equality():
    assert parse("y ~ x^2 + (1 | g)") == parse("y ~ x + (1 | g)")
