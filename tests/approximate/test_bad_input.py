"""Data that break iterations elsewhere: a stable answer or a sentence, never NaN."""

import warnings

import numpy as np
import pandas as pd
import pytest

import mlmwidget as mlm

N = 40
GROUPS = np.repeat([f"g{i}" for i in range(8)], 5)
X = np.linspace(-1, 1, N)

CASES = {
    "separation": ("y ~ x + (1 | g)", "bernoulli", {"y": (X > 0).astype(int)}),
    "separated groups": ("y ~ 1 + (1 | g)", "bernoulli", {"y": (np.arange(N) // 5 % 2)}),
    "all zeros": ("y ~ x + (1 | g)", "poisson", {"y": np.zeros(N, int)}),
    "all ones": ("y ~ x + (1 | g)", "bernoulli", {"y": np.ones(N, int)}),
    "no counts, negative binomial": ("y ~ 1 + (1 | g)", "negbinomial", {"y": np.zeros(N, int)}),
    "one row a group": ("y ~ x + (1 | one)", "poisson", {"y": np.arange(N) % 7}),
    "huge counts": ("y ~ x + (1 | g)", "poisson", {"y": 10**9 + np.arange(N) * 10**6}),
    "huge and no counts": ("y ~ x + (1 | g)", "negbinomial", {"y": np.where(np.arange(N) % 9, 0, 10**7)}),
    "constant predictor": ("y ~ c + (1 | g)", "poisson", {"y": np.arange(N) % 5}),
    "huge predictor": ("y ~ large + (1 | g)", "bernoulli", {"y": np.arange(N) % 2}),
    "tiny response": ("y ~ x + (1 | g)", "gamma", {"y": 1e-12 * (1 + np.arange(N) % 3)}),
    "equal positive numbers": ("y ~ 1 + (1 | g)", "gamma", {"y": np.full(N, 2.5)}),
    "proportions at the edge": ("y ~ x + (1 | g)", "beta", {"y": np.where(np.arange(N) % 2, 1e-9, 1 - 1e-9)}),
    "outlier": ("y ~ x + (1 | g)", "student", {"y": np.where(np.arange(N) == 3, 1e9, X)}),
    "equal numbers": ("y ~ 1 + (1 | g)", "student", {"y": np.full(N, 3.0)}),
    "large numbers": ("y ~ x + (1 | g)", "student", {"y": 1e150 * np.sin(np.arange(N))}),
    "more slopes than rows": ("y ~ x + (x + z | g)", "bernoulli", {"y": np.arange(N) % 2}),
    "no groups": ("y ~ x", "poisson", {"y": np.arange(N) % 4}),
    "no population level": ("y ~ 0 + (1 | g)", "poisson", {"y": np.arange(N) % 4}),
}


@pytest.mark.parametrize(("formula", "family", "columns"), CASES.values(), ids=CASES)
def test_gives_a_stable_answer_or_a_sentence(formula, family, columns):
    data = pd.DataFrame(
        {
            "x": X,
            "z": X**2,
            "c": 4.0,
            "large": 1e8 * (1 + X),
            "g": GROUPS,
            "one": [f"r{i}" for i in range(N)],
        }
        | columns
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit = mlm.fit(formula, data, family=family, method="laplace", draws=100, random_seed=1)
        except ValueError as error:
            assert str(error).endswith(".")
            assert "nan" not in str(error).lower()
            return
        draws = fit.draws
        arrays = [draws.beta, *draws.sd, *draws.effects, *(c for c in draws.cor if c is not None)]
        arrays += [a for a in (draws.sigma, draws.shape) if a is not None]
        assert all(np.isfinite(a).all() for a in arrays)
        assert fit.diagnostics().severity in ("warning", "error")


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_tiny_data(rows):
    data = pd.DataFrame({"y": np.arange(rows) % 2, "g": [f"g{i // 2}" for i in range(rows)]})
    try:
        fit = mlm.fit("y ~ 1 + (1 | g)", data, family="bernoulli", method="laplace", draws=50, random_seed=1)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert np.isfinite(fit.draws.beta).all()


def test_outcomes_that_are_all_alike_are_remarked_upon():
    data = pd.DataFrame({"y": np.ones(N, int), "g": GROUPS})
    fit = mlm.fit("y ~ 1 + (1 | g)", data, family="bernoulli", method="laplace", draws=50, random_seed=1)
    assert any(finding.code == "alike" for finding in fit.diagnostics().findings)
