"""The photos of a run's splits, its stored predictions, and the stored weights that an epoch names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stories import PHOTOS, finished, number_story, story

from studio.events import Dataset
from studio.runs import folder, judged_photos
from studio.runs.files import photos_file, predictions_file
from studio.runs.judged_photos import weights_of
from studio.spec import UserError


@pytest.mark.parametrize(
    ("epoch", "weights"),
    [("best", ("best", 2)), ("last", ("last", 4)), (2, ("best", 2)), ("4", ("last", 4)), (None, ("best", 2))],
)
def test_weights_are_named_by_word_or_number(epoch, weights):
    assert weights_of(finished(best_epoch=2, result_epoch=2), epoch) == weights


@pytest.mark.parametrize(
    ("count", "epoch", "words"),
    [
        (0, "best", "ended before its first epoch"),
        (4, 3, r"epoch 3 are not stored\."),
        (4, 5, "epoch 5 are not stored: the run has 4 epochs"),
    ],
)
def test_epochs_without_weights_are_refused(count, epoch, words):
    with pytest.raises(UserError, match=words):
        weights_of(finished(count, best_epoch=2), epoch)


def test_an_epoch_without_a_number_of_the_best_one_is_the_last(tmp_path: Path) -> None:
    for epoch in ("best", None):
        assert weights_of(finished(3), epoch)[1] == 3
    with pytest.raises(UserError) as caught:
        weights_of(finished(4), 0)
    assert caught.value.title == "The weights of epoch 0 are not stored: the run has 4 epochs."
    assert caught.value.hint == "Choose the best epoch (4) or the last one (4)."


def test_stored_predictions_are_joined_with_the_contents_of_the_photos(tmp_path: Path) -> None:
    list(folder.record_events(story(tmp_path, 1), tmp_path))
    (tmp_path / photos_file.FILE).write_text("path,split,label,target,content\nants/0.jpg,val,0,0,abc\n")
    part = judged_photos.stored(tmp_path, folder.read(tmp_path), "/photos")
    assert part is not None
    assert (part.split, part.epoch, part.folder) == ("val", 1, "/photos")
    assert (part.paths, part.contents) == (("ants/0.jpg", "bees/0.jpg"), ("abc", ""))
    assert part.truth.tolist() == [0, 1]
    assert part.predicted == pytest.approx(np.array([[0.8, 0.2], [0.3, 0.7]]))
    (tmp_path / predictions_file.FILE).write_text("path\n")
    assert judged_photos.stored(tmp_path, folder.read(tmp_path), "/photos") is None
    (tmp_path / predictions_file.FILE).write_text("path,true\na.jpg,wasps\n")
    with pytest.raises(UserError, match=r"predictions\.csv cannot be read"):
        judged_photos.stored(tmp_path, folder.read(tmp_path), "/photos")


def test_stored_numbers_are_compared_with_numbers(tmp_path: Path) -> None:
    list(folder.record_events(number_story(tmp_path), tmp_path))
    part = judged_photos.stored(tmp_path, folder.read(tmp_path), "/photos")
    assert part is not None
    assert (part.truth.tolist(), part.predicted.tolist()) == ([0.25, 0.25], [pytest.approx(0.2), 0.375])


def test_the_photos_that_a_run_began_with_are_those_of_its_list(tmp_path: Path) -> None:
    record = finished(1)
    with pytest.raises(UserError, match="missing or cannot be read"):
        judged_photos.listed(tmp_path, record, "/photos")
    rows = "".join(f"{one.path},{one.split},{one.label},{one.target},x\n" for one in PHOTOS)
    (tmp_path / photos_file.FILE).write_text("path,split,label,target,content\n" + rows)
    assert judged_photos.listed(tmp_path, record, "/photos") == Dataset("/photos", record.classes, PHOTOS)


@pytest.mark.parametrize(
    ("split", "hint"), [("test", "Put photos into a folder “test” beside “train”."), ("train", "Choose another part.")]
)
def test_a_part_without_photos_is_refused_with_what_to_do(split, hint):
    dataset = Dataset("/photos", ("ants", "bees"), tuple(one for one in PHOTOS if one.split == "val"))
    assert judged_photos.require_split(dataset, "val") == dataset
    with pytest.raises(UserError) as caught:
        judged_photos.require_split(dataset, split)
    assert caught.value.hint == hint
