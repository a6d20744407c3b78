"""On a real GPU: equal features, unchanged frozen layers, and smaller batches when its memory runs out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import LAST_BLOCK, finish, only, plain, record, recorded, run_spec, trained

from studio.data.scan import listing
from studio.engine.device import devices, memory, precision, transfers
from studio.engine.extraction import extract
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.predict import predict
from studio.engine.training import run
from studio.events import (
    Checkpoint,
    Epoch,
    ImagePrediction,
    PredictedProbabilities,
    RunStarted,
    TrainingFinished,
    Warned,
)
from studio.jobs.protocol import never
from studio.runs import folder
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, TrainSpec
from studio.spec.structs import replace

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]
CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


def rows_on(device: torch.device, photos: Path, cache: Path, name: str, numbers: str) -> np.ndarray:
    base = plain(name, 64)
    devices.move_network(base.network, device)
    how = TrainSpec(precision=numbers)
    with devices.deterministic_mode(device, True, precision.frozen_dtype(numbers, device)):
        dataset = listing(DatasetSpec(str(photos)))
        _, found = finish(extract.extract(base, dataset, "features", device, never, cache, how))
    return found.rows.take(np.arange(len(dataset.photos)))


def apart(wanted: np.ndarray, given: np.ndarray) -> float:
    return float((np.linalg.norm(given - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max())


@pytest.mark.parametrize("name", ["resnet18", "vit_tiny_patch16_224", "convnext_atto"])
def test_features_are_those_of_a_cpu(photos: Path, tmp_path: Path, name: str) -> None:
    wanted = rows_on(CPU, photos, tmp_path, name, "float32")
    exact = rows_on(GPU, photos, tmp_path, name, "float32")
    np.testing.assert_allclose(exact, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())
    short = rows_on(GPU, photos, tmp_path, name, "bfloat16")
    assert short.dtype == np.float32
    assert 0 < apart(wanted, short) < 0.1
    assert len(list(tmp_path.glob("*/*.rows"))) == 3, "each kind of numbers has its own store"


def test_copies_overlap_and_nothing_is_mixed_up() -> None:
    base = plain("resnet10t", 64)
    devices.move_network(base.network, GPU)
    photos = np.random.default_rng(0).integers(0, 256, (300, *base.preprocess.size, 3), dtype=np.uint8)
    quick = CudaRuntime(base, lambda network, taken: extract.output_at("features", network, taken), GPU, size=16)
    rows = extract.forward(quick, photos)
    base.network.to(CPU)
    wanted = extract.forward(extract.make_runtime(base, "features", CPU), photos)
    assert apart(wanted, rows) < 1e-2
    assert isinstance(transfers.queue(GPU), transfers.Cuda)


def test_the_batch_is_halved_where_the_memory_of_the_gpu_runs_out() -> None:
    base = plain("resnet10t", 256)
    devices.move_network(base.network, GPU)
    photos = np.zeros((256, *base.preprocess.size, 3), np.uint8)
    notes: list[Warned] = []
    quick = CudaRuntime(
        base, lambda network, taken: extract.output_at("features", network, taken), GPU, size=256, tell=notes.append
    )
    held = torch.cuda.memory_allocated(GPU) + (192 << 20)
    torch.cuda.set_per_process_memory_fraction(held / torch.cuda.get_device_properties(GPU).total_memory, GPU)
    try:
        rows = extract.forward(quick, photos)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)
        memory.release()
    assert len(rows) == 256
    assert notes


@pytest.mark.parametrize("numbers", ["float32", "bfloat16", "float16"])
def test_a_thawed_block_learns_and_what_is_frozen_is_proved_unchanged(photos, tmp_path, numbers) -> None:
    events = trained(photos, tmp_path / "run", LAST_BLOCK, device="cuda", precision=numbers)
    assert only(events, TrainingFinished)[0].frozen_unchanged
    assert only(events, RunStarted)[0].precision == numbers
    assert only(events, Epoch)[-1].val("accuracy") > 0.5
    kept = record(tmp_path / "run")
    assert kept["device"] == "cuda:0"
    assert kept["differences"]


def test_with_deterministic_algorithms_two_runs_are_equal(photos, tmp_path) -> None:
    losses = [
        [epoch.train_loss for epoch in only(trained(photos, tmp_path / name, LAST_BLOCK, device="cuda"), Epoch)]
        for name in ("one", "two")
    ]
    assert losses[0] == losses[1]


def test_augmented_photos_are_computed_by_the_frozen_layers(photos, tmp_path) -> None:
    spec = replace(run_spec(photos, LAST_BLOCK, device="cuda"), augment=AugmentSpec((AugmentStep("flip"),)))
    events = list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert only(events, TrainingFinished)[0].frozen_unchanged


def test_a_stopped_run_is_resumed(photos, tmp_path) -> None:
    spec = run_spec(photos, LAST_BLOCK, device="cuda", batch_size=4, checkpoint_minutes=1e-9)
    whole = only(list(recorded(spec, tmp_path / "whole", tmp_path / "cache")), Epoch)
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    next(event for event in running if isinstance(event, Checkpoint))
    running.close()
    steps = run.resume(tmp_path / "run", cache=tmp_path / "cache")
    gone_on = only(list(folder.record_events(steps, tmp_path / "run", resumed=True)), Epoch)
    assert [epoch.val_loss for epoch in gone_on] == pytest.approx([epoch.val_loss for epoch in whole], rel=1e-3)


def test_a_prediction_has_the_probabilities_of_the_run(photos, tmp_path) -> None:
    seen = only(trained(photos, tmp_path / "run", device="cuda"), PredictedProbabilities)[-1]
    dataset = listing(DatasetSpec(str(photos)))
    paths = [str(photos / dataset.photos[place].path) for place in seen.photos]
    told = only(list(predict.predict(tmp_path / "run", paths, "cuda")), ImagePrediction)
    np.testing.assert_allclose([event.probabilities for event in told], seen.probabilities, rtol=0.02, atol=1e-3)
