"""A run is trained again from its record: the result is the same bit for bit, or its differences are named."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import ALL_FROZEN, LAST_BLOCK, only, record, recorded, run_spec, trained
from tiny_vit import VIT
from trimming import few

from studio.commands import imports
from studio.commands.automation import replay as command
from studio.engine.replay import replay as engine
from studio.engine.training.run_files import weight_files
from studio.events import Epoch, Progress, RunReplayed
from studio.runs.files import lock, photos_file
from studio.spec import FreezePlan

LORA = FreezePlan(lora_rank=2, lora_alpha=4)


def replayed(run: Path, **options: Any) -> RunReplayed:
    (result,) = only(list(imports.start(command.replay(run, **options))), RunReplayed)
    return result


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def change(run: Path, edit: Any) -> None:
    about = json.loads((run / "run.json").read_text())
    edit(about)
    (run / "run.json").write_text(json.dumps(about))


@pytest.fixture
def run(photos: Path, tmp_path: Path) -> Path:
    trained(photos, tmp_path / "run", batch_size=8)
    return tmp_path / "run"


PLANS = {
    "frozen": (ALL_FROZEN, {}),
    "thawed": (LAST_BLOCK, {"backbone_lr": 1e-3, "head_epochs": 1, "schedule": "cosine"}),
    "adapters": (LORA, {"lora_lr": 1e-2}),
}


@pytest.mark.parametrize("name", few(PLANS, ["thawed"]))
def test_a_replay_is_the_same_bit_for_bit_and_does_not_change_the_run(name, photos, tmp_path):
    plan, choices = PLANS[name]
    spec = run_spec(photos, plan, VIT if name == "adapters" else run_spec(photos).backbone, batch_size=8, **choices)
    list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    before = content(tmp_path / "run")
    result = replayed(tmp_path / "run", out=tmp_path / "again")
    assert (result.result, result.largest_difference, result.why) == ("same", 0.0, ())
    assert result.differences == result.unchecked == ()
    assert content(tmp_path / "run") == before
    assert result.folder == str(tmp_path / "again")
    for file in ("head.safetensors", "best/head.safetensors", "predictions.csv"):
        assert (tmp_path / "again" / file).read_bytes() == before[file][0]
    if name != "frozen":
        assert (tmp_path / "again" / "thawed.safetensors").read_bytes() == before["thawed.safetensors"][0]


def test_the_record_names_threads_and_processor(run):
    machine = record(run)["machine"]
    assert machine["threads"] == torch.get_num_threads()
    assert machine["instructions"] == torch.backends.cpu.get_cpu_capability()
    assert machine["accelerator"] == ""
    assert "openvino" in record(run)["versions"]


def test_changed_missing_added_and_moved_photos_are_named(run, photos):
    first, second, third = [photo.path for photo in photos_file.read(run) if photo.split == "train"][:3]
    (photos / first).write_bytes((photos / second).read_bytes())
    (photos / third).unlink()
    shutil.copy(photos / "warm" / "00.jpg", photos / "warm" / "new.jpg")
    result = replayed(run)
    assert (result.result, result.largest_difference, result.epochs) == ("cannot", None, 0)
    assert result.photos.changed == (first,)
    assert result.photos.missing == (third,)
    assert result.photos.added == ("warm/new.jpg",)
    assert f"This file changed: {first}" in result.why[0]
    assert any(third in sentence for sentence in result.why)
    assert any("warm/new.jpg" in sentence for sentence in result.why)


@pytest.mark.slow
def test_a_photo_in_another_class_is_named(run, photos):
    (photos / "cold" / "05.jpg").rename(photos / "warm" / "05b.jpg")
    result = replayed(run)
    assert result.result == "cannot"
    assert result.photos.missing == ("cold/05.jpg",)
    assert result.photos.added == ("warm/05b.jpg",)


@pytest.mark.slow
def test_photos_in_a_moved_folder_are_found(run, photos, tmp_path):
    photos.rename(tmp_path / "elsewhere")
    result = replayed(run)
    assert result.result == "cannot"
    assert str(photos) in result.why[0]
    assert "moved" in result.why[1]
    assert replayed(run, data=tmp_path / "elsewhere").result == "same"


def test_a_different_metric_is_reported_with_its_size_and_the_recorded_libraries(run):
    def edit(about: dict[str, Any]) -> None:
        about["epochs"][1]["val_loss"] += 0.125
        about["versions"]["torch"] = "2.0.0"

    change(run, edit)
    result = replayed(run)
    assert result.result == "differs"
    assert result.largest_difference == pytest.approx(0.125, rel=1e-6)
    (one,) = result.differences
    assert (one.what, one.epoch) == ("validation loss", 2)
    assert any("torch 2.0.0 then, " in sentence for sentence in result.why)
    assert result.why[-1] == "The largest difference is 0.12, in validation loss of epoch 2."


def test_a_record_that_was_changed_by_hand_and_damaged_weights_are_the_reason(run):
    original = (run / "run.json").read_bytes()
    changed = "The settings in run.json were changed after the run."
    change(run, lambda about: about["spec"]["train"].update(seed=99))
    result = replayed(run)
    assert (result.result, result.why) == ("cannot", (changed,)), "the random weights are others"
    (run / "run.json").write_bytes(original)
    change(run, lambda about: about["spec"]["train"].update(lr=0.5))
    result = replayed(run)
    assert (result.result, result.why[0]) == ("differs", changed)
    assert len(result.why) == 2, "no other cause is claimed, only the largest difference"
    (run / "run.json").write_bytes(original)
    change(run, lambda about: about["epochs"][1].update(val_loss=0.5))
    result = replayed(run)
    words = "run.json and metrics.jsonl disagree on the losses of epoch 2: one of them was changed after the run."
    assert (result.result, result.why[0]) == ("differs", words)
    (run / "run.json").write_bytes(original)
    head = run / "head.safetensors"
    head.write_bytes(head.read_bytes()[:-1] + b"?")
    result = replayed(run)
    assert (result.result, result.largest_difference, result.unchecked) == ("differs", None, ())
    assert result.why[0].startswith("The weights of the last epoch: ")
    assert "damaged" in result.why[0]


def test_different_weights_are_detected(run):
    head = weight_files.load_head(run / "head.safetensors")
    head["bias"][0] += 0.5
    number = len(record(run)["epochs"])
    weight_files.save(run, head, {}, number)
    result = replayed(run)
    assert result.result == "differs"
    assert result.largest_difference == pytest.approx(0.5, rel=1e-4)
    assert result.differences[0].what == "weights of the last epoch, bias"


def test_other_pretrained_weights_cannot_be_replayed(run):
    change(run, lambda about: about.update(weights_hash="0" * 32))
    result = replayed(run)
    assert result.result == "cannot"
    assert "weights" in result.why[0]
    assert result.largest_difference is None


@pytest.mark.slow
def test_the_recorded_number_of_threads_is_used(photos, tmp_path):
    before = torch.get_num_threads()
    with engine.threads_set_to(1 if before > 1 else 2):
        used = torch.get_num_threads()
        trained(photos, tmp_path / "run", LAST_BLOCK, batch_size=8, epochs=1)
    result = replayed(tmp_path / "run", out=tmp_path / "again")
    assert torch.get_num_threads() == before != used
    assert record(tmp_path / "again")["machine"]["threads"] == used
    assert result.result == "same"


@pytest.mark.slow
def test_a_run_that_was_stopped_is_replayed_up_to_its_last_epoch(photos, tmp_path):
    running = recorded(
        run_spec(photos, epochs=4, batch_size=8, schedule="cosine"), tmp_path / "run", tmp_path / "cache"
    )
    for event in running:
        if isinstance(event, Epoch) and event.epoch == 2:
            break
    running.close()
    result = replayed(tmp_path / "run")
    assert (result.result, result.epochs) == ("same", 2)


def test_a_record_of_an_earlier_version_is_replayed_and_says_what_it_lacks(run):
    def edit(about: dict[str, Any]) -> None:
        for key in ("machine", "weights_hash", "versions"):
            del about[key]

    change(run, edit)
    (run / "photos.csv").unlink()
    result = replayed(run)
    assert result.result == "same"
    words = " ".join(result.unchecked)
    assert "photos" in words
    assert "weights" in words
    assert "processor" in words
    assert "versions" in words


def test_nothing_is_left_in_the_temporary_folder_when_a_replay_is_closed(run, monkeypatch, tmp_path):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    events = imports.start(command.replay(run))
    for event in events:
        if isinstance(event, Progress) and event.stage == "train":
            break
    assert list(place.iterdir())
    events.close()
    assert not list(place.iterdir())


def test_a_run_in_progress_or_without_an_epoch_cannot_be_replayed(run):
    with lock.RunLock(run):
        assert replayed(run).result == "cannot"
    change(run, lambda about: about.update(epochs=[], report=None, confusion=None))
    assert "no finished epoch" in replayed(run).why[0]


@pytest.mark.slow
def test_infinite_differences_are_not_stated_as_a_number(run):
    change(run, lambda about: about["epochs"][0].update(val_loss=float("nan")))
    result = replayed(run)
    assert (result.result, result.largest_difference) == ("differs", None)
    assert result.differences[0].difference == math.inf


@pytest.mark.slow
def test_the_settings_are_those_of_the_record(run, tmp_path):
    replayed(run, out=tmp_path / "again")
    assert record(tmp_path / "again")["spec"] == record(run)["spec"]
