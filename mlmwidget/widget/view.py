"""Everything that follows a click: formula, equations, words, problems and the builder's controls."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from mlmwidget.data.checks import preflight
from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.formula.text import pieces
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.notation.glossary import glossary
from mlmwidget.notation.latex import STYLES, equations, prior_equations
from mlmwidget.notation.phrases import Sentence
from mlmwidget.notation.structure import Structure
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.vocabulary import DEFAULT, VOCABULARIES, Vocabulary, telling
from mlmwidget.notation.words import sentences
from mlmwidget.problems import Problem
from mlmwidget.widget.form import addable, form, remedy
from mlmwidget.widget.retell import retell
from mlmwidget.widget.room import room
from mlmwidget.widget.source import Source
from mlmwidget.widget.texts import code_choices

if TYPE_CHECKING:
    pass


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
    live: bool = False,
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
    live
        Whether a live posterior is going to bring figures, for which the words keep room.
    """
    found = source.frame(spec) if spec else None
    frame = found if isinstance(found, ModelFrame) else None
    model = structure(spec, frame) if spec else None
    priors = None if frame is None else default_priors(frame)
    of_model = _preflight(spec, found, source) if spec else (no_outcome(source),)
    problems = (*extra, *of_model, *source.notes)
    controls = form(
        model,
        source.profiles,
        can_undo=can_undo,
        can_redo=can_redo,
        predictor=predictor,
        vocabulary=vocabulary,
        within=source.levels(spec),
    )
    shown = {
        "version": version,
        **(description(model, priors, vocabulary, addable(controls)) if model else NO_MODEL),
        "room": room(model, priors) if live and model is not None and priors is not None else None,
        "form": controls,
        "problems": [p.to_dict() | {"remedy": remedy(p, controls)} for p in problems],
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
    "notations": [],
    "priors": None,
    "words": [],
    "glossary": {},
    "code": [],
}


def description(
    model: Structure,
    priors: Priors | None,
    vocabulary: Vocabulary = DEFAULT,
    absent: Collection[str] = (),
) -> dict[str, Any]:
    """Return the part of a ``View`` that says what a model is; nothing in it is a control.

    Parameters
    ----------
    model, priors
        The model, and its priors, which are scaled to the data where there is a frame.
    vocabulary
        The words.
    absent
        Ids of varying effects that the equations offer.
    """
    spec, frame = model.spec, model.frame
    return {
        "formula": spec.formula,
        "pieces": [{"text": text, "part": part} for text, part in pieces(spec)],
        "notations": _notations(model, structure(spec, frame, absent) if absent else model),
        "priors": None if priors is None else _priors(model, priors),
        "words": shown_sentences(sentences(model)),
        "glossary": glossary(model, vocabulary) | _offers(absent),
        "code": code_choices() if frame else [],
    }


def shown_sentences(said: Iterable[Sentence]) -> list[list[dict[str, Any]]]:
    """Return sentences as fragments of ``js/src/protocol.ts``."""
    return [[{"text": text, "part": part} for text, part in sentence] for sentence in said]


def _notations(own: Structure, offering: Structure) -> list[dict[str, Any]]:
    """Equations in every style; with what they offer to add, and without it where that differs."""

    def blocks(style: str) -> list[dict[str, Any]]:
        plain = equations(own, style)
        shown = plain if offering is own else equations(offering, style)
        return [
            {"title": title, "latex": seen, "plain": None if seen == heard else heard}
            for (title, heard), (_, seen) in zip(plain, shown, strict=True)
        ]

    return [{"name": style, "label": label, "equations": blocks(style)} for style, label in STYLES.items()]


def _priors(model: Structure, priors: Priors) -> dict[str, str]:
    return {style: prior_equations(model, priors, style) for style in STYLES}


def _offers(absent: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(absent, "Not in the model: a click lets it vary.")


def vocabulary_choice(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the control that chooses the words."""
    return {
        "value": vocabulary.name,
        "choices": [
            {"value": v.name, "label": v.label, "remark": "", "reason": None} for v in VOCABULARIES.values()
        ],
        "request": {"type": "vocabulary"},
    }


def no_outcome(source: Source) -> Problem:
    """Why there is no model yet."""
    if not source.columns:
        return Problem("error", "no-columns", "The data frame has no columns: set data to one that has.")
    if source.rows == 0:
        return Problem("error", "no-rows", "The data frame has no rows: give one that has.")
    message = "No column looks like an outcome (numbers or two values that vary): choose one under Outcome."
    return Problem("error", "no-outcome", message, part="response")


def rows_sentence(frame: ModelFrame | None, rows: int) -> str:
    """How many rows the model uses, and how many it leaves out."""
    if frame is None:
        return f"{rows:,} {'row' if rows == 1 else 'rows'} in the data."
    used = f"{frame.n:,} {'row' if frame.n == 1 else 'rows'} used"
    if not frame.dropped:
        return f"{used}, none dropped."
    causes = ", ".join(f"{name}: {n:,}" for name, n in frame.dropped_by.items())
    return f"{used}, {frame.dropped:,} dropped for missing values ({causes})."
