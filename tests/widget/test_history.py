"""The history of fits: nothing that a person did is lost, and what is compared can be compared."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from widget.protocol import mismatches

from mlmwidget import datasets
from mlmwidget.widget.fit_history import FitHistory
from mlmwidget.widget.runs import Runs

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"
SMALL = {"method": "exact", "draws": 100, "chains": 2, "random_seed": 1}


@pytest.fixture
def widget(make):
    """A widget with two fits, the second one shown."""
    widget = make(formula=CORRELATED)
    widget.fit(**SMALL)
    widget.formula = INTERCEPTS
    widget.fit(**SMALL)
    return widget


@pytest.fixture
def ask(send):
    """Send a request about the history, and see that what is shown keeps to the protocol."""

    def ask(widget, action, **fields):
        send(widget, {"type": "history", "action": action, **fields})
        assert widget._fits.comparing.wait(60)
        assert mismatches(widget.fit_list, "FitList") == []

    return ask


def names(widget):
    return [entry["name"] for entry in widget.fit_list["fits"]]


def problem(widget):
    return next(p["message"] for p in widget.view["problems"] if p["code"] == "refused")


def test_every_fit_is_listed_with_what_it_is(widget):
    assert mismatches(widget.fit_list, "FitList") == []
    first, second = widget.fit_list["fits"]
    assert (first["number"], first["name"], first["formula"]) == (1, "Fit 1", CORRELATED)
    assert first["family"] == "Gaussian"
    assert first["headline"].startswith("Exact posterior: 2 × 100 draws")
    assert first["verdict"]["text"]
    assert (first["shown"], second["shown"]) == (False, True)
    assert first["made"].endswith("+00:00")
    assert widget.fits == tuple(widget.history.values())
    assert list(widget.history) == ["Fit 1", "Fit 2"]


def test_a_name_can_be_edited_and_stays_unique(widget, ask):
    ask(widget, "rename", fit=1, name="  slopes \n vary ")
    assert list(widget.history) == ["slopes vary", "Fit 2"]
    ask(widget, "rename", fit=2, name="slopes vary")
    assert list(widget.history) == ["slopes vary", "Fit 2"]
    assert "Another fit is called “slopes vary”" in problem(widget)
    ask(widget, "rename", fit=1, name="")
    assert names(widget) == ["Fit 1", "Fit 2"]
    ask(widget, "rename", fit=99, name="nobody")
    assert "no fit number 99" in problem(widget)


def test_a_fit_is_recalled_with_its_model_and_its_report_and_undo_goes_back(widget, ask, monkeypatch):
    monkeypatch.setattr(Runs, "fit", lambda *_: pytest.fail("recalling fits again"))
    shown = widget.report
    ask(widget, "recall", fit=1)
    assert widget.formula == widget.report["formula"] == CORRELATED
    assert widget.out_of_date is None
    assert widget.report["id"] > shown["id"]
    assert widget.result is widget.history["Fit 1"]
    assert [entry["shown"] for entry in widget.fit_list["fits"]] == [True, False]
    widget.undo()
    assert widget.formula == INTERCEPTS
    assert "model has changed" in widget.out_of_date
    assert widget.recall("Fit 2") is widget.result
    assert widget.out_of_date is None


def test_a_recalled_fit_stays_although_a_live_posterior_of_its_model_comes(make, ask):
    widget = make(formula=CORRELATED, live=True)
    widget.fit(**SMALL)
    widget.formula = INTERCEPTS
    assert widget._runs.wait_for_live(120)
    assert widget.report["live"]
    ask(widget, "recall", fit=1)
    assert widget._runs.wait_for_live(120)
    assert not widget.report["live"]
    widget.data = datasets.sleepstudy().iloc[:100]
    assert widget._runs.wait_for_live(120)
    assert widget.report["live"]
    ask(widget, "recall", fit=1)
    assert widget._runs.wait_for_live(120)
    assert widget.result is widget.fits[0]
    assert "data have changed" in widget.out_of_date


def test_a_removed_fit_can_be_put_back_in_its_place(widget, ask):
    fits = widget.fits
    ask(widget, "remove", fit=1)
    ask(widget, "remove", fit=2)
    assert widget.fits == ()
    assert widget.report["formula"] == INTERCEPTS
    assert widget.fit_list["restore"]["name"] == "Fit 2"
    ask(widget, "restore")
    ask(widget, "restore")
    assert widget.fits == fits
    assert widget.fit_list["restore"] is None
    ask(widget, "restore")
    assert "no fit to put back" in problem(widget)


def test_a_fit_whose_name_was_taken_meanwhile_comes_back_under_another(widget, ask):
    ask(widget, "remove", fit=1)
    ask(widget, "rename", fit=2, name="Fit 1")
    ask(widget, "restore")
    assert names(widget) == ["Fit 1 (2)", "Fit 1"]


def test_a_live_posterior_can_be_kept_once(make, ask):
    widget = make(formula=CORRELATED, live=True)
    assert widget._runs.wait_for_live(120)
    assert widget.fit_list["keep"]
    ask(widget, "keep")
    (entry,) = widget.fit_list["fits"]
    assert entry["kept"] and entry["shown"]
    assert not widget.report["live"]
    assert widget.fits == (widget.result,)
    assert widget.fit_list["keep"] is None
    with pytest.raises(ValueError, match="no live posterior to keep"):
        widget.keep()
    widget.formula = INTERCEPTS
    assert widget._runs.wait_for_live(120)
    assert widget.keep("intercepts") is widget.history["intercepts"]


def test_fits_are_compared_in_the_background_and_the_result_is_kept(widget, ask, monkeypatch):
    ask(widget, "compare")
    made = widget.fit_list["comparison"]
    assert (made["stage"], made["message"]) == ("done", "2 fits compared.")
    assert [row["name"] for row in made["rows"]] == ["Fit 1", "Fit 2"]
    assert made["rows"][0]["difference"] == "0"
    assert made["rows"][1]["difference"].startswith("−")
    assert (
        0 <= made["rows"][1]["mark"]["from"] < made["rows"][1]["mark"]["at"] < made["rows"][1]["mark"]["to"]
    )
    assert made["sentences"]
    assert made["left_out"] == []
    monkeypatch.setattr("mlmwidget.inference.loo.leave_one_out", lambda *_: pytest.fail("computed twice"))
    ask(widget, "rename", fit=1, name="slopes")
    assert widget.fit_list["comparison"]["rows"][0]["name"] == "slopes"
    assert "slopes" in widget.fit_list["comparison"]["sentences"][0]
    assert list(widget.compare().table.index) == ["slopes", "Fit 2"]
    ask(widget, "remove", fit=2)
    assert widget.fit_list["comparison"] is None
    ask(widget, "restore")
    assert len(widget.fit_list["comparison"]["rows"]) == 2


def test_clicks_go_on_while_fits_are_compared(widget, send, monkeypatch):
    from mlmwidget.inference import loo

    gate, real = threading.Event(), loo.leave_one_out
    monkeypatch.setattr(loo, "leave_one_out", lambda *a: gate.wait(60) and real(*a))
    send(widget, {"type": "history", "action": "compare"})
    assert widget.fit_list["comparison"]["stage"] == "computing"
    assert widget.fit_list["comparison"]["message"].startswith("Comparing")
    widget.formula = CORRELATED
    assert widget.view["formula"] == CORRELATED
    gate.set()
    assert widget._fits.comparing.wait(60)
    assert widget.fit_list["comparison"]["stage"] == "done"


def test_what_cannot_be_compared_is_left_out_with_the_reason(widget, ask):
    widget.fit(method="reml")
    widget.formula = "log(Reaction) ~ Days + (1 | Subject)"
    widget.fit(**SMALL)
    ask(widget, "recall", fit=1)
    ask(widget, "compare")
    comparison = widget.fit_list["comparison"]
    assert [row["name"] for row in comparison["rows"]] == ["Fit 1", "Fit 2"]
    assert comparison["left_out"][0].startswith("“Fit 3” is a point estimate")
    assert "different outcomes" in comparison["left_out"][1]
    ask(widget, "rename", fit=4, name="on the log scale")
    assert "“on the log scale” log(Reaction)" in widget.fit_list["comparison"]["left_out"][1]
    widget.formula = INTERCEPTS
    widget.fit(**SMALL)
    assert "after this comparison" in widget.fit_list["comparison"]["left_out"][-1]
    ask(widget, "recall", fit=4)
    ask(widget, "compare")
    assert "nothing to compare “on the log scale” with" in problem(widget)


def test_fits_of_earlier_data_stay_and_are_marked_and_not_compared_with_newer_ones(widget, ask):
    fits = widget.fits
    data = datasets.sleepstudy()
    data.loc[4, "Reaction"] += 10
    widget.data = data
    assert widget.fits == fits
    assert all("before they were replaced" in entry["earlier"] for entry in widget.fit_list["fits"])
    widget.fit(**SMALL)
    assert widget.fit_list["fits"][2]["earlier"] is None
    ask(widget, "compare")
    assert "different values of Reaction (row 4)" in problem(widget)
    ask(widget, "recall", fit=1)
    assert widget.formula == CORRELATED
    assert "data have changed" in widget.out_of_date


def test_a_fit_whose_column_is_gone_is_shown_and_the_model_stays(widget, ask):
    widget.data = datasets.sleepstudy().drop(columns="Days")
    before = widget.formula
    ask(widget, "recall", fit=1)
    assert widget.formula == before
    assert widget.report["formula"] == CORRELATED
    assert "Days" in problem(widget)


def test_cancelling_failing_and_a_broken_report_keep_the_history(widget, monkeypatch):
    fits = widget.fits
    widget.cancel()
    widget._on_message(None, {"type": "edit", "edit": "set-family", "value": "student"}, [])
    with pytest.raises(ValueError, match="cannot fit"):
        widget.fit(method="exact")
    assert widget.fits == fits
    monkeypatch.setattr("mlmwidget.widget.report.report", lambda *_, **__: 1 / 0)
    widget._on_message(None, {"type": "edit", "edit": "set-family", "value": "gaussian"}, [])
    with pytest.raises(ValueError, match="report could not be made"):
        widget.fit(**SMALL)
    assert len(widget.fits) == 3
    assert widget.fit_list["fits"][2]["verdict"]["text"] == "Its report could not be made."


@pytest.mark.parametrize("request_", [{}, {"action": 1}, {"action": "explode"}, {"action": ["keep"]}])
def test_requests_that_make_no_sense_change_nothing(widget, send, request_):
    before = widget.fit_list
    send(widget, {"type": "history", **request_})
    assert widget.fit_list == before


def test_numbers_are_never_given_twice():
    history = FitHistory()

    def fit():
        return SimpleNamespace(
            method="reml", estimate=None, draws=SimpleNamespace(beta=np.zeros((1, 1, 1)), attributes={})
        )

    first = history.add(fit(), None)
    history.remove(first.number)
    assert history.add(fit(), None).number == 2
    history.restore()
    assert [entry.number for entry in history.entries] == [1, 2]
