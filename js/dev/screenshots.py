"""Photograph the widget without Jupyter: ``python js/dev/screenshots.py [state or record.json ...]``.

Builds the development page into a temporary folder, serves it, and writes ``STATE-WIDTH-THEME.png`` into
``tests/screenshots/widget`` (ignored by git).
"""

import functools
import http.server
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

JS = Path(__file__).resolve().parent.parent
TARGET = JS.parent / "tests" / "screenshots" / "widget"
SHOTS = [
    ("fitted", 1600, "light"),
    ("fitted", 1280, "dark"),
    ("fitted", 760, "light"),
    ("fitted", 480, "light"),
    ("error", 1280, "light"),
    ("error", 480, "dark"),
    ("fitting", 1280, "light"),
    ("stale", 1280, "light"),
    ("empty", 760, "dark"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def shots(wanted: list[str]) -> list[tuple[str, int, str]]:
    """States of the mock that are wanted (all by default), and records in three widths."""
    records = [name for name in wanted if name.endswith(".json")]
    states = set(wanted) or {state for state, _, _ in SHOTS}
    looks = [(1600, "light"), (1280, "dark"), (600, "light")]
    return [s for s in SHOTS if s[0] in states] + [(r, *look) for r in records for look in looks]


def complain(kind: str, text: str) -> None:
    """Pass on what the page complains about."""
    if kind in ("error", "warning"):
        sys.stderr.write(f"{kind}: {text}\n")


def main() -> None:
    """Take the screenshots of what the command line names, or of all states."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build = ["node", "build.mjs", "--dev", folder]
        subprocess.run(build, cwd=JS, check=True)  # noqa: S603 (the project's own script)
        handler = functools.partial(QuietHandler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, width, theme in shots(sys.argv[1:]):
            path = Path(name)
            query = f"state={name}"
            if path.suffix:
                shutil.copy(path, folder)
                query = f"record={path.name}"
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("console", lambda message: complain(message.type, message.text))
            page.on("pageerror", lambda error: complain("error", str(error)))
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html?{query}&theme={theme}")
            page.wait_for_timeout(1200)
            page.screenshot(path=TARGET / f"{path.stem}-{width}-{theme}.png", full_page=True)
            page.close()
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
