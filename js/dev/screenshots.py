"""Photograph the widget's states without Jupyter: ``python js/dev/screenshots.py [state ...]``.

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


def main() -> None:
    """Take the screenshots of the states named on the command line, or of all."""
    wanted = set(sys.argv[1:]) or {state for state, _, _ in SHOTS}
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run(["node", "build.mjs", "--dev", folder], cwd=JS, check=True)
        handler = functools.partial(QuietHandler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for state, width, theme in SHOTS:
            if state not in wanted:
                continue
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("console", lambda m: print(m.type, m.text) if m.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: print("page error:", error))
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html?state={state}&theme={theme}")
            page.wait_for_timeout(900)
            page.screenshot(path=TARGET / f"{state}-{width}-{theme}.png", full_page=True)
            page.close()
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
