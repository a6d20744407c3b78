"""A background folder is trained on as “none of these”; runs of earlier versions keep its folder's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import only, record, trained

from studio.data.folder import background
from studio.data.folder.background import CLASS
from studio.engine.predict import predict
from studio.engine.training import run as training
from studio.events import DatasetScanned, ImagePrediction


def test_predictions_say_none_of_these(photos: Path, tmp_path: Path) -> None:
    (photos / "warm").rename(photos / "_background")
    run = tmp_path / "run"
    trained(photos, run, epochs=3, lr=0.05)
    assert record(run)["classes"] == ["cold", CLASS]
    answers = only(list(predict.predict(run, [str(photos / "_background" / "00.jpg")], "cpu")), ImagePrediction)
    assert answers[0].predicted == CLASS


def test_a_run_of_an_earlier_version_continues(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (photos / "warm").rename(photos / "other")
    with monkeypatch.context() as before:
        before.setattr(background, "named", lambda folders, _classes=None: list(folders))
        trained(photos, tmp_path / "run", epochs=1)
    assert record(tmp_path / "run")["classes"] == ["cold", "other"]
    events = list(training.resume(tmp_path / "run", 2, cache=photos.parent / "cache"))
    assert only(events, DatasetScanned)[0].dataset.classes == ("cold", "other")
