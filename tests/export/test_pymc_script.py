"""The PyMC script builds the very model that mlmwidget builds."""

import numpy as np
import pandas as pd
import pytest
import reference_data

from mlmwidget.data.build import model_frame
from mlmwidget.export.code import code
from mlmwidget.export.errors import ExportError
from mlmwidget.formula.parse import parse

MODELS = [
    ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ scale(Days) + (1 | Subject)", "sleep_na", "student"),
    ("cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "binomial"),
    ("use ~ age + urban + livch + (urban || district)", "Contraception", "bernoulli"),
    ("TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | LOCATION)", "grouseticks", "negbinomial"),
    ("Reaction ~ 0 + ns(Days, 3) + cut(Days, c(-1, 2, 5, 9)) + (1 | Subject)", "sleepstudy", "gaussian"),
    ("score ~ C(Machine, contr.sum) + (C(Machine, contr.helmert) | Worker)", "Machines", "gaussian"),
    ("Reaction ~ ifelse(is.na(Days), 0, Days) + (1 | Subject)", "sleep_na", "gaussian"),
]
MORE_MODELS = [
    ("Reaction ~ I(Days - ave(Days, Subject)) + ave(Days, Subject) + (1 | Subject)", "sleep_na", "gaussian"),
    ("Reaction ~ I(Days - mean(Days, na.rm = TRUE)) + (1 | Subject)", "sleep_na", "gaussian"),
    ("Reaction ~ Days + (Days || Subject)", "sleepstudy", "gaussian"),
    ("log(Reaction) ~ 0 + Days + I(Days^2) + (1 | Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ poly(Days, 2) + offset(10 * Days) + (0 + Days | Subject)", "sleepstudy", "gaussian"),
    ("score ~ Machine + (1 | Worker) + (0 + Machine || Worker)", "Machines", "gaussian"),
    ("strength ~ 1 + (1 | batch/cask)", "Pastes", "gaussian"),
    ("distance ~ age * Sex + (age | Subject)", "Orthodont", "gaussian"),
    ("incidence / size ~ period + (1 | herd)", "cbpp", "binomial"),
    ("TICKS ~ YEAR + (1 | BROOD)", "grouseticks", "poisson"),
    ("Reaction ~ interaction(Days, Subject) + (1 | Subject)", "sleepstudy", "gamma inverse"),
    ("I(Reaction / 1000) ~ Days + (1 | Subject)", "sleepstudy", "beta"),
    ("use ~ age + (1 | district)", "Contraception", "bernoulli probit"),
    ("Reaction ~ bs(Days, df = 4, degree = 2) + (bs(Days, 3) || Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ sin(pi * Days / 9) + cut(Days, c(-Inf, 4, Inf)) + (1 | Subject)", "sleepstudy", "gaussian"),
    ("score ~ interaction(Machine, Worker) + (1 | Worker)", "Machines", "gaussian"),
    ("`reaction time` ~ `day#` + late + (`day#` | subject.id)", "sleep_odd", "gaussian"),
]


def built(script, data, tmp_path, monkeypatch):
    """Run a script up to its model on a data file."""
    data.to_csv(tmp_path / "data.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(script.split("with model:")[0], "script.py", "exec"), names)
    return names


def assert_same_density(formula, data, family, tmp_path, monkeypatch, weights=None):
    from mlmwidget.model.pymc import build_from_frame

    frame = model_frame(parse(formula, data, *family.split()), data, weights=weights)
    ours = build_from_frame(frame)
    script = code(frame.spec, data, "pymc", weights=weights)
    theirs = built(script, data, tmp_path, monkeypatch)["model"]
    assert {v.name for v in theirs.free_RVs + theirs.deterministics} == {
        v.name for v in ours.free_RVs + ours.deterministics
    }
    # The order of a factor's levels in the file may differ: bring z into the script's order.
    order = {
        f"z_{d.label}": [list(d.levels).index(level) for level in theirs.coords[f"{d.label}_level"]]
        for d in frame.groups
    }
    generator = np.random.default_rng(0)
    density, other = (m.compile_logp(mode="FAST_COMPILE") for m in (ours, theirs))
    for _ in range(3):
        point = {k: generator.normal(0, 0.3, np.shape(v)) for k, v in ours.initial_point().items()}
        permuted = {k: v[order[k]] if k in order else v for k, v in point.items()}
        assert other(permuted) == pytest.approx(density(point), rel=1e-9)


@pytest.mark.parametrize(("formula", "dataset", "family"), MODELS)
def test_log_density_equals_the_library_s_at_random_points(formula, dataset, family, tmp_path, monkeypatch):
    assert_same_density(formula, reference_data.load(dataset), family, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("formula", "dataset", "family"), MORE_MODELS)
def test_log_density_of_other_families_and_terms(formula, dataset, family, tmp_path, monkeypatch):
    assert_same_density(formula, reference_data.load(dataset), family, tmp_path, monkeypatch)


@pytest.mark.slow
def test_ordered_factors_get_polynomial_contrasts(tmp_path, monkeypatch):
    data = reference_data.load("Machines")
    data["Machine"] = data["Machine"].cat.reorder_categories(["C", "A", "B"], ordered=True)
    assert_same_density("score ~ Machine + (1 | Worker)", data, "gaussian", tmp_path, monkeypatch)


@pytest.mark.parametrize("family", ["gaussian", "student"])
def test_weights_divide_the_variance_in_the_script(family, tmp_path, monkeypatch):
    data = reference_data.load("sleepstudy").assign(w=lambda d: 1.0 + d["Days"] % 3)
    assert_same_density("Reaction ~ Days + (1 | Subject)", data, family, tmp_path, monkeypatch, "w")


def test_weights_are_the_trials_of_proportions(tmp_path, monkeypatch):
    data = reference_data.load("cbpp").assign(share=lambda d: d["incidence"] / d["size"])
    formula = "share ~ period + (1 | herd)"
    assert_same_density(formula, data, "binomial", tmp_path, monkeypatch, "size")


def assert_same_arrays(formula, data, family, tmp_path, monkeypatch):
    """Run a script up to its arrays, which must be those of the frame; the script."""
    frame = model_frame(formula, data, family=family)
    script = code(frame.spec, frame)
    names = built(script.split("with pm.Model(")[0], data, tmp_path, monkeypatch)
    np.testing.assert_allclose(names["y"], frame.y)
    np.testing.assert_allclose(names["offset"], frame.offset)
    if frame.X.shape[1]:
        assert tuple(names["X_names"]) == frame.X_names
        np.testing.assert_allclose(names["X"], frame.X, atol=1e-9)
    for g, design in enumerate(frame.groups):
        np.testing.assert_allclose(names[f"Z_{g}"], design.Z, atol=1e-9)
        levels = names["coords"][f"{design.label}_level"]
        assert [levels[c] for c in names[f"codes_{g}"]] == [design.levels[c] for c in design.codes]
    return script


@pytest.mark.parametrize("record", reference_data.formulas(), ids=lambda r: r["id"])
def test_every_reference_formula_gets_the_frame_s_arrays(record, tmp_path, monkeypatch):
    data = reference_data.load(record["dataset"])
    assert_same_arrays(record["formula"], data, record["family"], tmp_path, monkeypatch)


def awkward(gaps):
    """Columns of every kind, some of which a file does not keep; with gaps some values are missing."""
    rng = np.random.default_rng(1)
    n = 240
    data = pd.DataFrame(
        {
            "y": rng.normal(5, 2, n),
            "x": rng.normal(size=n).round(3),
            "k": rng.integers(-4, 6, n),
            "f": pd.Categorical(rng.choice(list("abcd"), n), categories=list("bacd")),
            "o": pd.Categorical(rng.choice(["lo", "mid", "hi"], n), ["lo", "mid", "hi"], ordered=True),
            "whole": pd.Categorical(rng.choice([1, 2, 3], n)),
            "broken": pd.Categorical(rng.choice([1.0, 2.5, 3.0], n)),
            "truth": pd.Categorical(rng.choice([True, False], n)),
            "b": rng.random(n) < 0.4,
            "digits": rng.choice(["01", "02", "10"], n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200, n), "D"),
            "g": rng.integers(1, 13, n),
        }
    )
    for name in ["x", "k", "f", "whole", "broken", "truth", "b", "digits", "g"] if gaps else []:
        data[name] = data[name].astype(object) if name == "b" else data[name]
        data.loc[rng.choice(n, 12, replace=False), name] = np.nan
    return data


AWKWARD = [
    "y ~ I(2^k) + I(k^-2 * 0 + k^3) + I(k %% 3) + I(k %/% 2) + (x | g)",
    "y ~ I((f == 'a') + (k > 0)) + I(b * x) + I(-b) + (1 | g)",
    "y ~ (x > 0 & k < 2) + (b | x > 1) + !b + (1 | g)",
    "y ~ I(f %in% c('a', 'c')) + (whole == 2) + (broken == 2.5) + (o < 'hi') + (1 | g)",
    "y ~ scale(ifelse(x > 0, x, 0)) + ave(x, g) + round(x, 1) + pmin(x, 0) + (1 | g)",
    "y ~ I(x - mean(x, na.rm = TRUE)) + I(x / var(x, na.rm = TRUE)) + scale(x, scale = FALSE) + (1 | g)",
    "y ~ whole + broken + digits + truth:f + (b | g)",
    "y ~ factor(k) + factor(b) + relevel(f, 'c') + (1 | broken) + (1 | g:truth)",
    "y ~ C(f, contr.treatment, base = 3) + C(whole, contr.poly) + o + (1 | g)",
    "y ~ C(factor(k), sum) + C(b, contr.sum) + (o | g)",
    "y ~ cut(x, 3) + cut(k, c(-5, 0, 6), right = FALSE) + (1 | cut(x, 4))",
    "y ~ cut(k, c(-4, 0, 5), include.lowest = TRUE, labels = c('l', 'h')) + (1 | g)",
    "y ~ bs(x, knots = c(-1, 1), Boundary.knots = c(-2, 2)) + ns(k, 2, intercept = TRUE) + (1 | g)",
    "y ~ poly(x, degree = 2, raw = TRUE) + poly(k, 3) + (poly(x, 2) | g)",
    "y ~ as.numeric(whole) + as.numeric(digits) + as.integer(o) + day + (1 | g)",
    "y ~ is.na(x) + ifelse(is.na(k), 0, k) + (dummy(f, 'c') || g)",
    "y ~ factor(f, levels = c('d', 'c', 'b', 'a')) + dummy(f, c('a', 'b')) + (1 | g/f)",
    "y ~ sqrt(x) + log(abs(k) + 1, base = 10) + (1 | day)",
]


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("formula", AWKWARD)
def test_awkward_columns_and_functions_get_the_frame_s_arrays(formula, gaps, tmp_path, monkeypatch):
    assert_same_arrays(formula, awkward(gaps), "gaussian", tmp_path, monkeypatch)


def test_a_term_without_short_equivalent_asks_the_library_for_the_arrays(tmp_path, monkeypatch):
    script = assert_same_arrays(
        "y ~ interaction(f, b) + (1 | g)", awkward(True), "gaussian", tmp_path, monkeypatch
    )
    assert "mlm.model_frame('y ~ interaction(f, b) + (1 | g)', data)" in script
    assert "mlmwidget" not in code("y ~ x + (1 | g)", awkward(True))


def test_without_data_the_script_still_builds_the_model(tmp_path, monkeypatch):
    data = reference_data.load("sleepstudy")
    script = code("Reaction ~ Days + (Days | Subject)")
    assert "pm.sample()" in script
    assert built(script, data, tmp_path, monkeypatch)["X"].shape == (180, 2)


def test_categories_without_data_are_refused_with_the_cure():
    with pytest.raises(ExportError, match="give `data`"):
        code("y ~ factor(x) + (1 | g)", None, "pymc")
