"""The error of the formula language."""

from __future__ import annotations


class FormulaError(ValueError):
    """A formula text that cannot be read, or that names what the data do not have.

    Parameters
    ----------
    message
        A sentence: what is wrong and what to do.
    position
        Offset of the place in the text, in characters from 0; None where no place can be named.
    text
        The formula text.
    code
        Short stable name of the kind of mistake, for example ``"unknown-column"``.
    """

    def __init__(self, message: str, position: int | None = None, text: str = "", code: str = "syntax"):
        super().__init__(message)
        self.message = message
        self.position = position
        self.text = text
        self.code = code
