"""Photograph the widget without Jupyter, in every state, width, theme and host, and lay out all photographs.

``python js/dev/screenshots.py`` takes all of them, ``python js/dev/screenshots.py fitted page`` those whose
name begins with one of these words, ``python js/dev/screenshots.py record.json`` a record of ``record.py``.
They go to ``tests/screenshots/widget`` (ignored by git), and ``tests/screenshots/index.html`` shows them
beside those of the browser tests (JupyterLab, Notebook 7, marimo).
"""

import functools
import http.server
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

JS = Path(__file__).resolve().parent.parent
sys.path.append(str(JS.parent / "tests"))

from browser.hosts import browsing  # noqa: E402

ALL = JS.parent / "tests" / "screenshots"
TARGET = ALL / "widget"
EXAMPLE = ("sleepstudy", "Reaction ~ Days + (Days | Subject)")
TABS = (
    "Group effects",
    "Population",
    "Group size",
    "Variance",
    "Structure",
    "Checks",
    "Sampler",
    "Priors",
    "Table",
)
SHEET = """<!doctype html><meta charset="utf-8"><title>Photographs of the widget</title>
<style>body {{ font: 14px system-ui; margin: 16px; background: #ddd }} figure {{ margin: 0 }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 16px }}
figure {{ align-self: start }}
img {{ width: 100%; border: 1px solid #999 }}</style><main>{figures}</main>
"""


@dataclass(frozen=True)
class Shot:
    """One photograph."""

    name: str
    width: int = 1280
    theme: str = "light"
    #: State of the mock; empty for the recorded example, ``page`` for the page of a fit.
    state: str = ""
    host: str = "jupyter"
    tab: str = ""
    forced: bool = False
    media: str = "screen"

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}-{self.width}-{self.theme}.png".replace(" ", "-").lower()


def every_shot() -> Iterator[Shot]:
    """Yield every state, width, theme and host that should be looked at."""
    for state in ("fitted", "error", "fitting", "stale", "empty"):
        for width in (480, 1280):
            for theme in ("light", "dark"):
                yield Shot(state, width, theme, state=state)
        yield Shot(f"forced-{state}", 1280, "dark", state=state, forced=True)
    for width in (480, 600, 760, 1280, 1600, 1920):
        for theme in ("light", "dark"):
            yield Shot("live", width, theme)
            yield Shot("page", width, theme, state="page")
    for tab in TABS:
        for width in (600, 1600):
            yield Shot(f"live-{tab}", width, tab=tab)
        yield Shot(f"live-{tab}", 1280, "dark", tab=tab)
    for host in ("vscode", "colab", "plain"):
        for theme in ("light", "dark"):
            yield Shot(f"host-{host}", 1280, theme, host=host)
    yield Shot("forced-live", 1280, "dark", forced=True)
    yield Shot("forced-live", 1280, "light", forced=True)
    yield Shot("page-printed", 800, state="page", media="print")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def complain(kind: str, text: str) -> None:
    """Pass on what the page complains about."""
    if kind in ("error", "warning"):
        sys.stderr.write(f"{kind}: {text}\n")


def photograph(browser: Browser, shot: Shot, folder: Path, address: str) -> None:
    """Take one photograph, in a window as tall as what it shows."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": 900},
        color_scheme=shot.theme,  # type: ignore[arg-type]
        forced_colors="active" if shot.forced else "none",
    )
    page = context.new_page()
    page.on("console", lambda message: complain(message.type, message.text))
    page.on("pageerror", lambda error: complain("error", str(error)))
    page.goto(_address(shot, folder, address))
    if shot.tab:
        page.get_by_role("tab", name=shot.tab).click()
    _fit_window(page, shot.width)
    page.emulate_media(media=shot.media)  # type: ignore[arg-type]
    page.wait_for_timeout(300)
    page.screenshot(path=TARGET / shot.file, full_page=True)
    context.close()


def _address(shot: Shot, folder: Path, address: str) -> str:
    if shot.state == "page":
        return (folder / "example.html").as_uri()
    what = {"state": shot.state} if shot.state else {"record": "example.json"}
    return f"{address}/index.html?{urlencode({**what, 'theme': shot.theme, 'host': shot.host})}"


def _fit_window(page: Page, width: int) -> None:
    page.wait_for_timeout(1000)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(int(height), 300)})
    page.wait_for_timeout(300)


def prepare(folder: Path, record: Path | None, with_page: bool) -> None:
    """Build the page without Jupyter, and make the recorded example."""
    subprocess.run(["node", "build.mjs", "--dev", folder], cwd=JS, check=True)  # noqa: S603, S607 (the project's own)
    if record:
        shutil.copy(record, folder / "example.json")
    else:
        command = [sys.executable, str(JS / "dev" / "record.py"), str(folder / "example.json"), *EXAMPLE]
        subprocess.run(command, check=True)  # noqa: S603 (the project's own script)
    if with_page:
        import mlmwidget as mlm

        dataset, formula = EXAMPLE
        mlm.fit(formula, getattr(mlm.datasets, dataset)(), random_seed=1).to_html(folder / "example.html")


def contact_sheet() -> Path:
    """Lay out every photograph that there is, the browser tests' too, on one page."""
    figures = "".join(
        f'<figure><figcaption>{escape(name)}</figcaption><a href="{escape(name)}"><img loading="lazy" '
        f'src="{escape(name)}" alt="{escape(name)}"></a></figure>'
        for name in (path.relative_to(ALL).as_posix() for path in sorted(ALL.rglob("*.png")))
    )
    sheet = ALL / "index.html"
    sheet.write_text(SHEET.format(figures=figures), encoding="utf-8")
    return sheet


def main() -> None:
    """Take the photographs that the command line names, or all."""
    wanted = tuple(sys.argv[1:])
    records = [Path(name) for name in wanted if name.endswith(".json")]
    if records:
        shots = [Shot(records[0].stem, *look) for look in ((1600, "light"), (1280, "dark"), (600, "light"))]
    else:
        shots = [shot for shot in every_shot() if not wanted or shot.file.startswith(wanted)]
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        folder = Path(name)
        prepare(folder, records[0] if records else None, any(shot.state == "page" for shot in shots))
        handler = functools.partial(QuietHandler, directory=name)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for shot in shots:
            photograph(browser, shot, folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    sys.stdout.write(f"{len(shots)} photographs; all of them: {contact_sheet()}\n")


if __name__ == "__main__":
    main()
