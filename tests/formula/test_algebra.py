"""R's operators on terms. The labels of R_SAYS were printed by R 4.2's `terms()`."""

import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse, parse_expression, parse_term
from mlmwidget.formula.syntax import Name, Operation
from mlmwidget.formula.text import expression_text

R_SAYS = {
    "y ~ x * 1": "1 | x",
    "y ~ 1 * x": "1",
    "y ~ 1:x": "1",
    "y ~ 0:x + z": "0 | z",
    "y ~ (1 + a) * b": "1 | a | b | a:b",
    "y ~ (0 + a) * b": "0 | a | b | a:b",
    "y ~ 0 + x + 1": "1 | x",
    "y ~ x - 0": "1 | x",
    "y ~ -(a + 1)": "0",
    "y ~ a + b - (a + 1)": "0 | b",
    "y ~ a - (b - a)": "1 | a",
    "y ~ a + b - (a - b)": "1 | b",
    "y ~ a:b + b": "1 | b | a:b",
    "y ~ b + a:b": "1 | b | b:a",
    "y ~ a * b - a": "1 | b | a:b",
    "y ~ a * b * c - a": "1 | b | c | a:b | a:c | b:c | a:b:c",
    "y ~ a:b - b:a": "1",
    "y ~ a:b:a": "1 | a:b",
    "y ~ (a + b)/c": "1 | a | b | a:b:c",
    "y ~ a/(b + c)": "1 | a | a:b | a:c",
    "y ~ a/b/c": "1 | a | a:b | a:b:c",
    "y ~ (a/b)^2": "1 | a | a:b",
    "y ~ (a + b + c)^2 - a:b": "1 | a | b | c | a:c | b:c",
    "y ~ (a + b)^2.5": "1 | a | b | a:b",
    "y ~ (a + c):b": "1 | a:b | c:b",
    "y ~ (a + c) %in% b": "1 | a:b | c:b",
    "y ~ a * b %in% c": "1 | a | b:c | a:b:c",
    "y ~ a %in% (b + c)": "1 | a:b:c",
    "y ~ a %in% b:c": "1 | a:b:c",
    "y ~ (b + c) %in% a:d": "1 | b:a:d | c:a:d",
    "y ~ (a * b)^2 %in% c": "1 | a:c | b:c | a:b:c",
    "y ~ -a:b + a:b": "1 | a:b",
    "y ~ -1:a + b": "0 | b",
    "y ~ (I(a^2) + b * c)^2": "1 | I(a^2) | b | c | I(a^2):b | I(a^2):c | b:c | I(a^2):b:c",
    "y ~ a + x > 3": "1 | a + x > 3",
    "y ~ !x": "1 | !x",
    "y ~ a & b": "1 | a & b",
    "y ~ a == 1 + b": "1 | a == 1 + b",
    "y ~ I(x)^2": "1 | I(x)",
    "y ~ a + NULL": "1 | a",
    "y ~ (c + d):(a + b)": "1 | c:a | c:b | d:a | d:b",
}


@pytest.mark.parametrize("formula", R_SAYS)
def test_terms_are_r_s(formula):
    spec = parse(formula)
    assert " | ".join([str(int(spec.intercept)), *(t.label for t in spec.terms)]) == R_SAYS[formula]
    assert parse(spec.formula) == spec


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-x^2", ("-", ("^", "x", "2"))),
        ("-a:b", (":", ("-", "a"), "b")),
        ("a^b^c", ("^", "a", ("^", "b", "c"))),
        ("a - b - c", ("-", ("-", "a", "b"), "c")),
        ("a/b*c", ("*", ("/", "a", "b"), "c")),
        ("a %in% b:c", ("%in%", "a", (":", "b", "c"))),
        ("a*b %in% c", ("*", "a", ("%in%", "b", "c"))),
        ("!x == y", ("!", ("==", "x", "y"))),
        ("a & b | c", ("|", ("&", "a", "b"), "c")),
        ("a | b & c", ("|", "a", ("&", "b", "c"))),
        ("a + b > c * d", (">", ("+", "a", "b"), ("*", "c", "d"))),
        ("a^-b:c", (":", ("^", "a", ("-", "b")), "c")),
        ("a + !b + c", ("+", "a", ("!", ("+", "b", "c")))),
        ("a ** b", ("^", "a", "b")),
        ("a %% b %/% c", ("%/%", ("%%", "a", "b"), "c")),
    ],
)
def test_operators_bind_as_in_r(text, tree):
    assert shape(parse_expression(text)) == tree


def shape(tree):
    if isinstance(tree, Operation):
        return (tree.operator, *(shape(operand) for operand in tree.operands))
    return tree.name if isinstance(tree, Name) else expression_text(tree)


def test_the_dot_is_every_column_but_the_response():
    class Data:
        columns = ("y", "a", "b", "g")

    assert parse("log(y) ~ . - g + (1 | g)", Data).formula == "log(y) ~ a + b + (1 | g)"
    assert [t.label for t in parse("y ~ .^2 - g", Data).terms] == ["a", "b", "a:b", "a:g", "b:g"]
    with pytest.raises(FormulaError, match="without data"):
        parse("y ~ .")
    with pytest.raises(FormulaError, match="in this place"):
        parse("y ~ a + (. | g)", Data)


def test_terms_in_either_order_are_one_term():
    assert parse_term("a:b") == parse_term("b:a")
    assert hash(parse_term("a:b")) == hash(parse_term("b:a"))
    assert parse_term("a:b").label == "a:b"
    assert parse_term("a:b") != parse_term("a:c")


@pytest.mark.parametrize(
    "text", ["a + b", "1", "a*b", "", "(1 | g)", "a = 1", "a, b", "offset(x)", "y ~ x", "-a"]
)
def test_one_term_is_one_term(text):
    with pytest.raises(FormulaError):
        parse_term(text)
