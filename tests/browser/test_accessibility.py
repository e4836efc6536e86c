"""What axe finds, in every state and both themes; and the whole way by keyboard alone."""

import re

import pytest
from browser.axe import serious_findings
from browser.layout import contents
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
UNCORRELATED = "Reaction ~ Days + (1 + Days || Subject)"


@pytest.fixture
def findings(notebook):
    """Ask axe for serious and critical findings in the widget."""
    return lambda state: serious_findings(notebook.page, state)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_serious_in_any_state(notebook, widget, findings, theme):
    notebook.theme(theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    found = findings("first sight")
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("Live", timeout=180_000)
    tabs = results.get_by_role("tab")
    for position in range(tabs.count()):
        tabs.nth(position).click()
        panel = results.get_by_role("tabpanel")
        expect(contents(panel)).to_be_visible()
        found += findings(tabs.nth(position).inner_text())
    notebook.type_formula("Reaction ~ Dayz + (1 | Subject)")
    expect(widget.get_by_role("alert").first).to_be_visible()
    found += findings("error")
    notebook.theme("Light")
    assert found == []


class Keyboard:
    """Reaches controls by the Tab key only."""

    def __init__(self, page):
        self.page = page

    def go(self, control, key="Tab"):
        """Press Tab until the control has the focus."""
        for _ in range(120):
            if control.evaluate("element => element.getRootNode().activeElement === element"):
                return
            self.page.keyboard.press(key)
        pytest.fail(f"{control} cannot be reached by {key}")

    def press(self, key):
        self.page.keyboard.press(key)


def test_a_model_is_built_fitted_and_read_by_keyboard_alone(notebook, widget):
    keys = Keyboard(notebook.page)
    widget.get_by_role("combobox", name="Outcome", exact=True).focus()
    keys.go(widget.get_by_role("combobox", name="Add a predictor"))
    notebook.page.keyboard.type("Days")
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 | Subject)")
    keys.go(widget.get_by_role("switch", name="Slope of Days varies"))
    keys.press("Space")
    expect(notebook.formula()).to_have_value(CORRELATED)
    uncorrelated = widget.get_by_role("button", name=re.compile("^Uncorrelated"))
    keys.go(uncorrelated)
    keys.press("Enter")
    expect(notebook.formula()).to_have_value(UNCORRELATED)
    expect(uncorrelated).to_be_focused()
    keys.go(widget.get_by_role("button", name="Fit with PyMC"))
    keys.press("Enter")
    cancel = widget.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    keys.press("Enter")
    expect(widget.get_by_role("status")).to_contain_text("cancelled")
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("Live", timeout=180_000)
    tabs = results.get_by_role("tab")
    keys.go(tabs.and_(results.locator("[aria-selected=true]")))
    keys.press("Home")
    keys.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(results.get_by_role("tabpanel").locator("svg, canvas").first).to_be_visible()
    keys.press("End")
    expect(results.get_by_role("table")).to_be_visible()
    keys.go(widget.get_by_role("button", name="Undo"), key="Shift+Tab")
    keys.press("Space")
    expect(notebook.formula()).to_have_value(CORRELATED)
