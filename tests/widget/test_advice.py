"""Each button below a verdict does what it says, in the widget that shows it."""

from dataclasses import replace

import numpy as np
import pytest
from inference.made import independent_draws
from widget.protocol import mismatches

from mlmwidget.formula.parse import parse
from mlmwidget.inference.diagnostics import Finding
from mlmwidget.inference.fit import Fit
from mlmwidget.widget.advice import advice
from mlmwidget.widget.runs import Runs

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
UNCORRELATED = "Reaction ~ Days + (1 + Days || Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"


@pytest.fixture
def shown(make, monkeypatch):
    """A widget that shows a fit of draws made for the test, and a list of the fits that it asks for."""

    def shown(formula, target=0.9, diverging=0, **changes):
        widget = make(formula=formula)
        draws = independent_draws(widget.frame)
        stats = {**draws.stats, "diverging": np.arange(2000).reshape(4, 500) < diverging}
        draws = replace(draws, stats=stats, attributes={"engine": "pymc", "target_accept": target})
        fit = Fit(widget.frame, widget._runs.priors(widget.frame), "pymc", replace(draws, **changes))
        widget._take(fit, False, lambda: True)
        asked = []
        monkeypatch.setattr(Runs, "_start_sampler", lambda *a: asked.append((a[2].spec.formula, a[4])))
        return widget, asked

    return shown


def press(widget, send):
    (item,) = widget.report["advice"]
    assert mismatches(widget.report, "Report") == []
    send(widget, item["request"])


def test_smaller_steps_fit_the_same_model_with_the_same_draws(shown, send):
    widget, asked = shown(CORRELATED, diverging=30)
    press(widget, send)
    ((formula, settings),) = asked
    assert formula == CORRELATED
    assert (settings.target_accept, settings.draws, settings.chains) == (0.95, 500, 4)


def test_more_draws_are_twice_as_many_and_keep_the_step_size(shown, send):
    slow = np.cumsum(np.random.default_rng(1).normal(size=(4, 500)), axis=1)
    widget, asked = shown(CORRELATED, target=0.95, stats={"energy": slow})
    assert widget.report["advice"][0]["label"] == "Draw more"
    press(widget, send)
    ((_, settings),) = asked
    assert (settings.draws, settings.target_accept) == (1000, 0.95)


def test_correlations_are_left_out_as_a_change_that_can_be_undone(shown, send):
    widget, _ = shown(CORRELATED, target=0.95, diverging=30)
    press(widget, send)
    assert widget.formula == UNCORRELATED
    send(widget, {"type": "undo"})
    assert widget.formula == CORRELATED


def test_a_slope_is_dropped_where_nothing_is_correlated(shown, send):
    widget, _ = shown(UNCORRELATED, target=0.95, diverging=30)
    press(widget, send)
    assert widget.formula == INTERCEPTS


def test_where_nothing_can_be_dropped_the_steps_get_smaller_still(shown, send):
    widget, asked = shown(INTERCEPTS, target=0.95, diverging=30)
    press(widget, send)
    assert asked[0][1].target_accept == 0.99


def test_an_exact_fit_that_does_not_hold_is_fitted_with_pymc(shown, send):
    widget, asked = shown(INTERCEPTS, attributes={"pareto_k": 0.9})
    press(widget, send)
    assert asked[0][0] == INTERCEPTS


@pytest.mark.parametrize(
    ("formula", "sds", "left"),
    [
        (UNCORRELATED, (20.0, 0.0), INTERCEPTS),
        (UNCORRELATED, (0.0, 5.0), "Reaction ~ Days + (0 + Days || Subject)"),
        (INTERCEPTS, (0.0,), "Reaction ~ Days"),
        (CORRELATED, (20.0, 5.0), UNCORRELATED),
    ],
)
def test_a_singular_fit_leaves_out_what_does_not_vary(make, send, formula, sds, left):
    widget = make(formula=formula)
    fit = widget.fit(method="reml")
    fit = Fit(fit.frame, fit.priors, "reml", replace(fit.estimate, sd=(np.array(sds),), singular=True))
    (finding,) = fit.diagnostics().findings
    send(widget, advice([finding], fit, {})[0]["request"])
    assert widget.spec == parse(left, widget.data)


def test_advice_without_anything_to_do_has_no_button(shown):
    widget, _ = shown(INTERCEPTS)
    finding = Finding("x", "x", "simplify", "Drop a varying slope")
    assert advice([finding], widget.result, {})[0]["request"] is None


def test_one_button_for_several_problems_stands_once(shown):
    rng = np.random.default_rng(2)
    sigma = np.cumsum(rng.normal(size=(4, 500)), axis=1) + 100
    widget, _ = shown(INTERCEPTS, sigma=sigma)
    codes = [finding.code for finding in widget.result.diagnostics().findings]
    assert codes == ["r-hat", "ess"]
    assert [item["request"] is None for item in widget.report["advice"]] == [False, True]
    assert widget.report["advice"][0]["request"]["draws"] == 1000
