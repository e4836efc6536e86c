r"""Names of columns, levels and factors as LaTeX that KaTeX, MathJax and amsmath all read the same way.

Letters stand in ``\mathrm`` or ``\text``; every character with a meaning to TeX stands outside them as a
math command, because MathJax does not read commands inside ``\text``. Letters and emoji that KaTeX has no
metrics of stand in ``\text`` as well, beside a strut that gives them a height. What cannot be seen (control
characters, marks without a letter of their own) is shown by its code point, ``U+200B``.
"""

from __future__ import annotations

import re
import unicodedata

# Single letters that the notation itself uses; a column of that name stands upright instead of italic.
_TAKEN = frozenset("ijklmnpqruINRUXYZ")

_MATHRM = re.compile(r"[A-Za-z0-9_.#%&$]+")

# Characters that KaTeX's strict mode accepts inside \text and that mean nothing to TeX there.
_PLAIN = re.compile(
    "[A-Za-z0-9 .,:;!?'()*+/=@\\[\\]\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u04ff\u0531-\u0556"
    "\u0561-\u0586\u0904-\u0939\u3041-\u3096\u30a1-\u30fa\u4e00-\u9faf\uac00-\ud7a3]+"
)

# Accents, styled letters and corners: KaTeX reads them as commands, which are none of a text's.
_BY_COMMAND = re.compile("[\u0300-\u036f\u2100-\u214f\u231c-\u231f\U0001d400-\U0001d7ff]")

# A longer name loses its middle, so that the equation keeps its shape.
_LONGEST = 48
_KEPT_START, _KEPT_END = 32, 12

# Joiners within a word or an emoji; alone they cannot be seen.
_JOINERS = "\u200c\u200d"
_STRUT = r"\vphantom{M}"

_COMMANDS = {
    "_": r"\_",
    "#": r"\#",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "\\": r"\backslash{}",
    "^": r"{\wedge}",
    "~": r"{\sim}",
    "…": r"\dots{}",
    "<": "{<}",
    ">": "{>}",
    "|": "{|}",
    "-": r"\text{-}",
    "`": r"\text{`}",
    '"': r"\text{''}",
    "\u2019": r"\text{'}",
    "\u00b5": r"\mu{}",
    "\u00b0": r"{}^{\circ}",
    "\u00b2": "{}^{2}",
    "\u00b3": "{}^{3}",
}
_GREEK_NAMES = (
    ("αβγδεζηθικλμ", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu"),
    ("νξπρστυφχψω", "nu xi pi rho sigma tau upsilon phi chi psi omega"),
    ("ΓΔΘΛΞΠΣΥΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"),
)
_GREEK = {
    letter: rf"\{name}{{}}"
    for letters, names in _GREEK_NAMES
    for letter, name in zip(letters, names.split(), strict=True)
}


def name_latex(name: str) -> str:
    r"""Name of a column as safe LaTeX: ``x`` italic, ``\mathrm{Days}``, ``\mathrm{log\_radon}``.

    Parameters
    ----------
    name
        Any text.

    Returns
    -------
    str
        LaTeX for math mode that can carry a subscript.
    """
    if len(name) == 1 and name.isascii() and name.isalpha() and name not in _TAKEN:
        return name
    return text_latex(name)


def text_latex(text: str) -> str:
    r"""Any text (a level, a name) as upright, safe LaTeX for math mode.

    Parameters
    ----------
    text
        Any text; a very long one is shortened in its middle.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_KEPT_START]}…{text[-_KEPT_END:]}"
    if _MATHRM.fullmatch(text):
        return rf"\mathrm{{{re.sub(r'([_#%&$])', r'\\\1', text)}}}"
    pieces = list(_pieces(unicodedata.normalize("NFC", text)))
    if not pieces:
        return r"\text{''}"
    if len(pieces) == 1 and pieces[0].startswith(r"\text{"):
        return pieces[0]
    return f"{{{''.join(pieces)}}}"


def _pieces(text: str) -> list[str]:
    r"""Write runs of plain characters in ``\text``, and a command for each other character."""
    pieces = []
    position = 0
    while position < len(text):
        run = _PLAIN.match(text, position)
        if run:
            pieces.append(rf"\text{{{run[0]}}}" if run[0].strip() else r"\ " * len(run[0]))
            position = run.end()
        elif letters := _letters(text, position):
            pieces.append(rf"{_STRUT}\text{{{letters}}}")
            position += len(letters)
        else:
            pieces.append(_character(text[position]))
            position += 1
    return pieces


def _letters(text: str, start: int) -> str:
    """Return the run of characters from a place on that can be seen, but have no metrics in KaTeX."""
    end = start
    while end < len(text):
        joins = text[end] in _JOINERS and end > start and _is_seen(text[end + 1 : end + 2])
        # The words of one name stay together, so that they can be written from right to left.
        spaces = text[end] == " " and end > start and _is_seen(text[end + 1 : end + 2])
        if not (joins or spaces or _is_seen(text[end])):
            break
        end += 1
    return text[start:end]


def _is_seen(character: str) -> bool:
    """Whether a character is a letter, number or picture: no sign of TeX and no accent."""
    return (
        character > "\x7f"
        and unicodedata.category(character)[0] in "LMNS"
        and unicodedata.category(character) != "Sm"
        and character not in _COMMANDS
        and character not in _GREEK
        and not _PLAIN.match(character)
        and not _BY_COMMAND.match(character)
    )


def _character(character: str) -> str:
    if character in _COMMANDS:
        return _COMMANDS[character]
    if character in _GREEK:
        return _GREEK[character]
    return rf"\text{{U+{ord(character):04X}}}"
