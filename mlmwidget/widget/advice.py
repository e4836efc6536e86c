"""What to do about each problem of a run: the request that its button sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlmwidget.formula.spec import ModelSpec
from mlmwidget.inference.diagnostics import Finding
from mlmwidget.inference.point import PointEstimate
from mlmwidget.widget.edits import group_key
from mlmwidget.widget.form import edit

if TYPE_CHECKING:
    from mlmwidget.inference.fit import Fit

#: Share of the residual standard deviation below which a point estimate counts as zero.
ZERO = 1e-3
MOST_DRAWS = 100_000
#: Draws of a chain below which twice as many would hardly do.
USUAL_DRAWS = 1000


def advice(findings: Sequence[Finding], fit: Fit, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Problems of a run, each with the request of the button that does something about it.

    What one button does for several problems stands at the first of them.

    Parameters
    ----------
    findings
        The problems.
    fit
        The fit.
    names
        lme4's name of a parameter → its name in a sentence.
    """
    made: list[dict[str, Any]] = []
    for finding in findings:
        request = _remedy(finding.action, fit)
        if request in [other["request"] for other in made]:
            request = None
        text = finding.message.replace(finding.about, names.get(finding.about, finding.about), 1)
        made.append({"text": text[0].upper() + text[1:], "label": finding.label, "request": request})
    return made


def _remedy(action: str, fit: Fit) -> dict[str, Any] | None:
    match action:
        case "more-draws":
            return _again(fit, draws=min(max(2 * fit.draws.beta.shape[1], USUAL_DRAWS), MOST_DRAWS))
        case "target-accept":
            return _again(fit, target_accept=0.95)
        case "target-accept-99":
            return _again(fit, target_accept=0.99)
        case "pymc":
            return {"type": "fit"}
        case "uncorrelated":
            return _uncorrelated(fit)
        case "drop-zero":
            return _drop_zero(fit) or _uncorrelated(fit)
        case _:
            return _drop_slope(fit.spec)


def _again(fit: Fit, **changes: Any) -> dict[str, Any]:
    """Return the request of the same fit with other settings."""
    chains, draws = fit.draws.beta.shape[:2]
    same = {"type": "fit", "method": fit.method, "draws": draws, "chains": chains}
    target = fit.draws.attributes.get("target_accept")
    if target is not None:
        same["target_accept"] = target
    return same | changes


def _uncorrelated(fit: Fit) -> dict[str, Any] | None:
    """Return the request that leaves the first free correlations out; None when there are none."""
    for g, design in enumerate(fit.frame.groups):
        if design.correlated:
            return edit("set-correlated", group=group_key(fit.spec, g), value="||")
    return None


def _drop_zero(fit: Fit) -> dict[str, Any] | None:
    """Return the request that drops an effect whose standard deviation is estimated as zero."""
    point = fit.estimate
    assert isinstance(point, PointEstimate)
    for g, (design, sds) in enumerate(zip(fit.frame.groups, point.sd, strict=True)):
        group, key = fit.spec.groups[g], group_key(fit.spec, g)
        size = np.sqrt(np.mean(design.Z**2, axis=0))
        for sd, scale, term in zip(sds, size, design.column_terms, strict=True):
            if sd * scale > ZERO * point.sigma:
                continue
            if len(design.columns) == 1:
                return edit("remove-group", group=key)
            if term < 0:
                return edit("set-group-intercept", group=key, on=False)
            return edit("set-slope", group=key, term=group.terms[term].label, on=False)
    return None


def _drop_slope(spec: ModelSpec) -> dict[str, Any] | None:
    """Return the request that drops the last varying slope; None when there is none to drop."""
    for g in reversed(range(len(spec.groups))):
        group = spec.groups[g]
        if group.terms and (group.intercept or len(group.terms) > 1):
            return edit("set-slope", group=group_key(spec, g), term=group.terms[-1].label, on=False)
    return None
