"""How the engine's numerical functions are compiled."""

from __future__ import annotations

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True, "_nrt": False}

entry: Any = njit(**_OPTIONS)
"""Compiles what is called from Python. Nothing here allocates, so reference counting is off."""

inner: Any = njit(**_OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True})
"""Compiles what only compiled functions call: without wrappers, which take longer to compile than it."""

once = njit(inline="always")
"""Puts a function that is called in one place into its caller, which saves compiling it on its own."""
