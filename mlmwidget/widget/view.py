"""Everything that follows a click: formula, equations, words, problems and the builder's controls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mlmwidget.data.checks import preflight
from mlmwidget.data.frame import ModelFrame
from mlmwidget.export.code import code
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import pieces
from mlmwidget.notation.glossary import glossary
from mlmwidget.notation.latex import equations, latex
from mlmwidget.notation.vocabulary import DEFAULT, VOCABULARIES, Vocabulary, telling
from mlmwidget.notation.words import sentences
from mlmwidget.problems import Problem
from mlmwidget.widget.form import form
from mlmwidget.widget.retell import retell
from mlmwidget.widget.source import Source


def view(
    spec: ModelSpec | None,
    source: Source,
    *,
    version: int = 0,
    draft: tuple[str, Problem] | None = None,
    extra: tuple[Problem, ...] = (),
    can_undo: bool = False,
    can_redo: bool = False,
    predictor: Term | None = None,
    vocabulary: Vocabulary = DEFAULT,
) -> dict[str, Any]:
    """Return what the browser shows of a model: the ``View`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    spec
        The model; None while no outcome has been chosen.
    source
        The data.
    version
        Number of this view.
    draft
        Text that could not be read, with its problem.
    extra
        Problems that belong to what was just done, not to the model.
    can_undo, can_redo
        Whether there is something to undo or redo.
    predictor
        The predictor that presets take when the model has none.
    vocabulary
        The words for the two kinds of effects.
    """
    found = source.frame(spec) if spec else None
    frame = found if isinstance(found, ModelFrame) else None
    of_model = _preflight(spec, found, source) if spec else (no_outcome(source),)
    problems = (*extra, *of_model, *source.notes)
    shown = {
        "version": version,
        **(description(spec, frame, vocabulary) if spec else NO_MODEL),
        "form": form(
            spec,
            source.profiles,
            frame=frame,
            can_undo=can_undo,
            can_redo=can_redo,
            predictor=predictor,
            vocabulary=vocabulary,
            within=source.levels(spec),
        ),
        "problems": [p.to_dict() for p in problems],
        "rows": rows_sentence(frame, source.rows),
        "draft": {"text": draft[0], "problem": draft[1].to_dict()} if draft else None,
        "can_fit": frame is not None and draft is None and all(p.severity != "error" for p in problems),
        "vocabulary": vocabulary_choice(vocabulary),
    }
    return retell(shown, vocabulary, telling(source.columns))


def _preflight(spec: ModelSpec, found: Any, source: Source) -> tuple[Problem, ...]:
    problems = preflight(spec, found)
    if not isinstance(found, ModelFrame) or not isinstance(spec.response, Name):
        return problems
    copies = source.copies(spec.response.name)
    return problems if copies is None else (*problems, copies)


NO_MODEL: dict[str, Any] = {
    "formula": "",
    "pieces": [],
    "equations": [],
    "words": [],
    "glossary": {},
    "code": [],
}


def description(
    spec: ModelSpec, frame: ModelFrame | None, vocabulary: Vocabulary = DEFAULT
) -> dict[str, Any]:
    """Return the part of a ``View`` that says what a model is; nothing in it is a control."""
    return {
        "formula": spec.formula,
        "pieces": [{"text": text, "part": part} for text, part in pieces(spec)],
        "equations": [{"title": t, "latex": x} for t, x in equations(spec, frame)],
        "words": [{"text": text, "part": part} for text, part in sentences(spec, frame)],
        "glossary": glossary(spec, vocabulary),
        "code": code_choices() if frame else [],
    }


def vocabulary_choice(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the control that chooses the words."""
    return {
        "value": vocabulary.name,
        "choices": [
            {"value": v.name, "label": v.label, "remark": "", "reason": None} for v in VOCABULARIES.values()
        ],
        "request": {"type": "vocabulary"},
    }


#: What a copy request for the script of a chart begins with; the chart's name follows.
CHART = "chart:"
#: Language of a script → where it runs.
LANGUAGES = {
    "pymc": ("PyMC", "Python"),
    "bambi": ("Bambi", "Python"),
    "lme4": ("lme4", "R"),
    "brms": ("brms", "R"),
    "rstanarm": ("rstanarm", "R"),
    "mlmwidget": ("mlmwidget", "Python"),
}


def code_choices() -> list[dict[str, Any]]:
    """Return the languages in which the model can be copied.

    Writing all scripts to learn whether they can be written would slow every click: a script that cannot
    be written says so in its own place.
    """
    return [
        {"value": name, "label": label, "remark": remark, "reason": None}
        for name, (label, remark) in LANGUAGES.items()
    ]


def no_outcome(source: Source) -> Problem:
    """Why there is no model yet."""
    if not source.columns:
        return Problem("error", "no-columns", "The data frame has no columns: set data to one that has.")
    if source.rows == 0:
        return Problem("error", "no-rows", "The data frame has no rows: give one that has.")
    message = "No column looks like an outcome (numbers or two values that vary): choose one under Outcome."
    return Problem("error", "no-outcome", message, part="response")


def texts(spec: ModelSpec, frame: ModelFrame) -> dict[str, Callable[[], str]]:
    """Return what can be copied: the ``what`` of a copy request → what writes the text."""
    return {
        "formula": lambda: spec.formula,
        "latex": partial(latex, spec, frame),
        **{name: partial(script, partial(code, spec, frame, name)) for name in LANGUAGES},
    }


def script(write: Callable[[], str]) -> str:
    """Write a script; why there can be none becomes a comment in its place."""
    try:
        return write()
    except ValueError as error:
        return f"# {error}"


def rows_sentence(frame: ModelFrame | None, rows: int) -> str:
    """How many rows the model uses, and how many it leaves out."""
    if frame is None:
        return f"{_thousands(rows)} {'row' if rows == 1 else 'rows'} in the data."
    used = f"{_thousands(frame.n)} {'row' if frame.n == 1 else 'rows'} used"
    if not frame.dropped:
        return f"{used}, none dropped."
    causes = ", ".join(f"{name}: {_thousands(n)}" for name, n in frame.dropped_by.items())
    return f"{used}, {_thousands(frame.dropped)} dropped for missing values ({causes})."


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ") if number >= 10_000 else str(number)
