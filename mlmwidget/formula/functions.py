"""The functions that a formula may call: a whitelist of names, with the arguments that R gives them."""

from __future__ import annotations

_OF_NUMBERS = (
    "exp", "sqrt", "abs", "log1p", "expm1", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "floor", "ceiling", "trunc", "sign",
)  # fmt: skip
_SUMMARIES = ("mean", "median", "sd", "var", "min", "max", "sum")
_SPLINE = ("x", "df", "knots", "intercept", "Boundary.knots")
_FACTOR = ("x", "levels", "labels", "exclude", "ordered")

#: Parameters of every function that may stand in a model, in R's order; "..." takes any number of values.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_OF_NUMBERS, ("x",)),
    **dict.fromkeys(_SUMMARIES, ("x", "na.rm")),
    **dict.fromkeys(("I", "identity", "as.factor", "as.numeric", "as.integer", "is.na"), ("x",)),
    **dict.fromkeys(("factor", "ordered"), _FACTOR),
    **dict.fromkeys(("pmin", "pmax"), ("...", "na.rm")),
    "log": ("x", "base"),
    "round": ("x", "digits"),
    "c": ("...",),
    "ave": ("...",),
    "ifelse": ("test", "yes", "no"),
    "scale": ("x", "center", "scale"),
    "center": ("x",),
    "poly": ("x", "degree", "raw", "simple"),
    "ns": _SPLINE,
    "bs": (*_SPLINE[:3], "degree", *_SPLINE[3:]),
    "cut": ("x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered_result"),
    "relevel": ("x", "ref"),
    "interaction": ("...", "sep", "lex.order", "drop"),
    "C": ("object", "contr", "how.many", "base"),
    "dummy": ("f", "levelsToKeep"),
    **dict.fromkeys(("contr.treatment", "contr.SAS"), ("n", "base")),
    **dict.fromkeys(("contr.sum", "contr.helmert", "contr.poly"), ("n",)),
    "cbind": ("...",),
    "offset": ("object",),
}

#: Names inside a call that need be no column: codings for ``C`` (which knows them without their prefix
#: too), and R's own constants.
CONTRASTS = frozenset(name for name in FUNCTIONS if name.startswith("contr."))
CODINGS = CONTRASTS | {name.removeprefix("contr.") for name in CONTRASTS}
NAMED_CONSTANTS = frozenset(["pi", "T", "F"])

#: Words around a bar that say how its effects covary: ``us(x | g)`` is ``(x | g)``, ``diag`` is ``||``.
COVARIANCES = {"us": True, "diag": False}

#: Words around a bar that this project has no model for.
OTHER_COVARIANCES = frozenset(
    ["cs", "ar1", "ou", "toep", "hetar1", "homdiag", "exp", "gau", "mat", "rr", "propto", "equalto"]
)

#: Model-fitting calls that people paste whole; the formula is the first argument or the one named so.
MODEL_CALLS = frozenset(
    [
        "lmer", "glmer", "glmer.nb", "nlmer", "glmmTMB", "blmer", "bglmer", "lm", "glm", "glm.nb", "aov",
        "brm", "bf", "brmsformula", "stan_lmer", "stan_glmer", "stan_glmer.nb", "stan_glm", "stan_lm",
        "Model", "bmb.Model", "bambi.Model", "fit", "mlm.fit", "mlmwidget.fit", "parse", "mlm.parse",
        "mlmwidget.parse", "formula", "as.formula", "Lmer", "lFormula", "glFormula", "lme",
        "smf.mixedlm", "mixedlm",
    ]
)  # fmt: skip
