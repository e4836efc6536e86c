"""What a press of a button asks for: the answer to its click, before there is one."""

import threading

import pytest
from widget.protocol import mismatches
from widget.test_runs import CORRELATED, READY, wait_for

from mlmwidget.widget import runs

INTERCEPT = "Reaction ~ Days + (1 | Subject)"


@pytest.fixture
def press(monkeypatch):
    """Press a button, and return what Python answers."""

    def press(widget, request):
        replies = []
        monkeypatch.setattr(widget, "send", replies.append)
        widget._handle_custom_msg({"type": "ahead", "request": request}, [])
        return replies

    return press


def hold_first(monkeypatch):
    """Hold the first posterior from now on until the gate is open; return the gate and what has begun."""
    gate, begun, attempt = threading.Event(), [], runs._attempt

    def slow(frame, *arguments):
        begun.append(frame.spec.formula)
        if len(begun) == 1:
            gate.wait(60)
        return attempt(frame, *arguments)

    monkeypatch.setattr(runs, "_attempt", slow)
    return gate, begun


def slope(widget, on):
    return {**widget.view["form"]["groups"][0]["slopes"][0]["request"], "on": on}


def test_a_press_is_answered_with_the_view_of_its_click_and_changes_nothing(make, send, press):
    widget = make(formula=INTERCEPT)
    before, request = widget.view, slope(widget, True)
    [reply] = press(widget, request)
    assert mismatches(reply, "Reply") == []
    assert (reply["request"], reply["after"]) == (request, before["version"])
    assert reply["view"]["formula"] == CORRELATED
    assert widget.view is before
    assert (widget.formula, widget.spec.formula) == (INTERCEPT, INTERCEPT)
    send(widget, request)
    assert widget.view == reply["view"]


def test_undo_and_redo_are_answered_ahead_as_well(make, press):
    widget = make(formula=INTERCEPT)
    widget.formula = CORRELATED
    [reply] = press(widget, {"type": "undo"})
    assert reply["view"]["formula"] == INTERCEPT
    assert widget.formula == CORRELATED


@pytest.mark.parametrize(
    "request_", [None, "edit", {}, {"type": "fit"}, {"type": "edit"}, {"type": "edit", "edit": "set-slope"}]
)
def test_a_press_that_no_click_could_follow_is_not_answered(make, press, request_):
    widget = make(formula=INTERCEPT)
    before = widget.view
    assert press(widget, request_) == []
    assert widget.view is before


def test_the_posterior_of_a_pressed_button_is_shown_once_it_is_clicked_and_not_before(make, send, press):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)
    fits = []
    widget._runs._on_fit = lambda fit, live, wanted: fits.append(fit.spec.formula)
    request = slope(widget, True)
    press(widget, request)
    assert widget._runs.wait_for_live(120)
    assert fits == []
    send(widget, request)
    assert widget._runs.wait_for_live(120)
    assert fits == [CORRELATED]


def test_a_posterior_that_a_press_began_goes_on_when_the_click_comes(make, send, press, monkeypatch):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)
    gate, begun = hold_first(monkeypatch)
    request = slope(widget, True)
    press(widget, request)
    wait_for(lambda: begun)
    send(widget, request)
    gate.set()
    assert widget._runs.wait_for_live(120)
    assert begun == [CORRELATED]
    assert widget.report["formula"] == CORRELATED


def test_a_press_that_comes_to_nothing_costs_the_model_on_screen_no_posterior(make, press):
    widget = make(formula=INTERCEPT, live=True)
    widget.formula = CORRELATED
    press(widget, {"type": "undo"})
    assert widget._runs.wait_for_live(120)
    assert widget.report["formula"] == CORRELATED


def test_the_report_of_a_pressed_button_is_made_before_its_click(make, send, press, monkeypatch):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)
    request = slope(widget, True)
    press(widget, request)
    assert widget._runs.wait_for_live(120)

    def fail(*_, **__):
        raise AssertionError("The report was made twice.")

    monkeypatch.setattr("mlmwidget.widget.report.report", fail)
    send(widget, request)
    assert widget._runs.wait_for_live(120)
    assert widget.report["formula"] == CORRELATED
    assert widget.status["message"] == READY


def test_a_report_that_fails_ahead_is_complained_of_once_it_is_wanted(make, send, press, monkeypatch):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)

    def fail(*_, **__):
        raise ZeroDivisionError("no report")

    monkeypatch.setattr("mlmwidget.widget.report.report", fail)
    request = slope(widget, True)
    press(widget, request)
    assert widget._runs.wait_for_live(120)
    assert widget.status["message"] == READY
    send(widget, request)
    assert widget._runs.wait_for_live(120)
    assert "no report" in widget.status["message"]


def test_a_click_whose_press_waits_for_its_turn_loses_it_to_no_later_press(make, send, press, monkeypatch):
    widget = make(formula=CORRELATED, live=True)
    assert widget._runs.wait_for_live(120)
    gate, begun = hold_first(monkeypatch)
    press(widget, slope(widget, False))
    wait_for(lambda: begun)
    correlated = widget.view["form"]["groups"][0]["correlated"]
    [other] = [c["value"] for c in correlated["choices"] if c["value"] != correlated["value"]]
    request = {**correlated["request"], "value": other}
    press(widget, request)
    send(widget, request)
    press(widget, {"type": "undo"})
    gate.set()
    assert widget._runs.wait_for_live(120)
    assert widget.report["formula"] == widget.formula == "Reaction ~ Days + (1 + Days || Subject)"


def test_the_status_line_says_nothing_of_a_posterior_until_its_button_is_clicked(
    make, send, press, monkeypatch
):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)
    gate, attempt, messages = threading.Event(), runs._attempt, []
    monkeypatch.setattr(runs, "PATIENCE", 0.0)
    monkeypatch.setattr(runs, "_attempt", lambda *arguments: gate.wait(60) and attempt(*arguments))
    widget.observe(lambda change: messages.append(change.new["message"]), "status")
    request = slope(widget, True)
    press(widget, request)
    assert not widget._runs.wait_for_live(0.3)
    assert messages == []
    send(widget, request)
    wait_for(lambda: messages == [runs.ON_ITS_WAY])
    gate.set()
    assert widget._runs.wait_for_live(120)
    assert messages == [runs.ON_ITS_WAY, READY]


def test_a_report_that_was_made_ahead_shows_the_charts_that_are_looked_at_now(make, send, press):
    widget = make(formula=INTERCEPT, live=True)
    assert widget._runs.wait_for_live(120)
    request = slope(widget, True)
    press(widget, request)
    assert widget._runs.wait_for_live(120)
    send(widget, {"type": "charts", "names": ["variance"]})
    assert widget._fits.reports.wait(60)
    send(widget, request)
    assert widget._runs.wait_for_live(120)
    assert widget.report["formula"] == CORRELATED
    assert [c["name"] for c in widget.report["charts"] if not c.get("pending")] == ["variance"]


def test_what_a_press_showed_is_not_worked_out_again_for_its_click(make, send, press, monkeypatch):
    widget = make(formula=INTERCEPT)
    request = slope(widget, True)
    [reply] = press(widget, request)

    def fail(*_, **__):
        raise AssertionError("The view was made twice.")

    monkeypatch.setattr("mlmwidget.widget.session.view", fail)
    send(widget, request)
    assert widget.view == reply["view"]
