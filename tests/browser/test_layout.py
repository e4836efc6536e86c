"""Nothing jumps while somebody types or points, nothing is cut, at every width."""

import pytest
from browser.direct import Direct
from playwright.sync_api import expect

from mlmwidget import MLMWidget, datasets

pytestmark = pytest.mark.browser

WIDTHS = [480, 700, 1100, 1200, 1600, 1920]
# Where everything below the equations and the pictures of the models begins.
PLACES = """() => [".mlm-words", ".mlm-status", ".mlm-form > fieldset:nth-of-type(2)"].map(
  (place) => document.querySelector(place).getBoundingClientRect().top + scrollY)"""
CUT = """() => [...document.querySelectorAll(".mlm-hint, .mlm-preset-caption > span")]
  .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.textContent)"""


@pytest.fixture(scope="module")
def radon():
    widget = MLMWidget(datasets.radon(), "log_radon ~ floor * log_uranium + (1 + floor | county)", live=False)
    yield widget
    widget.close()


@pytest.fixture(params=WIDTHS)
def direct(chromium, radon, request):
    direct = Direct(chromium, radon, width=request.param)
    yield direct
    direct.close()


def test_pointing_moves_nothing_and_what_it_says_is_not_cut(direct):
    page, before = direct.page, direct.page.evaluate(PLACES)
    parts = direct.widget.locator(".katex-html [data-part][tabindex='0'], .mlm-preset-row button")
    assert parts.count() >= 8
    for part in parts.all():
        part.focus()
        assert page.evaluate(PLACES) == before, part.get_attribute("aria-label")
        assert page.evaluate(CUT) == []
        assert direct.widget.locator(".is-lit").count() > 0 or part.get_attribute("aria-pressed")


@pytest.mark.parametrize("width", WIDTHS)
def test_typing_moves_nothing(chromium, width):
    widget = MLMWidget(datasets.sleepstudy(), live=False)
    direct = Direct(chromium, widget, width=width)
    before = direct.page.evaluate(PLACES)
    direct.formula().focus()
    direct.page.keyboard.press("End")
    for letter in " + Day":
        direct.page.keyboard.type(letter)
        assert direct.page.evaluate(PLACES) == before
    expect(direct.widget.get_by_role("listbox", name="Names that fit")).to_be_visible()
    direct.close()
    widget.close()


@pytest.mark.parametrize("width", [480, 760, 1100])
def test_a_mark_that_estimates_are_out_of_date_moves_nothing(open_direct, width):
    widget = MLMWidget(datasets.sleepstudy(), "Reaction ~ Days + (1 + Days | Subject)", live=False)
    widget.fit()
    direct = open_direct(widget, width=width)
    below = """() => document.querySelector(".mlm-tabs").getBoundingClientRect().top
        - document.querySelector(".mlm-report").getBoundingClientRect().top"""
    before = direct.page.evaluate(below)
    widget.formula = "Reaction ~ Days + (1 | Subject)"
    expect(direct.widget.get_by_text("Out of date.")).to_be_visible()
    expect(direct.widget.get_by_text("the estimates can be used")).to_be_hidden()
    assert direct.page.evaluate(below) == before


@pytest.mark.parametrize("width", [480, 760, 1100])
def test_words_of_an_approximate_fit_fit_into_the_room_that_is_kept(open_direct, width):
    widget = MLMWidget(datasets.contraception(), "use ~ age + (1 | district)", family="bernoulli")
    direct = open_direct(widget, width=width)
    words = direct.widget.locator(".mlm-said:not(.is-room)")
    expect(words).to_contain_text("Approximate", timeout=60_000)
    heights = [part.bounding_box()["height"] for part in (words, direct.widget.locator(".mlm-words"))]
    kept = direct.widget.locator(".is-room").evaluate("(room) => room.scrollHeight")
    assert heights[1] <= kept
    assert heights[0] <= heights[1]


def test_why_a_fit_failed_is_read_to_its_end(open_direct):
    widget = MLMWidget(datasets.sleepstudy(), live=False)
    direct = open_direct(widget, width=480)
    why = "The process that ran PyMC ended. " * 8
    widget.set_trait("status", widget.status | {"stage": "failed", "message": why})
    said = direct.widget.get_by_role("status")
    expect(said).to_have_text(why.strip())
    assert said.evaluate("(p) => p.scrollHeight <= p.clientHeight + 1")
