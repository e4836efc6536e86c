"""The page of a fit, opened from a file with the network off, as a student would from a memory stick."""

import re

import pytest
from browser.axe import serious_findings
from browser.layout import contents, too_wide
from playwright.sync_api import expect

import mlmwidget as mlm

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"


@pytest.fixture(scope="module")
def fit():
    return mlm.fit("Reaction ~ Days + (Days | Subject)", mlm.datasets.sleepstudy(), random_seed=1)


class Opened:
    """A page in a browser without a network, and everything it asked for or complained about."""

    def __init__(self, chromium, path, **look):
        self.context = chromium.new_context(viewport={"width": 1280, "height": 1000}, offline=True, **look)
        self.page = self.context.new_page()
        self.address = path.as_uri()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.goto(self.address)
        self.widget = self.page.locator(".mlm")
        self.panel = self.widget.get_by_role("tabpanel")
        expect(self.panel.locator("svg, canvas").first).to_be_visible()

    def tab(self, name):
        self.widget.get_by_role("tab", name=name).click()
        expect(self.widget.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


@pytest.fixture
def open_page(chromium, tmp_path):
    opened = []

    def open_page(fit, **look):
        opened.append(Opened(chromium, fit.to_html(tmp_path / "page.html"), **look))
        return opened[-1]

    yield open_page
    for each in opened:
        each.context.close()


def test_everything_is_drawn_and_nothing_is_asked_for(fit, open_page):
    shown = open_page(fit)
    names = shown.widget.get_by_role("tab").all_inner_texts()
    charts = 0
    for name in names:
        shown.tab(name)
        expect(contents(shown.panel)).to_be_visible()
        charts += shown.panel.locator(".mlm-chart-box").filter(has=shown.page.locator("svg, canvas")).count()
    assert charts >= 8
    assert shown.widget.locator(".katex-html").count() >= 3
    assert shown.page.evaluate(
        "document.fonts.check('16px KaTeX_Main') && document.fonts.check('16px KaTeX_Math')"
    )
    assert [url for url in shown.asked if not url.startswith(("data:", "blob:"))] == [shown.address]
    assert shown.complaints == []


def test_nothing_that_needs_python_is_offered(fit, open_page):
    shown = open_page(fit)
    for name in ("Fit with PyMC", "Undo", "Redo"):
        expect(shown.widget.get_by_role("button", name=name)).to_have_count(0)
    expect(shown.widget.get_by_role("textbox")).to_have_count(0)
    expect(shown.widget.get_by_role("switch")).to_have_count(0)
    expect(shown.widget.locator(".mlm-katex [role=button]")).to_have_count(0)
    shown.page.get_by_text("Code of this model").click()
    shown.widget.get_by_role("button", name="lme4").click()
    expect(shown.widget.locator(".mlm-script")).to_contain_text("lmer(Reaction ~ Days")


def test_the_slider_moves_every_chart_on_the_page(fit, open_page):
    shown = open_page(fit)
    charts = shown.panel.locator(".mlm-chart-box svg")
    expect(charts).to_have_count(2)
    before = charts.evaluate_all("all => all.map((svg) => svg.innerHTML)")
    slider = shown.widget.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    for position in range(2):
        expect(charts.nth(position)).to_be_visible()
        shown.page.wait_for_function(
            # There is no SVG while the slider moves.
            "([n, old]) => (document.querySelectorAll('.mlm-chart-box svg')[n]?.innerHTML ?? old) !== old",
            arg=[position, before[position]],
        )


def test_a_group_that_is_picked_is_followed_on_other_tabs(fit, open_page):
    shown = open_page(fit)
    marks = shown.panel.locator(".mlm-chart").nth(1).locator("svg .mark-symbol path")
    expect(marks.first).to_be_visible()  # a new drawing is a canvas for a moment
    groups = marks.evaluate_all("all => all.map((mark) => mark.__data__?.datum?.level ?? null)")
    marks.nth(next(n for n, group in enumerate(groups) if group is not None)).click()
    followed = shown.widget.get_by_role("button", name=re.compile(r"Let go of \d+"))
    expect(followed).to_have_count(1)
    group = followed.inner_text()
    shown.tab("Group effects")
    expect(followed).to_have_text(group)
    followed.click()
    expect(followed).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(fit, open_page, scheme):
    shown = open_page(fit, color_scheme=scheme, reduced_motion="reduce")
    found = []
    for name in shown.widget.get_by_role("tab").all_inner_texts():
        shown.tab(name)
        expect(contents(shown.panel)).to_be_visible()
        found += serious_findings(shown.page, f"{scheme}, {name}")
    assert found == []


@pytest.mark.parametrize("width", [320, 480, 600, 760, 1180, 1920])
def test_nothing_is_wider_than_its_place(fit, open_page, width):
    """320 px is what a window of 1280 px has at 400 % zoom, 640 px at 200 %."""
    shown = open_page(fit)
    shown.page.set_viewport_size({"width": width, "height": 900})
    for name in shown.widget.get_by_role("tab").all_inner_texts():
        shown.tab(name)
        expect(contents(shown.panel)).to_be_visible()
        assert too_wide(shown.page) == [], name


def test_focus_is_seen_in_forced_colours_too(fit, open_page):
    shown = open_page(fit, forced_colors="active")
    for control in (shown.widget.get_by_role("slider"), shown.widget.get_by_role("tab").first):
        control.focus()
        shown.page.keyboard.press("Shift+Tab")
        shown.page.keyboard.press("Tab")
        expect(control).to_be_focused()
        assert control.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system(fit, open_page, scheme):
    shown = open_page(fit, color_scheme=scheme)
    expect(shown.widget).to_have_attribute("data-theme", scheme)
    shown.page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    expect(shown.widget).not_to_have_attribute("data-theme", scheme)


def test_paper_has_the_colours_of_the_screen_and_none_of_its_controls(fit, open_page):
    shown = open_page(fit, color_scheme="dark")
    shown.page.emulate_media(media="print", color_scheme="dark")
    # A browser leaves backgrounds out otherwise, and the dark theme's text is pale.
    expect(shown.widget).to_have_css("print-color-adjust", "exact")
    for control in (".mlm-equation-tools", ".mlm-slider", ".mlm-save"):
        expect(shown.widget.locator(control).first).to_be_hidden()
    expect(shown.panel.locator("svg").first).to_be_visible()


def test_names_that_are_markup_stay_names(open_page):
    data = mlm.datasets.sleepstudy().astype({"Subject": str}).rename(columns={"Days": f"D{HOSTILE}"})
    data["Subject"] = data["Subject"] + HOSTILE
    shown = open_page(mlm.fit(f"Reaction ~ `D{HOSTILE}` + (1 | Subject)", data, method="reml"))
    for name in shown.widget.get_by_role("tab").all_inner_texts():
        shown.tab(name)
        expect(shown.panel).not_to_be_empty()
    assert shown.page.evaluate("window.hit") is None
    assert shown.page.locator("img").count() == 0
    assert shown.complaints == []
    expect(shown.page).to_have_title(re.compile(re.escape("window.hit = 1")))
