"""Completion in the formula line, by keyboard and by mouse."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

START = "Reaction ~ 1 + (1 | Subject)"
IS_SEEN = """list => {
  const { left, top, right, bottom } = list.getBoundingClientRect();
  const root = list.getRootNode();
  return [[left + 3, top + 3], [right - 3, top + 3], [left + 3, bottom - 3], [right - 3, bottom - 3]]
    .every(([x, y]) => list.contains(root.elementFromPoint(x, y)));
}"""


@pytest.fixture
def line(notebook, widget):
    """The formula line with the caret at its end."""
    notebook.formula().focus()
    notebook.page.keyboard.press("End")
    return notebook.formula()


@pytest.fixture
def names(widget):
    """The list of names that fit."""
    return widget.get_by_role("listbox", name="Names that fit")


def test_a_name_is_completed_by_keyboard_and_the_keys_keep_their_meaning(notebook, line, names):
    keys = notebook.page.keyboard
    keys.type(" + da")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(names.get_by_role("option", name="Days whole number: 0 to 9")).to_be_visible()
    keys.press("ArrowDown")
    chosen = names.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Days")
    assert line.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    keys.press("Tab")
    expect(line).to_have_value(f"{START} + Days")
    expect(line).to_be_focused()
    expect(names).to_have_count(0)
    keys.press("ControlOrMeta+z")
    expect(line).to_have_value(f"{START} + da")
    keys.press("Escape")
    expect(names).to_have_count(0)
    expect(line).to_have_value(f"{START} + da")
    keys.press("Escape")
    expect(line).to_have_value(START)
    keys.press("End")
    keys.type(" + Day")
    expect(names).to_be_visible()
    keys.press("Enter")
    expect(names).to_have_count(0)
    expect(line).to_have_value(f"{START} + Day")
    expect(notebook.widget.get_by_role("alert").first).to_contain_text("Days")


def test_a_name_is_completed_by_mouse_and_the_rest_of_the_page_keeps_its_place(notebook, line, names):
    below = "widget => widget.querySelector('.mlm-equations').offsetTop"
    before = notebook.widget.evaluate(below)
    notebook.page.keyboard.type(" + Da")
    expect(names).to_be_visible()
    assert notebook.widget.evaluate(below) == before
    names.get_by_role("option").first.click()
    expect(line).to_have_value(f"{START} + Days")
    expect(line).to_be_focused()
    notebook.page.keyboard.press("Enter")
    expect(line).to_have_value("Reaction ~ Days + (1 | Subject)")
    expect(names).to_have_count(0)


@pytest.mark.parametrize("width", [480, 1600])
def test_nothing_cuts_the_list(notebook, line, names, width):
    page = notebook.page
    size = page.viewport_size
    try:
        # So low that the list reaches below the cell, and below the window when it is not turned upwards.
        page.set_viewport_size({"width": width, "height": 500})
        page.keyboard.type(" + a")
        expect(names).to_be_visible()
        line.evaluate("line => line.scrollIntoView({ block: 'end' })")
        page.wait_for_timeout(100)
        assert names.evaluate(IS_SEEN)
        box = names.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    finally:
        page.set_viewport_size(size)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def test_a_text_that_is_not_sent_yet_survives_clicks_elsewhere(notebook, line, names):
    notebook.page.keyboard.type(" + (Da")
    notebook.widget.get_by_role("button", name="Redo").click(force=True)
    notebook.widget.get_by_role("switch", name="Intercept varies").focus()
    expect(names).to_have_count(0)
    expect(line).to_have_value(f"{START} + (Da")
    notebook.widget.get_by_role("button", name="Varying intercept", exact=False).first.click()
    bring = notebook.widget.get_by_role("button", name="Bring it back")
    bring.click()
    expect(line).to_have_value(f"{START} + (Da")
    notebook.page.keyboard.press("Escape")
