"""Texts that are too long, too deep or would explode are refused; none of them exhausts the interpreter."""

import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse


def names(count):
    return [f"a{i}" for i in range(count)]


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("y ~ " + "a" * 100_000, "too-long"),
        ("y ~ " + "(" * 9000 + "x" + ")" * 9000, "too-deep"),
        ("y ~ " + "-" * 9000 + "x", "too-deep"),
        ("y ~ I(" + "+".join(["a"] * 9000) + ")", "too-deep"),
        ("+".join(["y"] * 5000) + " ~ x", "too-deep"),
        ("y ~ " + "log(" * 3000, "too-deep"),
        ("y" + "^2" * 5000 + " ~ x", "too-deep"),
        ("y ~ " + "*".join(names(40)), "too-many-terms"),
        ("y ~ (" + "+".join(names(300)) + ")^50", "too-many-terms"),
        ("y ~ " + "/".join(names(2000)), "too-many-terms"),
        ("y ~ (1 | " + "/".join(names(2000)) + ")", "too-many-terms"),
        ("y ~ " + "+".join(["(1|g)"] * 2000), "too-many-terms"),
        ("y ~ (" + "*".join(names(11)) + ")" + ":(b+c)" * 500, "too-many-terms"),
    ],
    ids=lambda value: value[:20],
)
def test_texts_beyond_reason_are_refused(formula, code):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert caught.value.code == code


def test_long_plain_sums_are_read():
    spec = parse("y ~ " + " + ".join(names(2000)) + " + (1 | g)")
    assert len(spec.terms) == 2000
    assert parse(spec.formula) == spec


def test_a_repeated_term_is_one_term():
    assert parse("y ~ " + "+".join(["a"] * 9000)).formula == "y ~ a"
    assert parse("y ~ " + ":".join(["a"] * 9000)).formula == "y ~ a"
    assert parse("y ~ a^1000000").formula == "y ~ a"
