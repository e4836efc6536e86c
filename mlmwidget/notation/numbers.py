"""Numbers as a reader wants them: digits that the standard error supports, and a true minus sign."""

from __future__ import annotations

import math

MINUS = "\u2212"


def format_number(x: float, sd: float | None = None, *, digits: int = 3) -> str:
    """Format a number so that its last digit is about the second digit of its standard error.

    Parameters
    ----------
    x
        The number.
    sd
        Its standard error or posterior standard deviation; without one `digits` significant digits.
    digits
        Significant digits to show when there is no usable `sd`.

    Returns
    -------
    str
        For example ``"251.4"``, ``"−0.066"``, ``"1.2×10⁻⁷"``; an en dash for what is not a number.
    """
    if math.isnan(x):
        return "–"
    if math.isinf(x):
        return f"{MINUS}∞" if x < 0 else "∞"
    return signed(plain_number(x, sd, digits=digits))


def format_interval(lower: float, upper: float, sd: float | None = None) -> str:
    """Format an interval with the same decimals at both ends, for example ``"−0.44 to 0.60"``.

    Parameters
    ----------
    lower, upper
        The ends.
    sd
        Standard error that decides the decimals; without one a quarter of the width.
    """
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return f"{format_number(lower, sd)} to {format_number(upper, sd)}"
    decimals = _decimals(max(abs(lower), abs(upper)), sd or (upper - lower) / 4, 3)
    return f"{signed(fixed(lower, decimals))} to {signed(fixed(upper, decimals))}"


def format_estimate(value: float, lower: float, upper: float) -> str:
    """Format an estimate with its interval, if it has one, for example ``"10.5 (8.1 to 13.0)"``.

    Parameters
    ----------
    value
        The estimate.
    lower, upper
        Ends of its interval; a quarter of the width decides the decimals.
    """
    width = (upper - lower) / 4
    if not math.isfinite(width):
        return format_number(value)
    return f"{format_number(value, width)} ({format_interval(lower, upper, width)})"


def plain_number(x: float, sd: float | None = None, *, digits: int = 3) -> str:
    """Like :func:`format_number`, with an ASCII minus and exponent, for formulas and scripts.

    Parameters
    ----------
    x, sd, digits
        As in :func:`format_number`; `x` is finite.
    """
    text = fixed(x, _decimals(x, sd, digits))
    if sd is not None:
        return text
    # Zeros at the end say something only where a standard error asks for them.
    mantissa, e, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


def signed(text: str) -> str:
    """Text of a number with a true minus sign, and its exponent as a power of ten."""
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.replace("-", MINUS)
    if not exponent:
        return mantissa
    power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}×10{power}"


def fixed(x: float, decimals: int) -> str:
    """Text of `x` with so many decimals (negative: rounded to tens …), scientific far from one."""
    if _scientific(x):
        return f"{x:.{max(0, min(6, decimals + math.floor(math.log10(abs(x)))))}e}"
    text = f"{round(x, decimals) if decimals < 0 else x:.{max(decimals, 0)}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def _decimals(x: float, sd: float | None, digits: int) -> int:
    """Decimals that show the first two digits of the standard error, at most six significant digits."""
    if sd is not None and math.isfinite(sd) and sd > 0:
        decimals = 1 - math.floor(math.log10(sd))
        # A leading digit above 2 already says enough: 27, not 27.4, for a standard error of 6.
        if sd / 10 ** math.floor(math.log10(sd)) >= 3:
            decimals -= 1
        return max(min(decimals, 15), -6)
    if x == 0:
        return 0
    decimals = digits - 1 - math.floor(math.log10(abs(x)))
    return decimals if _scientific(x) else max(decimals, 0)


def _scientific(x: float) -> bool:
    return x != 0 and (abs(x) >= 1e7 or abs(x) < 1e-5)
