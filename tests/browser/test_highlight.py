"""One highlight across all views, both ways, by pointer and by keyboard, in a real JupyterLab."""

import re

import pytest
from browser.hosts import SCREENSHOTS
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
FRAMES = ".mlm-chart-box .mark-rect path[stroke-opacity='1']"
LIT = re.compile("is-lit")


@pytest.fixture
def caterpillar(notebook, widget):
    """The group effects of a correlated model, a panel for the intercepts and one for the slopes."""
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    results.get_by_role("tab", name="Group effects").click(timeout=120_000)
    panels = results.locator(".mlm-chart-box .mark-rect path")
    expect(panels).to_have_count(2, timeout=120_000)
    return results


def test_pointing_at_a_term_of_the_equations_frames_its_panel(notebook, widget, caterpillar):
    drawing = caterpillar.locator(".mlm-chart-box svg").first
    drawing.evaluate("svg => { svg.dataset.drawn = 'once' }")
    for part, panel in (("group-0-intercept", 0), ("group-0-term-0", 1)):
        widget.locator(f".katex-html [role=button][data-part='{part}']").first.hover()
        panels = caterpillar.locator(".mlm-chart-box .mark-rect path")
        expect(panels.nth(panel)).to_have_attribute("stroke-opacity", "1")
        expect(panels.nth(1 - panel)).to_have_attribute("stroke-opacity", "0.001")
    # Nothing was drawn anew, and leaving takes the light away.
    expect(caterpillar.locator(".mlm-chart-box svg[data-drawn=once]")).to_have_count(1)
    notebook.picture("10-highlight")
    notebook.page.mouse.move(5, 5)
    expect(caterpillar.locator(FRAMES)).to_have_count(0)


def test_pointing_at_marks_lights_up_equations_formula_words_and_table(notebook, widget, caterpillar):
    marks = caterpillar.locator(".mlm-chart-box .mark-symbol path")
    marks.first.hover()
    for place in (".katex-html", ".mlm-mirror", ".mlm-words"):
        expect(widget.locator(f"{place} [data-part='group-0-intercept']").first).to_have_class(LIT)
    expect(widget.locator(".mlm-words [data-part='group-0-term-0']").first).not_to_have_class(LIT)
    marks.last.hover()
    expect(widget.locator(".katex-html [data-part='group-0-term-0']").first).to_have_class(LIT)
    expect(widget.locator(".katex-html [data-part='group-0-intercept']").first).not_to_have_class(LIT)
    notebook.page.mouse.move(5, 5)
    expect(widget.locator(".is-lit")).to_have_count(0)


def test_the_parts_of_a_chart_can_be_focused(notebook, widget, caterpillar):
    parts = caterpillar.get_by_role("list", name="Parts of the model in this chart").get_by_role("listitem")
    expect(parts).to_have_text(["varying intercept of Subject", "varying slope of Days by Subject"])
    parts.last.focus()
    expect(parts.last).to_be_in_viewport()
    expect(caterpillar.locator(FRAMES)).to_have_count(1)
    expect(widget.locator(".katex-html [data-part='group-0-term-0']").first).to_have_class(LIT)


def test_shrinkage_marks_the_axis_of_a_varying_term(notebook, widget):
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    results.get_by_role("tab", name="Pooling").click(timeout=120_000)
    title = results.locator(".mlm-chart-box text").filter(has_text="slope of Days")
    expect(title.last).to_have_attribute("font-weight", "normal", timeout=120_000)
    widget.locator(".katex-html [role=button][data-part='group-0-term-0']").first.focus()
    expect(title.last).to_have_attribute("font-weight", "bold")


def test_tooltips_say_what_a_part_is_and_how_large(notebook, widget):
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("Live", timeout=120_000)
    expect(results.locator("[data-formula]").or_(results)).to_have_attribute("data-formula", CORRELATED)
    tip = widget.get_by_role("tooltip")
    symbol = widget.locator(".katex-html [role=button][data-part='group-0-intercept']").first
    symbol.focus()
    expect(tip).to_contain_text("arying intercept")
    expect(tip).to_contain_text(re.compile(r"SD of intercepts: 2\d\sms \(95 % interval: \d+ to \d+\)"))
    expect(symbol).to_have_attribute("aria-describedby", tip.get_attribute("id") or "")
    notebook.page.screenshot(path=SCREENSHOTS / "10-tooltip-equation.png")
    notebook.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    for place in (".mlm-mirror", ".mlm-words"):
        widget.locator(f"{place} [data-part='group-0-intercept']").first.hover()
        expect(tip).to_contain_text("SD of intercepts")
        box, window = tip.bounding_box(), notebook.page.viewport_size
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= window["width"]
        assert box["y"] + box["height"] <= window["height"]
        # Nothing lies over it, and the pointer may go there.
        tip.hover()
        expect(tip).to_be_visible()
    notebook.page.screenshot(path=SCREENSHOTS / "10-tooltip-words.png")
    notebook.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
