"""Entries of a folder on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.folder import changes, walk
from studio.events import Skipped
from studio.system import remote
from studio.system.remote import RemoteEntry


def test_entries_are_sorted_by_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"ants": True, ".git": True, "x.jpg": True, "1.jpg": False, "notes.txt": False}
    monkeypatch.setattr(remote, "entries", lambda url: [RemoteEntry(f"{name}", is_, 1) for name, is_ in names.items()])
    found = walk.Entries()
    walk._sort_remote("https://server/photos", "train", found)
    assert (found.folders, found.photos) == (["ants", "x.jpg"], ["1.jpg"])
    assert [one.path for one in found.skipped] == ["train/.git", "train/notes.txt"]
    assert all(isinstance(one, Skipped) and one.reason for one in found.skipped)


def test_each_folder_of_a_server_is_another_one() -> None:
    first, second = (walk._identity("https://server/photos", inside) for inside in ("a", "b"))
    assert first != second
    assert first == walk._identity("https://server/photos", "a")
    assert first[0] == -1, "no number of a disk"


def test_the_first_folders_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "1.jpg").touch()
    root = str(tmp_path)
    inside = [str(tmp_path / name) for name in "abc"]
    assert changes.first_folders(root) == [root, *inside]
    assert changes.first_folders(str(tmp_path / "no")) == [str(tmp_path / "no")]
    monkeypatch.setattr(changes, "MAX_FOLDERS", 3)
    assert len(changes.first_folders(root)) == 3
    monkeypatch.setattr(changes, "MAX_FOLDERS", 4)
    assert changes.first_folders(root) == [root, *inside]
