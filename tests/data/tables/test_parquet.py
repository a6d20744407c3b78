"""Parquet files of labels and numbers: the same as the CSV file with the same content."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from photos_with_journal import result_of

from studio.data.tables import label_table, matching, parquet, targets
from studio.spec import UserError

PATHS = ["a/0.png", "a/1.png", "b/0.png", "b/1.png"]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write columns to a file; skips the test where pyarrow, an optional package, is not installed."""
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet")

    def to_file(**columns: list[Any]) -> Path:
        pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "table.parquet")
        return tmp_path / "table.parquet"

    return to_file


def test_labels_and_numbers_are_those_of_the_columns(write: Write) -> None:
    file = write(image=[{"bytes": b"x"}] * 4, label=["cat", "dog", None, "cat"], path=PATHS, split=["train", "val"] * 2)
    table = label_table.read(file)
    assert table.has_split
    assert [(line.path, line.value, line.split) for line in table.lines if not line.wrong] == [
        ("a/0.png", "cat", "train"),
        ("a/1.png", "dog", "val"),
        ("b/1.png", "cat", "val"),
    ]
    assert [(line.line, line.wrong) for line in table.lines if line.wrong] == [(3, "has no class")]
    numbers = targets.read(write(path=PATHS, weight=[1.5, 2, None, float("nan")]))
    assert numbers.name == "weight"
    assert [(line.value, line.wrong) for line in numbers.lines] == [
        (1.5, ""),
        (2.0, ""),
        (0.0, "has no number"),
        (0.0, "“nan” is not a finite number"),
    ]


def test_a_damaged_parquet_file_is_named(write: Write) -> None:
    file = write(path=PATHS, label=["a"] * 4)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        label_table.read(file)
    with pytest.raises(UserError, match="There is no file"):
        label_table.read(file.with_name("gone.parquet"))


def test_without_pyarrow_the_message_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UserError, match="needs the package pyarrow") as caught:
        parquet.rows(tmp_path / "labels.parquet")
    assert "thaw-studio[parquet]" in caught.value.hint


def test_mistakes_are_named_by_row(write: Write, tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "3.png"):
        (tmp_path / name).write_bytes(b"x")
    file = write(path=["1.png", "2.png", "2.png", "gone.png", "x.png"], label=["a", "a", "b", "b", ""])
    _, reasons = result_of(matching.match(label_table.read(file), file, str(tmp_path), (), label_table.FORM))
    assert reasons == {
        "2.png": "two different rows: “a” in row 2 and “b” in row 3 (table.parquet)",
        "3.png": "has no row in table.parquet",
        "gone.png": "no such photo in the folder (table.parquet, row 4)",
        "x.png": "has no class (table.parquet, row 5)",
    }
    file = write(path=["gone.png"], label=["a"])
    with pytest.raises(UserError, match=r"No row of .*; row 1 names “gone.png”"):
        result_of(matching.match(label_table.read(file), file, str(tmp_path), (), label_table.FORM))
