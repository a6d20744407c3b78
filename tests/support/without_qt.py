"""Pytest plugin that makes imports of Qt fail, to test everything that must work without a window.

`PYTHONPATH=tests/support pytest -n 0 -p no:pytest-qt -p without_qt` runs all tests except `tests/ui`, as on a machine
without Qt. A test outside `tests/ui` that needs Qt calls `pytest.importorskip`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

QT = ("PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy", "pytestqt")


class _Absent:
    """A module finder that refuses Qt; the first on `sys.meta_path`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


if loaded := [name for name in sys.modules if name.partition(".")[0] in QT]:
    raise RuntimeError(f"Qt is already imported: {loaded[0]}. Add `-p no:pytest-qt`.")
sys.meta_path.insert(0, _Absent())


def pytest_addoption(parser: pytest.Parser) -> None:
    for name in ("qt_api", "qt_log_level_fail"):  # set in pyproject.toml for the plugin that is left out
        parser.addini(name, "unused without Qt")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path == config.rootpath / "tests" / "ui" else None


def pytest_sessionfinish() -> None:
    there = sorted(name for name in sys.modules if name.partition(".")[0] in QT)
    assert there == []
