"""The effect of each training setting."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensors import assert_close
from tiny import LAST_BLOCK, only, record, recorded, run_spec, trained
from torch import nn

from studio.engine.training import tasks
from studio.engine.training.optimization import optimizers
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.engine.training.run_files import checkpoints
from studio.events import (
    Dataset,
    Epoch,
    Event,
    FeaturesComputed,
    LayersChanged,
    Photo,
    PredictedProbabilities,
    RunStarted,
    TrainingFinished,
)
from studio.planning import schedules
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, FreezePlan, HeadSpec, RunSpec, TrainSpec, UserError
from studio.spec.structs import replace


def run(spec: RunSpec, folder: Path) -> list[Event]:
    return list(recorded(spec, folder / "run", folder / "cache"))


# ------------------------------------------------------------------------------------------------ phases


def test_two_phases_are_one_run_with_one_curve(photos, tmp_path):
    spec = run_spec(photos, LAST_BLOCK, epochs=2, head_epochs=3, batch_size=4)
    events = run(spec, tmp_path)
    epochs = only(events, Epoch)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5]
    assert [epoch.phase for epoch in epochs] == ["head"] * 3 + ["network"] * 2
    assert [epoch.backbone_lr for epoch in epochs] == [0, 0, 0, 1e-5, 1e-5]
    assert only(events, FeaturesComputed)[0].computed == only(events, FeaturesComputed)[1].computed == 24
    assert epochs[3].train_loss < epochs[1].train_loss, "the second phase starts with the head of the first one"
    assert only(events, TrainingFinished)[0].frozen_unchanged


@pytest.mark.slow
def test_the_backbone_does_not_change_in_the_phase_of_the_head(photos, tmp_path):
    spec = run_spec(photos, LAST_BLOCK, epochs=1, head_epochs=2, batch_size=4, backbone_lr=0.1, checkpoint_minutes=1e-9)
    moved: dict[float, bool] = {}
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    before: dict[str, torch.Tensor] = {}
    for event in running:
        state = checkpoints.read(tmp_path / "run")
        if state is not None and isinstance(event, Epoch | PredictedProbabilities):
            tensors = state.of("network.")
            before = before or tensors
            moved[event.epoch] = any(not torch.equal(before[name], tensors[name]) for name in tensors)
    assert moved[1] is moved[2] is False
    assert moved[3] is True


@pytest.mark.slow
def test_features_are_scaled_in_a_thawed_run_too(photos, tmp_path):
    spec = run_spec(photos, LAST_BLOCK, epochs=1, batch_size=4)
    run(spec, tmp_path)
    scaled = checkpoints.read(tmp_path / "run").of("head.")
    assert not torch.equal(scaled["deviation"], torch.ones_like(scaled["deviation"]))
    run(replace(spec, head=HeadSpec(standardize=False)), tmp_path / "raw")
    raw = checkpoints.read(tmp_path / "raw" / "run").of("head.")
    assert torch.equal(raw["deviation"], torch.ones_like(raw["deviation"]))


# ------------------------------------------------------------------------------------------------ loss and rates


def classes(labels: list[int], **choices: Any) -> tasks.Classification:
    photos = tuple(Photo(f"{place}.jpg", label, "train") for place, label in enumerate(labels))
    dataset = Dataset("/", ("a", "b", "c"), photos)
    return tasks.Classification(dataset, np.arange(len(labels)), TrainSpec(**choices), torch.device("cpu"))


@pytest.mark.parametrize("choices", [{}, {"label_smoothing": 0.2}, {"balance": "weights", "label_smoothing": 0.1}])
def test_the_loss_of_a_batch_is_torchs_mean_cross_entropy(choices):
    task = classes([0, 0, 0, 0, 1, 1, 2], **choices)
    scores, targets = torch.randn(7, 3), task.targets
    weight = torch.tensor([7 / 12, 7 / 6, 7 / 3]) if "balance" in choices else None
    expected = nn.functional.cross_entropy(scores, targets, weight, label_smoothing=choices.get("label_smoothing", 0.0))
    ours = task.losses(scores, targets).sum() / task.weights(targets).sum()
    assert_close(ours, expected)
    assert_close(task.plain_losses(scores, targets).mean(), nn.functional.cross_entropy(scores, targets))


def test_class_weights_are_scikit_learns_balanced_ones():
    from sklearn.utils.class_weight import compute_class_weight

    labels = [0] * 9 + [1] * 3 + [2]
    expected = compute_class_weight("balanced", classes=np.arange(3), y=np.array(labels))
    np.testing.assert_allclose(tasks.class_weights(torch.tensor(labels), 3), expected, rtol=1e-6)


@pytest.mark.slow
def test_balanced_sampling_draws_all_classes_equally_often(photos, tmp_path, monkeypatch):
    for number in range(3, 12):
        (photos / "warm" / f"{number:02}.jpg").unlink()  # 12 cold, 3 warm
    seen: list[int] = []
    honest = OptimizerStep._accumulate

    def watched(self: OptimizerStep, number: int, index: int, batch: Any) -> None:
        seen.extend(self._model.targets_of(batch).tolist())
        honest(self, number, index, batch)

    monkeypatch.setattr(OptimizerStep, "_accumulate", watched)
    trained(photos, tmp_path / "run", epochs=40, balance="sampling")
    assert 0.4 < np.mean(seen) < 0.6
    seen.clear()
    trained(photos, tmp_path / "even", epochs=2)
    assert np.mean(seen) < 0.3


def test_rates_follow_the_schedule_step_by_step(photos, tmp_path, monkeypatch):
    used: list[tuple[float, float]] = []
    honest = optimizers.set_rates

    def watched(optimizer: torch.optim.Optimizer, factor: float) -> tuple[float, float]:
        used.append(honest(optimizer, factor))
        return used[-1]

    monkeypatch.setattr(optimizers, "set_rates", watched)
    spec = run_spec(photos, LAST_BLOCK, epochs=2, batch_size=5, schedule="cosine", warmup=0.5)
    epochs = only(run(spec, tmp_path), Epoch)
    factors = [schedules.factor(step, 4, 2, spec.train) for step in range(8)]
    assert [rate for rate, _ in used] == pytest.approx([1e-3 * factor for factor in factors])
    assert [rate for _, rate in used] == pytest.approx([1e-5 * factor for factor in factors])
    assert epochs[-1].lr == pytest.approx(1e-3 * factors[-1])


def test_the_norm_of_clipped_gradients_is_at_most_the_chosen_one(photos, tmp_path, monkeypatch):
    lengths: list[float] = []
    honest = torch.optim.AdamW.step

    def watched(self: torch.optim.AdamW, *args: Any) -> Any:
        gradients = [value.grad for group in self.param_groups for value in group["params"] if value.grad is not None]
        lengths.append(float(torch.stack([gradient.norm() for gradient in gradients]).norm()))
        return honest(self, *args)

    monkeypatch.setattr(torch.optim.AdamW, "step", watched)
    trained(photos, tmp_path / "free", epochs=2)
    free = max(lengths)
    lengths.clear()
    trained(photos, tmp_path / "run", epochs=2, clip_norm=free / 100)
    assert max(lengths) <= free / 100 * 1.001


# ------------------------------------------------------------------------------------------------ best, last, early


def test_the_best_and_the_last_epoch_are_both_stored(photos, tmp_path):
    events = run(run_spec(photos, epochs=8, batch_size=4, lr=3.0, optimizer="sgd"), tmp_path)
    epochs = only(events, Epoch)
    best = min(epochs, key=lambda epoch: epoch.val_loss).epoch
    assert best < 8, "the test needs a run that gets worse"
    assert only(events, TrainingFinished)[0].best_epoch == best
    assert [epoch.epoch for epoch in epochs if epoch.best][-1] == best
    last, best_head = ((tmp_path / "run" / name).read_bytes() for name in ("head.safetensors", "best/head.safetensors"))
    assert last != best_head
    short = run(run_spec(photos, epochs=best, batch_size=4, lr=3.0, optimizer="sgd"), tmp_path / "short")
    assert only(short, TrainingFinished)
    # The same epoch of a shorter run has the same weights.
    assert (tmp_path / "short" / "run" / "head.safetensors").read_bytes() == best_head


def test_training_ends_once_the_validation_loss_has_not_fallen_for_the_patience(photos, tmp_path):
    events = run(run_spec(photos, epochs=30, batch_size=4, lr=30.0, optimizer="sgd", patience=3), tmp_path)
    epochs, end = only(events, Epoch), only(events, TrainingFinished)[0]
    assert end.stopped_early
    assert len(epochs) == end.best_epoch + 3 < 30
    assert min(epoch.val_loss for epoch in epochs) == epochs[end.best_epoch - 1].val_loss


def test_a_diverging_loss_is_reported_with_its_step_and_the_last_good_epoch_stays(photos, tmp_path, monkeypatch):
    honest = OptimizerStep._accumulate

    def poisoned(self: OptimizerStep, number: int, index: int, batch: Any) -> None:
        if (number, index) == (2, 3):
            with torch.no_grad():
                self._model.head.linear.weight[:] = math.inf
        honest(self, number, index, batch)

    monkeypatch.setattr(OptimizerStep, "_accumulate", poisoned)
    with pytest.raises(UserError, match="at step 4 of 5 in epoch 2") as fault:
        trained(photos, tmp_path / "run", epochs=3, batch_size=4, checkpoint_minutes=1e-9)
    assert "lower rates" in fault.value.hint
    data, state = record(tmp_path / "run"), checkpoints.read(tmp_path / "run")
    assert len(data["epochs"]) == 1
    assert all(torch.isfinite(tensor).all() for tensor in state.tensors.values())
    head = (tmp_path / "run" / "head.safetensors").read_bytes()
    trained(photos, tmp_path / "one", epochs=1, batch_size=4)
    assert head == (tmp_path / "one" / "head.safetensors").read_bytes()


def test_float16_needs_a_gpu(photos, tmp_path):
    with pytest.raises(UserError, match="float16"):
        trained(photos, tmp_path / "run", precision="float16")


@pytest.mark.slow
def test_bfloat16_trains_too(photos, tmp_path):
    events = trained(photos, tmp_path / "run", epochs=3, batch_size=4, precision="bfloat16")
    assert only(events, Epoch)[-1].val("accuracy") > 0.6


# ------------------------------------------------------------------------------------------------ layers and changes


@pytest.mark.slow
def test_batchnorm_statistics_are_updated_by_the_policy(photos, tmp_path):
    plan = FreezePlan(batch_norm="update")
    events = trained(photos, tmp_path / "run", plan, epochs=2, batch_size=4)
    started, end = only(events, RunStarted)[0], only(events, TrainingFinished)[0]
    assert started.cut == "conv_stem", "the layers before the first BatchNorm are computed once"
    changes = {change.path: change for change in only(events, LayersChanged)[-1].layers}
    assert changes["blocks.3.0.bn1"].frozen
    assert not changes["blocks.3.0.bn1"].unchanged
    assert changes["blocks.3.0.conv_pw"].unchanged
    assert end.frozen_unchanged, "only statistics changed, as planned"
    assert (tmp_path / "run" / "thawed.safetensors").is_file(), "the statistics belong to the result"


def test_the_proof_comes_during_training_and_at_its_end(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.engine.training.training_run.PROOF_EVERY", 0.0)
    events = trained(photos, tmp_path / "run", LAST_BLOCK, epochs=2, batch_size=4, backbone_lr=1e-3)
    proofs = only(events, LayersChanged)
    assert len(proofs) > 2
    sizes = [max(change.by for change in proof.layers) for proof in proofs]
    assert 0 < sizes[0] < sizes[-1], "changes are reported during training, and grow"
    last = proofs[-1].layers
    assert all(change.unchanged and change.by == 0 for change in last if change.frozen)
    assert all(change.by > 0 for change in last if change.path.startswith("blocks.6"))
    assert len(record(tmp_path / "run")["layers"]) == len(last)


@pytest.mark.slow
def test_random_augmentation_moves_the_cut_to_the_pixels_and_spares_validation(photos, tmp_path):
    augment = AugmentSpec((AugmentStep("colour", 1.0, 1.0),))
    plain_run = run(run_spec(photos, epochs=2), tmp_path / "plain")
    events = run(replace(run_spec(photos, epochs=2), augment=augment), tmp_path)
    assert only(events, RunStarted)[0].cut == "pixels"
    assert [epoch.train_loss for epoch in only(events, Epoch)] != [epoch.train_loss for epoch in only(plain_run, Epoch)]
    assert only(events, FeaturesComputed)[0].computed == 24
    assert only(events, TrainingFinished)[0].frozen_unchanged


@pytest.mark.slow
def test_fixed_views_are_additional_training_photos(photos, tmp_path, monkeypatch):
    counted: list[int] = []
    honest = OptimizerStep._accumulate

    def watched(self: OptimizerStep, number: int, index: int, batch: Any) -> None:
        counted.append(len(batch))
        honest(self, number, index, batch)

    monkeypatch.setattr(OptimizerStep, "_accumulate", watched)
    augment = AugmentSpec((AugmentStep("flip", probability=1.0), AugmentStep("rotation", 0.1)), views=2)
    events = run(replace(run_spec(photos, epochs=1, batch_size=4), augment=augment), tmp_path)
    assert sum(counted) == 20 * 3
    assert only(events, RunStarted)[0].cut == "features"
    assert len(only(events, PredictedProbabilities)[0].photos) == 4


@pytest.mark.slow
def test_a_network_from_scratch_trains_all_layers(photos, tmp_path):
    spec = run_spec(
        photos,
        FreezePlan("none", batch_norm="thawed"),
        BackboneSpec("resnet18", "none", 32),
        epochs=3,
        batch_size=5,
        backbone_lr=1e-3,
    )
    events = run(spec, tmp_path)
    changes = only(events, LayersChanged)[-1].layers
    assert not any(change.unchanged or change.frozen for change in changes)
    assert only(events, Epoch)[-1].train_loss < only(events, Epoch)[0].train_loss


def test_a_rate_for_an_unknown_layer_is_an_error_that_names_similar_ones(photos, tmp_path):
    from studio.spec import LayerRate

    with pytest.raises(UserError, match=r"blocks\.66"):
        trained(photos, tmp_path / "run", LAST_BLOCK, layer_rates=(LayerRate("blocks.66", 1e-4),))
