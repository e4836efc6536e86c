"""Clicks as pure functions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmwidget import FormulaError, parse
from mlmwidget.widget.edits import EDITS, PRESETS, apply_edit, group_key
from mlmwidget.widget.undo import History

COLUMNS = [
    "Reaction",
    "Days",
    "Subject",
    "my col",
    "a:b",
    "`tick`",
    "<script>alert(1)</script>",
    "log(x)",
    "Größe",
]


def edit(formula: str, name: str, **fields) -> str:
    return apply_edit(parse(formula), {"type": "edit", "edit": name, **fields}, COLUMNS).formula


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("varying-intercept", "Reaction ~ 1 + (1 | Subject)"),
        ("varying-intercept-predictor", "Reaction ~ Days + (1 | Subject)"),
        ("varying-slope", "Reaction ~ Days + (0 + Days | Subject)"),
        ("correlated", "Reaction ~ Days + (Days | Subject)"),
        ("uncorrelated", "Reaction ~ Days + (Days || Subject)"),
    ],
)
def test_each_preset_is_the_model_of_the_cheatsheet(name, formula):
    spec = parse("Reaction ~ Days + (1 | Subject)")
    assert apply_edit(spec, {"edit": "preset", "name": name}, COLUMNS) == parse(formula)


def test_the_five_models_can_be_clicked_together_one_toggle_at_a_time():
    formula = edit("Reaction ~ 1", "add-group", value="Subject")
    assert parse(formula) == parse("Reaction ~ 1 + (1 | Subject)")
    formula = edit(formula, "add-term", value="Days")
    assert parse(formula) == parse("Reaction ~ Days + (1 | Subject)")
    formula = edit(formula, "set-slope", group="Subject", term="Days", on=True)
    assert parse(formula) == parse("Reaction ~ Days + (Days | Subject)")
    formula = edit(formula, "set-correlated", group="Subject", value="||")
    assert parse(formula) == parse("Reaction ~ Days + (Days || Subject)")
    formula = edit(formula, "set-group-intercept", group="Subject", on=False)
    assert [t.label for t in parse(formula).groups[0].terms] == ["Days"]
    assert not parse(formula).groups[0].intercept


def test_removing_a_predictor_keeps_its_varying_slope():
    formula = edit("Reaction ~ Days + (Days | Subject)", "remove-term", term="Days")
    assert parse(formula) == parse("Reaction ~ 1 + (Days | Subject)")


def test_choosing_an_outcome_takes_it_from_the_predictors_and_says_so():
    spec = parse("Reaction ~ Days + (Days | Subject)")
    new = apply_edit(spec, {"edit": "set-response", "value": "Days"}, COLUMNS)
    assert new == parse("Days ~ 1 + (1 | Subject)")
    assert "Days" in new.notes[0].message
    assert "undo" in new.notes[0].message


def test_the_last_thing_that_varies_cannot_be_switched_off():
    with pytest.raises(FormulaError, match="Something has to vary"):
        edit("Reaction ~ 1 + (1 | Subject)", "set-group-intercept", group="Subject", on=False)


def test_a_term_written_in_another_order_is_the_same_term():
    with pytest.raises(FormulaError, match="already in the model"):
        edit("Reaction ~ Days + x + Days:x", "add-term", value="x:Days")


def test_main_effects_stand_before_interactions_as_in_r():
    assert edit("Reaction ~ Days + x + Days:x", "add-term", value="my col") == (
        "Reaction ~ Days + x + `my col` + Days:x"
    )


def test_a_second_term_of_the_same_factor_has_its_own_name():
    spec = parse("Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)")
    assert [group_key(spec, g) for g in range(2)] == ["Subject", "Subject (2)"]
    new = apply_edit(spec, {"edit": "remove-group", "group": "Subject (2)"}, COLUMNS)
    assert new == parse("Reaction ~ Days + (1 | Subject)")


@pytest.mark.parametrize("column", COLUMNS[3:])
def test_a_column_of_any_name_becomes_a_term_that_reads_back(column):
    spec = apply_edit(parse("Reaction ~ 1"), {"edit": "add-term", "value": column}, COLUMNS)
    assert parse(spec.formula) == spec
    assert spec.terms[0].variables[0].name == column


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"edit": None},
        {"edit": ["add-term"]},
        {"edit": "__init__"},
        {"edit": "add-term"},
        {"edit": "add-term", "value": 3},
        {"edit": "add-term", "value": "__import__('os').system('true')) + ("},
        {"edit": "add-group", "value": "Days |"},
        {"edit": "add-group", "value": "Subject"},
        {"edit": "set-intercept", "on": "yes"},
        {"edit": "set-slope", "group": 0, "term": "Days", "on": True},
        {"edit": "set-slope", "group": "nobody", "term": "Days", "on": True},
        {"edit": "set-correlated", "group": "Subject", "value": "|||"},
        {"edit": "remove-term", "term": "nothing"},
        {"edit": "set-family", "value": "Cauchy"},
        {"edit": "preset", "name": "everything"},
        {"edit": "set-response", "value": "Days:Subject"},
    ],
)
def test_a_hostile_request_gets_a_sentence_and_changes_nothing(request_):
    spec = parse("Reaction ~ Days + (1 | Subject)")
    with pytest.raises(FormulaError) as caught:
        apply_edit(spec, request_, COLUMNS)
    assert str(caught.value).endswith(".")


VALUES = st.sampled_from(
    [*COLUMNS, "Days:Subject", "log(Days)", "Subject (2)", "|", "||", "bernoulli", *PRESETS]
)
CLICKS = st.fixed_dictionaries(
    {
        "edit": st.sampled_from(list(EDITS)),
        "value": VALUES,
        "term": VALUES,
        "group": VALUES,
        "name": st.sampled_from(list(PRESETS)),
        "on": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CLICKS, max_size=12))
def test_any_sequence_of_clicks_gives_a_formula_that_reads_back(requests):
    spec = parse("Reaction ~ Days + (1 | Subject)")
    for request in requests:
        try:
            spec = apply_edit(spec, request, COLUMNS)
        except FormulaError:
            continue
        assert parse(spec.formula, family=spec.family, link=spec.link) == spec


def test_undo_and_redo_walk_and_a_new_change_forgets_what_was_undone():
    history = History(("a",)).push("b").push("c").undo().undo()
    assert (history.present, history.can_undo, history.can_redo) == ("a", False, True)
    assert history.undo().present == "a"
    assert history.redo().present == "b"
    history = history.redo().push("d")
    assert (history.present, history.can_redo) == ("d", False)
    assert history.states == ("a", "b", "d")
