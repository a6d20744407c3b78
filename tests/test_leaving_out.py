"""The selection of tests by mark, and the report at the end of a test run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from leaving_out import LeavingOut


def item(*marks: str, file: str = "/tests/test_a.py") -> Any:
    return SimpleNamespace(path=Path(file), get_closest_marker=lambda mark: mark if mark in marks else None)


def config(expression: str = "", *asked: str) -> Any:
    gone: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: gone.extend(items))
    option = SimpleNamespace(markexpr=expression)
    here = SimpleNamespace(dir=Path("/"))
    return SimpleNamespace(option=option, args=list(asked), hook=hook, gone=gone, invocation_params=here)


def test_marked_tests_are_deselected_counted_and_reported() -> None:
    leaving, asked = LeavingOut(), config()
    items = [item(), item("slow"), item("slow", "gpu"), item("real_data")]
    plain = items[0]
    leaving.pytest_collection_modifyitems(asked, items)
    assert items == [plain]
    assert len(asked.gone) == 3
    assert leaving.counts == {"slow": 2, "real_data": 1}
    lines: list[str] = []
    skipped = {"skipped": [object()] * 3}
    leaving.pytest_terminal_summary(SimpleNamespace(section=lambda *_: None, line=lines.append, stats=skipped))
    said = "\n".join(lines)
    assert "2 tests marked slow" in said
    assert "1 test marked real_data" in said
    assert "uv run pytest -m slow" in said
    assert "3 skipped" in said
    assert "gpu" not in said


@pytest.mark.parametrize("how", [config("slow"), config("", str(Path(__file__)))], ids=["by mark", "by file"])
def test_named_files_and_tests_run(how: Any) -> None:
    leaving, items = LeavingOut(), [item("slow", file=__file__), item(file=__file__)]
    leaving.pytest_collection_modifyitems(how, items)
    assert (len(items), leaving.counts) == (2, {})
