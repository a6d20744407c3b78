"""Choices about photos in the library."""

from __future__ import annotations

import pytest

import studio


@pytest.fixture
def folder(photos):
    (photos / "cold" / "11.jpg").write_bytes(b"no photo")
    return studio.scan(photos, progress=False)


def classes(folder):
    return {photo.path: folder.classes[photo.label] for photo in folder.photos}


def test_choices_apply_at_once_and_in_the_next_scan(folder):
    before = classes(folder)
    folder.exclude(["cold/00.jpg", folder.path / "cold" / "01.jpg"])
    folder.relabel("cold/02.jpg", "warm")
    folder.move("cold/03.jpg", "test")
    assert len(folder) == 21
    assert classes(folder)["cold/02.jpg"] == "warm"
    assert folder.counts["test"] == {"cold": 1, "warm": 0}
    assert [choice.path for choice in folder.choices] == [f"cold/0{number}.jpg" for number in range(4)]
    assert "2 photos excluded, 1 relabeled, 1 moved to another split by your choices" in repr(folder)
    assert "cold/11.jpg" in [one.path for one in folder.skipped], "unreadable as before"
    assert studio.scan(folder.path, progress=False).photos == folder.photos
    folder.undo(2)
    folder.redo()
    assert classes(folder)["cold/02.jpg"] == "warm"
    folder.undo(2)
    assert classes(folder) == before


def test_findings_are_those_of_the_photos_in_use(folder):
    assert [one for one in folder.findings if "cold/11.jpg" in one.photos] != []
    folder.exclude("cold/11.jpg")
    assert [one for one in folder.findings if "cold/11.jpg" in one.photos] == []
    assert folder.dataset.checked


def test_choices_are_exported_as_csv_and_as_a_cleaned_copy(folder, tmp_path):
    folder.exclude("cold")
    folder.export_choices(tmp_path / "a.csv")
    folder.undo()
    assert folder.import_choices(tmp_path / "a.csv") == ()
    assert set(classes(folder).values()) == {"warm"}
    folder.copy(tmp_path / "out", links=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["warm"]


def test_a_mistake_is_a_user_error(folder):
    with pytest.raises(studio.UserError, match="There is no class “wram”"):
        folder.relabel("cold/00.jpg", "wram")
    with pytest.raises(studio.UserError, match="nothing to undo"):
        folder.undo()
