"""The words keep room for the figures of a live posterior."""

import pytest

import mlmwidget as mlm
from mlmwidget.model.priors import default_priors
from mlmwidget.notation.symbols import structure
from mlmwidget.widget.room import room


@pytest.mark.parametrize(
    ("dataset", "formula"),
    [
        ("sleepstudy", "Reaction ~ 1 + (1 | Subject)"),
        ("sleepstudy", "Reaction ~ Days + (1 + Days | Subject)"),
        ("radon", "log_radon ~ floor + (1 + floor || county)"),
        ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
        ("machines", "score ~ Machine + (1 + Machine | Worker)"),
    ],
)
def test_the_room_is_as_long_as_the_words_with_figures(dataset, formula):
    fit = mlm.fit(formula, getattr(mlm.datasets, dataset)(), method="exact", draws=200, random_seed=1)
    kept = room(structure(fit.spec, fit.frame), default_priors(fit.frame))
    figures, plain = (
        mlm.words(fit.spec, fit.frame, fit),
        mlm.words(fit.spec, fit.frame),
    )
    assert len(" ".join(kept)) == pytest.approx(len(figures), rel=0.04)
    assert len(figures) > 1.1 * len(plain)
    assert all(sentence.endswith(".") for sentence in kept)


def test_without_a_live_posterior_no_room_is_kept():
    data = mlm.datasets.sleepstudy()
    assert mlm.MLMWidget(data, live=False).view["room"] is None
    widget = mlm.MLMWidget(data, "Reaction ~ Days + (1 | Subject)")
    assert len(widget.view["room"]) == 4
    widget.close()
