"""Runs with adapters (LoRA): they equal a plain loop, leave the backbone as it was, resume, predict and export."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import exact_results, finish, load, only, record, recorded, run_spec, trained
from tiny_vit import TORCH_VIT, VIT
from torch import nn

from studio.data.images import decode, preprocess
from studio.engine.advice import forecaster, rate_finder
from studio.engine.backbones.backbone import normalize
from studio.engine.export import head as export
from studio.engine.network.fingerprints import fingerprints
from studio.engine.network.lora import Adapters
from studio.engine.predict import trained_model
from studio.engine.predict.run_network import RunNetwork
from studio.engine.training import run as training
from studio.engine.training.head import Head
from studio.engine.training.optimization import sampling
from studio.engine.training.run_files import checkpoints, weight_files
from studio.events import Epoch, Forecast, LayersChanged, RatesSuggested, RunStarted, TrainingFinished, Warned
from studio.planning import freezing
from studio.runs import folder
from studio.spec import BackboneSpec, FreezePlan, HeadSpec, UserError
from studio.spec.structs import replace
from studio.system import lazy_compiler

LORA = FreezePlan(lora_rank=2, lora_alpha=4)
CHOICES: dict[str, Any] = {"epochs": 3, "batch_size": 8, "lora_lr": 1e-2, "checkpoint_minutes": 1e-9}


def test_a_run_equals_a_plain_loop_with_hand_written_adapters(photos: Path, tmp_path: Path) -> None:
    spec = replace(run_spec(photos, LORA, VIT, **CHOICES), head=HeadSpec(standardize=False, start="random"))
    events = list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    losses = [epoch.train_loss for epoch in only(events, Epoch)]
    assert losses == pytest.approx(_plain_losses(tmp_path / "run", spec), rel=1e-4)
    assert losses[-1] < losses[0]


class _Plain(nn.Module):
    """A linear layer with an adapter, as the paper has it."""

    def __init__(self, layer: nn.Linear, a: torch.Tensor, rank: int, alpha: float) -> None:
        super().__init__()
        self.layer, self.scale = layer, alpha / rank
        self.a, self.b = nn.Parameter(a.clone()), nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.layer(values) + (values @ self.a.T @ self.b.T) * self.scale
        return output


@lazy_compiler.placeholder()
def _plain_losses(run: Path, spec: Any) -> list[float]:
    """Mean losses of each epoch of a plain loop, which takes only the photos and their order from the program."""
    base, entries = load(VIT, spec.train.seed), (run / "photos.csv").read_text().splitlines()[1:]
    network = base.network.requires_grad_(False)
    generator = torch.Generator().manual_seed(spec.train.seed)
    rank, adapters = spec.freeze.lora_rank, []
    for block in network.blocks:  # type: ignore[union-attr]
        for owner, name in ((block.attn, "qkv"), (block.attn, "proj"), (block.mlp, "fc1"), (block.mlp, "fc2")):
            layer = getattr(owner, name)
            bound = layer.in_features**-0.5
            a = torch.empty(rank, layer.in_features).uniform_(-bound, bound, generator=generator)
            adapters.append(_Plain(layer, a, rank, spec.freeze.lora_alpha))
            setattr(owner, name, adapters[-1])
    files = [Path(spec.dataset.folder) / line.split(",")[0] for line in entries]
    pixels = np.stack([preprocess.frame(decode.read(file), base.preprocess) for file in files])
    inputs = normalize(pixels, base.preprocess, torch.device("cpu"))
    splits = np.array([line.split(",")[1] for line in entries])
    labels = torch.tensor([int(line.split(",")[2]) for line in entries])
    head = Head(base.table.features, 2, spec.head, spec.train.seed)
    groups: list[dict[str, Any]] = [
        {"params": [head.linear.weight], "lr": spec.train.lr},
        {"params": [head.linear.bias], "lr": spec.train.lr, "weight_decay": 0.0},
        {"params": [matrix for one in adapters for matrix in (one.a, one.b)], "lr": spec.train.lora_lr},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=spec.train.weight_decay)
    losses = []
    for epoch in range(1, spec.train.epochs + 1):
        total = 0.0
        batches = sampling.of_epoch(spec.train, epoch, np.flatnonzero(splits == "train"), None)
        for batch in batches:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(head(network(inputs[batch])), labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / sum(map(len, batches)))
    return losses


@pytest.mark.parametrize(
    ("backbone", "plan", "cut", "parameters"),
    [
        pytest.param(VIT, LORA, "pos_drop", 1152, id="all"),
        pytest.param(
            TORCH_VIT, replace(LORA, lora_after="blocks.0"), "blocks.0", 768, id="after", marks=pytest.mark.slow
        ),
        pytest.param(VIT, replace(LORA, lora_after="blocks.1", lora_layers="mlp"), "blocks.1", 192, id="mlp"),
    ],
)
def test_the_backbone_is_proved_unchanged_and_predicts_with_merged_weights(
    photos: Path, tmp_path: Path, backbone: BackboneSpec, plan: FreezePlan, cut: str, parameters: int
) -> None:
    run = tmp_path / "run"
    events = trained(photos, run, plan, backbone, **CHOICES)
    started, end, changed = (only(events, kind)[-1] for kind in (RunStarted, TrainingFinished, LayersChanged))
    assert not only(events, Warned)
    assert started.cut == cut  # blocks before the first adapter are computed once
    assert started.trainable_parameters == parameters + 34
    base = load(backbone, 7)
    leaves = [layer.path for layer in changed.layers]
    assert end.frozen_unchanged
    assert all(layer.unchanged and layer.frozen for layer in changed.layers)
    assert {adapter.path for adapter in changed.adapters} == {
        layer.path for layer in freezing.adapted_layers(plan, base.table.layers)
    }
    assert all(adapter.by > 0 for adapter in changed.adapters)
    stored = record(run)
    assert [row["path"] for row in stored["adapters"]] == [adapter.path for adapter in changed.adapters]
    assert stored["frozen_unchanged"]
    names = set(weight_files.load_thawed(run))
    assert all(name.endswith((".lora_A", ".lora_B")) for name in names - {"lora_scale"}), "the base is not stored"
    before = fingerprints(base.network, leaves)
    _, model = finish(trained_model.load(run))
    moved = {path for path, own in fingerprints(model.base.network, leaves).items() if own != before[path]}
    assert moved == {adapter.path for adapter in changed.adapters}


def test_an_export_has_merged_weights_that_a_plain_network_loads(photos: Path, tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "head.pt"
    trained(photos, run, LORA, VIT, **CHOICES)
    list(export.export(run, file))
    tensors = torch.load(file, weights_only=True)
    names = {name.removeprefix("backbone.") for name in tensors if name.startswith("backbone.")}
    assert len(names) == 12
    plain = load(VIT, 7).network
    loaded = plain.load_state_dict({name: tensors[f"backbone.{name}"] for name in names}, strict=False)
    assert not loaded.unexpected_keys
    batch = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    for source in (run, file):
        _, model = finish(trained_model.load(source))
        assert torch.equal(model.base.network(batch), plain(batch))
        assert torch.equal(model.tensors["weight"], tensors["weight"])
    assert "adapters (LoRA)" in (tmp_path / "head.json").read_text()


@pytest.mark.slow
def test_an_export_needs_the_weights_that_the_adapters_were_trained_on(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained(photos, run, LORA, VIT, **CHOICES)
    about = (run / "run.json").read_text()
    (run / "run.json").write_text(about.replace(record(run)["weights_hash"], "0" * 32))
    with pytest.raises(UserError, match="are not those that"):
        list(export.export(run, tmp_path / "head.safetensors"))
    assert not (tmp_path / "head.safetensors").exists()


@pytest.mark.parametrize(
    ("choices", "backbone", "stop_at"),
    [
        pytest.param({}, VIT, 2, id="between epochs", marks=pytest.mark.slow),
        pytest.param({}, TORCH_VIT, 5, id="in an epoch", marks=pytest.mark.slow),
        pytest.param({"head_epochs": 1, "schedule": "cosine"}, VIT, 5, id="phases", marks=pytest.mark.slow),
        pytest.param({"clip_norm": 0.1, "optimizer": "sgd"}, VIT, 5, id="clipped", marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_equals_one_that_was_never_stopped(
    photos: Path, tmp_path: Path, choices: dict[str, Any], backbone: BackboneSpec, stop_at: int
) -> None:
    spec = run_spec(photos, LORA, backbone, **CHOICES | choices)
    list(recorded(spec, tmp_path / "whole", tmp_path / "cache"))
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    for event in running:
        stop_at -= type(event).__name__ == "Checkpoint"
        if stop_at == 0:
            break
    running.close()
    list(
        folder.record_events(
            training.resume(tmp_path / "run", cache=tmp_path / "cache"), tmp_path / "run", resumed=True
        )
    )
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")
    state = checkpoints.read(tmp_path / "run")
    assert state is not None
    assert {name.rpartition(".")[2] for name in state.of("network.")} == {"lora_A", "lora_B", "lora_scale"}


def test_weights_for_looking_are_merged_and_can_be_restored(photos: Path, tmp_path: Path) -> None:
    trained(photos, tmp_path / "run", replace(LORA, thaw=("blocks.2",)), VIT, **CHOICES)
    looks = RunNetwork()
    looks.run = tmp_path / "run"
    batch = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    outputs = []
    for start in (False, True, False):
        looks.start = start
        _, base = finish(looks.get(VIT, lambda: False))
        outputs.append(base.network(batch))
    assert torch.equal(outputs[1], load(VIT, 7).network(batch))
    assert not torch.allclose(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])
    _, model = finish(trained_model.load(tmp_path / "run", which="last"))
    assert torch.equal(model.base.network(batch), outputs[0])


@pytest.mark.slow
def test_the_forecast_counts_the_adapters(photos: Path) -> None:
    spec = run_spec(photos, LORA, VIT, batch_size=8)
    result = only(list(forecaster.find(spec, True)), Forecast)[0]
    assert result.trainable == 1152 + 34
    assert result.memory.gradients == 4 * result.trainable
    assert result.measured.memory_bytes == pytest.approx(result.memory.total, rel=0.15, abs=16_000)
    thawed = only(list(forecaster.find(run_spec(photos, FreezePlan("none"), VIT, batch_size=8))), Forecast)[0]
    assert result.memory.total < thawed.memory.total


@pytest.mark.slow
def test_the_rate_of_adapters_is_tested(photos: Path, tmp_path: Path) -> None:
    events = list(rate_finder.find(run_spec(photos, LORA, VIT, batch_size=8), 20, cache=tmp_path / "cache"))
    tests = only(events, RatesSuggested)[0].tests
    assert [test.part for test in tests] == ["head", "network"]
    assert tests[1].losses[0] != tests[1].losses[-1]


def test_a_network_without_transformer_blocks_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no transformer blocks"):
        list(training.train(run_spec(photos, LORA), tmp_path / "run", cache=tmp_path / "cache"))
    spec = run_spec(photos, replace(LORA, base="none"), VIT)
    with pytest.raises(UserError, match="No layer gets an adapter"):
        list(training.train(spec, tmp_path / "run", cache=tmp_path / "cache"))


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [VIT, TORCH_VIT], ids=["timm", "torch"])
def test_the_backbone_is_equal_byte_for_byte_after_24_epochs_with_a_stop(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backbone: BackboneSpec
) -> None:
    networks: list[nn.Module] = []
    attach = Adapters.attach

    def watched(self: Adapters) -> None:
        networks.append(self._network)
        attach(self)

    monkeypatch.setattr(Adapters, "attach", watched)
    run, before = tmp_path / "run", _bytes(load(backbone, 7).network)
    running = recorded(run_spec(photos, LORA, backbone, **CHOICES | {"epochs": 24}), run, tmp_path / "cache")
    epochs = [event.epoch for event in itertools.takewhile(_until(12), running) if isinstance(event, Epoch)]
    running.close()
    first, networks[:] = networks[-1], []
    assert _bytes(first) == before, "while the run was stopped"
    resumed = training.resume(run, cache=tmp_path / "cache")
    events = list(folder.record_events(resumed, run, resumed=True))
    epochs += [epoch.epoch for epoch in only(events, Epoch)]
    assert epochs[-1] == 24
    assert set(epochs) == set(range(1, 25))
    assert networks[-1] is not first
    assert _bytes(networks[-1]) == before, "after the resumed run"
    changed = only(events, LayersChanged)[-1]
    assert only(events, TrainingFinished)[-1].frozen_unchanged
    assert all(layer.unchanged for layer in changed.layers)
    assert min(adapter.by for adapter in changed.adapters) > 1e-3
    assert record(run)["frozen_unchanged"]


def _until(epoch: int) -> Callable[[object], bool]:
    return lambda event: not (isinstance(event, Epoch) and event.epoch > epoch)


def _bytes(network: nn.Module) -> dict[str, str]:
    """SHA-256 of the bytes of each tensor, computed without the program's own fingerprints."""
    tensors = network.state_dict().items()
    return {name: hashlib.sha256(tensor.cpu().contiguous().numpy().tobytes()).hexdigest() for name, tensor in tensors}
