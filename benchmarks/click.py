"""What a click costs in Python: formula, model frame, equations and words on 10 000 rows.

Run with ``python -m benchmarks.click``. Medians in milliseconds; a click should stay below 10 in all.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

ROWS = 10_000
REPEATS = 50
# A click changes the formula, so no stage may live on what it remembers of the last one.
FORMULAS = (
    "y ~ x + z + f + (1 + x | school) + (1 | pupil)",
    "y ~ x + z + f + (1 | school) + (1 | pupil)",
    "y ~ x * f + z + (1 + x | school) + (1 + z | pupil)",
    "y ~ x + z + f + (x || school) + (1 | pupil)",
)


def data(rows: int = ROWS) -> pd.DataFrame:
    """Simulate two numeric predictors, a factor of four levels, and pupils within schools."""
    rng = np.random.default_rng(1)
    pupil = rng.integers(0, rows // 5, rows)
    school = pupil % 100
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    f = rng.choice(["art", "maths", "music", "sport"], rows)
    y = 1 + x + rng.normal(size=100)[school] + rng.normal(size=rows)
    return pd.DataFrame({"y": y, "x": x, "z": z, "f": f, "school": pd.Categorical(school), "pupil": pupil})


def measure(rows: int = ROWS, repeats: int = REPEATS) -> dict[str, float]:
    """Median milliseconds of each stage of a click, and of their sum.

    Returns
    -------
    dict
        ``"parse"``, ``"frame"``, ``"latex"``, ``"words"`` and ``"sum"``.
    """
    from mlmwidget.data.build import model_frame
    from mlmwidget.formula.parse import parse
    from mlmwidget.notation.latex import latex
    from mlmwidget.notation.symbols import structure
    from mlmwidget.notation.words import sentences

    table = data(rows)
    spent: dict[str, list[float]] = {"parse": [], "frame": [], "latex": [], "words": []}

    def timed(stage: str, call: Callable[[], Any]) -> Any:
        start = perf_counter()
        value = call()
        spent[stage].append(1000 * (perf_counter() - start))
        return value

    for k in range(-len(FORMULAS), repeats):
        formula = FORMULAS[k % len(FORMULAS)]
        if k == 0:  # the first round imports and fills caches
            for times in spent.values():
                times.clear()
        spec = timed("parse", lambda formula=formula: parse(formula, table))
        frame = timed("frame", lambda spec=spec: model_frame(spec, table))
        timed("latex", lambda frame=frame: latex(frame.spec, frame, ids=True))
        timed("words", lambda frame=frame: sentences(structure(frame.spec, frame)))
    totals = [sum(parts) for parts in zip(*spent.values(), strict=True)]
    return {stage: median(times) for stage, times in spent.items()} | {"sum": median(totals)}


def main() -> None:
    """Print the medians."""
    print(f"A click on {ROWS} rows, median of {REPEATS}, in milliseconds")
    for stage, milliseconds in measure().items():
        print(f"{stage:>8} {milliseconds:7.2f}")


if __name__ == "__main__":
    main()
