"""Fits from the widget: live, in the background, cancelled, out of date."""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from widget.protocol import mismatches

from mlmwidget import datasets
from mlmwidget.data.build import model_frame
from mlmwidget.inference import jobs
from mlmwidget.widget import runs
from mlmwidget.widget.background import NewestOnly
from mlmwidget.widget.runs import FEWEST_DRAWS, ON_ITS_WAY, READY, Plan, Runs, _live_draws, read_plan

PRETEND_WORKER = Path(__file__).parent.parent / "inference" / "pretend_worker.py"
CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
QUICK = {"draws": 100, "tune": 100, "chains": 2, "random_seed": 1}


def wait_for(condition, seconds=120):
    """Wait until something is so; the limit only keeps a failure from hanging."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_of_many_jobs_only_the_newest_that_waits_is_run():
    runner, gate, done = NewestOnly("test"), threading.Event(), []
    runner.submit(lambda: (gate.wait(10), done.append("first")))
    wait_for(lambda: runner._pending is None)
    for name in ("second", "third", "fourth"):
        runner.submit(lambda name=name: done.append(name))
    gate.set()
    assert runner.wait(10)
    assert done == ["first", "fourth"]
    runner.submit(lambda: done.append("fifth"))
    assert runner.wait(10)
    assert done[-1] == "fifth"


def test_a_job_that_fails_says_so_and_costs_no_later_job_its_turn(monkeypatch):
    said, done, gate = [], [], threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda said_: said.append(said_.exc_type))
    runner = NewestOnly("test")
    runner.submit(lambda: gate.wait(10) and 1 / 0)
    wait_for(lambda: runner._pending is None)
    runner.submit(lambda: done.append("waited"))
    gate.set()
    assert runner.wait(10)
    runner.submit(lambda: done.append("came later"))
    assert runner.wait(10)
    assert (said, done) == ([ZeroDivisionError], ["waited", "came later"])


@pytest.mark.parametrize(
    "request_",
    [
        {"draws": 0},
        {"draws": True},
        {"draws": "many"},
        {"chains": 1000},
        {"target_accept": 1},
        {"method": "magic"},
        {"method": ["pymc"]},
        {"__class__": 1},
    ],
)
def test_senseless_settings_are_refused_in_a_sentence(request_):
    with pytest.raises(ValueError, match=r"\.$"):
        read_plan(request_)


def test_settings_left_out_are_the_library_s_own():
    assert read_plan({}) == Plan()


def test_the_posterior_follows_every_change_without_a_fit(make):
    widget = make(live=True)
    widget.formula = CORRELATED
    assert widget._runs.wait_for_live(120)
    assert mismatches(widget.report, "Report") == []
    assert mismatches(widget.themes, "Themes") == []
    assert (widget.report["live"], widget.report["method"]) == (True, "exact")
    assert widget.report["formula"] == widget.result.spec.formula == CORRELATED
    assert widget.out_of_date is None
    assert widget.fits == ()


def test_the_status_line_says_why_there_is_no_live_posterior(make, monkeypatch):
    monkeypatch.setattr("mlmwidget.widget.runs._attempt", lambda *_: "Not today.")
    widget = make(live=True)
    assert widget._runs.wait_for_live(60)
    assert widget.status["message"] == "No live posterior: Not today."


def test_a_model_that_no_engine_can_follow_is_said_to_have_no_live_posterior(make, monkeypatch):
    monkeypatch.setattr("mlmwidget.inference.exact.engine.MAX_PARAMETERS", 2)
    widget = make(live=True)
    widget.formula = CORRELATED
    wait_for(lambda: "too many for the exact engine" in widget.status["message"])
    assert widget.status["message"].startswith("No live posterior: ")
    widget.formula = "Reaction ~ Days + (1 | Subject)"
    wait_for(lambda: widget.report and widget.report["formula"] == widget.formula)
    wait_for(lambda: widget.status["message"] == "Ready to fit.")


def test_the_status_line_forgets_why_there_was_no_posterior_of_a_model_that_was_left(make, monkeypatch):
    widget = make(formula=CORRELATED, live=True)
    assert widget._runs.wait_for_live(120)
    monkeypatch.setattr(runs, "_attempt", lambda *_: "Not today.")
    widget.formula = "Reaction ~ 1 + (1 | Subject)"
    assert widget._runs.wait_for_live(60)
    assert widget.status["message"] == "No live posterior: Not today."
    # The estimates of this model are still on screen.
    widget.undo()
    assert widget.status["message"] == READY


def test_only_the_first_posterior_waits_until_the_widget_is_on_screen(make, monkeypatch):
    pauses = []
    widget = make(formula=CORRELATED, live=True)
    assert widget._runs.wait_for_live(120)
    monkeypatch.setattr(widget._runs._newest, "submit", lambda job, pause: pauses.append(pause))
    widget.formula = "Reaction ~ 1 + (1 | Subject)"
    widget.undo()
    widget.formula = "Reaction ~ 0 + (1 | Subject)"
    assert pauses == [runs.PAUSE, runs.PAUSE]


def test_a_live_posterior_that_takes_long_is_said_to_be_on_its_way(make, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr("mlmwidget.widget.runs.PATIENCE", 0.0)
    monkeypatch.setattr("mlmwidget.widget.runs._attempt", lambda *_: gate.wait(60) and "Not today.")
    widget = make(live=True)
    wait_for(lambda: widget.status["message"] == ON_ITS_WAY)
    gate.set()
    assert widget._runs.wait_for_live(60)
    assert widget.status["message"] == "No live posterior: Not today."


def test_nothing_is_said_of_a_live_posterior_once_it_is_there(make, monkeypatch):
    widget = make(formula="Reaction ~ Days + (1 | Subject)", live=True)
    assert widget._runs.wait_for_live(120)
    monkeypatch.setattr("mlmwidget.widget.runs.PATIENCE", 0.0)
    messages = []
    widget.observe(lambda change: messages.append(change.new["message"]), "status")
    widget.formula = CORRELATED
    assert widget._runs.wait_for_live(120)
    assert ON_ITS_WAY in messages
    assert widget.status["message"] == READY


@pytest.mark.parametrize(
    ("groups", "draws"), [(100, 1000), (101, 500), (40_000, 250), (100_000, FEWEST_DRAWS)]
)
def test_with_many_groups_a_live_posterior_takes_fewer_draws(groups, draws):
    data = {"y": np.arange(2.0 * groups), "g": [str(i // 2) for i in range(2 * groups)]}
    assert _live_draws(model_frame("y ~ 1 + (1 | g)", data), "exact") == draws


def test_a_posterior_that_would_take_minutes_stops_when_the_model_is_clicked_away(make, monkeypatch):
    monkeypatch.setattr("mlmwidget.widget.runs.PATIENCE", 0.0)
    rng = np.random.default_rng(0)
    # More effects than rows: importance sampling does not hold, and the other sampler takes long.
    crowded = {"y": rng.normal(size=60), "x": [f"x{i % 6}" for i in range(60)], "g": np.arange(60) // 6}
    widget = make(pd.DataFrame(crowded), "y ~ x + (x | g)", live=True)
    wait_for(lambda: widget.status["message"] == ON_ITS_WAY)
    widget.formula = "y ~ 1 + (1 | g)"
    wait_for(lambda: widget._fits.reports.is_current, 60)
    widget.formula = "y ~ x + (x | g)"
    wait_for(lambda: widget.status["message"] == ON_ITS_WAY)
    widget.undo()  # its posterior is on screen already
    assert widget._runs.wait_for_live(60)
    assert widget.status["message"] == READY


def test_live_posteriors_of_models_that_were_clicked_away_are_never_shown(make):
    widget = make(live=True)
    shown = []
    widget.observe(lambda change: shown.append(change.new["formula"]), "report")
    for _ in range(5):
        widget.formula = CORRELATED
        widget.formula = "Reaction ~ Days + (1 | Subject)"
    assert widget._runs.wait_for_live(120)
    assert widget.report["formula"] == widget.formula
    assert shown.count(CORRELATED) == 0


def test_models_without_an_exact_posterior_are_followed_by_one_that_is_called_approximate(make):
    widget = make(datasets.contraception(), "use ~ age + (1 | district)", family="bernoulli", live=True)
    assert widget._runs.wait_for_live(120)
    report = widget.report
    assert report["live"]
    assert report["method"] == "laplace"
    assert "approximation" in report["headline"].lower()
    assert report["verdict"]["severity"] == "warning"
    assert "Approximate" in report["verdict"]["text"]
    assert report["advice"][0]["request"] == {"type": "fit"}
    assert "Approximate" in report["words"][0][0]["text"]
    # Once above the words and once above the charts, not below each of them; alone, a chart says it itself.
    assert not any("Approximate" in (chart["note"] or "") for chart in report["charts"])
    assert "Approximate" in str(widget.result.charts.population().to_dict()["title"]["subtitle"])
    assert widget.view["room"][0] == report["words"][0][0]["text"]
    assert widget.status["stage"] == "idle"


def test_a_model_too_large_for_a_preview_waits_for_fit(make, monkeypatch):
    monkeypatch.setattr("mlmwidget.inference.approximate.limits.MAX_LIVE_OPERATIONS", 0.0)
    widget = make(datasets.contraception(), "use ~ age + (1 | district)", family="bernoulli", live=True)
    assert widget._runs.wait_for_live(120)
    assert widget.report == {}
    assert widget.view["room"] is None
    assert widget.status["stage"] == "idle"


def test_a_fit_from_python_is_shown_and_a_change_marks_it_out_of_date(make, send):
    widget = make(formula=CORRELATED)
    fit = widget.fit(method="reml")
    assert widget.result is fit
    assert widget.fits == (fit,)
    assert mismatches(widget.report, "Report") == []
    assert widget.status["stage"] == "done"
    rows = {row["parameter"]: row for row in widget.report["summary"]}
    # lme4's REML estimates of this model: 251.405, 10.467; 24.741, 5.922, 0.066; 25.592.
    assert (rows["(Intercept)"]["mean"], rows["Days"]["mean"]) == ("251", "10.5")
    assert rows["Days"]["part"] == "term-0"
    assert rows["sd_(Intercept)|Subject"]["part"] == "group-0-intercept"
    assert rows["sd_Days|Subject"]["part"] == "group-0-term-0"
    assert rows["cor_Days.(Intercept)|Subject"]["part"] == "group-0-cor"
    assert (rows["sigma"]["section"], rows["sigma"]["part"]) == ("Residual", "sigma")
    assert float(rows["sigma"]["mean"]) == pytest.approx(25.592, abs=0.05)
    send(widget, widget.view["form"]["groups"][0]["correlated"]["request"], value="||")
    assert CORRELATED in widget.out_of_date
    send(widget, {"type": "undo"})
    assert widget.out_of_date is None
    widget.data = datasets.sleepstudy().iloc[:100]
    assert widget.out_of_date


def test_a_click_sends_the_model_and_a_mark_in_one_message_and_no_report(make, send, monkeypatch):
    widget = make(formula=CORRELATED)
    widget.fit(method="exact", draws=50, random_seed=1)
    sent = []
    monkeypatch.setattr(widget, "send_state", lambda key=None: sent.append(set(key)))
    send(widget, widget.view["form"]["groups"][0]["correlated"]["request"], value="||")
    assert sent == [{"view", "out_of_date"}]


def test_a_fit_that_fails_says_so_and_keeps_what_was_there(make):
    widget = make(formula=CORRELATED)
    fit = widget.fit(method="reml")
    widget.formula = "Reaction ~ Days + (1 | Subject)"
    widget._on_message(None, {"type": "edit", "edit": "set-family", "value": "student"}, [])
    with pytest.raises(ValueError, match="cannot fit this model"):
        widget.fit(method="exact")
    assert widget.status["stage"] == "failed"
    assert "cannot fit this model" in widget.status["message"]
    assert widget.result is fit


def test_a_summary_has_a_row_for_every_parameter_of_several_groups(make):
    data = datasets.machines()
    widget = make(data, "score ~ Machine + (1 | Worker) + (0 + Machine || Worker)")
    widget.fit(method="exact", draws=50, chains=2)
    parts = [row["part"] for row in widget.report["summary"]]
    assert parts[:4] == ["intercept", "term-0", "term-0", "group-0-intercept"]
    assert parts[-2:] == ["group-1-term-0", "sigma"]


def test_a_fit_cancelled_while_its_report_is_made_is_not_shown(make, monkeypatch):
    widget = make(formula=CORRELATED)

    def slow_report(fit, **options):
        widget.cancel()
        return {}

    monkeypatch.setattr("mlmwidget.widget.report.report", slow_report)
    with pytest.raises(ValueError, match="cancelled"):
        widget.fit(method="reml")
    assert (widget.report, widget.result, widget.fits) == ({}, None, ())
    assert widget.status["stage"] == "cancelled"


def test_fit_from_python_takes_the_exact_engine_where_it_can_and_pymc_elsewhere(make, monkeypatch):
    widget = make(formula=CORRELATED)
    assert widget.fit(draws=50, chains=2, random_seed=1).method == "exact"
    asked = []

    def start(runs, run, frame, priors, settings):
        asked.append((frame.spec.family, settings.draws))
        runs._end(run, "PyMC was asked.")

    monkeypatch.setattr(Runs, "_start_sampler", start)
    widget._on_message(None, {"type": "edit", "edit": "set-family", "value": "student"}, [])
    with pytest.raises(ValueError, match="PyMC was asked"):
        widget.fit(draws=50)
    assert asked == [("student", 50)]
    assert read_plan({}).method == "pymc"


@pytest.mark.slow
def test_fit_in_the_background_cancel_and_fit_again(make, send, worker):
    widget = make(formula=CORRELATED)
    stages = []
    widget.observe(lambda change: stages.append((change.new["run"], change.new["stage"])), "status")
    send(widget, {"type": "fit"}, **QUICK)
    send(widget, {"type": "cancel"})
    assert widget.status["stage"] == "cancelled"
    assert widget.result is None
    send(widget, {"type": "fit"}, **QUICK)
    wait_for(lambda: widget.status["stage"] == "sampling")
    assert mismatches(widget.status, "Status") == []
    # A change of the model while its fit runs: the fit is shown, and says whose it is.
    widget.formula = "Reaction ~ Days + (1 | Subject)"
    wait_for(lambda: widget.status["stage"] in ("done", "failed"))
    assert widget.status["stage"] == "done"
    assert mismatches(widget.report, "Report") == []
    assert CORRELATED in widget.out_of_date
    assert widget.result.draws.beta.shape == (2, 100, 2)
    assert np.isfinite(widget.result.draws.beta).all()
    assert [run for run, _ in stages] == sorted(run for run, _ in stages)
    assert {stage for run, stage in stages if run == 1} <= {"starting", "compiling", "sampling", "cancelled"}


def test_a_newer_run_replaces_the_one_before_which_is_never_shown(make, send, worker, monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", (sys.executable, str(PRETEND_WORKER)))
    widget = make(formula=CORRELATED.replace("|", "||"))
    reports = []
    widget.observe(lambda change: reports.append(change.new["headline"]), "report")
    finish = {**QUICK, "random_seed": 0}
    send(widget, {"type": "fit"}, **finish)
    send(widget, {"type": "fit"}, **{**finish, "draws": 120})
    wait_for(lambda: widget.status["stage"] in ("done", "failed"))
    assert [headline.split(" draws")[0] for headline in reports] == ["PyMC (NUTS): 2 × 120"]
    assert len(widget.fits) == 1
