"""Stored hashes of photos' files."""

from __future__ import annotations

import os

import msgspec
import pytest

from studio.data import content_hashes
from studio.data.content_hashes import ContentHashes, run_to_end

PHOTOS = [f"cats/{number}.jpg" for number in range(5)]


@pytest.fixture
def hashed(tmp_path, monkeypatch) -> ContentHashes:
    """Hashes of five files, which were stored and are decoded in parts of two."""
    monkeypatch.setattr(content_hashes, "LINES", 2)
    monkeypatch.setattr(content_hashes, "RACY_SECONDS", -1)
    for path in PHOTOS:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(path)
    run_to_end(ContentHashes(str(tmp_path)).of(PHOTOS, None))
    return ContentHashes(str(tmp_path))


def test_stored_hashes_are_read_in_parts(hashed, tmp_path):
    expected = {path: content_hashes.content_of(tmp_path / path) for path in PHOTOS}
    assert hashed.stored_hashes(PHOTOS) == expected


def test_hashes_of_an_earlier_version_are_read(hashed):
    stored = hashed.stored_hashes(PHOTOS)
    rows = [msgspec.json.decode(line) for line in hashed._file.read_bytes().splitlines()]
    hashed._file.write_bytes(msgspec.json.encode({path: row for path, *row in rows}))  # one object, not lines
    assert ContentHashes(hashed._root).stored_hashes(PHOTOS) == stored


@pytest.mark.parametrize(
    "damaged",
    [
        b"[1]\n",
        b"{",
        b'["cats/0.jpg",1,',
        b"\xff",
        b'["cats/0.jpg",1,1,"xy"]\n',
        b'["cats/0.jpg",99999999999999999999,1,""]\n',
    ],
)
def test_a_damaged_file_of_hashes_is_written_again(hashed, damaged):
    stored = hashed.stored_hashes(PHOTOS)
    hashed._file.write_bytes(damaged)
    again = ContentHashes(hashed._root)
    assert again.stored_hashes(PHOTOS) is None
    assert run_to_end(again.of(PHOTOS, None)) == stored
    assert ContentHashes(hashed._root).stored_hashes(PHOTOS) == stored


@pytest.mark.parametrize(("age", "stored"), [(2.5, True), (2.0, False), (1.5, False), (-9.0, False)])
def test_a_file_that_changed_two_seconds_before_it_was_read_may_change_again(tmp_path, age, stored):
    (tmp_path / "a.jpg").write_text("a")
    os.utime(tmp_path / "a.jpg", (1000.0, 1000.0 - age))
    ContentHashes(str(tmp_path)).learn([("a.jpg", "00" * 16)], since=1000.0)
    assert ContentHashes(str(tmp_path)).stored_hashes(["a.jpg"]) == ({"a.jpg": "00" * 16} if stored else None)
