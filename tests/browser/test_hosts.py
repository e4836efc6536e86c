"""The widget in Notebook 7 and in marimo, light and dark: a click, the formula, live plots; and composed."""

import re
from pathlib import Path

import pytest
from browser.hosts import laboratory, serving, wait_for_kernel
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
PATIENCE = 180_000
COMPOSED = """
import ipywidgets
import mlmwidget as mlm
w = mlm.MLMWidget(mlm.datasets.sleepstudy())
other = mlm.MLMWidget(mlm.datasets.radon(), live=False)
text = ipywidgets.Text(description="Linked")
ipywidgets.link((w, "formula"), (text, "value"))
display(text, ipywidgets.HBox([w, other]), w)
"""
MARIMO = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import mlmwidget as mlm

    w = mlm.MLMWidget(mlm.datasets.sleepstudy())
    w
    return
"""


def click_and_see_it_live(widget):
    """Add a predictor and let its slope vary: formula, equations and plots have to follow."""
    formula = widget.get_by_role("combobox", name="Formula")
    expect(formula).to_have_value("Reaction ~ 1 + (1 | Subject)", timeout=PATIENCE)
    widget.get_by_role("combobox", name="Add a predictor").select_option("Days")
    expect(formula).to_have_value("Reaction ~ Days + (1 | Subject)")
    widget.get_by_role("switch", name="Slope of Days varies").click()
    expect(formula).to_have_value("Reaction ~ Days + (1 + Days | Subject)")
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("Live", timeout=PATIENCE)
    expect(results.get_by_role("tabpanel").locator("svg, canvas").first).to_be_visible()
    model = widget.get_by_role("region", name="Model")
    expect(model).to_contain_text("the effect of Days is 10.", timeout=PATIENCE)


def photograph(page, widget, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": int(widget.bounding_box()["height"]) + 400})
    widget.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.set_viewport_size(size)


def fonts_are_there(page):
    return page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")


@pytest.fixture
def fresh_page(chromium):
    context = chromium.new_context(viewport={"width": 1500, "height": 1200}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_notebook_7_shows_widgets_that_are_composed_linked_and_shown_twice(fresh_page, tmp_path):
    with laboratory(tmp_path, [COMPOSED], app="notebook") as address:
        page = fresh_page
        page.goto(f"{address}/notebooks/widget.ipynb")
        wait_for_kernel(page)
        page.locator(".jp-CodeCell .cm-content").click()
        page.keyboard.press("Shift+Enter")
        widgets = page.locator(".mlm")
        expect(widgets).to_have_count(3, timeout=PATIENCE)
        first, other, again = (widgets.nth(n) for n in range(3))
        click_and_see_it_live(again)
        assert fonts_are_there(page)
        # The same widget above shows the same model; the other one does not; the linked text follows.
        expect(first.get_by_role("combobox", name="Formula")).to_have_value(re.compile("1 \\+ Days"))
        expect(other.get_by_role("combobox", name="Formula")).to_have_value(re.compile("^log_radon"))
        linked = page.get_by_label("Linked")
        expect(linked).to_have_value("Reaction ~ Days + (1 + Days | Subject)")
        linked.fill("Reaction ~ Days + (1 | Subject)")
        linked.press("Enter")
        expect(again.get_by_role("combobox", name="Formula")).to_have_value("Reaction ~ Days + (1 | Subject)")
        for theme in ("Light", "Dark"):
            page.evaluate(
                "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
                f"JupyterLab {theme}",
            )
            expect(again).to_have_attribute("data-theme", theme.lower())
            page.wait_for_timeout(800)
            photograph(page, again, f"notebook-{theme.lower()}")


def test_marimo_shows_the_widget_in_its_shadow_root(chromium, tmp_path):
    pytest.importorskip("marimo", reason="marimo is not installed")
    (tmp_path / "widget.py").write_text(MARIMO, encoding="utf-8")
    settings = tmp_path / "config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[display]\ntheme = "system"\n', encoding="utf-8")
    server = ["marimo", "run", "widget.py", "--headless", "--no-token"]
    with serving(server, tmp_path, "health") as address:
        context = chromium.new_context(viewport={"width": 1500, "height": 1200}, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto(address)
        widget = page.locator(".mlm")
        click_and_see_it_live(widget)
        assert widget.evaluate("root => root.getRootNode() instanceof ShadowRoot")
        assert fonts_are_there(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect(widget).to_have_attribute("data-theme", scheme)
            page.wait_for_timeout(800)
            photograph(page, widget, f"marimo-{scheme}")
        context.close()
