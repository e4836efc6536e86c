"""What varies along a number is a slope, what varies between categories an effect, wherever it is said."""

import numpy as np
import pandas as pd
import pytest

import mlmwidget as mlm
from mlmwidget.charts.labels import effect_name
from mlmwidget.widget.report import report


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(12), 12)
    x = np.tile(np.arange(12) + 1.0, 12)
    kind = np.tile(["a", "b", "c"], 48)
    return pd.DataFrame(
        {
            "y": rng.normal(size=144) + 0.1 * x * rng.normal(size=12)[g],
            "g": [f"g{k}" for k in g],
            "x": x,
            "hours slept": rng.normal(size=144),
            "kind": kind,
            "size": pd.Categorical(kind, ordered=True),
            "late": x > 6,
        }
    )


@pytest.mark.parametrize(
    ("term", "word"),
    [
        ("x", "slope"),
        ("`hours slept`", "slope"),
        ("log(x)", "slope"),
        ("I(x - mean(x))", "slope"),
        ("poly(x, 2)", "slope"),
        ("kind", "effect"),
        ("size", "effect"),
        ("late", "effect"),
        ("factor(late)", "effect"),
        ("x:kind", "effect"),
    ],
)
def test_every_place_names_the_effect_of_a_term_by_the_same_word(data, term, word):
    other = {"slope": "effect", "effect": "slope"}[word]
    formula = f"y ~ {term} + (1 + {term} || g)"
    fit = mlm.fit(formula, data, method="reml")
    made = report(fit, names=[])
    labels = [row["label"] for row in made["summary"] if row["part"] == "group-0-term-0"]
    assert labels and all(label.startswith(f"SD of {word}s of ") for label in labels)
    said = " ".join(fragment["text"] for sentence in made["words"] for fragment in sentence)
    assert f"its own {word} of " in said and f"its own {other} of " not in said
    names = [effect_name(fit.frame, column) for column in fit.frame.groups[0].columns[1:]]
    assert {name.startswith("slope of ") for name in names} == {word == "slope"}

    widget = mlm.MLMWidget(data, formula, live=False)
    [toggle] = widget.view["form"]["groups"][0]["slopes"]
    assert toggle["label"].startswith(f"{word.capitalize()} of ")
    assert widget.view["glossary"]["group-0-term-0"].startswith(f"Varying {word} of ")
    widget.close()


def test_a_builder_whose_model_has_no_frame_uses_the_same_words(data):
    widget = mlm.MLMWidget(data, "y ~ x + size + late + (1 | g)", live=False)
    widget.formula = "kind ~ x + size + late + (1 | g)"
    assert isinstance(widget._session.source.frame(widget.spec), mlm.DataError)
    labels = [toggle["label"].split()[0] for toggle in widget.view["form"]["groups"][0]["slopes"]]
    assert labels == ["Slope", "Effect", "Effect"]
    widget.close()
