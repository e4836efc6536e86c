"""All charts of a fit: for notebooks as Altair charts, for the widget as specifications and data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlmwidget.charts import (
    caterpillar,
    checks,
    group_size,
    pooling,
    population,
    priors,
    sampler,
    shrinkage,
    structure,
    variance,
)
from mlmwidget.charts.code import chart_code
from mlmwidget.charts.figure import Drawing, Figure, figure, quietly, subtitle
from mlmwidget.charts.highlight import highlighted, shown_parts
from mlmwidget.charts.plot import POOL, Page, Plot, Shape, sentences
from mlmwidget.charts.slider import ENDS
from mlmwidget.charts.tables.caterpillar import caterpillar as caterpillar_table
from mlmwidget.charts.tables.checks import checks as checks_table
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.group_size import group_size as group_size_table
from mlmwidget.charts.tables.pooling import pooling as pooling_table
from mlmwidget.charts.tables.population import population as population_table
from mlmwidget.charts.tables.priors import priors as priors_table
from mlmwidget.charts.tables.sampler import sampler as sampler_table
from mlmwidget.charts.tables.shrinkage import shrinkage as shrinkage_table
from mlmwidget.charts.tables.structure import structure as structure_table
from mlmwidget.charts.tables.variance import variance as variance_table
from mlmwidget.export.mlmwidget_script import fit_lines
from mlmwidget.export.model import ExportModel
from mlmwidget.notation.glossary import part_names
from mlmwidget.notation.symbols import structure as structure_of

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit


@dataclass(frozen=True, slots=True)
class _Entry:
    """How one plot is computed and drawn, and under which tab it stands."""

    table: Callable[..., Plot]
    draw: Callable[[Plot], Drawing]
    tab: str


_ENTRIES: dict[str, _Entry] = {
    "pooling": _Entry(pooling_table, pooling.draw, "Pooling"),
    "shrinkage": _Entry(shrinkage_table, shrinkage.draw, "Pooling"),
    "caterpillar": _Entry(caterpillar_table, caterpillar.draw, "Group effects"),
    "population": _Entry(population_table, population.draw, "Population"),
    "group_size": _Entry(group_size_table, group_size.draw, "Group size"),
    "variance": _Entry(variance_table, variance.draw, "Variance"),
    "structure": _Entry(structure_table, structure.draw, "Structure"),
    "checks": _Entry(checks_table, checks.draw, "Checks"),
    "sampler": _Entry(sampler_table, sampler.draw, "Sampler"),
    "priors": _Entry(priors_table, priors.draw, "Priors"),
}
#: Names of the plots, in the order in which they are offered.
PLOTS: tuple[str, ...] = tuple(_ENTRIES)


#: Plot → the tab that it stands under in the widget; plots that are looked at together share one.
TABS: dict[str, str] = {name: entry.tab for name, entry in _ENTRIES.items()}
#: Plots that show no estimates.
_DATA_ALONE = ("structure", "priors")


class Charts:
    """Charts of one fit, each an Altair chart of its own; ``a | b`` links their selections of groups.

    Parameters
    ----------
    fit
        The fit.
    """

    def __init__(self, fit: Fit):
        self._results = Results(fit)

    def pooling(self, groups: Sequence[str] | None = None, page: int = 0) -> Figure:
        """Each group's data with no, complete and partial pooling.

        Parameters
        ----------
        groups
            Levels of the first grouping factor to show; by default all, or 24 that show the range.
        page
            With more than 24 levels: 1 for the first 24 in their order, 2 for the next ones, and so on.

        Raises
        ------
        ValueError
            If a group is not a level, or there is nothing to draw.
        """
        return self._figure("pooling", groups=groups, page=page)

    def shrinkage(self) -> Figure:
        """Arrows from no pooling to partial pooling, with the estimated distribution of the groups."""
        return self._figure("shrinkage")

    def caterpillar(self, total: bool = False) -> Figure:
        """Sorted group effects with 50 % and 95 % intervals; a switch shows deviations or totals.

        Parameters
        ----------
        total
            Whether the switch stands at totals (population-level effect plus deviation) at first.
        """
        return self._figure("caterpillar", total=total)

    def population(self) -> Figure:
        """Group lines, the population's line with its 95 % band, and the data."""
        return self._figure("population")

    def group_size(self) -> Figure:
        """Estimates against the rows of each group, without pooling beside partial pooling."""
        return self._figure("group_size")

    def variance(self) -> Figure:
        """Shares of the variance with ICC and R², and posteriors of the standard deviations."""
        return self._figure("variance")

    def structure(self) -> Figure:
        """How rows are grouped: nested factors as a tree, crossed ones as a table."""
        return self._figure("structure")

    def checks(self) -> Figure:
        """Observed outcomes beside replicated ones: distribution, group means, residuals."""
        return self._figure("checks")

    def sampler(self) -> Figure:
        """Rank histograms of every parameter, chain by chain."""
        return self._figure("sampler")

    def priors(self) -> Figure:
        """Draw population lines from the priors alone, over the data."""
        return self._figure("priors")

    def data(self, name: str, **options: Any) -> dict[str, pd.DataFrame]:
        """Return the numbers that a chart draws, as data frames.

        Parameters
        ----------
        name
            Name of the chart, for example ``"pooling"``.
        **options
            As of the chart's own method.

        Returns
        -------
        dict
            Name of each data set → its rows.

        Raises
        ------
        ValueError
            If there is no such chart, or nothing to draw.
        """
        return {table: pd.DataFrame(rows) for table, rows in self._plot(name, options).data.items()}

    def code(self, name: str, **options: Any) -> str:
        """Write a script that draws a chart with Altair, complete and to be changed at will.

        Parameters
        ----------
        name
            Name of the chart, for example ``"pooling"``.
        **options
            As of the chart's own method.

        Raises
        ------
        ValueError
            If there is no such chart, or nothing to draw.
        """
        fit, plot = self._results.fit, self._plot(name, options)
        chosen = "".join(f", {option}={value!r}" for option, value in options.items() if value)
        return chart_code(
            _bare_spec(plot.shape),
            fit_lines(ExportModel(fit.spec, fit.frame), fit.method),
            f'fit.charts.data("{name}"{chosen})',
            plot.title,
            subtitle(plot),
        )

    def _figure(self, name: str, **options: Any) -> Figure:
        plot = self._plot(name, options)
        return figure(plot, _drawn(name, plot))

    def _plot(self, name: str, options: dict[str, Any]) -> Plot:
        if name not in _ENTRIES:
            raise ValueError(f"There is no chart {name!r}; choose one of {', '.join(PLOTS)}.")
        plot = _ENTRIES[name].table(self._results, **options)
        if plot.empty:
            raise ValueError(plot.note)
        # Such a chart stands alone; in the widget, the verdict above all of them says it.
        remark = None if name in _DATA_ALONE else self._results.fit.remark
        return replace(plot, note=sentences(remark, plot.note))


def views(
    fit: Fit, names: Iterable[str] = PLOTS, options: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Charts for the widget: entries of ``Chart`` in ``js/src/protocol.ts``.

    The specification holds neither data nor colours: it depends on the model and the shape of the data, so
    that an equal one means that new rows can go into the drawn view.

    Parameters
    ----------
    fit
        The fit.
    names
        Which plots, of :data:`PLOTS`.
    options
        Name of a plot → arguments of its method of :class:`Charts`.

    Returns
    -------
    list of dict
        ``name``, ``title``, ``description``, ``spec``, ``data``, ``note``, ``hints``, ``ends``, ``parts``,
        ``page``; a plot that cannot be drawn has an empty specification and says why in its note. The
        specification is to be read, not changed: all fits of the same model have it in common.
    """
    results = Results(fit)
    named = part_names(structure_of(fit.spec, fit.frame))
    given = options or {}
    return [_view(_ENTRIES[name].table(results, **given.get(name, {})), named) for name in names]


def _view(plot: Plot, named: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": plot.name,
        "tab": TABS[plot.name],
        "title": plot.title,
        "description": plot.description,
        "spec": {} if plot.empty else _spec(plot.shape),
        "data": plot.data,
        "note": plot.note,
        "hints": plot.hints,
        "ends": {POOL: list(ENDS)} if plot.directions else {},
        "parts": [{"part": part, "label": named[part]} for part in shown_parts(plot)],
        "page": None if plot.page is None else _turning(plot.name, plot.page),
    }


def _turning(name: str, page: Page) -> dict[str, Any]:
    """Say which groups a plot shows, with the requests for others."""

    def to(number: int) -> dict[str, Any] | None:
        return {"type": "page", "chart": name, "page": number} if 0 <= number <= page.last else None

    number = page.number
    return {
        "label": page.label,
        "previous": to(0) if number is None else to(number - 1),
        "next": to(1) if number is None else to(number + 1),
        "chosen": {"type": "page", "chart": name},
    }


@lru_cache(maxsize=128)
def _spec(shape: Shape) -> dict[str, Any]:
    """Specification of a view of the widget: the bare one, in which parts of the model can be pointed at."""
    return highlighted(_bare_spec(shape), _plot_of(shape))


@lru_cache(maxsize=128)
def _bare_spec(shape: Shape) -> dict[str, Any]:
    """Draw a plot of this shape, without data and looks; every fit of the same model has the same one."""
    spec = _drawn(shape.name, _plot_of(shape)).to_dict(validate=False)
    return {part: value for part, value in spec.items() if part not in ("datasets", "config")}


def _plot_of(shape: Shape) -> Plot:
    """Make a plot of a shape that has no rows."""
    return Plot(
        name=shape.name,
        version=shape.version,
        title="",
        titles=dict(shape.titles),
        data={name: [] for name in shape.data},
        panels=shape.panels,
        whole=shape.whole,
        sized=shape.sized,
        few=shape.few,
        directions=shape.directions,
        parts=dict(shape.parts),
        axes=shape.axes,
    )


def _drawn(name: str, plot: Plot) -> Drawing:
    with quietly():
        return _ENTRIES[name].draw(plot)
