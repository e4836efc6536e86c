"""Posteriors against quadrature and published exact values; and hard data."""

import itertools

import numpy as np
import pandas as pd
import pytest
from exact.designs import brute_force, design, frame, group, random_priors
from reference_data import load
from scipy import stats

import mlmwidget.inference.exact.engine as engine
from mlmwidget.data.build import model_frame
from mlmwidget.inference.exact.density import Density
from mlmwidget.inference.exact.engine import NotExactError, covariance_parameters, sample, supports
from mlmwidget.inference.exact.importance import Sample, effective_size, resample
from mlmwidget.inference.exact.nuts import nuts, split_rhat
from mlmwidget.inference.exact.sums import make_sums
from mlmwidget.inference.nuts import Cancelled
from mlmwidget.model.priors import Priors, default_priors
from mlmwidget.problems import DataError


def one_way(rng, J=8, n=4):
    """A random-intercept model of J groups of n rows."""
    g = np.repeat(np.arange(J), n)
    y = 3 + rng.normal(0, 1.5, J)[g] + rng.normal(size=J * n)
    return frame(y, np.ones(J * n), [group(g, np.ones(J * n))])


def near(values, mean, sd, ess):
    """Mean and standard deviation of draws within four and a half Monte-Carlo errors."""
    assert abs(np.mean(values) - mean) < 4.5 * sd / np.sqrt(ess)
    assert abs(np.std(values) / sd - 1) < 4.5 / np.sqrt(ess)


def test_posterior_of_a_random_intercept_model_equals_quadrature():
    model = one_way(np.random.default_rng(1))
    priors = default_priors(model)
    log_tau, log_sigma = np.linspace(-6, 3, 91), np.linspace(-1, 1.2, 61)
    log_p = np.array(
        [
            [
                brute_force(model, priors, [np.array([np.exp(t)])], [None], np.exp(s))
                + stats.expon.logpdf(np.exp(t), scale=priors.sd_mean[0][0])
                + stats.expon.logpdf(np.exp(s), scale=priors.sigma_mean)
                + t
                + s
                for s in log_sigma
            ]
            for t in log_tau
        ]
    )
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    draws = sample(model, priors, draws=2500, random_seed=3)
    for grid, weights, values in (
        (np.exp(log_tau), p.sum(axis=1), draws.sd[0]),
        (np.exp(log_sigma), p.sum(axis=0), draws.sigma),
    ):
        mean = weights @ grid
        near(values, mean, np.sqrt(weights @ (grid - mean) ** 2), draws.attributes["ess"])


@pytest.mark.parametrize("seed", [1, 17, 22, 36, 50])  # the first four once missed the mass near zero
def test_mass_near_zero_of_a_nested_standard_deviation_equals_quadrature(seed):
    model = model_frame("strength ~ 1 + (1 | batch/cask)", load("Pastes"))
    priors = default_priors(model)
    order = np.argsort([len(g.levels) for g in model.groups])
    batch, cask = (model.groups[t] for t in order)
    # The design is balanced, so three sums of squares and the mean are all there is.
    means = [np.array([model.y[g.codes == j].mean() for j in range(len(g.levels))]) for g in (batch, cask)]
    fitted = [m[g.codes] for m, g in zip(means, (batch, cask), strict=True)]
    squares = [((model.y - fitted[1]) ** 2).sum(), ((fitted[1] - fitted[0]) ** 2).sum(),
               ((fitted[0] - model.y.mean()) ** 2).sum()]  # fmt: skip
    (J, K), n = (len(batch.levels), len(cask.levels)), model.n
    t, c, s = np.meshgrid(
        np.linspace(0.01, 9.99, 500), np.linspace(0.5, 8, 120), np.linspace(0.4, 2, 80), indexing="ij"
    )
    within, of_cask = s**2, s**2 + n / K * c**2
    of_batch = of_cask + n / J * t**2
    of_mean = of_batch / n + priors.beta_sd[0] ** 2
    sd_means = [priors.sd_mean[t][0] for t in order]
    log_p = -t / sd_means[0] - c / sd_means[1] - s / priors.sigma_mean
    log_p -= 0.5 * (np.log(of_mean) + (model.y.mean() - priors.beta_mean[0]) ** 2 / of_mean)
    variances = (within, of_cask, of_batch)
    for freedom, square, variance in zip((n - K, K - J, J - 1), squares, variances, strict=True):
        log_p -= 0.5 * (freedom * np.log(variance) + square / variance)
    p = np.exp(log_p - log_p.max()).sum(axis=(1, 2))
    p /= p.sum()
    grid = t[:, 0, 0]
    draws = sample(model, priors, random_seed=seed, effects=False)
    found = draws.sd[order[0]].ravel()
    ess = min(draws.attributes["ess"], len(found))
    mean = p @ grid
    near(found, mean, np.sqrt(p @ (grid - mean) ** 2), ess)
    for small in (0.1, 0.2, 0.5):
        mass = p[grid < small].sum()
        assert abs((found < small).mean() - mass) < 4.5 * np.sqrt(mass / ess)


@pytest.mark.parametrize(
    ("formula", "want"),
    [
        (
            "log_radon ~ floor + (1 | county)",
            {"alpha": (1.492341, 0.050593), "beta": (-0.662852, 0.067929), "tau": (0.321204, 0.044730),
             "sigma": (0.726779, 0.017707)},
        ),
        (
            "log_radon ~ 1 + (1 | county)",
            {"alpha": (1.349712, 0.047892), "tau": (0.303204, 0.046662), "sigma": (0.767126, 0.018682)},
        ),
    ],
)  # fmt: skip
def test_radon_posterior_equals_the_published_quadrature(formula, want):
    model = model_frame(formula, load("radon"))  # log_radon is log(activity + 0.1), as in posteriordb
    p = model.X.shape[1]
    priors = Priors(np.zeros(p), np.zeros(p), np.full(p, 10.0), (np.array([1.0]),), 1.0)
    draws = sample(model, priors, draws=2500, random_seed=1, effects=False)
    tau, sigma = draws.sd[0].ravel(), draws.sigma.ravel()
    # Its priors of the standard deviations are half-Normal(0, 1), those here Exponential(1).
    log_ratio = -0.5 * (tau**2 + sigma**2) + tau + sigma
    weights = np.exp(log_ratio - log_ratio.max())
    weights /= weights.sum()
    found = {"alpha": draws.beta[..., 0].ravel(), "beta": draws.beta[..., -1].ravel(), "tau": tau,
             "sigma": sigma}  # fmt: skip
    for name, (mean, sd) in want.items():
        ess = 0.5 * draws.attributes["ess"]
        average = weights @ found[name]
        assert abs(average - mean) < 4.5 * sd / np.sqrt(ess)
        assert abs(np.sqrt(weights @ (found[name] - average) ** 2) / sd - 1) < 4.5 / np.sqrt(ess)


def test_draws_of_effects_have_their_conditional_moments():
    rng = np.random.default_rng(4)
    model = design("nested and crossed", rng)
    priors = random_priors(model, rng)
    sums = make_sums(model, priors)
    density = Density(sums.arrays)
    point = rng.normal(0, 0.3, density.size)
    n = 4000
    draws = density.draw(np.tile(point, (n, 1)), rng.standard_normal((n, sums.arrays.dim)))
    sds, cors = covariance_parameters(sums, point[None])
    # The joint Normal of (y, effects of the first design) gives their conditional mean.
    g = model.groups[0]
    cov = np.outer(sds[0][0], sds[0][0]) * cors[0][0]
    V = np.diag((np.exp(point[-1]) * sums.y_scale) ** 2 / model.weights)
    for h, sd, cor in zip(model.groups, sds, cors, strict=True):
        own = np.outer(sd[0], sd[0]) * (np.eye(len(sd[0])) if cor is None else cor[0])
        V += (h.codes[:, None] == h.codes[None, :]) * (h.Z @ own @ h.Z.T)
    X = (model.X - priors.centre) * priors.beta_sd
    V += X @ X.T
    residual = model.y - model.offset - (model.X - priors.centre) @ priors.beta_mean
    drawn = sums.effects(0, draws)
    for level in range(3):
        cross = ((g.codes == level)[:, None] * g.Z) @ cov
        mean = cross.T @ np.linalg.solve(V, residual)
        variance = cov - cross.T @ np.linalg.solve(V, cross)
        scale = np.sqrt(np.diag(variance))
        np.testing.assert_allclose((drawn[:, level].mean(axis=0) - mean) / scale, 0, atol=0.08)
        np.testing.assert_allclose(np.cov(drawn[:, level].T) / np.outer(scale, scale),
                                   variance / np.outer(scale, scale), atol=0.1)  # fmt: skip


@pytest.mark.slow
def test_nuts_on_the_same_density_agrees_with_importance_sampling():
    model = one_way(np.random.default_rng(2))
    priors = default_priors(model)
    sums = make_sums(model, priors)
    density = Density(sums.arrays)
    points, stats_, complaint = nuts(density, density.start(), 500, 4, 1)
    assert complaint is None
    assert split_rhat(points).max() < 1.05
    assert stats_["diverging"].shape == (4, 500)
    draws = sample(model, priors, random_seed=1)
    assert np.exp(points[..., -1]).mean() * sums.y_scale == pytest.approx(draws.sigma.mean(), rel=0.03)
    assert points[..., 0].std() == pytest.approx(np.log(draws.sd[0]).std(), rel=0.2)


@pytest.mark.slow
def test_nuts_takes_over_where_importance_sampling_does_not_hold(monkeypatch):
    monkeypatch.setattr(engine, "MAX_PARETO_K", -np.inf)
    model = one_way(np.random.default_rng(2))
    draws = sample(model, default_priors(model), draws=100, random_seed=1)
    assert draws.attributes["engine"] == "exact: NUTS"
    assert draws.beta.shape == (4, 100, 1)
    monkeypatch.setattr("mlmwidget.inference.exact.nuts.MAX_RHAT", 0.0)
    with pytest.raises(NotExactError, match="PyMC"):
        sample(model, default_priors(model), draws=100, random_seed=1)


def test_resampled_draws_are_worth_what_their_mean_s_variance_says():
    rng = np.random.default_rng(0)
    means, sizes = [], []
    for _ in range(2000):
        log_weights = 0.6 * rng.normal(size=660)
        log_weights -= np.log(np.exp(log_weights).sum())
        points = Sample(rng.normal(size=(660, 1)), log_weights, 0.1)
        means.append(points.points[resample(points, 500, rng)].mean())
        sizes.append(effective_size(points, 500))
    assert 1 / np.var(means) == pytest.approx(np.mean(sizes), rel=0.1)
    assert points.ess > 1.2 * np.mean(sizes)  # the weighted sample itself is worth more


def test_shapes_seed_and_effects_switch():
    rng = np.random.default_rng(0)
    model = design("nested and crossed", rng)
    priors = random_priors(model, rng)
    draws = sample(model, priors, draws=30, chains=2, random_seed=5)
    assert draws.beta.shape == (2, 30, 3)
    for g, sd, cor, effects in zip(model.groups, draws.sd, draws.cor, draws.effects, strict=True):
        k = g.Z.shape[1]
        assert sd.shape == (2, 30, k)
        assert (cor is None) == (not g.correlated)
        assert effects.shape == (2, 30, len(g.levels), k)
    again = sample(model, priors, draws=30, chains=2, random_seed=5)
    np.testing.assert_array_equal(draws.beta, again.beta)
    assert sample(model, priors, draws=30, chains=2, effects=False).effects == (None,) * 4


def test_what_is_not_gaussian_is_left_to_pymc():
    binomial = model_frame("use ~ age + (1 | district)", load("Contraception"), family="bernoulli")
    assert "Gaussian" in supports(binomial)
    with pytest.raises(NotExactError):
        sample(binomial, default_priors(binomial))


@pytest.mark.parametrize("unit", [1e-100, 1e-8, 1e8, 1e100])
def test_units_of_the_outcome_do_not_matter(unit):
    from dataclasses import replace

    rng = np.random.default_rng(3)
    model = one_way(rng)
    priors = default_priors(model)
    base = sample(model, priors, draws=100, random_seed=1)
    scaled = Priors(priors.centre, priors.beta_mean * unit, priors.beta_sd * unit,
                    tuple(m * unit for m in priors.sd_mean), priors.sigma_mean * unit)  # fmt: skip
    other = sample(replace(model, y=model.y * unit), scaled, draws=100, random_seed=1)
    np.testing.assert_allclose(other.sigma / unit, base.sigma, rtol=1e-6)
    np.testing.assert_allclose(other.beta / unit, base.beta, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(other.effects[0] / unit, base.effects[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_default_priors_follow_the_unit_of_the_outcome(unit):
    from dataclasses import replace

    model = one_way(np.random.default_rng(3))
    base, scaled = default_priors(model), default_priors(replace(model, y=model.y * unit))
    assert scaled.sigma_mean / unit == pytest.approx(base.sigma_mean)
    assert scaled.beta_sd / unit == pytest.approx(base.beta_sd)
    assert scaled.beta_mean / unit == pytest.approx(base.beta_mean)


def test_what_crosses_too_many_levels_is_refused_before_it_starts():
    n = 6000
    rng = np.random.default_rng(0)
    groups = [group(rng.permutation(n) // 2, np.ones(n)), group(rng.permutation(n) // 3, np.ones(n))]
    model = frame(rng.normal(size=n), np.ones(n), groups)
    assert "crossed" in supports(model)
    assert "crossed" in supports(model, "reml")
    smaller = [groups[0], group(rng.permutation(n) // 4, np.ones(n))]
    assert "crossed" in supports(frame(model.y, np.ones(n), smaller))
    assert supports(frame(model.y, np.ones(n), smaller), "reml") is None


def test_more_correlations_than_could_be_sampled_are_refused_before_it_starts():
    data = pd.DataFrame(
        {"y": np.arange(80.0) % 7, "x": [f"x{i % 20}" for i in range(80)], "g": np.arange(80) // 8}
    )
    model = model_frame("y ~ x + (x | g)", data)
    assert "211 standard deviations and correlations" in supports(model)
    assert supports(model, "reml") is None
    assert supports(model_frame("y ~ x + (x || g)", data)) is None


@pytest.mark.parametrize("enough", [0, 1, 5])
def test_sampling_stops_once_nobody_waits_for_it(enough):
    model, asked = one_way(np.random.default_rng(0)), itertools.count()
    with pytest.raises(Cancelled):
        sample(model, default_priors(model), cancelled=lambda: next(asked) >= enough)


def test_the_sampler_that_takes_over_stops_too():
    model = one_way(np.random.default_rng(0))
    density = Density(make_sums(model, default_priors(model)).arrays, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        nuts(density, density.start(), draws=1000, chains=2, seed=1)


def hard_frames():
    """Designs at the edge of what can be fitted, by name."""
    rng = np.random.default_rng(9)
    n = 24
    one, x, g = np.ones(n), rng.normal(size=n), np.arange(n) // 4
    y = rng.normal(size=n)
    return {
        "one row per group": frame(y, one, [group(np.arange(n), one)]),
        "more effects than rows": frame(y, one, [group(np.arange(n) // 2, np.c_[one, x, x**2])]),
        "duplicate columns of Z": frame(y, one, [group(g, np.c_[x, x])]),
        "duplicate columns of X": frame(y, np.c_[one, x, x], [group(g, one)]),
        "the same term twice": frame(y, one, [group(g, one), group(g, one, label="h")]),
        "a column of zeros": frame(y, one, [group(g, np.c_[one, 0 * x])]),
        "one group": frame(y, one, [group(0 * g, one)]),
        "enormous predictor": frame(y, np.c_[one, 1e150 * x], [group(g, np.c_[one, 1e150 * x])]),
        "tiny predictor": frame(y, np.c_[one, 1e-150 * x], [group(g, np.c_[one, 1e-150 * x])]),
        "hardly any residual": frame(
            rng.normal(size=6)[g] + 1e-3 * y, one, [group(g, one)]
        ),
        "two rows": frame(y[:2], one[:2], [group(np.arange(2), one[:2])]),
    }  # fmt: skip


@pytest.mark.parametrize("name", hard_frames())
def test_hard_data_give_finite_draws_or_a_sentence(name):
    model = hard_frames()[name]
    try:
        draws = sample(model, default_priors(model), draws=50, random_seed=1)
    except (DataError, NotExactError) as problem:
        assert str(problem).endswith(".")
        return
    for values in (draws.beta, *draws.sd, *draws.effects, draws.sigma):
        assert np.isfinite(values).all()
    assert (draws.sigma > 0).all()


@pytest.mark.parametrize("what", ["constant", "same within groups", "exactly linear"])
def test_outcomes_without_residual_variation_are_refused(what):
    rng = np.random.default_rng(9)
    n = 24
    one, x, g = np.ones(n), rng.normal(size=n), np.arange(n) // 4
    y = {"constant": 3 * one, "same within groups": rng.normal(size=6)[g], "exactly linear": 2 + 3 * x}[what]
    model = frame(y, np.c_[one, x], [group(g, one)])
    with pytest.raises(DataError, match=r"exactly|same"):
        sample(model, default_priors(model), draws=50, random_seed=1)


@pytest.mark.parametrize("structure", ["nested slopes", "crossed slopes", "many crossed"])
def test_draws_kept_from_an_evaluation_are_those_of_its_conditional_distribution(structure):
    rng = np.random.default_rng(4)
    model = design(structure, rng)
    sums = make_sums(model, random_priors(model, rng))
    density, dim = Density(sums.arrays), sums.arrays.dim
    points = rng.normal(0, 0.3, (2, density.size))
    density.keep_draws(3000, dim, rng)
    density.values(points)
    draws = density.draw(np.repeat(points, 5000, axis=0), rng.standard_normal((10_000, dim)))
    for point, both in zip(points, np.split(draws, 2), strict=True):
        mean = density.moments(point).mean()[0]
        kept, fresh = both[:3000], both[3000:]
        for part in (kept, fresh):
            error = part.std(axis=0) / np.sqrt(len(part))
            assert np.abs((part.mean(axis=0) - mean) / error).max() < 4.5
        np.testing.assert_allclose(np.cov(kept.T), np.cov(fresh.T), atol=0.2 * kept.var(axis=0).max())
        assert not set(kept[:, 0]) & set(fresh[:, 0])


@pytest.mark.parametrize("rows", [1e2, 1e6, 1e10])
def test_the_search_for_the_mode_takes_no_longer_with_more_rows(rows):
    from functools import partial

    from mlmwidget.inference.exact.laplace import find_mode, spread

    centre, evaluations = np.array([1.0, -0.5]), 0

    def gradients(points):
        far = points - centre
        rounding = 1e-9 * np.cos(1e9 * points)  # sums over many groups are this far from exact
        return -rows * (far + np.exp(-far)).sum(axis=1), -rows * (1 - np.exp(-far) + rounding)

    def density(point):
        nonlocal evaluations
        evaluations += 1
        values, slopes = gradients(point[None])
        return float(values[0]), slopes[0]

    mode = find_mode(density, np.zeros(2), partial(spread, gradients))
    assert evaluations < 20
    np.testing.assert_allclose(mode, centre, atol=2e-3 / np.sqrt(rows))
