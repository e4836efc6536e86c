"""Formula text to tokens, each with its position."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["name", "number", "string", "operator", "error", "end"]


class Token(NamedTuple):
    """A token.

    Parameters
    ----------
    kind
        What it is; ``"error"`` stands for characters that no token starts with, and is raised by the
        grammar only when it gets there, so that the leftmost mistake is the one that is reported.
    text
        Name without back-quotes, string without quotes, number or operator as written, or the sentence
        of an error.
    position
        Offset of the first character.
    quoted
        Whether a name was back-quoted.
    """

    kind: Kind
    text: str
    position: int
    quoted: bool = False


_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n\f]+)
    | (?P<number>0[xX][0-9a-fA-F]+L? | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?L?)
    | (?P<name>(?:[^\W\d_]|\.)[\w.]*)
    | `(?P<quoted>(?:[^`\\]|\\.)*)`
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>%[^%\n]*% | <<- | ->> | ::: | \|\| | \|> | && | [=!<>:]= | <- | -> | :: | \[\[ | \*\*
        | [-+*/^:~|&!<>=(),$@\[\]{};?\\])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

# Characters that word processors, phones and web pages put in place of the ones that R reads.
_LOOKALIKES = {
    **dict.fromkeys("∣│¦ǀ❘⎸", "|"),
    **dict.fromkeys("∼˜〜∽", "~"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("“”„‟«»", '"'),
    **dict.fromkeys("‘’‚‛´", "'"),
    **dict.fromkeys("×∗⋅·", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    "∶": ":",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
}


def scan(text: str) -> list[Token]:
    """Split a formula text into tokens; the last one is ``"end"`` or ``"error"``.

    Parameters
    ----------
    text
        The formula text.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            tokens.append(Token("error", _refusal(text, position), position))
            return tokens
        kind, found = match.lastgroup, match.group()
        if kind == "name" and "ǀ" in found:
            place = position + found.index("ǀ")
            tokens.append(Token("error", _refusal(text, place), place))
            return tokens
        if kind == "quoted":
            tokens.append(Token("name", _unescape(match["quoted"]), position, quoted=True))
        elif kind == "string":
            tokens.append(Token("string", _unescape(found[1:-1]), position))
        elif kind == "operator":
            tokens.append(Token("operator", "^" if found == "**" else found, position))
        elif kind == "name" or kind == "number":
            tokens.append(Token("name" if kind == "name" else "number", found, position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _unescape(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            number = int(code[1:], 16)
            return chr(number) if number < 0x110000 else code
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(character, text) if "\\" in text else text


def _refusal(text: str, position: int) -> str:
    """Sentence about a character that R does not read, and what to type for it."""
    character = text[position]
    if character == "`":
        return "A back-quote ` opens a column name here, but no second back-quote closes it."
    if character in "\"'":
        return f"A quotation mark {character} opens a text here, but none closes it."
    if character == "#":
        return (
            "The character # starts a comment in R. If it belongs to a column's name, "
            "put the whole name in back-quotes: `day#`; otherwise delete the comment."
        )
    if character == "%":
        return "A % stands alone here; R's operators of this kind are written like %in%."
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp"):
        return f"There is a special space here ({name}); type an ordinary space instead."
    if category in ("Cf", "Cc"):
        return f"There is an invisible character here ({name}); delete it."
    plain = _LOOKALIKES.get(character) or unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.strip():
        return f"The character {character} ({name}) only looks like {plain}; type {plain} instead."
    return (
        f"The character {character} ({name}) cannot stand here. If it belongs to a column's name, "
        "put the whole name in back-quotes, like `my column`."
    )
