"""The texts that can be copied: formula, equations, and scripts of the model and of its charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.notation.latex import STYLES, latex

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

#: What a copy request for the script of a chart begins with; the chart's name follows.
CHART = "chart:"
#: Language of a script → where it runs.
LANGUAGES = {
    "pymc": ("PyMC", "Python"),
    "bambi": ("Bambi", "Python"),
    "lme4": ("lme4", "R"),
    "brms": ("brms", "R"),
    "rstanarm": ("rstanarm", "R"),
    "mlmwidget": ("mlmwidget", "Python"),
}


def code_choices() -> list[dict[str, Any]]:
    """Return the languages in which the model can be copied.

    Writing all scripts to learn whether they can be written would slow every click: a script that cannot
    be written says so in its own place.
    """
    return [
        {"value": name, "label": label, "remark": remark, "reason": None}
        for name, (label, remark) in LANGUAGES.items()
    ]


def texts(spec: ModelSpec, frame: ModelFrame, fit: Fit | None = None) -> dict[str, Callable[[], str]]:
    """Return what can be copied: the ``what`` of a copy request → what writes the text.

    Equations are ``latex:STYLE``, followed by ``:priors`` to list them and by ``:values`` for numbers in
    place of symbols, which need the `fit` of the model.
    """
    return {
        "formula": lambda: spec.formula,
        "latex": partial(latex, spec, frame),
        **{
            f"latex:{style}{':priors' * priors}{':values' * (numbers is not None)}": partial(
                latex, spec, frame, style, priors=priors, fit=numbers
            )
            for style in STYLES
            for priors in (False, True)
            for numbers in ((None,) if fit is None else (None, fit))
        },
        **{name: partial(script, partial(_code, spec, frame, name)) for name in LANGUAGES},
    }


def chart_texts(names: Iterable[str], code: Callable[[str], str]) -> dict[str, Callable[[], str]]:
    """Return the scripts of charts, by the ``what`` of their copy requests; `code` writes that of a name."""
    return {f"{CHART}{name}": partial(script, partial(code, name)) for name in names}


def _code(spec: ModelSpec, frame: ModelFrame, dialect: str) -> str:
    # The languages come with the first script, not with the widget.
    from mlmwidget.export.code import code

    return code(spec, frame, dialect)


def script(write: Callable[[], str]) -> str:
    """Write a script; why there can be none becomes a comment in its place."""
    try:
        return write()
    except ValueError as error:
        return f"# {error}"
