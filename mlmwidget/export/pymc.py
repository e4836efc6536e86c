"""The model as a self-contained PyMC script, equal to :func:`mlmwidget.build_model` variable for variable."""

from __future__ import annotations

from mlmwidget.data.groups import group_labels
from mlmwidget.data.values import Factor
from mlmwidget.export.columns import helpers, part_expression
from mlmwidget.export.errors import ExportError
from mlmwidget.export.mlmwidget_script import arguments
from mlmwidget.export.model import ExportModel
from mlmwidget.export.python import python_expression, read_data
from mlmwidget.formula.spec import GroupTerm
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.notation.columns import Column

_WHAT = "The PyMC script"

_LIKELIHOODS = {
    "gaussian": "pm.Normal('y', mu=mu, sigma=sigma, observed=y, dims='obs')",
    "student": "pm.StudentT('y', nu=shape, mu=mu, sigma=sigma, observed=y, dims='obs')",
    "bernoulli": "pm.Bernoulli('y', p=mu, observed=y, dims='obs')",
    "binomial": "pm.Binomial('y', n=trials, p=mu, observed=y, dims='obs')",
    "poisson": "pm.Poisson('y', mu=mu, observed=y, dims='obs')",
    "negbinomial": "pm.NegativeBinomial('y', mu=mu, alpha=shape, observed=y, dims='obs')",
    "gamma": "pm.Gamma('y', alpha=shape, beta=shape / mu, observed=y, dims='obs')",
    "beta": "pm.Beta('y', alpha=mu * shape, beta=(1 - mu) * shape, observed=y, dims='obs')",
}
_INVERSE_LINKS = {
    "identity": "eta",
    "log": "pm.math.exp(eta)",
    "inverse": "1 / eta",
    "sqrt": "eta**2",
    "logit": "pm.math.invlogit(eta)",
    "probit": "pm.math.invprobit(eta)",
    "cloglog": "-pm.math.expm1(-pm.math.exp(eta))",
    "cauchit": "0.5 + pm.math.arctan(eta) / np.pi",
}
_SHAPE_MEANS = {
    "negbinomial": "max(10.0, y.mean() ** 2 / (y.var() - y.mean()) if y.var() > y.mean() else 0.0)",
    "gamma": "max(10.0, y.mean() ** 2 / y.var())",
    "beta": "max(10.0, y.mean() * (1 - y.mean()) / y.var() - 1)",
}

_LKJ = '''
def lkj_cholesky(name, k, eta=2):
    """Cholesky factor of a correlation matrix with an LKJ(eta) prior, from partial correlations.

    The same prior as pm.LKJCorr (Lewandowski, Kurowicka and Joe 2009); it compiles faster.
    """
    rows, columns = np.tril_indices(k, -1)
    shape = eta + (k - 2 - columns) / 2
    partial = 2 * pm.Beta(name, shape, shape, shape=len(rows)) - 1
    cholesky = []
    for i in range(k):
        row, rest = [], np.float64(1.0)
        for z in (partial[n] for n in np.flatnonzero(rows == i)):
            row.append(z * pm.math.sqrt(rest))
            rest = rest * (1 - z**2)
        cholesky.append(pm.math.stack([*row, pm.math.sqrt(rest), *np.zeros(k - 1 - i)]))
    return pm.math.stack(cholesky)
'''

_SCALE = '''
def scale(x):
    """Standard deviation of a column; 1 for a column of zeros and ones."""
    return 1.0 if np.isin(x, (0, 1)).all() else x.std(ddof=1) or 1.0
'''
_LABEL = '''
def label(level):
    """Text of a level as R writes it: whole numbers without decimals, TRUE and FALSE."""
    if isinstance(level, (bool, np.bool_)):
        return str(level).upper()
    return f"{level:.15g}" if isinstance(level, float) else str(level)
'''


def pymc_script(model: ExportModel) -> str:
    """Write a script for PyMC.

    The script makes its arrays with NumPy and pandas. Where a term cannot be written so, it asks
    :func:`mlmwidget.model_frame` for them; the model itself is PyMC's in every case.

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    ExportError
        If there is nothing to estimate, or without data if a term needs them to be known.
    """
    spec = model.spec
    if not spec.terms and not spec.intercept and not spec.groups:
        raise ExportError("There is nothing to estimate: add an intercept, a predictor or a group.")
    labels = group_labels(spec.groups)
    arrays, plain = _arrays(model, labels)
    imports, functions = helpers(arrays)
    if not plain:
        imports.append("import mlmwidget as mlm")
    lines = [
        f"# {spec.formula}",
        "import numpy as np",
        "import pandas as pd",
        "import pymc as pm",
        *imports,
        "",
        *functions,
        *([_LABEL] if spec.groups and plain else []),
        *([_LKJ] if any(_correlated(model, g, group) for g, group in enumerate(spec.groups)) else []),
        _SCALE,
        "",
        *read_data(model, text=not plain),
        "",
        *arrays,
        *_prior_scales(model),
        *_coords(model, labels, plain),
        "",
        *_model(model, labels),
        "",
        "with model:",
        "    idata = pm.sample()",
        "",
    ]
    return "\n".join(lines)


def _arrays(model: ExportModel, labels: list[str]) -> tuple[list[str], bool]:
    """Lines that make the arrays, and whether NumPy alone makes them."""
    try:
        _require_plain_rows(model)
        return [*_design(model), *_groups(model, labels), *_complete_rows(model, labels)], True
    except ExportError:
        if model.frame is None:
            raise
        return _frame(model), False


def _require_plain_rows(model: ExportModel) -> None:
    """Refuse models whose rows are not just those without a missing value of a column."""
    frame = model.frame
    if frame is None:
        return
    used = frame.rows[model.names]
    if used.isna().any(axis=None) or any(p.code == "undefined-values" for p in frame.problems):
        raise ExportError("Which rows are complete depends on the terms of the formula.")


def _frame(model: ExportModel) -> list[str]:
    """Ask this library for the arrays."""
    spec = model.spec
    lines = [
        "# R's columns of these terms, or the rows where they are known, are long to write in NumPy:",
        "# mlmwidget makes the arrays, and the model stays as it is written below",
        f"frame = mlm.model_frame({arguments(model)})",
        "y, offset = frame.y, frame.offset",
    ]
    lines += ["trials = frame.trials"] if model.counts is not None else []
    lines += ["weights = frame.weights"] if model.weights is not None else []
    lines += ["X, X_names = frame.X, list(frame.X_names)"] if spec.intercept or spec.terms else []
    for g in range(len(spec.groups)):
        lines += [
            f"codes_{g}, levels_{g} = frame.groups[{g}].codes, frame.groups[{g}].levels",
            f"Z_{g}, Z_{g}_names = frame.groups[{g}].Z, list(frame.groups[{g}].columns)",
        ]
    return [*lines, ""]


def _design(model: ExportModel) -> list[str]:
    """Write the response and the population-level design."""
    spec = model.spec
    if model.counts is not None:
        success, trials = (_array(_text(model, e)) for e in model.counts)
        lines = [f"y = np.round({success})", f"trials = np.round({trials})"]
    else:
        lines = [f"y = {_response(model)}"]
    lines += [f"weights = {_array(_text(model, Name(model.weights)))}"] if model.weights is not None else []
    columns = _named_columns(model, spec.intercept, [model.term_columns(t) for t in spec.terms])
    if model.frame is not None:
        # Columns that others determine are left out, as in the frame.
        columns = [c for c in columns if c[0] in model.frame.X_names]
    lines += _matrix("X", columns) if columns else []
    offsets = " + ".join(_text(model, o) for o in spec.offsets)
    return [*lines, f"offset = {_array(offsets)}" if offsets else "offset = np.zeros(len(y))", ""]


def _response(model: ExportModel) -> str:
    expression = model.spec.response
    text, values = _text(model, expression), model.values(expression)
    if isinstance(values, Factor):
        first = values.take(slice(None)).levels[0]
        return f"({text}.astype(str) != {first!r}).to_numpy(float)"
    return _array(text)


def _groups(model: ExportModel, labels: list[str]) -> list[str]:
    lines = []
    for g, (group, label) in enumerate(zip(model.spec.groups, labels, strict=True)):
        factors = [_text(model, v) for v in group.factor]
        if len(factors) > 1:
            factors = [f"{f}.map(label).astype(str)" for f in factors]
        columns = _named_columns(model, group.intercept, [model.term_columns(t, g) for t in group.terms])
        joined = " + ':' + ".join(factors)
        lines += [f"groups_{g} = {joined}  # {label!a}", *_matrix(f"Z_{g}", columns), ""]
    return lines


def _complete_rows(model: ExportModel, labels: list[str]) -> list[str]:
    """Leave incomplete rows out once the columns are made: R transforms before it drops rows."""
    arrays = ["y", "offset", *(["trials"] if model.counts is not None else [])]
    arrays += ["weights"] if model.weights is not None else []
    arrays += ["X"] if model.spec.intercept or model.spec.terms else []
    arrays += [f"Z_{g}" for g in range(len(labels))]
    lines = [f"rows = data[{model.names!r}].notna().all(axis=1).to_numpy()"]
    lines.append(f"{', '.join(arrays)} = {', '.join(f'{a}[rows]' for a in arrays)}")
    lines += [
        f"codes_{g}, levels_{g} = pd.factorize(groups_{g}[rows], sort=True)" for g in range(len(labels))
    ]
    return [*lines, ""]


def _named_columns(
    model: ExportModel, intercept: bool, terms: list[tuple[Column, ...]]
) -> list[tuple[str, str]]:
    columns = [("(Intercept)", "np.ones(len(data))")] if intercept else []
    return columns + [
        (c.name, " * ".join(part_expression(model, p, _WHAT) for p in c.parts)) for t in terms for c in t
    ]


def _matrix(name: str, columns: list[tuple[str, str]]) -> list[str]:
    return [
        f"{name} = np.column_stack(",
        "    [",
        *(f"        {text}," for _, text in columns),
        "    ]",
        ").astype(float)",
        f"{name}_names = {[c for c, _ in columns]!r}",
    ]


def _prior_scales(model: ExportModel) -> list[str]:
    """Scales of the priors, by the rule of :func:`mlmwidget.default_priors`."""
    spec = model.spec
    scaled = spec.family in ("gaussian", "student")
    identity = scaled and spec.link == "identity"
    lines = ["# Weakly informative priors, scaled to the data"]
    lines += ["y_sd = y.std(ddof=1) or 1.0"] if scaled else []
    mean, sd = ("np.mean(y - offset)", "y_sd") if identity else ("0.0", "1.0")
    if spec.intercept or spec.terms:
        lines.append("is_intercept = np.array([name == '(Intercept)' for name in X_names], float)")
        centre = "X.mean(axis=0) * (1 - is_intercept)" if spec.intercept else "np.zeros(X.shape[1])"
        lines += [
            f"centre = {centre}",
            f"beta_mean = is_intercept * {mean}",
            f"beta_sd = 2.5 * {sd} / np.array([scale(x) for x in X.T])",
        ]
    lines += [f"sd_mean_{g} = {sd} / np.array([scale(z) for z in Z_{g}.T])" for g in range(len(spec.groups))]
    return [*lines, ""]


def _coords(model: ExportModel, labels: list[str], plain: bool) -> list[str]:
    lines = ["coords = {", "    'obs': np.arange(len(y)),"]
    if model.spec.intercept or model.spec.terms:
        lines.append("    'predictor': X_names,")
    for g, (group, label) in enumerate(zip(model.spec.groups, labels, strict=True)):
        levels = f"[label(level) for level in levels_{g}]" if plain else f"list(levels_{g})"
        lines.append(f"    {f'{label}_level'!r}: {levels},")
        lines.append(f"    {f'{label}_column'!r}: Z_{g}_names,")
        if _correlated(model, g, group):
            lines.append(f"    {f'{label}_column_bis'!r}: Z_{g}_names,")
    return [*lines, "}"]


def _correlated(model: ExportModel, g: int, group: GroupTerm) -> bool:
    if model.frame is not None:
        return model.frame.groups[g].correlated
    return group.correlated and group.intercept + sum(len(model.term_columns(t, g)) for t in group.terms) > 1


def _model(model: ExportModel, labels: list[str]) -> list[str]:
    spec = model.spec
    lines = ["with pm.Model(coords=coords) as model:", "    eta = offset"]
    if spec.intercept or spec.terms:
        lines += [
            "    # Priors hold for the centred design; beta is the same on the data's own scale.",
            "    centred = pm.Normal('beta_centred', beta_mean, beta_sd, dims='predictor')",
            "    shift = is_intercept * (centre * centred).sum()",
            "    pm.Deterministic('beta', centred - shift, dims='predictor')",
            "    eta = eta + (X - centre) @ centred",
        ]
    for g, (group, label) in enumerate(zip(spec.groups, labels, strict=True)):
        lines += _group_model(g, label, _correlated(model, g, group))
    lines.append(f"    mu = {_INVERSE_LINKS[spec.link]}")
    if spec.family in ("gaussian", "student"):
        lines.append("    sigma = pm.Exponential('sigma', scale=y_sd)")
    if spec.family == "student":
        lines.append("    shape = pm.Gamma('shape', alpha=2.0, beta=2.0 / 20.0)")
    elif spec.family in _SHAPE_MEANS:
        lines.append(f"    shape = pm.Exponential('shape', scale={_SHAPE_MEANS[spec.family]})")
    likelihood = _LIKELIHOODS[model.family]
    if model.weights is not None:
        likelihood = likelihood.replace("sigma=sigma", "sigma=sigma / np.sqrt(weights)")
    return [*lines, f"    {likelihood}"]


def _group_model(g: int, label: str, correlated: bool) -> list[str]:
    level, column = f"{label}_level", f"{label}_column"
    lines = [
        f"    sd = pm.Exponential({f'sd_{label}'!r}, scale=sd_mean_{g}, dims={column!r})",
        f"    z = pm.Normal({f'z_{label}'!r}, dims={(level, column)!r})",
    ]
    spread = "z * sd"
    if correlated:
        bis = (column, f"{column}_bis")
        lines += [
            f"    cholesky = lkj_cholesky({f'partial_{label}'!r}, Z_{g}.shape[1])",
            f"    pm.Deterministic({f'cor_{label}'!r}, cholesky @ cholesky.T, dims={bis!r})",
        ]
        spread = "(z @ cholesky.T) * sd"
    return [
        *lines,
        f"    effect = pm.Deterministic({f'effect_{label}'!r}, {spread}, dims={(level, column)!r})",
        f"    eta = eta + (Z_{g} * effect[codes_{g}]).sum(axis=-1)",
    ]


def _text(model: ExportModel, expression: Expression) -> str:
    return python_expression(model, expression, _WHAT)


def _array(text: str) -> str:
    return f"np.asarray({text}, float)"
