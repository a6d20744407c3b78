"""Undo of sorting: what was made goes, what anyone changed stays, and nothing outside the folder is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data import sorted_folders, undo_sorting
from studio.data.tables.predictions.rows import Answered
from studio.spec import UserError

MODEL = {"run": "r", "epoch": 3, "weights": "w", "rule": {}, "classes": ["ants", "bees"], "target": ""}


@pytest.fixture
def photos(tmp_path):
    files = [tmp_path / "in" / f"{name}.jpg" for name in "abcd"]
    files[0].parent.mkdir()
    for file in files:
        file.write_text(file.name)
    return files


def sort(folder, photos, links):
    with sorted_folders.opened(folder, ("ants", "bees"), links, MODEL, [str(photos[0].parent)]) as sorter:
        for place, photo in enumerate(photos):
            sorter.place(Answered(str(photo), ("ants", "bees")[place % 2], True, False))


def undo(folder, stop=lambda: False):
    return list(undo_sorting.undo(folder, stop))[-1]


def names(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.mark.parametrize("links", [True, False])
def test_what_was_sorted_is_removed_and_nothing_else(tmp_path, photos, links):
    out = tmp_path / "out"
    (out / "ants").mkdir(parents=True)
    (out / "ants" / "mine.txt").write_text("mine")
    before = names(out)
    sort(out, photos, links)
    assert len(names(out)) == len(before) + 4 + 3
    *steps, undone = undo_sorting.undo(out, lambda: False)
    assert (undone.removed, undone.left, undone.waiting) == (4, (), 0)
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (0, 4, 4), "the last line of progress says all"
    assert names(out) == before
    assert [photo.read_text() for photo in photos] == [photo.name for photo in photos]
    sort(out, photos, links)  # and it can be sorted again
    assert (out / "bees" / "b.jpg").exists()


def test_changed_files_stay_with_the_reason_and_in_the_list(tmp_path, photos):
    out = tmp_path / "out"
    sort(out, photos, links=False)
    (out / "ants" / "a.jpg").write_text("A.jpg")  # of the same size
    photos[1].unlink()
    (out / "ants" / "c.jpg").unlink()
    (out / "ants" / "c.jpg").symlink_to(photos[0])
    (out / "bees" / "d.jpg").unlink()
    undone = undo(out)
    assert undone.removed == 1
    assert {Path(path).name: why for path, why in undone.left} == {
        "a.jpg": "it differs from its photo now",
        "b.jpg": "its photo is gone, so it may be the only copy",
        "c.jpg": "it is a link to another file now",
    }
    assert names(out) == ["ants", "ants/a.jpg", "ants/c.jpg", "bees", "bees/b.jpg", "sorted.csv", "sorted.json"]
    photos[1].write_text("b.jpg")
    assert undo(out).removed == 1
    assert names(out) == ["ants", "ants/a.jpg", "ants/c.jpg", "sorted.csv", "sorted.json"]


def test_a_link_of_another_name_and_a_hard_link_whose_photo_was_replaced_stay(tmp_path, photos):
    out = tmp_path / "out"
    sort(out, photos[:2], links=True)
    for name, photo in (("ants/a.jpg", photos[0]), ("bees/b.jpg", photos[1])):
        (out / name).unlink()
        (out / name).hardlink_to(photo)  # as where the system permits no symbolic links
    photos[0].unlink()
    photos[0].write_text("another")
    undone = undo(out)
    assert undone.removed == 1
    assert [why for _, why in undone.left] == ["it is no longer the link that was made"]
    assert (out / "ants" / "a.jpg").read_text() == "a.jpg"


def test_after_a_stop_the_list_has_what_is_still_there(tmp_path, photos):
    out = tmp_path / "out"
    sort(out, photos, links=True)
    calls = iter([False, False, True])
    undone = undo(out, lambda: next(calls))
    assert (undone.removed, undone.waiting) == (2, 2)
    assert names(out) == ["ants", "ants/c.jpg", "bees", "bees/d.jpg", "sorted.csv", "sorted.json"]
    assert undo(out).removed == 2
    assert names(out) == []


@pytest.mark.parametrize("made", ["../in/a.jpg", "/etc/hosts", "ants/../../in/a.jpg", "a.jpg", ".."])
def test_a_list_that_names_files_elsewhere_removes_nothing(tmp_path, photos, made):
    out = tmp_path / "out"
    sort(out, photos, links=False)
    listing = out / "sorted.csv"
    listing.write_text(f"{listing.read_text()}{photos[0]},{made},copy\n")
    with pytest.raises(UserError, match="which was not made there"):
        undo(out)
    assert (out / "ants" / "a.jpg").exists()
    assert photos[0].exists()


def test_a_folder_without_sorted_photos_is_refused(tmp_path):
    with pytest.raises(UserError, match="No photos were sorted into"):
        undo(tmp_path)
    for name, text in (("sorted.csv", "a,b\n"), ("sorted.json", "{}")):
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match="it has other columns"):
        undo(tmp_path)
