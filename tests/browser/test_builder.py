"""The builder by keyboard: centring, interactions, and the words for the two kinds of effects."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CENTRED = "Reaction ~ I(Days - ave(Days, Subject)) + (1 + I(Days - ave(Days, Subject)) | Subject)"


def choose(page, control, text):
    """Choose in a native list as a person does by keyboard: focus it and type."""
    control.focus()
    page.keyboard.type(text)


def test_a_predictor_is_centred_and_comes_back_by_keyboard(notebook, widget):
    notebook.type_formula("Reaction ~ Days + (1 + Days | Subject)")
    menu = widget.get_by_role("combobox", name="Centring of Days")
    choose(notebook.page, menu, "centred within")
    expect(notebook.formula()).to_have_value(CENTRED)
    expect(menu).to_be_focused()
    expect(widget.get_by_role("switch", name="Slope of Days varies")).to_be_checked()
    notebook.page.keyboard.type("not")
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 + Days | Subject)")
    widget.get_by_role("button", name="Undo").click()
    expect(notebook.formula()).to_have_value(CENTRED)


def test_the_words_change_everywhere_at_one_control(notebook, widget):
    notebook.type_formula("Reaction ~ Days + (1 + Days | Subject)")
    words = widget.get_by_role("combobox", name="Words for the two kinds of effects")
    choose(notebook.page, words, "Words: f")
    expect(widget.get_by_role("group", name="Random effects")).to_be_visible()
    expect(widget.get_by_role("switch", name="Random slope of Days")).to_be_checked()
    expect(widget.locator(".mlm-words")).to_contain_text("its own random intercept")
    words.focus()
    notebook.page.keyboard.type("Words: p")
    expect(widget.get_by_role("group", name="Group level")).to_be_visible()


def test_focus_on_a_preset_says_its_label_and_formula(notebook, widget):
    notebook.type_formula("Reaction ~ Days + (1 | Subject)")
    caption = widget.locator(".mlm-preset-caption")
    widget.get_by_role("button", name="Varying slope.").focus()
    expect(caption).to_contain_text("Varying slope")
    expect(caption).to_contain_text("Reaction ~ Days + (0 + Days | Subject)")
