"""Nesting and crossing of grouping factors are found from the data."""

import numpy as np
import pandas as pd
from reference_data import load

from mlmwidget.data.build import model_frame
from mlmwidget.data.structure import structure


def found(formula, data):
    return structure(model_frame(formula, data))


def test_sizes_are_counted():
    (size,) = found("log_radon ~ floor + (1 | county)", load("radon")).sizes
    counts = load("radon")["county"].value_counts()
    assert (size.groups, size.smallest, size.largest) == (85, counts.min(), counts.max())
    assert size.median == counts.median()
    assert size.singletons == (counts == 1).sum()
    assert "85 groups of 1 to 116 rows (median 5), 3 with a single row" in size.sentence


def test_equal_sizes_are_said_briefly():
    (size,) = found("Reaction ~ Days + (Days | Subject)", load("sleepstudy")).sizes
    assert size.sentence == "Subject: 18 groups of 10 rows each."


def test_explicit_nesting_is_found():
    (relation,) = found("strength ~ 1 + (1 | batch) + (1 | sample)", load("Pastes")).relations
    assert (relation.kind, relation.inner, relation.outer) == ("nested", "sample", "batch")


def test_implicit_nesting_is_explained():
    pastes = found("strength ~ 1 + (1 | batch/cask)", load("Pastes"))
    assert [r.kind for r in pastes.relations] == ["nested"]
    assert any("only through batch:cask" in s and "“a”" in s for s in pastes.facts("batch:cask"))
    unique = load("Pastes").assign(cask=lambda d: d["sample"])
    assert found("strength ~ 1 + (1 | batch/cask)", unique).notes == ()


def test_crossing_is_found():
    (full,) = found("diameter ~ 1 + (1 | plate) + (1 | sample)", load("Penicillin")).relations
    assert (full.kind, full.combinations, full.possible) == ("crossed", 144, 144)
    (partial,) = found("TICKS ~ 1 + (1 | LOCATION) + (1 | YEAR)", load("grouseticks")).relations
    assert partial.kind == "partially crossed"
    assert partial.combinations < partial.possible


def test_two_names_of_the_same_groups_are_found():
    data = pd.DataFrame({"y": np.arange(8.0), "a": list("ppqqrrss"), "b": list("wwxxyyzz")})
    (relation,) = found("y ~ 1 + (1 | a) + (1 | b)", data).relations
    assert relation.kind == "same"


def test_a_factor_that_groups_two_terms_is_one_factor():
    once = found("Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", load("sleepstudy"))
    assert len(once.sizes) == 1
    assert once.relations == ()
    assert len(once.facts("Subject")) == 1
