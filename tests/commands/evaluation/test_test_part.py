"""Test photos choose nothing: neither thresholds nor, without a warning, a run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import studio.engine.predict
from studio.commands.evaluation import evaluation
from studio.evaluate.documents import earlier_tests
from studio.evaluate.probabilities import calibration, thresholds
from studio.events import JudgedPart, RunEvaluated
from studio.jobs.protocol import never
from studio.runs.files import test_judgments as judgments

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"
CLASSES = ("cold", "warm")


def part(split: Any, warm: list[float], labels: list[int], epoch: int) -> JudgedPart:
    """Predictions: probabilities of the class “warm”."""
    shares = np.stack([1 - np.array(warm), np.array(warm)], axis=1).astype(np.float32)
    names = tuple(f"{split}/{CLASSES[label]}/{place}.jpg" for place, label in enumerate(labels))
    return JudgedPart(split, epoch, "", names, ("",) * len(labels), np.array(labels, np.int64), shares)


@pytest.fixture
def predictions(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], JudgedPart]:
    """The predictions that the network is said to make on a part; its best threshold differs from part to part."""

    def of(split: str, epoch: int) -> JudgedPart:
        warm = [0.6, 0.7, 0.8, 0.9] if split == "val" else [0.1, 0.2, 0.3, 0.4]
        return part(split, warm, [0, 1, 0, 1], epoch)

    def predict(_run: Path, record: Any, _photos: Any, split: str, weights: str, _device: str, _stop: Any) -> Any:
        return of(split, record.best_epoch if weights == "best" else len(record.epochs))
        yield

    fake = SimpleNamespace(predict=predict)
    monkeypatch.setattr(studio.engine.predict, "part_predictions", fake, raising=False)
    monkeypatch.setattr(evaluation, "imported", tuple)  # torch
    return of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a test part."""
    for place, split in enumerate(("train", "val", "test")):
        for name in CLASSES:
            file = tmp_path / "photos" / split / name / f"{place}.jpg"
            file.parent.mkdir(parents=True)
            file.write_bytes(b"")
    return tmp_path / "photos"


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Path:
    return stored("frozen", tmp_path / "run", folder)


def stored(name: str, copy: Path, photos: Path) -> Path:
    """A copy of a stored run, with its photos in another folder."""
    record = json.loads((shutil.copytree(STORED / name, copy) / "run.json").read_text())
    record["spec"]["dataset"]["folder"] = str(photos)
    (copy / "run.json").write_text(json.dumps(record))
    return copy


@pytest.mark.parametrize("epoch", ["best", "last"])
def test_thresholds_and_temperature_for_test_photos_come_from_the_validation_photos(epoch, run, predictions):
    work = evaluation.evaluate(run, "test", epoch, quick=True)
    document = next(event for event in work(never) if isinstance(event, RunEvaluated)).document
    if document["epoch"] == 4:  # its validation predictions are stored with the run
        val = next(e for e in evaluation.evaluate(run, quick=True)(never) if hasattr(e, "judged")).judged
    else:
        val = predictions("val", 1)
    assert (document["part"], document["photos"]) == ("test", 4)
    assert (document["threshold"]["chosen_on"], document["calibration"]["fitted_on"]) == ("val", "val")
    _, rule = thresholds.parse("f1")
    chosen = [rule(thresholds.curve(val.predicted[:, label], val.truth == label)) for label in (0, 1)]
    assert [row["value"] for row in document["threshold"]["classes"]] == chosen
    assert document["calibration"]["temperature"] == calibration.temperature(val.truth, val.predicted)
    test = predictions("test", document["epoch"])
    own = [rule(thresholds.curve(test.predicted[:, label], test.truth == label)) for label in (0, 1)]
    assert own != chosen  # or a threshold that was chosen on the test photos would pass, too


@pytest.mark.usefixtures("predictions")
def test_a_repeated_judgment_of_the_test_photos_causes_a_warning_before_it_begins(run, tmp_path, folder, thaw):
    _, out, err = thaw("evaluate", run, "--part", "test", "--quick", "--json")
    assert ("judged before" in err, json.loads(out)["tested_before"]) == (False, [])
    events = list(evaluation.evaluate(run, "test", quick=True)(never))
    kinds = [type(event).__name__ for event in events]
    assert kinds.index("Warned") < kinds.index("PartPredicted")
    warned = events[kinds.index("Warned")]
    assert "once by this run at epoch 4 (on 2" in warned.title
    assert warned.hint == earlier_tests.ADVICE
    document = events[-1].document
    assert [(row["run"], row["epoch"], row["times"]) for row in document["tested_before"]] == [(str(run), 4, 1)]
    assert any("photos once before" in reason["text"] for reason in document["verdict"]["reasons"])
    other = stored("fine_tuned", tmp_path / "other", folder)
    status, out, err = thaw("evaluate", other, "--part", "test", "--quick", "--json")
    assert (status, "twice by the run run at epoch 4 (last on 2" in err) == (0, True)
    assert [row["times"] for row in json.loads(out)["tested_before"]] == [2]
    quiet = evaluation.evaluate(run, "test", quick=True, says_earlier=False)(never)
    assert not [event for event in quiet if type(event).__name__ == "Warned"], "the window has said so already"
    assert sorted(row.times for row in judgments.read(run)) == [3]


@pytest.mark.usefixtures("predictions")
def test_comparing_on_test_photos_is_recorded_and_causes_a_warning(run, tmp_path, folder, thaw):
    other = stored("fine_tuned", tmp_path / "other", folder)
    status, out, err = thaw("compare", run, other, "--part", "test")
    assert (status, evaluation.TESTED in err, "Choose by the validation photos." in err) == (0, True, True)
    assert "4 test photos" in out
    for one in (run, other):
        assert [(row.photos, row.value) for row in judgments.read(one)] == [(4, 0.5)]
    again = thaw("compare", other, run, "--part", "test")[2]
    assert "once by the run other at epoch" in again
    assert "once by the run run at epoch 4" in again
    assert again.index("judged before") < again.index(evaluation.TESTED)
