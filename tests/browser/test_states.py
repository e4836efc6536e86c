"""Every state of the widget: by keyboard, in both schemes and in forced colours, and as wide as its place."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from browser.axe import serious_findings
from browser.direct import Direct
from browser.layout import too_wide
from playwright.sync_api import expect

from mlmwidget import MLMWidget, datasets

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"
MANY_DRAWS = 100_000


def send(widget, kind, **request):
    widget._handle_custom_msg({"type": kind, **request}, [])


def wait(until: Callable[[], object]) -> None:
    for _ in range(2400):
        if until():
            return
        time.sleep(0.05)
    pytest.fail("The state was not reached.")


def sleep(formula=CORRELATED, live=False):
    return MLMWidget(datasets.sleepstudy(), formula, live=live)


def sampling():
    widget = live()
    send(widget, "fit", draws=MANY_DRAWS)
    wait(lambda: widget.status["stage"] == "sampling")
    return widget


def live():
    widget = sleep(live=True)
    wait(lambda: widget.report)
    return widget


def wrong():
    widget = live()
    send(widget, "formula", text="Reaction ~ Dayz + (1 | Subject)")
    return widget


def cancelled():
    widget = sampling()
    widget.cancel()
    wait(lambda: widget.status["stage"] == "cancelled")
    return widget


def failed():
    widget = sampling()
    widget._runs._sampler._worker.process.kill()
    wait(lambda: widget.status["stage"] == "failed")
    return widget


def fitted():
    widget = sleep()
    # So short that there is something to say against it.
    widget.fit(method="pymc", draws=20, tune=20, chains=2, random_seed=1)
    return widget


def out_of_date():
    widget = sleep()
    widget.fit()
    widget.formula = INTERCEPTS
    return widget


def compared():
    widget = out_of_date()
    widget.fit()
    widget.compare()
    send(widget, "history", action="rename", fit=1, name="slopes vary")
    return widget


def odd_names():
    """Make a model of long, right-to-left and pictured names."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(120, 3)), columns=["y" * 200, "שלום עולם", "😀 mood"])
    data["a very long grouping factor " * 7] = np.repeat([f"group {k} " * 20 for k in range(12)], 10)
    y, hebrew, emoji, group = (f"`{name}`" for name in data.columns)
    widget = MLMWidget(data, f"{y} ~ {hebrew} + {emoji} + (1 + {hebrew} | {group})")
    wait(lambda: widget.report)
    return widget


STATES = {
    "no outcome": lambda: MLMWidget({"a": ["x", "y", "z"] * 4}),
    "no data": lambda: MLMWidget(pd.DataFrame()),
    "not fitted": sleep,
    "error": wrong,
    "sampling": sampling,
    "live": live,
    "fitted": fitted,
    "failed": failed,
    "cancelled": cancelled,
    "out of date": out_of_date,
    "fits": compared,
    "equations": live,
    "odd names": odd_names,
}


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
