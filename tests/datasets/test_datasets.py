"""Example data are the reference data, and simulated data follow their truth."""

import numpy as np
import pandas as pd
import pytest
import reference_data
from numpy.testing import assert_allclose

from mlmwidget import datasets
from mlmwidget.data.build import model_frame

PAIRS = [
    ("sleepstudy", "sleepstudy"),
    ("radon", "radon"),
    ("pastes", "Pastes"),
    ("penicillin", "Penicillin"),
    ("machines", "Machines"),
    ("contraception", "Contraception"),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_value_is_that_of_the_published_data(ours, theirs):
    data, reference = getattr(datasets, ours)(), reference_data.load(theirs)
    assert set(data.columns) == set(reference.columns)
    for column in data.columns:
        if isinstance(data[column].dtype, pd.CategoricalDtype):
            assert data[column].astype(str).tolist() == reference[column].astype(str).tolist()
        else:
            assert_allclose(data[column].astype(float), reference[column].astype(float), rtol=0)


@pytest.mark.parametrize("name", [p[0] for p in PAIRS])
def test_units_belong_to_columns_and_the_source_is_cited(name):
    data = getattr(datasets, name)()
    assert set(data.attrs["units"]) <= set(data.columns)
    assert "References" in getattr(datasets, name).__doc__


def test_changing_a_data_set_does_not_change_the_next_one():
    first = datasets.sleepstudy()
    first.loc[:, "Reaction"] = 0.0
    assert datasets.sleepstudy()["Reaction"].min() > 0


def test_radon_has_log_uranium_constant_within_counties():
    assert datasets.radon().groupby("county", observed=True)["log_uranium"].nunique().max() == 1


def test_simulated_gaussian_data_have_the_true_moments():
    s = datasets.simulate(
        "y ~ x + (1 + x | g)", groups=400, per_group=20, beta={"(Intercept)": 3.0, "x": -2.0},
        sd={"g": [2.0, 0.7]}, cor=0.6, sigma=0.5, seed=3,
    )  # fmt: skip
    effects = s.effects["g"].to_numpy()
    assert_allclose(effects.std(axis=0), [2.0, 0.7], rtol=0.12)
    assert_allclose(np.corrcoef(effects.T)[0, 1], 0.6, atol=0.1)
    frame = model_frame(s.spec, s.data)
    design = frame.groups[0]
    eta = frame.X @ [3.0, -2.0] + (design.Z * effects[design.codes]).sum(axis=1)
    assert_allclose((frame.y - eta).std(), 0.5, rtol=0.03)


def test_simulated_data_are_equal_for_equal_seeds_only():
    a, b, c = (datasets.simulate(seed=seed).data for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(a, b)
    assert not np.allclose(a["y"], c["y"])


def test_nested_levels_recur_within_every_outer_level_and_crossed_ones_meet():
    nested = datasets.simulate("y ~ 1 + (1 | a/b)", groups={"a": 4, "b": 3}, per_group=5)
    assert set(nested.effects) == {"a", "a:b"}
    assert len(nested.effects["a:b"]) == 12
    assert nested.data.groupby(["a", "b"], observed=True).size().eq(5).all()
    crossed = datasets.simulate("y ~ 1 + (1 | a) + (1 | b)", groups={"a": 5, "b": 4}, per_group=80).data
    assert (crossed.groupby(["a", "b"], observed=False).size() > 0).all()


def test_unbalanced_sizes_differ_and_average_what_was_asked():
    sizes = datasets.simulate(groups=2000, per_group=6, balanced=False).data["g"].value_counts()
    assert sizes.min() == 1
    assert sizes.max() > 12
    assert_allclose(sizes.mean(), 6, rtol=0.1)


def test_sizes_can_be_given_one_by_one():
    data = datasets.simulate(groups=3, per_group=[1, 4, 9]).data
    assert data["g"].value_counts(sort=False).tolist() == [1, 4, 9]


@pytest.mark.parametrize(("family", "values"), [("bernoulli", {0, 1}), ("poisson", None)])
def test_other_families_have_the_mean_of_their_link(family, values):
    s = datasets.simulate("y ~ 1 + (1 | g)", groups=300, per_group=50, family=family, beta=[0.5], sd=0.01)
    mean = 1 / (1 + np.exp(-0.5)) if family == "bernoulli" else np.exp(0.5)
    assert_allclose(s.data["y"].mean(), mean, rtol=0.05)
    assert values is None or set(s.data["y"]) == values
    assert s.sigma is None


def test_own_predictors_are_used_as_they_are():
    given = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "g": ["a", "a", "b", "b"]})
    s = datasets.simulate("y ~ x + (1 | g)", data=given, sigma=1e-9, sd=0.0, beta=[1.0, 2.0])
    assert_allclose(s.data["y"], [3, 5, 7, 9], atol=1e-6)
    assert "y" not in given


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "gamma"}, "Cannot simulate"),
        ({"formula": "log(y) ~ x + (1 | g)"}, "plain column name"),
        ({"beta": {"z": 1.0}}, "not a coefficient"),
        ({"beta": [1.0]}, "2|coefficients"),
        ({"per_group": 0}, "at least 1"),
        ({"per_group": [1, 2]}, "2 sizes for 20 groups"),
        ({"groups": 0}, "at least one level"),
        ({"cor": -3.0}, "correlation"),
        ({"sd": {"g": [1.0, 2.0, 3.0]}}, "3 values for 2 effects"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_a_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        datasets.simulate(**options)
