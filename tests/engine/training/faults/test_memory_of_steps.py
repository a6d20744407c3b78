"""Optimizer steps and validation where memory runs out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import LAST_BLOCK, only, record, trained

from studio.engine.training import tasks
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.events import Epoch, PredictedProbabilities, Warned
from studio.spec import UserError


class Small:
    """A network on a device with memory for `most` photos at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        honest = OptimizerStep._scores
        self.passes: list[int] = []

        def watched(steps: OptimizerStep, batch: Any, number: int) -> torch.Tensor:
            if len(batch) > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            self.passes.append(len(batch))
            return honest(steps, batch, number)

        monkeypatch.setattr(OptimizerStep, "_scores", watched)


def test_a_step_out_of_memory_is_repeated_in_parts(photos, tmp_path, monkeypatch):
    choices: dict[str, Any] = {"epochs": 2, "batch_size": 10, "clip_norm": 1.0, "balance": "weights"}
    whole = only(trained(photos, tmp_path / "whole", **choices), Epoch)
    device = Small(monkeypatch, 3)
    events = trained(photos, tmp_path / "run", **choices)
    parts = only(events, Epoch)
    assert set(device.passes) == {3, 1}, "10 photos in parts of 3"
    assert sum(device.passes) == 40, "each photo once an epoch"
    for one, other in zip(whole, parts, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-3)
        assert one.val_loss == pytest.approx(other.val_loss, rel=1e-3)
    titles = [warning.title for warning in only(events, Warned)]
    assert [title.split(":")[1].split()[0] for title in titles] == ["5", "3"]
    assert record(tmp_path / "run")["warnings"], "the run warns"


@pytest.mark.slow
def test_a_step_without_memory_for_one_photo_says_what_to_change(photos, tmp_path, monkeypatch):
    Small(monkeypatch, 0)
    with pytest.raises(UserError, match="single photo") as fault:
        trained(photos, tmp_path / "run")
    assert "Freeze more layers" in fault.value.hint
    assert record(tmp_path / "run")["status"] == "failed"


@pytest.mark.slow
def test_validation_out_of_memory_continues_with_half_batches(photos, tmp_path, monkeypatch):
    whole = only(trained(photos, tmp_path / "whole", LAST_BLOCK, epochs=1), Epoch)[0]
    honest = tasks.Classification.plain_losses

    def short(self: tasks.Classification, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if len(scores) > 1:
            raise MemoryError
        return honest(self, scores, targets)

    monkeypatch.setattr(tasks.Classification, "plain_losses", short)
    events = trained(photos, tmp_path / "run", LAST_BLOCK, epochs=1)
    assert only(events, Epoch)[0].val_loss == pytest.approx(whole.val_loss, rel=1e-4)
    assert len(only(events, PredictedProbabilities)[0].probabilities) == 4
    titles = [warning.title for warning in only(events, Warned)]
    assert [title.split(":")[1].split()[0] for title in titles] == ["2", "1"], "one warning for each size"


@pytest.mark.slow
def test_validation_without_memory_for_one_photo_says_what_to_change(photos, tmp_path, monkeypatch):
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    monkeypatch.setattr(tasks.Classification, "plain_losses", full)
    with pytest.raises(UserError, match="single photo"):
        trained(photos, tmp_path / "run", epochs=1)


def test_other_errors_are_not_mistaken_for_lack_of_memory(photos, tmp_path, monkeypatch):
    def broken(*_: Any) -> None:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(OptimizerStep, "_scores", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        trained(photos, tmp_path / "run")
