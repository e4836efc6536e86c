"""Photograph charts in every situation: ``python tests/charts/contact_sheet.py -t dark slopes pooling``.

Writes ``SITUATION-THEME.png`` into ``tests/screenshots/charts`` (ignored by git): look at them.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import vl_convert
from PIL import Image
from standin import radon, sleepstudy, standin

import mlmwidget as mlm
from mlmwidget.charts import DARK, LIGHT, PLOTS, views
from mlmwidget.datasets import simulate

TARGET = Path(__file__).resolve().parent.parent / "screenshots" / "charts"
THEMES = {"light": (LIGHT, "#ffffff"), "dark": (DARK, "#16181d")}
#: Outcomes of families that cannot be simulated, from those of others.
OUTCOMES = {"gamma": lambda y: np.exp(0.4 * y), "beta": lambda y: 1 / (1 + np.exp(-0.5 * y))}
WIDE, GAP = 1500, 24
ODD_NAMES = [
    "x" * 200,
    "🙂🙃 smile",
    "مجموعة أولى",
    "קבוצה",
    "a very long name of one school",
    "<b>",
    "ß",
    "g 8",
]


def exact(formula: str, data: pd.DataFrame):
    """Fit by the exact engine with few draws."""
    return mlm.fit(formula, data, method="exact", draws=150, chains=2, random_seed=1, progress=False)


def simulated(formula: str, groups: int, per_group: int, **options):
    """Fit simulated Gaussian data."""
    s = simulate(formula, groups=groups, per_group=per_group, balanced=False, **options)
    return exact(formula, s.data)


def of_family(family: str, sd: float = 0.6):
    """Fit another family by Laplace's approximation where there is one."""
    known = family if family in ("bernoulli", "poisson") else "poisson" if "binom" in family else "gaussian"
    s = simulate("y ~ x + (1 + x | g)", groups=12, per_group=25, family=known, balanced=False, sd=sd)
    data = s.data.assign(y=OUTCOMES.get(family, lambda y: y)(s.data["y"]))
    try:
        return mlm.fit("y ~ x + (1 + x | g)", data, family=family, method="laplace", draws=150, chains=2)
    except ValueError:
        return standin("y ~ x + (1 + x | g)", data, [[sd, sd / 2]], 1.0, family=family)


def binomial():
    """Fit counted successes by Laplace's approximation."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"herd": np.repeat([f"h{j}" for j in range(15)], 4), "period": np.tile(range(4), 15)})
    data["size"] = rng.integers(3, 30, 60)
    data["sick"] = rng.binomial(data["size"], 1 / (1 + np.exp(1 + 0.4 * data["period"])))
    data["well"] = data["size"] - data["sick"]
    formula = "cbind(sick, well) ~ period + (1 | herd)"
    return mlm.fit(formula, data, family="binomial", method="laplace", draws=150, chains=2)


def odd_names():
    """Fit groups whose names are long, pictures, or run from right to left."""
    s = simulate("y ~ x + (1 + x | g)", groups=8, per_group=12)
    names = dict(zip(dict.fromkeys(s.data["g"]), ODD_NAMES, strict=True))
    data = s.data.assign(g=s.data["g"].map(names)).rename(columns={"y": "an outcome with a long name " * 3})
    return exact(f"`{data.columns[-1]}` ~ x + (1 + x | g)", data)


def penicillin():
    """Stand in for a fit of two crossed factors."""
    formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    return standin(formula, mlm.datasets.penicillin(), [[0.8], [1.9]], 0.55)


def machines():
    """Stand in for a fit of a factor's three levels that vary."""
    return standin("score ~ Machine + (Machine | Worker)", mlm.datasets.machines(), [[4, 4, 4]], 1)


SITUATIONS: dict[str, Callable[[], mlm.Fit]] = {
    "slopes": sleepstudy,
    "intercepts": radon,
    "level-only": lambda: standin("Reaction ~ 1 + (1 | Subject)", mlm.datasets.sleepstudy(), [[36]], 44),
    "slope-only": lambda: standin(
        "Reaction ~ Days + (0 + Days | Subject)", mlm.datasets.sleepstudy(), [[7]], 29
    ),
    "no-groups": lambda: standin("Reaction ~ Days", mlm.datasets.sleepstudy(), [], 47),
    "reml": lambda: mlm.fit("Reaction ~ Days + (Days | Subject)", mlm.datasets.sleepstudy(), method="reml"),
    "three-groups": lambda: simulated("y ~ x + (1 + x | g)", 3, 10),
    "three-terms": lambda: simulated("y ~ x + z + (1 + x + z | g)", 30, 20),
    "four-terms": lambda: simulated("y ~ x + z + w + (1 + x + z + w | g)", 30, 20),
    "group-predictor": lambda: exact("log_radon ~ floor + log_uranium + (1 | county)", mlm.datasets.radon()),
    "categories": machines,
    "nested": lambda: exact("strength ~ 1 + (1 | batch/cask)", mlm.datasets.pastes()),
    "crossed": penicillin,
    "singles": lambda: simulated("y ~ x + (1 | g)", 40, 2),
    "groups-3000": lambda: simulated("y ~ x + (1 + x | g)", 3000, 4),
    "groups-10000": lambda: simulated("y ~ x + (1 | g)", 10_000, 3),
    "rows-million": lambda: simulated("y ~ x + (1 | g)", 500, 2000),
    "odd-names": odd_names,
    "binomial": binomial,
    **{
        family: lambda family=family: of_family(family)
        for family in ("bernoulli", "poisson", "negbinomial", "gamma", "beta", "student")
    },
}


def picture(view: dict, theme: str) -> Image.Image:
    """Draw one chart with its heading and its note."""
    config, background = THEMES[theme]
    spec = view["spec"] or {"mark": "text", "height": 10, "data": {"values": []}}
    title = {"text": view["title"], "subtitle": _lines(view["note"] or "")}
    spec = {"vconcat": [{k: v for k, v in spec.items() if k not in ("$schema", "params")}], "title": title}
    spec["params"] = view["spec"].get("params", [])
    spec |= {"datasets": view["data"], "config": config | {"background": background}, "padding": 12}
    return Image.open(io.BytesIO(vl_convert.vegalite_to_png(spec, vl_version="6.4", scale=1)))


def _lines(text: str, width: int = 100) -> list[str]:
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}"
    return lines


def sheet(pictures: Iterable[Image.Image], theme: str) -> Image.Image:
    """Put pictures beside each other, in rows as wide as a screen."""
    placed, x, y, tall = [], GAP, GAP, 0
    for one in pictures:
        if x + one.width > WIDE and x > GAP:
            x, y, tall = GAP, y + tall + GAP, 0
        placed.append((one, (x, y)))
        x, tall = x + one.width + GAP, max(tall, one.height)
    wide = max(at[0] + one.width for one, at in placed) + GAP
    whole = Image.new("RGB", (wide, y + tall + GAP), THEMES[theme][1])
    for one, at in placed:
        whole.paste(one.convert("RGB"), at)
    return whole


def main() -> None:
    """Draw what the command line names, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-t", "--theme", choices=THEMES, default="light")
    parser.add_argument("wanted", nargs="*", metavar="SITUATION or PLOT")
    arguments = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    situations = [s for s in SITUATIONS if s in arguments.wanted] or list(SITUATIONS)
    names = [p for p in PLOTS if p in arguments.wanted] or list(PLOTS)
    for situation in situations:
        drawn = [picture(view, arguments.theme) for view in views(SITUATIONS[situation](), names)]
        sheet(drawn, arguments.theme).save(TARGET / f"{situation}-{arguments.theme}.png")


if __name__ == "__main__":
    main()
