"""The widget as the browser and Python people see it, without a browser."""

import pickle

import ipywidgets
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from widget.protocol import mismatches

from mlmwidget import DataError, FormulaError, MLMWidget, datasets, parse

FIVE = {
    "varying-intercept": "Reaction ~ 1 + (1 | Subject)",
    "varying-intercept-predictor": "Reaction ~ Days + (1 | Subject)",
    "varying-slope": "Reaction ~ Days + (0 + Days | Subject)",
    "correlated": "Reaction ~ Days + (1 + Days | Subject)",
    "uncorrelated": "Reaction ~ Days + (1 + Days || Subject)",
}


def form(widget):
    return widget.view["form"]


def codes(widget):
    return [p.code for p in widget.problems]


def slope(widget, term="Days", card=0):
    return next(t for t in form(widget)["groups"][card]["slopes"] if t["request"]["term"] == term)


@pytest.mark.parametrize(
    ("data", "formula"),
    [
        (datasets.sleepstudy(), None),
        *[(datasets.sleepstudy(), formula) for formula in FIVE.values()],
        (datasets.pastes(), "strength ~ 1 + (1 | batch/cask)"),
        (datasets.penicillin(), "diameter ~ 1 + (1 | plate) + (1 | sample)"),
        (datasets.machines(), "score ~ Machine + (Machine || Worker)"),
        (datasets.radon(), "log_radon ~ floor * log_uranium + (floor | county)"),
        (datasets.sleepstudy(), "log(Reaction) ~ 0 + Days"),
        (pd.DataFrame({"a": ["x", "y", "z"] * 4}), None),
    ],
)
def test_everything_that_is_sent_has_the_shape_of_the_protocol(make, data, formula):
    widget = make(data, formula)
    assert mismatches(widget.view, "View") == []
    assert mismatches(widget.status, "Status") == []
    assert [m for c in widget.candidates for m in mismatches(c, "Candidate")] == []


def test_a_fresh_data_frame_starts_with_one_varying_intercept(make):
    assert make().formula == "Reaction ~ 1 + (1 | Subject)"


@pytest.mark.parametrize("name", FIVE)
def test_one_click_on_a_preset_sets_its_model_and_its_button_shows_it(make, send, name):
    widget = make()
    preset = next(p for p in form(widget)["presets"] if p["name"] == name)
    send(widget, preset["request"])
    assert widget.formula == preset["formula"] == FIVE[name]
    assert [p["name"] for p in form(widget)["presets"] if p["active"]] == [name]


def test_presets_go_on_with_the_predictor_that_was_there_before(make, send):
    data = datasets.sleepstudy().assign(Age=np.arange(180) % 7, Zone=1.5 * (np.arange(180) % 5))
    widget = make(data, "Reaction ~ Zone + (1 | Subject)")
    for name in ("varying-intercept", "correlated"):
        send(widget, next(p for p in form(widget)["presets"] if p["name"] == name)["request"])
    assert widget.formula == "Reaction ~ Zone + (1 + Zone | Subject)"


def test_the_five_models_clicked_together_control_by_control(make, send):
    widget = make()
    send(widget, form(widget)["add_term"]["request"], value="Days")
    assert widget.formula == FIVE["varying-intercept-predictor"]
    send(widget, slope(widget)["request"], on=True)
    assert widget.formula == FIVE["correlated"]
    send(widget, form(widget)["groups"][0]["correlated"]["request"], value="||")
    assert widget.formula == FIVE["uncorrelated"]
    send(widget, form(widget)["groups"][0]["intercept"]["request"], on=False)
    assert parse(widget.formula).groups[0].terms == parse(FIVE["varying-slope"]).groups[0].terms
    send(widget, form(widget)["groups"][0]["remove"])
    assert widget.formula == "Reaction ~ Days"
    send(widget, form(widget)["add_group"]["request"], value="Subject")
    assert widget.formula == FIVE["varying-intercept-predictor"]


def test_undo_and_redo_walk_through_the_clicks(make, send):
    widget = make()
    assert form(widget)["undo"] is None
    send(widget, form(widget)["add_term"]["request"], value="Days")
    send(widget, slope(widget)["request"], on=True)
    send(widget, form(widget)["undo"])
    assert widget.formula == FIVE["varying-intercept-predictor"]
    send(widget, form(widget)["undo"])
    assert (widget.formula, form(widget)["undo"]) == (FIVE["varying-intercept"], None)
    send(widget, {"type": "undo"})
    send(widget, form(widget)["redo"])
    assert widget.formula == FIVE["varying-intercept-predictor"]


def test_every_answer_is_a_new_view_so_that_the_browser_knows_it_was_heard(make, send):
    widget = make()
    for request in (
        {"type": "undo"},
        {"type": "formula", "text": widget.formula},
        {"type": "edit", "edit": "?"},
    ):
        version = widget.view["version"]
        send(widget, request)
        assert widget.view["version"] > version


def test_a_typed_formula_sets_the_form(make, send):
    widget = make()
    send(widget, {"type": "formula", "text": "Reaction~Days+(Days||Subject)"})
    assert widget.formula == FIVE["uncorrelated"]
    assert slope(widget)["on"]
    assert form(widget)["groups"][0]["correlated"]["value"] == "||"


@pytest.mark.parametrize(
    ("text", "position"),
    [("Reaction ~ Days + (Days | Subject", None), ("Reaction ~ Dayz + (1 | Subject)", 11), ("", None)],
)
def test_a_formula_with_an_error_is_kept_with_its_place_and_the_last_good_model_stays(
    make, send, text, position
):
    widget = make(formula=FIVE["correlated"])
    send(widget, {"type": "formula", "text": text})
    assert widget.formula == FIVE["correlated"]
    assert widget.view["draft"]["text"] == text
    problem = widget.view["draft"]["problem"]
    assert problem["message"]
    if position is not None:
        assert problem["position"] == position
    assert not widget.view["can_fit"]
    assert mismatches(widget.view, "View") == []
    send(widget, {"type": "formula", "text": widget.formula})
    assert widget.view["draft"] is None
    assert widget.view["can_fit"]


def test_a_bad_formula_from_python_raises_and_the_last_good_model_stays(make):
    widget = make(formula=FIVE["correlated"])
    version = widget.view["version"]
    with pytest.raises(FormulaError, match="Did you mean"):
        widget.formula = "Reaction ~ Dayz + (1 | Subject)"
    with pytest.raises(FormulaError):
        widget.spec = parse("Reaction ~ nothing")
    assert (widget.formula, widget.spec) == (FIVE["correlated"], parse(FIVE["correlated"]))
    assert widget.view["version"] == version


def test_formula_and_spec_set_from_python_are_seen_everywhere(make):
    widget = make()
    seen = []
    widget.observe(lambda change: seen.append((change.name, change.new)), ["formula", "spec"])
    widget.formula = "Reaction ~ Days+(Days|Subject)"
    assert widget.spec == parse(FIVE["correlated"])
    assert widget.view["formula"] == FIVE["correlated"]
    widget.spec = parse(FIVE["uncorrelated"])
    assert widget.formula == widget.view["formula"] == FIVE["uncorrelated"]
    assert [value for name, value in seen if name == "formula"] == [FIVE["correlated"], FIVE["uncorrelated"]]
    assert [value for name, value in seen if name == "spec"] == [parse(f) for f in list(FIVE.values())[3:]]


def test_clicks_reach_an_ipywidgets_control_that_is_linked_to_the_formula(make, send):
    widget = make()
    box = ipywidgets.Text()
    ipywidgets.link((widget, "formula"), (box, "value"))
    send(widget, form(widget)["add_term"]["request"], value="Days")
    assert box.value == FIVE["varying-intercept-predictor"]
    box.value = "Reaction ~ Days + (Days | Subject)"
    assert widget.spec == parse(FIVE["correlated"])
    assert ipywidgets.HBox([widget, box]).children[0] is widget


def test_a_slope_that_cannot_vary_has_its_reason_on_the_toggle(make):
    widget = make(datasets.radon(), "log_radon ~ floor + log_uranium + (1 | county)")
    assert slope(widget, "floor")["reason"] is None
    assert "does not vary within county" in slope(widget, "log_uranium")["reason"]
    remarks = {chip["label"]: chip["remark"] for chip in form(widget)["terms"]}
    assert remarks == {"floor": "varies within county", "log_uranium": "constant within county"}


def test_nesting_and_crossing_are_said_in_words(make):
    widget = make(datasets.penicillin(), "diameter ~ 1 + (1 | plate) + (1 | sample)")
    assert any("crossed" in fact for fact in form(widget)["groups"][0]["facts"])
    widget.data = datasets.pastes()
    widget.formula = "strength ~ 1 + (1 | batch/cask)"
    assert any("nested" in fact for card in form(widget)["groups"] for fact in card["facts"])


def test_the_family_is_suggested_and_never_switched_by_itself(make, send):
    widget = make(datasets.contraception(), "use ~ age + (1 | district)")
    assert widget.spec.family == "gaussian"
    hint = form(widget)["family_hint"]
    assert "Bernoulli" in hint["text"]
    send(widget, hint["request"])
    assert (widget.spec.family, widget.spec.link) == ("bernoulli", "logit")
    assert form(widget)["family_hint"] is None
    send(widget, {"type": "formula", "text": "use ~ (1 | district)"})
    assert widget.spec.family == "bernoulli"


def test_copying_gives_formula_equations_and_scripts(make, send, monkeypatch):
    widget = make(formula=FIVE["correlated"])
    replies = []
    monkeypatch.setattr(widget, "send", replies.append)
    languages = [choice["value"] for choice in widget.view["code"]]
    for what in ("formula", "latex", *languages, "passwords", None, ["latex"]):
        send(widget, {"type": "copy", "what": what})
    assert [mismatches(reply, "Reply") for reply in replies] == [[]] * (2 + len(languages))
    texts = {reply["what"]: reply["text"] for reply in replies}
    assert texts["formula"] == FIVE["correlated"]
    assert r"\gamma_{00}" in texts["latex"]
    assert "lmer(" in texts["lme4"]
    assert "import pymc" in texts["pymc"]


def test_the_script_of_a_chart_is_copied_and_a_missing_one_says_why(make, send, monkeypatch):
    widget = make(formula=FIVE["correlated"])
    replies = []
    monkeypatch.setattr(widget, "send", replies.append)
    send(widget, {"type": "copy", "what": "chart:pooling"})
    assert replies[-1]["text"].startswith("# There are no estimates yet")
    widget.fit(method="reml")
    for what in ("chart:pooling", "chart:pie", "chart:variance"):
        send(widget, {"type": "copy", "what": what})
        assert mismatches(replies[-1], "Reply") == []
    pooling, pie, variance = (reply["text"] for reply in replies[-3:])
    assert 'rows = fit.charts.data("pooling")' in pooling
    assert pie.startswith("# There is no chart 'pie'")
    assert variance.startswith("# A point estimate")


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Days", "Subject"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["edit", "formula", "undo", "redo", "cancel", "copy", "ahead", "nothing"])
NAMES = st.sampled_from(["add-term", "set-slope", "set-response", "set-factor", "preset", "set-family"])


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["value", "group", "term", "on", "name", "text", "what", "request"]), HOSTILE
    ),
    TYPES,
    NAMES,
)
def test_no_message_whatever_it_holds_can_break_the_widget(fields, kind, name):
    widget = SURVIVOR
    widget._handle_custom_msg({**fields, "type": kind, "edit": name}, [])
    assert mismatches(widget.view, "View") == []
    assert "internal" not in codes(widget)


SURVIVOR = MLMWidget(datasets.sleepstudy(), live=False)


@pytest.mark.parametrize("data", [3, "text", None, [1, 2], object()])
def test_what_is_no_data_frame_is_refused_in_a_sentence(data):
    with pytest.raises(DataError, match=r"data frame"):
        MLMWidget(data, live=False)


@pytest.mark.parametrize(
    ("data", "formula", "word"),
    [
        (pd.DataFrame({"y": [], "g": []}), None, "rows"),
        (pd.DataFrame({"g": list("abc") * 3}), None, "outcome"),
        (pd.DataFrame({"y": np.arange(6.0), "g": ["a"] * 6}), "y ~ 1 + (1 | g)", "single group"),
        (pd.DataFrame({"y": [1.0] * 6, "g": list("aabbcc")}), "y ~ 1 + (1 | g)", "y"),
        (pd.DataFrame({"y": np.arange(6.0), "x": [np.nan] * 6, "g": list("aabbcc")}), "y ~ x + (1 | g)", "x"),
        (pd.DataFrame({"y": [1, 2, np.inf, 3, 4, 5], "g": list("aabbcc")}), "y ~ 1 + (1 | g)", "y"),
    ],
)
def test_unusable_data_leave_a_living_widget_that_says_why(make, send, data, formula, word):
    widget = make(data, formula)
    assert any(word in p.message for p in widget.problems)
    assert not widget.view["can_fit"] or all(p.severity != "error" for p in widget.problems)
    send(widget, {"type": "fit"})
    assert mismatches(widget.view, "View") == []


def test_an_unknown_column_in_the_first_formula_raises():
    with pytest.raises(FormulaError, match="Days"):
        MLMWidget(datasets.sleepstudy(), "Reaction ~ days + (1 | Subject)", live=False)


def test_names_of_any_kind_travel_as_plain_text(make, send):
    names = ["the outcome", "<script>alert(1)</script>", "a|b", "größe (cm)"]
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(40, 4)), columns=names).assign(g=list("abcdefgh") * 5)
    widget = make(data, "`the outcome` ~ 1 + (1 | g)")
    for name in names[1:]:
        send(widget, form(widget)["add_term"]["request"], value=name)
    assert [t.variables[0].name for t in widget.spec.terms] == names[1:]
    assert parse(widget.formula) == widget.spec
    assert form(widget)["terms"][0]["label"] == "<script>alert(1)</script>"
    assert "<script>" not in "".join(e["latex"] for n in widget.view["notations"] for e in n["equations"])


def test_new_data_keep_the_model_or_say_what_was_left_out(make):
    widget = make(formula=FIVE["correlated"])
    widget.data = datasets.sleepstudy().iloc[:90]
    assert widget.formula == FIVE["correlated"]
    assert widget.view["rows"].startswith("90 rows")
    widget.data = datasets.sleepstudy().drop(columns="Days")
    assert widget.formula == FIVE["varying-intercept"]
    assert any("Days" in p.message for p in widget.problems)
    widget.data = datasets.pastes()
    assert widget.spec.response.name == "strength"
    with pytest.raises(DataError):
        widget.data = 3
    assert widget.spec.response.name == "strength"


def test_a_column_deleted_after_the_widget_was_made_does_no_harm(make, send):
    data = datasets.sleepstudy()
    widget = make(data)
    del data["Days"]
    send(widget, form(widget)["add_term"]["request"], value="Days")
    assert widget.view["can_fit"]


def test_wide_data_offer_only_columns_that_can_be_chosen(make):
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(30, 300)), columns=[f"x{i}" for i in range(300)])
    widget = make(data.assign(g=list("abcdef") * 5), "x0 ~ x1 + (1 | g)")
    group = form(widget)["groups"][0]["factor"]
    assert (group["value"], [c["value"] for c in group["choices"]]) == ("g", ["g"])
    assert len(form(widget)["add_term"]["choices"]) == 300
    taken = next(c for c in form(widget)["add_term"]["choices"] if c["value"] == "x1")
    assert taken["reason"] == "It is in the model already."


def test_a_factor_that_was_typed_as_a_combination_is_among_the_choices_of_its_card(make, send):
    widget = make(datasets.pastes(), "strength ~ 1 + (1 | batch:cask)")
    factor = form(widget)["groups"][0]["factor"]
    assert factor["value"] in [c["value"] for c in factor["choices"]]
    send(widget, factor["request"], value="batch")
    assert widget.formula == "strength ~ 1 + (1 | batch)"


def test_polars_and_dicts_of_columns_are_data_frames_too(make):
    frame = pl.from_pandas(datasets.sleepstudy().astype({"Subject": str}))
    assert make(frame).formula == FIVE["varying-intercept"]
    assert make(frame.to_dict(as_series=False)).view["can_fit"]


def test_what_python_people_ask_of_the_widget(make):
    widget = make(formula=FIVE["correlated"])
    assert r"\mu_{1j}" in widget.latex()
    assert "Subject" in widget.words()
    assert widget.result is None
    with pytest.raises(ValueError, match="no estimates yet"):
        widget.charts  # noqa: B018
    with pytest.raises(ValueError, match="no setting"):
        widget.fit(speed=3)
    with pytest.raises(ValueError, match="whole number"):
        widget.fit(draws=0)
    assert widget.data.equals(datasets.sleepstudy())


def test_a_widget_is_called_by_its_formula(make):
    assert repr(make(formula=FIVE["correlated"])) == f"MLMWidget({FIVE['correlated']!r})"


def test_an_error_inside_the_widget_becomes_a_sentence(make, send, monkeypatch):
    widget = make()
    monkeypatch.setattr("mlmwidget.widget.session.apply_edit", lambda *_: 1 / 0)
    send(widget, form(widget)["add_term"]["request"], value="Days")
    assert any("division by zero" in p.message for p in widget.problems)
    assert widget.formula == FIVE["varying-intercept"]


def test_a_page_cannot_overwrite_what_python_says(make):
    widget = make()
    before = dict(widget.get_state())
    update = {
        "view": {},
        "report": {"x": 1},
        "status": {},
        "fit_list": {},
        "candidates": [],
        "_esm": "alert(1)",
    }
    widget._handle_msg({"content": {"data": {"method": "update", "state": update, "buffer_paths": []}}})
    assert widget.get_state() == before
    assert widget.problems == ()


def test_an_argument_that_is_mistyped_is_not_passed_over():
    with pytest.raises(TypeError, match="no argument 'familly'; it has data, formula, family"):
        MLMWidget(datasets.sleepstudy(), familly="bernoulli")


def test_that_a_widget_cannot_be_pickled_is_said_with_what_can(make):
    with pytest.raises(TypeError, match="pickle a fit"):
        pickle.dumps(make())
