"""The same posteriors as PyMC's NUTS, over all kinds of structure."""

import numpy as np
import pandas as pd
import pytest

import mlmwidget as mlm

MODELS = {
    "nested, weights, offset": "y ~ x + offset(o) + (1 | a / b)",
    "crossed, uncorrelated slopes": "y ~ x + (x || a) + (1 | c)",
    "no intercept, two terms on one factor": "y ~ 0 + x + z + (x | a) + (0 + z | a)",
    "standard deviation at zero": "flat ~ x + (1 | a)",
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(12)
    n = 240
    a, b, c = np.arange(n) % 12, np.arange(n) // 12 % 4, rng.integers(0, 8, n)
    x, z, noise = rng.normal(size=(3, n))
    pair = a * 4 + b
    y = 1 + 0.5 * x + rng.normal(0, 0.8, 12)[a] + rng.normal(0, 0.6, 48)[pair] + rng.normal(0, 0.7, 8)[c]
    y += rng.normal(0, 0.5, 12)[a] * x + rng.normal(0, 0.4, 12)[a] * z + noise
    return pd.DataFrame(
        {
            "y": y,
            "flat": 0.3 * x + rng.permutation(noise),
            "x": x,
            "z": z,
            "o": rng.normal(size=n),
            "w": rng.uniform(0.5, 2, n),
            "a": [f"a{i}" for i in a],
            "b": [f"b{i}" for i in b],
            "c": [f"c{i}" for i in c],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_means_equal_those_of_nuts_within_monte_carlo_error_and_sds_within_five_percent(name, data):
    settings = {"random_seed": 3, "weights": "w" if "weights" in name else None}
    exact = mlm.fit(MODELS[name], data, method="exact", draws=4000, **settings)
    nuts = mlm.fit(
        MODELS[name], data, method="pymc", draws=2500, progress=False, target_accept=0.95, **settings
    )
    one, other = exact.summary(), nuts.summary()
    assert list(one.index) == list(other.index)
    ess = min(exact.draws.attributes["ess"], exact.draws.sigma.size)
    error = one["sd"] * np.sqrt(1 / ess + 1 / other["ess_bulk"])
    assert ((one["mean"] - other["mean"]).abs() < 4 * error).all()
    np.testing.assert_allclose(other["sd"] / one["sd"], 1, atol=0.05)
