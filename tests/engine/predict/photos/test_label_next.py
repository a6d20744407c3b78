"""The choice of photos to label next: none that the run knows, with only the chosen number in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny import finish, only, trained

import studio
from studio.engine.predict import novelty_fit, predict
from studio.engine.predict.novelty_file import Novelty
from studio.engine.predict.photos import label_next as choosing
from studio.engine.predict.photos.label_next import label_next
from studio.engine.predict.predict import Answer
from studio.events import ImagePrediction, PhotosToLabel
from studio.jobs.protocol import never
from studio.spec import UserError


@pytest.fixture(scope="module")
def stored(shared_photos, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("run")
    copied = Path(shutil.copytree(shared_photos, place / "photos"))
    trained(copied, place / "run", epochs=1)
    finish(novelty_fit.fit(place / "run", "cpu", never))
    return place / "run"


def answers(monkeypatch, *rows: tuple[str, float, list[float]], classes=True) -> None:
    """Predict photos by path, probability of the first class, and features."""
    events = [
        Answer(
            ImagePrediction(path, (share, 1 - share), "cold" if share >= 0.5 else "warm", epoch=1)
            if classes
            else ImagePrediction(path, (), "", share, 1),
            np.array(features, np.float32),
        )
        for path, share, features in rows
    ]
    monkeypatch.setattr(predict, "with_features", lambda *_: (event for event in events))


def test_copies_of_photos_of_the_run_are_left_out(stored, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(choosing.novelty_file, "of_source", lambda *_: None)
    new = tmp_path / "new.jpg"
    new.write_bytes((photos / "cold" / "01.jpg").read_bytes() + b"\0")
    copy = Path(shutil.copy(photos / "warm" / "02.jpg", tmp_path / "copy.jpg"))
    answers(monkeypatch, (str(copy), 0.5, [1, 0]), (str(new), 0.6, [0, 1]), (str(tmp_path / "gone.jpg"), 0.9, [1, 1]))
    (found,) = only(list(label_next(stored, ["x"], 5)), PhotosToLabel)
    assert [Path(one.path).name for one in found.photos] == ["new.jpg", "gone.jpg"]
    assert (found.predicted, found.doubtful, found.duplicates) == (3, 2, 1)
    assert found.photos[0].doubt == pytest.approx(0.8)
    assert found.photos[0].why == "between cold 0.60 and warm 0.40"
    assert found.photos[0].predicted == "cold"


def test_near_duplicates_of_training_photos_are_left_out(stored, tmp_path, monkeypatch):
    rows = np.random.default_rng(0).normal(size=(40, 16)).astype(np.float16)
    monkeypatch.setattr(choosing.novelty_file, "of_source", lambda *_: Novelty(rows, np.ones(1, np.float32)))
    near, far = (rows[7].astype(np.float32) * 1.01).tolist(), (-rows[7] + rows[8]).astype(float).tolist()
    answers(monkeypatch, ("near.jpg", 0.5, near), ("far.jpg", 0.9, far))
    (found,) = only(list(label_next(stored, ["x"], 5)), PhotosToLabel)
    assert [one.path for one in found.photos] == ["far.jpg"]
    assert found.duplicates == 1


def test_only_the_most_doubtful_new_photos_are_in_memory(stored, photos, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST", 3)
    monkeypatch.setattr(choosing, "PER_PHOTO", 1)
    monkeypatch.setattr(choosing, "BATCH", 4)
    monkeypatch.setattr(choosing.novelty_file, "of_source", lambda *_: None)
    known = [(str(photo), 0.5, [1.0, 0.0]) for photo in sorted((photos / "cold").glob("*.jpg"))]
    unknown = [(f"{number}.jpg", 0.6 + number / 100, [1.0, float(number)]) for number in range(30)]
    answers(monkeypatch, *known, *reversed(unknown))
    (found,) = only(list(label_next(stored, ["x"], 3)), PhotosToLabel)
    assert sorted(one.path for one in found.photos) == ["0.jpg", "1.jpg", "2.jpg"]
    assert (found.predicted, found.doubtful, found.duplicates) == (42, 3, 12)


def test_doubt_about_numbers_needs_the_features_of_training_photos(stored, monkeypatch):
    monkeypatch.setattr(choosing.novelty_file, "of_source", lambda *_: None)
    answers(monkeypatch, ("a.jpg", 2.5, [1, 0]), classes=False)
    about = choosing.runs.read(stored)
    monkeypatch.setattr(choosing.runs, "read", lambda *_: _Numbers(about.value_range))
    with pytest.raises(UserError, match="predicts a number"):
        list(label_next(stored, ["x"], 3))


class _Numbers:
    target, classes = "age", ("age",)

    def __init__(self, value_range) -> None:
        self.value_range = value_range


@pytest.mark.slow
def test_photos_known_to_the_run_are_not_chosen(stored, photos, tmp_path):
    from PIL import Image, ImageOps

    pool = tmp_path / "pool"
    pool.mkdir()
    for name in ("00", "01", "02", "03"):
        with Image.open(photos / "cold" / f"{name}.jpg") as image:
            ImageOps.invert(image).save(pool / f"{name}.jpg", quality=95)
    shutil.copy(photos / "warm" / "05.jpg", pool)
    found = studio.label_next(stored, pool, 2, device="cpu", progress=False)
    assert len(found) == 2
    assert all(0 <= one.doubt <= 1 and one.path.startswith(str(pool)) for one in found)
    assert not any(one.path.endswith("05.jpg") for one in found)
    assert "2 of 5 photos to label" in repr(found)
    with pytest.raises(UserError, match="0 photos cannot be chosen"):
        studio.label_next(stored, pool, 0, progress=False)
