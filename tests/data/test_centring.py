"""Predictors centred at their mean and within groups are R's, and so are the models fitted with them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import reference_data

import mlmwidget as mlm
from mlmwidget import parse
from mlmwidget.data.build import model_frame
from mlmwidget.formula.centring import centring, spoken
from mlmwidget.formula.parse import parse_term

MODELS = json.loads((Path(__file__).parents[1] / "reference" / "centring.json").read_text("utf-8"))["models"]


def load(name: str) -> pd.DataFrame:
    """The data that the R script made of the published ones."""
    if name == "hsb":
        data = pd.read_csv(reference_data.HERE / "data" / "Hsb82.csv", dtype={"school": str})
        return data[data["school"].isin(sorted(data["school"].unique())[:40])]
    if name == "pastes":
        data = reference_data.load("Pastes")
        batch = pd.factorize(data["batch"], sort=True)[0] + 1
        return data.assign(x=np.round(np.cos(np.arange(1, len(data) + 1) * 1.7) * 3 + batch, 3))
    data = reference_data.load("sleep_na")
    if name == "gaps":
        half = data["pair"].astype(object).where(np.arange(1, len(data) + 1) % 7 != 0)
        return data.assign(half=half)
    return data


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["formula"])
def test_centred_design_is_r_s(model):
    frame = model_frame(model["formula"], load(model["data"]))
    rows = np.arange(1, frame.n + 1)
    assert frame.n == model["n"]
    assert list(frame.X_names) == model["columns"]
    for found, name in ((frame.X.sum(0), "sum"), ((frame.X**2).sum(0), "sumsq"), (rows @ frame.X, "moment")):
        np.testing.assert_allclose(found, model[name], rtol=1e-9, atol=1e-6)
    slopes = [g.Z @ np.ones(len(g.columns)) for g in frame.groups]
    wanted = [sum(z["moment"]) for z in model["z"]]
    # lme4 makes a term of each effect of ||, and sorts the terms.
    assert sum(rows @ s for s in slopes) == pytest.approx(sum(wanted), rel=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["formula"])
def test_centred_models_fit_as_in_lmer(model):
    fit = mlm.fit(model["formula"], load(model["data"]), method="reml")
    summary = fit.summary()
    np.testing.assert_allclose(summary.loc[model["columns"], "mean"], model["fixef"], rtol=2e-4, atol=1e-3)
    found = sorted(summary.loc[[str(i).startswith(("sd_", "sigma")) for i in summary.index], "mean"])
    deviations = [s for s in model["sdcor"] if s > 0.1]  # the correlation of one of the models is smaller
    np.testing.assert_allclose(found[-len(deviations) :], sorted(deviations), rtol=2e-3)


def test_within_and_between_come_apart():
    """The deviations of a predictor from its group means are orthogonal to the means."""
    frame = model_frame("mAch ~ I(ses - ave(ses, school)) + ave(ses, school) + (1 | school)", load("hsb"))
    assert frame.X[:, 1] @ frame.X[:, 2] == pytest.approx(0, abs=1e-9)
    assert frame.X_levels == ((0,), (), (0,))


def test_a_group_that_lacks_a_value_has_no_mean_and_the_way_out_is_said():
    frame = model_frame("Reaction ~ I(Days - ave(Days, Subject)) + (1 | Subject)", load("sleep_na"))
    problem = next(p for p in frame.problems if p.code == "undefined-values")
    assert "26 rows" in problem.message
    assert "a group of Subject in which Days is missing" in problem.message
    assert 'dropna(subset=["Days"])' in problem.message


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Days", "none", "Days"),
        ("log(Days)", "none", "log(Days)"),
        ("I(Days - mean(Days))", "grand-mean", "Days centred at its mean"),
        ("I(Days - mean(Days, na.rm = TRUE))", "grand-mean", "Days centred at its mean"),
        ("scale(Days, scale = FALSE)", "grand-mean", "Days centred at its mean"),
        ("center(Days)", "grand-mean", "Days centred at its mean"),
        ("scale(Days)", "none", "scale(Days)"),
        ("I(Days - ave(Days, Subject))", "within", "Days centred within Subject"),
        ("I(Days - ave(Days, a, b))", "within", "Days centred within a:b"),
        ("ave(Days, Subject)", "mean", "the Subject mean of Days"),
        ("I(Days - ave(age, Subject))", "none", "I(Days - ave(age, Subject))"),
        ("I(Days - mean(age))", "none", "I(Days - mean(age))"),
        ("ave(Days)", "none", "ave(Days)"),
    ],
)
def test_centring_is_read_from_r(text, kind, words):
    (variable,) = parse_term(text).variables
    found = centring(variable)
    assert found.kind == kind
    assert spoken(variable) == words
    assert centring(found.expression()) == found
    parse(f"y ~ {text} + ({text} | g)")
