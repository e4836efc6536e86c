"""The response: numbers, yes/no, successes of trials; and whether it fits the family."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlmwidget.data.design import Variable
from mlmwidget.data.errors import counted, data_error, listed
from mlmwidget.data.values import Column, Factor, Logical, are_numbers
from mlmwidget.formula.spec import ModelSpec
from mlmwidget.formula.syntax import Call, Expression, Operation
from mlmwidget.formula.text import expression_text
from mlmwidget.problems import DataError, Problem

_COUNTS = ("poisson", "negbinomial")


@dataclass(frozen=True, eq=False)
class Response:
    """The response of the rows used.

    Parameters
    ----------
    y
        Numbers, or successes, shape (n,).
    trials
        Trials of a binomial response, shape (n,), else None.
    problems
        What should be said about it.
    weights_are_trials
        Whether the weights say nothing but the trials, and are used up by them.
    """

    y: np.ndarray
    trials: np.ndarray | None
    problems: tuple[Problem, ...] = ()
    weights_are_trials: bool = False


def response_parts(spec: ModelSpec) -> tuple[Expression, ...]:
    """Return the expressions that make the response: one, or two for successes and trials."""
    response = spec.response
    if isinstance(response, Call) and response.function == "cbind":
        return tuple(argument.value for argument in response.arguments)
    if _is_quotient(spec):
        assert isinstance(response, Operation)
        return response.operands
    return (response,)


def _is_quotient(spec: ModelSpec) -> bool:
    response = spec.response
    return (
        spec.family == "binomial"
        and isinstance(response, Operation)
        and response.operator == "/"
        and len(response.operands) == 2
    )


def make_response(spec: ModelSpec, variable: Variable, weights: np.ndarray | None) -> Response:
    """Return the response, checked against the family.

    Parameters
    ----------
    spec
        The model.
    variable
        Gives the column of an expression for the rows used.
    weights
        Weights, which are the trials when a binomial response is a column of proportions.

    Raises
    ------
    DataError
        If the values are outside of what the family allows.
    """
    parts = response_parts(spec)
    if isinstance(spec.response, Call) and spec.response.function == "cbind":
        return _successes_and_failures(spec, parts, variable)
    if _is_quotient(spec):
        y, trials = (_numeric(spec, p, variable(p)) for p in parts)
        response = _binomial(spec, y, trials)
        same = weights is not None and np.array_equal(weights, trials)
        return replace(response, weights_are_trials=same)
    column = variable(parts[0])
    if isinstance(column, Factor) or (isinstance(column, Logical) and _is_binary(spec)):
        return _two_levels(spec, column)
    y = _numeric(spec, parts[0], column)
    if spec.family == "binomial":
        if weights is not None and np.all((y >= 0) & (y <= 1)):
            return replace(_binomial(spec, y * weights, weights), weights_are_trials=True)
        if not np.all((y == 0) | (y == 1)):
            raise _error(
                spec,
                f"The binomial response “{_text(spec)}” has values other than 0 and 1, so the number of "
                f"trials is needed: write {_text(spec)} / trials or cbind(successes, failures).",
                "binomial-needs-trials",
            )
        return Response(y, np.ones(len(y)), _constant(spec, y))
    _check_range(spec, y)
    return Response(y, None, _constant(spec, y))


def _is_binary(spec: ModelSpec) -> bool:
    return spec.family in ("bernoulli", "binomial")


def _text(spec: ModelSpec) -> str:
    return expression_text(spec.response)


def _error(spec: ModelSpec, message: str, code: str) -> DataError:
    return data_error(message, code, column=_text(spec), part="response")


def _numeric(spec: ModelSpec, part: Expression, column: Column) -> np.ndarray:
    if isinstance(column, Factor) or column.values.ndim > 1:
        raise _error(spec, f"“{expression_text(part)}” is not a numeric column.", "response-kind")
    return column.values


def _two_levels(spec: ModelSpec, column: Factor | Logical) -> Response:
    """Return 0 for the first level and 1 for the other, as R does."""
    text = _text(spec)
    levels = ("FALSE", "TRUE") if isinstance(column, Logical) else column.levels
    if not _is_binary(spec):
        cure = "choose a numeric column"
        if len(levels) == 2:
            cure = "use the family bernoulli for its probability"
        elif isinstance(column, Factor) and column.text and are_numbers(levels):
            cure = f"they are numbers as text, so write as.numeric({text})"
        raise _error(
            spec,
            f"The response “{text}” has categories ({listed(levels, 4)}), and the family {spec.family} needs "
            f"numbers: {cure}.",
            "factor-response",
        )
    if len(levels) > 2:
        raise _error(
            spec,
            f"The response “{text}” has {len(levels)} categories ({listed(levels, 4)}), and the family "
            f'{spec.family} needs two: compare one with the others, as in ({text} == "{levels[-1]}").',
            "response-levels",
        )
    values = column.values if isinstance(column, Logical) else np.minimum(column.codes, 1).astype(float)
    note: tuple[Problem, ...] = ()
    if isinstance(column, Factor) and len(levels) == 2:
        note = (
            Problem(
                "note",
                "success-level",
                f"The model is for the probability that {text} is “{levels[1]}” (the first level, "
                f"“{levels[0]}”, counts as failure).",
                part="response",
                column=text,
            ),
        )
    trials = np.ones(len(values)) if spec.family == "binomial" else None
    return Response(values, trials, (*note, *_constant(spec, values)))


def _successes_and_failures(spec: ModelSpec, parts: tuple[Expression, ...], variable: Variable) -> Response:
    if spec.family != "binomial":
        raise _error(
            spec,
            f"{_text(spec)} are successes and failures, which the family {spec.family} cannot use: "
            "use the family binomial.",
            "cbind-family",
        )
    if len(parts) != 2:
        raise _error(spec, f"{_text(spec)} needs two columns: successes and failures.", "cbind-columns")
    successes, failures = (_numeric(spec, p, variable(p)) for p in parts)
    if np.any(failures < 0):
        wrong = int((failures < 0).sum())
        raise _error(
            spec,
            f"“{expression_text(parts[1])}” is negative in {counted(wrong, 'row')}, so it cannot be a "
            "number of failures: the second column of cbind() is failures, not trials.",
            "response-range",
        )
    return _binomial(spec, successes, successes + failures)


def _binomial(spec: ModelSpec, y: np.ndarray, trials: np.ndarray) -> Response:
    whole = np.round(y), np.round(trials)
    for name, given, rounded in (("successes", y, whole[0]), ("trials", trials, whole[1])):
        off = np.abs(given - rounded) > 1e-6 * np.maximum(1.0, np.abs(given))
        if off.any():
            raise _error(
                spec,
                f"The number of {name} of “{_text(spec)}” is not whole in {counted(int(off.sum()), 'row')}: "
                "binomial counts are whole numbers.",
                "response-range",
            )
    bad = (whole[0] < 0) | (whole[0] > whole[1])
    if bad.any():
        raise _error(
            spec,
            f"In {counted(int(bad.sum()), 'row')} of “{_text(spec)}” the successes are negative or more than "
            "the trials: check the two columns.",
            "response-range",
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        share = whole[0] / whole[1]
    return Response(whole[0], whole[1], _constant(spec, share[whole[1] > 0]))


def _check_range(spec: ModelSpec, y: np.ndarray) -> None:
    text, family = _text(spec), spec.family
    if family == "bernoulli":
        bad, need = (y != 0) & (y != 1), "is neither 0 nor 1"
        cure = "use 0/1, a yes/no column or a column with two categories"
    elif family in _COUNTS:
        bad, need = (y < 0) | (np.abs(y - np.round(y)) > 1e-6), "is negative or not a whole number"
        cure = "counts are 0, 1, 2, …; use another family for measurements"
    elif family == "gamma":
        bad, need = y <= 0, "is not positive"
        cure = "use another family, or add a constant that makes sense"
    elif family == "beta":
        bad, need = (y <= 0) | (y >= 1), "is not between 0 and 1 (both excluded)"
        cure = "use shares strictly between 0 and 1"
    else:
        return
    if bad.any():
        raise _error(
            spec,
            f"The response “{text}” {need} in {counted(int(bad.sum()), 'row')}, which the family {family} "
            f"does not allow: {cure}.",
            "response-range",
        )


def _constant(spec: ModelSpec, y: np.ndarray) -> tuple[Problem, ...]:
    if len(y) and np.all(y == y[0]):
        return (
            Problem(
                "warning",
                "constant-response",
                f"The response “{_text(spec)}” is {y[0]:g} in every row that is used, so there is nothing to "
                "explain: choose another outcome.",
                part="response",
                column=_text(spec),
            ),
        )
    return ()
