"""States of the window, built by hand for tests of pages: a small network, a data set, a finished run."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
from epochs import class_epoch
from PIL import Image

from studio.events import (
    ClassScore,
    Dataset,
    Epoch,
    Failed,
    FeaturesComputed,
    Figure,
    Layer,
    LayerChange,
    LayersChanged,
    LayerTable,
    MetricValue,
    Photo,
    PredictedProbabilities,
    Report,
    RunStarted,
    Stage,
    Step,
    TrainingFinished,
)
from studio.session.state import AppState, FailureSource, JobState, RunState
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec
from studio.spec.structs import replace

BACKBONE = "resnet18"


def small_table() -> LayerTable:
    """A stem, two stages of two blocks and a pool; 8 features."""
    rows = [("stem", "Conv2d", True, (3, 32, 32), (4, 16, 16), 108)]
    for stage, width, side in ((1, 4, 16), (2, 8, 8)):
        below = []
        for block in range(2):
            weights = 100 * width * (block + 1)
            path = f"layer{stage}.{block}"
            below.append((path, "BasicBlock", False, (4, 16, 16), (width, side, side), weights))
            below.append((f"{path}.conv", "Conv2d", True, (4, 16, 16), (width, side, side), weights - 2 * width))
            below.append((f"{path}.bn", "BatchNorm2d", True, (width, side, side), (width, side, side), 2 * width))
        total = sum(row[5] for row in below if row[2])
        rows.append((f"layer{stage}", "Sequential", False, (4, 16, 16), (width, side, side), total))
        rows += below
    rows.append(("pool", "AdaptiveAvgPool2d", True, (8, 8, 8), (8,), 0))
    layers = tuple(
        Layer(path, kind, path.count("."), leaf, input_shape, output_shape, size, order)
        for order, (path, kind, leaf, input_shape, output_shape, size) in enumerate(rows)
    )
    total = sum(layer.parameters for layer in layers if layer.leaf)
    return LayerTable(BACKBONE, (32, 32), layers, 8, "fc", total)


def on_disk(data: Dataset) -> Dataset:
    """Write a file for each photo of the data set; returns the data set."""
    for photo in data.photos:
        file = Path(data.folder, photo.path)
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (24, 16), (200, 90, 40)).save(file)
    return data


def dataset(folder: str = "/photos", classes: tuple[str, ...] = ("ants", "bees"), each: int = 10) -> Dataset:
    """`each` photos per class, every second one for validation."""
    photos = [
        Photo(f"{name}/{number:04d}.jpg", label, "val" if number % 2 else "train")
        for label, name in enumerate(classes)
        for number in range(each)
    ]
    return Dataset(folder, classes, tuple(photos), checked=True)


def spec(folder: str = "/photos", freeze: FreezePlan | None = None, **train: object) -> RunSpec:
    """Settings for `small_table`."""
    settings = replace(TrainSpec(), **train)  # type: ignore[arg-type]
    return RunSpec(DatasetSpec(folder), BackboneSpec(BACKBONE), freeze or FreezePlan(), train=settings)


def state(freeze: FreezePlan | None = None, **train: object) -> AppState:
    """A state with an open folder and a loaded network, before any training."""
    chosen = spec(freeze=freeze, **train)
    return AppState(chosen, dataset(), small_table(), chosen.backbone, engine_ready=True)


def epochs(number: int) -> tuple[Epoch, ...]:
    """Epochs with falling losses and rising accuracies."""
    return tuple(
        class_epoch(place, 0.7 * 0.9**place, 1 - 0.4 * 0.9**place, 0.72 * 0.92**place, 1 - 0.42 * 0.92**place, 0.02)
        for place in range(1, number + 1)
    )


def steps(number: int) -> tuple[Step, ...]:
    """Four steps per epoch."""
    return tuple(Step(place / 4, 0.7 * 0.9 ** (place / 4)) for place in range(1, number * 4 + 1))


def predicted(data: Dataset, wrong: dict[int, float] | None = None, epoch: int = 3) -> PredictedProbabilities:
    """Predictions of every validation photo, correct with probability 0.9 except `wrong`: position → confidence.

    A wrong prediction is the next class.
    """
    places = [place for place, photo in enumerate(data.photos) if photo.split == "val"]
    number = len(data.classes)
    rows = np.full((len(places), number), 0.1 / max(1, number - 1), np.float32)
    for row, place in enumerate(places):
        label, confidence = data.photos[place].label, 0.9
        if wrong and row in wrong:
            label, confidence = (label + 1) % number, wrong[row]
            rows[row] = (1 - confidence) / max(1, number - 1)
        rows[row, label] = confidence
    return PredictedProbabilities(epoch, np.asarray(places, np.int64), rows)


def report(data: Dataset, predictions: PredictedProbabilities, verdict: str = "Good") -> Report:
    """A report on predictions, with approximate intervals."""
    number = len(data.classes)
    confusion = np.zeros((number, number), np.int64)
    for place, row in zip(predictions.photos, predictions.probabilities, strict=True):
        confusion[data.photos[place].label, int(row.argmax())] += 1
    scores = []
    for label, name in enumerate(data.classes):
        images, right = int(confusion[label].sum()), int(confusion[label, label])
        recall, precision = right / max(1, images), right / max(1, int(confusion[:, label].sum()))
        f1 = 2 * recall * precision / max(1e-9, recall + precision)
        scores.append(
            ClassScore(name, images, precision, recall, f1, (max(0.0, recall - 0.1), min(1.0, recall + 0.05)))
        )
    accuracy = float(np.trace(confusion) / max(1, confusion.sum()))
    interval = (max(0.0, accuracy - 0.05), min(1.0, accuracy + 0.03))
    mean = float(np.mean([score.f1 for score in scores]))
    advice = "Both classes are found about equally well; train and validation agree within 2.3 points."
    figures = (
        Figure("accuracy", accuracy, interval),
        Figure("macro_f1", mean),
        Figure("loss", 0.187),
        Figure("calibration_error", 0.021),
    )
    return Report(len(predictions.photos), figures, verdict, advice, tuple(scores), confusion)


def run(
    settings: RunSpec | None = None,
    data: Dataset | None = None,
    number: int = 3,
    done: bool = True,
    wrong: dict[int, float] | None = None,
    changed: tuple[str, ...] = (),
) -> RunState:
    """A run over `number` epochs."""
    settings, data = settings or spec(), data or dataset()
    started = RunStarted("/runs/2026-01-01 run", settings, "cpu", "features", (8,), 18, 4000, ("stem",))
    predictions = predicted(data, wrong, number)
    trained = TrainingFinished(started.run, not changed, changed, {"extract": 4.1, "train": 0.3, "total": 5.0})
    return RunState(
        started,
        "done" if done else "running",
        data,
        FeaturesComputed(20, 0, 4.1),
        steps(number),
        epochs(number),
        predictions,
        MappingProxyType({"val": report(data, predictions)}),
        trained if done else None,
    )


def moved(
    far: dict[str, float | None] | None = None, frozen: set[str] | None = None, epoch: float = 3.0
) -> LayersChanged:
    """Changes of `small_table` by a run: `far` by layer, all other layers with parameters unchanged."""
    far = far or {}
    leaves = [layer.path for layer in small_table().layers if layer.leaf and layer.parameters]
    held = set(leaves) - set(far) if frozen is None else frozen
    return LayersChanged(
        epoch, tuple(LayerChange(path, path in held, path not in far, far.get(path, 0.0)) for path in leaves)
    )


def with_job(before: AppState, name: str, stage: str = "", title: str = "") -> AppState:
    """The state with a running job."""
    running = name == "train" and before.run is not None and before.run.status == "running"
    job = JobState(name, Stage(stage, title) if stage else None, run=before.shown if running else None)
    return replace(before, jobs=MappingProxyType({**before.jobs, name: job}))


def compared(before: AppState, accuracy: float) -> AppState:
    """The state with the shown run compared with another one, of one epoch with this accuracy."""
    plain = run(number=1)
    other = replace(
        plain,
        started=replace(plain.started, run="/runs/other"),
        epochs=(replace(plain.epochs[0], metrics=(MetricValue("accuracy", 0.9, accuracy),)),),
    )
    return replace(before.with_run(other), compared=other.id)


def with_fault(before: AppState, page: str, fault: Failed, job: str = "warm_up") -> AppState:
    """The state with a failure of a job shown on a page."""
    sources = MappingProxyType({page: FailureSource(job)})
    return replace(before, faults=MappingProxyType({page: fault}), fault_sources=sources)


def two_phases(number: int = 5, head: int = 3, best: int = 4) -> tuple[Epoch, ...]:
    """Epochs of head warm-up, then with thawed layers; the epoch `best` is the best one."""
    return tuple(
        replace(
            epoch,
            phase="head" if epoch.epoch <= head else "network",
            lr=1e-3 if epoch.epoch <= head else 3.4549e-4,
            backbone_lr=0.0 if epoch.epoch <= head else 3.4549e-6,
            best=epoch.epoch <= best,
            val_loss=epoch.val_loss if epoch.epoch <= best else 0.9,
        )
        for epoch in epochs(number)
    )
