"""The count of a step's memory, against real steps and the tensors themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import load

from studio.engine.advice import step_memory, step_meter
from studio.engine.advice.step_memory import StepModel
from studio.engine.network.freezing import Freezer
from studio.engine.training.head import Head
from studio.engine.training.optimization import optimizers
from studio.events import StepMemory
from studio.planning.freezing import frozen_leaves
from studio.spec import FreezePlan, HeadSpec, TrainSpec
from studio.system import lazy_compiler

pytestmark = pytest.mark.slow  # fake tensors take seconds to import

CPU = torch.device("cpu")
LAST = FreezePlan(thaw=("blocks.6",))
NOTHING_FROZEN = FreezePlan(base="none")


class Task:
    """Two classes."""

    targets = torch.zeros(1, dtype=torch.long)

    def losses(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(scores, targets, reduction="none")


def model(plan: FreezePlan, optimizer: str = "adamw", cut: Any = "pixels", dtype: torch.dtype = torch.float32):
    base = load()
    freezer = Freezer(base.network, base.table, frozen_leaves(plan, base.table.layers))
    freezer.train()
    head = Head(base.table.features, 2, HeadSpec(), seed=1)
    task: Any = Task()
    return StepModel(base, head, task, cut, optimizer, CPU, dtype), freezer


def bytes_of(tensors: Any) -> int:
    return sum(one.numel() * one.element_size() for one in tensors)


@lazy_compiler.placeholder()
def measured(of: StepModel, freezer: Freezer, batch: int) -> tuple[int, int]:
    """Most memory of real steps, and the bytes that the optimizer keeps."""
    updates = optimizers.optimizer(TrainSpec(optimizer=of.optimizer), of.head, freezer, of.base.table)

    def step() -> None:
        updates.zero_grad(set_to_none=True)
        pixels = torch.zeros((batch, *of.base.preprocess.size, 3), dtype=torch.uint8)
        scores = of.head(step_memory._features(of.base, "pixels", pixels))
        of.task.losses(scores, torch.zeros(batch, dtype=torch.long)).sum().backward()
        updates.step()

    step()
    averages = [
        one for state in updates.state.values() for one in state.values() if isinstance(one, torch.Tensor) and one.ndim
    ]
    updates.zero_grad(set_to_none=True)
    existing = [*averages, *of.head.parameters(), *of.head.buffers()]
    existing += [*of.base.network.parameters(), *of.base.network.buffers()]
    with step_meter.measuring(CPU, existing) as meter:
        step()
    return meter.tensors, bytes_of(averages)


@pytest.mark.parametrize(("plan", "optimizer"), [(NOTHING_FROZEN, "adamw"), (LAST, "sgd")])
def test_the_counted_memory_equals_that_of_real_steps(plan, optimizer):
    of, freezer = model(plan, optimizer)
    memory = step_memory.count(of, 16)
    most, averages = measured(of, freezer, 16)
    assert memory.total == pytest.approx(most, rel=0.15)
    assert memory.optimizer == pytest.approx(averages, rel=0.01)
    assert memory.gradients == bytes_of([*freezer.trainable().values(), *of.head.parameters()])
    network = of.base.network
    tensors = [*network.parameters(), *network.buffers(), *of.head.parameters(), *of.head.buffers()]
    assert memory.weights == bytes_of(tensors)


def test_frozen_layers_need_no_activations_and_each_photo_adds_the_same():
    whole, last = model(NOTHING_FROZEN)[0], model(LAST)[0]
    sizes = [step_memory.count(whole, batch).activations for batch in (8, 16, 24)]
    assert sizes[2] - sizes[1] == pytest.approx(sizes[1] - sizes[0], rel=0.01)
    assert step_memory.count(last, 16).activations < 0.6 * sizes[1]


def test_rows_of_features_need_only_those_of_the_head():
    of, _ = model(FreezePlan(), cut="features")
    memory = step_memory.count(of, 16)
    head = bytes_of(of.head.parameters())
    assert memory == StepMemory(memory.weights, head, 2 * head, memory.activations)
    assert memory.activations < 16 * 40 * of.base.table.features


def test_half_precision_needs_less():
    half, whole = model(NOTHING_FROZEN, dtype=torch.bfloat16)[0], model(NOTHING_FROZEN)[0]
    assert step_memory.count(half, 16).activations < 0.95 * step_memory.count(whole, 16).activations


def test_counting_does_not_change_the_network():
    of, freezer = model(NOTHING_FROZEN)
    before = {name: value.clone() for name, value in of.base.network.state_dict().items()}
    step_memory.count(of, 4)
    after = of.base.network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(value.grad is None and value.device == CPU for value in freezer.trainable().values())
