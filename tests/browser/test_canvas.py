"""Charts on a canvas, for a while or because of their many marks, serve as those of SVG do."""

import time

import pytest
from browser.direct import Direct
from playwright.sync_api import expect

from mlmwidget import MLMWidget, datasets

pytestmark = pytest.mark.browser

SIZES = """() => [...document.querySelectorAll(".mlm-chart-box :is(svg, canvas)")]
    .map((e) => e.getBoundingClientRect())
    .map(({ width, height }) => [Math.round(width), Math.round(height)])"""
#: Middles of the marks of a view that nothing lies over.
MARKS = """(box, view) => [...box.querySelectorAll(`g[class*='${view}'][class*='role-mark'] path`)]
    .map((mark) => [mark, mark.getBoundingClientRect()])
    .map(([mark, r]) => [mark, r.x + r.width / 2, r.y + r.height / 2])
    .filter(([mark, x, y]) => document.elementFromPoint(x, y) === mark).map(([, x, y]) => [x, y])"""

FOREIGN_MASKS = """() => {
    const masks = Array.from({ length: 99 }, (_, n) => `<clipPath id="clip${n + 1}"><rect/></clipPath>`);
    document.body.insertAdjacentHTML("afterbegin", `<svg width="0" height="0">${masks.join("")}</svg>`);
}"""


@pytest.fixture
def show(chromium):
    opened = []

    def show(data, formula, **look):
        widget = MLMWidget(data, formula)
        for _ in range(1200):
            if widget.report:
                break
            time.sleep(0.05)
        opened.append(Direct(chromium, widget, **look))
        return opened[-1]

    yield show
    for direct in opened:
        assert direct.complaints == []
        direct.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_chart_is_a_canvas_of_its_size_while_the_slider_moves(show, width):
    direct = show(datasets.sleepstudy(), "Reaction ~ Days + (1 + Days | Subject)", width=width)
    page, boxes = direct.page, direct.widget.locator(".mlm-chart-box")
    expect(boxes.locator("svg")).to_have_count(2)
    sizes = page.evaluate(SIZES)
    direct.widget.get_by_role("slider").focus()
    page.keyboard.down("ArrowLeft")
    for _ in range(20):
        page.keyboard.down("ArrowLeft")
    expect(boxes.locator("canvas")).to_have_count(2)
    assert page.evaluate(SIZES) == sizes
    page.keyboard.up("ArrowLeft")
    expect(boxes.locator("svg")).to_have_count(2)
    expect(boxes.locator("canvas")).to_have_count(0)
    assert page.evaluate(SIZES) == sizes
    # What is drawn then answers to the pointer.
    boxes.last.scroll_into_view_if_needed()
    x, y = boxes.last.evaluate(MARKS, "shrinkage_view0")[0]
    page.mouse.move(x, y)
    expect(direct.widget.locator(".mlm-tooltip:visible")).to_contain_text("no pooling")
    page.mouse.click(x, y)
    expect(direct.widget.locator(".mlm-followed")).to_contain_text("Following")
    faded = direct.widget.locator("g[class*='shrinkage_view0'][class*='role-mark'] path[opacity^='0.1']")
    expect(faded).to_have_count(17)


def test_a_chart_of_many_marks_answers_to_the_pointer_and_is_saved(show):
    direct = show(
        datasets.radon(), "log_radon ~ floor + (1 + floor | county)", width=1600, device_scale_factor=2
    )
    direct.tab("Checks")
    canvas = direct.widget.locator(".mlm-chart-box canvas")
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    # As many pixels as the screen has.
    assert canvas.evaluate("canvas => canvas.width") == pytest.approx(2 * box["width"], abs=2)
    tip = direct.widget.locator(".mlm-tooltip:visible")
    for step in range(200):
        # Along the line of residuals that are zero, in the last panel.
        direct.page.mouse.move(
            box["x"] + box["width"] * (0.75 + 0.001 * step), box["y"] + 0.49 * box["height"]
        )
        if tip.count():
            break
    expect(tip).to_contain_text("county")
    direct.page.mouse.down()
    direct.page.mouse.up()
    expect(direct.widget.locator(".mlm-followed")).to_contain_text("Following")
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with direct.page.expect_download() as download:
            direct.widget.get_by_role("button", name=f"as {kind}").click()
        assert download.value.path().read_bytes().startswith(begins)


def test_marks_are_not_cut_at_the_edge_of_another_chart_of_the_page(show):
    direct = show(datasets.sleepstudy(), "Reaction ~ 1 + (1 | Subject)")
    boxes = direct.widget.locator(".mlm-chart-box")
    expect(boxes.locator("svg")).to_have_count(2)
    # Another copy of Vega, such as that of an Altair chart in a cell above, names its masks like this.
    direct.page.evaluate(FOREIGN_MASKS)
    boxes.last.scroll_into_view_if_needed()
    assert len(boxes.last.evaluate(MARKS, "shrinkage_view")) == 18
    masks = direct.page.evaluate("[...document.querySelectorAll('clipPath')].map((mask) => mask.id)")
    assert len(masks) == len(set(masks))


def test_a_picture_that_cannot_be_saved_says_so_and_what_to_do(open_direct):
    widget = MLMWidget(datasets.sleepstudy(), "Reaction ~ Days + (1 | Subject)")
    direct = open_direct(widget)
    chart = direct.widget.locator(".mlm-chart").first
    save = chart.get_by_role("button", name="as PNG")
    save.wait_for(timeout=60_000)
    # As a browser does whose canvas would be too large.
    direct.page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (done) => done(null); }")
    save.click()
    says = "The picture was not saved as PNG (The picture is too large): save it as SVG"
    expect(chart.get_by_role("alert")).to_contain_text(says)
    with direct.page.expect_download():
        chart.get_by_role("button", name="as SVG").click()
    expect(chart.get_by_role("alert")).to_be_empty()
