"""Digits follow the standard error."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmwidget.notation.numbers import format_interval, format_number


@pytest.mark.parametrize(
    ("x", "sd", "text"),
    [
        (251.405, 6.82, "251"),
        (10.467, 1.546, "10.5"),
        (-0.0656, 0.28, "−0.07"),
        (0.004, 0.28, "0.00"),
        (-0.004, 0.28, "0.00"),
        (123456.0, 2300.0, "123500"),
        (1234567.0, 45000.0, "1230000"),
        (25.5918, None, "25.6"),
        (2.0, None, "2"),
        (0.0, None, "0"),
        (1.234e-7, None, "1.23×10⁻⁷"),
        (-3.2e9, None, "−3.2×10⁹"),
        (math.nan, None, "–"),
        (-math.inf, None, "−∞"),
    ],
)
def test_numbers_are_shown_with_the_digits_that_they_support(x, sd, text):
    assert format_number(x, sd) == text


def test_both_ends_of_an_interval_have_the_same_decimals():
    assert format_interval(-0.4412, 0.6, 0.1) == "−0.44 to 0.60"
    assert format_interval(238.0, 264.9, 6.8) == "238 to 265"


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_rounding_moves_a_number_by_less_than_a_standard_error(x, sd):
    shown = format_number(x, sd)
    if "×" not in shown:
        assert abs(float(shown.replace("−", "-")) - x) <= sd / 2


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_text_has_a_hyphen_for_a_minus(x):
    assert "-" not in format_number(x)
