"""The builder by keyboard: centring, interactions, and the words for the two kinds of effects."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PLAIN = "Reaction ~ Days + (1 + Days | Subject)"
AT_MEAN = "Reaction ~ I(Days - mean(Days)) + (1 + I(Days - mean(Days)) | Subject)"
WITHIN = "Reaction ~ I(Days - ave(Days, Subject)) + (1 + I(Days - ave(Days, Subject)) | Subject)"


def test_a_predictor_is_centred_and_comes_back_by_keyboard(notebook, widget):
    notebook.type_formula(PLAIN)
    menu = widget.get_by_role("combobox", name="Centring of Days")
    menu.focus()
    for key, formula in (("Down", AT_MEAN), ("Down", WITHIN), ("Up", AT_MEAN), ("Up", PLAIN)):
        notebook.page.keyboard.press(f"Arrow{key}")
        expect(notebook.formula()).to_have_value(formula)
        expect(menu).to_be_focused()
        expect(widget.get_by_role("switch", name="Slope of Days varies")).to_be_checked()
    widget.get_by_role("button", name="Undo").click()
    expect(notebook.formula()).to_have_value(AT_MEAN)


def test_the_words_change_everywhere_at_one_control(notebook, widget):
    notebook.type_formula(PLAIN)
    words = widget.get_by_role("combobox", name="Words for the two kinds of effects")
    words.focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(widget.get_by_role("group", name="Random effects")).to_be_visible()
    expect(widget.get_by_role("switch", name="Random slope of Days")).to_be_checked()
    expect(widget.locator(".mlm-words")).to_contain_text("its own random intercept")
    notebook.page.keyboard.press("ArrowUp")
    expect(widget.get_by_role("group", name="Group level")).to_be_visible()


def test_focus_on_a_preset_says_its_label_and_formula(notebook, widget):
    notebook.type_formula("Reaction ~ Days + (1 | Subject)")
    caption = widget.locator(".mlm-preset-caption")
    widget.get_by_role("button", name="Varying slope.").focus()
    expect(caption).to_contain_text("Varying slope")
    expect(caption).to_contain_text("Reaction ~ Days + (0 + Days | Subject)")
