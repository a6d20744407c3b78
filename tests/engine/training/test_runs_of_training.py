"""The folder of a short run, finished or stopped at any event."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tiny import LAST_BLOCK, only, record, recorded, run_spec, trained
from tiny_network import WIDTH
from trimming import few

from studio.data.scan import listing
from studio.engine.predict import predict
from studio.engine.training.run_files import weight_files
from studio.events import Epoch, ImagePrediction, Saved
from studio.jobs.job import Job
from studio.jobs.protocol import Interrupted
from studio.spec import BackboneSpec, FreezePlan, UserError
from studio.spec.encoding.serialization import run_spec_from_json

LISTED_IN_THE_ISSUE = {
    "run", "classes", "counts", "backbone", "cut", "feature_shape", "trainable_parameters", "total_parameters",
    "epochs", "val_accuracy", "confusion", "frozen_unchanged", "skipped", "seconds",
}  # fmt: skip


def test_the_record_of_a_finished_run_has_all_settings_and_results(photos, tmp_path):
    run = tmp_path / "run"
    spec = run_spec(photos, epochs=3)
    events = list(recorded(spec, run, tmp_path / "cache"))
    assert sorted(file.name for file in run.iterdir()) == [
        ".lock", "best", "checkpoint.safetensors", "head.safetensors", "metrics.jsonl", "photos.csv", "predictions.csv",
        "run.json",
    ]  # fmt: skip
    data = record(run)
    assert data.keys() >= LISTED_IN_THE_ISSUE
    assert data["status"] == "done"
    assert data["run"] == str(run)
    assert run_spec_from_json(data["spec"]) == spec
    assert data["classes"] == ["cold", "warm"]
    assert data["counts"] == {"train": {"cold": 10, "warm": 10}, "val": {"cold": 2, "warm": 2}}
    assert data["seconds"].keys() >= {"scan", "extract", "train", "total"}
    assert data["seconds"]["total"] >= sum(data["seconds"][name] for name in ("scan", "extract", "train"))
    keys = {"epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds"}
    assert [epoch.keys() >= keys for epoch in data["epochs"]] == [True] * 3
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert lines == data["epochs"]
    assert data["versions"].keys() >= {"python", "torch", "torchvision", "timm", "numpy"}
    assert data["started"] <= data["ended"]
    assert isinstance(events[-1], Saved)


def test_a_run_names_all_its_frozen_layers(photos, tmp_path):
    trained(photos, tmp_path / "run", LAST_BLOCK, epochs=1)
    data = record(tmp_path / "run")
    assert "conv_stem" in data["frozen_layers"]
    assert (tmp_path / "run" / "thawed.safetensors").is_file()


def consistent(run: Path) -> None:
    """Check that the folder of a stopped run is readable and consistent."""
    data = record(run)
    assert data["status"] == "cancelled"
    assert data["classes"] in ([], ["cold", "warm"])
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == data["epochs"]
    if not data["epochs"]:
        assert data["val_accuracy"] is None
        assert not (run / "predictions.csv").exists()
        return
    result = min(data["epochs"], key=lambda epoch: epoch["val_loss"])
    assert data["result_epoch"] == data["judged_epoch"] == result["epoch"]
    assert data["val_accuracy"] == result["val_accuracy"]
    assert sum(data["confusion"][i][i] for i in range(2)) == round(result["val_accuracy"] * 4)
    assert weight_files.load_head(run / "head.safetensors")["weight"].shape == (2, WIDTH)
    assert len((run / "predictions.csv").read_text().splitlines()) == 5


@pytest.mark.slow
@pytest.mark.parametrize("plan", few([FreezePlan(), LAST_BLOCK], [FreezePlan()]), ids=["all frozen", "partly thawed"])
def test_a_run_closed_at_any_event_leaves_no_folder_or_a_consistent_one(photos, tmp_path, plan):
    spec = run_spec(photos, plan)
    total = len(list(recorded(spec, tmp_path / "whole", tmp_path / "cache")))
    threads = threading.active_count()
    outcomes: set[str] = set()
    for stopped_at in range(1, total + 1):
        run = tmp_path / f"run{stopped_at}"
        running = recorded(spec, run, tmp_path / "cache")
        event = None
        for _ in range(stopped_at):
            event = next(running, None)
        running.close()
        if event is None:
            break
        if isinstance(event, Saved):
            assert record(run)["status"] == "done"
        elif run.exists():
            consistent(run)
            outcomes.add(f"{len(record(run)['epochs'])} epochs")
            if isinstance(event, Epoch):
                assert record(run)["epochs"][-1]["epoch"] == event.epoch
        else:
            outcomes.add("nothing")
    assert outcomes == {"nothing", "0 epochs", "1 epochs", "2 epochs"}
    assert threading.active_count() <= threads


def test_the_weights_of_a_stopped_run_give_its_predictions(photos, tmp_path):
    running = recorded(
        run_spec(photos, LAST_BLOCK, epochs=9, backbone_lr=0.01, lr=0.01), tmp_path / "run", tmp_path / "c"
    )
    for event in running:
        if isinstance(event, Epoch) and event.epoch == 2:
            break
    running.close()
    rows = [line.split(",") for line in (tmp_path / "run" / "predictions.csv").read_text().splitlines()[1:]]
    predictions = only(
        list(predict.predict(tmp_path / "run", [str(photos / row[0]) for row in rows], "cpu")), ImagePrediction
    )
    for row, event in zip(rows, predictions, strict=True):
        assert event.probabilities == pytest.approx([float(row[3]), float(row[4])], abs=1e-4)


@pytest.mark.parametrize("plan", [FreezePlan(), LAST_BLOCK], ids=["all frozen", "partly thawed"])
@pytest.mark.parametrize("asked", few([1, 150, 800], [150]))
def test_a_run_stopped_inside_a_step_is_cancelled(photos, tmp_path, plan, asked):
    count = 0

    def stop() -> bool:
        nonlocal count
        count += 1
        return count > asked

    spec = run_spec(photos, plan, epochs=1000)
    with pytest.raises(Interrupted):
        list(recorded(spec, tmp_path / "run", tmp_path / "cache", stop))
    assert not (tmp_path / "run").exists() or record(tmp_path / "run")["status"] == "cancelled"


def test_a_stopped_job_can_be_started_again(photos, tmp_path):
    first = Job("train", lambda stop: recorded(run_spec(photos), tmp_path / "one", tmp_path / "cache", stop))
    first.cancel()
    first.run()
    assert not (tmp_path / "one").exists()
    again = Job("train", lambda stop: recorded(run_spec(photos), tmp_path / "one", tmp_path / "cache", stop))
    again.run()
    assert type(again.mailbox[-1]).__name__ == "Done"


def empty_folder(photos: Path) -> Path:
    (photos.parent / "empty").mkdir()
    return photos.parent / "empty"


def one_class(photos: Path) -> Path:
    for file in (photos / "cold").iterdir():
        file.unlink()
    (photos / "cold").rmdir()
    return photos


def one_photo(photos: Path) -> Path:
    for file in sorted((photos / "cold").iterdir())[1:]:
        file.unlink()
    return photos


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda photos: photos / "nowhere", "nowhere"),
        (lambda photos: photos / "cold" / "00.jpg", "00.jpg"),
        (empty_folder, "empty"),
        (one_class, "only one class"),
        (one_photo, "only one photo"),
    ],
)
def test_a_folder_that_cannot_be_trained_on_is_an_error_and_leaves_no_run(photos, tmp_path, spoil, words):
    with pytest.raises(UserError, match=words) as fault:
        trained(spoil(photos), tmp_path / "run")
    assert fault.value.hint
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "backbone", "words"),
    [
        (FreezePlan(thaw=("blocks.66",)), BackboneSpec(image_size=32), "blocks.66"),
        (FreezePlan(until="nowhere"), BackboneSpec(image_size=32), "nowhere"),
        (FreezePlan(), BackboneSpec("resnet81"), "resnet18"),
        (FreezePlan(), BackboneSpec("alexnet", "none", 16), "16"),
        (FreezePlan(), BackboneSpec(weights="/nowhere/w.pth"), "w.pth"),
    ],
)
def test_a_wrong_network_is_an_error_and_leaves_no_run(photos, tmp_path, plan, backbone, words):
    with pytest.raises(UserError, match=words):
        trained(photos, tmp_path / "run", plan, backbone)
    assert not (tmp_path / "run").exists()


def test_the_same_photos_in_another_folder_are_split_alike(photos, tmp_path):
    trained(photos, tmp_path / "run", epochs=1)
    first = (tmp_path / "run" / "predictions.csv").read_text().splitlines()
    spec = run_spec(photos.rename(tmp_path / "moved"))
    dataset = listing(spec.dataset)
    held = [photo.path for photo in dataset.photos if photo.split == "val"]
    assert held == [line.split(",")[0] for line in first[1:]]


def test_a_test_split_is_counted_and_not_predicted(photos, tmp_path):
    for split, numbers in (("train", range(8)), ("val", range(8, 10)), ("test", range(10, 12))):
        for name in ("cold", "warm"):
            (tmp_path / "divided" / split / name).mkdir(parents=True)
            for number in numbers:
                photo = photos / name / f"{number:02}.jpg"
                photo.rename(tmp_path / "divided" / split / name / photo.name)
    trained(tmp_path / "divided", tmp_path / "run")
    data = record(tmp_path / "run")
    assert data["counts"] == {split: {"cold": n, "warm": n} for split, n in (("train", 8), ("val", 2), ("test", 2))}
    rows = (tmp_path / "run" / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) == 4
    assert all(row.startswith("val/") for row in rows)
