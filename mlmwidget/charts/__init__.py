"""Altair charts of a fit, one module a plot."""
