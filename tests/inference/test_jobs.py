"""Runs in the worker process: cancelled at any stage, never overtaken, never orphaned, never hung."""

import io
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference_data import load

from mlmwidget.data.build import model_frame
from mlmwidget.inference import jobs
from mlmwidget.inference.jobs import Sampler, sample_blocking
from mlmwidget.inference.nuts import Settings
from mlmwidget.model.priors import default_priors

HERE = Path(__file__).parent
FINISH, HANG, CRASH, FAIL, CHATTER = range(5)
PATIENCE = 60


@pytest.fixture(scope="module")
def model():
    frame = model_frame("Reaction ~ Days + (Days || Subject)", load("sleepstudy"))
    return frame, default_priors(frame)


@pytest.fixture
def sampler(monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", (sys.executable, str(HERE / "pretend_worker.py")))
    sampler = Sampler()
    yield sampler
    sampler.close()


class Run:
    """Collects what a run says."""

    def __init__(self, sampler, model, how=FINISH, draws=4):
        self.progress, self.outcomes = [], []
        self.stage, self.done = threading.Condition(), threading.Event()
        settings = Settings(draws=draws, chains=2, random_seed=how)
        self.number = sampler.start(*model, settings, self._on_progress, self._on_done)

    def _on_progress(self, progress):
        with self.stage:
            self.progress.append(progress)
            self.stage.notify_all()

    def _on_done(self, outcome):
        self.outcomes.append(outcome)
        self.done.set()

    def wait_for_stage(self, stage):
        with self.stage:
            assert self.stage.wait_for(lambda: stage in [p.stage for p in self.progress], PATIENCE)

    def result(self):
        assert self.done.wait(PATIENCE)
        (outcome,) = self.outcomes
        return outcome


def gone(pid):
    """Whether a process has ended (or waits only to be reaped)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends between opening and reading
        return True


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_run_brings_its_draws_and_its_number(sampler, model):
    run = Run(sampler, model, draws=7)
    outcome = run.result()
    assert outcome.run == run.number
    assert outcome.error is None
    assert outcome.draws.beta.shape == (2, 7, 2)
    assert [p.run for p in run.progress] == [run.number] * len(run.progress)
    assert run.progress[-1].chains[0].tuning


def test_stray_prints_do_not_spoil_the_messages(sampler, model):
    assert Run(sampler, model, CHATTER).result().draws is not None


def test_a_failure_is_passed_on_as_its_sentence(sampler, model):
    outcome = Run(sampler, model, FAIL).result()
    assert outcome.draws is None
    assert outcome.error == "The outcome is outside the range of its family."
    assert Run(sampler, model).result().draws is not None


def test_a_crash_ends_the_run_with_its_reason_and_the_next_run_works(sampler, model):
    outcome = Run(sampler, model, CRASH).result()
    assert "the sky fell" in outcome.error
    assert "exit code 3" in outcome.error
    assert Run(sampler, model).result().draws is not None


@pytest.mark.parametrize("stage", ["compiling", "sampling"])
def test_cancelling_ends_the_process_and_no_result_follows(sampler, model, stage):
    frame, priors = model
    run = Run(sampler, (frame, replace(priors, lkj_eta=99.0) if stage == "compiling" else priors), HANG)
    run.wait_for_stage(stage)
    pid = sampler._worker.process.pid
    assert sampler.cancel()
    wait_until(lambda: gone(pid))
    assert not sampler.cancel()
    assert Run(sampler, model).result().draws is not None
    assert run.outcomes == []


def test_of_two_rapid_starts_only_the_newest_reports(sampler, model):
    first = Run(sampler, model, draws=5)
    second = Run(sampler, model, draws=6)
    assert second.number > first.number
    assert second.result().draws.beta.shape[1] == 6
    assert first.outcomes == []


def test_a_prepared_model_is_sampled_without_compiling(sampler, model):
    sampler.prepare(*model)
    wait_until(lambda: sampler._worker.ready and not sampler._worker.compiling)
    run = Run(sampler, model)
    assert run.result().draws is not None
    assert "compiling" not in [p.stage for p in run.progress]


def test_a_model_that_compiles_for_ever_does_not_hold_up_another(sampler, model):
    frame, priors = model
    sampler.prepare(frame, replace(priors, lkj_eta=99.0))
    wait_until(lambda: sampler._worker.ready)
    assert Run(sampler, model).result().draws is not None


def test_idle_workers_of_other_samplers_end(sampler, model):
    sampler.warm()
    pid = sampler._worker.process.pid
    other = Sampler()
    try:
        other.warm()
        wait_until(lambda: gone(pid))
        assert Run(sampler, model).result().draws is not None
    finally:
        other.close()


def test_the_worker_ends_when_its_parent_is_killed():
    code = (
        "import sys, time; from mlmwidget.inference import jobs;"
        f"jobs.COMMAND = (sys.executable, {str(HERE / 'pretend_worker.py')!r});"
        "s = jobs.Sampler(); s.warm(); print(s._worker.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    wait_until(lambda: gone(pid))


def test_waiting_for_a_run_returns_its_draws_or_raises_its_reason(sampler, model, monkeypatch):
    monkeypatch.setattr(jobs, "_library", sampler)
    draws = sample_blocking(*model, Settings(draws=5, chains=1, random_seed=FINISH))
    assert np.all(draws.beta == 5)
    with pytest.raises(RuntimeError, match="outside the range"):
        sample_blocking(*model, Settings(draws=5, random_seed=FAIL))


def test_progress_is_one_line_that_ends_empty(sampler, model, monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(jobs, "_library", sampler)
    monkeypatch.setattr(jobs, "interactive", lambda: True)
    monkeypatch.setattr(jobs.sys, "stderr", written)
    sample_blocking(*model, Settings(draws=5, random_seed=FINISH), progress=True)
    text = written.getvalue()
    assert "Starting PyMC" in text
    assert "\n" not in text
    assert text.split("\r")[-2].strip() == ""


def test_an_interrupt_cancels_the_run(sampler, model, monkeypatch):
    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "_library", sampler)
    monkeypatch.setattr(jobs.threading, "Event", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        sample_blocking(*model, Settings(random_seed=HANG))
    assert sampler._job is None


def test_an_interrupt_of_the_kernel_does_not_reach_the_worker(sampler):
    sampler.warm()
    assert os.getpgid(sampler._worker.process.pid) != os.getpgid(0)
