"""Small frames of every family and link, and points at given standard deviations and correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mlmwidget.data.build import model_frame
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.parse import parse
from mlmwidget.inference.exact.loo import unconstrained
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.links import mean

#: Every family with every link that the exact engine does not fit.
PAIRS = [
    (name, link)
    for name, family in FAMILIES.items()
    for link in family.links
    if (name, link) != ("gaussian", "identity")
]

#: Linear predictors at which a link gives sensible means, as centre and spread.
_RANGES = {"log": (-1.5, 0.3), "identity": (3.0, 0.4), "inverse": (1.5, 0.2), "sqrt": (2.0, 0.3)}


def predictors(family, link, rng, n):
    """Linear predictors that the family and link allow, (n,)."""
    centre, spread = _RANGES.get(link, (0.2, 0.8))
    if link == "log" and family not in ("bernoulli", "binomial"):
        centre = 0.8
    return centre + spread * np.clip(rng.normal(size=n), -2.5, 2.5)


def response(family, mu, rng, trials=1):
    """Draws of a response with these means; shape or precision 4, σ 0.5."""
    match family:
        case "bernoulli":
            return rng.binomial(1, mu)
        case "binomial":
            return rng.binomial(trials, mu)
        case "poisson":
            return rng.poisson(mu)
        case "negbinomial":
            return rng.negative_binomial(4, 4 / (4 + mu))
        case "gamma":
            return rng.gamma(4, mu / 4)
        case "beta":
            return np.clip(rng.beta(4 * mu, 4 * (1 - mu)), 1e-4, 1 - 1e-4)
        case "student":
            return mu + 0.5 * rng.standard_t(4, size=len(mu))
        case _:
            return mu + 0.5 * rng.normal(size=len(mu))


def log_density(family, y, mu, trials=1):
    """The same distributions' log densities, by SciPy."""
    match family:
        case "bernoulli" | "binomial":
            return stats.binom.logpmf(y, trials, mu)
        case "poisson":
            return stats.poisson.logpmf(y, mu)
        case "negbinomial":
            return stats.nbinom.logpmf(y, 4, 4 / (4 + mu))
        case "gamma":
            return stats.gamma.logpdf(y, 4, scale=mu / 4)
        case "beta":
            return stats.beta.logpdf(y, 4 * mu, 4 * (1 - mu))
        case "student":
            return stats.t.logpdf(y, 4, mu, 0.5)
        case _:
            return stats.norm.logpdf(y, mu, 0.5)


#: The family's own parameters in these distributions, as the engine orders them.
OWN = {
    "student": (0.5, 4.0),
    "gaussian": (0.5,),
    "negbinomial": (4.0,),
    "gamma": (4.0,),
    "beta": (4.0,),
}


def simulated(family, link, rng, *, groups=6, rows=8, terms="(1 | g)"):
    """A frame ``y ~ x + terms`` with a response of this family and link; h is crossed with g, k within it."""
    n = groups * rows
    g = np.repeat(np.arange(groups), rows)
    eta = predictors(family, link, rng, n) + 0.1 * rng.normal(size=groups)[g]
    trials = rng.integers(3, 9, n)
    y = response(family, mean(link, eta), rng, trials if family == "binomial" else 1)
    data = pd.DataFrame(
        {"y": y, "x": rng.normal(size=n), "failures": trials - y if family == "binomial" else 0}
    )
    data["g"] = [f"g{i:02d}" for i in g]
    data["h"] = [f"h{i}" for i in np.arange(n) % 4]
    data["k"] = [f"k{i:02d}" for i in g // 2]
    left = "cbind(y, failures)" if family == "binomial" else "y"
    formula = f"{left} ~ x + {terms}"
    return model_frame(parse(formula, data, family=family, link=link), data)


def point(density, sds, cors, own=()):
    """Parameters of the approximate density at standard deviations and correlations in data units, (d,)."""
    draws = Draws(
        beta=np.zeros((1, 1, 0)),
        sd=tuple(np.asarray(sd, float)[None, None] for sd in sds),
        cor=tuple(None if cor is None else np.asarray(cor, float)[None, None] for cor in cors),
        effects=tuple(None for _ in sds),
        sigma=np.ones((1, 1)),
    )
    return np.r_[unconstrained(density.working.sums, draws)[0, :-1], np.log(np.asarray(own, float))]
