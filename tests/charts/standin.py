"""A fit made without sampling: the posterior of β and b given variances, which is Normal in closed form."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlmwidget.data.build import model_frame
from mlmwidget.inference.fit import Fit
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import default_priors

SHAPED = ("student", "negbinomial", "gamma", "beta")


def standin(formula, data, sd, sigma, cor=None, family=None, seed=0, n_draws=400) -> Fit:
    """Draw from the posterior given `sd` (one list a group design), `cor` (matrices) and `sigma`.

    For other families the same Normal draws stand in, on the scale of the linear predictor.
    """
    frame = model_frame(formula, data, family)
    rng = np.random.default_rng(seed)
    blocks, precisions = [frame.X], [np.zeros((frame.X.shape[1],) * 2)]
    for g, design in enumerate(frame.groups):
        k, n_levels = len(design.columns), len(design.levels)
        Z = np.zeros((frame.n, n_levels, k))
        Z[np.arange(frame.n), design.codes] = design.Z
        blocks.append(Z.reshape(frame.n, -1))
        D = np.diag(sd[g])
        R = np.eye(k) if cor is None or cor[g] is None else np.asarray(cor[g])
        precisions.append(np.kron(np.eye(n_levels), np.linalg.inv(D @ R @ D)))
    W = np.concatenate(blocks, axis=1)
    P = W.T @ W / sigma**2
    at = 0
    for block in precisions:
        P[at : at + len(block), at : at + len(block)] += block
        at += len(block)
    y = frame.y if frame.spec.link == "identity" else 2 * (frame.y - frame.y.mean())
    L = np.linalg.cholesky(P)
    mean = np.linalg.solve(P, W.T @ y / sigma**2)
    # Antithetic draws: their means are the posterior means exactly.
    half = rng.standard_normal((len(mean), n_draws // 2))
    joint = mean + np.linalg.solve(L.T, np.concatenate([half, -half], axis=1)).T
    p = frame.X.shape[1]
    effects, sds, cors, at = [], [], [], p
    for g, design in enumerate(frame.groups):
        k, n_levels = len(design.columns), len(design.levels)
        effects.append(joint[:, at : at + n_levels * k].reshape(2, n_draws // 2, n_levels, k))
        at += n_levels * k
        # Spread around the given standard deviations, so that densities have something to show.
        sds.append(np.asarray(sd[g], float) * np.exp(rng.normal(0, 0.15, (2, n_draws // 2, k))))
        R = np.eye(k) if cor is None or cor[g] is None else np.asarray(cor[g])
        shrunk = rng.uniform(0.6, 1.4, (2, n_draws // 2, 1, 1)) * (R - np.eye(k)) + np.eye(k)
        cors.append(shrunk if design.correlated else None)
    draws = Draws(
        beta=joint[:, :p].reshape(2, n_draws // 2, p),
        sd=tuple(sds),
        cor=tuple(cors),
        effects=tuple(effects),
        sigma=sigma * np.exp(rng.normal(0, 0.05, (2, n_draws // 2)))
        if frame.spec.family in ("gaussian", "student")
        else None,
        shape=6.0 * np.exp(rng.normal(0, 0.1, (2, n_draws // 2))) if frame.spec.family in SHAPED else None,
        attributes={"engine": "exact"},
    )
    return Fit(frame, default_priors(frame), "exact", draws)


@cache
def sleepstudy() -> Fit:
    from mlmwidget.datasets import sleepstudy as data

    cor = [[[1, 0.0656], [0.0656, 1]]]
    return standin("Reaction ~ Days + (Days | Subject)", data(), [[24.74, 5.922]], 25.59, cor)


@cache
def radon() -> Fit:
    from mlmwidget.datasets import radon as data

    return standin("log_radon ~ floor + (1 | county)", data(), [[0.33]], 0.756)
