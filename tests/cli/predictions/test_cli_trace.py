"""`thaw predict --trace`: the steps of each photo as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stories import finished
from terminal import QUICK

from studio.commands import results
from studio.events import ImagePrediction, ImageSkipped, NearPhoto, PredictionTrace, TraceStep
from studio.runs.files.record import document

PREDICTION = ImagePrediction("a.jpg", (0.25, 0.75), "bees", epoch=3, unlike=True, distance=1.5)
STEPS = (
    TraceStep("photo", (4, 5, 3), 0.0, 255.0, 100.0, np.zeros((4, 5, 3), np.uint8)),
    TraceStep("scores", (2,), -1.5, 0.5, -0.5, np.zeros(2, np.float32)),
)
TRACE = PredictionTrace(
    PREDICTION, STEPS, np.zeros((2, 2, 3), np.uint8), (0.1, 0.0, 0.8, 1.0), 2.0,
    (NearPhoto("/p/x.jpg", "bees", 0.0625),), 245, "", 0.6, 0.4,
)  # fmt: skip


@pytest.fixture
def said(tmp_path: Path, monkeypatch):
    """Predict with these events, on a run with two classes, or a number."""

    def predict(thaw, *events, target: str = "", json_too: bool = True):
        classes = (target,) if target else ("ants", "bees")
        (tmp_path / "run.json").write_text(json.dumps(document(finished(best_epoch=3, target=target, classes=classes))))
        monkeypatch.setattr(results, "predict", lambda *_: lambda _stop: iter(events))
        more = ("--json",) if json_too else ()
        return thaw("predict", tmp_path, "a.jpg", "--trace", *more)

    return predict


def test_the_trace_is_in_the_json(thaw, said):
    status, out, _ = said(thaw, TRACE)
    (row,) = json.loads(out)["predictions"]
    assert status == 0
    assert row["predicted"] == "bees"
    assert row["trace"] == [
        {"step": "photo", "shape": [4, 5, 3], "low": 0.0, "high": 255.0, "mean": 100.0},
        {"step": "scores", "shape": [2], "low": -1.5, "high": 0.5, "mean": -0.5},
    ]
    assert row["nearest"] == [{"path": "/p/x.jpg", "class": "bees", "distance": 0.0625}]
    assert (row["crop"], row["temperature"], row["compared"]) == ([0.1, 0.0, 0.8, 1.0], 2.0, 245)
    assert (row["unlike_distance"], row["unlike_limit"]) == (0.6, 0.4)


def test_the_trace_is_printed_below_its_prediction(thaw, said):
    out = said(thaw, TRACE, json_too=False)[1].splitlines()
    assert out[0].startswith("a.jpg: bees, but unlike the training photos  (bees 0.750, ants 0.250)")
    assert out[2].split() == ["photo", "4", "×", "5", "×", "3", "0", "255", "100"]
    assert "divided by 2.00" in out[4]
    assert out[5].strip() == "Distance to the training photos: 0.600, beyond the limit of 0.400"
    assert "Nearest of 245 training photos" in out[6]
    assert out[7].split() == ["/p/x.jpg", "0.062", "bees"]


def test_a_trace_of_a_number_without_near_photos_says_why(thaw, said):
    number = replace(PREDICTION, probabilities=(), predicted="", number=2.5, unlike=None, distance=None)
    bare = replace(TRACE, prediction=number, near=(), near_note="nothing stored", distance=None, limit=None)
    lines = said(thaw, bare, target="age", json_too=False)[1].splitlines()
    assert lines[0] == "a.jpg: age 2.5000"
    assert lines[-1] == "  No nearest training photos: nothing stored."
    status, out, _ = said(thaw, bare, ImageSkipped("b.jpg", "empty file"), target="age")
    assert status == 2
    assert json.loads(out)["predictions"][0]["number"] == 2.5
    assert "b.jpg" in json.loads(out)["unreadable"][0]


@pytest.mark.slow
def test_the_trace_of_a_run_has_its_predictions(photos, tmp_path, thaw):
    assert thaw("train", photos, *QUICK, "--epochs", 2, "--out", tmp_path / "run")[0] == 0
    paths = photos / "cold", photos / "warm" / "00.jpg"
    plain = json.loads(thaw("predict", tmp_path / "run", *paths, "--device", "cpu", "--json")[1])
    traced = json.loads(thaw("predict", tmp_path / "run", *paths, "--device", "cpu", "--json", "--trace")[1])
    keys = plain["predictions"][0].keys()
    assert [{key: row[key] for key in keys} for row in traced["predictions"]] == plain["predictions"]
    assert all(len(row["trace"]) == 5 and len(row["nearest"]) == 6 for row in traced["predictions"])
