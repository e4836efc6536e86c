"""Matrix libraries kept to one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> Any:
    return ThreadpoolController()


def single_threaded() -> AbstractContextManager[Any]:
    """Keep matrix libraries to one thread for a while.

    Matrices here are small; threads that wait for one another take up to ten times as long on a busy machine.
    """
    found: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return found
