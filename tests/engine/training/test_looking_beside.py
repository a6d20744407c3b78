"""Looking (activations, predictions) in one thread leaves a run in another thread bit for bit the same."""

from __future__ import annotations

import random
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import LAST_BLOCK, SMALL, exact_results, load, recorded, run_spec

from studio.engine.augment.preview import preview
from studio.engine.device import random_state
from studio.engine.inspection import activations
from studio.engine.network import features
from studio.engine.predict import predict
from studio.engine.predict.looks import Looks
from studio.engine.predict.run_network import RunNetwork
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.engine.training.run_files import checkpoints
from studio.events import Checkpoint, Event
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, HeadSpec, RunSpec
from studio.spec.structs import replace

OTHER = BackboneSpec("mobilenetv3_small_050", "none", 32)


def settings() -> dict[str, Any]:
    """The state of the process that affects what a run computes."""
    return {
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "autocast": torch.is_autocast_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "denormals": float(torch.tensor(1e-39) * 1),
        "filters": list(warnings.filters),
    }


def looks(photos: Path, run: Path, spec: RunSpec) -> Iterator[Event]:
    """Compute activations and predictions once, each with a network of its own."""
    photo = str(photos / "warm" / "03.jpg")
    looks = Looks()
    network = looks.network
    if (run / "head.safetensors").exists():
        yield from predict.predict(run, [photo], "cpu")
        yield from looks.heatmap(str(run), photo, "cold", "blocks.3", which="last")
        yield from looks.output(SMALL, "conv_head", photo, run=str(run), weights="both")
        yield from looks.drift(SMALL, str(run), photo)
    yield from looks.output(SMALL, "blocks.3", photo)
    yield from activations.outputs(RunNetwork(), OTHER, "conv_stem", photo)
    yield from preview(photo, network._loaded[1].preprocess, spec)  # type: ignore[index]


def trained(spec: RunSpec, run: Path, cache: Path) -> tuple[list[str], dict[str, Any]]:
    """Finish a run, and return a hash of each of its checkpoints."""
    hashes = []
    for event in recorded(spec, run, cache):
        if isinstance(event, Checkpoint):
            state = checkpoints.read(run)
            assert state is not None
            hashes.append(str(hash(tuple(tensor.numpy().tobytes() for tensor in state.tensors.values()))))
    return hashes, exact_results(run)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["dropout", "augmentation"])
def test_looking_during_a_run_leaves_it_bit_for_bit_the_same(photos, tmp_path, change):
    spec = run_spec(photos, LAST_BLOCK, epochs=6, batch_size=4, backbone_lr=1e-2, checkpoint_minutes=1e-9)
    spec = replace(spec, head=HeadSpec(kind="mlp", hidden=16, dropout=0.5))
    if change == "augmentation":
        spec = replace(spec, augment=AugmentSpec((AugmentStep("flip", 0.5), AugmentStep("colour", 1.0, 0.4))))
    alone = trained(spec, tmp_path / "alone", tmp_path / "cache")
    before, run, ended, looked, failed = settings(), tmp_path / "beside", threading.Event(), [0], []

    def look() -> None:
        try:
            while not ended.is_set():
                for _ in looks(photos, run, spec):
                    pass
                looked[0] += 1
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        beside = trained(spec, run, tmp_path / "cache")
    finally:
        ended.set()
        thread.join()
    assert not failed, failed
    assert looked[0] > 0
    assert beside == alone
    assert settings() == before


def test_building_and_running_a_network_leaves_the_settings_of_the_process(photos, tmp_path):
    spec = replace(run_spec(photos), augment=AugmentSpec((AugmentStep("flip", 0.5),)))
    torch.manual_seed(3)
    before, drawn, numbers = settings(), torch.get_rng_state(), np.random.get_state()[1].tolist()
    python = random.getstate()
    list(looks(photos, tmp_path / "none", spec))
    assert settings() == before
    assert torch.equal(torch.get_rng_state(), drawn)
    assert np.random.get_state()[1].tolist() == numbers
    assert random.getstate() == python


def test_building_a_network_waits_for_steps_and_uses_its_own_seed():
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    built = []
    with random_state.exclusive():
        first = torch.rand(2)
        thread = threading.Thread(target=lambda: built.append(load(seed=7)))
        thread.start()
        thread.join(0.1)
        assert not built, "the other thread waits until the step has ended"
        second = torch.rand(2)
    thread.join()
    assert torch.equal(torch.cat([first, second]), expected)
    again = load(seed=7).network.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in built[0].network.state_dict().items())
    assert not torch.equal(again["conv_stem.weight"], load(seed=8).network.state_dict()["conv_stem.weight"])


def test_warnings_are_enabled_again_after_the_last_thread_built_its_network():
    before = list(warnings.filters)
    first, second = features.quiet(), features.quiet()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert list(warnings.filters) != before
    second.__exit__(None, None, None)
    assert list(warnings.filters) == before


def test_random_numbers_of_other_jobs_do_not_change_a_run(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = run_spec(photos, epochs=1, batch_size=8)
    spec = replace(spec, head=HeadSpec(kind="mlp", hidden=8, dropout=0.5))
    list(recorded(spec, tmp_path / "alone", tmp_path / "cache"))
    expect = OptimizerStep._expect

    def disturbed(self: Any, *rest: Any) -> None:
        torch.manual_seed(7)  # between the seed of a step and its pass
        expect(self, *rest)

    monkeypatch.setattr(OptimizerStep, "_expect", disturbed)
    list(recorded(spec, tmp_path / "beside", tmp_path / "cache"))
    assert exact_results(tmp_path / "beside") == exact_results(tmp_path / "alone")
