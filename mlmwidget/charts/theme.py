"""Looks of the charts: Vega configurations for light and dark backgrounds.

No chart carries a colour. Marks name a style and scales take the ranges of the configuration, so a drawn
chart changes its looks with its configuration. ``range.category`` is in the order no, complete, partial
pooling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'


@dataclass(frozen=True, slots=True)
class _Palette:
    """Colours of one theme."""

    text: str
    quiet: str
    grid: str
    line: str
    arrow: str
    box: str
    point: str
    no: str
    complete: str
    partial: str
    ellipse: str
    ramp: tuple[str, str]
    others: tuple[str, ...]


_LIGHT = _Palette(
    text="#1f2430",
    quiet="#6b7280",
    grid="#eceef2",
    line="#c9cdd6",
    arrow="#a4abb8",
    box="#edf2ff",
    point="#8b919d",
    no="#e8590c",
    complete="#868e96",
    partial="#3b5bdb",
    ellipse="#91a7ff",
    ramp=("#edf2ff", "#3b5bdb"),
    others=("#2b8a3e", "#9c36b5", "#1098ad", "#f08c00", "#495057"),
)
_DARK = _Palette(
    text="#e8eaf0",
    quiet="#9ba3b2",
    grid="#2b303b",
    line="#4b5262",
    arrow="#6d7588",
    box="#262e47",
    point="#8f97a6",
    no="#ff922b",
    complete="#9aa2ae",
    partial="#8aa2ff",
    ellipse="#5c74d6",
    ramp=("#232a40", "#8aa2ff"),
    others=("#69db7c", "#da77f2", "#3bc9db", "#ffd43b", "#ced4da"),
)


def _config(c: _Palette) -> dict[str, Any]:
    """Vega-Lite configuration of a palette."""
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": c.quiet,
            "titleColor": c.quiet,
            "gridColor": c.grid,
            "domainColor": c.line,
            "tickColor": c.line,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "titleLimit": 320,
            "labelSeparation": 5,
            "tickSize": 4,
        },
        "header": {"labelColor": c.text, "titleColor": c.text, "labelFontSize": 11, "labelPadding": 4},
        "legend": {
            "labelColor": c.text,
            "titleColor": c.quiet,
            "labelFontSize": 12,
            "titleFontWeight": "normal",
            "symbolStrokeWidth": 2,
        },
        "title": {
            "anchor": "start",
            "color": c.text,
            "limit": 900,
            "fontSize": 13,
            "fontWeight": 600,
            "offset": 12,
            "subtitleColor": c.quiet,
            "subtitleFontSize": 11,
            "subtitlePadding": 5,
        },
        "range": {
            "ordinal": [c.partial, *c.others],
            "category": [c.no, c.complete, c.partial, *c.others],
            # Counts of data are as grey as single points are, beside estimates in colour.
            "ramp": [c.grid, c.point],
            "heatmap": list(c.ramp),
        },
        "style": _styles(c),
    }


def _styles(c: _Palette) -> dict[str, Any]:
    """Named mark styles."""
    return {
        "points": {"color": c.point, "filled": True, "size": 16},
        "no": {"color": c.no, "filled": False, "strokeWidth": 1.8},
        "partial": {"color": c.partial, "filled": True},
        "partial-line": {"color": c.partial, "strokeWidth": 2},
        "interval": {"color": c.partial, "strokeWidth": 1.2},
        "interval50": {"color": c.partial, "strokeWidth": 3.4},
        "band": {"color": c.partial, "opacity": 0.16},
        "arrow": {"color": c.arrow, "strokeWidth": 1},
        "ellipse": {"color": c.ellipse, "strokeWidth": 1},
        "population": {"color": c.text, "strokeWidth": 2.8},
        "population-mark": {"color": c.text, "filled": True, "opacity": 0.85},
        # An edge, as group lines hide a pale surface.
        "population-band": {
            "color": c.text,
            "fillOpacity": 0.16,
            "stroke": c.text,
            "strokeWidth": 1,
            "strokeOpacity": 0.5,
        },
        "reference": {"color": c.quiet, "strokeWidth": 1.2, "strokeDash": [5, 4]},
        "groups": {"color": c.partial, "strokeWidth": 1},
        "prior": {"color": c.quiet, "strokeWidth": 1.4, "strokeDash": [4, 3]},
        "label": {"color": c.quiet, "fontSize": 11, "limit": 130},
        "axis-note": {"font": FONT, "fill": c.quiet, "fontSize": 12, "fontWeight": "normal"},
        "panel-title": {"font": FONT, "fill": c.text, "fontSize": 12, "fontWeight": "normal"},
        "lit": {"stroke": c.text, "strokeWidth": 2},
        "box": {"color": c.box, "stroke": c.line, "strokeWidth": 0.8},
    }


LIGHT: dict[str, Any] = _config(_LIGHT)
DARK: dict[str, Any] = _config(_DARK)
