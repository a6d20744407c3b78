"""The split that a run recorded is used where the program would now divide the same photos differently."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import CLASSES, finished

from studio.commands.evaluation import test_photos
from studio.events import Dataset, Photo, Skipped, Warned
from studio.runs import recorded_split
from studio.runs.files import photos_file
from studio.spec.structs import replace

LIST = "path,split,label,target,content\na/0.jpg,train,0,0,00\na/1.jpg,val,0,0,01\n"
RECORD = finished(counts={"train": {"ants": 1}, "val": {"ants": 1}, "test": {"ants": 1}})


def listed(**splits: str) -> Dataset:
    photos = tuple(Photo(f"a/{name[1:]}.jpg", 0, split) for name, split in splits.items())
    return Dataset("/photos", CLASSES, photos)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / photos_file.FILE).write_text(LIST)
    return tmp_path


def test_photos_get_the_part_that_they_had(run: Path) -> None:
    now = listed(_0="test", _1="val", _2="train")
    then, moved = recorded_split.applied(run, RECORD, now)
    assert [photo.split for photo in then.photos] == ["train", "val", "test"]
    assert moved == 2
    assert "(2 photos)" in recorded_split.words(moved)
    assert then.photos[1] is now.photos[1]
    same = recorded_split.applied(run, RECORD, then)
    assert same == (then, 0)


@pytest.mark.parametrize("why", ["found", "gone", "new", "no list"])
def test_other_photos_keep_the_split_of_now_and_are_named_by_the_caller(run: Path, why: str) -> None:
    now = listed(_0="val", _1="train", _2="test")
    if why == "found":
        now = replace(now, split_found=True)
    elif why == "gone":
        now = replace(now, photos=now.photos[1:])
    elif why == "new":
        now = replace(now, photos=(*now.photos, Photo("a/3.jpg", 0, "train")))
    else:
        (run / photos_file.FILE).unlink()
    assert recorded_split.applied(run, RECORD, now) == (now, 0)


def test_a_photo_that_the_run_could_not_read_is_no_test_photo(run: Path) -> None:
    record = replace(RECORD, skipped=(Skipped("a/3.jpg", "damaged"),))
    now = listed(_0="val", _1="train", _2="test", _3="train")
    then, _moved = recorded_split.applied(run, record, now)
    assert [photo.split for photo in then.photos] == ["train", "val", "test", "train"]


def test_test_photos_that_the_run_was_trained_on_are_left_out_with_a_warning(run: Path) -> None:
    asked = test_photos.without_known(run, listed(_0="test", _1="val", _2="test"))
    warned = next(asked)
    assert isinstance(warned, Warned)
    assert warned.title.startswith("1 photo of the test part was used to train or validate this run")
    with pytest.raises(StopIteration) as end:
        next(asked)
    assert [photo.path for photo in end.value.value.photos] == ["a/1.jpg", "a/2.jpg"]
    with pytest.raises(StopIteration):
        next(test_photos.without_known(run, listed(_0="train", _1="val", _2="test")))
