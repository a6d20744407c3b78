"""Forecast of a run's memory and time, from a few of its photos and a few steps.

Memory is counted without computing anything (`step_memory`). Times grow linearly with the number of photos, so short
measurements suffice: the rows of some photos, and steps of two small batches, or of the whole one if it is short.
Nothing is written except temporary files, and the run itself is not started.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engine.advice import step_meter
from studio.engine.advice.advising_run import advise
from studio.engine.advice.step_memory import StepModel, count
from studio.engine.advice.step_trainer import StepTrainer
from studio.engine.device import memory, precision
from studio.engine.extraction import extract
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.extraction.runtime import Runtime
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.run_files.weight_files import BEST
from studio.engine.training.run_inputs import without_test
from studio.engine.training.training_run import TrainingRun
from studio.events import Dataset, Event, Events, Forecast, MeasuredStep, Stage, ValueRanges
from studio.jobs.protocol import Stop, never
from studio.planning.cuts import Cut
from studio.planning.forecasts import LARGEST_SHARE, batches_of_epoch, largest_that_fits, line, most_photos
from studio.spec import RunSpec, UserError
from studio.system.files import output_file

SAMPLE = 32
"""Photos that are read."""

BLOCK = 16
"""Photos per batch when the speed of the frozen layers is measured."""

STEPS = 3
"""Least number of timed steps; the shortest time counts, because other programs can only slow a step down."""

MOST_STEPS = 30
"""Largest number of timed steps, for steps so short that all of `STEPS` may be disturbed."""

FULL_BATCH_SECONDS = 1.0
"""Estimated time of a step up to which steps with the whole batch are timed, too: the time of a small network grows
faster than its batch, whose activations no longer fit into the processor's cache."""

TIMED_SECONDS = 0.1
"""Time for which steps are timed at least, up to `MOST_STEPS`."""


def find(spec: RunSpec, measure: bool = False, stop: Stop = never) -> Events:
    """Forecast a run with this spec; yields the `Forecast` last.

    Args:
        spec: All settings of the run.
        measure: Also take real steps with the whole batch, and report their time and memory.
        stop: Checked inside long steps.

    Raises:
        UserError: Settings, photos or weights cannot be used, or memory ran out.
    """
    yield from advise(lambda folder: _Forecaster(spec, measure, folder, stop))


class _Forecaster(TrainingRun):
    """A run that measures a few photos and steps in place of training."""

    def __init__(self, spec: RunSpec, measure: bool, folder: Path, stop: Stop) -> None:
        super().__init__(spec, folder, stop, folder, None, ValueRanges(spec.dataset.value_range))
        self._measure = measure

    def _train_phases(self, dataset: Dataset, network_point: CutPoint, state: State | None) -> Events:  # noqa: ARG002  # a forecast is not resumed
        dataset = without_test(dataset)
        training = sum(photo.split == "train" for photo in dataset.photos)
        sample = _sample(dataset, SAMPLE)
        yield Stage("forecast", "Measuring the first pass")
        first_pass = yield from self._first_pass(sample, network_point, len(dataset.photos), training)
        extraction = yield from self._inputs.extract(sample, network_point)
        _require_photos(extraction.dataset, len(sample.photos))
        trainer = StepTrainer(
            self._spec, self._base, self._freezer, extraction.dataset, "", self._run, self._device, self._stop
        )
        trainer.enter((yield from self._inputs.phase("network", 1, 1, network_point, extraction)))
        rows = training * (1 + self._spec.augment.views)
        cached = len(dataset.photos) - training + rows
        batch = min(self._spec.train.batch_size, rows)
        model = StepModel(
            self._base,
            trainer.head,
            trainer.task,
            network_point,
            self._spec.train.optimizer,
            self._device,
            precision.training_dtype(self._spec.train.precision, self._device),
            tuple(self._freezer.adapters.parameters().values()) if self._freezer.adapters is not None else (),
        )
        self._freezer.train()  # extraction has set the network to eval mode
        trainer.head.train()
        needed = count(model, batch)
        available = memory.available(self._device)
        room = available * LARGEST_SHARE
        other = batch // 2 if batch > 3 else 2 * batch  # not a batch of 1, which BatchNorm may reject
        per_row = (needed.total - count(model, other).total) / (batch - other)
        largest = most_photos(needed.total, batch, per_row, room, rows)
        if largest > batch:  # for few photos memory is not linear: the optimizer's, which is constant, may be the most
            largest = largest_that_fits(lambda photos: count(model, photos).total, batch, largest, room)
        yield Stage("forecast", "Measuring steps")
        small, large = max(2, batch // 4), max(3, batch // 2)
        first, second = (yield from self._seconds(trainer, small)), (yield from self._seconds(trainer, large))
        step = few = line((small, first), (large, second))
        if large < batch and step(batch) < FULL_BATCH_SECONDS and needed.total <= room:
            step = line((large, second), (batch, (yield from self._seconds(trainer, batch))))
        judged = line(
            (small, self._least(lambda: trainer.predict_photos(small))),
            (large, self._least(lambda: trainer.predict_photos(large))),
        )
        writing, proving = self._after_epochs(trainer)
        validation = len(dataset.photos) - training
        *whole, last = batches_of_epoch(rows, batch)  # the last one is often smaller, and takes less time
        epoch = len(whole) * step(batch) + (few if last < large else step)(last)
        epoch += judged(validation) if validation else 0.0
        result = Forecast(
            memory=needed,
            batch=batch,
            largest_batch=largest,
            available_bytes=available,
            photos=len(dataset.photos),
            cache_bytes=sum(cached * self._row_bytes(point) for point in self._points(network_point)),
            first_pass_seconds=first_pass,
            step_seconds=step(batch),
            epoch_seconds=epoch,
            trainable=sum(one.numel() for one in (*self._freezer.trainable().values(), *trainer.head.parameters())),
            device=str(self._device),
            precision=precision.dtype_name(model.dtype),
            writing_seconds=writing,
            proof_seconds=proving,
        )
        if self._measure:
            yield Stage("forecast", "Taking real steps")
            result = replace(result, measured=(yield from self._real_steps(trainer, batch)))
        yield result

    def _after_epochs(self, trainer: StepTrainer) -> tuple[float, float]:
        """Seconds to write checkpoint and weights after an epoch that is the best so far, and of the proof at the end.

        Raises:
            UserError: The folder of temporary files has no room for them.
        """
        start = time.perf_counter()
        try:
            trainer.save()
            self._save(self._run / BEST, trainer)
            self._save(self._run, trainer)
        except OSError as error:
            raise output_file.unwritable(self._run, error) from error
        written = time.perf_counter()
        self._layers_changed(0)
        return written - start, time.perf_counter() - written

    def _points(self, network_point: CutPoint) -> list[CutPoint]:
        """Cuts whose rows are cached: for the head warm-up, for the network phase, and the photos to augment anew."""
        first: list[CutPoint] = ["features"] if self._spec.train.head_epochs else []
        last: list[CutPoint] = ["pixels"] if self._spec.augment.random else []
        return list(dict.fromkeys([*first, network_point, *last]))

    def _first_pass(
        self, sample: Dataset, network_point: CutPoint, photos: int, training: int
    ) -> Generator[Event, None, float]:
        """Estimate the seconds to compute all rows: for each cut compiling, then reading and computing."""
        start = time.perf_counter()
        pixels = yield from self._inputs.extract(sample, "pixels")
        reading = (time.perf_counter() - start) / len(sample.photos)
        _require_photos(pixels.dataset, len(sample.photos))
        views = self._spec.augment.views
        reads = photos + (training if views else 0)  # views are made of photos that are read again
        seconds = 0.0
        for point in self._points(network_point):
            compiling, computing = (0.0, 0.0) if point == "pixels" else self._computing(point, pixels)
            work = reads * reading, (photos + training * views) * computing
            # On a CPU, the threads that read photos share the cores with the network; a GPU computes while they read.
            seconds += compiling + (sum(work) if self._device.type == "cpu" else max(work))
        return seconds

    def _computing(self, point: CutPoint, pixels: Extraction) -> tuple[float, float]:
        """Seconds to compile the layers before a cut, and to compute them for a photo."""
        start = time.perf_counter()
        dtype = precision.frozen_dtype(self._spec.train.precision, self._device)
        runtime = extract.make_runtime(self._base, point, self._device, self._stop, dtype)
        with contextlib.closing(runtime):
            compiling = time.perf_counter() - start
            block = np.require(pixels.rows.take(np.arange(min(BLOCK, len(pixels.rows)))), requirements="W")
            computing = self._least(lambda: _compute(runtime, block, self._device)) / len(block)
        return compiling, computing

    @staticmethod
    def _least(work: Callable[[], object]) -> float:
        """Shortest time of `work` in seconds, after a warm-up call that is not counted."""
        times: list[float] = []
        while not _are_enough(times):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times[1:])

    def _seconds(self, trainer: StepTrainer, photos: int) -> Generator[Event, None, float]:
        """Shortest time of a step with `photos` photos in seconds, after a warm-up step that is not counted."""
        times: list[float] = []
        while not _are_enough(times):
            start = time.perf_counter()
            yield from trainer.step_on(photos)
            times.append(time.perf_counter() - start)
        return min(times[1:])

    def _real_steps(self, trainer: StepTrainer, batch: int) -> Generator[Event, None, MeasuredStep]:
        seconds = yield from self._seconds(trainer, batch)
        with step_meter.measuring(self._device, trainer.tensors()) as meter:
            yield from trainer.step_on(batch)
        return MeasuredStep(seconds, meter.tensors)

    def _row_bytes(self, point: CutPoint) -> int:
        height, width = self._base.preprocess.size
        if isinstance(point, Cut):
            return point.row_bytes
        return 4 * self._base.table.features if point == "features" else 3 * height * width


def _are_enough(times: list[float]) -> bool:
    """Whether these times suffice; the first is that of the warm-up."""
    timed = times[1:]
    return len(timed) >= STEPS and (sum(timed) >= TIMED_SECONDS or len(timed) >= MOST_STEPS)


def _require_photos(dataset: Dataset, tried: int) -> None:
    """Raise `UserError` if a sample has no readable training photos; `tried` is its number of photos."""
    if not any(photo.split == "train" for photo in dataset.photos):
        raise UserError(
            f"None of the training photos can be read: {tried} photos were tried.",
            "“thaw scan” lists unreadable photos.",
            dataset.folder,
        )


def _compute(runtime: Runtime, pixels: NDArray[Any], device: torch.device) -> None:
    """Compute the rows of photos (N, H, W, 3), and wait for the device."""
    if isinstance(runtime, CudaRuntime):
        runtime.rows(torch.from_numpy(pixels).to(device)).cpu()
    else:
        extract.forward(runtime, pixels)


def _sample(dataset: Dataset, most: int) -> Dataset:
    """At most `most` photos, evenly spread over the classes: three quarters for training, the rest for validation."""
    chosen: list[int] = []
    for split, number in (("train", most - most // 4), ("val", most // 4)):
        places = [place for place, photo in enumerate(dataset.photos) if photo.split == split]
        places.sort(key=lambda place: dataset.photos[place].label)
        if places:
            steps = np.linspace(0, len(places) - 1, min(number, len(places))).round().astype(int)
            chosen += [places[step] for step in np.unique(steps)]
    return replace(dataset, photos=tuple(dataset.photos[place] for place in sorted(chosen)))
