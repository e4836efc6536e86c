"""The PyMC script builds the very model that mlmwidget builds."""

import re

import numpy as np
import pytest
import reference_data

from mlmwidget.data.build import model_frame
from mlmwidget.export.code import code
from mlmwidget.export.errors import ExportError

MODELS = [
    ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ Days + (Days || Subject)", "sleepstudy", "gaussian"),
    ("log(Reaction) ~ 0 + Days + I(Days^2) + (1 | Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ poly(Days, 2) + offset(10 * Days) + (0 + Days | Subject)", "sleepstudy", "gaussian"),
    ("Reaction ~ scale(Days) + (1 | Subject)", "sleep_na", "student"),
    ("score ~ Machine + (1 | Worker) + (0 + Machine || Worker)", "Machines", "gaussian"),
    ("strength ~ 1 + (1 | batch/cask)", "Pastes", "gaussian"),
    ("distance ~ age * Sex + (age | Subject)", "Orthodont", "gaussian"),
    ("cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "binomial"),
    ("incidence / size ~ period + (1 | herd)", "cbpp", "binomial"),
    ("use ~ age + urban + livch + (urban || district)", "Contraception", "bernoulli"),
    ("TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | LOCATION)", "grouseticks", "negbinomial"),
    ("`reaction time` ~ `day#` + late + (`day#` | subject.id)", "sleep_odd", "gaussian"),
]


def built(script, data, tmp_path, monkeypatch):
    """Run a script up to its model on a data file."""
    data.to_csv(tmp_path / "data.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(script.split("with model:")[0], "script.py", "exec"), names)
    return names


def assert_same_density(formula, data, family, tmp_path, monkeypatch):
    from mlmwidget.model.pymc import build_from_frame

    frame = model_frame(formula, data, family=family)
    ours = build_from_frame(frame)
    theirs = built(code(formula, data, "pymc", family=family), data, tmp_path, monkeypatch)["model"]
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


def test_ordered_factors_get_polynomial_contrasts(tmp_path, monkeypatch):
    data = reference_data.load("Machines")
    data["Machine"] = data["Machine"].cat.reorder_categories(["C", "A", "B"], ordered=True)
    assert_same_density("score ~ Machine + (1 | Worker)", data, "gaussian", tmp_path, monkeypatch)


def test_without_data_the_script_still_builds_the_model(tmp_path, monkeypatch):
    data = reference_data.load("sleepstudy")
    script = code("Reaction ~ Days + (Days | Subject)")
    assert "pm.sample()" in script
    assert built(script, data, tmp_path, monkeypatch)["X"].shape == (180, 2)


def test_a_spline_is_refused_with_a_sentence_that_names_it():
    data = reference_data.load("sleepstudy")
    with pytest.raises(ExportError, match=re.escape("“ns(Days, 3)”")):
        code("Reaction ~ ns(Days, 3) + (1 | Subject)", data, "pymc")


def test_categories_without_data_are_refused_with_the_cure():
    with pytest.raises(ExportError, match="give `data`"):
        code("y ~ factor(x) + (1 | g)", None, "pymc")


def test_contrasts_that_the_script_cannot_hold_are_refused():
    data = reference_data.load("Machines")
    with pytest.raises(ExportError, match=r"contr\.sum"):
        code("score ~ C(Machine, contr.sum) + (1 | Worker)", data, "pymc")
