"""What panels show of different models: a sentence where no chart is, numbers that fit, letters to read."""

import pytest
from browser.situations import MODELS
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def show(open_direct):
    return lambda model, **look: open_direct(MODELS[model](), **look)


def test_a_model_without_groups_says_once_why_a_tab_is_empty_and_offers_no_group(show):
    direct = show("no groups")
    panel = direct.widget.get_by_role("tabpanel")
    expect(panel).to_contain_text("no group-level term")
    expect(panel.get_by_text("no group-level term")).to_have_count(1)
    [heading, note] = [panel.locator(name).bounding_box() for name in ("h4", ".mlm-fact")]
    assert note["y"] - heading["y"] - heading["height"] < 20, "The sentence stands where the chart would."
    direct.tab("Population")
    expect(panel.locator("svg, canvas").first).to_be_visible()
    expect(panel.get_by_role("combobox", name="Follow a group")).to_have_count(0)


def test_a_chart_that_has_gone_leaves_neither_its_drawing_nor_its_buttons(show):
    direct = show("intercepts")
    panel = direct.widget.get_by_role("tabpanel")
    expect(panel.locator(".mlm-chart-box svg")).to_have_count(2)
    direct.widget.get_by_role("button", name="Remove the grouping by Subject").click()
    expect(panel).to_contain_text("no group-level term")
    expect(panel.locator(".mlm-chart-box:visible")).to_have_count(0)
    expect(panel.get_by_role("button", name="PNG")).to_have_count(0)


@pytest.mark.parametrize(
    ("model", "headings"),
    [
        ("sleepstudy", ["Parameter", "Mean", "SD", "Lower", "Upper"]),
        ("student", ["Parameter", "Mean", "SD", "Lower", "Upper"]),
        ("reml", ["Parameter", "Estimate", "SE", "Lower", "Upper"]),
    ],
)
def test_the_table_says_what_it_holds_and_fits_a_narrow_place(show, model, headings):
    direct = show(model, width=480)
    direct.tab("Table")
    table = direct.widget.locator(".mlm-table")
    expect(table.get_by_role("columnheader").first).to_be_visible()
    assert table.locator("thead th").all_inner_texts() == headings
    assert table.get_by_role("row", name="Days").first.inner_text().split("\t")[0] == "Days ms per day"
    assert table.evaluate("(box) => box.scrollWidth <= box.clientWidth")


# Sizes of the letters of a chart as they are seen: the style sheet makes one smaller that is too wide.
LETTERS = """(panel) => [...panel.querySelectorAll("svg")].flatMap((svg) => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return [...svg.querySelectorAll("text")].map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
})"""


@pytest.mark.parametrize("model", ["sleepstudy", "categories"])
def test_letters_of_charts_can_be_read(show, model):
    direct = show(model)
    panel = direct.widget.get_by_role("tabpanel")
    expect(panel.locator(".mlm-chart-box svg")).to_have_count(2)
    sizes = panel.evaluate(LETTERS)
    assert len(sizes) > 20
    assert min(sizes) >= 9
