"""Slopes along numbers, effects between categories: one word and one unit wherever they are said."""

import re

import numpy as np
import pandas as pd
import pytest

import mlmwidget as mlm
from mlmwidget.charts.labels import EffectLabels
from mlmwidget.widget.report import report


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(12), 12)
    x = np.tile(np.arange(12) + 1.0, 12)
    kind = np.tile(["a", "b", "c"], 48)
    table = pd.DataFrame(
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
    table.attrs["units"] = {"y": "ms", "x": "days"}
    return table


@pytest.mark.parametrize(
    ("term", "word", "unit"),
    [
        ("x", "slope", "ms per day"),
        ("`hours slept`", "slope", "ms per unit"),
        ("log(x)", "slope", ""),
        ("I(x - mean(x))", "slope", "ms per day"),
        ("poly(x, 2)", "slope", "ms"),
        ("kind", "effect", "ms"),
        ("size", "effect", "ms"),
        ("late", "effect", "ms"),
        ("factor(late)", "effect", "ms"),
        ("x:kind", "effect", "ms per day"),
    ],
)
def test_every_place_names_the_effect_of_a_term_by_the_same_word_and_unit(data, term, word, unit):
    other = {"slope": "effect", "effect": "slope"}[word]
    formula = f"y ~ {term} + (1 + {term} || g)"
    fit = mlm.fit(formula, data, method="reml")
    made = report(fit, names=[])
    rows = [row for row in made["summary"] if row["part"] == "group-0-term-0"]
    assert rows and all(row["label"].startswith(f"SD of {word}s of ") for row in rows)
    assert {row["unit"] for row in made["summary"] if row["part"] in ("term-0", "group-0-term-0")} == {unit}
    said = " ".join(fragment["text"] for sentence in made["words"] for fragment in sentence)
    assert f"its own {word} of " in said and f"its own {other} of " not in said
    spreads = re.findall(
        rf"own {word} of .*?standard deviation about \S+?(?:\N{{NO-BREAK SPACE}}(.*?))?\)", said
    )
    assert set(spreads) == {unit}
    titles = [*map(EffectLabels(fit.frame).title, fit.frame.groups[0].columns[1:])]
    assert {title.startswith("slope of ") for title in titles} == {word == "slope"}
    assert all(title.endswith(f" ({unit})") for title in titles if unit)

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
