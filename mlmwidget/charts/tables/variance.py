"""Numbers of the variance plot: where the variance lies, and posteriors of its parts over their priors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlmwidget.charts.plot import Plot, nothing, records, sentences
from mlmwidget.charts.tables.common import Results, factor_parts
from mlmwidget.charts.tables.parameters import density, spreads
from mlmwidget.formula.families import scale_of
from mlmwidget.formula.spec import coefficient_part
from mlmwidget.formula.text import in_words
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
        + "; ".join(f"{p.title} {_share(p.values)}" for p in spreads(fit)),
        titles={"share": "share of the variance", "density": "density"},
        data={
            **({} if shares is None else {"variance_shares": records(shares)}),
            "variance_posterior": records(posterior),
        },
        parts={"variance_posterior": ""} | ({} if shares is None else {"variance_shares": ""}),
        note=sentences(note, "In brackets: 95 % intervals. Dashed lines are the priors."),
    )


def variance_parts(fit: Results) -> dict[str, np.ndarray] | None:
    """Variance of each part of the model in each draw; None where the residual part has no variance.

    Population-level predictors: variance of Xβ over the rows. A grouping factor: mean over the rows of
    z'Σz (Johnson 2014). Residual: :func:`residual_variance`. Sources: Nakagawa and Schielzeth (2013),
    Nakagawa, Johnson and Schielzeth (2017).
    """
    frame, draws = fit.frame, fit.draws
    residual = residual_variance(fit)
    if residual is None:
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


def residual_variance(fit: Results) -> np.ndarray | None:
    """Variance within groups on the scale of the linear predictor in each draw, shape (draws,); None without.

    Gaussian: σ². Student-t: σ² ν/(ν − 2). Proportions: that of the link's latent variable. Log links: with
    mean λ and variance V of the outcome, log(1 + V/λ²), as of a lognormal. Beta: V/(μ(1 − μ))², by the delta
    method. λ and μ are the mean outcome. Source: Nakagawa, Johnson and Schielzeth (2017).
    """
    family, link = fit.frame.spec.family, fit.frame.spec.link
    n = fit.draws.beta[..., 0].size
    sigma, shape = (None if v is None else v.ravel() for v in (fit.draws.sigma, fit.draws.shape))
    if family == "gaussian" and sigma is not None:
        return np.asarray(sigma**2 * float(np.mean(1 / fit.frame.weights)))
    if family == "student" and sigma is not None and shape is not None:
        return np.asarray(sigma**2 * shape / (shape - 2)) if np.all(shape > 2) else None
    if family in ("bernoulli", "binomial") and link in LINK_VARIANCE:
        return np.full(n, LINK_VARIANCE[link])
    mean = float(fit.frame.y.mean())
    if link == "log" and family == "poisson":
        return np.full(n, np.log1p(1 / mean))
    if link == "log" and shape is not None and family in ("negbinomial", "gamma"):
        return np.asarray(np.log1p(1 / shape + (1 / mean if family == "negbinomial" else 0.0)))
    if link == "logit" and family == "beta" and shape is not None:
        return np.asarray(1 / (mean * (1 - mean) * (1 + shape)))
    return None


def _shares(fit: Results) -> tuple[pd.DataFrame | None, str]:
    """Share of each part, and the sentence with ICC and R²."""
    parts = variance_parts(fit)
    if parts is None:
        spec = fit.frame.spec
        return (
            None,
            f"Shares are not shown: {spec.family} with the link {spec.link} has no residual variance.",
        )
    total = np.sum(list(parts.values()), axis=0)
    groups = total - parts["predictors"] - parts["residual"]
    rows = []
    only_intercept = all(t == -1 for t in fit.frame.X_terms)
    for order, (name, part) in enumerate(parts.items()):
        if name == "predictors" and only_intercept:
            continue
        lower, upper = np.quantile(part / total, [0.025, 0.975])
        mean = float(np.mean(part / total))
        within = "within groups (residual)" if fit.frame.groups else "residual"
        label = {"predictors": "population-level predictors", "residual": within}
        title = label.get(name, f"between levels of {in_words(name)}")
        text = f"{100 * mean:.0f} % ({100 * lower:.0f} to {100 * upper:.0f})"
        rows.append((title, _home(fit, name), order, mean, float(lower), float(upper), text))
    table = pd.DataFrame(rows, columns=["source", "part", "order", "share", "lower", "upper", "text"])
    figures = {"ICC": groups / (groups + parts["residual"])} if fit.frame.groups else {}
    if not only_intercept:
        # Without predictors the marginal R² is zero, and the conditional one is the ICC.
        figures["R² marginal"] = parts["predictors"] / total
        figures["R² conditional"] = (parts["predictors"] + groups) / total
    return table, ", ".join(f"{name} {_portion(values)}" for name, values in figures.items()) + (
        "." if fit.frame.spec.link == "identity" else f", on the {scale_of(fit.frame.spec.link)}."
    )


def _home(fit: Results, name: str) -> str:
    """Ids of the parts of the model that a part of the variance comes from."""
    if name == "predictors":
        return " ".join(dict.fromkeys(coefficient_part(t) for t in fit.frame.X_terms if t >= 0))
    return "sigma" if name == "residual" else factor_parts(fit.frame, name)


def _portion(values: np.ndarray) -> str:
    """Write a number between 0 and 1 with its interval: two decimals, three where that tells them apart."""
    lower, upper = np.quantile(values, [0.025, 0.975])
    digits = 2 if upper - lower >= 0.05 else 3
    return f"{values.mean():.{digits}f} ({lower:.{digits}f} to {upper:.{digits}f})"


def _share(values: np.ndarray) -> str:
    lower, upper = np.quantile(values, [0.025, 0.975])
    return format_estimate(float(values.mean()), float(lower), float(upper))


def _densities(fit: Results) -> pd.DataFrame:
    """Posterior and prior density of every standard deviation and correlation."""
    parts = []
    for order, parameter in enumerate(spreads(fit)):
        apart = "" if not parameter.measure else " " if fit.frame.spec.link == "identity" else ", "
        text = f"{_share(parameter.values)}{apart}{parameter.measure}"
        low, high = (-1.0, 1.0) if parameter.kind == "cor" else (0.0, None)
        x, y = density(parameter.values, low, high)
        prior = np.full(len(x), np.nan) if parameter.prior is None else parameter.prior(x)
        parts.append(
            pd.DataFrame(
                {
                    "panel": f"{parameter.name}\n{text}",
                    "parameter": parameter.title,
                    "part": parameter.part,
                    "order": order,
                    "x": x,
                    "density": y,
                    "prior": prior,
                    "text": text,
                }
            )
        )
    columns = ["panel", "parameter", "part", "order", "x", "density", "prior", "text"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
