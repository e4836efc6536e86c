"""The syntax tree of R's formula language.

A tree is what the parser makes of the text before anything is known of the data. Nodes are compared by
what they say, not by where they stood: positions take no part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Name:
    """A column (or the dot), without back-quotes."""

    name: str
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric literal."""

    value: float
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class String:
    """A quoted literal, without its quotes and escapes."""

    value: str
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """``TRUE``, ``FALSE`` or ``NULL``: ``value`` is True, False or None."""

    value: bool | None
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, with its name if it was given by name."""

    value: Expression
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call ``function(arguments)``; a namespace (``splines::ns``) is dropped, the name says enough."""

    function: str
    arguments: tuple[Argument, ...]
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with one (prefix) or two operands: ``+ - * / ^ : %in% ~ | || == != < <= > >= ! & &&``.

    Whether ``+`` joins terms or adds numbers is decided by the reader of the tree, not here: inside a
    call it is arithmetic, outside it is formula algebra.
    """

    operator: str
    operands: tuple[Expression, ...]
    position: int = field(default=-1, compare=False)


type Expression = Name | Number | String | Constant | Call | Operation
