"""Responses: what counts as success, trials, weights, and what is said about them."""

import numpy as np
import pandas as pd
import pytest

from mlmwidget.data.build import model_frame


@pytest.fixture
def data():
    n = 24
    rng = np.random.default_rng(3)
    size = rng.integers(1, 9, n)
    return pd.DataFrame(
        {
            "hits": rng.binomial(size, 0.4),
            "size": size,
            "passed": pd.Categorical(rng.choice(["no", "yes"], n), ["yes", "no"]),
            "late": rng.random(n) < 0.5,
            "x": rng.normal(size=n),
            "g": np.repeat(list("abcdef"), 4),
        }
    )


def said(frame, code):
    return [p.message for p in frame.problems if p.code == code]


def test_successes_and_failures_make_trials(data):
    frame = model_frame("cbind(hits, size - hits) ~ x + (1 | g)", data, "binomial")
    np.testing.assert_array_equal(frame.y, data["hits"])
    np.testing.assert_array_equal(frame.trials, data["size"])


def test_a_share_of_trials_is_the_same_as_successes_and_failures(data):
    frame = model_frame("hits / size ~ x + (1 | g)", data, "binomial")
    np.testing.assert_array_equal(frame.y, data["hits"])
    np.testing.assert_array_equal(frame.trials, data["size"])


def test_a_column_of_shares_takes_its_trials_from_the_weights(data):
    data["share"] = data["hits"] / data["size"]
    frame = model_frame("share ~ x + (1 | g)", data, "binomial", weights="size")
    np.testing.assert_array_equal(frame.y, data["hits"])
    np.testing.assert_array_equal(frame.trials, data["size"])
    assert (frame.weights == 1).all()


def test_a_quotient_is_arithmetic_where_there_are_no_trials(data):
    frame = model_frame("hits / size ~ x + (1 | g)", data)
    np.testing.assert_allclose(frame.y, data["hits"] / data["size"])
    assert frame.trials is None


def test_the_second_category_is_the_success_and_this_is_said(data):
    frame = model_frame("passed ~ x + (1 | g)", data, "bernoulli")
    np.testing.assert_array_equal(frame.y, data["passed"] == "no")
    (message,) = said(frame, "success-level")
    assert "passed is “no”" in message
    assert frame.trials is None


def test_true_is_the_success(data):
    frame = model_frame("late ~ x + (1 | g)", data, "bernoulli")
    np.testing.assert_array_equal(frame.y, data["late"])
    compared = model_frame("(passed == 'yes') ~ x + (1 | g)", data, "bernoulli")
    np.testing.assert_array_equal(compared.y, data["passed"] == "yes")


def test_zeros_and_ones_are_single_trials(data):
    frame = model_frame("late ~ x + (1 | g)", data.assign(late=data["late"].astype(int)), "binomial")
    np.testing.assert_array_equal(frame.y, data["late"])
    np.testing.assert_array_equal(frame.trials, 1)


def test_missing_successes_drop_the_row(data):
    data.loc[[2, 5], "hits"] = np.nan
    frame = model_frame("cbind(hits, size - hits) ~ x + (1 | g)", data, "binomial")
    assert (frame.n, frame.dropped, frame.dropped_by) == (22, 2, {"hits": 2})


def test_weights_are_kept_and_their_missing_rows_dropped(data):
    weights = data["size"].astype(float)
    weights[3] = np.nan
    frame = model_frame("x ~ late + (1 | g)", data.assign(w=weights), weights="w")
    np.testing.assert_array_equal(frame.weights, weights.drop(3))
    assert frame.dropped_by == {"w": 1}


def test_a_constant_response_is_warned_about(data):
    frame = model_frame("one ~ x + (1 | g)", data.assign(one=3.0))
    (message,) = said(frame, "constant-response")
    assert "“one” is 3" in message
