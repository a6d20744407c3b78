"""Which folder a journal belongs to, and which of two journals of the same photos continues the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.content_hashes import content_of
from studio.data.journal.entries import PhotoKey
from studio.data.journal.storage.folders import FILE, SAMPLE, _are_here, _by_name, _continues

ENTRIES = b"".join(b'{"entry": %d}\n' % number for number in range(200))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (ENTRIES + b"more\n", True),
        (ENTRIES, False),
        (ENTRIES[:-20], False),
        (b"x" + ENTRIES[1:] + b"more\n", False),
        (ENTRIES[:-2] + b"x\nmore\n", False),
        (ENTRIES[:1500] + b"x" + ENTRIES[1501:] + b"more\n", False),
    ],
    ids=["continued", "equal", "shorter", "another first entry", "another last entry", "another entry"],
)
def test_a_journal_is_continued_by_one_with_the_same_entries_and_more(
    tmp_path: Path, theirs: bytes, expected: bool
) -> None:
    own, other = tmp_path / "own.jsonl", tmp_path / "other"
    other.mkdir()
    own.write_bytes(ENTRIES)
    (other / FILE).write_bytes(theirs)
    assert _continues(other, own) is expected


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [(0, 0, False), (0, 1, False), (1, 1, True), (1, 2, True), (1, 3, False), (2, 4, True), (2, 5, False)],
)
def test_a_folder_is_that_of_a_journal_with_half_of_its_photos(
    tmp_path: Path, present: int, wanted: int, expected: bool
) -> None:
    names = [f"{number}.jpg" for number in range(present)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    keys = [PhotoKey(content_of(tmp_path / name), name, 5) for name in names]
    keys += [PhotoKey("none", f"gone {number}.jpg", 5) for number in range(wanted - present)]
    assert _are_here(keys, str(tmp_path), _by_name(names)) is expected


@pytest.mark.parametrize(
    ("path", "text", "size", "expected"),
    [
        ("a/1.jpg", "one", 3, True), ("b/1.jpg", "one", 3, True), ("a/1.jpg", "two", 3, False),
        ("a/1.jpg", "one", 4, False), ("a/2.jpg", "one", 3, False),
    ],
)  # fmt: skip
def test_a_photo_is_recognized_by_name_size_and_content(
    tmp_path: Path, path: str, text: str, size: int, expected: bool
) -> None:
    (tmp_path / "one").write_bytes(b"one")
    key = PhotoKey(content_of(tmp_path / "one"), "a/1.jpg", size)
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_text(text)
    assert _are_here([key], str(tmp_path), _by_name([path])) is expected


@pytest.mark.parametrize(("copies", "expected"), [(SAMPLE - 1, True), (SAMPLE, False)])
def test_of_many_photos_of_one_name_some_are_compared_that_at_the_same_path_first(
    tmp_path: Path, copies: int, expected: bool
) -> None:
    others = [f"{number}/1.jpg" for number in range(copies)]
    for path in (*others, "x/1.jpg"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(b"one" if path == "x/1.jpg" else b"two")
    by_name = _by_name([*others, "x/1.jpg"])
    content = content_of(tmp_path / "x/1.jpg")
    assert _are_here([PhotoKey(content, "y/1.jpg", 3)], str(tmp_path), by_name) is expected
    assert _are_here([PhotoKey(content, "x/1.jpg", 3)], str(tmp_path), by_name)
