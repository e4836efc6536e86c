"""Altair charts of a fit, one module a plot: `tables` computes the numbers, the plot's module draws them."""

from mlmwidget.charts.charts import PLOTS, Charts, views
from mlmwidget.charts.theme import DARK, LIGHT

__all__ = ["DARK", "LIGHT", "PLOTS", "Charts", "views"]
