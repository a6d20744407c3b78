"""A copy of a data set with the choices applied."""

from __future__ import annotations

import pytest
from photos_with_journal import result_of

from studio.data.journal.exports import cleaned_copy
from studio.jobs import progress
from studio.jobs.protocol import Interrupted, never
from studio.spec import UserError


def copy(folder, out, links=False, stop=never):
    return result_of(cleaned_copy.write(folder.listing(), out, links, stop))


def content(root):
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("links", [False, True])
def test_class_folders_have_the_choices_applied(folder, tmp_path, links):
    (folder.root / "ants" / "small").mkdir()
    (folder.root / "ants" / "small" / "5.jpg").write_text("ants 5")
    folder.do("exclude", "ants/1.jpg", "bees/3.jpg")
    folder.do("relabel", "ants/2.jpg", "ants/small/5.jpg", value="bees")
    before = content(folder.root)
    out = tmp_path / "out"
    assert copy(folder, out, links) == 7
    assert content(out) == {
        "ants/0.jpg": "ants 0",
        "ants/3.jpg": "ants 3",
        "bees/2.jpg": "ants 2",  # the relabeled one comes first
        "bees/small/5.jpg": "ants 5",
        "bees/0.jpg": "bees 0",
        "bees/1.jpg": "bees 1",
        "bees/2_2.jpg": "bees 2",
    }
    assert content(folder.root) == before
    assert (out / "ants" / "0.jpg").is_symlink() == links
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos"]


def test_a_moved_photo_makes_split_folders(folder, tmp_path):
    folder.do("split", "ants/1.jpg", value="test")
    copy(folder, tmp_path / "out")
    assert {path.rpartition("/")[0] for path in content(tmp_path / "out")} == {
        f"{split}/{name}" for name in ("ants", "bees") for split in ("train", "val")
    } | {"test/ants"}
    used = folder.used()
    assert all(
        (tmp_path / "out" / split / kind / path.rpartition("/")[2]).exists() for path, (kind, split) in used.items()
    )


def test_split_folders_stay(folder, tmp_path):
    for split in ("train", "val"):
        (folder.root / split).mkdir()
    (folder.root / "ants").rename(folder.root / "train" / "ants")
    (folder.root / "bees").rename(folder.root / "train" / "bees")
    for name in ("ants", "bees"):
        (folder.root / "val" / name).mkdir()
        (folder.root / "train" / name / "0.jpg").rename(folder.root / "val" / name / "0.jpg")
    folder.do("relabel", "val/ants/0.jpg", value="bees")
    copy(folder, tmp_path / "out")
    expected = content(folder.root)
    expected["val/bees/0_2.jpg"] = expected["val/bees/0.jpg"]
    expected["val/bees/0.jpg"] = expected.pop("val/ants/0.jpg")
    assert content(tmp_path / "out") == expected


def test_nothing_is_overwritten_and_an_interrupted_copy_leaves_nothing(folder, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        with pytest.raises(UserError, match="exists already"):
            copy(folder, tmp_path / name)
    with pytest.raises(UserError, match="would become a class"):
        copy(folder, folder.root / "out")
    with pytest.raises(UserError, match="There is no folder"):
        copy(folder, tmp_path / "no" / "out")
    stops = iter([False, False, True])
    with pytest.raises(Interrupted):
        copy(folder, tmp_path / "out", stop=lambda: next(stops))
    steps = cleaned_copy.write(folder.listing(), tmp_path / "out", False, never)
    next(steps)
    steps.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "photos", "there"]


def test_a_missing_photo_ends_the_copy(folder, tmp_path):
    dataset = folder.listing()
    (folder.root / "bees" / "3.jpg").unlink()
    with pytest.raises(UserError, match=r"3\.jpg” is gone"):
        result_of(cleaned_copy.write(dataset, tmp_path / "out", False, never))
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_the_progress_counts_the_photos_from_one(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    steps = list(cleaned_copy.write(folder.listing(), tmp_path / "out", True, never))
    assert [(step.done, step.total) for step in steps] == [*((number, 8) for number in range(1, 9)), (8, 8)]


@pytest.mark.parametrize("readable", [True, False])
def test_a_photo_that_may_not_be_read_is_named(tmp_path, monkeypatch, readable):
    def refuse(source, target):
        raise PermissionError

    source = tmp_path / "1.jpg"
    with pytest.raises(UserError, match="is gone"):
        cleaned_copy._place(refuse, source, tmp_path / "2.jpg")
    source.touch()
    monkeypatch.setattr(cleaned_copy.os, "access", lambda path, mode: readable)
    with pytest.raises(PermissionError if readable else UserError):
        cleaned_copy._place(refuse, source, tmp_path / "2.jpg")
