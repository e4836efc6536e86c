"""The model that a person is building: data, spec, what can be undone, and a text still to be mended.

Knows nothing of Jupyter: every method changes the state or raises, and :meth:`Session.view` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.notation.vocabulary import DEFAULT, telling
from mlmwidget.problems import Problem
from mlmwidget.widget.defaults import carry_over
from mlmwidget.widget.edits import apply_edit
from mlmwidget.widget.retell import retell
from mlmwidget.widget.source import Source
from mlmwidget.widget.undo import History
from mlmwidget.widget.view import view

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit


class Session:
    """One model on one data frame.

    Parameters
    ----------
    source
        The data.
    spec
        The model to start from; None while no outcome has been chosen.
    """

    def __init__(self, source: Source, spec: ModelSpec | None):
        self.source = source
        #: The words for the two kinds of effects.
        self.vocabulary = DEFAULT
        self._history: History[ModelSpec | None] = History((spec,))
        self._draft: tuple[str, Problem] | None = None
        self._refused: tuple[Problem, ...] = ()
        self._version = 0
        #: What was last viewed, and its view.
        self._viewed: list[Any] = []

    @property
    def spec(self) -> ModelSpec | None:
        """The model."""
        return self._history.present

    @property
    def frame(self) -> ModelFrame | None:
        """The model frame; None where there is no model, or none can be built on these data."""
        found = None if self.spec is None else self.source.frame(self.spec)
        return found if isinstance(found, ModelFrame) else None

    def parse(self, text: str) -> ModelSpec:
        """Read a formula for these data; family and link stay as they are.

        Raises
        ------
        FormulaError
            If the text cannot be read, or names a column that the data do not have.
        """
        if self.spec is None:
            return parse(text, self.source)
        return parse(text, self.source, self.spec.family, self.spec.link)

    def check(self, spec: ModelSpec) -> None:
        """Refuse a spec that names a column the data do not have.

        Raises
        ------
        FormulaError
            Naming the column.
        """
        parse(spec.formula, self.source, spec.family, spec.link)

    def change(self, spec: ModelSpec | None) -> None:
        """Make a model the present one; what was undone before is forgotten."""
        self._settle()
        if spec == self.spec:
            # Notes take no part in equality, and belong to the newest way of saying the model.
            self._history = self._history.restate(spec)
        else:
            self._history = self._history.push(spec)

    def edit(self, request: Mapping[str, Any]) -> None:
        """Do what a click asks for.

        Raises
        ------
        FormulaError
            If the edit cannot be made; the model stays.
        """
        if self.spec is not None:
            self.change(apply_edit(self.spec, request, self.source.columns))
        elif request.get("edit") == "set-response" and request.get("value") in self.source.columns:
            self.change(ModelSpec(Name(request["value"])))
        else:
            raise FormulaError("Choose an outcome first.", code="no-outcome")

    def after(self, request: Mapping[str, Any]) -> Session | None:
        """Return the session as a click would leave it, this one stays as it is; None for other requests.

        Raises
        ------
        FormulaError
            If the click would be refused.
        """
        other = copy(self)
        match request.get("type"):
            case "edit":
                other.edit(request)
            case "undo":
                other.undo()
            case "redo":
                other.redo()
            case _:
                return None
        return other

    def type(self, text: str) -> None:
        """Take a formula that was typed; one that cannot be read is kept, to be mended."""
        try:
            spec = self.parse(text)
        except FormulaError as error:
            self._settle()
            self._draft = text, Problem("error", error.code, error.message, position=error.position)
        else:
            self.change(spec)

    def refuse(self, code: str, message: str) -> None:
        """Keep everything and say why what was asked for cannot be done."""
        self._refused = (Problem("warning", code, message),)

    def undo(self) -> None:
        """Go back to the model before the last change."""
        self._settle()
        self._history = self._history.undo()

    def redo(self) -> None:
        """Go forward to the model that was undone."""
        self._settle()
        self._history = self._history.redo()

    def replace_data(self, source: Source) -> None:
        """Go on with other data and what of the model their columns allow."""
        self._settle()
        spec = carry_over(self.spec, source.profiles)
        self.source, self._history = source, History((spec,))

    def is_earlier(self, fit: Fit) -> bool:
        """Whether a fit is of data that have been replaced."""
        return not self.source.has_made(fit.frame)

    def changed_since(self, fit: Fit) -> str | None:
        """Say what has changed since a fit; None when it is of this model and these data."""
        if self.is_earlier(fit):
            return (
                f"The data have changed since: these are the estimates of {fit.spec.formula} on earlier data."
            )
        if fit.spec != self.spec:
            return f"The model has changed since: these are the estimates of {fit.spec.formula}."
        return None

    def tell(self, shown: Any) -> Any:
        """Return what is to be shown with its texts in the words that were chosen."""
        return retell(shown, self.vocabulary, telling(self.source.columns))

    def view(self, live: bool = False) -> dict[str, Any]:
        """Return the ``View`` of ``js/src/protocol.ts``, with a number of its own.

        `live` says whether a posterior follows the model.
        """
        self._version += 1
        options: dict[str, Any] = {
            "version": self._version,
            "draft": self._draft,
            "extra": self._refused,
            "can_undo": self._history.can_undo,
            "can_redo": self._history.can_redo,
            "predictor": self._last_predictor(),
            "vocabulary": self.vocabulary,
            "live": live,
        }
        # A session and the one after a press share this: what was shown ahead is not worked out anew.
        wanted = (self.spec, self.spec and self.spec.notes, self.source, options)
        if self._viewed[:1] != [wanted]:
            self._viewed[:] = wanted, view(self.spec, self.source, **options)
        return self._viewed[1]

    def _settle(self) -> None:
        """Forget what was said about the last request."""
        self._draft, self._refused = None, ()
        if self.spec is not None and self.spec.notes:
            self._history = self._history.restate(replace(self.spec, notes=()))

    def _last_predictor(self) -> Term | None:
        """Return the predictor that was last in the model, so that presets go on with it."""
        for spec in reversed(self._history.states[: self._history.place + 1]):
            single = [t for t in spec.terms if len(t.variables) == 1] if spec else []
            if single:
                return single[0]
        return None
