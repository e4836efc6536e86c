"""The whole way a person goes, in a real JupyterLab: every state is clicked to and photographed."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"


def test_building_a_model_by_pointing(notebook, widget):
    notebook.picture("01-first-sight")
    widget.get_by_role("combobox", name="Add a predictor").select_option("Days")
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 | Subject)")
    widget.get_by_role("switch", name="Slope of Days varies").click()
    expect(notebook.formula()).to_have_value(CORRELATED)
    expect(widget.locator("figure").filter(has_text="Level 2")).to_contain_text("μ")
    notebook.picture("02-correlated")
    widget.get_by_role("button", name=re.compile("Uncorrelated")).click()
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 + Days || Subject)")
    widget.get_by_role("switch", name="Intercept varies").click()
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (0 + Days || Subject)")
    widget.get_by_role("button", name="Undo").click()
    widget.get_by_role("button", name="Undo").click()
    expect(notebook.formula()).to_have_value(CORRELATED)
    widget.get_by_role("button", name="Remove Days").click()
    expect(notebook.formula()).to_have_value("Reaction ~ 1 + (1 + Days | Subject)")


def test_outcome_and_grouping_are_chosen_from_lists(notebook, widget):
    widget.get_by_role("combobox", name="Outcome", exact=True).select_option("Days")
    expect(notebook.formula()).to_have_value("Days ~ 1 + (1 | Subject)")
    widget.get_by_role("button", name="Remove the grouping by Subject").click()
    expect(notebook.formula()).to_have_value("Days ~ 1")
    notebook.picture("03-no-grouping")
    widget.get_by_role("combobox", name="Add a grouping factor").select_option("Subject")
    expect(notebook.formula()).to_have_value("Days ~ 1 + (1 | Subject)")


def test_a_preset_is_one_click(notebook, widget):
    widget.get_by_role("button", name=re.compile("Varying intercept and slope, uncorrelated")).click()
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 + Days || Subject)")
    expect(widget.get_by_role("button", name=re.compile("Uncorrelated"))).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_terms_of_the_equations_are_buttons(notebook, widget):
    notebook.type_formula(CORRELATED)
    widget.locator("figure").get_by_role("button").first.focus()
    covariance = widget.locator("figure [role=button][data-part='group-0-cor']").first
    covariance.click()
    expect(notebook.formula()).to_have_value("Reaction ~ Days + (1 + Days || Subject)")


def test_a_formula_with_an_error_keeps_the_last_good_model(notebook, widget):
    notebook.type_formula("Reaction ~ Dayz + (1 | Subject)")
    alert = widget.get_by_role("alert").filter(has_text="Days")
    expect(alert).to_contain_text("Did you mean")
    expect(widget.get_by_role("button", name="Fit with PyMC")).to_have_attribute("aria-disabled", "true")
    expect(widget.get_by_role("switch", name="Intercept varies")).to_be_checked()
    notebook.picture("04-formula-error")
    notebook.formula().press("Escape")
    expect(notebook.formula()).to_have_value("Reaction ~ 1 + (1 | Subject)")
    expect(alert).to_have_count(0)


def test_keys_typed_into_the_widget_do_not_reach_the_notebook(notebook, widget):
    cells = notebook.page.locator(".jp-Cell").count()
    widget.get_by_role("combobox", name="Outcome", exact=True).focus()
    for key in ("x", "d", "d", "a", "b"):
        notebook.page.keyboard.press(key)
    assert notebook.page.locator(".jp-Cell").count() == cells


def test_the_posterior_follows_a_click_without_a_fit(notebook, widget):
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("Live", timeout=120_000)
    results.get_by_role("tab", name="Pooling").click()
    expect(results.get_by_role("tabpanel").locator("svg, canvas").first).to_be_visible()
    # Monte-Carlo error moves the mean, 251.4, across the next half.
    expect(widget.get_by_role("region", name="Model")).to_contain_text(re.compile("intercept is 25[12]"))
    notebook.picture("05-live")


def test_fit_shows_progress_can_be_cancelled_and_leaves_the_kernel_free(notebook, widget):
    notebook.type_formula(CORRELATED)
    widget.get_by_role("button", name="Fit with PyMC").click()
    status = widget.get_by_role("status")
    expect(status).to_have_text(re.compile("Starting|Compiling|Sampling"))
    notebook.run_cell(1)
    expect(notebook.page.locator(".jp-OutputArea-output").filter(has_text="kernel is alive")).to_be_visible()
    notebook.picture("06-fitting")
    widget.get_by_role("button", name="Cancel").click()
    expect(status).to_contain_text("cancelled")
    expect(widget.get_by_role("button", name="Fit with PyMC")).to_be_visible()
    notebook.picture("07-cancelled")


def test_fit_then_read_every_tab(notebook, widget):
    notebook.type_formula(CORRELATED)
    widget.get_by_role("button", name="Fit with PyMC").click()
    status = widget.get_by_role("status")
    expect(status).to_contain_text("Sampling", timeout=120_000)
    expect(widget.get_by_role("progressbar").first).to_be_visible()
    expect(status).to_contain_text("The fit is done.", timeout=240_000)
    results = widget.get_by_role("region", name="Results")
    expect(results).to_contain_text("PyMC (NUTS)")
    tabs = results.get_by_role("tab")
    for position in range(tabs.count()):
        tab = tabs.nth(position)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        panel = results.get_by_role("tabpanel")
        expect(panel.locator("svg, canvas, table").first).to_be_visible()
        notebook.picture(f"08-{tab.inner_text().lower().replace(' ', '-')}")
    assert tabs.count() >= 5


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("width", [700, 1000, 1600])
def test_themes_and_widths(notebook, widget, theme, width):
    notebook.type_formula(CORRELATED)
    notebook.page.set_viewport_size({"width": width, "height": 1300})
    notebook.theme(theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    expect(widget.get_by_role("region", name="Results").get_by_role("tab").first).to_be_visible(
        timeout=120_000
    )
    notebook.picture(f"09-{theme.lower()}-{width}")
    overflow = widget.evaluate("root => root.scrollWidth - root.clientWidth")
    assert overflow <= 1
