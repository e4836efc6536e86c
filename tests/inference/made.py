"""Draws and fits that no sampler made, for tests of what is made of them."""

from dataclasses import replace

import numpy as np
from reference_data import fits, load

from mlmwidget.data.build import model_frame
from mlmwidget.inference.fit import Fit
from mlmwidget.inference.point import PointEstimate
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import default_priors


def independent_draws(frame, chains=4, draws=500, seed=1):
    """Draws that are independent, so that nothing is wrong with them."""
    rng = np.random.default_rng(seed)
    shape = (chains, draws)

    def correlations(k):
        result = np.broadcast_to(np.eye(k), (*shape, k, k)).copy()
        for i in range(k):
            for j in range(i):
                result[..., i, j] = result[..., j, i] = rng.uniform(-0.5, 0.5, shape)
        return result

    return Draws(
        beta=rng.normal(2, 1, (*shape, frame.X.shape[1])),
        sd=tuple(rng.exponential(1, (*shape, g.Z.shape[1])) for g in frame.groups),
        cor=tuple(correlations(g.Z.shape[1]) if g.correlated else None for g in frame.groups),
        effects=tuple(rng.normal(size=(*shape, len(g.levels), g.Z.shape[1])) for g in frame.groups),
        sigma=rng.exponential(1, shape),
        stats={"diverging": np.zeros(shape, dtype=bool), "energy": rng.normal(size=shape)},
        attributes={"engine": "pymc", "target_accept": 0.9},
    )


def made_fit(formula="Reaction ~ Days + (Days | Subject)", data="sleepstudy", **changes):
    frame = model_frame(formula, load(data))
    draws = replace(independent_draws(frame), **changes)
    return Fit(frame, default_priors(frame), "pymc", draws)


def point_fit(singular=False):
    record = next(f for f in fits() if f["id"] == "FD01")
    frame = model_frame(record["formula"], load("sleepstudy"))
    (term,) = record["varcorr"]
    point = PointEstimate(
        beta=np.array([f["estimate"] for f in record["fixef"]]),
        beta_cov=np.array(record["fixef_vcov"]),
        sd=(np.array(term["sd"]),),
        cor=(np.array(term["cor"]),),
        sigma=record["sigma"],
        effects=(np.array(record["ranef"][0]["mode"]),),
        effects_sd=(np.array(record["ranef"][0]["cond_sd"]),),
        criterion=record["REML_criterion"],
        log_likelihood=record["logLik"],
        reml=True,
        singular=singular,
    )
    return Fit(frame, default_priors(frame), "reml", point)
