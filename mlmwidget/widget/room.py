"""The words as long as figures will make them, so that nothing below them moves when the figures come."""

from __future__ import annotations

from collections.abc import Iterator

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.centring import contextual_pairs, difference_name
from mlmwidget.model.priors import Priors
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.words import sentences

#: Posterior standard deviations are about this share of what a parameter could be: it decides the digits.
SHARE = 0.05
#: The correlation that takes most words: one that nothing is known of.
UNKNOWN = Estimate(0.0, 0.4, -0.66, 0.66)


def room(frame: ModelFrame, priors: Priors) -> list[str]:
    """Return the sentences of a model with figures of the usual length in place of its estimates.

    Parameters
    ----------
    frame, priors
        Of the model; the priors say how large its parameters could be.
    """
    said: list[str] = []
    going_on = False
    for text, _ in sentences(frame.spec, frame, dict(_figures(frame, priors))):
        if going_on:
            said[-1] += f" {text}"
        else:
            said.append(text)
        going_on = not text.endswith(".")
    return said


def _figures(frame: ModelFrame, priors: Priors) -> Iterator[tuple[str, Estimate]]:
    for name, mean, sd in zip(frame.X_names, priors.beta_mean, priors.beta_sd, strict=True):
        # The prior's standard deviation is 2.5 times what a coefficient could be, either sign of it.
        yield name, _figure(float(mean or -sd / 2.5), float(sd) / 2.5)
    reach = dict(zip(frame.X_names, priors.beta_sd, strict=True))
    for terms in contextual_pairs(frame.spec).items():
        scales = [float(reach[t.label]) / 2.5 for t in terms if t.label in reach]
        if len(scales) == 2:
            yield difference_name(*terms), _figure(-max(scales), max(scales))
    for group, design, sds in zip(frame.spec.group_names, frame.groups, priors.sd_mean, strict=True):
        for name, sd in zip(design.columns, sds, strict=True):
            yield f"sd_{name}|{group}", _figure(float(sd), float(sd))
        for i, one in enumerate(design.columns):
            for other in design.columns[i + 1 :] if design.correlated else ():
                yield f"cor_{other}.{one}|{group}", UNKNOWN
    for name, size in (("sigma", priors.sigma_mean), ("shape", priors.shape_mean)):
        if size is not None:
            yield name, _figure(size, size)


def _figure(mean: float, scale: float) -> Estimate:
    sd = SHARE * scale
    return Estimate(mean, sd, mean - 2 * sd, mean + 2 * sd)
