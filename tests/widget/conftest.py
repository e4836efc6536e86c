"""A widget driven as the browser drives it: by its custom messages, without a browser."""

from collections.abc import Callable
from typing import Any

import pytest

from mlmwidget import MLMWidget, datasets
from mlmwidget.widget.runs import Runs


@pytest.fixture(autouse=True)
def no_worker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tests that fit start the process that imports PyMC."""
    if "worker" not in request.fixturenames:
        monkeypatch.setattr(Runs, "warm_up", lambda self: None)


@pytest.fixture
def worker() -> None:
    """Ask for a real worker process."""


@pytest.fixture
def make() -> Any:
    """Make widgets that are closed after the test."""
    made: list[MLMWidget] = []

    def make(data: Any = None, formula: str | None = None, **options: Any) -> MLMWidget:
        options.setdefault("live", False)
        widget = MLMWidget(datasets.sleepstudy() if data is None else data, formula, **options)
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.close()


@pytest.fixture
def send() -> Callable[..., None]:
    """Send what the browser would send."""

    def send(widget: MLMWidget, request: dict[str, Any], **fields: Any) -> None:
        widget._handle_custom_msg({**request, **fields}, [])

    return send
