"""Tests of the changes in a folder of photos since it was listed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.data.checked_folder import without
from studio.data.folder import changes
from studio.data.scan import listing
from studio.events import Dataset, Photo, Skipped
from studio.spec import DatasetSpec
from studio.spec.structs import replace


def dataset(*paths: str, skipped: tuple[str, ...] = ()) -> Dataset:
    left_out = tuple(Skipped(path, "broken") for path in skipped)
    return Dataset("/photos", ("a", "b"), tuple(Photo(path, 0, "train") for path in paths), left_out)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (dataset("a/1.jpg", "a/2.jpg"), (0, 0)),
        (dataset("a/2.jpg", "a/1.jpg"), (0, 0)),
        (dataset("a/1.jpg", "a/2.jpg", "b/3.jpg"), (1, 0)),
        (dataset("a/1.jpg"), (0, 1)),
        (dataset("a/1.jpg", "b/2.jpg"), (1, 1)),
        (dataset(), (0, 2)),
        (dataset("a/1.jpg", skipped=("a/2.jpg",)), (0, 0)),
    ],
    ids=["same", "another order", "added", "gone", "moved to another class", "all gone", "unreadable"],
)
def test_photos_that_were_added_and_that_are_gone_are_counted(now: Dataset, expected: tuple[int, int]) -> None:
    assert changes.count_changes(dataset("a/1.jpg", "a/2.jpg"), now) == expected


def test_a_skipped_photo_is_not_new_when_the_folder_is_only_listed(photos: Path) -> None:
    listed = listing(DatasetSpec(str(photos)))
    shown = replace(without(listed, [Skipped("cold/00.jpg", "broken")]), checked=True)
    assert changes.count_changes(shown, listed) == (0, 0)


def test_changes_at_any_depth_change_the_time_of_a_folder(photos: Path) -> None:
    (photos / "cold" / "deep" / "deeper").mkdir(parents=True)
    (photos / "cold" / "00.jpg").rename(photos / "cold" / "deep" / "deeper" / "00.jpg")
    shown = listing(DatasetSpec(str(photos)))
    folders = changes.folders(shown)
    names = {os.path.relpath(path, photos) for path in folders}
    assert names == {".", "cold", "warm", "cold/deep", "cold/deep/deeper"}
    for act in (
        lambda: (photos / "cold" / "deep" / "deeper" / "00.jpg").unlink(),
        lambda: (photos / "warm" / "00.jpg").rename(photos / "warm" / "new.jpg"),
        lambda: (photos / "third").mkdir(),
    ):
        for path in folders:
            os.utime(path, ns=(0, 0))
        before = changes.stamps(folders)
        assert changes.stamps(folders) == before
        act()
        assert changes.stamps(folders) != before


def test_a_missing_folder_has_no_time_and_the_number_of_examined_folders_is_limited(tmp_path: Path) -> None:
    assert changes.stamps([str(tmp_path / "none")]) == (0,)
    many = dataset(*(f"class {number}/0.jpg" for number in range(5000)))
    assert len(changes.folders(many)) == changes.MAX_FOLDERS


def test_the_same_photos_are_recognized_without_comparing_sets_of_paths() -> None:
    shown, now = dataset("a/1.jpg", "a/2.jpg"), dataset("a/1.jpg", "a/2.jpg")
    assert changes.count_changes(shown, now) == (0, 0)
    assert "files" not in vars(shown) | vars(now)
