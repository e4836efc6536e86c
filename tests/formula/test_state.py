"""Saved models may come from anywhere: wrong values are refused, never executed, never a crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import ModelSpec

GOOD = {
    "response": "y",
    "intercept": True,
    "terms": ["x"],
    "groups": [{"factor": "g", "intercept": True, "terms": ["x"], "correlated": False}],
    "offsets": ["log(n)"],
    "family": "poisson",
    "link": "log",
}
GROUP = GOOD["groups"][0]


def test_a_saved_model_is_the_model():
    spec = ModelSpec.from_dict(GOOD)
    assert spec == parse("y ~ x + offset(log(n)) + (x || g)", family="poisson")
    assert spec.to_dict() == GOOD


def test_what_is_not_said_has_its_usual_value():
    assert ModelSpec.from_dict({"response": "y"}) == parse("y ~ 1")


def test_a_lone_intercept_has_nothing_to_correlate():
    spec = ModelSpec.from_dict(GOOD | {"groups": [GROUP | {"terms": []}]})
    assert spec.groups[0].correlated


def test_repeated_terms_are_one_and_sorted_by_degree():
    spec = ModelSpec.from_dict(GOOD | {"terms": ["a:b", "x", "b:a", "x"]})
    assert [t.label for t in spec.terms] == ["x", "a:b"]


@pytest.mark.parametrize(
    "change",
    [
        {"response": None}, {"response": ["y"]}, {"response": "y ~ x"}, {"response": "system('ls')"},
        {"response": "1"}, {"intercept": "yes"}, {"intercept": 1}, {"terms": "x"}, {"terms": [1]},
        {"terms": ["x + z"]}, {"terms": ["(1 | g)"]}, {"terms": {"x": 1}}, {"terms": ["eval(x)"]},
        {"groups": [1]}, {"groups": [GROUP | {"factor": 1}]}, {"groups": [GROUP | {"factor": "a + b"}]},
        {"groups": [GROUP | {"correlated": "|"}]}, {"groups": [GROUP | {"terms": [], "intercept": False}]},
        {"offsets": ["("]}, {"offsets": [None]}, {"family": "zzz"}, {"family": 3},
        {"link": "zzz"}, {"link": []},
        {"terms": ["x"] * 100_000}, {"response": "(" * 5000},
    ],
    ids=repr,
)  # fmt: skip
def test_wrong_values_are_refused(change):
    with pytest.raises(FormulaError):
        ModelSpec.from_dict(GOOD | change)


@pytest.mark.parametrize("state", [None, 1, "y ~ x", [], [("response", "y")]])
def test_only_a_dictionary_is_a_saved_model(state):
    with pytest.raises(FormulaError):
        ModelSpec.from_dict(state)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "other"]), JSON), st.booleans())
def test_arbitrary_state_makes_a_spec_or_a_formula_error(state, complete):
    try:
        spec = ModelSpec.from_dict((GOOD | state) if complete else state)
    except FormulaError:
        return
    assert parse(spec.formula, family=spec.family, link=spec.link) == spec
