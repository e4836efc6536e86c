"""The history of fits in a real JupyterLab: kept, named, compared, recalled, and there after a reload."""

import re

import pytest
from browser.test_accessibility import findings as findings
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"


@pytest.fixture
def fresh(notebook):
    """A widget without fits."""
    notebook.run_cell(0)
    expect(notebook.formula()).to_have_value("Reaction ~ 1 + (1 | Subject)")
    yield notebook.widget
    notebook.run_cell(0)


def keep(notebook, formula):
    notebook.type_formula(formula)
    results = notebook.widget.get_by_role("region", name="Results")
    # Until the new posterior comes, that of the model before is on screen, and would be kept.
    expect(results).to_have_attribute("data-formula", formula, timeout=180_000)
    results.get_by_role("button", name="Keep this").focus()
    notebook.page.keyboard.press("Enter")
    # The button goes when the fit is kept; the keyboard's place stays in the widget.
    expect(results.get_by_role("button", name="Keep this")).to_have_count(0)
    expect(results.get_by_role("tab", selected=True)).to_be_focused()


def test_fits_are_kept_named_compared_recalled_and_survive_a_reload(notebook, fresh, findings):
    widget = fresh
    keep(notebook, CORRELATED)
    expect(widget.get_by_role("tab", name="Fits (1)")).to_be_visible()
    keep(notebook, INTERCEPTS)
    widget.get_by_role("tab", name="Fits (2)").click()
    name = widget.get_by_role("textbox", name="Name of fit 1")
    name.fill("slopes vary")
    name.press("Enter")
    expect(widget.get_by_role("button", name="Recall slopes vary")).to_be_visible()
    widget.get_by_role("button", name="Compare the fits").click()
    comparison = widget.get_by_role("region", name="Comparison")
    expect(comparison).to_contain_text("“slopes vary” seems to predict new rows better", timeout=120_000)
    expect(comparison.get_by_role("row")).to_have_count(3)
    widget.get_by_role("button", name="Recall slopes vary").focus()
    notebook.page.keyboard.press("Enter")
    expect(notebook.formula()).to_have_value(CORRELATED)
    expect(widget.get_by_role("row", name=re.compile("on screen"))).to_contain_text(CORRELATED)
    assert findings("fits") == []
    notebook.picture("10-fits")
    notebook.page.set_viewport_size({"width": 640, "height": 1300})
    notebook.picture("10-fits-narrow")
    notebook.page.set_viewport_size({"width": 1600, "height": 1300})

    notebook.command("docmanager:save")
    notebook.page.reload()
    expect(notebook.formula()).to_have_value(CORRELATED, timeout=60_000)
    widget.get_by_role("tab", name="Fits (2)").click()
    expect(widget.get_by_role("textbox", name="Name of fit 1")).to_have_value("slopes vary")
    expect(comparison).to_contain_text("“slopes vary” seems to predict new rows better")
    widget.get_by_role("button", name="Remove slopes vary").click()
    expect(widget.get_by_role("tab", name="Fits (1)")).to_be_visible()
    widget.get_by_role("button", name="Put it back").click()
    expect(widget.get_by_role("textbox", name="Name of fit 1")).to_have_value("slopes vary")
    widget.get_by_role("button", name="Undo").click()
    expect(notebook.formula()).to_have_value(INTERCEPTS)


def test_too_few_draws_are_said_and_one_button_draws_more(notebook, fresh):
    widget = fresh
    notebook.run_cell(2)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("2 × 20 draws", timeout=240_000)
    expect(results.get_by_role("list", name="What the verdict rests on")).to_contain_text(
        "should be 200 or more"
    )
    notebook.picture("11-few-draws")
    results.get_by_role("button", name="Draw more").click()
    expect(widget.get_by_role("status")).to_contain_text("The fit is done.", timeout=240_000)
    expect(results).to_contain_text("2 × 1,000 draws")
    expect(widget.get_by_role("tab", name="Fits (2)")).to_be_visible()
