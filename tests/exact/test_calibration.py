"""Simulation-based calibration (Talts et al. 2018) of the exact engine, over its structures.

Where parameters are drawn from their priors and data from the model, the ranks of the parameters among draws
of their posteriors are even. So are those of the likelihood of the data, which tells draws that ignore the
data from draws of the posterior (Modrák et al. 2023).
"""

from dataclasses import replace

import numpy as np
import pytest
from exact.designs import frame, group
from scipy import stats

from mlmwidget.inference.exact.engine import sample
from mlmwidget.model.priors import Priors

RUNS, DRAWS, BINS = 150, 100, 10
LEAST_P = 1e-4

n = 30
x = np.random.default_rng(11).normal(2, 1, n)
one, g, h = np.ones(n), np.arange(n) % 6, np.arange(n) // 6
both = np.c_[one, x]
STRUCTURES = {
    "intercept only": [group(g, one)],
    "slope only": [group(g, x)],
    "correlated": [group(g, both)],
    "uncorrelated": [group(g, both, correlated=False)],
    "nested": [group(np.arange(n) % 4, one), group(np.arange(n) % 12, one, label="finer")],
    "crossed": [group(g, one), group(h, one, label="h")],
    "weights and offset": [group(g, both)],
}


def model(structure):
    """The structure's frame without a response, and priors without any symmetry."""
    rng = np.random.default_rng(5)
    groups = STRUCTURES[structure]
    priors = Priors(
        centre=np.array([0.0, x.mean()]),
        beta_mean=np.array([1.0, 0.5]),
        beta_sd=np.array([2.0, 1.0]),
        sd_mean=tuple(np.array([1.0, 0.5])[: g.Z.shape[1]] for g in groups),
        sigma_mean=0.8,
    )
    more = {"offset": rng.normal(size=n), "weights": rng.uniform(0.2, 3, n)} if "offset" in structure else {}
    return frame(np.zeros(n), both, groups, **more), priors


def simulated(base, priors, rng):
    """Parameters from the priors: (β centred, sds, correlations, effects, σ)."""
    sds, cors, effects = [], [], []
    for design, means in zip(base.groups, priors.sd_mean, strict=True):
        sd = rng.exponential(means)
        R = np.eye(len(sd))
        if design.correlated:
            R[0, 1] = R[1, 0] = 2 * rng.beta(2, 2) - 1  # LKJ(2) of a 2 × 2 correlation
        sds.append(sd)
        cors.append(R)
        effects.append(rng.multivariate_normal(0 * sd, np.outer(sd, sd) * R, size=len(design.levels)))
    return (
        rng.normal(priors.beta_mean, priors.beta_sd),
        sds,
        cors,
        effects,
        rng.exponential(priors.sigma_mean),
    )


def quantities(base, y, beta, sds, cors, effects, sigma):
    """What is ranked, by name; the arguments have one leading axis of draws."""
    found = {"sigma": sigma} | {f"beta {i}": b for i, b in enumerate(beta.T)}
    eta = base.offset + beta @ base.X.T
    for t, (design, sd, R, b) in enumerate(zip(base.groups, sds, cors, effects, strict=True)):
        found |= {f"sd {t} {i}": s for i, s in enumerate(sd.T)}
        found |= {f"effect {t} {i}": e for i, e in enumerate(b[:, 0].T)}
        if design.correlated:
            found[f"cor {t}"] = R[:, 0, 1]
        eta = eta + (b[:, design.codes] * design.Z).sum(axis=-1)
    scale = sigma[:, None] / np.sqrt(base.weights)
    return found | {"likelihood": stats.norm.logpdf(y, eta, scale).sum(axis=1)}


def flat(draws):
    return draws.reshape(-1, *draws.shape[2:])


def least_p(ranks):
    """Smallest p value of the hypotheses that each quantity's ranks are even."""
    columns = {name: [row[name] for row in ranks] for name in ranks[0]}
    counts = {k: np.histogram(v, BINS, (-0.5, DRAWS + 0.5))[0] for k, v in columns.items()}
    return min((stats.chisquare(c).pvalue, name, c.tolist()) for name, c in counts.items())


@pytest.mark.slow
@pytest.mark.parametrize("structure", STRUCTURES)
def test_ranks_are_even_and_would_not_be_with_smaller_standard_deviations(structure):
    rng = np.random.default_rng(3)
    base, priors = model(structure)
    right, wrong = [], []
    for run in range(RUNS):
        centred, sds, cors, effects, sigma = simulated(base, priors, rng)
        beta = np.array([centred[0] - centred[1] * priors.centre[1], centred[1]])
        eta = base.offset + base.X @ beta
        for design, b in zip(base.groups, effects, strict=True):
            eta = eta + (b[design.codes] * design.Z).sum(axis=1)
        y = eta + sigma / np.sqrt(base.weights) * rng.normal(size=n)
        draws = sample(replace(base, y=y), priors, draws=DRAWS // 4, chains=4, random_seed=run)
        rest = [None if R is None else flat(R) for R in draws.cor], [flat(b) for b in draws.effects]
        drawn_sds = [flat(sd) for sd in draws.sd]
        truth = quantities(
            base, y, beta[None], [s[None] for s in sds], [R[None] for R in cors],
            [b[None] for b in effects], np.array([sigma]),
        )  # fmt: skip
        for ranks, scale in ((right, 1.0), (wrong, 0.8)):
            values = quantities(
                base, y, flat(draws.beta), [scale * s for s in drawn_sds], *rest, flat(draws.sigma)
            )
            ranks.append({name: int((values[name] < truth[name]).sum()) for name in truth})
    assert least_p(right)[0] > LEAST_P, least_p(right)
    assert least_p(wrong)[0] < LEAST_P
