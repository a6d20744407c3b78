"""`thaw predict --camera`, with frames of the test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from stories import finished
from terminal import refused

from studio.commands import results
from studio.events import CameraFrame, ImagePrediction
from studio.runs.files.record import document
from studio.spec import UserError

PIXELS = np.zeros((4, 6, 3), np.uint8)
FRAMES = tuple(
    CameraFrame(PIXELS, ImagePrediction("camera 0", shares, "bees", epoch=3)) for shares in ((0.25, 0.75), (0.1, 0.9))
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch) -> Path:
    """A run with two classes, whose camera gives two frames; `asked` of this module has the requests."""
    asked.clear()
    (tmp_path / "run.json").write_text(json.dumps(document(finished(best_epoch=3, classes=("ants", "bees")))))
    monkeypatch.setattr(results, "watch_camera", lambda *words: asked.append(words) or (lambda _stop: iter(FRAMES)))
    return tmp_path


asked: list[tuple[object, ...]] = []


def test_each_frame_is_a_line_and_a_json_document(run, thaw):
    status, out, _ = thaw("predict", run, "--camera")
    assert status == 0
    assert out.splitlines()[0] == "camera 0: bees  (bees 0.750, ants 0.250)"
    status, out, _ = thaw("predict", run, "--camera", 1, "--frames", 1, "--json", "--epoch", "best")
    found = json.loads(out)
    assert (found["epoch"], found["camera"]) == (3, 1)
    assert [one["probabilities"] for one in found["predictions"]] == [{"ants": 0.25, "bees": 0.75}]
    assert [words[1] for words in asked] == [0, 1]
    assert asked[1][3] == "best"
    assert thaw("predict", run, "--camera", "a.mp4", "--json")[0] == 0
    assert asked[2][1] == "a.mp4"


def test_json_requires_a_number_of_frames(run, thaw):
    status, out, _ = thaw("predict", run, "--camera", "0", "--json")
    assert status == 2
    assert "one document" in json.loads(out)["error"]
    assert not asked


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--camera", "0", "--frames", "0"), "0 pictures"),
        (("--camera", "0", "--out", "t.csv"), "--out"),
        (("a.jpg", "--camera"), "photos"),
        (("a.jpg", "--frames", "3"), "Add --camera"),
        ((), "IMAGE"),
    ],
)
def test_options_that_a_camera_cannot_have_are_refused(run, thaw, options, words):
    refused(thaw("predict", run, *options), words)
    assert not asked


def test_a_missing_camera_is_an_error(run, thaw, monkeypatch):
    def none(*_):
        def work(_stop):
            raise UserError("There is no camera 0, or another program uses it.", "Connect it, or close that program.")
            yield

        return work

    monkeypatch.setattr(results, "watch_camera", none)
    refused(thaw("predict", run, "--camera"), "no camera 0")
