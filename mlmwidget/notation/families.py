"""How each family of responses is written: its distribution, its mean and its own scale."""

from __future__ import annotations

from mlmwidget.data.frame import ModelFrame
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Call, Expression, Name, Operation
from mlmwidget.notation.escape import name_latex
from mlmwidget.notation.expressions import expression_latex
from mlmwidget.notation.render import Pen, Symbol, script, sub

_LINKS = {
    "logit": r"\operatorname{logit}",
    "probit": r"\Phi^{-1}",
    "cloglog": r"\operatorname{cloglog}",
    "log": r"\log",
    "inverse": r"\operatorname{inverse}",
    "sqrt": r"\operatorname{sqrt}",
    "cauchit": r"\operatorname{cauchit}",
}
_MEANS = {
    "bernoulli": "p",
    "binomial": "p",
    "beta": "p",
    "poisson": r"\lambda",
    "negbinomial": r"\lambda",
}

NU = Symbol(r"\nu", "sigma", "shape")
SHAPE = Symbol(r"\phi", "sigma", "shape")


def additive(spec: ModelSpec) -> bool:
    """Whether the response is its linear predictor plus an error: Gaussian or Student-t, identity link."""
    return spec.family in ("gaussian", "student") and spec.link == "identity"


def mean_symbol(spec: ModelSpec, index: str) -> Symbol:
    r"""Name the mean of one response, as ``p_{ij}``; ``\theta_{ij}`` where no letter is customary."""
    return Symbol(sub(_MEANS.get(spec.family, r"\theta"), index), "response")


def linked_mean(spec: ModelSpec, mean: str) -> str:
    r"""Write the link function around a mean, for example ``\operatorname{logit}(p_{ij})``."""
    if spec.link == "identity":
        return mean
    return f"{_LINKS.get(spec.link, _named(spec.link))}({mean})"


def response_latex(spec: ModelSpec) -> str:
    """Write the response without index: the successes of a binomial response, if they have a name."""
    counts = _counts(spec.response) if spec.family == "binomial" else None
    return expression_latex(counts[0] if counts else spec.response)


def counts_trials(spec: ModelSpec, frame: ModelFrame | None) -> bool:
    """Whether the response counts successes among several trials; a single trial is Bernoulli's."""
    if spec.family != "binomial":
        return False
    if _counts(spec.response) is not None:
        return True
    return frame is not None and frame.trials is not None and bool((frame.trials != 1).any())


def distribution(spec: ModelSpec, frame: ModelFrame | None, pen: Pen, index: str, weight: str = "") -> str:
    r"""Distribution of a response given its mean, for example ``\operatorname{Poisson}(\lambda_{ij})``.

    Parameters
    ----------
    spec, frame
        The model, and its frame if there are data.
    pen
        Writes the symbols.
    index
        Index of an observation.
    weight
        What a Gaussian variance is divided by, as LaTeX; empty without weights.
    """
    mean = pen.write(mean_symbol(spec, index))
    shape = pen.write(SHAPE)
    match spec.family:
        case "gaussian" | "student":
            return f"{error_name(spec, pen)}({mean}, {variance(pen, weight)})"
        case "binomial" if counts_trials(spec, frame):
            return rf"\operatorname{{Binomial}}({pen.write(Symbol(sub('n', index), 'response'))}, {mean})"
        case "bernoulli" | "binomial":
            return rf"\operatorname{{Bernoulli}}({mean})"
        case "poisson":
            return rf"\operatorname{{Poisson}}({mean})"
        case "negbinomial":
            return rf"\operatorname{{NegBinomial}}({mean}, {shape})"
        case "gamma":
            return rf"\operatorname{{Gamma}}({mean}, {shape})"
        case "beta":
            return rf"\operatorname{{Beta}}({mean}, {shape})"
        case other:
            return f"{_named(other)}({mean})"


def error_name(spec: ModelSpec, pen: Pen) -> str:
    r"""Name of the distribution of the errors, ``\mathcal{N}`` or ``t_{\nu}``."""
    return rf"t_{{{pen.write(NU)}}}" if spec.family == "student" else r"\mathcal{N}"


def variance(pen: Pen, weight: str = "") -> str:
    r"""Write the residual variance, ``\sigma^2`` or ``\sigma^2 / \mathrm{w}_{ij}``."""
    return pen.square(Symbol(r"\sigma", "sigma", "sigma")) + (f" / {weight}" if weight else "")


def trials_latex(spec: ModelSpec, index: str, frame: ModelFrame | None = None) -> str | None:
    r"""Write the number of trials of a response, for example ``\mathrm{size}_{ij}``; None if unknown."""
    counts = _counts(spec.response)
    if counts is None:
        weighted = frame is not None and counts_trials(spec, frame)
        return f"{name_latex(frame.weights_name)}_{script(index)}" if frame is not None and weighted else None
    success, trials = counts
    if trials is None and isinstance(spec.response, Call):
        failure = expression_latex(spec.response.arguments[1].value)
        return f"{expression_latex(success)}_{script(index)} + {failure}_{script(index)}"
    return f"{expression_latex(trials)}_{script(index)}" if trials is not None else None


def _counts(response: Expression) -> tuple[Expression, Expression | None] | None:
    """Successes and trials of ``success / trials`` or ``cbind(success, failure)``; None for others."""
    match response:
        case Operation(operator="/", operands=(success, trials)):
            return success, trials
        case Call(function="cbind", arguments=(success, failure)):
            match failure.value:
                case Operation(operator="-", operands=(Name() as total, subtracted)) if (
                    subtracted == success.value
                ):
                    return success.value, total
            return success.value, None
    return None


def _named(name: str) -> str:
    return rf"\operatorname{{{''.join(c for c in name if c.isalnum() and c.isascii())}}}"
