"""The photo that a line of a file names, and errors about lines that name none or contradict each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.tables.matching import Finder, _match
from studio.data.tables.photo_lines import Line

PHOTOS = ("a/1.jpg", "a/1.png", "a/2.jpg", "b/K\u00e4fer.jpg", "b/notes.jpg.png")


@pytest.mark.parametrize(
    ("name", "photo"),
    [
        ("a/1.jpg", "a/1.jpg"), ("./a/1.jpg", "a/1.jpg"), ("x/../a/1.png", "a/1.png"), ("/photos/a/2.jpg", "a/2.jpg"),
        ("a/2", "a/2.jpg"), ("a/1", ""), ("2.jpg", ""), ("", ""), ("photos/a/2.jpg", "a/2.jpg"),
        ("b/Ka\u0308fer.jpg", "b/K\u00e4fer.jpg"), ("b/Ka\u0308fer", "b/K\u00e4fer.jpg"),
        ("b/notes.jpg", ""), ("a/2.gif", ""), ("/other/a/2.jpg", ""),
    ],
)  # fmt: skip
def test_a_photo_is_named_by_its_path_or_by_one_without_a_suffix(name: str, photo: str) -> None:
    assert Finder("/photos", Path("/"), PHOTOS).find(name) == photo


@pytest.mark.parametrize(
    ("lines", "matched", "wrong"),
    [
        ([Line("a/1.jpg", 1.0, None, 2)], {"a/1.jpg": 2}, {}),
        ([Line("a/1.jpg", 1.0, None, 2), Line("./a/1.jpg", 1.0, None, 3)], {"a/1.jpg": 2}, {}),
        (
            [Line("a/1.jpg", 1.0, None, 2), Line("a/1.jpg", 1.5, None, 3), Line("a/2.jpg", 1.0, None, 4)],
            {"a/2.jpg": 4},
            {"a/1.jpg": "two different lines: 1 in line 2 and 1.5 in line 3 (t.csv)"},
        ),
        (
            [Line("a/1.jpg", "x", "val", 2), Line("a/1.jpg", "x", "train", 3)],
            {},
            {"a/1.jpg": "two different lines: “x”, val in line 2 and “x”, train in line 3 (t.csv)"},
        ),
        (
            [Line("a/1.jpg", 1.0, None, 2), Line("a/1.jpg", 0.0, None, 3, "has no number")],
            {},
            {"a/1.jpg": "has no number (t.csv, line 3)"},
        ),
        ([Line("no.jpg", 1.0, None, 2)], {}, {"no.jpg": "no such photo in the folder (t.csv, line 2)"}),
        ([Line("", 1.0, None, 2)], {}, {"t.csv, line 2": "names no photo"}),
        ([Line("", 1.0, None, 2, "has no number")], {}, {"t.csv, line 2": "has no number (t.csv, line 2)"}),
    ],
)
def test_lines_that_contradict_each_other_or_name_no_photo(
    lines: list[Line[float | str]], matched: dict[str, int], wrong: dict[str, str]
) -> None:
    found, reasons = _match(lines, Finder("/photos", Path("/"), PHOTOS), "t.csv")
    assert ({path: line.line for path, line in found.items()}, reasons) == (matched, wrong)
