"""Says what the browser is sent in the chosen vocabulary: the texts in it, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mlmwidget.notation.vocabulary import Vocabulary

#: Fields of ``js/src/protocol.ts`` and of Vega-Lite that hold text for people.
TEXTS = frozenset(
    [
        "title", "label", "remark", "reason", "needed", "message", "facts", "rows", "text", "section",
        "description", "note", "headline", "source", "tips", "room", "tab", "hint",
        "out_of_date",
    ]
)  # fmt: skip
#: Fields that are sent back, or read by programs only.
_OTHERS = frozenset(["request", "remove", "undo", "redo", "glossary", "latex", "pieces", "vocabulary"])
# Tables with more rows hold figures, whose labels are names of groups.
_FEW_ROWS = 60


def retell(shown: Any, vocabulary: Vocabulary, names: Collection[str] = ()) -> Any:
    """Return a view or a report with its texts in other words; what does not change is not copied.

    Parameters
    ----------
    shown
        Plain values, as they are sent.
    vocabulary
        The words.
    names
        Names of columns that hold such words themselves.
    """
    if vocabulary.name == "population-group":
        return shown
    return _retold(shown, vocabulary, names, False)


def _retold(value: Any, vocabulary: Vocabulary, names: Collection[str], text: bool) -> Any:
    if isinstance(value, str):
        return vocabulary.say(value, names) if text else value
    if isinstance(value, list):
        if len(value) > _FEW_ROWS and not text and value and not _is_choice(value[0]):
            return value
        return [_retold(item, vocabulary, names, text) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in _OTHERS else _retold(item, vocabulary, names, key in TEXTS)
            for key, item in value.items()
        }
    return value


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and "reason" in value
