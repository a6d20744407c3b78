"""Writing and reading `predictions.csv`."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from studio.events import Dataset, Photo, PredictedNumbers, PredictedProbabilities
from studio.runs.files import predictions_file

CLASSES = ("ants", "bees")
PHOTOS = (Photo("a.jpg", 0, "val", 1.5), Photo("b.jpg", 0, "train", 2.0), Photo("c.jpg", 1, "val", 1e-7))
PLACES = np.array([0, 2])


def test_a_wrong_prediction_leaves_the_true_class_what_it_was(tmp_path: Path) -> None:
    wrong = np.array([[0.25, 0.75], [0.875, 0.125]], np.float32)
    predictions_file.write(tmp_path, PredictedProbabilities(3, PLACES, wrong), Dataset("/photos", CLASSES, PHOTOS))
    rows = predictions_file.read(tmp_path)
    assert [row[1:3] for row in rows] == [["ants", "bees"], ["bees", "ants"]]
    photos = predictions_file.photos_of(rows, CLASSES, "")
    assert [(photo.path, photo.label, photo.split) for photo in photos] == [("a.jpg", 0, "val"), ("c.jpg", 1, "val")]
    assert (predictions_file.probabilities_of(rows, CLASSES) == wrong).all()
    with pytest.raises(ValueError, match=r"predictions\.csv has 2 classes, not 3"):
        predictions_file.probabilities_of(rows, (*CLASSES, "wasps"))


def test_numbers_are_written_with_enough_digits_to_distinguish_them(tmp_path: Path) -> None:
    numbers = np.array([12.34567, -3e-7], np.float32)
    predictions_file.write(tmp_path, PredictedNumbers(1, PLACES, numbers), Dataset("/photos", ("age",), PHOTOS))
    rows = predictions_file.read(tmp_path)
    assert predictions_file.photos_of(rows, ("age",), "age") == (
        Photo("a.jpg", 0, "val", 1.5), Photo("c.jpg", 0, "val", 1e-7),
    )  # fmt: skip
    assert (predictions_file.numbers_of(rows) == numbers).all()


def test_a_missing_file_has_no_rows_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    assert predictions_file.read(tmp_path) == []
    (tmp_path / predictions_file.FILE).write_bytes(b"path\n\xff\n")
    with pytest.raises(ValueError, match="decode"):
        predictions_file.read(tmp_path)
    (tmp_path / predictions_file.FILE).write_text("path\n" + "x" * 1001)
    limit = csv.field_size_limit(1000)  # else a file of megabytes is needed
    try:
        with pytest.raises(ValueError, match="field limit"):
            predictions_file.read(tmp_path)
    finally:
        csv.field_size_limit(limit)


def test_the_time_to_write_grows_with_the_numbers() -> None:
    assert predictions_file.seconds_to_write(None) == 0
    assert predictions_file.seconds_to_write(PredictedProbabilities(1, PLACES, np.zeros((2, 3), np.float32))) == 6e-6
    assert predictions_file.seconds_to_write(PredictedNumbers(1, PLACES, np.zeros(2, np.float32))) == 2e-6
