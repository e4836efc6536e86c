"""The Jupyter widget: traits and messages around the library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.notation.latex import latex
from mlmwidget.notation.vocabulary import DEFAULT, VOCABULARIES, vocabulary_named
from mlmwidget.notation.words import words
from mlmwidget.problems import DataError, Problem
from mlmwidget.widget.candidates import candidates
from mlmwidget.widget.defaults import default_spec
from mlmwidget.widget.fit_history import Entry
from mlmwidget.widget.fits import Fits
from mlmwidget.widget.runs import Runs, read_plan, status
from mlmwidget.widget.session import Session
from mlmwidget.widget.source import Source
from mlmwidget.widget.texts import CHART, chart_texts, texts
from mlmwidget.widget.view import no_outcome

if TYPE_CHECKING:
    from mlmwidget.charts import Charts
    from mlmwidget.inference.compare import Comparison
    from mlmwidget.inference.fit import Fit

#: Most groups that a chart can be asked for by name.
MAX_CHOSEN = 24
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
    vocabulary
        ``"population-group"`` speaks of population- and group-level effects, ``"fixed-random"`` of fixed
        and random effects.

    Raises
    ------
    DataError
        If `data` is no data frame.
    FormulaError
        If `formula` cannot be read or names a column that the data do not have.
    TraitError
        If there is no such vocabulary.
    TypeError
        If there is no such argument.
    """

    _esm = _bundle("widget.js", NOT_BUILT)
    _css = _bundle("widget.css", "")

    # Written here only: the browser asks by messages (js/src/protocol.ts).
    candidates: t.List[dict[str, Any]] = t.List(read_only=True).tag(sync=True)
    view = t.Dict(read_only=True).tag(sync=True)
    status = t.Dict(read_only=True).tag(sync=True)
    report = t.Dict(read_only=True).tag(sync=True)
    out_of_date = t.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    fit_list = t.Dict(read_only=True).tag(sync=True)
    themes = t.Dict(read_only=True).tag(sync=True)

    spec = t.Instance(ModelSpec, allow_none=True, help="The model; observable and settable.")
    formula = t.Unicode(help="The model as lme4 formula; observable and settable.")
    vocabulary = t.Enum(
        tuple(VOCABULARIES), DEFAULT.name, help="Words for the two kinds of effects; observable and settable."
    )

    def __init__(
        self,
        data: Any,
        formula: str | None = None,
        *,
        family: str = "gaussian",
        link: str | None = None,
        live: bool = True,
        vocabulary: str = DEFAULT.name,
        **kwargs: Any,
    ):
        # Messages may come on the main thread or on a subshell's, results come on threads of their own.
        self._lock = threading.RLock()
        # Before the data are looked at: a widget whose data are refused is closed like any other.
        self._runs = Runs(self._show_status, self._take, self._prepare, live, self._lock)
        # traitlets would take an argument that is mistyped, and do nothing about it.
        unknown = [name for name in kwargs if not self.has_trait(name)]
        if unknown:
            raise TypeError(
                f"MLMWidget has no argument {unknown[0]!r}; it has data, formula, family, link, live and "
                "vocabulary."
            )
        source = Source(data)
        spec = default_spec(source.profiles) if formula is None else parse(formula, source, family, link)
        self._session = Session(source, spec)
        self._fits = Fits(self._session, self._put, self._lock)
        self._following = False
        super().__init__(**kwargs)
        self._show_status(status())
        self.vocabulary = vocabulary
        self._show_candidates()
        self._show()
        self.on_msg(self._on_message)

    def __reduce__(self) -> Any:
        raise TypeError(
            "A widget cannot be pickled: pickle a fit (w.result, w.fits), or w.formula and the data."
        )

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page sets of itself; what is written here only, it cannot overwrite."""
        ours = {"_esm", "_css", *(name for name, trait in self.traits(sync=True).items() if trait.read_only)}
        super().set_state({name: value for name, value in sync_data.items() if name not in ours})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.formula!r})"

    # The model, for people who write Python

    @property
    def data(self) -> Any:
        """The data frame; setting another keeps what of the model its columns allow."""
        return self._session.source.data

    @data.setter
    def data(self, data: Any) -> None:
        source = Source(data)
        with self._lock:
            self._session.replace_data(source)
            self._fits.reports.release()
            self._show_candidates()
            self._show()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What stands in the way of a fit, and what is worth knowing before it."""
        shown = self.view["problems"]
        return tuple(Problem(**{k: v for k, v in one.items() if k != "remedy"}) for one in shown)

    @property
    def frame(self) -> ModelFrame:
        """Response and design matrices of the model.

        Raises
        ------
        DataError
            If there is no model, or none can be built on these data.
        """
        source = self._session.source
        if self.spec is None:
            raise DataError(no_outcome(source))
        frame = source.frame(self.spec)
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
        return words(self.frame.spec, self.frame, vocabulary=self.vocabulary)

    def code(self, dialect: str = "mlmwidget") -> str:
        """Write a complete script of the same model for other software; see :func:`mlmwidget.code`."""
        from mlmwidget.export.code import code

        return code(self.frame.spec, self.frame, dialect)

    def undo(self) -> None:
        """Go back to the model before the last change."""
        with self._lock:
            self._session.undo()
            self._show()

    def redo(self) -> None:
        """Go forward to the model that was undone."""
        with self._lock:
            self._session.redo()
            self._show()

    # Fits

    @property
    def result(self) -> Fit | None:
        """The fit whose estimates are shown; None before the first."""
        return self._fits.shown

    @property
    def fits(self) -> tuple[Fit, ...]:
        """Every fit that was asked for or kept, oldest first."""
        return tuple(self.history.values())

    @property
    def history(self) -> dict[str, Fit]:
        """The same fits by their names, which can be edited on screen."""
        return self._fits.history.named

    def keep(self, name: str = "") -> Fit:
        """Put the live posterior that is shown into the history.

        Parameters
        ----------
        name
            What to call it; ``"Fit 1"``, ``"Fit 2"`` … when not given.

        Raises
        ------
        ValueError
            If no live posterior is shown, it is in the history already, or the name is another fit's.
        """
        return self._fits.keep(name)

    def recall(self, name: str) -> Fit:
        """Show a fit of the history again, its model included; the model before comes back with undo.

        Raises
        ------
        ValueError
            If no fit is called so, or the data have lost a column of its model.
        """
        with self._lock:
            entry = self._fits.history.called(name)
            self._recall(entry)
        return entry.fit

    def compare(self) -> Comparison:
        """Compare the fits of the history by leave-one-out, and show it; see :func:`mlmwidget.compare`.

        Fits that cannot be compared with the one that is shown (other rows, another outcome, point estimates)
        are left out, and the widget says why.

        Raises
        ------
        ValueError
            If there are not two fits that can be compared.
        """
        return self._fits.compare()

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
            As of :func:`mlmwidget.fit`: ``draws``, ``tune``, ``chains``, ``target_accept``, ``random_seed``
            and ``method`` (``"auto"``, the default, is exact where that is possible and PyMC elsewhere;
            ``"pymc"``, which the button takes, ``"exact"``, ``"laplace"``, ``"reml"`` or ``"ml"``).

        Raises
        ------
        DataError
            If there is no model, or none can be built on these data.
        ValueError
            If a setting makes no sense, or the method cannot fit this model.
        """
        return self._runs.fit_and_wait(self.frame, read_plan(settings, otherwise="auto"))

    def to_html(self, path: str | PathLike[str] | None = None, *, title: str | None = None) -> str | Path:
        """Write what is shown as one page for a class; see :meth:`mlmwidget.Fit.to_html`.

        Estimates that are on their way are waited for.

        Raises
        ------
        ValueError
            If there are no estimates, or the model has changed since they were made.
        """
        if not self._fits.reports.is_current:
            self._runs.wait_for_live()
        if self.result is None:
            raise ValueError("There is nothing to put on a page yet: press Fit, or call fit().")
        if not self._fits.reports.is_current:
            raise ValueError(
                f"The estimates are of {self.result.spec.formula}, and the model is "
                f"{self.formula or 'an empty one'} now: "
                "fit it first, or write the page of the old estimates by result.to_html()."
            )
        return self.result.to_html(path, title=title, vocabulary=self.vocabulary)

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
            self._read = self._session.parse(proposal["value"])
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
                self._session.check(spec)
            return spec

    @t.observe("spec")
    def _follow_spec(self, change: Mapping[str, Any]) -> None:
        with self._lock:
            if not self._following:
                self._change(change["new"])

    @t.observe("vocabulary")
    def _follow_vocabulary(self, change: Mapping[str, Any]) -> None:
        with self._lock:
            self._session.vocabulary = VOCABULARIES[change["new"]]
            self._show()
            self._fits.reports.show_again()

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
            "charts": self._on_charts,
            "page": self._on_page,
            "history": self._on_history,
            "vocabulary": self._on_vocabulary,
            "ahead": self._on_ahead,
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
                self._session.refuse("refused", str(error))
                self._show()
            except Exception as error:  # the widget stays alive whatever happens in one message
                kind = type(error).__name__
                self._session.refuse("internal", f"That did not work ({kind}: {error}). The model stays.")
                self._show()

    def _on_edit(self, request: dict[str, Any]) -> None:
        self._session.edit(request)
        self._show()

    def _on_ahead(self, request: dict[str, Any]) -> None:
        """Answer a press with what its click is going to show, and begin with the posterior of that model."""
        asked = request.get("request")
        try:
            after = self._session.after(asked) if isinstance(asked, dict) else None
        except FormulaError:
            return  # the click is going to say so
        if after is not None:
            self._runs.expect(after.frame)
            view = after.view(live=self._runs.live)
            self.send({"type": "ahead", "request": asked, "after": self.view["version"], "view": view})

    def _on_formula(self, request: dict[str, Any]) -> None:
        self._session.type(str(request.get("text", "")))
        self._show()

    def _on_fit(self, request: dict[str, Any]) -> None:
        settings = {key: value for key, value in request.items() if key != "type"}
        self._runs.fit(self.frame, read_plan(settings))

    def _on_copy(self, request: dict[str, Any]) -> None:
        what = request.get("what")
        known = texts(self.frame.spec, self.frame, self.result if self._fits.reports.is_current else None)
        if isinstance(what, str) and what.startswith(CHART):
            known |= chart_texts([what.removeprefix(CHART)], self._chart_code)
        if isinstance(what, str) and what in known:
            self.send({"type": "copy", "what": what, "text": known[what]()})

    def _chart_code(self, name: str) -> str:
        return self.charts.code(name, **self._fits.reports.options(name))

    def _on_charts(self, request: dict[str, Any]) -> None:
        names = request.get("names")
        if isinstance(names, list):
            self._fits.reports.open(name for name in names if isinstance(name, str))

    def _on_page(self, request: dict[str, Any]) -> None:
        name, page, groups = (request.get(key) for key in ("chart", "page", "groups"))
        if name != "pooling":
            return
        if isinstance(groups, list) and groups and all(isinstance(g, str) for g in groups):
            self._fits.reports.turn(name, {"groups": groups[:MAX_CHOSEN]})
        elif isinstance(page, int):
            self._fits.reports.turn(name, {"page": page})

    def _on_history(self, request: dict[str, Any]) -> None:
        if request.get("action") == "recall":
            self._recall(self._fits.history.find(request.get("fit")))
        else:
            self._fits.act(request)

    def _recall(self, entry: Entry) -> None:
        """Show a fit's report at once, and make its model the present one if the data still have it."""
        spec = entry.fit.spec
        self._fits.recall(entry)
        self._session.check(spec)
        self._change(spec)

    def _on_vocabulary(self, request: dict[str, Any]) -> None:
        self.vocabulary = vocabulary_named(str(request.get("value"))).name

    # What is shown

    def _change(self, spec: ModelSpec | None) -> None:
        self._session.change(spec)
        self._show()

    def _show(self) -> None:
        """Send everything that follows from the model in one message, then tell Python's observers."""
        shown = self._session.view(live=self._runs.live)
        self._put({"view": shown, **self._fits.traits()})
        self._following = True
        try:
            self.spec = self._session.spec
            self.formula = shown["formula"]
        finally:
            self._following = False
        self._follow()

    def _show_candidates(self) -> None:
        self._put({"candidates": candidates(self._session.source.profiles)})

    def _follow(self) -> None:
        """Let the exact posterior follow the model, unless its estimates are on screen already."""
        frame = self._session.frame
        if frame is not None and not self._fits.reports.is_current:
            self._runs.follow(frame)
        else:
            self._runs.settle(frame)

    def _prepare(self, fit: Fit) -> None:
        self._fits.reports.prepare(fit)

    def _take(self, fit: Fit, live: bool, wanted: Callable[[], bool]) -> None:
        self._fits.take(fit, live, wanted)

    def _show_status(self, status: dict[str, Any]) -> None:
        self._put({"status": status})

    def _put(self, traits: Mapping[str, Any]) -> None:
        """Set traits of the browser's, in one message."""
        with self._lock, self.hold_sync():
            for name, value in traits.items():
                self.set_trait(name, value)
