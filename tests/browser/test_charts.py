"""Charts in a real browser: saved pictures, and one selection of groups for charts that are joined."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser.hosts import SCREENSHOTS
from PIL import Image
from playwright.sync_api import expect

import mlmwidget as mlm

pytestmark = pytest.mark.browser

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
#: Opacity of every mark of the views whose name begins so, under the name of its group.
OPACITIES = """name => [...document.querySelectorAll(`g[class*='${name}'][class*='role-mark']`)]
    .flatMap(g => [...g.children].map(mark => [mark.__data__.datum.level, mark.__data__.opacity]))"""


def test_a_group_that_is_clicked_in_one_of_joined_charts_is_selected_in_all(chromium, tmp_path):
    vlc = pytest.importorskip("vl_convert")
    fit = mlm.fit(CORRELATED, mlm.datasets.sleepstudy(), method="reml")
    joined = fit.charts.pooling() | (fit.charts.shrinkage() & fit.charts.caterpillar())
    html = vlc.vegalite_to_html(joined.to_dict(), vl_version="6.4", bundle=True, renderer="svg")
    (tmp_path / "joined.html").write_text(html, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1500, "height": 1100})
    try:
        page.goto(f"file://{tmp_path}/joined.html")
        marks = page.locator("g[class*='shrinkage_view0'][class*='role-mark'] path")
        expect(marks).to_have_count(18)
        levels = marks.evaluate_all("marks => marks.map(mark => mark.__data__.datum.level)")
        marks.nth(levels.index("308")).click()
        expect(marks.nth(levels.index("335"))).to_have_attribute("opacity", "0.15")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "11-joined.png")
        for view in ("pooling_view", "shrinkage_view", "caterpillar_view"):
            drawn = page.evaluate(OPACITIES, view)
            assert {level for level, _ in drawn} >= {"308", "335"}
            clear = {level for level, opacity in drawn if opacity >= 0.8}
            assert clear == {"308"}, view
    finally:
        page.close()


def test_a_group_that_is_clicked_is_selected_in_the_charts_of_all_tabs(notebook, widget):
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    results.get_by_role("tab", name="Pooling").click(timeout=120_000)
    shrinkage = results.locator("g[class*='shrinkage_view0'][class*='role-mark'] path")
    expect(shrinkage).to_have_count(18, timeout=120_000)
    levels = shrinkage.evaluate_all("marks => marks.map(mark => mark.__data__.datum.level)")
    shrinkage.nth(levels.index("308")).click()
    for tab, view in (("Pooling", "pooling_view"), ("Group effects", "caterpillar_view0")):
        results.get_by_role("tab", name=tab).click()
        faded = results.locator(f"g[class*='{view}'][class*='role-mark'] path[opacity^='0.1']")
        expect(faded.first).to_be_attached()
        faded = faded.evaluate_all("marks => marks.map(mark => mark.__data__.datum.level)")
        assert set(faded) == set(levels) - {"308"}
    # Click beside all marks to free it again.
    results.locator(".mlm-chart-box .mark-rect path").first.click(position={"x": 3, "y": 3})
    expect(results.locator("g[class*='caterpillar_view0'] path[opacity^='0.1']")).to_have_count(0)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_charts_are_saved_as_they_look(notebook, widget, theme):
    notebook.theme(theme)
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    results.get_by_role("tab", name="Pooling").click(timeout=120_000)
    # The drawings of the model before stay until those of this one are there.
    expect(results).to_have_attribute("data-formula", CORRELATED, timeout=60_000)
    number = results.get_attribute("data-report")
    drawn = results.locator(f".mlm-chart-box[data-report='{number}']")
    expect(drawn).to_have_count(2, timeout=60_000)
    saved: dict[str, Path] = {}
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for kind in ("PNG", "SVG"):
        with notebook.page.expect_download() as download:
            results.get_by_role("button", name=f"Save the chart shrinkage as {kind}").click(timeout=60_000)
        assert download.value.suggested_filename == f"shrinkage.{kind.lower()}"
        saved[kind] = SCREENSHOTS / f"11-saved-{theme.lower()}.{kind.lower()}"
        download.value.save_as(saved[kind])
    notebook.theme("Light")
    ground = {"Light": (255, 255, 255), "Dark": (17, 17, 17)}[theme]
    picture = Image.open(saved["PNG"]).convert("RGB")
    corners = [picture.getpixel((x, y)) for x in (2, picture.width - 3) for y in (2, picture.height - 3)]
    assert all(max(abs(a - b) for a, b in zip(c, ground, strict=True)) < 30 for c in corners)
    assert min(picture.size) >= 600
    svg = saved["SVG"].read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert re.search(r'<rect width="\d+" height="\d+" fill="rgb', svg)
    assert "system-ui" in svg
    assert "slope of Days (ms per day)" in svg
    # On screen the panel says what is shown, and of which model.
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert texts[:2] == ["Shrinkage towards the population", CORRELATED]


def test_the_code_of_a_chart_runs_by_itself(notebook, widget, tmp_path):
    notebook.type_formula(CORRELATED)
    results = widget.get_by_role("region", name="Results")
    results.get_by_role("tab", name="Pooling").click(timeout=120_000)
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    results.get_by_role("button", name="Altair code of the chart shrinkage").click(timeout=60_000)
    expect(results.get_by_role("button", name="Altair code of the chart shrinkage")).to_contain_text("Copied")
    code = notebook.page.evaluate("navigator.clipboard.readText()")
    assert "figure = alt.vconcat(" in code
    mlm.datasets.sleepstudy().to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "chart.py").write_text(f"{code}\nfigure.save('chart.svg')\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "chart.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "<svg" in (tmp_path / "chart.svg").read_text(encoding="utf-8")
