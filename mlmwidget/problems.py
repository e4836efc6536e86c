"""What can be wrong with a model or its data, said in sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence about a model, its formula or its data.

    Parameters
    ----------
    severity
        ``"error"`` blocks a fit, ``"warning"`` does not, ``"note"`` only explains.
    code
        Short stable name of the kind of problem, for example ``"one-level"``.
    message
        Plain text: what is wrong, where, and what to do. Never markup.
    part
        Stable id of the model part that is meant (see :mod:`mlmwidget.formula.spec`), if any.
    column
        Name of the data column that is meant, if any.
    position
        Offset in the formula text, counted in characters from 0, if any.
    """

    severity: Severity
    code: str
    message: str
    part: str | None = None
    column: str | None = None
    position: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON-ready plain values."""
        return asdict(self)


class DataError(ValueError):
    """Data that no model can be built on: the message names the column and the cure.

    Parameters
    ----------
    problem
        The problem that is raised; its message becomes the exception's text.
    """

    def __init__(self, problem: Problem):
        super().__init__(problem.message)
        self.problem = problem
