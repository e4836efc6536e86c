"""What must hold for every data frame: sizes, unused columns, kinds of frames, order of rows."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmwidget.data.build import model_frame
from mlmwidget.data.contrasts import Contrast, contrast_matrix
from mlmwidget.data.design import independent_columns
from mlmwidget.problems import DataError

FORMULAS = (
    "y ~ x + (x | g)",
    "y ~ a * x + (1 | g) + (0 + x | a)",
    "y ~ 0 + a + l + (1 | g:a)",
    "y ~ a:l + (a || g)",
)


@st.composite
def frames(draw):
    n = draw(st.integers(6, 30))
    number = st.none() | st.floats(-100, 100, width=32)
    return pd.DataFrame(
        {
            "y": draw(st.lists(st.floats(-100, 100, width=32), min_size=n, max_size=n)),
            "x": np.array(draw(st.lists(number, min_size=n, max_size=n)), dtype=float),
            "a": draw(st.lists(st.sampled_from(["B", "a", "é", "c"]), min_size=n, max_size=n)),
            "l": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
            "g": draw(st.lists(st.sampled_from([9, 10, 100]), min_size=n, max_size=n)),
        }
    )


def made(formula, data):
    """The frame, or the sentence with which it is refused."""
    try:
        return model_frame(formula, data)
    except DataError as error:
        return str(error)


def assert_same(one, other):
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert (one.X_names, one.aliased, one.dropped_by) == (other.X_names, other.aliased, other.dropped_by)
    np.testing.assert_array_equal(one.X, other.X)
    np.testing.assert_array_equal(one.y, other.y)
    assert one.X_levels == other.X_levels
    assert one.problems == other.problems
    for a, b in zip(one.groups, other.groups, strict=True):
        assert (a.levels, a.columns, a.label) == (b.levels, b.columns, b.label)
        np.testing.assert_array_equal(a.codes, b.codes)
        np.testing.assert_array_equal(a.Z, b.Z)


@settings(max_examples=40, deadline=None)
@given(frames(), st.sampled_from(FORMULAS))
def test_the_kind_of_data_frame_makes_no_difference(data, formula):
    frame = made(formula, data)
    assert_same(frame, made(formula, pl.from_pandas(data)))
    assert_same(frame, made(formula, pl.from_pandas(data).lazy()))
    assert_same(frame, made(formula, pa.Table.from_pandas(data)))
    assert_same(frame, made(formula, data.to_dict("list")))


@settings(max_examples=40, deadline=None)
@given(frames(), st.sampled_from(FORMULAS))
def test_unused_columns_and_the_index_make_no_difference(data, formula):
    other = data.assign(unused=[[]] * len(data)).set_index(np.arange(len(data))[::-1] // 2)
    assert_same(made(formula, data), made(formula, other[["unused", *data.columns[::-1]]]))


@settings(max_examples=40, deadline=None)
@given(frames(), st.sampled_from(FORMULAS))
def test_groups_cover_the_rows_used_and_designs_are_finite(data, formula):
    frame = made(formula, data)
    if isinstance(frame, str):
        return
    assert frame.n + frame.dropped == len(data)
    # As R does, each column is judged on its own scale.
    lengths = np.linalg.norm(frame.X, axis=0)
    assert (lengths > 0).all()
    assert np.linalg.matrix_rank(frame.X / lengths) == frame.X.shape[1]
    assert np.isfinite(frame.X).all()
    for group in frame.groups:
        assert group.sizes.sum() == frame.n
        assert group.sizes.min() > 0
        assert len(set(group.levels)) == len(group.levels)
        assert np.isfinite(group.Z).all()


@settings(max_examples=30, deadline=None)
@given(frames(), st.sampled_from(FORMULAS), st.randoms())
def test_the_order_of_rows_only_orders_the_rows(data, formula, random):
    order = list(range(len(data)))
    random.shuffle(order)
    frame, shuffled = made(formula, data), made(formula, data.iloc[order])
    if isinstance(frame, str):
        assert isinstance(shuffled, str)
        return
    back = np.argsort(np.array(order)[shuffled.row_index])
    np.testing.assert_array_equal(frame.X, shuffled.X[back])
    assert [g.levels for g in frame.groups] == [g.levels for g in shuffled.groups]


def test_the_data_are_not_changed():
    data = pd.DataFrame({"y": [1.0, 2, 3, 4], "x": [1.0, None, 3, 5], "g": list("aabb")})
    before = data.copy()
    frame = model_frame("y ~ x + (1 | g)", data)
    frame.y[:] = 0
    frame.X[:] = 0
    pd.testing.assert_frame_equal(data, before)


def test_changing_the_data_afterwards_does_not_change_a_frame():
    data = pd.DataFrame({"y": [1.0, 2, 3, 4], "x": [1.0, 2, 3, 5], "g": list("aabb")})
    frame = model_frame("y ~ x + (1 | g)", data)
    data.loc[0, "y"] = 99.0
    assert frame.y[0] == 1


def test_an_enum_of_polars_keeps_its_order():
    data = pl.DataFrame({"y": [1.0, 2, 3, 4], "g": ["low", "high", "low", "high"]})
    ordered = data.with_columns(pl.col("g").cast(pl.Enum(["low", "mid", "high"])))
    assert model_frame("y ~ (1 | g)", ordered).groups[0].levels == ("low", "high")
    assert model_frame("y ~ (1 | g)", data).groups[0].levels == ("high", "low")


@given(st.integers(2, 9), st.sampled_from(["sum", "helmert", "poly"]))
def test_contrasts_sum_to_zero_and_are_independent(levels, kind):
    matrix, names = contrast_matrix(tuple("abcdefghi"[:levels]), Contrast(kind))
    np.testing.assert_allclose(matrix.sum(axis=0), 0, atol=1e-12)
    assert np.linalg.matrix_rank(matrix) == levels - 1 == len(names)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e8])
def test_dependent_columns_are_left_out_in_their_order(scale):
    rng = np.random.default_rng(5)
    a, b, c = rng.normal(size=(3, 50)) * scale
    matrix = np.column_stack([np.ones(50), a, 2 * a + 3 * scale, b, a - b, np.zeros(50), c])
    assert independent_columns(matrix) == [0, 1, 3, 6]
    assert independent_columns(matrix[:3]) == [0, 1, 3]
