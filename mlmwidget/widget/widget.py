"""The Jupyter widget: traits and messages around the library."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from mlmwidget.charts.theme import DARK, LIGHT
from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.notation.latex import latex
from mlmwidget.notation.words import words
from mlmwidget.problems import DataError, Problem
from mlmwidget.widget.defaults import carry_over, default_spec
from mlmwidget.widget.edits import apply_edit
from mlmwidget.widget.history import History
from mlmwidget.widget.runs import Runs, read_plan, status
from mlmwidget.widget.source import Source
from mlmwidget.widget.view import no_outcome, view

if TYPE_CHECKING:
    from mlmwidget.charts import Charts
    from mlmwidget.inference.fit import Fit

STATIC = Path(__file__).parent.parent / "static"
NOT_BUILT = """export default { render({ el }) {
  el.textContent = "The interface of mlmwidget is not built: run `npm ci && npm run build` in its js folder.";
} };"""


def _bundle(name: str, otherwise: str) -> Path | str:
    path = STATIC / name
    return path if path.exists() else otherwise


class MLMWidget(anywidget.AnyWidget):
    """Build a multilevel model by pointing or typing, fit it, and look at what pooling does.

    Parameters
    ----------
    data
        Any data frame that narwhals knows (pandas, polars, pyarrow, …), or a dict of columns.
    formula
        lme4 formula to start from; without one, a varying intercept for a plausible grouping column.
    family, link
        Distribution of the response and link function of `formula`.
    live
        Whether the exact posterior of Gaussian models follows every change without a fit.

    Raises
    ------
    DataError
        If `data` is no data frame.
    FormulaError
        If `formula` cannot be read or names a column that the data do not have.
    """

    _esm = _bundle("widget.js", NOT_BUILT)
    _css = _bundle("widget.css", "")

    # Written here only: the browser asks by messages (js/src/protocol.ts).
    columns: t.List[dict[str, Any]] = t.List(read_only=True).tag(sync=True)
    view = t.Dict(read_only=True).tag(sync=True)
    status = t.Dict(read_only=True).tag(sync=True)
    report = t.Dict(read_only=True).tag(sync=True)
    themes = t.Dict(read_only=True).tag(sync=True)

    spec = t.Instance(ModelSpec, allow_none=True, help="The model; observable and settable.")
    formula = t.Unicode(help="The model as lme4 formula; observable and settable.")

    def __init__(
        self,
        data: Any,
        formula: str | None = None,
        *,
        family: str = "gaussian",
        link: str | None = None,
        live: bool = True,
        **kwargs: Any,
    ):
        # Messages may come on the main thread or on a subshell's, results come on threads of their own.
        self._lock = threading.RLock()
        # Before the data are looked at: a widget whose data are refused is closed like any other.
        self._runs = Runs(self._show_status, self._show_fit, live, self._lock)
        self._source = Source(data)
        if formula is None:
            spec = default_spec(self._source.profiles)
        else:
            spec = parse(formula, self._source, family, link)
        self._following = False
        self._version = 0
        self._history: History[ModelSpec | None] = History((spec,))
        self._fit: Fit | None = None
        self._fits: list[Fit] = []
        self._reports = itertools.count(1)
        super().__init__(**kwargs)
        self.set_trait("themes", {"light": LIGHT, "dark": DARK})
        self.set_trait("status", status())
        self._show_columns()
        self._show(spec)
        self.on_msg(self._on_message)

    # The model, for people who write Python

    @property
    def data(self) -> Any:
        """The data frame; setting another keeps what of the model its columns allow."""
        return self._source.data

    @data.setter
    def data(self, data: Any) -> None:
        source = Source(data)
        with self._lock:
            self._source = source
            spec = carry_over(self.spec, source.profiles)
            self._history = History((spec,))
            self._show_columns()
            self._show(spec)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What stands in the way of a fit, and what is worth knowing before it."""
        return tuple(Problem(**problem) for problem in self.view["problems"])

    @property
    def frame(self) -> ModelFrame:
        """Response and design matrices of the model.

        Raises
        ------
        DataError
            If there is no model, or none can be built on these data.
        """
        if self.spec is None:
            raise DataError(no_outcome(self._source))
        frame = self._source.frame(self.spec)
        if isinstance(frame, DataError):
            raise frame
        return frame

    @property
    def model(self) -> Any:
        """The ``pymc.Model`` of the present spec and data."""
        from mlmwidget.model.priors import default_priors
        from mlmwidget.model.pymc import build_from_frame

        return build_from_frame(self.frame, default_priors(self.frame))

    def latex(self, style: str = "levels", **options: Any) -> str:
        """Write the model as equations; see :func:`mlmwidget.latex`."""
        return latex(self.frame.spec, self.frame, style, **options)

    def words(self) -> str:
        """Say the model in plain words; see :func:`mlmwidget.words`."""
        return words(self.frame.spec, self.frame)

    def undo(self) -> None:
        """Go back to the model before the last change."""
        with self._lock:
            self._walk(self._history.undo())

    def redo(self) -> None:
        """Go forward to the model that was undone."""
        with self._lock:
            self._walk(self._history.redo())

    # Fits

    @property
    def result(self) -> Fit | None:
        """The fit whose estimates are shown; None before the first."""
        return self._fit

    @property
    def fits(self) -> tuple[Fit, ...]:
        """Every fit that was asked for, oldest first."""
        return tuple(self._fits)

    @property
    def charts(self) -> Charts:
        """Altair charts of the fit that is shown.

        Raises
        ------
        ValueError
            If there is no fit yet.
        """
        if self.result is None:
            raise ValueError("There are no estimates yet: press Fit, or call fit().")
        return self.result.charts

    def fit(self, **settings: Any) -> Fit:
        """Fit the model, wait for it, and show it.

        Parameters
        ----------
        **settings
            ``draws``, ``tune``, ``chains``, ``target_accept``, ``random_seed`` and ``method``
            (``"pymc"``, the default, ``"exact"``, ``"reml"`` or ``"ml"``).

        Raises
        ------
        DataError
            If there is no model, or none can be built on these data.
        ValueError
            If a setting makes no sense, or the method cannot fit this model.
        """
        return self._runs.fit_and_wait(self.frame, read_plan(settings))

    def cancel(self) -> None:
        """Stop the fit that is running, if one is."""
        self._runs.cancel()

    def close(self) -> None:
        """Stop what is running and take the widget off the page."""
        self._runs.close()
        super().close()

    # Traits that Python may set

    @t.validate("formula")
    def _read_formula(self, proposal: Mapping[str, Any]) -> str:
        with self._lock:
            if self._following:
                return proposal["value"]
            # A text that cannot be read raises here, and the last good model stays.
            self._read = self._parse(proposal["value"])
            return self._read.formula

    @t.observe("formula")
    def _follow_formula(self, change: Mapping[str, Any]) -> None:
        with self._lock:
            if not self._following:
                self._change(self._read)

    @t.validate("spec")
    def _check_spec(self, proposal: Mapping[str, Any]) -> ModelSpec | None:
        spec: ModelSpec | None = proposal["value"]
        with self._lock:
            if spec is not None and not self._following:
                parse(spec.formula, self._source, spec.family, spec.link)
            return spec

    @t.observe("spec")
    def _follow_spec(self, change: Mapping[str, Any]) -> None:
        with self._lock:
            if not self._following:
                self._change(change["new"])

    # Messages of the browser

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "edit": self._on_edit,
            "formula": self._on_formula,
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "fit": self._on_fit,
            "cancel": lambda _: self.cancel(),
            "copy": self._on_copy,
        }
        kind = content.get("type") if isinstance(content, dict) else None
        handler = handlers.get(kind) if isinstance(kind, str) else None
        if handler is None:
            return
        with self._lock:
            self._runs.warm_up()
            try:
                handler(content)
            except (FormulaError, DataError, ValueError) as error:
                self._refuse("refused", str(error))
            except Exception as error:  # the widget stays alive whatever happens in one message
                kind = type(error).__name__
                self._refuse("internal", f"That did not work ({kind}: {error}). The model is as it was.")

    def _on_edit(self, request: dict[str, Any]) -> None:
        if self.spec is not None:
            self._change(apply_edit(self.spec, request, self._source.columns))
        elif request.get("edit") == "set-response":
            self._change(self._first_response(request.get("value")))
        else:
            raise FormulaError("Choose an outcome first.", code="no-outcome")

    def _on_formula(self, request: dict[str, Any]) -> None:
        text = str(request.get("text", ""))
        try:
            spec = self._parse(text)
        except FormulaError as error:
            problem = Problem("error", error.code, error.message, position=error.position)
            self._show(self.spec, draft=(text, problem))
        else:
            self._change(spec)

    def _on_fit(self, request: dict[str, Any]) -> None:
        settings = {key: value for key, value in request.items() if key != "type"}
        self._runs.fit(self.frame, read_plan(settings))

    def _on_copy(self, request: dict[str, Any]) -> None:
        texts = {"formula": lambda: self.formula, "latex": self.latex}
        what = request.get("what")
        if isinstance(what, str) and what in texts:
            self.send({"type": "copy", "what": what, "text": texts[what]()})

    # What is shown

    def _first_response(self, name: Any) -> ModelSpec:
        """Start a model from the choice of its outcome."""
        if name not in self._source.columns:
            raise FormulaError("Choose one of the columns as outcome.", code="bad-response")
        return ModelSpec(Name(name))

    def _parse(self, text: str) -> ModelSpec:
        """Read a formula; family and link stay as they are."""
        if self.spec is None:
            return parse(text, self._source)
        return parse(text, self._source, self.spec.family, self.spec.link)

    def _change(self, spec: ModelSpec | None) -> None:
        """Make a model the present one; what was undone before is forgotten."""
        if spec != self._history.present:
            self._history = self._history.push(spec)
        self._show(spec)

    def _walk(self, history: History[ModelSpec | None]) -> None:
        self._history = history
        self._show(history.present and replace(history.present, notes=()))

    def _refuse(self, code: str, message: str) -> None:
        """Keep the model and say why what was asked for cannot be done."""
        self._show(self.spec, extra=(Problem("warning", code, message),))

    def _show(
        self,
        spec: ModelSpec | None,
        draft: tuple[str, Problem] | None = None,
        extra: tuple[Problem, ...] = (),
    ) -> None:
        """Send everything that follows from a model in one message, then tell Python's observers."""
        self._version += 1
        shown = view(
            spec,
            self._source,
            version=self._version,
            draft=draft,
            extra=extra,
            can_undo=self._history.can_undo,
            can_redo=self._history.can_redo,
            predictor=self._last_predictor(),
        )
        changed = spec != self.spec or self._version == 1
        self._following = True
        try:
            self.set_trait("view", shown)
            self.spec = spec
            self.formula = shown["formula"]
        finally:
            self._following = False
        if changed:
            self._mark_report()
            self._follow()

    def _show_columns(self) -> None:
        names = ("name", "kind", "remark", "missing", "unique")
        self.set_trait("columns", [{n: getattr(c, n) for n in names} for c in self._source.profiles])

    def _follow(self) -> None:
        """Let the exact posterior follow the model, unless its estimates are on screen already."""
        if self.spec is None or (self._fit is not None and self._is_current(self._fit)):
            return
        frame = self._source.frame(self.spec)
        if isinstance(frame, ModelFrame):
            self._runs.follow(frame)

    def _is_current(self, fit: Fit) -> bool:
        """Whether a fit is of the model and the data on screen."""
        return fit.spec == self.spec and self._source.has_made(fit.frame)

    def _out_of_date(self, fit: Fit) -> str | None:
        if self._is_current(fit):
            return None
        return f"The model has changed since: these are the estimates of {fit.spec.formula}."

    def _mark_report(self) -> None:
        """Say on the report whether it still is of the model on screen."""
        if self._fit is None:
            return
        sentence = self._out_of_date(self._fit)
        if self.report.get("out_of_date") != sentence:
            self.set_trait("report", {**self.report, "out_of_date": sentence})

    def _show_status(self, status: dict[str, Any]) -> None:
        with self._lock:
            self.set_trait("status", status)

    def _show_fit(self, fit: Fit, live: bool) -> None:
        """Show a fit, on the thread of its run; estimates of the model on screen go first."""
        from mlmwidget.widget.report import report

        if live and not self._is_current(fit):
            return
        made = report(fit, number=next(self._reports), live=live)
        with self._lock:
            if not live:
                self._fits.append(fit)
            shown = self._fit
            if not self._is_current(fit) and (live or (shown is not None and self._is_current(shown))):
                return
            if live and shown in self._fits and shown is not None and self._is_current(shown):
                return
            self._fit = fit
            self.set_trait("report", {**made, "out_of_date": self._out_of_date(fit)})

    def _last_predictor(self) -> Term | None:
        """Return the predictor that was last in the model, so that presets go on with it."""
        for spec in reversed(self._history.states[: self._history.place + 1]):
            single = [t for t in spec.terms if len(t.variables) == 1] if spec else []
            if single:
                return single[0]
        return None
