"""What a person waits for, in a real JupyterLab and Chromium, beside what was asked.

Times run from the event in the page (its own time stamp) to the first frame that shows the answer, so the way
to the kernel and back, Vega and the painting are in them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from tests.browser.hosts import BROWSERS, Notebook, browser_path, browsing, laboratory

STATIC = Path(__file__).parents[1] / "mlmwidget" / "static"
#: Clicks on each data set, and as many times Enter; every one makes another model than the one before.
CLICKS = 30
#: Clicks before them, in which kernel and browser warm up and the worker process imports PyMC.
WARMING = 16
#: Kernels that are started for the first display.
KERNELS = 4
#: Milliseconds for which a hand presses a button of the mouse; a click is what ends that.
PRESS = 80
#: Times that a slider is dragged from end to end, and the steps of the mouse on the way.
SWEEPS, STEPS = 4, 30
# What was asked: milliseconds, frames a second, megabytes.
EQUATIONS, PLOTS, FRAMES, DISPLAY, BUNDLE = 50, 250, 30, 1500, 1.5
# The widget remembers the model frames of the last models; most clicks make one that is new.
CELL = """import mlmwidget as mlm
from mlmwidget.widget import source
source.REMEMBERED = 1
w = mlm.MLMWidget(mlm.datasets.{data}(), "{formula}")
w"""
FIRST = """import mlmwidget as mlm
w = mlm.MLMWidget(mlm.datasets.sleepstudy())
w"""
SETS = {
    "sleepstudy": "Reaction ~ Days + (Days | Subject)",
    "radon": "log_radon ~ floor + (1 + floor | county)",
}

# Runs in the page. A mark is the first frame painted after a condition has come true.
WATCH = """() => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  }));
  const once = (holds) => new Promise((resolve) => {
    if (holds()) return resolve(painted());
    const observer = new MutationObserver(() => {
      if (!holds()) return;
      observer.disconnect();
      resolve(painted());
    });
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    observer.observe(document.body, all);
  });
  const one = (selector) => document.querySelector(selector);
  const formula = () => one(".mlm-mirror")?.textContent ?? null;
  const equations = () => one(".mlm-equation-blocks")?.innerHTML ?? null;
  const report = () => one(".mlm-report")?.dataset ?? {};
  const drawn = () => {
    const boxes = [...document.querySelectorAll(".mlm-chart-box")];
    const current = (box) => box.dataset.report === report().report;
    return boxes.length > 0 && !one(".mlm-arriving") && boxes.every(current);
  };
  const settled = () => drawn() && report().formula === formula();
  let began = 0;
  for (const type of ["click", "keydown"]) {
    document.addEventListener(type, (event) => { began = event.timeStamp; }, true);
  }
  window.bench = {
    settled: () => once(settled),
    // After a click: milliseconds to the formula and the equations, and to the plots of the new model.
    click() {
      const before = [formula(), equations(), report().report];
      const followed = () => formula() !== before[0] && equations() !== before[1];
      const model = once(followed);
      const plots = once(() => followed() && settled() && report().report !== before[2]);
      window.bench.ended = Promise.all([model, plots]).then((times) => times.map((time) => time - began));
    },
    // After running a cell: milliseconds to the formula and the equations, and to the first plots.
    display() {
      const model = once(() => formula() && one(".mlm-katex .katex"));
      const plots = once(settled);
      window.bench.ended = Promise.all([model, plots]).then((times) => times.map((time) => time - began));
    },
    // Frames in which every chart was drawn anew. Vega writes attributes of SVG, or clears a canvas.
    frames() {
      const boxes = [...document.querySelectorAll(".mlm-chart-box")];
      const fresh = new Set();
      let count = 0;
      const drew = (box) => {
        fresh.add(box);
        if (fresh.size === boxes.length) { count += 1; fresh.clear(); }
      };
      const observers = boxes.map((box) => {
        const observer = new MutationObserver(() => drew(box));
        observer.observe(box, { subtree: true, childList: true, attributes: true });
        return observer;
      });
      const clear = CanvasRenderingContext2D.prototype.clearRect;
      CanvasRenderingContext2D.prototype.clearRect = function (...args) {
        const box = this.canvas.closest?.(".mlm-chart-box");
        if (box) drew(box);
        return clear.apply(this, args);
      };
      const start = performance.now();
      window.bench.rate = () => {
        for (const observer of observers) observer.disconnect();
        CanvasRenderingContext2D.prototype.clearRect = clear;
        return (1000 * count) / (performance.now() - start);
      };
    },
  };
}"""


@dataclass(frozen=True)
class Row:
    """A line of the table: what was asked, and what was measured; the worst twentieth decides."""

    what: str
    asked: str
    median: float
    worst: float
    unit: str
    met: bool
    times: int

    def __str__(self) -> str:
        digits = 2 if self.unit == "MB" else 0
        return (
            f"{self.what:<52}{self.asked:>12}{self.median:>9.{digits}f}{self.worst:>9.{digits}f} "
            f"{self.unit:<9}{'yes' if self.met else 'NO':<5}{self.times:>4}"
        )


HEAD = f"{'':<52}{'asked':>12}{'median':>9}{'p95':>9} {'':<9}{'met':<5}{'of':>4}"


def at_most(what: str, times: list[float], bar: float, unit: str = "ms") -> Row:
    """Make the line of a figure that should be small."""
    median, worst = np.percentile(times, [50, 95])
    return Row(what, f"< {bar:g} {unit}", median, worst, unit, bool(worst < bar), len(times))


def at_least(what: str, rates: list[float], bar: float) -> Row:
    """Make the line of a figure that should be large."""
    median, worst = np.percentile(rates, [50, 5])
    return Row(what, f"≥ {bar:g}/s", median, worst, "frames/s", bool(worst >= bar), len(rates))


@contextmanager
def notebook(cell: str) -> Iterator[Notebook]:
    """Open a notebook with one cell that shows a widget, in a new server and a new page."""
    with (
        tempfile.TemporaryDirectory() as home,
        laboratory(Path(home), [cell]) as address,
        browsing() as chromium,
    ):
        page = chromium.new_page(viewport={"width": 1600, "height": 1300})
        opened = Notebook(page, address)
        page.evaluate(WATCH)
        yield opened


def timed(page: Page, mark: str, act: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds from what is done to the two marks that `bench` has for it."""
    page.evaluate(f"bench.{mark}()")
    act()
    model, plots = page.evaluate("bench.ended")
    return model, plots


def clicks(opened: Notebook, act: Callable[[Locator], None]) -> list[tuple[float, float]]:
    """Go from model to model, as soon as the plots of the one before are there."""
    found = []
    others = opened.widget.locator(".mlm-presets [aria-pressed=false]:not([aria-disabled=true])")
    opened.page.evaluate("bench.settled()")
    for number in range(-WARMING, CLICKS):
        button = others.nth(number % others.count())
        times = timed(opened.page, "click", partial(act, button))
        if number >= 0:
            found.append(times)
    return found


def click(button: Locator) -> None:
    """Click as a hand does."""
    x, y = middle(button)
    mouse = button.page.mouse
    mouse.move(x, y)
    mouse.down()
    button.page.wait_for_timeout(PRESS)
    mouse.up()


def enter(button: Locator) -> None:
    """Press Enter on a button: the click comes at once."""
    button.press("Enter")


def middle(element: Locator) -> tuple[float, float]:
    """Middle of an element in the page."""
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, slider: Locator) -> float:
    """Frames a second while a slider is dragged to its ends and back."""
    box = slider.bounding_box()
    assert box is not None
    x, y = middle(slider)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("bench.frames()")
    for sweep in range(SWEEPS):
        end = x + 0.45 * box["width"] * (-1) ** sweep
        # The driver sends every step as soon as the page has taken the one before.
        page.mouse.move(end, y, steps=STEPS)
    rate = page.evaluate("bench.rate()")
    page.mouse.up()
    return rate


def figures() -> Iterator[Row]:
    """Measure everything, a line at a time."""
    sizes = [path.stat().st_size for path in STATIC.iterdir()]
    yield at_most("bundle, script and style sheet", [sum(sizes) / 1e6], BUNDLE, "MB")
    for data, formula in SETS.items():
        with notebook(CELL.format(data=data, formula=formula)) as opened:
            for what, act in (("click", click), ("Enter", enter)):
                times = clicks(opened, act)
                yield at_most(f"{data}: {what} to formula and equations", [t for t, _ in times], EQUATIONS)
                yield at_most(f"{data}: {what} to plots of the live posterior", [t for _, t in times], PLOTS)
            if data == "radon":
                yield from sliders(opened)
    yield from displays()


def sliders(opened: Notebook) -> Iterator[Row]:
    """Drag the pooling slider on each tab that has it."""
    opened.type_formula(SETS["radon"])
    opened.page.evaluate("bench.settled()")
    rates = {}
    for tab, what in (("Pooling", "pooling and shrinkage"), ("Group effects", "caterpillar")):
        opened.widget.get_by_role("tab", name=tab, exact=True).click()
        opened.page.evaluate("bench.settled()")
        slider = opened.widget.get_by_role("slider")
        slider.scroll_into_view_if_needed()
        rates[what] = [drag(opened.page, slider) for _ in range(3)]
        yield at_least(f"radon, 85 counties: slider, {what}", rates[what], FRAMES)


def displays() -> Iterator[Row]:
    """Run the first cell of new kernels."""
    with notebook(FIRST) as opened:
        times = []
        for _ in range(KERNELS):
            opened.page.evaluate(RESTART)
            times.append(timed(opened.page, "display", lambda: opened.run_cell(0)))
    yield at_most("first display in a new kernel, with its imports", [t for t, _ in times], DISPLAY)
    yield at_most("first plots in a new kernel", [t for _, t in times], np.inf)


RESTART = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  for (const cell of panel.content.widgets) cell.model.clearExecution?.();
  await panel.sessionContext.session.kernel.restart();
  const idle = () => panel.sessionContext.session?.kernel?.status === "idle";
  while (!idle()) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 500));
}"""


def main() -> None:
    """Print the table."""
    if browser_path() is None:
        print(f"No Chromium on the PATH (looked for {', '.join(BROWSERS)}): nothing was measured.")
        return
    print(f"Load of the machine: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors")
    print(HEAD)
    for row in figures():
        print(row, flush=True)
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}, the browser's own in it")


if __name__ == "__main__":
    main()
