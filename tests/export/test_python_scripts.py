"""Python scripts: names of columns never become code, and Bambi gets the same design and priors."""

import ast

import numpy as np
import pandas as pd
import pytest
import reference_data
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlmwidget.export.code import code
from mlmwidget.export.errors import ExportError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Name


def skeleton(script):
    """The script's syntax tree without the values of its literals."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def model_of(x):
    """A model whose predictor has this name."""
    term = Term((Name(x),))
    return ModelSpec(Name("y"), terms=(term,), groups=(GroupTerm((Name("g"),), True, (term,), False),))


HOSTILE = [
    "x'] + __import__('os').system('touch gone') + data['x",
    '"""\nimport os\n"""',
    "x\nimport os",
    "x\\",
    "'; import os #",
    "<script>alert(1)</script>",
    "x\u2028import os",
]


@pytest.mark.parametrize("dialect", ["pymc", "bambi", "mlmwidget"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_literal(name, dialect):
    assert skeleton(code(model_of(name), None, dialect)) == skeleton(code(model_of("x1"), None, dialect))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20))
@example("pi")
def test_any_name_stays_a_literal(name):
    if name in ("y", "g"):
        return
    for dialect in ("pymc", "bambi", "mlmwidget"):
        assert skeleton(code(model_of(name), None, dialect)) == skeleton(code(model_of("x1"), None, dialect))


def test_hostile_levels_stay_literals():
    data = pd.DataFrame(
        {"y": np.arange(12.0), "f": ["a", "'] + exit() + ['", "c"] * 4, "g": list("pqrs") * 3}
    )
    plain = data.assign(f=data["f"].replace("'] + exit() + ['", "b"))
    for dialect in ("pymc", "bambi", "mlmwidget"):
        hostile, harmless = (code("y ~ f + (1 | g)", d, dialect) for d in (data, plain))
        assert skeleton(hostile) == skeleton(harmless)


def test_bambi_refuses_correlated_effects_and_says_what_to_do():
    with pytest.raises(ExportError, match=r"Bambi has no correlations .*\|\|"):
        code("y ~ x + (x | g)", None, "bambi")


def test_bambi_refuses_the_correlations_between_categories():
    with pytest.raises(ExportError, match="no correlations"):
        code("score ~ Machine + (0 + Machine | Worker)", reference_data.load("Machines"), "bambi")


@pytest.mark.slow
def test_bambi_builds_the_design_and_the_priors(tmp_path, monkeypatch):
    pytest.importorskip("bambi", reason="Bambi is only a benchmark's dependency")
    data = reference_data.load("Orthodont")
    data.to_csv(tmp_path / "data.csv", index=False)
    monkeypatch.chdir(tmp_path)
    script = code("distance ~ age * Sex + (age || Subject)", data, "bambi")
    names = {}
    exec(compile(script.split("idata =")[0], "script.py", "exec"), names)
    names["model"].build()
    built = names["model"]
    mean = (built.parameters if hasattr(built, "parameters") else built.components)["mu"]
    terms = mean.common_terms
    assert list(terms) == ["age_", "SexFemale_", "age_SexFemale_"]
    np.testing.assert_allclose(
        terms["age_SexFemale_"].data.squeeze(), data["age"] * (data["Sex"] == "Female")
    )
    assert terms["age_"].prior.args["sigma"] == pytest.approx(
        2.5 * data["distance"].std() / data["age"].std()
    )
    assert set(mean.group_specific_terms) == {"1|Subject_", "age_|Subject_"}


def test_the_mlmwidget_script_names_family_and_link():
    script = code("y ~ x + (1 | g)", None, "mlmwidget", family="poisson")
    assert "mlm.fit('y ~ x + (1 | g)', data, family='poisson')" in script


def test_the_mlmwidget_script_parses_with_an_unusual_link():
    script = code(parse("y ~ x + (1 | g)", family="gamma", link="inverse"), None, "mlmwidget")
    assert "mlm.fit(mlm.parse('y ~ x + (1 | g)', data, family='gamma', link='inverse'), data)" in script


def test_the_mlmwidget_script_names_the_weights():
    data = pd.DataFrame({"y": np.arange(8.0), "g": list("aabbccdd"), "w": [1.0, 2] * 4})
    script = code("y ~ 1 + (1 | g)", data, "mlmwidget", weights="w")
    assert "mlm.fit('y ~ 1 + (1 | g)', data, weights='w')" in script


@pytest.mark.parametrize("dialect", ["bambi", "brms", "rstanarm"])
def test_weights_are_refused_where_they_mean_something_else(dialect):
    data = pd.DataFrame({"y": np.arange(8.0), "g": list("aabbccdd"), "w": [1.0, 2] * 4})
    with pytest.raises(ExportError, match="count rows several times"):
        code("y ~ 1 + (1 | g)", data, dialect, weights="w")
