"""The functions that a formula may call: a whitelist of names, with the arguments that R gives them."""

from __future__ import annotations

import math

#: Parameters of every function that may stand in a model, in R's order. Ending in "..." takes any number.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "I": ("x",),
    "log": ("x", "base"),
    "exp": ("x",),
    "sqrt": ("x",),
    "abs": ("x",),
    "log1p": ("x",),
    "expm1": ("x",),
    "log2": ("x",),
    "log10": ("x",),
    "sin": ("x",),
    "cos": ("x",),
    "tan": ("x",),
    "round": ("x", "digits"),
    "floor": ("x",),
    "ceiling": ("x",),
    "pmin": ("...", "na.rm"),
    "pmax": ("...", "na.rm"),
    "c": ("...",),
    "scale": ("x", "center", "scale"),
    "center": ("x",),
    "poly": ("x", "degree", "raw", "simple"),
    "ns": ("x", "df", "knots", "intercept", "Boundary.knots"),
    "bs": ("x", "df", "knots", "degree", "intercept", "Boundary.knots"),
    "cut": ("x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered_result"),
    "factor": ("x", "levels", "labels", "exclude", "ordered"),
    "as.factor": ("x",),
    "as.numeric": ("x",),
    "relevel": ("x", "ref"),
    "interaction": ("...", "sep"),
    "C": ("object", "contr", "how.many"),
    "dummy": ("f", "levelsToKeep"),
    "contr.treatment": ("n", "base"),
    "contr.sum": ("n",),
    "contr.helmert": ("n",),
    "contr.poly": ("n",),
    "contr.SAS": ("n",),
    "cbind": ("...",),
    "offset": ("object",),
}

#: Names that stand for a function or a number where the data have no column of that name.
CONTRASTS = frozenset(name for name in FUNCTIONS if name.startswith("contr."))
NUMBERS = {"pi": math.pi}

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
        "mlmwidget.parse", "formula", "as.formula", "Lmer", "Formula", "feols", "lFormula", "glFormula",
    ]
)  # fmt: skip
