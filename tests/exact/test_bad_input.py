"""Data that nobody should have: a stable answer or a sentence, never a warning or a number that is none."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import mlmwidget as mlm
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.sums import make_sums
from mlmwidget.problems import DataError


def frame_of(n_groups=6, size=5):
    """Groups of a varying intercept, with a predictor."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(n_groups), size)
    x = rng.normal(size=len(g))
    y = 1 + x + rng.normal(size=n_groups)[g] + rng.normal(size=len(g))
    return pd.DataFrame({"y": y, "x": x, "g": [f"g{i}" for i in g]})


DATA = frame_of()
FOURTH = np.arange(len(DATA)) == 3
SINGLE = [f"r{i}" for i in range(len(DATA))]
PAIRS = [f"p{i // 2}" for i in range(len(DATA))]
MEANS = DATA.groupby("g").y.transform("mean")
NOISE = np.random.default_rng(1)
SLOPES = "y ~ x + (x | g)"
ANSWERED = {
    "one row per group": ("y ~ x + (1 | g)", DATA.assign(g=SINGLE)),
    "one row per group, slopes": (SLOPES, DATA.assign(g=SINGLE)),
    "one tiny value of a predictor": (SLOPES, DATA.assign(x=DATA.x.mask(FOURTH, 1e-300))),
    "duplicate columns": ("y ~ x + z + (1 | g)", DATA.assign(z=DATA.x)),
    "duplicate varying slopes": ("y ~ x + z + (x + z | g)", DATA.assign(z=DATA.x)),
    "nearly duplicate columns": (
        "y ~ x + z + (x + z | g)",
        DATA.assign(z=DATA.x + 1e-9 * NOISE.normal(size=len(DATA))),
    ),
    "more effects than rows": ("y ~ x + (x + I(x^2) + I(x^3) | g)", DATA.assign(g=PAIRS)),
    "two groups": (SLOPES, DATA.assign(g=np.where(np.arange(len(DATA)) < 15, "a", "b"))),
    "two rows": ("y ~ 1 + (1 | g)", DATA.iloc[[0, 7]]),
    "three rows": ("y ~ x + (1 | g)", DATA.iloc[[0, 7, 9]]),
    "a predictor that is the group": ("y ~ g + (1 | g)", DATA),
    "a constant predictor": (SLOPES, DATA.assign(x=2.0)),
    "a varying slope of zeros": ("y ~ 1 + (0 + x | g)", DATA.assign(x=0.0)),
    "an outcome far from zero": (SLOPES, DATA.assign(y=DATA.y + 1e10)),
    "a predictor far from zero": (SLOPES, DATA.assign(x=DATA.x + 1e10)),
    "a binary outcome": (SLOPES, DATA.assign(y=(DATA.y > 1) * 1.0)),
    "fully crossed, one row a cell": (
        "y ~ 1 + (1 | g) + (1 | h)",
        DATA.assign(h=[f"h{i % 5}" for i in range(len(DATA))]),
    ),
    "the same groups under two names": ("y ~ 1 + (1 | g) + (1 | h)", DATA.assign(h=DATA.g)),
    "as many effects as rows": ("y ~ 1 + (x + I(x^2) + I(x^3) + I(x^4) | g)", DATA),
    "outliers": (SLOPES, DATA.assign(y=NOISE.standard_cauchy(len(DATA)))),
    "predictor in another unit": (SLOPES, DATA.assign(x=DATA.x * 1e100)),
}
REFUSED = {
    "no variance within groups": ("y ~ 1 + (1 | g)", DATA.assign(y=MEANS), "exactly"),
    "no variance within groups, slopes": (SLOPES, DATA.assign(y=MEANS), "exactly"),
    "separated by a factor": (
        "y ~ f + (1 | g)",
        DATA.assign(f=DATA.g < "g3", y=(DATA.g < "g3") * 1.0),
        "exactly",
    ),
    "exactly linear": (SLOPES, DATA.assign(y=2 + 3 * DATA.x), "exactly"),
    "exactly linear in each group": (
        SLOPES,
        DATA.assign(y=DATA.groupby("g").ngroup() * (1.0 + DATA.x)),
        "exactly",
    ),
    "a constant outcome": (SLOPES, DATA.assign(y=3.0), "same in every row"),
    "one group": (SLOPES, DATA.assign(g="a"), "single group"),
    "one row": ("y ~ 1 + (1 | g)", DATA.iloc[[0]], "single group"),
    "an infinite outcome": (SLOPES, DATA.assign(y=DATA.y.mask(FOURTH, np.inf)), "infinite"),
    "a huge outcome": (SLOPES, DATA.assign(y=DATA.y * 1e300), "too large"),
    "a tiny outcome": (SLOPES, DATA.assign(y=DATA.y * 1e-300), "too small"),
    "a huge predictor": (SLOPES, DATA.assign(x=DATA.x * 1e300), "too large"),
    "a tiny predictor": (SLOPES, DATA.assign(x=DATA.x * 1e-300), "too small"),
    "one huge value": (SLOPES, DATA.assign(y=DATA.y.mask(FOURTH, 1e300)), "too large"),
}
#: Estimates need more rows than effects; priors do not.
TOO_FEW_ROWS = {
    "one row per group",
    "one row per group, slopes",
    "more effects than rows",
    "as many effects as rows",
    "two rows",
}


def fitted(formula, data, method):
    return mlm.fit(formula, data, method=method, draws=100, random_seed=1, progress=False)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["exact", "auto", "reml", "ml"])
@pytest.mark.parametrize("name", ANSWERED)
def test_every_number_of_the_answer_is_one(name, method):
    formula, data = ANSWERED[name]
    if method in ("reml", "ml") and name in TOO_FEW_ROWS:
        with pytest.raises(DataError, match="effects for"):
            fitted(formula, data, method)
        return
    fit = fitted(formula, data, method)
    columns = ["mean", "sd", "lower", "upper"] if method in ("exact", "auto") else ["mean"]
    assert np.isfinite(fit.summary()[columns].to_numpy(float)).all()
    assert np.isfinite(fit.effects().select_dtypes("number").to_numpy()).all()
    sigma = fit.estimate.sigma
    assert np.min(sigma) > 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["exact", "auto", "reml", "ml"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_sentence_says_why_there_is_no_answer(name, method):
    formula, data, reason = REFUSED[name]
    with pytest.raises(DataError, match=reason):
        fitted(formula, data, method)


def test_many_predictors_are_not_spread_over_the_groups():
    rng = np.random.default_rng(3)
    names = [f"x{k}" for k in range(120)]
    data = pd.DataFrame(rng.normal(size=(900, 120)), columns=names)
    data["y"], data["g"] = rng.normal(size=900), np.repeat(np.arange(300).astype(str), 3)
    frame = mlm.model_frame(f"y ~ {' + '.join(names)} + (1 | g)", data)
    density = Density(make_sums(frame, mlm.default_priors(frame)).arrays)
    tracemalloc.start()
    density.moments(density.start())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 120 × 120 covariances of each of 300 groups are 35 MB.
    assert peak < 10e6
