"""The pipeline of CONTRIBUTING.md, held against the code's own imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mlmwidget"
STAGES = [
    "problems",
    "formula",
    "data",
    "datasets",
    "model",
    "notation",
    "export",
    "inference",
    "charts",
    "widget",
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def stage_of(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "mlmwidget" and len(parts) > 1 else None


def imports_of(tree: ast.Module, everywhere: bool) -> set[str]:
    """Modules imported at import time, or anywhere in the file."""
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way_along_the_pipeline(path):
    stage = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if stage == "__init__":
        return
    later = set(STAGES[STAGES.index(stage) + 1 :])
    imported = {stage_of(name) for name in imports_of(ast.parse(path.read_text("utf-8")), everywhere=False)}
    assert not imported & later


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_one_module_knows_pymc(path):
    names = imports_of(ast.parse(path.read_text("utf-8")), everywhere=True)
    knows = any(name.split(".")[0] in ("pymc", "pytensor") for name in names)
    assert not knows or path.relative_to(PACKAGE).as_posix() == "model/pymc.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_can_execute_text(path):
    calls = [
        n.func.id
        for n in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    assert not {"eval", "exec", "compile", "__import__"} & set(calls)


def test_import_loads_nothing_heavy():
    code = "import sys, mlmwidget; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert not loaded & {
        "pymc",
        "pytensor",
        "numba",
        "altair",
        "xarray",
        "arviz",
        "arviz_stats",
        "pandas",
        "scipy",
    }


def test_every_public_name_can_be_imported():
    import mlmwidget

    for name in mlmwidget.__all__:
        assert getattr(mlmwidget, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        mlmwidget.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("CITATION.cff", "\nversion: {}\n"),
        ("README.md", " Version {}. "),
        ("js/package.json", '"version": "{}"'),
    ],
)
def test_every_place_that_names_the_version_names_this_one(file, says):
    import mlmwidget

    text = (PACKAGE.parent / file).read_text(encoding="utf-8")
    assert says.format(mlmwidget.__version__) in text
