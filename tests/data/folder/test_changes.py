"""Tests of the changes in a folder of photos since it was listed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from studio.data.checked_folder import without
from studio.data.folder import changes
from studio.data.scan import listing
from studio.events import AppliedChoices, Dataset, Photo, PhotoChoice, Skipped
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


def divided(folder: str = "/photos", by_user: tuple[PhotoChoice, ...] = (), **splits: Any) -> Dataset:
    photos = tuple(Photo(name, 0, split) for name, split in splits.items())
    return Dataset(folder, ("a", "b"), photos, choices=AppliedChoices(by_user))


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        (divided(one="train", two="train", new="val"), 0),
        (divided(one="val", two="train", new="val"), 1),
        (divided(one="val", two="val", new="val"), 2),
        (divided(one="val", two="val"), 0),  # the photos are the same: another split was chosen
        (divided("/others", one="val", two="val", new="val"), 0),
        (divided(one="val", two="val", new="val", by_user=(PhotoChoice("one", "", 0, split="val"),)), 1),
        (divided(one="val", two="val", new="val", by_user=(PhotoChoice("one", "", 0, label="b"),)), 2),
    ],
)
def test_photos_that_changes_in_the_folder_moved_to_another_part_are_counted(now: Dataset, moved: int) -> None:
    assert changes.count_moved(divided(one="train", two="train"), now) == moved


def test_a_photo_whose_choice_was_taken_back_was_not_moved_by_changes_in_the_folder() -> None:
    before = divided(one="train", two="train", by_user=(PhotoChoice("two", "", 0, split="train"),))
    assert changes.count_moved(before, divided(one="val", two="val", new="val")) == 1
