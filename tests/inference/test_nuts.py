"""NUTS on the PyMC model: finds simulated truth, stops when told. tests/exact compares its posteriors."""

import threading

import numpy as np
import pandas as pd
import pytest
from nutpie.compiled_pyfunc import from_pyfunc
from reference_data import load

import mlmwidget as mlm
from mlmwidget.data.build import model_frame
from mlmwidget.inference import nuts
from mlmwidget.inference.jobs import Sampler
from mlmwidget.inference.nuts import Cancelled, Progress, Settings
from mlmwidget.inference.progress import describe, remarks
from mlmwidget.model.priors import default_priors


def test_progress_is_said_in_words():
    chains = (nuts.Chain(500, 1000, 2, False), nuts.Chain(250, 1000, 0, True))
    assert describe(Progress("sampling", chains, 3.0, 4.2)) == "Sampling: 37 %, 2 divergences, about 5 s left"
    assert remarks(Progress("sampling", chains, 3.2, 4.1)) == "2 divergences · 3 s · about 5 s left"
    assert remarks(Progress("sampling", (), 119.4, 1062)) == "119 s · about 18 min left"
    assert describe(Progress("compiling")) == "Compiling the model"


def simulated(family):
    """Data of a family with slope 0.5 and groups of standard deviation 0.6."""
    rng = np.random.default_rng(12)
    g = np.repeat(np.arange(30), 20)
    x = rng.normal(size=g.size)
    eta = 0.4 + 0.5 * x + rng.normal(0, 0.6, 30)[g]
    p = 1 / (1 + np.exp(-eta))
    y = {
        "student": lambda: eta + 0.5 * rng.standard_t(4, g.size),
        "bernoulli": lambda: rng.binomial(1, p),
        "negbinomial": lambda: rng.negative_binomial(3, 3 / (3 + np.exp(eta))),
        "beta": lambda: np.clip(rng.beta(12 * p, 12 * (1 - p)), 1e-6, 1 - 1e-6),
    }[family]()
    return pd.DataFrame({"y": y, "x": x, "g": g})


#: One family with each set of own parameters, and the Beta, whose mean is bounded on both sides. The density
#: of every family is tested without sampling (tests/model/test_pymc.py).
SAMPLED = ["student", "bernoulli", "negbinomial", "beta"]
TRUE_SHAPE = {"student": 4, "negbinomial": 3, "beta": 12}


@pytest.mark.slow
@pytest.mark.parametrize("family", SAMPLED)
def test_the_truth_is_found(family):
    fit = mlm.fit(
        "y ~ x + (1 | g)",
        simulated(family),
        family=family,
        draws=400,
        chains=2,
        random_seed=3,
        progress=False,
    )
    assert fit.method == "pymc"
    summary = fit.summary()
    truth = {"x": 0.5, "sd_(Intercept)|g": 0.6}
    if family in TRUE_SHAPE:
        truth["shape"] = TRUE_SHAPE[family]
    for name, value in truth.items():
        assert abs(summary.loc[name, "mean"] - value) < 3.5 * summary.loc[name, "sd"], name
    assert summary["r_hat"].max() < 1.05
    assert fit.estimates()["mean"].notna().all()


def test_a_run_in_this_process_stops_when_told_and_has_no_result():
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    sampling, made = threading.Event(), []

    def watch(progress):
        if progress.chains:
            sampling.set()

    def normal():
        return lambda x: (-0.5 * float(x @ x), -x)

    def expand(*_):
        return lambda x: {"x": x}

    # The sampler is real; a density that needs no compiling stands in for the model's.
    compiled = from_pyfunc(3, normal, expand, [np.dtype(float)], [(3,)], ["x"])
    with pytest.raises(Cancelled):
        made += [
            nuts.sample(
                frame,
                default_priors(frame),
                draws=500_000,
                on_progress=watch,
                cancelled=sampling.is_set,
                random_seed=1,
                compiled=compiled,
            )
        ]
    assert sampling.is_set()
    assert made == []


@pytest.mark.slow
def test_the_real_worker_is_stopped_while_it_compiles():
    frame = model_frame("Reaction ~ Days + (Days | Subject)", load("sleepstudy"))
    sampler, compiling, outcomes = Sampler(), threading.Event(), []

    def watch(progress):
        if progress.stage == "compiling":
            compiling.set()

    sampler.start(frame, default_priors(frame), Settings(), watch, outcomes.append)
    assert compiling.wait(120)
    process = sampler._worker.process
    sampler.cancel()
    assert process.wait(10) != 0
    sampler.close()
    assert outcomes == []


def test_a_model_that_cannot_be_sampled_is_told_in_a_sentence_without_a_stack():
    data = pd.DataFrame({"y": np.arange(40.0), "g": np.arange(40) // 4})
    data.loc[0, "y"] = 1e300
    frame = model_frame("y ~ 1 + (1 | g)", data)
    with pytest.raises(ValueError, match=r"Sampling stopped: [^\n]*barely varies\.$") as caught:
        nuts.sample(frame, default_priors(frame), draws=20, tune=20, chains=1)
    assert "backtrace" not in str(caught.value)
    assert len(str(caught.value)) < 300
