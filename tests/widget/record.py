"""Records what Python sends, for the tests of the interface: they run on nothing that Python does not say.

``python tests/widget/record.py`` renews the files in ``js/src/test/recorded/``; ``test_recorded.py`` says
when that is needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlmwidget import MLMWidget, datasets
from mlmwidget.charts import DARK, LIGHT
from mlmwidget.inference.nuts import Chain, Progress
from mlmwidget.widget.report import report
from mlmwidget.widget.runs import status

FOLDER = Path(__file__).parents[2] / "js" / "src" / "test" / "recorded"
INTERCEPT = "Reaction ~ Days + (1 | Subject)"
CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
UNCORRELATED = "Reaction ~ Days + (1 + Days || Subject)"


def recorded() -> dict[str, Any]:
    """Name of a file → what stands in it, as in ``js/src/protocol.ts``."""
    return {**_views(), "report": _report(), **_statuses(), "themes": {"light": LIGHT, "dark": DARK}}


def _views() -> dict[str, Any]:
    """Views of one widget, as a person goes from model to model and mistypes the last one."""
    widget = MLMWidget(datasets.sleepstudy(), INTERCEPT, live=False)
    views = {"intercept": widget.view}
    for name, formula in (("uncorrelated", UNCORRELATED), ("correlated", CORRELATED)):
        widget.formula = formula
        views[name] = widget.view
    widget._on_formula({"text": CORRELATED.removesuffix(")")})
    views["unreadable"] = widget.view
    widget.close()
    return views


def _report() -> dict[str, Any]:
    """Return the report of the correlated model, its charts announced only."""
    widget = MLMWidget(datasets.sleepstudy(), CORRELATED, live=False)
    fit = widget.fit(method="exact", draws=250, random_seed=1)
    del fit.draws.attributes["seconds"]  # the only thing that is never the same again
    made = report(fit, number=1, live=True, names=[])
    widget.close()
    return made


def _statuses() -> dict[str, Any]:
    draws = (720, 655, 700, 535)
    chains = tuple(Chain(n, 1500, 2 * (k == 3), k == 3) for k, n in enumerate(draws))
    progress = Progress("sampling", chains, 3.2, 4.1)
    return {"idle": status(), "sampling": status("sampling", 1, progress=progress)}


def text_of(value: Any) -> str:
    """Write a value as it stands in its file."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, value in recorded().items():
        (FOLDER / f"{name}.json").write_text(text_of(value), encoding="utf-8")
