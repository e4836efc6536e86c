"""Numbers of the variance plot: where the variance lies, and posteriors of its parts over their priors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.plot import Plot, nothing, records, sentences
from mlmwidget.charts.tables.common import Results
from mlmwidget.charts.tables.parameters import density, spreads
from mlmwidget.inference.lines import flat
from mlmwidget.notation.numbers import format_estimate

#: Residual variance on the scale of the linear predictor (Nakagawa and Schielzeth 2010).
LINK_VARIANCE = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6}


def variance(fit: Results) -> Plot:
    """Shares of the variance with intervals, ICC and R², and densities of the standard deviations."""
    title = "Where the variance lies"
    if not fit.intervals:
        return nothing("variance", title, "A point estimate has no posterior to draw; fit with draws.")
    shares, note = _shares(fit)
    posterior = _densities(fit)
    return Plot(
        name="variance",
        version="shares" if shares is not None else "posterior",
        title=title,
        description=f"{title}. {note or ''} Below, posterior densities (filled) over their priors (dashed): "
        + "; ".join(f"{p} {t}" for p, t in _summaries(fit)),
        titles={"share": "share of the variance", "density": "density"},
        data={
            **({} if shares is None else {"variance_shares": records(shares)}),
            "variance_posterior": records(posterior),
        },
        note=sentences(note, "Dashed lines are the priors."),
    )


def variance_parts(fit: Results) -> dict[str, np.ndarray] | None:
    """Variance of each part of the model in each draw; None where the residual part has no variance.

    Population-level predictors: variance of Xβ over the rows. A grouping factor: mean over the rows of
    z'Σz (Johnson 2014). Residual: σ², or that of the link's latent variable. Sources: Nakagawa and
    Schielzeth (2013), Nakagawa, Johnson and Schielzeth (2017).
    """
    frame, draws = fit.frame, fit.draws
    if frame.spec.family == "gaussian" and draws.sigma is not None:
        residual = draws.sigma.ravel() ** 2 * float(np.mean(1 / frame.weights))
    elif frame.spec.family in ("bernoulli", "binomial") and frame.spec.link in LINK_VARIANCE:
        residual = np.full(draws.beta[..., 0].size, LINK_VARIANCE[frame.spec.link])
    else:
        return None
    beta, centred = flat(draws.beta), frame.X - frame.X.mean(axis=0)
    parts = {"predictors": np.einsum("sp,pq,sq->s", beta, centred.T @ centred / frame.n, beta)}
    for design, sd, cor in zip(frame.groups, draws.sd, draws.cor, strict=True):
        moments = design.Z.T @ design.Z / frame.n
        tau = flat(sd)
        correlation = np.eye(tau.shape[1]) if cor is None else flat(cor)
        sigma = tau[:, :, None] * correlation * tau[:, None, :]
        part = np.einsum("skl,kl->s", sigma, moments)
        parts[design.factor] = parts.get(design.factor, 0.0) + part
    parts["residual"] = residual
    return parts


def _shares(fit: Results) -> tuple[pd.DataFrame | None, str]:
    """Share of each part, and the sentence with ICC and R²."""
    parts = variance_parts(fit)
    if parts is None:
        return None, f"Shares are not shown: the family {fit.frame.spec.family} has no residual variance."
    total = np.sum(list(parts.values()), axis=0)
    groups = total - parts["predictors"] - parts["residual"]
    rows = []
    only_intercept = all(t == -1 for t in fit.frame.X_terms)
    for order, (name, part) in enumerate(parts.items()):
        if name == "predictors" and only_intercept:
            continue
        lower, upper = np.quantile(part / total, [0.025, 0.975])
        mean = float(np.mean(part / total))
        label = {"predictors": "population-level predictors", "residual": "within groups (residual)"}
        title = label.get(name, f"between levels of {name}")
        text = f"{mean:.0%} ({lower:.0%} to {upper:.0%})"
        rows.append((title, order, mean, float(lower), float(upper), text))
    table = pd.DataFrame(rows, columns=["part", "order", "share", "lower", "upper", "text"])
    icc, marginal, conditional = (
        _share(values)
        for values in (
            groups / (groups + parts["residual"]),
            parts["predictors"] / total,
            (parts["predictors"] + groups) / total,
        )
    )
    return table, f"ICC {icc}, R² marginal {marginal}, R² conditional {conditional}."


def _share(values: np.ndarray) -> str:
    lower, upper = np.quantile(values, [0.025, 0.975])
    return format_estimate(float(values.mean()), float(lower), float(upper))


def _densities(fit: Results) -> pd.DataFrame:
    """Posterior and prior density of every standard deviation and correlation."""
    parts = []
    for order, (parameter, (title, text)) in enumerate(zip(spreads(fit), _summaries(fit), strict=True)):
        low, high = (-1.0, 1.0) if parameter.kind == "cor" else (0.0, None)
        x, y = density(parameter.values, low, high)
        prior = np.full(len(x), np.nan) if parameter.prior is None else parameter.prior(x)
        parts.append(
            pd.DataFrame({"panel": title, "order": order, "x": x, "density": y, "prior": prior, "text": text})
        )
    columns = ["panel", "order", "x", "density", "prior", "text"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _summaries(fit: Results) -> list[tuple[str, str]]:
    """Title and estimate with interval of each parameter."""
    return [(p.title, _share(p.values)) for p in spreads(fit)]
