"""A widget on a page of its own, without Jupyter: requests go straight to Python, traits straight back.

Much quicker than a notebook, and every state can be made in Python. What depends on the host (themes, keys,
the cell around the widget) is tested in the notebook.
"""

import json
from collections import deque
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Route

from mlmwidget import MLMWidget

STATIC = Path(__file__).parents[2] / "mlmwidget" / "static"
ADDRESS = "http://widget.test/"
TRAITS = ("candidates", "view", "status", "report", "out_of_date", "fit_list", "themes")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Widget</title>
<link rel="stylesheet" href="widget.css">
<body style="margin: 8px">
<button id="before">Before the widget</button>
<main></main>
<script type="module">
  import widget from "./widget.js";
  const traits = {}, listeners = {};
  const hear = (event, ...values) => (listeners[event] ?? []).forEach((listener) => listener(...values));
  const model = {
    get: (name) => traits[name],
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    send: (content) => void ask(JSON.stringify(content)),
  };
  const listen = async () => {
    for (const [name, value] of JSON.parse(await news())) {
      if (name === "reply") hear("msg:custom", value);
      else {
        traits[name] = value;
        hear(`change:${name}`);
      }
    }
    setTimeout(listen, 30);
  };
  await listen();
  widget.render({ model, el: document.querySelector("main") });
</script>
"""


class Direct:
    """One widget in one window.

    Parameters
    ----------
    browser
        The browser.
    widget
        The widget; it lives on in Python.
    width, height
        Of the window.
    **look
        Of the browser's context, for example ``color_scheme="dark"``.
    """

    def __init__(
        self, browser: Browser, widget: MLMWidget, width: int = 1280, height: int = 1000, **look: Any
    ):
        look.setdefault("reduced_motion", "reduce")
        self.python = widget
        self.context = browser.new_context(viewport={"width": width, "height": height}, **look)
        self.page = self.context.new_page()
        #: What the page complains about.
        self.complaints: list[str] = []
        self._news: deque[tuple[str, Any]] = deque((name, getattr(widget, name)) for name in TRAITS)
        widget.observe(self._hear, list(TRAITS))
        widget.send = lambda content, buffers=None: self._news.append(("reply", content))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._complain(message.text))
        self.page.expose_function("ask", lambda text: widget._handle_custom_msg(json.loads(text), []))
        self.page.expose_function("news", self._tell)
        self.page.route(f"{ADDRESS}*", _serve)
        self.page.goto(ADDRESS)
        self.widget = self.page.locator(".mlm")
        self.widget.wait_for()

    def formula(self) -> Locator:
        """Return the line in which the formula is typed."""
        return self.widget.get_by_role("combobox", name="Formula")

    def tab(self, name: str) -> None:
        """Open a tab of the results."""
        self.widget.get_by_role("tab", name=name).click()

    def close(self) -> None:
        """Close the window; the widget stays."""
        self.python.unobserve(self._hear, list(TRAITS))
        self.context.close()

    def _complain(self, text: str) -> None:
        # KaTeX says so of every letter of a script that it has no measures of, and shows it all the same.
        if not text.startswith("No character metrics"):
            self.complaints.append(text)

    def _hear(self, change: dict[str, Any]) -> None:
        self._news.append((change["name"], change["new"]))

    def _tell(self) -> str:
        told = []
        while self._news:
            told.append(self._news.popleft())
        return json.dumps(told)


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(ADDRESS)
    if name in ("widget.js", "widget.css"):
        route.fulfill(path=STATIC / name)
    elif name:
        route.fulfill(status=404)
    else:
        route.fulfill(body=PAGE, content_type="text/html")
