"""One run from a folder to a trained head, read from top to bottom.

`train` yields everything that happens. It writes only the weights into the run's folder, after every epoch; the record
of the run is kept by whoever listens.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio import places, plan
from studio.data.pace import Pace
from studio.data.scan import listing
from studio.engine import artifacts, backbone, cut, devices, features, freezing
from studio.engine.backbone import Backbone, normalised
from studio.engine.cache import Rows
from studio.engine.features import Cut
from studio.engine.freezing import Freezer
from studio.engine.head import Head, statistics
from studio.engine.interruption import interruptible
from studio.evaluate import metrics
from studio.events import (
    Dataset,
    DatasetFound,
    Epoch,
    Event,
    Events,
    Judged,
    Predicted,
    Progress,
    RunStarted,
    Stage,
    Step,
    Trained,
    Warned,
)
from studio.spec import Fault, RunSpec, TrainSpec
from studio.spec_check import check
from studio.workbench.jobs import Interrupted, Stop, never


def train(
    spec: RunSpec, run: Path, stop: Stop = never, cache: Path | None = None, began: float | None = None
) -> Events:
    """Train a head, and what of the backbone is thawed.

    Args:
        spec: Everything asked for.
        run: Folder the weights are written to; made when the first epoch ends.
        stop: Asked inside long steps; the generator may also be closed at any yield.
        cache: Folder of the feature cache; None for the user's.
        began: `time.perf_counter()` when the job began, where that was before this call; it was importing since.

    Raises:
        Fault: Something the user can put right.
    """
    clock = _Clock(began)
    check(spec)
    device = devices.find(spec.train.device)
    yield Stage("scan", "Listing photos")
    dataset = listing(spec.dataset)
    require_trainable(dataset)
    clock.lap("scan")

    base = yield from backbone.load(spec.backbone, stop, spec.train.seed)
    freezer = Freezer(base.network, base.table, plan.frozen_leaves(spec.freeze, base.table.layers))
    kept = yield from _cut(spec, base, freezer.frozen, len(dataset.photos), stop)
    before = freezing.fingerprints(base.network, freezer.frozen)
    base.network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    clock.lap("load")
    yield _started(spec, run, base, freezer, kept, device, len(dataset.classes))
    yield DatasetFound(_test_last(dataset))

    extraction = yield from features.extract(base, _for_training(dataset), kept, device, stop, cache)
    tests = tuple(photo for photo in dataset.photos if photo.split == "test")
    dataset = extraction.dataset
    yield DatasetFound(
        replace(dataset, photos=dataset.photos + tests)
    )  # first, so that a run that cannot go on says which photos it lacks
    require_trainable(dataset)
    clock.lap("extract")

    learner = _Learner(spec, base, freezer, kept, dataset, extraction.rows, device, stop)
    yield Stage("train", "Training")
    pace = Pace("train", spec.train.epochs, "epochs")
    for epoch in range(1, spec.train.epochs + 1):
        finished = yield from learner.epoch(epoch, pace)
        artifacts.save(run, learner.head.folded(), base.network, freezer.thawed)
        yield finished  # after the weights: whoever stops here has the weights that the numbers are of
        yield Progress("train", epoch, spec.train.epochs, "epochs", *_rate(pace, epoch))
    clock.lap("train")

    after = freezing.fingerprints(base.network, freezer.frozen)
    changed = tuple(sorted(path for path in before if before[path] != after[path]))
    yield Trained(str(run), not changed, changed, clock.total())


def require_trainable(dataset: Dataset) -> None:
    """Raise the first problem of the data as a `Fault`."""
    if dataset.problems:
        raise Fault(dataset.problems[0].title, dataset.problems[0].hint)


def _cut(spec: RunSpec, base: Backbone, frozen: frozenset[str], photos: int, stop: Stop) -> Generator[Event, None, Cut]:
    """Where the part that is computed once ends."""
    if plan.is_all_frozen(spec.freeze, base.table):
        return "features"
    # What is kept may fill half of the cache, so that one run does not throw out what all others computed.
    limit = min(plan.BIGGEST_ROW, places.cache_limit() // (2 * photos))
    first = next(plan.cuts(base.table, frozen, limit), None)
    if first is None:
        return "pixels"
    yield Stage("cut", "Splitting the network")
    with interruptible(base.network, stop):
        found = cut.find(base.network, base.table, frozen, base.info.input_size[0], limit)
    if found is None or found.layer != first.layer:
        where = f"behind {found.layer}" if found else "before its first layer"
        yield Warned(
            f"“{base.info.name}” cannot be split behind {first.layer}, so it is split {where}.",
            "The result is the same; an epoch takes longer.",
        )
    return found or "pixels"


class _Clock:
    """Seconds per stage."""

    def __init__(self, began: float | None) -> None:
        now = time.perf_counter()
        self._began, self._last = began or now, now
        self._laps: dict[str, float] = {"import": round(now - self._began, 4)}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(now - self._last, 4)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self._laps, "total": round(time.perf_counter() - self._began, 4)}


def _for_training(dataset: Dataset) -> Dataset:
    """Without the test photos: nothing is learned from them or chosen by them."""
    return replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split != "test"))


def _test_last(dataset: Dataset) -> Dataset:
    """With the test photos behind the others, so that a position means the same photo with and without them."""
    return replace(dataset, photos=tuple(sorted(dataset.photos, key=lambda photo: photo.split == "test")))


def _started(
    spec: RunSpec, run: Path, base: Backbone, freezer: Freezer, kept: Cut, device: torch.device, classes: int
) -> RunStarted:
    head = base.table.features * classes + classes
    return RunStarted(
        run=str(run),
        spec=spec,
        device=str(device),
        cut=features.name_of(kept),
        feature_shape=(3, *base.preprocess.size) if kept == "pixels" else features.row_shape(base, kept),
        trainable_parameters=head + sum(parameter.numel() for parameter in freezer.trainable()),
        total_parameters=head + base.table.parameters,
        frozen_layers=tuple(sorted(freezer.frozen)),
        weights_hash=base.fingerprint,
        preprocess=base.preprocess,
    )


@dataclass
class _Sums:
    """Loss and hits of some batches, kept on the device: reading them waits for it."""

    loss: Tensor
    hits: Tensor
    seen: int = 0

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        self.loss += loss.detach() * len(labels)
        self.hits += (scores.detach().argmax(1) == labels).sum()
        self.seen += len(labels)

    def means(self) -> tuple[float, float]:
        """Mean loss, share right."""
        return float(self.loss) / self.seen, float(self.hits) / self.seen


class _Learner:
    """Head, optimizer and data of one run; `epoch` passes over them once."""

    def __init__(
        self,
        spec: RunSpec,
        base: Backbone,
        freezer: Freezer,
        kept: Cut,
        dataset: Dataset,
        rows: Rows,
        device: torch.device,
        stop: Stop,
    ) -> None:
        self._spec, self._base, self._freezer, self._cut = spec.train, base, freezer, kept
        self._dataset, self._rows, self._device, self._stop = dataset, rows, device, stop
        split = np.array([photo.split for photo in dataset.photos])
        self._train, self._val = np.flatnonzero(split == "train"), np.flatnonzero(split == "val")
        self._labels = np.array([photo.label for photo in dataset.photos], dtype=np.int64)
        self._shuffle = np.random.default_rng(spec.train.seed)
        scaling = statistics(rows, self._train) if kept == "features" and spec.head.standardize else (None, None)
        # After freezing, so that a new layer can never be frozen by mistake.
        self.head = Head(base.table.features, len(dataset.classes), spec.train.seed, *scaling).to(device)
        self._optimizer = _optimizer(spec.train, self.head, freezer.trainable())
        torch.manual_seed(spec.train.seed)  # dropout of thawed layers

    def epoch(self, number: int, pace: Pace) -> Generator[Event, None, Epoch]:
        """Train once over the photos, then predict and judge the validation photos.

        Raises:
            Fault: The weights are no longer numbers.
        """
        began = time.perf_counter()
        sums = self._sums()
        batches = _batches(self._shuffle.permutation(self._train), self._spec.batch_size)
        reported_loss, reported_seen = 0.0, 0
        self._freezer.train()
        for index, batch in enumerate(batches):
            self._step(batch, sums)
            if (told := pace.at(number - 1 + sums.seen / (len(self._train) + len(self._val)))) is not None:
                yield told
                loss = float(sums.loss)
                mean = (loss - reported_loss) / max(1, sums.seen - reported_seen)
                reported_loss, reported_seen = loss, sums.seen
                yield Step(number - 1 + (index + 1) / len(batches), mean)
        train_loss, train_accuracy = sums.means()
        self._require_number(number, train_loss)
        val_loss, val_accuracy, probabilities = yield from self._predict(number, pace)
        self._require_number(number, val_loss)
        seconds = time.perf_counter() - began
        yield Predicted(number, self._val, probabilities)
        yield Judged(
            number,
            metrics.report(self._labels[self._val], probabilities, self._dataset.classes, train_accuracy),
        )
        return Epoch(number, train_loss, train_accuracy, val_loss, val_accuracy, seconds)

    def _require_number(self, number: int, loss: float) -> None:
        if not math.isfinite(loss):
            kept = " The state after the last good epoch was kept." if number > 1 else ""
            raise Fault(
                f"The loss is no longer a number in epoch {number}: training ran away.",
                f"Use lower rates, for instance a tenth ({self._spec.lr / 10:g} for the head).{kept}",
            )

    def _step(self, batch: NDArray[np.int64], sums: _Sums) -> None:
        if self._stop():
            raise Interrupted
        labels = torch.from_numpy(self._labels[batch]).to(self._device)
        with interruptible(self._base.network, never if self._cut == "features" else self._stop):
            scores = self.head(self._thawed_features(batch))
            loss = nn.functional.cross_entropy(scores, labels)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self._optimizer.step()
        sums.add(loss, scores, labels)

    def _thawed_features(self, batch: NDArray[np.int64]) -> Tensor:
        try:
            return self._features(batch)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            raise Fault(
                f"A thawed BatchNorm layer cannot learn from {len(batch)} photo at a time.",
                "Ask for a batch size of at least 2, or freeze the BatchNorm layers.",
            ) from error

    def _predict(self, number: int, pace: Pace) -> Generator[Event, None, tuple[float, float, NDArray[np.float32]]]:
        """Loss, accuracy and probabilities on the validation photos."""
        self._base.network.eval()
        sums = self._sums()
        parts: list[NDArray[np.float32]] = []
        size = 1024 if self._cut == "features" else features.batch_size(self._base, self._device)
        for batch in np.array_split(self._val, math.ceil(len(self._val) / size)):
            parts.append(self._judge(batch, sums))
            # Training and validation share the epoch's bar by the photos they pass through the network.
            share = (len(self._train) + sums.seen) / (len(self._train) + len(self._val))
            if (told := pace.at(number - 1 + share)) is not None:
                yield told
        loss, accuracy = sums.means()
        return loss, accuracy, np.concatenate(parts)

    def _judge(self, batch: NDArray[np.int64], sums: _Sums) -> NDArray[np.float32]:
        if self._stop():
            raise Interrupted
        labels = torch.from_numpy(self._labels[batch]).to(self._device)
        with torch.no_grad(), interruptible(self._base.network, never if self._cut == "features" else self._stop):
            scores = self.head(self._features(batch))
            sums.add(nn.functional.cross_entropy(scores, labels), scores, labels)
            probabilities: NDArray[np.float32] = scores.softmax(1).cpu().numpy()
        return probabilities

    def _features(self, batch: NDArray[np.int64]) -> Tensor:
        rows = self._rows.take(batch)
        if self._cut != "pixels":
            kept = torch.from_numpy(rows).to(self._device)
            if self._cut == "features":
                return kept
            return cut.suffix(
                self._base.network, self._cut, kept, self._base.preprocess.size, self._base.info.input_size[0]
            )
        return self._base.features(normalised(rows.astype(np.uint8, copy=False), self._base.preprocess, self._device))

    def _sums(self) -> _Sums:
        return _Sums(torch.zeros((), device=self._device), torch.zeros((), device=self._device))


def _optimizer(spec: TrainSpec, head: Head, thawed: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Only what trains, in two groups: the head, and the thawed backbone with its own lower rate."""
    groups = [{"params": list(head.linear.parameters()), "lr": spec.lr}]
    if thawed:
        groups.append({"params": thawed, "lr": spec.backbone_lr})
    if spec.optimizer == "sgd":
        return torch.optim.SGD(groups, momentum=0.9, weight_decay=spec.weight_decay)
    kind = torch.optim.AdamW if spec.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, weight_decay=spec.weight_decay)


def _batches(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Slices of the order; a last photo left alone joins the batch before it, because BatchNorm cannot train on one."""
    starts = list(range(0, len(order), size))
    if len(starts) > 1 and size > 1 and len(order) - starts[-1] == 1:
        starts.pop()
    return [order[start:end] for start, end in zip(starts, [*starts[1:], len(order)], strict=True)]


def _rate(pace: Pace, done: int) -> tuple[float, float | None]:
    told = pace.end(done)
    return told.rate, told.seconds_left
