"""Default priors follow the data's own units."""

import numpy as np
import pandas as pd
import pytest
from reference_data import load

from mlmwidget.data.build import model_frame
from mlmwidget.model.links import LINKS
from mlmwidget.model.priors import default_priors


def test_priors_are_in_data_units():
    data = load("sleepstudy")
    priors = default_priors(model_frame("Reaction ~ Days + (Days | Subject)", data))
    s_y, s_x = data["Reaction"].std(), data["Days"].std()
    assert priors.beta_mean == pytest.approx([data["Reaction"].mean(), 0])
    assert priors.beta_sd == pytest.approx([2.5 * s_y, 2.5 * s_y / s_x])
    assert priors.centre == pytest.approx([0, data["Days"].mean()])
    assert priors.sd_mean[0] == pytest.approx([s_y, s_y / s_x])
    assert priors.sigma_mean == pytest.approx(s_y)


def test_changing_the_unit_of_the_outcome_changes_nothing_but_the_unit():
    data = load("sleepstudy")
    seconds = data.assign(Reaction=data["Reaction"] / 1000)
    one = default_priors(model_frame("Reaction ~ Days + (1 | Subject)", data))
    other = default_priors(model_frame("Reaction ~ Days + (1 | Subject)", seconds))
    assert other.beta_sd * 1000 == pytest.approx(one.beta_sd)
    assert other.sd_mean[0] * 1000 == pytest.approx(one.sd_mean[0])


def test_the_unit_of_a_gamma_outcome_moves_its_intercept_and_nothing_else():
    """Waiting 30 minutes is waiting 1800 seconds: the prior says the same of both."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"minutes": rng.gamma(4, 8, 60), "x": rng.normal(size=60), "g": list("abcdef") * 10})
    data["seconds"] = 60 * data["minutes"]
    minutes, seconds = (
        default_priors(model_frame(f"{name} ~ x + (x | g)", data, "gamma")) for name in ("minutes", "seconds")
    )
    assert minutes.beta_mean[0] == pytest.approx(np.log(data["minutes"].mean()))
    assert seconds.beta_mean - minutes.beta_mean == pytest.approx([np.log(60), 0])
    assert seconds.beta_sd == pytest.approx(minutes.beta_sd)
    assert seconds.sd_mean[0] == pytest.approx(minutes.sd_mean[0])


def test_priors_of_a_gamma_outcome_are_those_of_its_logarithm():
    """Prior predictive: means that the priors allow lie around the data, as those of a Gaussian model do."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"x": rng.normal(size=400), "g": np.arange(400) // 20})
    data["wait"] = rng.gamma(4, np.exp(3 + 0.3 * data["x"]) / 4)
    data["logged"] = np.log(data["wait"])
    gamma = default_priors(model_frame("wait ~ x + (x | g)", data, "gamma"))
    gaussian = default_priors(model_frame("logged ~ x + (x | g)", data))
    assert gamma.beta_sd == pytest.approx(gaussian.beta_sd)
    assert gamma.sd_mean[0] == pytest.approx(gaussian.sd_mean[0])
    beta = rng.normal(gamma.beta_mean, gamma.beta_sd, (10_000, 2))
    allowed = np.exp(beta[:, 0] + beta[:, 1] * rng.choice(data["x"], 10_000))
    assert np.mean(allowed < data["wait"].mean()) == pytest.approx(0.5, abs=0.02)
    low, high = np.quantile(allowed, [0.025, 0.975]) / data["wait"].mean()
    assert 1 / 200 < low < 1 / 10
    assert 10 < high < 200


def test_zero_one_columns_are_not_rescaled():
    priors = default_priors(
        model_frame("use ~ urban + (1 | district)", load("Contraception"), family="bernoulli")
    )
    assert priors.beta_sd == pytest.approx([2.5, 2.5])
    assert priors.beta_mean == pytest.approx([0, 0])
    assert priors.sigma_mean is None


def test_without_an_intercept_nothing_is_centred():
    priors = default_priors(model_frame("Reaction ~ 0 + Days + (1 | Subject)", load("sleepstudy")))
    assert priors.centre == pytest.approx([0])


def test_a_constant_outcome_and_a_constant_slope_column_keep_positive_scales():
    data = pd.DataFrame({"y": [3.0] * 6, "x": [1.0, 2, 3, 4, 5, 6], "g": list("aabbcc")})
    priors = default_priors(model_frame("y ~ x + (1 | g)", data))
    assert np.all(priors.beta_sd > 0)
    assert priors.sigma_mean == 1.0


@pytest.mark.parametrize(
    ("family", "y", "truth"),
    [
        ("gamma", np.random.default_rng(1).gamma(50.0, 1.0, 4000), 50.0),
        ("beta", np.random.default_rng(1).beta(60.0, 60.0, 4000), 120.0),
        ("negbinomial", np.random.default_rng(1).negative_binomial(30, 0.2, 4000), 30.0),
    ],
)
def test_prior_of_the_shape_reaches_shapes_well_above_ten(family, y, truth):
    data = pd.DataFrame({"y": y, "g": np.arange(len(y)) % 20})
    priors = default_priors(model_frame("y ~ 1 + (1 | g)", data, family=family))
    assert priors.shape_mean == pytest.approx(truth, rel=0.15)


def test_prior_of_the_degrees_of_freedom_has_mean_twenty():
    priors = default_priors(
        model_frame("Reaction ~ Days + (1 | Subject)", load("sleepstudy"), family="student")
    )
    assert priors.shape_mean == 20


@pytest.mark.parametrize("name", LINKS)
def test_links_invert_and_differentiate(name):
    link = LINKS[name]
    eta = np.array([0.2, 0.5, 0.9]) if name in ("inverse", "sqrt") else np.array([-1.2, 0.1, 0.8])
    assert link.link(link.inverse(eta)) == pytest.approx(eta)
    step = 1e-6
    slope = (link.inverse(eta + step) - link.inverse(eta - step)) / (2 * step)
    assert link.derivative(eta) == pytest.approx(slope, rel=1e-6)
