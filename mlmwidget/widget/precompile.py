"""Compiles the exact engine before it is used, in a process of its own.

Numba holds the interpreter's lock while it compiles: in the kernel, nothing would react for many seconds.
A second process fills the cache on disk, from which the kernel then loads.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

#: Seconds after which the kernel compiles for itself.
LIMIT = 180.0
MODULE = "mlmwidget.inference.exact.warm"


def compiled(timeout: float = LIMIT) -> bool:
    """Wait until the engine is compiled; the process is started once, with the first call.

    Returns
    -------
    bool
        False when the time (seconds) was not enough; True as well where there can be no such process.
    """
    process = _process()
    if process is None:
        return True
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True


@cache
def _process() -> subprocess.Popen[bytes] | None:
    """Start the process; None where the system starts none. One that fails only leaves the cache empty."""
    try:
        return subprocess.Popen(  # noqa: S603 - this very interpreter and a module of ours
            [sys.executable, "-m", MODULE],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
