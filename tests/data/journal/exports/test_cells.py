"""Cells with the paths of several photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.journal.exports import csv_table
from studio.spec import UserError


@pytest.mark.parametrize(
    ("text", "number", "paths"),
    [
        ("a | b", 0, ("a", "b")),
        ("a | b", 1, ("a | b",)),
        ("a | b", 2, ("a", "b")),
        ("a | b | c", 2, ("a", "b | c")),
        ("b | c | a", 2, ("b | c", "a")),
        (" | ".join("b" * 12), 1, (" | ".join("b" * 12),)),
        (" | ".join("b" * 13), 1, tuple("b" * 13)),  # too many ways to try
    ],
)
def test_names_that_contain_the_separator_are_recognized(text, number, paths) -> None:
    assert csv_table._paths(text, number, {"a", "b | c"}) == paths


PHOTOS = ("a", "b", "b | c", "d")


@pytest.mark.parametrize(
    ("cells", "paths", "hashes"),
    [
        ("a,1,exclude", ("a",), 1), ("b | c,1,exclude", ("b | c",), 1), ("b | c,,exclude", ("b | c",), 0),
        ("a,1,accept", ("a",), 1), ("b | c,1,accept", ("b | c",), 1), ("a | b,,accept", ("a", "b"), 0),
        ("a | b,1 2,accept", ("a", "b"), 2), ("a | b | d,1 2 3,accept", ("a", "b", "d"), 3),
        ("a | b | c | d,1 2 3,accept", ("a", "b | c", "d"), 3), (",,accept", (), 0),
    ],
)  # fmt: skip
def test_only_a_finding_names_several_photos(cells: str, paths: tuple[str, ...], hashes: int, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"path,hash,action\n{cells}\n")
    (row,) = csv_table.read(tmp_path / "a.csv", PHOTOS)
    assert (row.paths, len(row.hashes), row.line, row.value) == (paths, hashes, 2, "")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("a,1 2,exclude", "line 3: 1 paths and 2 hashes"), ("a | b | d,1 2 3 4,accept", "3 paths and 4 hashes"),
        (",1,accept", "0 paths and 1 hashes"), (",,exclude", "line 3 names no photo"),
        ("a,1,reopen", "line 3: there is no action “reopen”"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named_by_its_line(cells: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"path,hash,action\na,1,exclude\n{cells}\n")
    with pytest.raises(UserError, match=words):
        csv_table.read(tmp_path / "a.csv", PHOTOS)
