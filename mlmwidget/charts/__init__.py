"""Altair charts of a fit, one module a plot: `tables` computes the numbers, the plot's module draws them.

Altair is imported with the first chart, so that the themes can be read without it.
"""

from typing import TYPE_CHECKING, Any

from mlmwidget.charts.theme import DARK, LIGHT

__all__ = ["DARK", "LIGHT", "PLOTS", "TABS", "Charts", "views"]


def __getattr__(name: str) -> Any:
    if name in ("PLOTS", "TABS", "Charts", "views"):
        from mlmwidget.charts.quick import import_jsonschema

        import_jsonschema()
        from mlmwidget.charts import charts

        return getattr(charts, name)
    raise AttributeError(f"module 'mlmwidget.charts' has no attribute {name!r}")


if TYPE_CHECKING:
    from mlmwidget.charts.charts import PLOTS, TABS, Charts, views
