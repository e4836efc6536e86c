"""How long a posterior takes: mlmwidget's exact engine beside other software, in one table.

Times are of a warm process: everything is run once before it is timed, except where compiling is part of
every fit, and the first use ever. Software that is not installed is left out with a line that says so.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmwidget as mlm
from mlmwidget.inference.exact.engine import sample
from mlmwidget.inference.exact.sums import make_sums

DATA = Path(__file__).parents[1] / "tests" / "reference" / "data"
SLOPES = "y ~ x + (x | g)"
CROSSED = "y ~ 1 + (1 | s) + (1 | d)"
FIRST = """
import mlmwidget as mlm
data = mlm.datasets.sleepstudy()
assert mlm.fit("Reaction ~ Days + (Days | Subject)", data, method="exact").draws.beta.size == 8000
"""


@dataclass(frozen=True)
class Asked:
    """What is asked of a row: at most so many seconds, GB and times the row above, at least this ESS."""

    seconds: float
    ess: float = 0.0
    memory: float = np.inf
    ratio: float = np.inf

    def __str__(self) -> str:
        parts = [f"{self.seconds:g} s"]
        parts += [f"ESS {self.ess:g}"] if self.ess else []
        parts += [f"{self.memory:g} GB"] if np.isfinite(self.memory) else []
        parts += [f"{self.ratio:g}×"] if np.isfinite(self.ratio) else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Row:
    """A line of the table; `ratio` is to mlmwidget's time."""

    data: str
    software: str
    seconds: float
    what: str
    ratio: float = 1.0
    ess: float | None = None
    memory: float | None = None
    asked: Asked | None = None

    @property
    def met(self) -> str:
        """Whether the row is what was asked for."""
        if self.asked is None:
            return ""
        kept = [
            self.seconds <= self.asked.seconds,
            (self.ess or 0.0) >= self.asked.ess,
            (self.memory or 0.0) <= self.asked.memory,
            self.ratio <= self.asked.ratio,
        ]
        return "met" if all(kept) else "NOT MET"

    def __str__(self) -> str:
        ess = "" if self.ess is None else f"{self.ess:.0f}"
        memory = "" if self.memory is None else f"{self.memory:.2f}"
        asked = "" if self.asked is None else str(self.asked)
        return (
            f"{self.ratio:>7.1f}× {self.seconds:>9.3f}  {ess:>6}  {memory:>6}  {asked:<22}{self.met:<9}"
            f"{self.data:<26}{self.software:<21}{self.what}"
        )


HEAD = (
    f"{'ratio':>8} {'seconds':>9}  {'ESS':>6}  {'GB':>6}  {'asked':<22}{'':<9}"
    f"{'data':<26}{'software':<21}what"
)
SETS = {
    "sleepstudy": ("Reaction ~ Days + (Days | Subject)", Asked(0.1, ess=3000)),
    "radon": ("log_radon ~ floor + (1 | county)", Asked(0.15)),
}


def timed(run: Callable[[], Any], *, warm: bool = True, repeats: int = 3) -> tuple[float, Any]:
    """Best of some runs, in seconds, and what the last one gave."""
    if warm:
        run()
    best, result = np.inf, None
    for _ in range(repeats if warm else 1):
        start = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - start)
    return best, result


def exact(formula: str, data: pd.DataFrame, *, repeats: int = 3, warm: bool = True) -> tuple[float, float]:
    """From data frame to 4000 equally weighted draws with effects; seconds and effective size."""

    def run() -> Any:
        frame = mlm.model_frame(formula, data)
        return sample(frame, mlm.default_priors(frame), random_seed=1)

    seconds, draws = timed(run, repeats=repeats, warm=warm)
    return seconds, min(draws.attributes["ess"], draws.sigma.size)


def nutpie(formula: str, data: pd.DataFrame) -> tuple[float, float]:
    seconds, fit = timed(
        lambda: mlm.fit(formula, data, method="pymc", progress=False, random_seed=1), warm=False
    )
    return seconds, fit.summary()["ess_bulk"].min()


def bambi(formula: str, data: pd.DataFrame) -> tuple[float, float]:
    import bambi as bmb
    from arviz_stats import ess

    seconds, found = timed(
        lambda: bmb.Model(formula, data).fit(draws=1000, chains=4, progressbar=False, random_seed=1),
        warm=False,
    )
    # The parameters, as for the others; each group's effects are left out.
    posterior = found["posterior"].to_dataset()
    names = [name for name in posterior if "|" not in name or name.endswith("_sigma")]
    return seconds, float(min(value.min() for value in ess(posterior[names]).data_vars.values()))


def statsmodels(formula: str, data: pd.DataFrame) -> tuple[float, float | None]:
    import statsmodels.formula.api as smf

    fixed, varying = formula.rstrip(")").split(" + (")
    inside, group = (part.strip() for part in varying.split("|"))
    seconds, _ = timed(lambda: smf.mixedlm(fixed, data, groups=data[group], re_formula=f"~{inside}").fit())
    return seconds, None


def lme4(formula: str, data: pd.DataFrame, repeats: int = 3) -> tuple[float, float | None]:
    """Time lmer inside a running R, the best of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        data.to_csv(path, index=False)
        script = (
            "a <- commandArgs(TRUE); d <- read.csv(a[1]); suppressMessages(library(lme4));"
            "f <- as.formula(a[2]); n <- as.integer(a[3]); if (n > 1) lmer(f, d);"
            "cat(min(sapply(1:n, function(i) system.time(lmer(f, d))[['elapsed']])))"
        )
        done = subprocess.run(
            [shutil.which("Rscript") or "Rscript", "-e", script, str(path), formula, str(repeats)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return float(done.stdout.split()[-1]), None


def _module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


def _with_r() -> bool:
    return shutil.which("Rscript") is not None


PEERS: dict[str, tuple[Callable[..., tuple[float, float | None]], Callable[[], bool], str]] = {
    "PyMC + nutpie": (nutpie, _module("pymc"), "4000 draws, NUTS"),
    "Bambi": (bambi, _module("bambi"), "4000 draws, NUTS"),
    "statsmodels MixedLM": (statsmodels, _module("statsmodels"), "REML estimates only"),
    "lme4": (lme4, _with_r, "REML estimates only"),
}
COMPILED = ("PyMC + nutpie", "Bambi")


def slopes(n: int, groups: int) -> pd.DataFrame:
    """Rows of a varying intercept and slope."""
    rng = np.random.default_rng(0)
    g, x = rng.integers(0, groups, n), rng.normal(size=n)
    y = rng.normal(size=groups)[g] + (1 + 0.5 * rng.normal(size=groups)[g]) * x + rng.normal(size=n)
    return pd.DataFrame(
        {"y": y, "x": x, "g": pd.Categorical.from_codes(g, [f"g{i:05}" for i in range(groups)])}
    )


def ratings(n: int = 73_421, students: int = 2972, lecturers: int = 1128) -> pd.DataFrame:
    """Students and lecturers crossed, of the size of lme4's InstEval."""
    rng = np.random.default_rng(0)
    s, d = rng.integers(0, students, n), rng.integers(0, lecturers, n)
    y = 3.2 + 0.33 * rng.normal(size=students)[s] + 0.52 * rng.normal(size=lecturers)[d]
    return pd.DataFrame({"y": y + 1.18 * rng.normal(size=n), "s": s, "d": d}).astype({"s": str, "d": str})


def first_use() -> Row:
    """From starting Python to 4000 draws, with nothing compiled and nothing cached before."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        seconds, _ = timed(
            lambda: subprocess.run([sys.executable, "-c", FIRST], env=environment, check=True), warm=False
        )
    what = "first use ever, with starting Python"
    return Row("sleepstudy", "mlmwidget exact", seconds, what, asked=Asked(5))


def beside_peers(quick: bool, notes: list[str]) -> list[Row]:
    """The small models, with every peer that is installed."""
    rows = []
    for name, (formula, asked) in SETS.items():
        data = pd.read_csv(DATA / f"{name}.csv")
        own, ess = exact(formula, data)
        rows.append(Row(name, "mlmwidget exact", own, "4000 draws with effects", ess=ess, asked=asked))
        for peer, (run, present, what) in PEERS.items():
            if quick and peer in COMPILED:
                continue
            if not present():
                notes.append(f"{peer} is not installed and was left out.")
                continue
            try:
                seconds, ess = run(formula, data)
            except Exception as error:  # a peer's failure is a line in the report, not its end
                notes.append(f"{peer} failed on {name}: {type(error).__name__}: {str(error)[:100]}")
                continue
            rows.append(Row(name, peer, seconds, what, seconds / own, ess))
    return rows


def _large(n: int) -> tuple[float, float, float, float]:
    """Seconds of frame and sums, and of the posterior; its effective size; peak memory in GB."""
    data = slopes(n, 10_000)

    def prepare() -> Any:
        frame = mlm.model_frame(SLOPES, data)
        priors = mlm.default_priors(frame)
        make_sums(frame, priors)
        return frame, priors

    first, (frame, priors) = timed(prepare)
    sums, _ = timed(lambda: make_sums(frame, priors))
    # The posterior begins with the sums, which are counted once.
    whole, draws = timed(lambda: sample(frame, priors, random_seed=1, effects=False))
    return first, whole - sums, draws.attributes["ess"], _peak()


def _crossed() -> tuple[float, float, float]:
    """Seconds, effective size, and peak memory in GB."""
    small = ratings(500, 40, 20)
    exact(CROSSED, small)  # compiles
    return *exact(CROSSED, ratings(), warm=False), _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _alone(run: Callable[..., Any], *arguments: Any) -> Any:
    """Run in a process of its own, so that the peak of its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, *arguments).result()


def large_models(notes: list[str]) -> list[Row]:
    """Many rows, and crossed factors."""
    rows, posteriors = [], []
    for n, name in ((100_000, "1e5 rows × 10 000 groups"), (1_000_000, "1e6 rows × 10 000 groups")):
        first, posterior, ess, memory = _alone(_large, n)
        posteriors.append(posterior)
        # Frame and sums grow with the rows, the posterior must not.
        ratio = posterior / posteriors[0]
        asked = Asked(2, ess=400) if n == 100_000 else Asked(2, ess=400, ratio=1.2)
        rows.append(Row(name, "mlmwidget exact", first, "frame and sums", asked=Asked(3)))
        rows.append(
            Row(name, "mlmwidget exact", posterior, "4000 draws of β, τ, ρ, σ", ratio, ess, memory, asked)
        )
    name = "73 421 rows, 2972 × 1128"
    seconds, ess, memory = _alone(_crossed)
    what = "4000 draws with effects"
    rows.append(Row(name, "mlmwidget exact", seconds, what, 1.0, ess, memory, Asked(30, memory=2)))
    if _with_r():
        other, _ = lme4(CROSSED, ratings(), repeats=1)
        rows.append(Row(name, "lme4", other, "REML estimates only", other / seconds))
    else:
        notes.append("lme4 is not installed and was left out.")
    return rows


def main(quick: bool = False) -> None:
    """Print the table."""
    notes: list[str] = []
    rows = [first_use(), *beside_peers(quick, notes), *([] if quick else large_models(notes))]
    print("Ratios are to mlmwidget's time above, of the 1e6 rows to the 1e5; ESS: effective sample size,")
    print("GB: peak memory of a process that does nothing else; asked: bars to stay within.")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (1 or 2 when nothing else runs).")
    print(HEAD, *rows, *dict.fromkeys(notes), sep="\n")
