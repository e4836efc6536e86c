"""The words as long as figures will make them, so that nothing below them moves when the figures come."""

from __future__ import annotations

from collections.abc import Iterator

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.parameters import places
from mlmwidget.formula.centring import contextual_pairs, difference_name
from mlmwidget.inference.choice import REMARKS, choose_live_method
from mlmwidget.model.priors import Priors
from mlmwidget.notation.phrases import joined
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.structure import Structure
from mlmwidget.notation.words import sentences

#: Posterior standard deviations are about this share of what a parameter could be: it decides the digits.
SHARE = 0.05
#: The correlation that takes most words: one that nothing is known of.
UNKNOWN = Estimate(0.0, 0.4, -0.66, 0.66)


def room(model: Structure, priors: Priors) -> list[str] | None:
    """Return the sentences of a model with figures of the usual length in place of its estimates.

    None where no live posterior is going to bring figures.

    Parameters
    ----------
    model, priors
        The model, on data; the priors say how large its parameters could be.
    """
    assert model.frame is not None
    method = choose_live_method(model.frame)
    if method is None:
        return None
    remark = [REMARKS[method]] if method in REMARKS else []
    said = [joined(sentence) for sentence in sentences(model, dict(_figures(model.frame, priors)))]
    return [*remark, *said]


def _figures(frame: ModelFrame, priors: Priors) -> Iterator[tuple[str, Estimate]]:
    for name, mean, sd in zip(frame.X_names, priors.beta_mean, priors.beta_sd, strict=True):
        # The prior's standard deviation is 2.5 times what a coefficient could be, either sign of it.
        yield name, _figure(float(mean or -sd / 2.5), float(sd) / 2.5)
    reach = dict(zip(frame.X_names, priors.beta_sd, strict=True))
    for terms in contextual_pairs(frame.spec).items():
        scales = [float(reach[t.label]) / 2.5 for t in terms if t.label in reach]
        if len(scales) == 2:
            yield difference_name(*terms), _figure(-max(scales), max(scales))
    for place in places(frame.groups):
        size = float(priors.sd_mean[place.group][place.row])
        yield place.name(frame), _figure(size, size) if place.kind == "sd" else UNKNOWN
    for name, own in (("sigma", priors.sigma_mean), ("shape", priors.shape_mean)):
        if own is not None:
            yield name, _figure(own, own)


def _figure(mean: float, scale: float) -> Estimate:
    sd = SHARE * scale
    return Estimate(mean, sd, mean - 2 * sd, mean + 2 * sd)
