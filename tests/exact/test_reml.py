"""REML and ML estimates against lme4's figures."""

import re

import numpy as np
import pytest
from exact.designs import frame, group
from reference_data import covstruct, fits, load, ml

from mlmwidget.data.build import model_frame
from mlmwidget.inference.exact.reml import estimate

# lme4 leaves the levels of a factor correlated under ||, a different model (see the diagonal test below).
GAUSSIAN = [r for r in fits() if r["family"] == "gaussian" and r["variance_split_identifiable"]]


def parts(name):
    """The factors of an interaction, whichever way round R writes it."""
    return tuple(sorted(name.split(":")))


def near(actual, wanted, tolerance=1e-4, nothing=0.0):
    """Equal within `tolerance` of the largest number; what is below `nothing` is as good as zero."""
    wanted = np.asarray(wanted, float)
    atol = max(tolerance * np.abs(wanted).max(initial=0), nothing)
    np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=atol)


def assert_estimates_equal(found, frame, record):
    """Estimates, standard deviations, correlations, σ and log-likelihood are those of a record of lme4."""
    assert found.log_likelihood == pytest.approx(record["logLik"], rel=1e-7)
    assert found.singular == record["is_singular"]
    assert list(frame.X_names) == [f["name"] for f in record["fixef"]]
    near(found.beta, [f["estimate"] for f in record["fixef"]])
    near(np.sqrt(np.diag(found.beta_cov)), [f["se"] for f in record["fixef"]])
    assert found.sigma == pytest.approx(record["sigma"], rel=1e-4)
    for term in record["varcorr"]:
        index = next(
            i
            for i, g in enumerate(frame.groups)
            if parts(g.factor) == parts(re.sub(r"\.\d+$", "", term["term_group"]))
            and set(term["columns"]) <= set(g.columns)
        )
        columns = [frame.groups[index].columns.index(c) for c in term["columns"]]
        near(found.sd[index][columns], term["sd"], nothing=1e-6 * record["sigma"])
        if len(columns) > 1:
            near(found.cor[index][np.ix_(columns, columns)], term["cor"])


def assert_conditional_modes_equal(found, frame, record):
    """Effects, and their standard deviations where the record has them, are lme4's."""
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
                near(
                    found.effects[index][rows, c],
                    np.array(term["mode"])[:, column],
                    nothing=1e-6 * record["sigma"],
                )
                if "cond_sd" in term:
                    near(found.effects_sd[index][rows, c], np.array(term["cond_sd"])[:, column])
    assert compared >= len(frame.groups)


@pytest.mark.parametrize("record", GAUSSIAN, ids=lambda r: r["id"])
def test_reml_equals_lme4(record):
    frame = model_frame(record["formula"], load(record["dataset"]))
    found = estimate(frame)
    assert found.criterion == pytest.approx(record["REML_criterion"], rel=1e-7)
    near(found.beta_cov, record["fixef_vcov"])
    assert_estimates_equal(found, frame, record)
    assert_conditional_modes_equal(found, frame, record)


@pytest.mark.parametrize("record", ml(), ids=lambda r: f"{r['formula']}, {'REML' if r['reml'] else 'ML'}")
def test_maximum_likelihood_weights_offsets_and_boundaries_equal_lme4(record):
    frame = model_frame(record["formula"], load(record["dataset"]), weights=record["weights"])
    found = estimate(frame, reml=record["reml"])
    assert_estimates_equal(found, frame, record)
    assert_conditional_modes_equal(found, frame, record)


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


def test_a_million_rows_in_few_groups_have_estimates():
    rng = np.random.default_rng(0)
    n, J = 1_000_000, 5
    g, x = rng.integers(0, J, n), rng.normal(size=n)
    y = rng.normal(size=J)[g] + (1 + 0.5 * rng.normal(size=J)[g]) * x + rng.normal(size=n)
    one = np.ones(n)
    model = frame(y, np.c_[one, x], [group(g, np.c_[one, x])])
    lines = np.array([np.polyfit(x[g == j], y[g == j], 1)[::-1] for j in range(J)])
    found = estimate(model, reml=False)
    # So many rows leave nothing to pool: the groups' own lines are the data of a model of five.
    near(found.beta + found.effects[0], lines, 1e-4)
    near(found.beta, lines.mean(axis=0), 1e-4)
    near(found.sd[0], lines.std(axis=0), 1e-3)
    assert found.sigma == pytest.approx(1, abs=0.005)
