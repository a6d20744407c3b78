"""A pytest plugin that takes Qt away, so that what must work without a window is seen to.

`PYTHONPATH=tests/support pytest -n 0 -p no:pytest-qt -p without_qt` runs everything but `tests/ui`; whatever imports Qt
on the way fails as on a machine that does not have it. A test outside of `tests/ui` that needs Qt says so with
`pytest.importorskip`.
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
    """A finder of modules that comes first and finds no Qt."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


if found := [name for name in sys.modules if name.partition(".")[0] in QT]:
    raise RuntimeError(f"Qt is there already: {found[0]}. Ask for `-p no:pytest-qt`, too.")
sys.meta_path.insert(0, _Absent())


def pytest_addoption(parser: pytest.Parser) -> None:
    for name in ("qt_api", "qt_log_level_fail"):  # set in pyproject.toml for the plugin that is left out
        parser.addini(name, "unused without Qt")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path == config.rootpath / "tests" / "ui" else None


def pytest_sessionfinish() -> None:
    there = sorted(name for name in sys.modules if name.partition(".")[0] in QT)
    assert there == []
