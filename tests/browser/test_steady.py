"""What stays as it is on screen while a person types, clicks quickly, fits and drags the slider."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
#: Places of what stands before the report's charts, from the widget's own corner, at every frame.
FOLLOW = """() => {
  const names = [".mlm-form", ".mlm-formula", ".mlm-equations", ".mlm-status", ".mlm-tabs", ".mlm-charts"];
  const corner = document.querySelector(".mlm").getBoundingClientRect();
  window.places = Object.fromEntries(names.map((name) => [name, new Set()]));
  window.following = true;
  const look = () => {
    const { top } = document.querySelector(".mlm").getBoundingClientRect();
    for (const name of names) {
      const element = document.querySelector(name);
      if (element) window.places[name].add(Math.round(element.getBoundingClientRect().top - top));
    }
    if (window.following) requestAnimationFrame(look);
  };
  look();
}"""
FOLLOWED = """() => {
  window.following = false;
  return Object.fromEntries(Object.entries(window.places).map(([name, tops]) => [name, [...tops]]));
}"""
#: The same from the frame on in which the equations of another model are there.
AFTER_CLICK = """() => {
  const formula = () => document.querySelector(".mlm-mirror").textContent;
  const before = formula();
  window.places = {};
  const wait = () => (formula() === before ? requestAnimationFrame(wait) : (FOLLOW)());
  wait();
}""".replace("FOLLOW", FOLLOW)
#: Twenty clicks as fast as the page takes them, and every report that is shown from then on.
BURST = """() => {
  const report = document.querySelector(".mlm-report");
  window.shown = [];
  new MutationObserver(() => window.shown.push({ ...report.dataset })).observe(report, { attributes: true });
  const presets = [...document.querySelectorAll(".mlm-presets button")];
  for (let click = 0; click < 20; click += 1) presets[click % presets.length].click();
}"""
DRAWN = """() => {
  const { report } = document.querySelector(".mlm-report").dataset;
  const boxes = [...document.querySelectorAll(".mlm-chart-box")];
  return boxes.length > 0 && boxes.every((box) => box.dataset.report === report);
}"""


@pytest.fixture
def live(notebook, widget):
    """The widget with the live posterior of a model with slopes, drawn."""
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_have_attribute("data-formula", CORRELATED, timeout=120_000)
    # The words have figures once the report is of the model on screen.
    figures = re.compile("intercept is 25[12].*slope of Days")
    expect(widget.get_by_role("region", name="Model")).to_contain_text(figures, timeout=60_000)
    results.get_by_role("tab", name="Pooling").click()
    notebook.page.wait_for_function(DRAWN)
    return widget


def moved(page):
    return {name: tops for name, tops in page.evaluate(FOLLOWED).items() if max(tops) - min(tops) > 1}


def test_of_twenty_clicks_the_newest_wins(notebook, live):
    page = notebook.page
    page.evaluate(BURST)
    last = "Reaction ~ Days + (1 + Days || Subject)"
    expect(notebook.formula()).to_have_value(last)
    results = live.get_by_role("region", name="Results")
    expect(results).to_have_attribute("data-formula", last, timeout=60_000)
    page.wait_for_function(DRAWN)
    expect(live.locator(".mlm-presets button").last).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1500)  # what was under way would come now
    expect(results).to_have_attribute("data-formula", last)
    assert page.evaluate(DRAWN)
    numbers = [int(report["report"]) for report in page.evaluate("window.shown")]
    assert numbers == sorted(numbers)
    # Most of the models on the way were never fitted.
    assert len(set(numbers)) < 10


def test_nothing_moves_while_the_slider_is_dragged(notebook, live):
    slider = live.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page, middle = notebook.page, box["y"] + box["height"] / 2
    page.evaluate(FOLLOW)
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(box["x"] + box["width"] * abs(15 - step) / 15, middle)
    page.mouse.up()
    assert moved(page) == {}
    live.get_by_role("button", name="Reset").click()


def test_nothing_moves_while_a_formula_is_typed(notebook, live):
    formula = notebook.formula()
    formula.focus()
    notebook.page.evaluate(FOLLOW)
    formula.press("End")
    for _ in range(12):
        formula.press("Backspace")
    formula.press_sequentially("| Subject)", delay=20)
    assert moved(notebook.page) == {}
    formula.press("Escape")


def test_nothing_moves_while_a_fit_runs(notebook, live):
    page = notebook.page
    page.evaluate(FOLLOW)
    live.get_by_role("button", name="Fit with PyMC").click()
    expect(live.get_by_role("status")).to_have_text(re.compile("Compiling|Sampling"), timeout=60_000)
    page.wait_for_timeout(1000)
    live.get_by_role("button", name="Cancel").click()
    expect(live.get_by_role("status")).to_contain_text("cancelled")
    assert moved(page) == {}


@pytest.mark.parametrize(
    "formula",
    [
        "Reaction ~ Days + (1 + Days || Subject)",
        "Reaction ~ Days + (1 | Subject)",
        "Reaction ~ 1 + (1 | Subject)",
        CORRELATED,
    ],
)
@pytest.mark.parametrize("width", [1500, 1100])
def test_nothing_moves_after_a_click_when_the_figures_come(notebook, live, formula, width):
    page, results = notebook.page, live.get_by_role("region", name="Results")
    size = page.viewport_size
    page.set_viewport_size({**size, "width": width})
    try:
        page.wait_for_function(DRAWN)
        # What follows the model itself is there at once; what moves from then on are figures.
        page.evaluate(AFTER_CLICK)
        live.get_by_role("button", name=re.compile(re.escape(formula))).click()
        expect(results).to_have_attribute("data-formula", formula, timeout=60_000)
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(300)
        assert moved(page) == {}
    finally:
        page.set_viewport_size(size)
