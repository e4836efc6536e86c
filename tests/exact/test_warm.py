"""Compiling ahead of the first use."""

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_warming_up_leaves_compiled_functions_on_disk(tmp_path):
    """A later process finds them there and compiles nothing."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "mlmwidget.inference.exact.warm"]
    subprocess.run(command, env=environment, check=True)
    compiled = sorted(path.name for path in tmp_path.rglob("*.nbc"))
    assert any("evaluate" in name for name in compiled)
    assert any("gradient" in name for name in compiled)
    subprocess.run(command, env=environment, check=True)
    assert sorted(path.name for path in tmp_path.rglob("*.nbc")) == compiled
