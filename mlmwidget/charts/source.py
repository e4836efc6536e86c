"""Python source as a tree that knows how to break its lines, and to name what it says twice."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

WIDTH = 100
INDENT = "    "
#: What is shorter than this is rather written again than given a name.
WORTH_A_NAME = 48


@dataclass(frozen=True)
class Text:
    """A string."""

    value: str


@dataclass(frozen=True)
class Call:
    """A call ``function(items)``, a list or a dictionary; the function of a method call starts with a dot.

    Parameters
    ----------
    function
        What stands before the bracket.
    items
        Prefix of each item, such as ``"x="``, and the item.
    brackets
        The opening and the closing one.
    """

    function: str
    items: tuple[tuple[str, Node], ...]
    brackets: str = "()"


@dataclass(frozen=True)
class Chain:
    """A value and methods that are called on it, one after the other."""

    head: Node
    methods: tuple[Call, ...]


type Node = str | Text | Call | Chain


def call(function: str, *items: Node, **named: Node | None) -> Call:
    """Make a call; a named item that is None is left out."""
    keywords = ((f"{name}=", item) for name, item in named.items() if item is not None)
    return Call(function, (*(("", item) for item in items), *keywords))


def literal(value: Any) -> Node:
    """Write a value of JSON as Python."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, dict):
        return Call("", tuple((f"{_quoted(k)}: ", literal(v)) for k, v in value.items()), "{}")
    if isinstance(value, (list, tuple)):
        return Call("", tuple(("", literal(v)) for v in value), "[]")
    return repr(value)


def source(node: Node, indent: str = "", before: int = 0) -> str:
    """Write a tree as text, on one line where it fits.

    Parameters
    ----------
    node
        The tree.
    indent
        What lines after the first begin with.
    before
        Characters that stand before it, and after it, on its line.
    """
    flat = _flat(node)
    if len(indent) + before + len(flat) <= WIDTH:
        return flat
    deeper = indent + INDENT
    match node:
        case Text(value):
            lines = [deeper + _quoted(piece) for piece in _pieces(value, WIDTH - len(deeper) - 2)]
            return "\n".join(["(", *lines, f"{indent})"])
        case Call(function, (("", Text(_) as only),), "()"):
            return function + source(only, indent, before + WIDTH)
        case Call(function, items, brackets) if items:
            lines = [f"{deeper}{name}{source(item, deeper, len(name) + 1)}," for name, item in items]
            return "\n".join([function + brackets[0], *lines, indent + brackets[1]])
        case Chain(Chain(head, first), methods):
            return source(Chain(head, (*first, *methods)), indent)
        case Chain(head, methods):
            return source(head, indent) + "".join(f"\n{indent}{source(m, indent)}" for m in methods)
    return flat


@dataclass
class Names:
    """Gives names to what a tree says more than once.

    Parameters
    ----------
    taken
        Names that are not free.
    """

    taken: set[str]
    counts: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    #: Name and value, in the order in which they have to be written.
    made: list[tuple[str, Node]] = field(default_factory=list)

    def share(self, node: Node) -> Node:
        """Replace what is repeated by names."""
        self._count(node)
        return self._named(node, "")

    def _count(self, node: Node) -> None:
        text = _flat(node)
        self.counts[text] += 1
        # The parts of what is repeated are written once.
        if self.counts[text] == 1 or len(text) < WORTH_A_NAME:
            for _, part in _parts(node):
                self._count(part)

    def _named(self, node: Node, name: str) -> Node:
        text = _flat(node)
        again = self.counts[text] > 1 and len(text) >= WORTH_A_NAME and name != ""
        if again and text in self.names:
            return self.names[text]
        match node:
            case Call():
                node = self._with_names(node, name)
            case Chain(head, methods):
                calls = tuple(self._with_names(method, "") for method in methods)
                node = Chain(self._named(head, _data_name(head)), calls)
        if not again:
            return node
        free = next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in self.taken)
        self.taken.add(free)
        self.names[text] = free
        self.made.append((free, node))
        return free

    def _with_names(self, node: Call, name: str) -> Call:
        items = tuple((prefix, self._named(item, _word(prefix) or name)) for prefix, item in node.items)
        return Call(node.function, items, node.brackets)


def _parts(node: Node) -> list[tuple[str, Node]]:
    match node:
        case Call(_, items, _):
            return list(items)
        case Chain(head, methods):
            return [("", head), *(("", m) for m in methods)]
    return []


def _word(prefix: str) -> str:
    """Name of a named item; empty for others."""
    return prefix[:-1] if prefix.endswith("=") else ""


def _data_name(node: Node) -> str:
    """Name for a view: that of its data."""
    while isinstance(node, Chain):
        node = node.head
    data = node.items[0][1] if isinstance(node, Call) and node.items else ""
    return data.split('"')[1] if isinstance(data, str) and '"' in data else "base"


def _flat(node: Node) -> str:
    match node:
        case Text(value):
            return _quoted(value)
        case Call(function, items, brackets):
            inner = ", ".join(name + _flat(item) for name, item in items)
            return f"{function}{brackets[0]}{inner}{brackets[1]}"
        case Chain(head, methods):
            return _flat(head) + "".join(map(_flat, methods))
    return str(node)


def _quoted(text: str) -> str:
    """Write a string literal; every string of JSON is one of Python as well."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else json.dumps(text)


def _pieces(text: str, width: int) -> list[str]:
    """Break a text after spaces."""
    pieces = [""]
    for word in text.split(" "):
        if pieces[-1] and len(_quoted(pieces[-1] + word)) > width:
            pieces.append("")
        pieces[-1] += f"{word} "
    return [*pieces[:-1], pieces[-1][:-1]]
