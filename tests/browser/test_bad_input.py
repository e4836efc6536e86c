"""Data that nobody would make for a demonstration: all stays usable and says what it left out."""

import numpy as np
import pandas as pd
import pytest
from browser.layout import too_wide
from playwright.sync_api import expect

from mlmwidget import MLMWidget

pytestmark = pytest.mark.browser


@pytest.fixture
def show(open_direct):
    return lambda data, formula: open_direct(MLMWidget(data, formula, live=False), width=480)


def test_one_of_two_thousand_columns_is_found_by_typing_a_part_of_its_name(show):
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(60, 2000)), columns=[f"item {k}" for k in range(1999)] + ["y"])
    data["g"] = np.repeat([f"g{k}" for k in range(10)], 6)
    direct = show(data, "y ~ 1 + (1 | g)")
    direct.formula().focus()
    direct.page.keyboard.press("End")
    direct.page.keyboard.type(" + item 19")
    names = direct.widget.get_by_role("listbox", name="Names that fit")
    expect(names.get_by_role("option")).to_have_count(8)
    # item 19, item 190 to 199 and item 1900 to 1998, less the eight that are shown.
    expect(direct.widget.locator(".mlm-completion-foot")).to_contain_text("102 more")
    direct.page.keyboard.type("98")
    expect(names.get_by_role("option")).to_have_count(1)
    direct.page.keyboard.press("ArrowDown")
    direct.page.keyboard.press("Enter")
    direct.page.keyboard.press("Enter")
    expect(direct.formula()).to_have_value("y ~ `item 1998` + (1 | g)")
    assert too_wide(direct.page) == []


def test_a_hundred_thousand_groups_are_built_with_like_few(show):
    n = 100_000
    data = pd.DataFrame(
        {"y": np.arange(2 * n) % 7, "x": np.arange(2 * n) % 3, "g": np.repeat(np.arange(n), 2)}
    )
    direct = show(data.astype({"g": str}), "y ~ x + (1 | g)")
    direct.widget.get_by_role("switch", name="Slope of x varies").click()
    expect(direct.formula()).to_have_value("y ~ x + (1 + x | g)", timeout=30_000)
    expect(direct.widget.get_by_role("form", name="Model builder")).to_contain_text("100,000 groups")
    assert too_wide(direct.page) == []


def test_a_column_that_is_gone_is_said_and_the_rest_goes_on(show):
    data = pd.DataFrame({"y": np.arange(60.0), "x": np.arange(60) % 4, "g": np.repeat(list("abcdefghij"), 6)})
    direct = show(data, "y ~ x + (1 | g)")
    del data["x"]
    direct.widget.get_by_role("switch", name="Slope of x varies").click()
    expect(direct.formula()).to_have_value("y ~ x + (1 + x | g)")
    direct.python.data = data
    expect(direct.formula()).to_have_value("y ~ 1 + (1 | g)")
    expect(direct.widget.get_by_role("region", name="Model")).to_contain_text("Left out: x")
