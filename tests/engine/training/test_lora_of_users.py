"""Runs on users' own networks that have adapters (LoRA) of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import own_network
import pytest
import torch
from tiny import finish, load, only, recorded, run_spec

from studio.engine.export import head as export
from studio.engine.predict import trained_model
from studio.engine.training import run as training
from studio.engine.training.run_files import checkpoints
from studio.events import LayersChanged
from studio.spec import FreezePlan

CHOICES: dict[str, Any] = {"batch_size": 8, "checkpoint_minutes": 1e-9}

OWN = """
import torch
from torch import nn


class Adapted(nn.Linear):
    def __init__(self):
        super().__init__(16, 16)
        self.lora_A, self.lora_B = nn.Parameter(torch.randn(2, 16) / 4), nn.Parameter(torch.randn(16, 2) / 4)

    def forward(self, x):
        return super().forward(x) + x @ self.lora_A.T @ self.lora_B.T


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn, self.fc = nn.MultiheadAttention(16, 2, batch_first=True), Adapted()

    def forward(self, x):
        x = x + self.attn(x, x, x)[0]
        return x + self.fc(x)


def make():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 8, 8), nn.Flatten(2), nn.Linear(16, 16), Block(), Block(), nn.Flatten(), nn.Linear(256, 10)
    )
"""


@pytest.mark.parametrize(
    ("rank", "kind"),
    [
        (2, "linear head and trained backbone layers, with merged adapters (LoRA)"),
        (0, "linear head and thawed backbone layers"),
    ],
)
def test_adapters_in_a_users_network_are_ordinary_layers(photos: Path, tmp_path: Path, rank: int, kind: str) -> None:
    backbone = own_network.spec(own_network.write(tmp_path, OWN, "make"))
    rates = {"epochs": 2, "lora_lr": 1e-9, "backbone_lr": 1e-2}
    spec = run_spec(photos, FreezePlan(thaw=("4",), lora_rank=rank), backbone, **CHOICES, **rates)
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    next(event for event in running if type(event).__name__ == "Checkpoint")
    running.close()
    events = list(training.resume(tmp_path / "run", cache=tmp_path / "cache"))
    changes = {layer.path: layer.by for layer in only(events, LayersChanged)[-1].layers}
    assert changes["4.fc"] > 1e-2
    assert changes["3.fc"] == 0
    own = checkpoints.read(tmp_path / "run")
    assert own is not None
    before, after = load(backbone, 7).network.state_dict(), own.of("network.")
    assert not torch.allclose(after["4.fc.lora_A"], before["4.fc.lora_A"], atol=1e-3), "at the rate of its layer"
    list(export.export(tmp_path / "run", tmp_path / "head.safetensors"))
    assert json.loads((tmp_path / "head.json").read_text(encoding="utf-8"))["kind"] == kind
    for source in ("run", "head.safetensors"):
        _, model = finish(trained_model.load(tmp_path / source, which="last" if source == "run" else None))
        assert model.base.network.state_dict().keys() == before.keys()
