"""The error of the exports."""

from __future__ import annotations


class ExportError(ValueError):
    """A model that other software cannot fit, or not by the same text; the message says what to do."""
