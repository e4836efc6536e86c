"""A real Jupyter server and the system's Chromium to drive it, for the browser tests and the benchmark."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

SCREENSHOTS = Path(__file__).parent.parent / "screenshots" / "jupyterlab"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Nothing of the person's own settings, and no announcements or restored tabs, may change what is tested.
QUIET_LAB = """
c.ServerApp.token = ""
c.ServerApp.password = ""
c.ServerApp.disable_check_xsrf = True
c.LabApp.expose_app_in_browser = True
c.JupyterNotebookApp.expose_app_in_browser = True
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
"""
KERNEL_IS_IDLE = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.status === "idle";
}"""
PATIENCE = 90_000


class Notebook:
    """The notebook in JupyterLab, and the widget in it, found by roles and names."""

    def __init__(self, page: Page, address: str):
        self.page = page
        page.goto(f"{address}/lab/tree/widget.ipynb?reset")
        self.command("application:toggle-left-area")
        wait_for_kernel(page)
        self.run_cell(0)
        self.widget = page.locator(".mlm")
        outcome = self.widget.get_by_role("combobox", name="Outcome", exact=True)
        expect(outcome).to_be_visible(timeout=PATIENCE)

    def run_cell(self, number: int) -> None:
        """Run a cell by hand."""
        self.page.locator(".jp-CodeCell .cm-content").nth(number).click()
        self.page.keyboard.press("Shift+Enter")

    def formula(self) -> Locator:
        """Return the line in which the formula is typed."""
        return self.widget.get_by_role("combobox", name="Formula")

    def type_formula(self, text: str) -> None:
        """Type a formula and press Enter."""
        self.formula().fill(text)
        self.formula().press("Enter")

    def reset(self) -> None:
        """Go back to a model that every test can start from."""
        cancel = self.widget.get_by_role("button", name="Cancel")
        if cancel.is_visible():
            cancel.click()
        self.type_formula("Reaction ~ 1 + (1 | Subject)")
        expect(self.formula()).to_have_value("Reaction ~ 1 + (1 | Subject)")
        # The text says what was typed at once; its parts are named when Python has answered.
        expect(self.widget.locator(".mlm-mirror [data-part='response']")).to_be_attached()

    def command(self, name: str, **arguments: str) -> None:
        """Run one of JupyterLab's commands."""
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments]
        )

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        expect(self.page.locator(f"body[data-jp-theme-name='JupyterLab {name}']")).to_be_attached()
        # JupyterLab covers the page while it changes its theme.
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def picture(self, name: str) -> None:
        """Photograph the whole widget into tests/screenshots (git-ignored)."""
        size = self.page.viewport_size
        box = self.widget.bounding_box()
        assert size is not None
        assert box is not None
        # JupyterLab scrolls its own panel: the window has to be as tall as the widget.
        self.page.set_viewport_size({"width": size["width"], "height": int(box["height"]) + 400})
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.widget.screenshot(path=SCREENSHOTS / f"{name}.png")
        self.page.set_viewport_size(size)


def wait_for_kernel(page: Page) -> None:
    """Return when the notebook's kernel is idle: a cell that is run before it is there is dropped."""
    page.wait_for_function(KERNEL_IS_IDLE, timeout=PATIENCE)


def browser_path() -> str | None:
    """Return where the system's Chromium is; None without one."""
    return next((found for found in map(shutil.which, BROWSERS) if found), None)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run the system's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def laboratory(home: Path, cells: Sequence[str], app: str = "jupyterlab") -> Iterator[str]:
    """Serve one notebook of these cells, called widget.ipynb, from a folder; gives the server's address.

    The server runs in this environment and knows none of the person's own settings.
    """
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, home / "widget.ipynb")
    (home / "config.py").write_text(QUIET_LAB, encoding="utf-8")
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    command = [
        app,
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--config={home}/config.py",
        f"--ServerApp.root_dir={home}",
    ]
    with serving(command, home, "api/status") as address:
        yield address


@contextmanager
def serving(module: list[str], home: Path, probe: str) -> Iterator[str]:
    """Run ``python -m MODULE … --port=…`` in a folder, and give its address once ``probe`` answers."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *module, f"--port={port}"],
            cwd=home,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for_server(f"{address}/{probe}", server, home / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for_server(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the address answers; fail with the server's log when it does not."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")
