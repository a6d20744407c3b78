"""Small networks and short runs that the tests of the engine share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tiny_network import TINY
from torch import nn

from studio.engine.backbones import backbone, builders
from studio.engine.backbones.backbone import Backbone
from studio.engine.network.freezing import Freezer
from studio.engine.training import run as training
from studio.engine.training.head import Head
from studio.engine.training.optimization import optimizers
from studio.engine.training.run_files import checkpoints
from studio.events import Event
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, RunSpec, TrainSpec
from studio.system import lazy_compiler

LITE0 = BackboneSpec(image_size=32)
"""The bundled backbone with its real weights, where they matter."""

SMALL = TINY
"""The backbone that most tests train: a third of the time of `LITE0`, and the same layer names."""

ALL_FROZEN = FreezePlan()
LAST_BLOCK = FreezePlan(thaw=("blocks.6",))


def finish(steps: Iterator[Event]) -> tuple[list[Event], Any]:
    """All events of a generator, and its return value."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def load(spec: BackboneSpec = SMALL, seed: int = 0, stop: Stop = never) -> Backbone:
    return finish(backbone.load(spec, stop, seed))[1]


def plain(name: str, size: int = 32) -> Backbone:
    """A network of any name with random weights."""
    return load(BackboneSpec(name, "none", size))


def on_meta(source: str, arch: str, size: int | None = None) -> tuple[torch.nn.Module, str]:
    with torch.device("meta"):
        return builders.build(source, arch, size)


def run_spec(folder: Path, freeze: FreezePlan = ALL_FROZEN, backbone: BackboneSpec = SMALL, **choices: Any) -> RunSpec:
    return RunSpec(
        DatasetSpec(str(folder), split_by="photo", split_near=False),
        backbone,
        freeze,
        train=TrainSpec(**{"epochs": 2, "device": "cpu", **choices}),
    )


def recorded(spec: RunSpec, run: Path, cache: Path, stop: Stop = never) -> Iterator[Event]:
    return runs.record_events(training.train(spec, run, stop, cache), run)


def trained(
    folder: Path, run: Path, freeze: FreezePlan = ALL_FROZEN, backbone: BackboneSpec = SMALL, **choices: Any
) -> list[Event]:
    """Events of a whole run; the feature cache is beside the photos."""
    return list(recorded(run_spec(folder, freeze, backbone, **choices), run, folder.parent / "cache"))


@lazy_compiler.placeholder()
def real_steps(base: Backbone, freezer: Freezer, steps: int = 3, optimizer: str = "adamw") -> None:
    """Training steps as in a run, with large learning rates, so that any change shows."""
    head = Head(base.table.features, 2, HeadSpec(), seed=1)
    spec = TrainSpec(lr=0.1, backbone_lr=0.1, weight_decay=0.5, optimizer=optimizer)
    updates = optimizers.optimizer(spec, head, freezer, base.table)
    for step in range(steps):
        freezer.train()
        torch.manual_seed(step)
        scores = head(base.features(torch.randn(4, 3, 32, 32)))
        nn.functional.cross_entropy(scores, torch.tensor([0, 1, 0, 1])).backward()
        updates.step()
        updates.zero_grad()


def record(run: Path) -> dict[str, Any]:
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def exact_results(run: Path) -> dict[str, Any]:
    """The results of a run that must be equal bit for bit, including the last checkpoint."""
    names = ("head.safetensors", "thawed.safetensors", "best/head.safetensors", "predictions.csv")
    content: dict[str, Any] = {name: (run / name).read_bytes() for name in names if (run / name).exists()}
    state = checkpoints.read(run)
    assert state is not None
    content |= {name: tensor.numpy().tobytes() for name, tensor in state.tensors.items()}
    content["epochs"] = [{**epoch, "seconds": 0} for epoch in record(run)["epochs"]]
    return content


def only(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]
