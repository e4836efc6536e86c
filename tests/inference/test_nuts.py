"""NUTS on the PyMC model: agrees with the exact engine, finds simulated truth, stops when told."""

import threading

import numpy as np
import pandas as pd
import pytest
from reference_data import load

import mlmwidget as mlm
from mlmwidget.data.build import model_frame
from mlmwidget.inference import nuts
from mlmwidget.inference.jobs import Sampler
from mlmwidget.inference.nuts import Cancelled, Progress, Settings
from mlmwidget.inference.progress import describe
from mlmwidget.model.priors import default_priors


def test_progress_is_said_in_words():
    chains = (nuts.Chain(500, 1000, 2, False), nuts.Chain(250, 1000, 0, True))
    assert describe(Progress("sampling", chains, 3.0, 4.2)) == "Sampling: 37 %, 2 divergences, about 4 s left"
    assert describe(Progress("compiling")) == "Compiling the model"


@pytest.mark.slow
@pytest.mark.parametrize(
    "formula",
    ["Reaction ~ Days + (Days | Subject)", "Reaction ~ 0 + Days + (1 | Subject) + (0 + Days | Subject)"],
)
def test_both_engines_have_one_posterior(formula):
    data = load("sleepstudy")
    by_nuts = mlm.fit(formula, data, method="pymc", random_seed=1).summary()
    exact = mlm.fit(formula, data, method="exact", random_seed=2).summary()
    assert list(by_nuts.index) == list(exact.index)
    error = np.sqrt(by_nuts["sd"] ** 2 / by_nuts["ess_bulk"] + exact["sd"] ** 2 / exact["ess_bulk"])
    assert (abs(by_nuts["mean"] - exact["mean"]) < 4.5 * error).all()
    assert np.allclose(by_nuts["sd"], exact["sd"], rtol=0.15)


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
        "poisson": lambda: rng.poisson(np.exp(eta)),
        "negbinomial": lambda: rng.negative_binomial(3, 3 / (3 + np.exp(eta))),
        "gamma": lambda: rng.gamma(5.0, np.exp(eta) / 5),
        "beta": lambda: np.clip(rng.beta(12 * p, 12 * (1 - p)), 1e-6, 1 - 1e-6),
    }[family]()
    return pd.DataFrame({"y": y, "x": x, "g": g})


TRUE_SHAPE = {"student": 4, "negbinomial": 3, "gamma": 5, "beta": 12}


@pytest.mark.slow
@pytest.mark.parametrize("family", ["student", "bernoulli", "poisson", "negbinomial", "gamma", "beta"])
def test_the_truth_of_every_family_is_found(family):
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


@pytest.mark.slow
def test_a_run_in_this_process_stops_when_told_and_has_no_result():
    frame = model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"))
    sampling = threading.Event()

    def watch(progress):
        if progress.chains:
            sampling.set()

    with pytest.raises(Cancelled):
        nuts.sample(
            frame,
            default_priors(frame),
            draws=500_000,
            on_progress=watch,
            cancelled=sampling.is_set,
            random_seed=1,
        )


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
