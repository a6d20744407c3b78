"""The public names of `import studio`, and its imports."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import studio

HEAVY = ("torch", "torchvision", "timm", "PySide6", "pyqtgraph", "numpy", "PIL", "sklearn", "rich", "tqdm", "typing")


def test_importing_studio_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import studio; new = set(sys.modules) - before;"
        f"print([name for name in {HEAVY} if name in new])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_scanning_and_opening_a_run_import_neither_torch_nor_qt(shared_photos):
    run = Path(__file__).parents[1] / "stored_runs" / "v0.1" / "frozen"
    code = (
        f"import sys, studio; studio.scan({str(shared_photos)!r}, progress=False); studio.open_run({str(run)!r});"
        "studio.train, studio.predict, studio.list_backbones('resnet');"
        f"print([n for n in ('torch', 'timm', 'PySide6', 'pyqtgraph') if n in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_public_name_exists_and_has_a_docstring():
    for name in studio.__all__:
        assert inspect.getdoc(getattr(studio, name)), name
    assert set(studio.__all__) <= set(dir(studio))
    assert studio.__version__


def test_a_misspelled_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        studio.trian  # noqa: B018


def test_type_checkers_see_the_existing_names():
    tree = ast.parse(Path(studio.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert sorted(seen) == sorted(studio.__all__)
    for name, module in seen.items():
        assert name in vars(studio) or getattr(studio, name) is not None
        assert getattr(sys.modules[module], name) is getattr(studio, name)
