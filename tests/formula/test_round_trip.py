"""Spec, text, dictionary and JSON say the same model, whatever the columns are called."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.parse import parse, parse_expression
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Argument, Call, Constant, Name, Number, Operation, String
from mlmwidget.formula.text import expression_text, pieces

HOSTILE = [
    "a`b", 'a"b', "a'b", "<script>alert(1)</script>", "😀", "a b", "a:b", "a|b", "a\nb", "a\\", "\\n", "~",
    "1", "0",    "", ".", "if", "TRUE", "Inf", "T", "pi", "x²", "ǀ", "\u00a0", "\u200b", "\x00", "\ud800",
    "log(x)", "1 | g",    "offset(x)", "%in%", "#", "-1", "I",
]  # fmt: skip
columns = st.sampled_from([*HOSTILE, "x", "y", "g", "subject.id"]) | st.text(max_size=8)
names = columns.map(Name)
numbers = st.floats(min_value=0, allow_nan=False).map(Number)
literals = numbers | st.text(max_size=8).map(String) | st.sampled_from([True, False, None]).map(Constant)


def calls(inner):
    return st.builds(
        lambda f, first, rest: Call(f, (Argument(first), *(Argument(value) for value in rest))),
        st.sampled_from(["pmin", "pmax", "c", "interaction"]),
        inner,
        st.lists(inner, max_size=2),
    ) | st.builds(
        lambda value, flag: Call("poly", (Argument(value), Argument(Constant(flag), "raw"))),
        inner,
        st.booleans(),
    )


def operations(inner):
    binary = ["+", "-", "*", "/", "^", ":", "%in%", "%%", "==", "<", ">=", "&", "|"]
    return st.builds(lambda o, a, b: Operation(o, (a, b)), st.sampled_from(binary), inner, inner) | st.builds(
        lambda o, a: Operation(o, (a,)), st.sampled_from(["-", "+", "!"]), inner
    )


arithmetic = st.recursive(names | literals, lambda inner: calls(inner) | operations(inner), max_leaves=12)
comparisons = st.builds(
    lambda o, a, b: Operation(o, (a, b)), st.sampled_from(["==", ">", "&"]), arithmetic, arithmetic
)
variables = names | calls(arithmetic) | comparisons | arithmetic.map(lambda e: Call("I", (Argument(e),)))
terms = st.lists(variables, min_size=1, max_size=3, unique=True).map(lambda v: Term(tuple(v)))


def by_degree(several):
    return tuple(sorted(dict.fromkeys(several), key=lambda term: len(term.variables)))


@st.composite
def group_terms(draw):
    effects = by_degree(draw(st.lists(terms, max_size=3)))
    intercept = draw(st.booleans()) or not effects
    factor = tuple(draw(st.lists(names, min_size=1, max_size=3, unique=True)))
    return GroupTerm(factor, intercept, effects, draw(st.booleans()) or not effects)


@st.composite
def specs(draw):
    response = draw(names | calls(names) | st.builds(lambda a, b: Operation("/", (a, b)), names, names))
    family = FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))]
    return ModelSpec(
        response,
        draw(st.booleans()),
        tuple(t for t in by_degree(draw(st.lists(terms, max_size=4))) if t.variables != (response,)),
        tuple(draw(st.lists(group_terms(), max_size=3))),
        tuple(draw(st.lists(arithmetic, max_size=2))),
        family.name,
        draw(st.sampled_from(family.links)),
    )


@given(arithmetic)
def test_expression_to_text_to_expression(expression):
    assert parse_expression(expression_text(expression)) == expression


@given(specs())
@settings(max_examples=200)
def test_spec_to_formula_to_spec(spec):
    assert parse(spec.formula, family=spec.family, link=spec.link) == spec


@given(specs())
def test_spec_to_json_to_spec(spec):
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@given(specs())
def test_pieces_join_to_the_formula(spec):
    assert "".join(text for text, _ in pieces(spec)) == spec.formula
    assert "\n" not in spec.formula


SCRAPS = ["y", " ~ ", " + ", "x", "(1 | g)", "(", ")", "|", "||", "`", '"', "'", "^2", ":", "*", "/",
          "%in%", "-", "0", "1", "log(", "lmer(", ",", "=", "<-", "us(", "gr(", ".", "#", "∣", "\\", "[",
          "I(", "offset(", "cbind("]  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join))
@settings(max_examples=500)
def test_any_text_is_a_model_or_a_formula_error(text):
    class Data:
        columns = ("y", "x", "g", "a b")

    for data in (None, Data):
        try:
            spec = parse(text, data)
        except FormulaError as error:
            assert error.message
            assert error.text == text
            assert error.position is None or 0 <= error.position <= len(text)
        else:
            assert parse(spec.formula, data, spec.family, spec.link) == spec
