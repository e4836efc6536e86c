"""Fit a model and ask the fit for tables, draws and charts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.inference import estimates as tables
from mlmwidget.inference import summary as summaries
from mlmwidget.inference.choice import REMARKS, Method, choose_method
from mlmwidget.inference.diagnostics import Diagnosis, diagnose, diagnose_point
from mlmwidget.inference.nuts import Settings
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.posterior import Draws, to_dataset, to_datatree
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.vocabulary import DEFAULT, vocabulary_named

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mlmwidget.charts import Charts
    from mlmwidget.inference.loo import LeaveOneOut

TABLES = {
    "summary": summaries.summary,
    "estimates": tables.estimates,
    "effects": tables.effects,
    "varcorr": summaries.varcorr,
}


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    frame
        The data as the model sees them.
    priors
        The priors that were used (of no meaning to ``"reml"`` and ``"ml"``).
    method
        ``"pymc"``, ``"exact"``, ``"laplace"``, ``"reml"`` or ``"ml"``.
    estimate
        What the method gave: draws of the posterior, or lme4's kind of point estimate.
    """

    frame: ModelFrame
    priors: Priors
    method: str
    estimate: Draws | PointEstimate

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.frame.spec

    @property
    def draws(self) -> Draws:
        """Draws of the posterior as arrays.

        Raises
        ------
        ValueError
            If the method gives a point estimate.
        """
        if isinstance(self.estimate, PointEstimate):
            raise ValueError(
                f'A fit by method="{self.method}" is a point estimate and has no posterior. '
                'Fit with method="exact" or method="pymc" for draws.'
            )
        return self.estimate

    @cached_property
    def posterior(self) -> xr.Dataset:
        """Draws with names, dims and coords (see :func:`mlmwidget.inference.posterior.to_dataset`)."""
        return to_dataset(self.draws, self.frame)

    @cached_property
    def idata(self) -> xr.DataTree:
        """ArviZ's data tree: ``posterior``, ``sample_stats`` and ``observed_data``."""
        return to_datatree(self.draws, self.frame)

    def summary(self, interval: float = 0.95) -> pd.DataFrame:
        """One row a parameter, under lme4's names such as ``"sd_(Intercept)|Subject"``.

        Parameters
        ----------
        interval
            Probability of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            Columns ``mean``, ``sd``, ``lower``, ``upper``, ``ess_bulk``, ``ess_tail``, ``r_hat``.
        """
        return self._table("summary", interval)

    def contextual_effects(self, interval: float = 0.95) -> dict[str, Estimate]:
        """Return how far effects between groups exceed those within them, where both are in the model.

        Returns
        -------
        dict
            By the difference of the two terms, for example ``"ave(x, g) - I(x - ave(x, g))"``.
        """
        return summaries.contextual_effects(self.estimate, self.frame, interval)

    def estimates(self, interval: float = 0.95) -> pd.DataFrame:
        """Tabulate totals of every group under complete, no and partial pooling (tidy)."""
        return self._table("estimates", interval)

    def totals(self, interval: float = 0.95) -> list[tables.Totals]:
        """Return what :meth:`estimates` tabulates as arrays, one object a grouping factor; computed once."""
        if interval not in self._arrays:
            self._arrays[interval] = tables.totals(self.estimate, self.frame, interval)
        return self._arrays[interval]

    def effects(self, interval: float = 0.95) -> pd.DataFrame:
        """Tabulate deviations of every group from the population (tidy)."""
        return self._table("effects", interval)

    def varcorr(self, interval: float = 0.95) -> pd.DataFrame:
        """Tabulate standard deviations and correlations, the residual one included (tidy)."""
        return self._table("varcorr", interval)

    @cached_property
    def _tables(self) -> dict[tuple[str, float], pd.DataFrame]:
        return {}

    @cached_property
    def _arrays(self) -> dict[float, list[tables.Totals]]:
        return {}

    def _table(self, name: str, interval: float) -> pd.DataFrame:
        """Return a copy of a table that is computed once: charts, words and reprs ask for it often."""
        if (name, interval) not in self._tables:
            self._tables[name, interval] = TABLES[name](self.estimate, self.frame, interval)
        return self._tables[name, interval].copy()

    def diagnostics(self) -> Diagnosis:
        """Say in a sentence whether the draws can be trusted, and what is wrong with them."""
        if isinstance(self.estimate, PointEstimate):
            return diagnose_point(self.estimate)
        if self.remark is not None:
            from mlmwidget.inference.approximate.diagnosis import diagnose_approximation

            return diagnose_approximation(self.estimate, self.frame)
        return diagnose(self.estimate, self.summary(), self.frame)

    def loo(self) -> LeaveOneOut:
        """Estimate by leave-one-out how well the model predicts rows that it has not seen; computed once.

        Returns
        -------
        LeaveOneOut
            ``elpd``, ``se``, ``p_loo``, ``pointwise``, ``pareto_k``. Gaussian models integrate the group
            effects out; the others rest on the draws, and say how far that can be trusted.

        Raises
        ------
        ValueError
            If the fit is a point estimate, which has no posterior to leave a row out of.
        """
        return self._loo

    @cached_property
    def _loo(self) -> LeaveOneOut:
        from mlmwidget.inference.loo import leave_one_out

        if isinstance(self.estimate, PointEstimate):
            raise ValueError(
                f'A fit by method="{self.method}" is a point estimate, and leave-one-out needs a posterior. '
                'Fit with method="exact" or method="pymc".'
            )
        return replace(leave_one_out(self.frame, self.priors, self.estimate), remark=self.remark)

    @property
    def remark(self) -> str | None:
        """Sentence that must stand with every number of an approximate fit; None for other fits."""
        return REMARKS.get(self.method)

    @cached_property
    def charts(self) -> Charts:
        """Altair charts of this fit."""
        from mlmwidget.charts import Charts

        return Charts(self)

    def to_html(
        self,
        path: str | PathLike[str] | None = None,
        *,
        title: str | None = None,
        vocabulary: str = DEFAULT.name,
    ) -> str | Path:
        """Write one page with equations, words, table, linked plots and the pooling slider.

        The page needs neither Python nor a network: it holds the interface (1.3 MB) and the data of the
        charts, which are aggregated or sampled where there are many rows. It holds rows of the data.

        Parameters
        ----------
        path
            File to write; without one the text is returned.
        title
            Heading of the page; the formula when not given.
        vocabulary
            The words for the two kinds of effects; see :func:`mlmwidget.words`.

        Returns
        -------
        str or pathlib.Path
            The page, or the path that was written.

        Raises
        ------
        ValueError
            If the interface is not built, or there is no such vocabulary.
        """
        from mlmwidget.widget.page import page

        text = page(self, title, vocabulary_named(vocabulary))
        if path is None:
            return text
        Path(path).write_text(text, encoding="utf-8")
        return Path(path)

    def __repr__(self) -> str:
        return (
            f"{self._headline}\n{self.summary().round(3).to_string(na_rep='–', max_rows=40)}\n{self._verdict}"
        )

    def _repr_html_(self) -> str:
        table = self.summary().round(3).to_html(na_rep="–", border=0, escape=True, max_rows=40)
        return f"<p>{escape(self._headline)}</p>{table}<p>{escape(self._verdict)}</p>"

    @property
    def _headline(self) -> str:
        groups = [f"{len(g.levels)} {g.factor}" for g in self.frame.groups]
        method = self.method if self.remark is None else f"{self.method}, approximate"
        return f"{self.spec.formula}  ({', '.join([f'{self.frame.n} rows', *groups])}; {method})"

    @property
    def _verdict(self) -> str:
        diagnosis = self.diagnostics()
        return " ".join([diagnosis.verdict, *(f.message for f in diagnosis.findings)])


def fit(
    formula: str | ModelSpec,
    data: Any,
    *,
    family: str | None = None,
    method: Method = "auto",
    draws: int = 1000,
    tune: int | None = None,
    chains: int = 4,
    random_seed: int | None = None,
    progress: bool = True,
    priors: Priors | None = None,
    weights: str | None = None,
    target_accept: float = 0.9,
) -> Fit:
    """Fit a multilevel model.

    Parameters
    ----------
    formula
        R formula text such as ``"Reaction ~ Days + (Days | Subject)"``, or a specification.
    data
        Any data frame.
    family
        Family of a formula text; Gaussian when not given.
    method
        ``"pymc"`` (NUTS on the PyMC model), ``"exact"`` (the same posterior by integrating the effects
        out, for Gaussian models), ``"laplace"`` (a quick approximation for the other families, which says
        so wherever it is shown), ``"reml"`` or ``"ml"`` (lme4's estimates); ``"auto"`` is exact where
        that is possible and PyMC elsewhere.
    draws, chains
        Draws kept of each chain, and the number of chains.
    tune
        Tuning draws of each chain (``"pymc"`` only); as many as draws, 500 at least, when not given.
    random_seed
        Seed.
    progress
        Whether to show progress where there is a terminal or notebook to show it in.
    priors
        Priors in data units; the defaults of :func:`mlmwidget.default_priors` when not given.
    weights
        Name of a column of weights: the residual variance of a row is σ² divided by its weight.
    target_accept
        Acceptance probability that NUTS tunes its steps to (``"pymc"`` only).

    Returns
    -------
    Fit

    Raises
    ------
    FormulaError, DataError
        If the formula or the data cannot be used.
    ValueError
        If a setting makes no sense, or the method cannot fit this model.
    """
    from mlmwidget.data.build import model_frame

    methods = get_args(Method.__value__)
    if method not in methods:
        raise ValueError(f"There is no method {method!r}; use one of {', '.join(methods)}.")
    settings = Settings(draws, tune, chains, random_seed, target_accept)
    frame = model_frame(formula, data, family=family, weights=weights)
    return fit_frame(frame, priors or default_priors(frame), method, settings, progress)


def fit_frame(
    frame: ModelFrame,
    priors: Priors,
    method: Method,
    settings: Settings,
    progress: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Fit:
    """Fit a model frame (see :func:`fit`).

    Once `cancelled` says yes, the exact engine stops and raises :class:`~mlmwidget.inference.nuts.Cancelled`;
    the other methods take no notice.
    """
    if method == "auto":
        return _fit_automatically(frame, priors, settings, progress)
    if method == "pymc":
        from mlmwidget.inference.jobs import sample_blocking

        return Fit(frame, priors, method, sample_blocking(frame, priors, settings, progress))
    if method == "laplace":
        from mlmwidget.inference.approximate import engine

        return Fit(frame, priors, method, engine.sample(frame, priors, **settings.independent))
    _refuse_unsupported(frame, method)
    if method == "exact":
        return Fit(frame, priors, method, _sample_exactly(frame, priors, settings, cancelled))
    from mlmwidget.inference.exact.reml import estimate

    return Fit(frame, priors, method, estimate(frame, reml=method == "reml"))


def _fit_automatically(frame: ModelFrame, priors: Priors, settings: Settings, progress: bool) -> Fit:
    """Fit exactly where that is possible and turns out well, by PyMC elsewhere."""
    from mlmwidget.inference.exact.engine import NotExactError

    if choose_method(frame) == "exact":
        with suppress(NotExactError):
            return Fit(frame, priors, "exact", _sample_exactly(frame, priors, settings))
    return fit_frame(frame, priors, "pymc", settings, progress)


def _sample_exactly(
    frame: ModelFrame, priors: Priors, settings: Settings, cancelled: Callable[[], bool] = lambda: False
) -> Draws:
    from mlmwidget.inference.exact import engine

    return engine.sample(frame, priors, **settings.independent, cancelled=cancelled)


def _refuse_unsupported(frame: ModelFrame, method: str) -> None:
    from mlmwidget.inference.exact import engine

    reason = engine.supports(frame, method)
    if reason is not None:
        raise ValueError(f'method="{method}" cannot fit this model: {reason} Use method="pymc".')
