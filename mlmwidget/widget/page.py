"""A fit as one page that needs neither Python nor a network: the widget's front end with a recorded state.

The policy of the page (``Content-Security-Policy``) lets nothing run but the one script whose hash it names,
and lets nothing load at all. Text from data stands in a data block, escaped so that it cannot end it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlmwidget import __version__
from mlmwidget.data.checks import preflight
from mlmwidget.formula.families import FAMILIES
from mlmwidget.notation.symbols import structure
from mlmwidget.notation.vocabulary import DEFAULT, Vocabulary, telling
from mlmwidget.widget.report import headline, report
from mlmwidget.widget.retell import retell
from mlmwidget.widget.texts import chart_texts, texts
from mlmwidget.widget.view import description, rows_sentence

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

STATIC = Path(__file__).parent.parent / "static"
#: What could end a script element or a line of script, written so that JSON reads it as before.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mlmwidget {version}">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="mlm-page">
<main id="mlmwidget"></main>
<noscript>This page draws its equations and plots with JavaScript, which is switched off.</noscript>
<script type="application/json" id="mlmwidget-record">{record}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def page(fit: Fit, title: str | None = None, vocabulary: Vocabulary = DEFAULT) -> str:
    """Return the page of a fit.

    Parameters
    ----------
    fit
        The fit.
    title
        Heading of the page; the formula when not given.
    vocabulary
        The words for the two kinds of effects.

    Raises
    ------
    ValueError
        If the interface is not built (a checkout without ``make``).
    """
    script, style = _built("widget.js"), _built("widget.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    made = record(fit, title, vocabulary)
    return PAGE.format(
        policy=policy,
        version=escape(__version__),
        title=escape(made["about"]["title"]),
        style=style,
        record=in_script(made),
        script=script,
    )


def record(fit: Fit, title: str | None = None, vocabulary: Vocabulary = DEFAULT) -> dict[str, Any]:
    """Return the ``Recorded`` of ``js/src/protocol.ts``: the widget's traits, and what can be copied."""
    from mlmwidget.charts import PLOTS
    from mlmwidget.charts.theme import DARK, LIGHT

    spec, frame = fit.spec, fit.frame
    shown = report(fit)
    problems = [problem.to_dict() for problem in preflight(spec, frame)]
    copies = texts(spec, frame, fit) | chart_texts(PLOTS, fit.charts.code)
    made = {
        "about": {"title": title or spec.formula, "facts": _facts(fit)},
        "view": {**description(structure(spec, frame), fit.priors, vocabulary), "problems": problems},
        # Nobody is there to make the other pages of a chart.
        "report": {**shown, "charts": [{**chart, "page": None} for chart in shown["charts"]]},
        "themes": {"light": LIGHT, "dark": DARK},
        "texts": {what: write() for what, write in copies.items()},
    }
    return retell(made, vocabulary, telling([*frame.rows.columns, made["about"]["title"]]))


def _facts(fit: Fit) -> list[dict[str, str]]:
    spec, frame = fit.spec, fit.frame
    # A factor may stand in several terms.
    sizes = {design.factor: len(design.levels) for design in frame.groups}
    groups = ", ".join(f"{factor} ({size})" for factor, size in sizes.items())
    facts = {
        "Data": f"{rows_sentence(frame, frame.n)} Groups: {groups}."
        if groups
        else rows_sentence(frame, frame.n),
        "Model": f"{FAMILIES[spec.family].label}, {spec.link} link",
        "Estimates": headline(fit),
        "Made": f"{date.today().isoformat()} with mlmwidget {__version__}",
    }
    return [{"label": label, "text": text} for label, text in facts.items()]


def in_script(value: Any) -> str:
    """Write a value as JSON that cannot leave the script element it stands in."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(ESCAPES)


def _hash(text: str) -> str:
    """Name a script or a style sheet to the policy of the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _built(name: str) -> str:
    path = STATIC / name
    if not path.exists():
        raise ValueError(
            "The interface of mlmwidget is not built: run `npm ci && npm run build` in its js folder."
        )
    return path.read_text(encoding="utf-8")
