"""Widgets in every situation and state: what the browser tests walk through and the photographs show."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from mlmwidget import MLMWidget, datasets

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"
MANY_DRAWS = 100_000
PATIENCE = 180


def send(widget: MLMWidget, kind: str, **request: object) -> None:
    """Ask for something as the browser would."""
    widget._handle_custom_msg({"type": kind, **request}, [])


def wait(until: Callable[[], object]) -> None:
    """Return once something is so."""
    end = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > end:
            raise TimeoutError("The state was not reached.")
        time.sleep(0.05)


def with_estimates(formula: str, data: object, family: str | None = None) -> MLMWidget:
    """Show a model with its live posterior."""
    widget = MLMWidget(data, formula, **({"family": family} if family else {}))
    wait(lambda: widget.report)
    return widget


def sleep(formula: str = CORRELATED, live: bool = False) -> MLMWidget:
    """Show the sleepstudy data."""
    return MLMWidget(datasets.sleepstudy(), formula, live=live)


def live() -> MLMWidget:
    return with_estimates(CORRELATED, datasets.sleepstudy())


def sampling() -> MLMWidget:
    widget = live()
    send(widget, "fit", draws=MANY_DRAWS)
    wait(lambda: widget.status["stage"] == "sampling")
    return widget


def wrong() -> MLMWidget:
    widget = live()
    send(widget, "formula", text="Reaction ~ Dayz + (1 | Subject)")
    return widget


def cancelled() -> MLMWidget:
    widget = sampling()
    widget.cancel()
    wait(lambda: widget.status["stage"] == "cancelled")
    return widget


def failed() -> MLMWidget:
    widget = sampling()
    widget._runs._sampler._worker.process.kill()
    wait(lambda: widget.status["stage"] == "failed")
    return widget


def fitted() -> MLMWidget:
    widget = sleep()
    # So short that there is something to say against it.
    widget.fit(method="pymc", draws=20, tune=20, chains=2, random_seed=1)
    return widget


def out_of_date() -> MLMWidget:
    widget = sleep()
    widget.fit()
    widget.formula = INTERCEPTS
    return widget


def compared() -> MLMWidget:
    widget = out_of_date()
    widget.fit()
    widget.compare()
    send(widget, "history", action="rename", fit=1, name="slopes vary")
    return widget


def odd_names() -> MLMWidget:
    """Make a model of long, right-to-left and pictured names."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(120, 3)), columns=["y" * 200, "שלום עולם", "😀 mood"])
    data["a very long grouping factor " * 7] = np.repeat([f"group {k} " * 20 for k in range(12)], 10)
    y, hebrew, emoji, group = (f"`{name}`" for name in data.columns)
    return with_estimates(f"{y} ~ {hebrew} + {emoji} + (1 + {hebrew} | {group})", data)


#: Every state that the widget can be in.
STATES: dict[str, Callable[[], MLMWidget]] = {
    "no outcome": lambda: MLMWidget({"a": ["x", "y", "z"] * 4}),
    "no data": lambda: MLMWidget(pd.DataFrame()),
    "not fitted": sleep,
    "error": wrong,
    "sampling": sampling,
    "live": live,
    "fitted": fitted,
    "failed": failed,
    "cancelled": cancelled,
    "out of date": out_of_date,
    "fits": compared,
    "equations": live,
    "odd names": odd_names,
}


def simulated(formula: str, groups: int, per_group: int, **options: object) -> MLMWidget:
    """Show Gaussian data whose truth is known."""
    return with_estimates(
        formula,
        datasets.simulate(formula, groups=groups, per_group=per_group, balanced=False, **options).data,
    )


def positive(family: str) -> MLMWidget:
    """Show waiting times in clinics, or claims of drivers: outcomes above zero, or counts that spread."""
    rng = np.random.default_rng(5)
    clinic = np.repeat(np.arange(24), 20)
    urgency = rng.integers(1, 6, clinic.size)
    mean = np.exp(3.5 + rng.normal(0, 0.4, 24)[clinic] - 0.15 * urgency)
    wait = rng.gamma(4, mean / 4) if family == "gamma" else rng.poisson(rng.gamma(3, mean / 30))
    name = "wait" if family == "gamma" else "visits"
    data = pd.DataFrame({name: wait, "urgency": urgency, "clinic": [f"clinic {k + 1}" for k in clinic]})
    if family == "gamma":
        data.attrs["units"] = {"wait": "min"}
    return with_estimates(f"{name} ~ urgency + (1 + urgency | clinic)", data, family)


def student() -> MLMWidget:
    data = datasets.sleepstudy()
    return with_estimates(CORRELATED, data, "student")


def beta() -> MLMWidget:
    rng = np.random.default_rng(6)
    school = np.repeat(np.arange(15), 20)
    hours = rng.uniform(0, 10, school.size).round(1)
    share = 1 / (1 + np.exp(1 - 0.15 * hours - rng.normal(0, 0.5, 15)[school]))
    data = pd.DataFrame({"score": rng.beta(12 * share, 12 * (1 - share)), "hours": hours})
    data["school"] = [f"s{k + 1}" for k in school]
    return with_estimates("score ~ hours + (1 | school)", data, "beta")


def binomial() -> MLMWidget:
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"herd": np.repeat([f"h{j}" for j in range(15)], 4), "period": np.tile(range(4), 15)})
    size = rng.integers(3, 30, 60)
    data["sick"] = rng.binomial(size, 1 / (1 + np.exp(1 + 0.4 * data["period"])))
    data["well"] = size - data["sick"]
    return with_estimates("cbind(sick, well) ~ period + (1 | herd)", data, "binomial")


def reml() -> MLMWidget:
    widget = sleep()
    widget.fit(method="reml")
    return widget


#: Models and data that look different from one another.
MODELS: dict[str, Callable[[], MLMWidget]] = {
    "sleepstudy": live,
    "intercepts": lambda: with_estimates(INTERCEPTS, datasets.sleepstudy()),
    "level only": lambda: with_estimates("Reaction ~ 1 + (1 | Subject)", datasets.sleepstudy()),
    "slope only": lambda: with_estimates("Reaction ~ Days + (0 + Days | Subject)", datasets.sleepstudy()),
    "no groups": lambda: with_estimates("Reaction ~ Days", datasets.sleepstudy()),
    "reml": reml,
    "radon": lambda: with_estimates(
        "log_radon ~ floor + log_uranium + (1 + floor | county)", datasets.radon()
    ),
    "three groups": lambda: simulated("y ~ x + (1 + x | g)", 3, 10),
    "four terms": lambda: simulated("y ~ x + z + w + (1 + x + z + w | g)", 30, 20),
    "categories": lambda: with_estimates("score ~ Machine + (Machine | Worker)", datasets.machines()),
    "nested": lambda: with_estimates("strength ~ 1 + (1 | batch/cask)", datasets.pastes()),
    "crossed": lambda: with_estimates("diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.penicillin()),
    "3000 groups": lambda: simulated("y ~ x + (1 + x | g)", 3000, 4),
    "10000 groups": lambda: simulated("y ~ x + (1 | g)", 10_000, 3),
    "100000 groups": lambda: simulated("y ~ x + (1 | g)", 100_000, 2),
    "bernoulli": lambda: with_estimates(
        "use ~ age + urban + (1 + urban | district)", datasets.contraception(), "bernoulli"
    ),
    "binomial": binomial,
    "poisson": lambda: positive("poisson"),
    "negbinomial": lambda: positive("negbinomial"),
    "gamma": lambda: positive("gamma"),
    "beta": beta,
    "student": student,
}
