"""Compile the exact engine ahead of its first use; ``python -m mlmwidget.inference.exact.warm`` does it.

Numba keeps what it compiles on disk, so a process that runs this spares every later one the wait.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def warm() -> None:
    """Sample a tiny model once, so that everything is compiled and kept on disk."""
    from mlmwidget.data.build import model_frame
    from mlmwidget.inference.exact.engine import sample
    from mlmwidget.model.priors import default_priors

    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(6), 5)
    y = rng.normal(size=6)[group] + rng.normal(size=30)
    data = pd.DataFrame({"y": y, "x": rng.normal(size=30), "g": [f"g{i}" for i in group]})
    frame = model_frame("y ~ x + (x | g)", data)
    sample(frame, default_priors(frame), draws=100, random_seed=0)


if __name__ == "__main__":
    warm()
