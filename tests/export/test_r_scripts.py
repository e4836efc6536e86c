"""R scripts fit the same model: figures of lme4 when R is there, and the text when it is not."""

import os
import re
import shutil
import subprocess

import pytest
import reference_data

from mlmwidget.export.code import code
from mlmwidget.export.errors import ExportError

with_r = pytest.mark.skipif(
    os.environ.get("MLMWIDGET_TEST_R") != "1" or shutil.which("Rscript") is None,
    reason="R is only used when it is there and MLMWIDGET_TEST_R=1 asks for it",
)

FITTED = [r for r in reference_data.fits() if r["status"] == "ok"]


def run_r(script, data, folder):
    """Run a script in a folder that holds the data; its output."""
    data.to_csv(folder / "data.csv", index=False)
    done = run_text(script, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_text(script, folder):
    """Run a script in a folder."""
    (folder / "script.R").write_text(script, encoding="utf-8")
    command = ["Rscript", "--vanilla", "script.R"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)


@with_r
@pytest.mark.slow
@pytest.mark.parametrize("record", FITTED, ids=lambda r: r["id"])
def test_the_lme4_script_runs_and_gives_the_criterion_of_the_reference(record, tmp_path):
    data = reference_data.load(record["dataset"])
    script = code(record["formula"], data, "lme4", family=record["family"])
    output = run_r(script + 'cat("\\nlogLik", format(c(logLik(fit)), digits = 12), "\\n")', data, tmp_path)
    found = float(re.search(r"^logLik (\S+)", output, re.MULTILINE)[1])
    # `||` with a factor is another model in lme4 1: there the reference itself is not this model's.
    if record["formula"] != "score ~ Machine + (Machine || Worker)":
        # Where lme4's default optimiser stops short of the optimum, the script does so too.
        assert found == pytest.approx(record.get("default_logLik", record["logLik"]), abs=0.05)


@with_r
@pytest.mark.slow
def test_every_reference_formula_runs_in_lme4_with_its_design(tmp_path):
    script, expected = ["library(lme4)"], []
    for record in reference_data.formulas():
        data = reference_data.load(record["dataset"])
        data.to_csv(tmp_path / f"{record['dataset']}.csv", index=False)
        text = code(record["formula"], data, "lme4", family=record["family"])
        text = text.replace('"data.csv"', f'"{record["dataset"]}.csv"').replace("print(summary(fit))", "")
        script.append(text + f'cat("FIT {record["id"]}", ncol(getME(fit, "X")), nobs(fit), "\\n")')
        expected.append(f"FIT {record['id']} {record['fixed']['rank']} {record['n_obs']}")
    done = run_text("\n".join(script), tmp_path)
    assert re.findall(r"^FIT .*?(?= $)", done.stdout, re.MULTILINE) == expected, done.stderr[-2000:]


@with_r
@pytest.mark.slow
def test_a_diagonal_term_with_a_factor_has_one_variance_a_column_and_no_correlation(tmp_path):
    data = reference_data.load("Machines")
    script = code("score ~ Machine + (Machine || Worker)", data, "lme4")
    output = run_r(script + "print(as.data.frame(VarCorr(fit)))", data, tmp_path)
    assert len(re.findall(r"^\d+ +Worker", output, re.MULTILINE)) == 3


@with_r
@pytest.mark.slow
def test_hostile_names_run_in_r_without_being_executed(tmp_path):
    data = reference_data.load("sleepstudy").rename(
        columns={"Days": "`); file.create('gone'); (`", "Reaction": 'a"b\\n'}
    )
    formula = r"`a\"b\\n` ~ `\`); file.create('gone'); (\`` + (1 | Subject)"
    output = run_r(code(formula, data, "lme4"), data, tmp_path)
    assert "Linear mixed model" in output
    assert not (tmp_path / "gone").exists()


def test_a_diagonal_term_with_a_factor_stands_apart_for_lme4():
    script = code("score ~ Machine + (Machine || Worker)", reference_data.load("Machines"), "lme4")
    assert "(1 | Worker) + (0 + z1_1 | Worker) + (0 + z1_2 | Worker)" in script
    assert "diag(1 + Machine | Worker)" in script


def test_a_diagonal_term_of_numbers_keeps_its_bars():
    script = code("Reaction ~ Days + (Days || Subject)", reference_data.load("sleepstudy"), "lme4")
    assert "lmer(Reaction ~ Days + (1 + Days || Subject), data = data)" in script


def test_levels_keep_their_order():
    script = code("distance ~ age * Sex + (1 | Subject)", reference_data.load("Orthodont"), "lme4")
    assert 'data[["Sex"]] <- factor(data[["Sex"]], levels = c("Male", "Female"))' in script


def test_proportions_become_successes_and_failures():
    data = reference_data.load("cbpp")
    script = code("incidence / size ~ period + (1 | herd)", data, "rstanarm", family="binomial")
    assert "cbind(incidence, size - incidence) ~ period + (1 | herd)" in script
    assert 'binomial(link = "logit")' in script


def test_brms_gets_the_priors_in_data_units():
    script = code("Reaction ~ Days + (Days | Subject)", reference_data.load("sleepstudy"), "brms")
    assert 'set_prior("normal(298.5078917, 140.8218928)", class = "Intercept")' in script
    assert 'stanvar(as.array(48.89151175), name = "b_scale"' in script
    assert 'set_prior("lkj(2)", class = "cor")' in script
    assert 'set_prior("exponential(0.01775292144)", class = "sigma")' in script


def test_brms_writes_trials():
    data = reference_data.load("cbpp")
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    script = code(formula, data, "brms", family="binomial")
    assert "incidence | trials(incidence + (size - incidence)) ~ period + (1 | herd)" in script


def test_a_bernoulli_response_is_bernoulli_in_brms_and_binomial_in_lme4():
    data = reference_data.load("Contraception")
    formula = "use ~ age + (1 | district)"
    assert 'family = bernoulli(link = "logit")' in code(formula, data, "brms", family="binomial")
    assert 'family = binomial(link = "logit")' in code(formula, data, "lme4", family="bernoulli")


@pytest.mark.parametrize("dialect", ["lme4", "rstanarm"])
@pytest.mark.parametrize("family", ["student", "beta"])
def test_a_family_that_the_software_lacks_is_refused(dialect, family):
    with pytest.raises(ExportError, match="has no"):
        code("y ~ x + (1 | g)", None, dialect, family=family)


def test_an_unknown_dialect_names_those_there_are():
    with pytest.raises(ValueError, match="'brms'"):
        code("y ~ x", None, "sas")


def test_splines_load_their_package():
    script = code("Reaction ~ ns(Days, 3) + (1 | Subject)", reference_data.load("sleepstudy"), "lme4")
    assert "library(splines)\n" in script


def test_lme4_gets_the_weights_by_name():
    data = reference_data.load("sleepstudy").rename(columns={"Days": "n days"})
    script = code("Reaction ~ 1 + (1 | Subject)", data[data["n days"] > 0], "lme4", weights="n days")
    assert "data = data, weights = `n days`)" in script
