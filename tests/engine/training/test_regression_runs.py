"""Regression from end to end with the bundled backbone: train, record, export and predict."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
from PIL import Image
from tiny import only, record, recorded

from studio.engine.export import head as export
from studio.engine.predict import predict
from studio.events import Epoch, Evaluated, Events, ImagePrediction, PredictedNumbers, RunStarted, Saved
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, RunSpec, TrainSpec

COUNT = 100


@pytest.fixture(scope="module")
def bright(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Photos of noise around different grays, with their mean brightness in percent as the target."""
    root = tmp_path_factory.mktemp("bright")
    random = np.random.default_rng(2)
    lines = ["path,brightness"]
    for number in range(COUNT):
        ground = random.uniform(60, 195) + random.normal(0, 20, (48, 48, 3))
        pixels = np.clip(ground, 0, 255).astype(np.uint8)
        file = root / "photos" / f"{number % 3}" / f"{number:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
        lines.append(f"{number % 3}\\{number:02}.png,{pixels.mean() / 2.55:.6f}")
    (root / "brightness.csv").write_text("\n".join(lines))
    return root / "photos", root / "brightness.csv"


def spec_of(bright: tuple[Path, Path], freeze: FreezePlan | None = None, head: HeadSpec | None = None, **choices):
    training = TrainSpec(**{"epochs": 40, "device": "cpu", "lr": 3e-3, **choices})
    dataset = DatasetSpec(str(bright[0]), targets=str(bright[1]))
    return RunSpec(dataset, BackboneSpec(image_size=64), freeze or FreezePlan(), head or HeadSpec(), training)


@pytest.fixture(scope="module")
def trained(bright, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    folder = tmp_path_factory.mktemp("regression")
    return folder / "run", list(recorded(spec_of(bright), folder / "run", folder / "cache"))


@pytest.mark.slow
def test_a_regression_run_learns_the_brightness_of_photos(trained) -> None:
    run, events = trained
    report = only(events, Evaluated)[-1].report
    assert report.value("r2") > 0.8
    assert report.value("mae") < 0.4 * report.value("baseline_mae")
    assert only(events, RunStarted)[0].trainable_parameters == 1281
    epochs = only(events, Epoch)
    result = min(epochs, key=lambda epoch: epoch.val("mae"))
    assert result.val("mae") == pytest.approx(report.value("mae"), rel=1e-4)
    assert result.val("mae") < epochs[0].val("mae")
    assert {epoch.val("accuracy") for epoch in epochs} == {None}
    written = record(run)
    assert (written["result_epoch"], written["criterion"]) == (result.epoch, "lowest mean absolute error")
    assert written["val_mae"] == result.val("mae")
    assert (written["target"], written["classes"], written["val_accuracy"]) == ("brightness", ["brightness"], None)
    assert written["report"]["r2"] == report.value("r2")


@pytest.mark.slow  # by default `tests/runs` exports a stored run's head and predicts with it
def test_the_run_and_both_files_give_the_stored_predictions(trained, bright, tmp_path: Path) -> None:
    run, events = trained
    last = only(events, PredictedNumbers)[-1]
    with (run / "predictions.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    expected = np.array([float(row["predicted"]) for row in rows])
    np.testing.assert_allclose(expected, last.numbers, rtol=1e-6)
    sources = [run]
    for name in ("head.safetensors", "head.pt"):
        (saved,) = only(list(export.export(run, tmp_path / name)), Saved)
        sources.append(Path(saved.path))
    paths = [str(bright[0] / row["path"]) for row in rows]
    for source in sources:
        said = only(list(predict.predict(source, paths, "cpu")), ImagePrediction)
        assert {one.probabilities for one in said} == {()}
        np.testing.assert_allclose([one.number for one in said], expected, rtol=1e-4, atol=1e-3)
    card = json.loads((tmp_path / "head.json").read_text(encoding="utf-8"))
    assert (card["task"], card["target"], card["weight_shape"]) == ("regression", "brightness", [1, 1280])
    assert card["metrics"]["report"]["mae"] == only(events, Evaluated)[-1].report.value("mae")
    assert card["use"].startswith("brightness = features @ weight.T + bias")
    tensors = safetensors.torch.load_file(tmp_path / "head.safetensors")
    assert {name: tuple(value.shape) for name, value in tensors.items()} == {"weight": (1, 1280), "bias": (1,)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "choices",
    [
        {"freeze": FreezePlan(thaw=("blocks.6",)), "epochs": 1, "lr": 1e-3},
        {"head": HeadSpec(kind="mlp", hidden=8), "epochs": 2},
    ],
    ids=["a thawed block", "a hidden layer"],
)
def test_other_plans_and_heads_give_their_stored_predictions(bright, tmp_path: Path, choices) -> None:
    run = tmp_path / "run"
    events: Events = recorded(spec_of(bright, **choices), run, tmp_path / "cache")
    last = only(list(events), PredictedNumbers)[-1]
    out = tmp_path / "head.safetensors"
    list(export.export(run, out))
    with (run / "predictions.csv").open(newline="", encoding="utf-8") as table:
        paths = [str(bright[0] / row["path"]) for row in csv.DictReader(table)]
    for source in (run, out):
        said = only(list(predict.predict(source, paths, "cpu")), ImagePrediction)
        np.testing.assert_allclose([one.number for one in said], last.numbers, rtol=1e-3, atol=1e-2)
