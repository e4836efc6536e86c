"""Names in the shrinkage plot stand beside the longest arrows and touch nothing."""

import numpy as np
import pytest
import standin
from numpy.testing import assert_array_equal

from mlmwidget import datasets
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.names import LINE, PADDING, place_names
from mlmwidget.charts.tables.shrinkage import shrinkage

SIDE, WIDTH_OF_A_LETTER = 300, 6


def pixels(points, drawn):
    low, high = np.nanmin(drawn, axis=0), np.nanmax(drawn, axis=0)
    unit = (points - low) / (high - low)
    return np.column_stack([PADDING + unit[:, 0] * 276, SIDE - PADDING - unit[:, 1] * 276])


def box(at, offset, name):
    width, (x, y) = WIDTH_OF_A_LETTER * len(name), at + offset
    left = x if offset[0] > 0 else x - width if offset[0] < 0 else x - width / 2
    return np.array([left, y - LINE / 2 + 1, left + width, y + LINE / 2 - 1])


def inside(points, box):
    return np.all((points >= box[:2]) & (points <= box[2:]), axis=1)


@pytest.mark.parametrize("seed", range(20))
def test_names_touch_no_mark_no_arrow_and_no_other_name(seed):
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(3, 120))
    end = rng.normal(0, 1, (groups, 2))
    start = end + rng.normal(0, 0.7, (groups, 2))
    start[rng.random(groups) < 0.1] = np.nan
    names = ["n" * int(n) for n in rng.integers(1, 12, groups)]
    others = np.array([[0.0, 0.0], [-3, -3], [3, 3]])
    named, offsets = place_names(names, start, end, others, SIDE, most=6)
    assert 1 <= named.sum() <= 6
    assert not np.isnan(start[named]).any()
    drawn = np.concatenate([start, end, others])
    at, to, cross = (pixels(points, drawn) for points in (start, end, others[:1]))
    along = np.linspace(0, 1, 400)[:, None, None]
    arrows = (at + along * (to - at)).reshape(-1, 2)
    boxes = [box(at[j], offsets[j], names[j]) for j in np.flatnonzero(named)]
    for k, one in enumerate(boxes):
        assert not inside(np.concatenate([at, to, cross, arrows]), one).any()
        assert (one >= 0).all()
        assert (one <= SIDE).all()
        for other in boxes[:k]:
            assert (one[:2] > other[2:]).any() or (one[2:] < other[:2]).any()


def test_the_longest_arrow_is_named_where_it_comes_from():
    end, start = np.zeros((3, 2)), np.array([[-2.0, 0], [1, 0], [0, -0.4]])
    named, offsets = place_names("abc", start, end, np.array([[0.0, 0], [-4, -4], [4, 4]]), SIDE, most=1)
    assert_array_equal(named, [True, False, False])
    assert offsets[0, 0] < 0
    assert offsets[0, 1] == 0


def test_without_arrows_nothing_is_named():
    named, _ = place_names("ab", np.full((2, 2), np.nan), np.eye(2), np.array([[0.0, 0]]), SIDE, most=6)
    assert not named.any()


def test_the_plot_names_few_and_says_which():
    plot = shrinkage(Results(standin.sleepstudy()))
    assert 3 <= sum(row["named"] for row in plot.data["shrinkage"]) <= 6
    assert "Names: the groups that pooling moves most, and those selected." in plot.note


def test_where_pooling_moves_no_group_none_is_named_and_the_note_does_not_promise_it():
    formula = "Reaction ~ Days + (Days | Subject)"
    plot = shrinkage(Results(standin.standin(formula, datasets.sleepstudy(), [[2000, 300]], 1)))
    assert not any(row["named"] for row in plot.data["shrinkage"])
    assert "A group that is selected shows its name." in plot.note
