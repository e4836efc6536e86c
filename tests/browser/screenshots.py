"""Photograph the widget in every state and model, at every width, in every theme and host.

``python tests/browser/screenshots.py`` takes all photographs, ``python tests/browser/screenshots.py radon``
those whose names begin with one of these words, and ``--widths 600 1920`` those of the first tab at these
widths instead of the usual ones; ``--readme`` takes the pictures of the README. Python answers in all of
them, without Jupyter. They go to ``tests/screenshots/widget`` (ignored by git), and
``tests/screenshots/index.html`` shows them beside those of the browser tests (JupyterLab,
Notebook 7, marimo).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from playwright.sync_api import Error as BrowserError

TESTS = Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS))

from browser.direct import Direct  # noqa: E402
from browser.hosts import browsing  # noqa: E402
from browser.situations import MODELS, STATES  # noqa: E402

from mlmwidget import MLMWidget  # noqa: E402
from mlmwidget.formula.spec import effect_part  # noqa: E402

ALL = TESTS / "screenshots"
PICTURES = TESTS.parent / "example_notebooks" / "images"
TARGET = ALL / "widget"
SHEET = """<!doctype html><meta charset="utf-8"><title>Photographs of the widget</title>
<style>body {{ font: 14px system-ui; margin: 16px; background: #ddd }} figure {{ margin: 0 }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 16px }}
figure {{ align-self: start }}
img {{ width: 100%; border: 1px solid #999 }}</style><main>{figures}</main>
"""
#: What a host says of its theme, and the variables of its style sheet that reach a widget.
HOSTS = {
    "plain": "() => { document.body.style.background = 'Canvas'; }",
    "vscode": """(dark) => {
      const { body, documentElement } = document;
      body.dataset.vscodeThemeKind = body.className = dark ? "vscode-dark" : "vscode-light";
      body.style.background = dark ? "#1f1f1f" : "#ffffff";
      body.style.color = "var(--vscode-foreground)";
      const variables = {
        "font-family": '"Segoe UI", "Ubuntu", sans-serif',
        "font-size": "13px",
        "editor-font-family": '"Consolas", "DejaVu Sans Mono", monospace',
        foreground: dark ? "#cccccc" : "#3b3b3b",
        "editor-background": dark ? "#1f1f1f" : "#ffffff",
      };
      for (const [name, value] of Object.entries(variables))
        documentElement.style.setProperty(`--vscode-${name}`, value);
    }""",
    "colab": """(dark) => {
      if (dark) document.documentElement.setAttribute("theme", "dark");
      document.body.style.background = dark ? "#383838" : "#ffffff";
    }""",
}
LIGHT_AND_DARK = ("light", "dark")
#: The model whose tabs are all photographed at all widths, and whose page is.
FIRST = "sleepstudy"


@dataclass(frozen=True)
class Look:
    """How a photograph is taken."""

    width: int = 1280
    theme: str = "light"
    host: str = "plain"
    forced: bool = False
    #: Every tab, not only the first.
    tabs: bool = False
    #: The page of the fit, ``"screen"`` or ``"print"``, in place of the widget.
    page: str = ""

    def file(self, situation: str, tab: str = "") -> Path:
        """Return where the photograph is put."""
        host = "" if self.host == "plain" else self.host
        page = {"screen": "page", "print": "page printed"}.get(self.page, "")
        words = [page, situation, host, "forced" if self.forced else "", tab, str(self.width), self.theme]
        return TARGET / f"{'-'.join(w for w in words if w)}.png".replace(" ", "-").lower()


def looks(situation: str, widths: Sequence[int] = ()) -> Iterator[Look]:
    """Yield how a situation should be looked at; only its first tab at the widths that are given."""
    if widths:
        yield from (Look(width, theme) for theme in LIGHT_AND_DARK for width in widths)
        return
    for theme in LIGHT_AND_DARK:
        for width in (480, 1280):
            yield Look(width, theme, tabs=situation in MODELS)
    if situation in STATES:
        yield Look(theme="dark", forced=True)
    if situation == FIRST:
        for theme in LIGHT_AND_DARK:
            for width in (600, 760, 1600, 1920):
                yield Look(width, theme, tabs=width == 1600)
            for width in (480, 600, 1280, 1920):
                yield Look(width, theme, page="screen")
            for host in ("vscode", "colab"):
                yield Look(theme=theme, host=host)
        yield Look(800, page="print")


def photograph(browser: Browser, widget: MLMWidget, situation: str, look: Look, folder: Path) -> None:
    """Take the photographs of one look."""
    colours = "active" if look.forced else "none"
    if look.page:
        context = browser.new_context(viewport={"width": look.width, "height": 900}, color_scheme=look.theme)
        page = context.new_page()
        page.goto(Path(widget.to_html(folder / "page.html")).as_uri())
        page.emulate_media(media=look.page)
        _take(page, page.locator("body"), look.file(situation))
        context.close()
        return
    direct = Direct(browser, widget, width=look.width, color_scheme=look.theme, forced_colors=colours)
    direct.page.locator("#before").evaluate("(button) => button.remove()")
    direct.page.evaluate(HOSTS[look.host], look.theme == "dark")
    _take(direct.page, direct.page.locator("body"), look.file(situation))
    tabs = direct.widget.get_by_role("tab").all_inner_texts() if look.tabs else []
    for tab in tabs[1:]:
        direct.tab(tab)
        _take(direct.page, direct.widget.get_by_role("tabpanel"), look.file(situation, tab))
    for complaint in direct.complaints:
        sys.stderr.write(f"{situation}: {complaint}\n")
    direct.close()


def _take(page: Page, what: Locator, file: Path) -> None:
    """Photograph an element in a window as tall as the page, once its charts are drawn."""
    page.wait_for_timeout(300)
    page.locator(".mlm-arriving").first.wait_for(state="detached", timeout=60_000)
    size = page.viewport_size
    assert size is not None
    for _ in range(2):
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": max(height, 300)})
        page.wait_for_timeout(200)
    what.screenshot(path=file)


def readme_pictures(browser: Browser) -> None:
    """Take the pictures of the README: the widget, a part that is pointed at, and the dark theme."""
    for theme in LIGHT_AND_DARK:
        widget = MODELS[FIRST]()
        direct = Direct(browser, widget, width=1436, color_scheme=theme)
        direct.page.locator("#before").evaluate("(button) => button.remove()")
        direct.page.evaluate(HOSTS["plain"])
        if theme == "dark":
            direct.tab("Group effects")
            _keep(direct, "widget-dark")
        else:
            _keep(direct, "widget-light")
            direct.widget.locator(f".katex-html [data-part='{effect_part(0, 0)}']").first.hover()
            direct.page.wait_for_timeout(600)
            _keep(direct, "widget-part")
        direct.close()
        widget.close()


def _keep(direct: Direct, name: str) -> None:
    """Photograph a widget for the README, in few colours: the pictures are part of the repository."""
    file = PICTURES / f"{name}.png"
    direct.widget.get_by_role("slider").wait_for()
    _take(direct.page, direct.widget, file)
    Image.open(file).convert("RGB").quantize(256, kmeans=2).save(file, optimize=True)


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
    """Take the photographs that the command line names, or all; those that fail are named at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="*", metavar="BEGINNING")
    parser.add_argument("--widths", nargs="+", type=int, default=[])
    parser.add_argument("--readme", action="store_true")
    arguments = parser.parse_args()
    if arguments.readme:
        with browsing() as browser:
            readme_pictures(browser)
        return
    wanted = tuple(arguments.wanted)
    TARGET.mkdir(parents=True, exist_ok=True)
    taken, failed = 0, []
    with TemporaryDirectory() as folder, browsing() as browser:
        for situation, make in (MODELS | STATES).items():
            chosen = [
                look
                for look in looks(situation, arguments.widths)
                if not wanted or look.file(situation).name.startswith(wanted)
            ]
            if not chosen:
                continue
            widget = make()
            for look in chosen:
                try:
                    photograph(browser, widget, situation, look, Path(folder))
                    taken += 1
                except BrowserError as error:  # the other photographs are worth taking
                    failed.append(f"{look.file(situation).name}: {error.message.splitlines()[0]}")
            widget.close()
    sys.stdout.write(f"{taken} looks; all photographs: {contact_sheet()}\n")
    if failed:
        sys.exit("\n".join(["Not taken:", *failed]))


if __name__ == "__main__":
    main()
