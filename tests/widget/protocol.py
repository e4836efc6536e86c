"""Reads js/src/protocol.ts and checks values against it, so that the contract is tested, not assumed."""

import re
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "js" / "src" / "protocol.ts"
TOKEN = re.compile(r'"[^"]*"|\w+|[{}\[\]<>|:;,?=()]|\.\.\.')
SIMPLE = {"string": str, "boolean": bool, "number": (int, float)}


def mismatches(value: Any, name: str) -> list[str]:
    """What in a value differs from the interface or type of that name; empty when nothing does."""
    return list(_check(value, types()[name], name))


@cache
def types() -> dict[str, Any]:
    """Type name → parsed type."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", SOURCE.read_text(encoding="utf-8"), flags=re.S)
    tokens = _Tokens(TOKEN.findall(text))
    found: dict[str, Any] = {}
    while tokens.peek():
        tokens.take("export")
        kind, name = tokens.next(), tokens.next()
        if kind == "interface":
            found[name] = tokens.record()
        else:
            tokens.take("=")
            found[name] = tokens.type()
            tokens.take(";")
    return found


class _Tokens:
    """A reader of the small part of TypeScript's types that the protocol uses."""

    def __init__(self, tokens: list[str]):
        self.tokens = tokens

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def next(self) -> str:
        return self.tokens.pop(0)

    def take(self, token: str) -> None:
        assert self.next() == token, f"protocol.ts: expected {token}"

    def record(self) -> tuple[str, dict[str, Any]]:
        self.take("{")
        fields: dict[str, Any] = {}
        while self.peek() != "}":
            name = self.next()
            if name == "[":
                name = "[]"
                while self.next() != "]":
                    pass
            optional = self.peek() == "?"
            if optional:
                self.next()
            self.take(":")
            fields[name + ("?" if optional else "")] = self.type()
            if self.peek() in (";", ","):
                self.next()
        self.take("}")
        return ("record", fields)

    def type(self) -> Any:
        if self.peek() == "|":  # as a list of options begins that stand on lines of their own
            self.next()
        options = [self.array()]
        while self.peek() == "|":
            self.next()
            options.append(self.array())
        return options[0] if len(options) == 1 else ("union", options)

    def array(self) -> Any:
        kind = self.single()
        while self.peek() == "[":
            self.next()
            self.take("]")
            kind = ("array", kind)
        return kind

    def single(self) -> Any:
        if self.peek() == "{":
            return self.record()
        if self.peek() == "(":
            self.next()
            kind = self.type()
            self.take(")")
            return kind
        name = self.next()
        if name == "Record":
            self.take("<")
            self.type()
            self.take(",")
            kind = self.type()
            self.take(">")
            return ("map", kind)
        return ("literal", name[1:-1]) if name.startswith('"') else ("name", name)


def _check(value: Any, kind: Any, path: str) -> list[str]:
    match kind:
        case ("literal", text):
            return [] if value == text else [f"{path}: {value!r} is not {text!r}"]
        case ("name", "null"):
            return [] if value is None else [f"{path}: {value!r} is not null"]
        case ("name", "unknown"):
            return []
        case ("name", name) if name in SIMPLE:
            right = isinstance(value, SIMPLE[name]) and (name == "boolean" or not isinstance(value, bool))
            return [] if right else [f"{path}: {value!r} is no {name}"]
        case ("name", name):
            return _check(value, types()[name], path)
        case ("array", inner):
            if not isinstance(value, list):
                return [f"{path}: no list"]
            return [m for k, item in enumerate(value) for m in _check(item, inner, f"{path}[{k}]")]
        case ("map", inner):
            if not isinstance(value, dict):
                return [f"{path}: no object"]
            return [m for key, item in value.items() for m in _check(item, inner, f"{path}.{key}")]
        case ("union", options):
            tries = [_check(value, option, path) for option in options]
            return min(tries, key=len)
        case ("record", fields):
            return _check_record(value, fields, path)
    raise AssertionError(f"protocol.ts: unknown type {kind}")


def _check_record(value: Any, fields: dict[str, Any], path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no object"]
    names = {name.removesuffix("?") for name in fields}
    found = [] if "[]" in names else [f"{path}.{name} is not in protocol.ts" for name in value.keys() - names]
    for name, kind in fields.items():
        plain = name.removesuffix("?")
        if plain in value:
            found += _check(value[plain], kind, f"{path}.{plain}")
        elif plain != "[]" and not name.endswith("?"):
            found.append(f"{path}.{plain} is missing")
    return found
