"""Lines that leave a plot end on its edge."""

import numpy as np

from mlmwidget.charts.tables.common import cut


def pieces(x, y, low, high):
    return [(a.tolist(), b.tolist()) for a, b in cut(np.array(x, float), np.array(y, float), low, high)]


def test_a_line_within_the_range_stays_as_it_is():
    assert pieces([0, 1, 2], [1, 2, 1], 0, 3) == [([0, 1, 2], [1, 2, 1])]


def test_a_line_that_leaves_ends_on_the_edge():
    assert pieces([0, 1, 2], [0, 2, 6], -1, 4) == [([0, 1, 1.5], [0, 2, 4])]


def test_a_line_that_comes_back_is_two_pieces():
    assert pieces([0, 1, 2], [0, 8, 0], -1, 4) == [([0, 0.5], [0, 4]), ([1.5, 2], [4, 0])]


def test_a_line_that_crosses_the_range_keeps_what_is_in_it():
    assert pieces([0, 4], [-4, 4], -1, 2) == [([1.5, 3], [-1, 2])]


def test_of_a_line_that_is_never_there_nothing_is_left():
    assert pieces([0, 1], [5, 6], 0, 1) == []
