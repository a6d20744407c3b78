"""`studio.watch_camera`: pictures with predictions until the loop ends."""

from __future__ import annotations

import json

import numpy as np
import pytest
from stories import finished

import studio
from studio.commands import results
from studio.events import CameraFrame, ImagePrediction, Stage
from studio.runs.files.record import document


def test_pictures_come_with_predictions_until_the_loop_ends(tmp_path, monkeypatch):
    (tmp_path / "run.json").write_text(json.dumps(document(finished(best_epoch=3, classes=("ants", "bees")))))
    ended, asked = [], []

    def watch(*words):
        asked.append(words)

        def work(_stop):
            try:
                yield Stage("predict", "Predicting")
                while True:
                    said = ImagePrediction("camera 2", (0.2, 0.8), "bees", epoch=3)
                    yield CameraFrame(np.zeros((4, 6, 3), np.uint8), said)
            finally:
                ended.append(True)

        return work

    monkeypatch.setattr(results, "watch_camera", watch)
    frames = studio.watch_camera(tmp_path, 2, epoch="best", device="cpu")
    seen = next(frames)
    assert seen.pixels.shape == (4, 6, 3)
    assert (seen.prediction.answer, seen.prediction.confidence) == ("bees", 0.8)
    assert not ended
    frames.close()
    assert ended
    assert asked == [(tmp_path, 2, "cpu", "best")]
    with pytest.raises(studio.UserError, match="epoch cannot be"):
        next(studio.watch_camera(tmp_path, epoch="first"))
