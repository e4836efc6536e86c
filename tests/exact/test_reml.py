"""REML and ML against lme4's figures."""

import re

import numpy as np
import pytest
from reference_data import covstruct, fits, load

from mlmwidget.data.build import model_frame
from mlmwidget.inference.exact.reml import estimate

# lme4 leaves the levels of a factor correlated under ||, a different model (see the diagonal test below).
GAUSSIAN = [r for r in fits() if r["family"] == "gaussian" and r["variance_split_identifiable"]]


def parts(name):
    """The factors of an interaction, whichever way round R writes it."""
    return tuple(sorted(name.split(":")))


def near(actual, wanted, tolerance=1e-4):
    """Equal within `tolerance` of the largest number."""
    wanted = np.asarray(wanted, float)
    np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max(initial=0))


@pytest.mark.parametrize("record", GAUSSIAN, ids=lambda r: r["id"])
def test_reml_equals_lme4(record):
    frame = model_frame(record["formula"], load(record["dataset"]))
    found = estimate(frame)
    assert found.criterion == pytest.approx(record["REML_criterion"], rel=1e-7)
    assert found.log_likelihood == pytest.approx(record["logLik"], rel=1e-7)
    assert found.singular == record["is_singular"]
    assert list(frame.X_names) == [f["name"] for f in record["fixef"]]
    near(found.beta, [f["estimate"] for f in record["fixef"]])
    near(np.sqrt(np.diag(found.beta_cov)), [f["se"] for f in record["fixef"]])
    near(found.beta_cov, record["fixef_vcov"])
    assert found.sigma == pytest.approx(record["sigma"], rel=1e-4)
    for term in record["varcorr"]:
        index = next(
            i
            for i, g in enumerate(frame.groups)
            if parts(g.factor) == parts(re.sub(r"\.\d+$", "", term["term_group"]))
            and set(term["columns"]) <= set(g.columns)
        )
        columns = [frame.groups[index].columns.index(c) for c in term["columns"]]
        near(found.sd[index][columns], term["sd"])
        if len(columns) > 1:
            near(found.cor[index][np.ix_(columns, columns)], term["cor"])


@pytest.mark.parametrize("record", GAUSSIAN, ids=lambda r: r["id"])
def test_conditional_modes_equal_lme4(record):
    frame = model_frame(record["formula"], load(record["dataset"]))
    found = estimate(frame)
    compared = 0
    for term in record["ranef"]:
        for index, g in enumerate(frame.groups):
            if parts(g.factor) != parts(term["group"]) or not set(g.columns) & set(term["columns"]):
                continue
            rows = {parts(level): i for i, level in enumerate(g.levels)}
            rows = [rows[parts(level)] for level in term["levels"]]
            compared += 1
            for c, name in enumerate(g.columns):
                column = term["columns"].index(name)
                near(found.effects[index][rows, c], np.array(term["mode"])[:, column])
                near(found.effects_sd[index][rows, c], np.array(term["cond_sd"])[:, column])
    assert compared >= len(frame.groups)


@pytest.mark.parametrize("record", GAUSSIAN, ids=lambda r: r["id"])
def test_maximum_likelihood_is_no_worse_than_the_likelihood_at_lme4s_reml(record):
    frame = model_frame(record["formula"], load(record["dataset"]))
    assert estimate(frame, reml=False).log_likelihood >= record["logLik_ML"] - 1e-6


@pytest.mark.parametrize(
    "record", [r for r in covstruct() if "diag(" in r["formula"]], ids=lambda r: r["formula"]
)
def test_diagonal_covariance_equals_glmmTMB_and_new_lme4(record):
    inside = record["formula"].split("diag(")[1].rstrip(")")
    formula = record["formula"].split("diag(")[0] + "(" + inside.replace("|", "||") + ")"
    frame = model_frame(formula, load(record["dataset"]))
    found = estimate(frame)
    assert found.log_likelihood == pytest.approx(record["lme4"]["logLik"], rel=1e-7)
    assert found.sigma == pytest.approx(record["lme4"]["sigma"], rel=1e-3)
    assert found.cor == (None,)
    near(found.sd[0], record["lme4"]["varcorr"][0]["sd"], 1e-2)
