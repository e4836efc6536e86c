"""Formula text: R's deparse, names, numbers, and the pieces that are highlighted."""

import pandas as pd
import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse, parse_expression
from mlmwidget.formula.syntax import Name, Number, String
from mlmwidget.formula.text import expression_text, name_text, pieces


@pytest.mark.parametrize(
    "text",
    [
        "1000/Reaction", "I(Days^2)", "I((a + b) * 2)", "I(-x^2)", "I((-x)^2)", "-(a:b)", "!a == b", "a^-1",
        "a - -b", "a * -b", "--x", "a - (b - c)", "(a - b)^2", "a/(b * c)", "x^(1/3)", "a^b^c", "(a^b)^c",
        "a & b | c", "a & (b | c)", "(a == b) == c", "livch != \"0\"", "poly(x, 2, raw = TRUE)",
        "cut(x, c(-Inf, 2.5, Inf))", "a %in% b", "exp(-Days/3)", "c(1, 2)", "x >= 3",
        "factor(x, levels = c(\"a\", \"b\"))", "a%%b",
        "relevel(`my f`, \"a\\\"b\\\\c\")",
    ],
)  # fmt: skip
def test_text_that_r_writes_is_written_again(text):
    assert expression_text(parse_expression(text)) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1000 / Reaction", "1000/Reaction"),
        ("a^ 2", "a^2"),
        ("a+b*c", "a + b * c"),
        ("log( x,base=2 )", "log(x, base = 2)"),
        ("'text'", '"text"'),
        ("`x`", "x"),
        ("splines::ns(x, 3)", "ns(x, 3)"),
        ("((x))", "x"),
        ("a ** 2", "a^2"),
    ],
)
def test_spacing_is_r_s(text, wanted):
    assert expression_text(parse_expression(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("100000", "1e+05"), ("123456", "123456"), ("0.0001", "1e-04"), ("0.00012", "0.00012"),
        ("1e-15", "1e-15"), ("4.50", "4.5"), ("2L", "2"), ("0x10", "16"), ("1e300", "1e+300"), (".5", "0.5"),
        ("0", "0"), ("Inf", "Inf"), ("0.1234567890123456789", "0.12345678901234568"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_r_does(text, wanted):
    assert expression_text(parse_expression(text)) == wanted
    assert parse_expression(wanted) == parse_expression(text)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("subject.id", "subject.id"), ("x_1", "x_1"), ("été", "été"), (".a", ".a"), ("T", "T"),
        ("day#", "`day#`"), ("a:b", "`a:b`"), ("a|b", "`a|b`"), ("_a", "`_a`"), ("1a", "`1a`"),
        (".1a", "`.1a`"),
        ("if", "`if`"), ("TRUE", "`TRUE`"), (".", "`.`"), ("", "``"), ("a`b", r"`a\`b`"), ("a\\b", r"`a\\b`"),
        ("a\nb", r"`a\nb`"), ("x²", "`x²`"),
    ],
)  # fmt: skip
def test_names_are_quoted_where_r_needs_it(name, wanted):
    assert name_text(name) == wanted
    assert parse_expression(wanted) == Name(name)


def test_literals_compare_by_what_they_say():
    assert parse_expression(" 1") == Number(1)
    assert parse_expression("1").position == 0
    assert parse_expression(r"'a\tb\u00e9'") == String("a\tbé")


def test_every_piece_names_its_part():
    spec = parse("log(y) ~ x + a:b + offset(n) + (1 + x | g) + (0 + z || h:k) + (1 | m)")
    assert pieces(spec) == [
        ("log(y)", "response"), (" ~ ", None), ("x", "term-0"), (" + ", None),
        ("a:b", "term-1"), (" + ", None),
        ("offset(n)", "offset-0"), (" + ", None),
        ("(", "group-0"), ("1", "group-0-intercept"), (" + ", "group-0"), ("x", "group-0-term-0"),
        (" | ", "group-0-cor"), ("g", "group-0"), (")", "group-0"), (" + ", None),
        ("(", "group-1"), ("0", "group-1"), (" + ", "group-1"), ("z", "group-1-term-0"), (" || ", "group-1"),
        ("h:k", "group-1"), (")", "group-1"), (" + ", None),
        ("(", "group-2"), ("1", "group-2-intercept"), (" | ", "group-2"), ("m", "group-2"), (")", "group-2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("y ~ 1", "y ~ 1"),
        ("y ~ 1 + x", "y ~ x"),
        ("y ~ -1 + x", "y ~ 0 + x"),
        ("y ~ 0 + (1|g)", "y ~ 0 + (1 | g)"),
        ("y ~ (1|g)", "y ~ 1 + (1 | g)"),
        ("y ~ a * (b > 1)", "y ~ a + (b > 1) + a:(b > 1)"),
        ("y ~ offset(x)", "y ~ 1 + offset(x)"),
    ],
)
def test_canonical_formula(formula, text):
    assert parse(formula).formula == text
    assert parse(text) == parse(formula)


def test_saved_terms_keep_their_comparisons():
    spec = parse('use ~ age * (livch != "0") + (age * (livch != "0") | district)')
    assert spec.to_dict()["terms"] == ["age", 'livch != "0"', 'age:(livch != "0")']
    assert type(spec).from_dict(spec.to_dict()) == spec


def test_a_spec_shows_itself_as_its_formula():
    shown = "ModelSpec('y ~ x + (1 + x | g)', family='gaussian', link='identity')"
    assert repr(parse("y ~ x + (x | g)")) == shown


def test_contrasts_may_be_named_without_their_prefix_in_c_only():
    columns = pd.DataFrame({"y": [0.0], "f": ["a"], "g": ["b"]})
    assert parse("y ~ C(f, sum) + (1 | g)", columns).terms[0].label == "C(f, sum)"
    with pytest.raises(FormulaError, match="no column ‘sum’"):
        parse("y ~ log(sum) + (1 | g)", columns)
