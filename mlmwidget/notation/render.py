r"""Symbols, sums and aligned equations: the smallest pieces that every style is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlmwidget.notation.numbers import plain_number

# Sums are broken into lines of so many addends.
ADDENDS_PER_LINE = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """Posterior of one parameter in a few numbers.

    Parameters
    ----------
    mean, sd
        Posterior mean and standard deviation.
    lower, upper
        Ends of the 95 % interval.
    """

    mean: float
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the notation.

    Parameters
    ----------
    latex
        How it is written.
    part
        Stable id of the model part that it shows (see :mod:`mlmwidget.formula.spec`).
    parameter
        Name of the estimate that can take its place, if there is one.
    """

    latex: str
    part: str = ""
    parameter: str | None = None


type Addend = tuple[Symbol, ...]


def subscript(numbers: Sequence[int], letters: str = "") -> str:
    """Subscript that cannot be misread: a comma separates its parts as soon as one has two digits."""
    if all(n < 10 for n in numbers):
        return "".join(map(str, numbers)) + letters
    return ",".join([*map(str, numbers), *([letters] if letters else [])])


def script(text: str) -> str:
    """Braces around a script of more than one character."""
    return text if len(text) == 1 else f"{{{text}}}"


def sub(letter: str, index: str, superscript: str = "") -> str:
    r"""Write a letter with its scripts, for example ``\mu_{0j}^{(\mathrm{school})}``."""
    lower = f"_{script(index)}" if index else ""
    return f"{letter}{lower}" + (f"^{{({superscript})}}" if superscript else "")


class Pen:
    r"""Writes symbols, with ids around them or not, and with estimates in their place or not.

    Parameters
    ----------
    ids
        Wrap every symbol in KaTeX's ``\htmlData{part=ID}{…}``.
    estimates
        Parameter name → estimate; symbols of these parameters are written as numbers.
    """

    def __init__(self, ids: bool = False, estimates: Mapping[str, Estimate] | None = None):
        self.ids = ids
        self.estimates = estimates or {}

    def write(self, symbol: Symbol) -> str:
        """One symbol, or the number in its place."""
        return self._tagged(self._value(symbol) or symbol.latex, symbol.part)

    def square(self, symbol: Symbol) -> str:
        """One symbol squared, or the square of the number in its place."""
        value = self._value(symbol)
        base = value or (f"{{{symbol.latex}}}" if "^" in symbol.latex else symbol.latex)
        return self._tagged(f"{base}^2", symbol.part)

    def joined(self, symbols: Addend, part: str) -> str:
        """Write a product that is one part of the model as a whole; numbers in it are joined by dots."""
        values = [self._value(s) for s in symbols]
        dot = r" \cdot " if any(values) else " "
        return self._tagged(dot.join(v or s.latex for v, s in zip(values, symbols, strict=True)), part)

    def total(self, addends: Sequence[Addend]) -> str:
        """Write a sum with tidy signs; a line break after every few addends."""
        if not addends:
            return "0"
        pieces = []
        for i, addend in enumerate(addends):
            value = self._value(addend[0])
            negative = value is not None and value.startswith("-")
            sign = ("-" if negative else "") if i == 0 else ("- " if negative else "+ ")
            lead = "" if i == 0 else (r" \\ &\quad " if i % ADDENDS_PER_LINE == 0 else " ")
            pieces.append(lead + sign + self._unsigned(addend))
        return "".join(pieces)

    def offered(self, symbol: Symbol) -> str:
        r"""Write an addend that the model does not have, marked by ``data-absent``; nothing without ids."""
        if not self.ids:
            return ""
        return rf" \htmlData{{part={symbol.part}, absent=yes}}{{{{}} + {symbol.latex}}}"

    def _unsigned(self, addend: Addend) -> str:
        first = self._value(addend[0])
        if first is None:
            return self._beside(addend)
        number = self._tagged(first.lstrip("-"), addend[0].part)
        return number + self._beside(addend[1:], follows=True)

    def _beside(self, symbols: Addend, follows: bool = False) -> str:
        """Symbols side by side, with a thin space before names of several letters."""
        pieces = []
        for i, symbol in enumerate(symbols):
            name = symbol.latex.startswith((r"\mathrm", r"\text", "{"))
            space = r" \; " if symbol.latex.startswith(r"\underset") else r" \, " if name else " "
            pieces.append((space if i or follows else "") + self.write(symbol))
        return "".join(pieces)

    def _value(self, symbol: Symbol) -> str | None:
        if symbol.parameter is None or symbol.parameter not in self.estimates:
            return None
        estimate = self.estimates[symbol.parameter]
        mantissa, _, exponent = plain_number(estimate.mean, estimate.sd).partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa

    def _tagged(self, latex: str, part: str) -> str:
        return rf"\htmlData{{part={part}}}{{{latex}}}" if self.ids and part else latex


def aligned(lines: Sequence[str]) -> str:
    """One ``aligned`` block of lines that hold their own alignment marks."""
    body = " \\\\\n".join(lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
