"""Every formula that R read (or refused) for the reference figures, read here."""

import json

import pytest
import reference_data

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.text import expression_text, name_text, pieces

VALID = reference_data.formulas("valid")
INVALID = {record["why"] + " " + record["id"]: record for record in reference_data.formulas("invalid")}

# What only the data can tell: the text is fine.
LEFT_TO_THE_DATA = {
    "infinite_values",
    "factor_response_gaussian",
    "one_level_group",
    "levels_equal_n",
    "more_re_than_obs",
    "one_level_factor_predictor",
    "constant_response",
    "binomial_needs_trials",
}
# Rejected by R, but plain enough to be taken with a note.
UNDERSTOOD = {"pasted_call_args", "pasted_whole_call"}


def spec_of(record):
    return parse(record["formula"], reference_data.load(record["dataset"]), record["family"])


@pytest.mark.parametrize("record", VALID, ids=lambda r: r["id"])
def test_population_terms_are_those_of_r(record):
    spec = spec_of(record)
    assert [t.label for t in spec.terms] == [
        label.replace("splines::", "") for label in record["fixed"]["term_labels"]
    ]
    assert spec.intercept == record["fixed"]["has_intercept"]


@pytest.mark.parametrize("record", VALID, ids=lambda r: r["id"])
def test_response_and_offsets_are_those_of_r(record):
    spec = spec_of(record)
    # R reports a plain column without its back-quotes.
    assert record["y"]["expr"] in (expression_text(spec.response), getattr(spec.response, "name", None))
    assert len(spec.offsets) == (record["offset"] is not None)


@pytest.mark.parametrize("record", VALID, ids=lambda r: r["id"])
def test_grouping_factors_are_those_of_lme4(record):
    spec = spec_of(record)
    wanted = record["random"]
    if "double_bar_as_diag" in record:
        wanted = record["double_bar_as_diag"]["unsplit_terms"]
    assert len(spec.groups) == len(wanted)
    assert sorted(sorted(name_of(v) for v in g.factor) for g in spec.groups) == sorted(
        sorted(term["group"].replace("(", "").replace(")", "").split(":")) for term in wanted
    )
    for group in spec.groups:
        mine = sorted(name_of(v) for v in group.factor)
        matches = [
            t for t in wanted if sorted(t["group"].replace("(", "").replace(")", "").split(":")) == mine
        ]
        assert group.intercept in ["(Intercept)" in t["columns"] for t in matches]
    has_double_bar = "||" in record["formula"]
    assert any(not g.correlated for g in spec.groups) == has_double_bar


@pytest.mark.parametrize("record", VALID, ids=lambda r: r["id"])
def test_effects_of_a_group_start_its_columns(record):
    """Numeric slopes are columns of their own names, so labels and R's columns agree one to one."""
    data = reference_data.load(record["dataset"])
    spec = spec_of(record)
    wanted = record.get("double_bar_as_diag", {}).get("unsplit_terms") or record["random"]
    for group in spec.groups:
        names = {name for t in group.terms for name in map(expression_text, t.variables)}
        if not names <= {name_text(c) for c in data.select_dtypes("number").columns}:
            continue
        columns = ["(Intercept)"] * group.intercept + [t.label for t in group.terms]
        assert columns in [t["columns"] for t in wanted]


@pytest.mark.parametrize("record", VALID, ids=lambda r: r["id"])
def test_canonical_text_and_saved_state_say_the_same_model(record):
    spec = spec_of(record)
    again = parse(spec.formula, reference_data.load(record["dataset"]), record["family"])
    assert again == spec
    assert again.formula == spec.formula
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert "".join(text for text, _ in pieces(spec)) == spec.formula


@pytest.mark.parametrize("name", INVALID)
def test_recommendation_for_what_r_refuses_is_followed(name):
    record = INVALID[name]
    why, recommended = record["why"], record["recommended"]
    if recommended == "reject" and why not in LEFT_TO_THE_DATA | UNDERSTOOD:
        with pytest.raises(FormulaError) as caught:
            spec_of(record)
        assert caught.value.message.endswith((".", "`", "?")) and len(caught.value.message) > 20
        assert caught.value.text == record["formula"]
        assert 0 <= caught.value.position <= len(record["formula"])
        return
    spec = spec_of(record)
    if why in UNDERSTOOD:
        assert any(n.code.startswith("pasted") for n in spec.notes)
    elif recommended == "warn" and why not in LEFT_TO_THE_DATA:
        assert any(n.severity == "warning" for n in spec.notes)
    elif recommended == "accept":
        assert not [n for n in spec.notes if n.severity == "warning"]


@pytest.mark.parametrize(
    "name", [n for n, r in INVALID.items() if "structure" in r and r["recommended"] in ("warn", "accept")]
)
def test_accepted_with_a_warning_has_the_structure_of_lme4(name):
    record = INVALID[name]
    spec = spec_of(record)
    assert [t.label for t in spec.terms] == record["structure"]["fixed"]["term_labels"]
    assert spec.intercept == record["structure"]["fixed"]["has_intercept"]
    assert {g.label for g in spec.groups} == {t["group"] for t in record["structure"]["random"]}


@pytest.mark.parametrize("name", [n for n, r in INVALID.items() if r.get("lme4_2x", {}).get("random")])
def test_newer_syntax_is_read_as_lme4_2_does(name):
    record = INVALID[name]
    spec = spec_of(record)
    assert sorted(g.label for g in spec.groups) == sorted(t["group"] for t in record["lme4_2x"]["random"])


def name_of(variable):
    return variable.name
