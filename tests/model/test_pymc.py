"""The PyMC model says what the documentation says: its log density against one written with SciPy."""

import numpy as np
import pandas as pd
import pytest
from reference_data import load
from scipy import special, stats

from mlmwidget.data.build import model_frame
from mlmwidget.model.links import mean
from mlmwidget.model.priors import default_priors
from mlmwidget.model.pymc import build_from_frame, build_model, variable_names

rng = np.random.default_rng(7)
N = 60
DATA = pd.DataFrame(
    {
        "x": rng.normal(3, 2, N),
        "w": rng.normal(size=N),
        "g": rng.choice(list("abcde"), N),
        "h": rng.choice(list("uvw"), N),
        "f": rng.choice(["p", "q", "r"], N),
        "y": rng.normal(10, 4, N),
        "count": rng.poisson(3, N),
        "hit": rng.integers(0, 2, N),
        "n": rng.integers(5, 9, N),
        "pos": rng.gamma(2.0, 1.0, N),
        "share": rng.beta(2.0, 3.0, N),
        "weight": rng.uniform(0.5, 2, N),
    }
)
DATA["k"] = rng.binomial(DATA["n"], 0.4)

MODELS = {
    "correlated": ("y ~ x + (x | g)", None, None),
    "uncorrelated": ("y ~ x + (x || g)", None, None),
    "two factors": ("y ~ x + w + (1 | g) + (0 + w | h)", None, None),
    "two terms on one factor": ("y ~ x + (1 | g) + (0 + w | g)", None, None),
    "three correlated": ("y ~ x + (x + w | g)", None, None),
    "factor coded": ("y ~ f * x + (1 | g)", None, None),
    "no population columns": ("y ~ 0 + (1 | g)", None, None),
    "no intercept": ("y ~ 0 + x + (x | g)", None, None),
    "no groups": ("y ~ x + w", None, None),
    "offset": ("y ~ x + offset(w) + (1 | g)", None, None),
    "weights": ("y ~ x + (1 | g)", None, "weight"),
    "student": ("y ~ x + (1 | g)", "student", None),
    "bernoulli": ("hit ~ x + (x | g)", "bernoulli", None),
    "binomial": ("cbind(k, n - k) ~ x + (1 | g)", "binomial", None),
    "poisson": ("count ~ x + offset(w) + (1 | g)", "poisson", None),
    "negbinomial": ("count ~ x + (1 | g)", "negbinomial", None),
    "gamma": ("pos ~ x + (1 | g)", "gamma", None),
    "beta": ("share ~ x + (1 | g)", "beta", None),
}


def natural_and_logp(model, seed):
    """Values of the free variables on their natural scales at a random point, and PyMC's log density."""
    start = model.initial_point()
    draw = np.random.default_rng(seed)
    point = {name: value + draw.normal(0, 0.4, np.shape(value)) for name, value in start.items()}
    natural = model.replace_rvs_by_values(model.free_RVs)
    compiled = model.compile_fn(
        [*natural, model.logp(jacobian=False)],
        inputs=model.value_vars,
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    *values, logp = compiled(point)
    return {rv.name: value for rv, value in zip(model.free_RVs, values, strict=True)}, float(logp)


def lkj_cholesky(L, eta):
    """Log density of the Cholesky factor of an LKJ correlation matrix, up to its constant."""
    k = len(L)
    return sum((k - i + 2 * eta - 2) * np.log(L[i - 1, i - 1]) for i in range(2, k + 1))


def cholesky_of(partial, k):
    """Cholesky factor of the correlation matrix whose partial correlations are 2 * partial - 1."""
    L = np.eye(k, dtype=np.result_type(partial))
    L[np.tril_indices(k, -1)] = 2 * partial - 1
    for i in range(k):
        rest = 1.0
        for j in range(i + 1):
            z, L[i, j] = L[i, j], L[i, j] * np.sqrt(rest)
            rest = rest * (1 - z**2)
    return L


def lkj_partial(partial, k, eta):
    """Log density of the numbers that make up the factor: LKJ's, and the Jacobian by complex steps."""
    lower = np.tril_indices(k, -1)
    steps = [cholesky_of(partial + 1e-30j * e, k)[lower].imag / 1e-30 for e in np.eye(len(partial))]
    return lkj_cholesky(cholesky_of(partial, k), eta) + np.linalg.slogdet(np.array(steps))[1]


def expected_logp(frame, priors, v):
    logp = 0.0
    eta = frame.offset.copy()
    if frame.X.shape[1]:
        logp += stats.norm.logpdf(v["beta_centred"], priors.beta_mean, priors.beta_sd).sum()
        eta += (frame.X - priors.centre) @ v["beta_centred"]
    for design, sd_mean in zip(frame.groups, priors.sd_mean, strict=True):
        g, sd, z = design.label, v[f"sd_{design.label}"], v[f"z_{design.label}"]
        logp += stats.expon.logpdf(sd, scale=sd_mean).sum() + stats.norm.logpdf(z).sum()
        L = np.eye(len(sd))
        if design.correlated:
            L = cholesky_of(v[f"partial_{g}"], len(sd))
            logp += lkj_partial(v[f"partial_{g}"], len(sd), priors.lkj_eta)
        effect = z @ (np.diag(sd) @ L).T
        eta += np.einsum("nk,nk->n", design.Z, effect[design.codes])
    if "sigma" in v:
        logp += stats.expon.logpdf(v["sigma"], scale=priors.sigma_mean)
    if "shape" in v:
        student = frame.spec.family == "student"
        prior = (
            stats.gamma(2, scale=priors.shape_mean / 2) if student else stats.expon(scale=priors.shape_mean)
        )
        logp += prior.logpdf(v["shape"])
    return logp + likelihood(frame, mean(frame.spec.link, eta), v).sum()


def likelihood(frame, mu, v):
    y, shape = frame.y, v.get("shape")
    sigma = v["sigma"] / np.sqrt(frame.weights) if "sigma" in v else None
    match frame.spec.family:
        case "gaussian":
            return stats.norm.logpdf(y, mu, sigma)
        case "student":
            return stats.t.logpdf(y, shape, mu, sigma)
        case "bernoulli":
            return stats.bernoulli.logpmf(y, mu)
        case "binomial":
            return stats.binom.logpmf(y, frame.trials, mu)
        case "poisson":
            return stats.poisson.logpmf(y, mu)
        case "negbinomial":
            return stats.nbinom.logpmf(y, shape, shape / (shape + mu))
        case "gamma":
            return stats.gamma.logpdf(y, shape, scale=mu / shape)
        case "beta":
            return stats.beta.logpdf(y, mu * shape, (1 - mu) * shape)


@pytest.mark.parametrize("name", MODELS)
def test_log_density_is_the_one_documented(name):
    formula, family, weights = MODELS[name]
    frame = model_frame(formula, DATA, family=family, weights=weights)
    priors = default_priors(frame)
    model = build_from_frame(frame, priors)
    differences = []
    for seed in (1, 2):
        values, logp = natural_and_logp(model, seed)
        differences.append(logp - expected_logp(frame, priors, values))
    # The LKJ density is compared without its constant, which is the same at both points.
    assert differences[0] == pytest.approx(differences[1], abs=1e-7)
    if not any(g.correlated for g in frame.groups):
        assert differences[0] == pytest.approx(0, abs=1e-7)
    if name == "correlated":
        eta = priors.lkj_eta
        constant = -((2 * eta - 1) * np.log(2) + special.betaln(eta, eta))
        assert differences[0] == pytest.approx(constant, abs=1e-7)


def test_reported_coefficients_are_on_the_users_scale():
    frame = model_frame("y ~ x + w + (1 | g)", DATA)
    priors = default_priors(frame)
    model = build_from_frame(frame, priors)
    beta = model["beta"].eval({model["beta_centred"]: np.array([1.0, 2.0, 3.0])}, mode="FAST_COMPILE")
    assert beta == pytest.approx([1 - 2 * DATA["x"].mean() - 3 * DATA["w"].mean(), 2, 3])


def test_variables_dims_and_coords_are_those_of_the_posterior():
    model = build_model("y ~ x + (x | g) + (1 | h)", DATA)
    assert model.named_vars_to_dims["effect_g"] == ("g_level", "g_column")
    assert model.named_vars_to_dims["cor_g"] == ("g_column", "g_column_bis")
    assert model.named_vars_to_dims["beta"] == ("predictor",)
    assert list(model.coords["g_level"]) == list("abcde")
    assert list(model.coords["predictor"]) == ["(Intercept)", "x"]
    frame = model_frame("y ~ x + (x | g) + (1 | h)", DATA)
    assert set(variable_names(frame)) <= set(model.named_vars)
    assert variable_names(frame) == ["beta", "sd_g", "effect_g", "cor_g", "sd_h", "effect_h", "sigma"]


def test_rows_that_were_dropped_are_missing_from_the_coordinates():
    model = build_model("Reaction ~ Days + (Days | Subject)", load("sleep_na"))
    frame = model_frame("Reaction ~ Days + (Days | Subject)", load("sleep_na"))
    assert frame.dropped > 0
    assert list(model.coords["obs"]) == list(frame.row_index)


def test_weights_are_refused_where_they_mean_nothing():
    with pytest.raises(ValueError, match="Weights divide the residual variance"):
        build_from_frame(model_frame("count ~ x + (1 | g)", DATA, family="poisson", weights="weight"))


def test_a_missing_pymc_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pymc", None)
    with pytest.raises(ImportError, match="needs PyMC, which is not installed"):
        build_from_frame(model_frame("y ~ x + (1 | g)", DATA))
