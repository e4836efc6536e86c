"""A click in a model of very many predictors: the work grows with them, not with their square."""

import sys

import numpy as np
import pandas as pd

from mlmwidget import parse
from mlmwidget.widget.source import Source
from mlmwidget.widget.view import view


def calls_of_a_click(predictors: int) -> int:
    """Return how many functions are called to show a model that nobody has shown before."""
    rng = np.random.default_rng(1)
    names = [f"x{k}" for k in range(predictors)]
    data = pd.DataFrame(rng.normal(size=(600, predictors)), columns=names)
    data["y"], data["g"] = rng.normal(size=600), np.repeat(np.arange(60).astype(str), 10)
    source = Source(data)
    spec = parse(f"y ~ {' + '.join(names)} + (1 | g)", source)
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        shown = view(spec, source)
    finally:
        sys.setprofile(None)
    assert len(shown["form"]["terms"]) == predictors
    return count


def test_a_click_costs_as_much_a_predictor_with_many_as_with_few():
    calls_of_a_click(5)  # what is imported and compiled once
    few, many = calls_of_a_click(60), calls_of_a_click(480)
    assert many < 1.5 * 8 * few
