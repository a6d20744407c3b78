"""Photos and targets that cannot be trained on: a message for each, and no head."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
import torch
from tiny import LAST_BLOCK, only, record, trained

from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.events import Warned
from studio.spec import FreezePlan, UserError, validation


@pytest.mark.slow
def test_a_corrupt_photo_is_reported_and_recorded(photos, tmp_path):
    (photos / "cold" / "05.jpg").write_bytes(b"\xff\xd8\xff cut off")
    events = trained(photos, tmp_path / "run")
    assert any("cold/05.jpg" in warning.title for warning in only(events, Warned))
    data = record(tmp_path / "run")
    assert [skipped["path"] for skipped in data["skipped"]] == ["cold/05.jpg"]
    assert data["skipped"][0]["reason"]
    assert sum(data["counts"]["train"].values()) + sum(data["counts"]["val"].values()) == 23
    assert data["status"] == "done"


def test_a_class_without_a_readable_photo_is_an_error_and_the_record_names_the_photos(photos, tmp_path):
    for file in (photos / "cold").iterdir():
        file.write_bytes(b"no photo")
    with pytest.raises(UserError, match="only one class, “warm”"):
        trained(photos, tmp_path / "run")
    data = record(tmp_path / "run")
    assert data["status"] == "failed"
    assert "only one class" in data["failure"]["title"]
    assert len(data["skipped"]) == 12


def test_only_unreadable_photos_are_an_error(photos, tmp_path):
    for file in photos.rglob("*.jpg"):
        file.write_bytes(b"no photo")
    with pytest.raises(UserError, match="no photo that can be read"):
        trained(photos, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("plan", [FreezePlan(), LAST_BLOCK], ids=["features", "last block"])
def test_a_diverging_run_is_an_error_without_a_head(photos, tmp_path, monkeypatch, plan):
    # one batch an epoch, so the loss while training is still a number when the weights no longer give any
    monkeypatch.setattr(validation, "mistakes", lambda part: ())  # which would refuse the rate
    with pytest.raises(UserError, match="the training diverged") as fault:
        trained(photos, tmp_path / "run", plan, lr=3e37, batch_size=64)
    assert "lower rates" in fault.value.hint
    data = record(tmp_path / "run")
    assert data["status"] == "failed"
    assert "NaN" not in (tmp_path / "run" / "run.json").read_text()
    assert not (tmp_path / "run" / "head.safetensors").exists()


def test_a_first_loss_that_is_not_a_number_is_not_called_divergence(photos, tmp_path, monkeypatch):
    honest = OptimizerStep._accumulate

    def overflowing(self: OptimizerStep, number: int, index: int, batch: Any) -> None:
        with torch.no_grad():
            self._model.head.linear.weight[:] = math.inf
        honest(self, number, index, batch)

    monkeypatch.setattr(OptimizerStep, "_accumulate", overflowing)
    with pytest.raises(UserError, match="before the first step is not a usable number") as fault:
        trained(photos, tmp_path / "run", epochs=1)
    assert "diverged" not in f"{fault.value}"
    assert "lower rates" not in fault.value.hint


def test_a_batch_of_one_photo_is_an_error_where_batchnorm_is_thawed(photos, tmp_path):
    with pytest.raises(UserError, match="BatchNorm") as fault:
        trained(photos, tmp_path / "run", FreezePlan("none", batch_norm="thawed"), batch_size=1)
    assert "at least 2" in fault.value.hint
    trained(photos, tmp_path / "frozen", batch_size=1, epochs=1)


@pytest.mark.slow
def test_impossible_settings_are_errors_before_torch_is_imported(tmp_path):
    (tmp_path / "photos").mkdir()
    bad = (
        "epochs=0", "epochs=-3", "batch_size=0", "lr=math.nan", "lr=0.0", "lr=-1.0", "lr=math.inf",
        "backbone_lr=math.nan", "weight_decay=math.nan", "weight_decay=-1.0", "lr=1e38", "optimizer='rmsprop'",
        "seed=-1",
    )  # fmt: skip
    code = f"""
import math, sys
from studio.commands import window as commands
from studio.spec import *

for bad in {bad!r}:
    spec = RunSpec(DatasetSpec({str(tmp_path / "photos")!r}), train=eval(f"TrainSpec({{bad}})"))
    try:
        list(commands.train(spec)(lambda: False))
    except UserError as fault:
        assert fault.hint, (bad, fault)
    else:
        raise SystemExit(f"no fault: {{bad}}")
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
