"""One JupyterLab and one page for all browser tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.direct import Direct
from browser.hosts import BROWSERS, Notebook, browser_path, browsing, laboratory
from playwright.sync_api import Browser, Locator, Page, expect

STATIC = Path(__file__).parent.parent.parent / "mlmwidget" / "static"
CELLS = [
    "import mlmwidget as mlm\nw = mlm.MLMWidget(mlm.datasets.sleepstudy())\nw",
    "print('kernel is alive', w.formula)",
    "w.fit(method='pymc', draws=20, tune=20, chains=2, random_seed=1);",
]


def need(condition: object, sentence: str) -> None:
    """Skip with a sentence; in continuous integration, where nothing may be missing, fail."""
    if not condition:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(sentence)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    looked = ", ".join(BROWSERS)
    need(browser_path(), f"No Chromium on the PATH (looked for {looked}): install one to run browser tests.")
    with browsing() as browser:
        yield browser


@pytest.fixture
def open_direct(chromium: Browser) -> Iterator[Callable[..., Direct]]:
    """Open widgets without Jupyter; the browser may complain of nothing by the end of the test."""
    opened: list[Direct] = []

    def open_direct(widget: Any, **look: Any) -> Direct:
        opened.append(Direct(chromium, widget, **look))
        return opened[-1]

    yield open_direct
    for direct in opened:
        assert direct.complaints == []
        direct.close()
        direct.python.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a JupyterLab server of this environment, with one notebook called widget.ipynb."""
    need((STATIC / "widget.js").exists(), "The bundle is not built: run `npm ci && npm run build` in js/.")
    with laboratory(tmp_path_factory.mktemp("lab"), CELLS) as address:
        yield address


@pytest.fixture(scope="session")
def page(chromium: Browser) -> Iterator[Page]:
    """Make one page for all tests, wide enough for two columns."""
    context = chromium.new_context(viewport={"width": 1600, "height": 1300}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def notebook(page: Page, lab: str) -> Notebook:
    """Open the notebook and run its first cell, which shows a widget."""
    return Notebook(page, lab)


@pytest.fixture
def widget(notebook: Notebook) -> Locator:
    """The widget, with the first model of the cheatsheet and nothing running."""
    notebook.reset()
    return notebook.widget
