"""Runs the real KaTeX over formulas, many at a time."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JS = HERE.parent.parent / "js"


def refused(items):
    """Which of the formulas (LaTeX, whether ids are allowed) KaTeX refuses in strict mode, and why."""
    folder = Path(os.environ.get("MLMWIDGET_KATEX", JS))
    if not (folder / "node_modules" / "katex").exists() or shutil.which("node") is None:
        reason = f"KaTeX is not installed in {folder.name}/node_modules: run npm ci there"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        ["node", HERE / "katex_check.mjs", folder],
        input=json.dumps([{"latex": latex, "ids": ids} for latex, ids in items]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    return [(items[r["index"]][0], r["error"]) for r in json.loads(done.stdout)]
