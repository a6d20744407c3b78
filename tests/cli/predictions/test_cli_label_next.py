"""`thaw label-next` and `thaw predict --next`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stories import finished
from terminal import refused

from studio.commands import results
from studio.events import ImagePrediction, ImageSkipped, PhotosToLabel, PhotoToLabel
from studio.runs.files.record import document

CHOSEN = PhotosToLabel((PhotoToLabel("a.jpg", 0.925, "between ants 0.54 and bees 0.46", "ants"),), 1200, 200, 7)
PREDICTION = ImagePrediction("a.jpg", (0.54, 0.46), "ants", epoch=3)


@pytest.fixture
def run(tmp_path: Path, monkeypatch):
    (tmp_path / "run.json").write_text(json.dumps(document(finished(best_epoch=3, classes=("ants", "bees")))))
    asked = []

    def said(*events):
        monkeypatch.setattr(results, "label_next", lambda *given: asked.append(given) or (lambda _stop: iter(events)))
        return tmp_path, asked

    return said


def test_the_photos_to_label_are_printed_with_doubt_and_reason(thaw, run):
    folder, asked = run(PREDICTION, ImageSkipped("b.jpg", "empty file"), CHOSEN)
    status, out, err = thaw("label-next", folder, "photos")
    assert status == 0, "the others can be labeled"
    lines = out.splitlines()
    assert lines[1].split()[:2] == ["a.jpg", "0.93"]
    assert lines[1].endswith("between ants 0.54 and bees 0.46")
    assert lines[-1] == "Chosen among the 200 most doubtful of 1,200 photos, 7 left out: the run knows them already"
    assert "b.jpg was left out" in err
    assert asked[0][2] == 20
    data = json.loads(thaw("label-next", folder, "photos", "--next", 3, "--json")[1])
    assert asked[1][2] == 3
    row = {"path": "a.jpg", "doubt": 0.925, "why": "between ants 0.54 and bees 0.46", "predicted": "ants"}
    assert data["next"] == [row]
    assert (data["predicted_photos"], data["doubtful"], data["duplicates"]) == (1200, 200, 7)
    assert data["skipped"][0]["reason"] == "empty file"


def test_predict_prints_the_photos_to_label_after_the_predictions(thaw, run):
    folder, _ = run(PREDICTION, CHOSEN)
    out = thaw("predict", folder, "photos", "--next", 1)[1].splitlines()
    assert out[0].startswith("a.jpg: ants  (ants 0.540")
    assert out[1].split()[:2] == ["LABEL", "NEXT"]
    data = json.loads(thaw("predict", folder, "photos", "--next", 1, "--json")[1])
    assert (len(data["predictions"]), data["next"][0]["path"]) == (1, "a.jpg")


def test_no_photo_is_an_error_and_none_to_label_a_message(thaw, run):
    folder, _ = run(ImageSkipped("x", "a folder without photos"), PhotosToLabel((), 0, 0, 0))
    status, _, err = thaw("label-next", folder, "x")
    assert status == 2
    assert "thaw: No prediction for x: a folder without photos." in err
    folder, _ = run(PhotosToLabel((), 5, 3, 2))
    assert thaw("label-next", folder, "x")[1].splitlines()[0] == "No photo to label."


def test_photos_that_the_run_knows_are_said_to_need_no_label(thaw, run):
    folder, _ = run(PREDICTION, PhotosToLabel((), 5, 0, 5))
    status, out, _ = thaw("label-next", folder, "x")
    assert status == 0
    assert out.startswith("Nothing to label: all 5 photos are in the run's data set already")
    assert "most doubtful" not in out
    assert json.loads(thaw("label-next", folder, "x", "--json")[1])["duplicates"] == 5


def test_options_that_do_not_go_together_are_refused(thaw, tmp_path):
    refused(thaw("predict", tmp_path, "x", "--next", 3, "--out", "t.csv"), "label-next")
    refused(thaw("predict", tmp_path, "x", "--next", 3, "--trace"), "--trace")
    refused(thaw("label-next", tmp_path / "nowhere", "x"), "no run and no exported head")
