"""How long a posterior takes: mlmwidget's exact engine beside other software. Run by `make bench`.

Times are of a warm process: everything is run once before it is timed, except where compiling is part of
every fit. Software that is not installed is left out with a line that says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import mlmwidget as mlm
from benchmarks import click
from mlmwidget.inference.exact.engine import sample

SLEEPSTUDY = "Reaction ~ Days + (Days | Subject)"
RADON = "log_radon ~ floor + (1 | county)"
DATA = Path(__file__).parents[1] / "tests" / "reference" / "data"


def timed(run: Callable[[], object], *, warm: bool = True, repeats: int = 3) -> float:
    """Best of some runs, in seconds."""
    if warm:
        run()
    best = np.inf
    for _ in range(repeats if warm else 1):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def exact(formula: str, data: pd.DataFrame, *, effects: bool = True, repeats: int = 3) -> float:
    """From data frame to 4000 equally weighted draws."""

    def run() -> object:
        frame = mlm.model_frame(formula, data)
        return sample(frame, mlm.default_priors(frame), random_seed=1, effects=effects)

    return timed(run, repeats=repeats)


def nutpie(formula: str, data: pd.DataFrame) -> float:
    return timed(lambda: mlm.fit(formula, data, method="pymc", progress=False, random_seed=1), warm=False)


def bambi(formula: str, data: pd.DataFrame) -> float:
    import bambi as bmb

    return timed(
        lambda: bmb.Model(formula, data).fit(draws=1000, chains=4, progressbar=False, random_seed=1),
        warm=False,
    )


def statsmodels(formula: str, data: pd.DataFrame) -> float:
    import statsmodels.formula.api as smf

    fixed, varying = formula.rstrip(")").split(" + (")
    inside, group = (part.strip() for part in varying.split("|"))
    return timed(lambda: smf.mixedlm(fixed, data, groups=data[group], re_formula=f"~{inside}").fit())


def lme4(formula: str, data: pd.DataFrame) -> float:
    """lmer inside a running R, best of three."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        data.to_csv(path, index=False)
        script = (
            "a <- commandArgs(TRUE); d <- read.csv(a[1]); suppressMessages(library(lme4));"
            "f <- as.formula(a[2]); lmer(f, d);"
            "cat(min(sapply(1:3, function(i) system.time(lmer(f, d))[['elapsed']])))"
        )
        done = subprocess.run(
            [shutil.which("Rscript") or "Rscript", "-e", script, str(path), formula],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return float(done.stdout.split()[-1])


PEERS: dict[str, tuple[Callable[[str, pd.DataFrame], float], Callable[[], bool], str]] = {
    "PyMC + nutpie": (nutpie, lambda: importlib.util.find_spec("pymc") is not None, "4000 draws, NUTS"),
    "Bambi": (bambi, lambda: importlib.util.find_spec("bambi") is not None, "4000 draws, NUTS"),
    "statsmodels MixedLM": (
        statsmodels, lambda: importlib.util.find_spec("statsmodels") is not None, "REML estimates only",
    ),
    "lme4": (lme4, lambda: shutil.which("Rscript") is not None, "REML estimates only"),
}  # fmt: skip


def slopes(n: int, groups: int) -> pd.DataFrame:
    """Rows of a varying intercept and slope."""
    rng = np.random.default_rng(0)
    g, x = rng.integers(0, groups, n), rng.normal(size=n)
    y = rng.normal(size=groups)[g] + (1 + 0.5 * rng.normal(size=groups)[g]) * x + rng.normal(size=n)
    return pd.DataFrame(
        {"y": y, "x": x, "g": pd.Categorical.from_codes(g, [f"g{i:05}" for i in range(groups)])}
    )


def ratings() -> pd.DataFrame:
    """Students and lecturers crossed, of the size of lme4's InstEval."""
    rng = np.random.default_rng(0)
    n, students, lecturers = 73_421, 2972, 1128
    s, d = rng.integers(0, students, n), rng.integers(0, lecturers, n)
    y = 3.2 + 0.33 * rng.normal(size=students)[s] + 0.52 * rng.normal(size=lecturers)[d]
    return pd.DataFrame({"y": y + 1.18 * rng.normal(size=n), "s": s, "d": d}).astype({"s": str, "d": str})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without the large models and compiled peers")
    quick = parser.parse_args().quick
    rows: list[tuple[str, str, float, float, str]] = []
    notes: list[str] = []
    sets = {"sleepstudy": SLEEPSTUDY, "radon": RADON}
    for name, formula in sets.items():
        data = pd.read_csv(DATA / f"{name}.csv")
        own = exact(formula, data)
        rows.append((name, "mlmwidget exact", 1.0, own, "4000 draws with effects"))
        for peer, (run, present, what) in PEERS.items():
            if quick and peer in ("PyMC + nutpie", "Bambi"):
                continue
            if not present():
                notes.append(f"{peer} is not installed and was left out.")
                continue
            try:
                seconds = run(formula, data)
            except Exception as error:  # a peer's failure is a line in the report, not its end
                notes.append(f"{peer} failed on {name}: {type(error).__name__}: {str(error)[:100]}")
                continue
            rows.append((name, peer, seconds / own, seconds, what))
    if not quick:
        large = exact("y ~ x + (x | g)", slopes(1_000_000, 10_000), effects=False, repeats=1)
        rows.append(("1e6 rows × 10 000 groups", "mlmwidget exact", 1.0, large, "4000 draws of β, τ, ρ, σ"))
        crossed = exact("y ~ 1 + (1 | s) + (1 | d)", ratings(), repeats=1)
        rows.append(("73 421 rows, 2972 × 1128", "mlmwidget exact", 1.0, crossed, "4000 draws with effects"))
    print(f"{'ratio':>8}  {'seconds':>9}  {'data':<26}{'software':<22}what")
    for name, software, ratio, seconds, what in rows:
        print(f"{ratio:>7.1f}×  {seconds:>9.3f}  {name:<26}{software:<22}{what}")
    print(f"Peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    print(*dict.fromkeys(notes), sep="\n")
    print("\nA click on 10 000 rows, in Python:")
    click.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
