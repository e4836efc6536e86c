"""Every state of the widget: by keyboard, in both schemes and in forced colours, and as wide as its place."""

from collections.abc import Iterator

import pytest
from browser.axe import serious_findings
from browser.direct import Direct
from browser.layout import too_wide
from browser.situations import STATES
from playwright.sync_api import expect

from mlmwidget import MLMWidget

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=STATES)
def state(request) -> Iterator[tuple[str, MLMWidget]]:
    widget = STATES[request.param]()
    yield request.param, widget
    widget.close()


@pytest.fixture
def shown(chromium, state):
    """Show the state in a window; what only the browser knows is clicked to."""
    name, widget = state
    opened = []

    def show(**look):
        direct = Direct(chromium, widget, **look)
        opened.append(direct)
        if name == "fits":
            direct.tab("Fits")
        if name == "equations":
            direct.widget.get_by_role("combobox", name="Style of the equations").select_option("matrix")
            direct.widget.get_by_role("checkbox", name="priors").check()
            direct.widget.get_by_role("checkbox", name="values").check()
            direct.widget.locator(".mlm-code summary").click()
            expect(direct.widget.locator(".mlm-script")).to_contain_text("import")
        if widget.report and name != "fits":
            expect(direct.widget.get_by_role("tabpanel").locator("svg, canvas").first).to_be_visible()
        return direct

    yield show
    for direct in opened:
        assert direct.complaints == []
        direct.close()


def test_axe_finds_nothing_serious(shown, state):
    direct = shown()
    found = []
    for scheme in ("light", "dark"):
        direct.page.emulate_media(color_scheme=scheme)
        expect(direct.widget).to_have_attribute("data-theme", scheme)
        for width in (480, 1280):
            direct.page.set_viewport_size({"width": width, "height": 1000})
            found += serious_findings(direct.page, f"{state[0]}, {scheme}, {width} px")
    assert found == []


def test_nothing_is_wider_than_its_place(shown):
    direct = shown(width=1920)
    for width in (1920, 1600, 1100, 700, 480, 320):
        direct.page.set_viewport_size({"width": width, "height": 1000})
        # Charts are drawn anew for their width.
        direct.page.wait_for_timeout(100)
        assert too_wide(direct.page) == [], width


# Controls that can be seen and are stops of the Tab key, each with a number.
STOPS = """() => {
  const controls = "button, select, input, textarea, summary, a[href], [role=button], [tabindex]";
  const stops = [...document.querySelectorAll(".mlm :is(" + controls + ")")].filter(
    (e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }));
  stops.forEach((e, n) => { e.dataset.stop = n; });
  return stops.map((e) => e.getAttribute("aria-label") || e.textContent || e.title || e.id);
}"""
# The number of the control that has the focus, and whether that can be seen on it or on the field around it.
FOCUS = """() => {
  const e = document.activeElement;
  const field = e.closest(".mlm-select, .mlm-formula-line");
  const seen = [e, field].filter(Boolean).map((each) => getComputedStyle(each)).some((style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none");
  return { stop: e.dataset.stop ?? null, seen };
}"""


@pytest.mark.parametrize("colours", ["none", "active"])
def test_the_tab_key_reaches_every_control_and_the_focus_is_seen(shown, colours):
    direct = shown(forced_colors=colours)
    stops = direct.page.evaluate(STOPS)
    direct.page.locator("#before").focus()
    reached = []
    for _ in range(len(stops) + 1):
        direct.page.keyboard.press("Tab")
        focus = direct.page.evaluate(FOCUS)
        if focus["stop"] is None:
            break
        reached.append(int(focus["stop"]))
        assert focus["seen"], f"The focus is not seen on {stops[reached[-1]]!r}."
    assert sorted(reached) == list(range(len(stops)))
    assert reached == sorted(reached), "The Tab key follows the order of the page."


# What is pressed, chosen or on, and looks no different, but for colours, from its like that is not.
TOLD_APART = """() => {
  const look = (e, pseudo) => {
    const s = getComputedStyle(e, pseudo);
    return [s.outlineStyle, s.outlineWidth, s.borderStyle, s.borderWidth, s.boxShadow !== "none",
      s.fontWeight, s.textDecorationLine, s.transform, s.content];
  };
  const looks = (e) => JSON.stringify([look(e), look(e.querySelector(".mlm-switch") ?? e, "::after")]);
  const like = (e, other) =>
    e.className === other.className && e.parentElement.className === other.parentElement.className;
  const same = [];
  for (const state of ["aria-pressed", "aria-checked", "aria-selected"]) {
    const all = [...document.querySelectorAll(`.mlm [${state}]`)].filter((e) => e.checkVisibility());
    for (const on of all.filter((e) => e.getAttribute(state) === "true")) {
      const off = all.find((e) => like(e, on) && e.getAttribute(state) === "false");
      if (off && looks(on) === looks(off)) same.push(`${state}: ${on.outerHTML}`);
    }
  }
  return same;
}"""


def test_what_is_on_is_told_by_more_than_its_colour(shown):
    direct = shown()
    for colours in ("none", "active"):
        direct.page.emulate_media(forced_colors=colours)
        assert direct.page.evaluate(TOLD_APART) == [], colours
    for problem in direct.widget.locator(".mlm-problem .mlm-mark").all():
        assert problem.inner_text().strip(), "A problem has a sign, whatever its colour."


MOVES = """() => document.getAnimations().map(({ animationName, transitionProperty, effect }) => ({
  name: animationName ?? transitionProperty, duration: effect.getComputedTiming().duration,
})).filter(({ duration }) => duration > 0)"""


def test_nothing_moves_for_people_who_asked_for_that(shown):
    direct = shown(reduced_motion="reduce")
    direct.page.mouse.move(200, 200)
    for _ in range(5):
        direct.page.keyboard.press("Tab")
        assert direct.page.evaluate(MOVES) == []
