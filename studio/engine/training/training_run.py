"""One run from a folder to a trained head: scan, load, cut, extract, train, prove.

Its files are written after every epoch, the checkpoint first.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from pathlib import Path

import torch

from studio.data.images.measuring import DataSetReading
from studio.data.scan import list_photos
from studio.engine.device import devices, precision
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.network.freeze_proof import FreezeProof
from studio.engine.network.freezing import Freezer
from studio.engine.training.head import Head
from studio.engine.training.run_files import checkpoints, weight_files
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.run_inputs import (
    RunInputs,
    load_backbone,
    require_trainable,
    with_test_last,
    without_test,
)
from studio.engine.training.stage_timer import StageTimer
from studio.engine.training.trainer import Trainer
from studio.evaluate import epoch_observations
from studio.events import (
    Dataset,
    DatasetScanned,
    Epoch,
    Event,
    Events,
    LayersChanged,
    Phase,
    Progress,
    RunStarted,
    Stage,
    TrainingFinished,
    ValueRanges,
    Warned,
)
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop
from studio.planning import freezing
from studio.spec import RunSpec
from studio.spec.structs import replace
from studio.spec.validation import check

PROOF_EVERY = 3.0
"""Seconds between two measurements of how far the layers moved."""


class TrainingRun:
    """One run under way; `events` reads from top to bottom.

    Args:
        spec: Everything asked for.
        run: Its folder.
        stop: Asked inside long steps.
        cache: Folder of the feature cache; None for the user's.
        began: `time.perf_counter()` when the job began; None for now.
        ranges: How photos of more than 8 bits are read, as far as it is known.
    """

    def __init__(
        self, spec: RunSpec, run: Path, stop: Stop, cache: Path | None, began: float | None, ranges: ValueRanges
    ) -> None:
        self._spec, self._run, self._stop, self._cache = spec, run, stop, cache
        self._ranges = ranges
        self._clock = StageTimer(began)
        self._looked = time.monotonic()
        self._opened = contextlib.ExitStack()
        check(spec)
        self._device = devices.find(spec.train.device)
        self._dtype = precision.of_frozen(spec.train.precision, self._device)

    def events(self, state: State | None) -> Events:
        """From the folder to the end, or from a checkpoint to the end."""
        spec, clock = self._spec, self._clock
        yield Stage("scan", "Listing photos")
        dataset = yield from list_photos(spec.dataset)
        if state is not None:  # first of all: what comes next writes the classes into the record
            weight_files.require_listed(self._run, without_test(dataset))
        require_trainable(dataset)
        self._reading = DataSetReading(dataset.folder, without_test(dataset).photos, self._ranges)
        clock.lap("scan")

        base = yield from load_backbone(spec, self._stop, self._cache, clock)
        self._base = base
        frozen = freezing.frozen_leaves(spec.freeze, base.table.layers)
        self._freezer = Freezer(base.network, base.table, frozen, spec.freeze.batch_norm)
        self._inputs = RunInputs(
            spec, base, self._reading, self._device, self._dtype, self._stop, self._cache, self._opened
        )
        kept = yield from self._inputs.cut(len(dataset.photos))
        self._proof = FreezeProof(base.network, self._freezer, base.table)
        if state is not None:
            checkpoints.restore_network(base.network, state)
        devices.put(base.network, self._device)
        clock.lap("load")
        yield self._started(kept, dataset, state)
        yield DatasetScanned(with_test_last(dataset))

        with self._opened:
            self._met = self._opened.enter_context(
                devices.deterministic_mode(self._device, spec.train.deterministic, self._dtype)
            )
            try:
                yield from self._learned(dataset, kept, state)
            finally:
                checkpoints.settle(self._run)

    def _learned(self, dataset: Dataset, kept: CutPoint, state: State | None) -> Events:
        """Both phases, each on the rows of its own cut."""
        tests = tuple(photo for photo in dataset.photos if photo.split == "test")
        dataset = without_test(dataset)
        done = len(state.epochs) if state else 0
        trainer: Trainer | None = None
        for phase, first, epochs in self._phases():
            if phase == "head" and done >= epochs:
                continue
            of = "features" if phase == "head" else kept
            extraction = yield from self._inputs.extract(dataset, of)
            if trainer is None:
                # First of all, so that a run that cannot go on says which photos it lacks.
                dataset = extraction.dataset
                yield DatasetScanned(replace(dataset, photos=dataset.photos + tests))
                require_trainable(dataset)
                trainer = self._learner(dataset, extraction, state)
                yield from self._replay_past_epochs(trainer, state)
            trainer.enter((yield from self._inputs.phase(phase, first, epochs, of, extraction)))
            if state is not None and (done >= first or state.batch):
                trainer.go_on(state)
            if state is not None:
                yield from self._judged_again(trainer, state)
            self._clock.lap("extract")
            yield Stage("train", "Training the head" if phase == "head" else "Training")
            yield from self._epochs(trainer, first - 1 + epochs)
            self._clock.lap("train")
            state = None
        assert trainer is not None
        yield from self._end(trainer)

    def _phases(self) -> list[tuple[Phase, int, int]]:
        """Each phase with its first epoch and how many it has."""
        head, network = self._spec.train.head_epochs, self._spec.train.epochs
        return [("head", 1, head), ("network", head + 1, network)] if head else [("network", 1, network)]

    def _learner(self, dataset: Dataset, extraction: Extraction, state: State | None) -> Trainer:
        photos = weight_files.keep_photos(self._run, dataset, extraction.digests, state.photos if state else "")
        trainer = Trainer(self._spec, self._base, self._freezer, dataset, photos, self._run, self._device, self._stop)
        if state is not None:
            trainer.restore(state)
            if state.epochs and not state.batch:  # killed between the checkpoint and them, or torn by a power cut
                self._keep(trainer)
        return trainer

    def _replay_past_epochs(self, trainer: Trainer, state: State | None) -> Events:
        """The past epochs, for curve and record; the last one comes later where it is the run's last.

        The predictions of the result come before its epoch, where they are known.
        """
        if state is None:
            return
        if state.threads != torch.get_num_threads():
            yield Warned(
                f"The run was computed with {state.threads} threads and goes on with {torch.get_num_threads()}.",
                "The result is as good, but not bit for bit that of a run that was never stopped.",
            )
        over = len(state.epochs) == self._spec.train.all_epochs or trainer.is_over()
        result = trainer.result
        for epoch in state.epochs[:-1] if over else state.epochs:
            if epoch is result and self._spec.train.result != "last":
                outcome = weight_files.outcome_of(self._run, epoch.epoch, len(trainer.val))
                if outcome is not None:
                    yield from trainer.judge(epoch, outcome)
            yield epoch

    def _judged_again(self, trainer: Trainer, state: State) -> Events:
        """The predictions of the result so far, where they were lost and the weights are still those of its epoch."""
        result = trainer.result
        if result is None or trainer.judged or self._spec.train.result == "last":
            return
        if result is trainer.epochs[-1] and not state.batch:
            yield from trainer.again()
            self._keep(trainer)
        else:
            yield Warned(
                f"What was predicted after epoch {result.epoch}, the best so far, is gone from {self._run / 'best'}.",
                "Figures of single photos and classes come with the next better epoch, or are those of the last one.",
            )

    def _epochs(self, trainer: Trainer, last: int) -> Events:
        """Train up to the epoch `last`; where nothing was left to train, say again what came of it."""
        total = self._spec.train.all_epochs
        before = len(trainer.epochs)
        pace = Pace("train", total, "epochs", before)
        while len(trainer.epochs) < last and not trainer.is_over():
            number = len(trainer.epochs) + 1
            finished = yield from self._watched(trainer.epoch(number, pace), number)
            checkpoint = trainer.save()  # first: from it the weights can be written anew, but not the other way round
            self._keep(trainer)
            yield finished  # after the weights, so that a run stopped here has the weights of its figures
            yield checkpoint
            told = pace.end(number)
            yield Progress("train", number, total, "epochs", told.rate, told.seconds_left)
        if len(trainer.epochs) == before and trainer.epochs:
            if not trainer.judged:
                yield from trainer.again()
            yield trainer.epochs[-1]

    def _watched(self, epoch: Generator[Event, None, Epoch], number: int) -> Generator[Event, None, Epoch]:
        """The events of an epoch, and between them every few seconds a `LayersChanged`."""
        with contextlib.closing(epoch):
            while True:
                try:
                    yield next(epoch)
                except StopIteration as end:
                    finished: Epoch = end.value
                    return finished
                if time.monotonic() - self._looked > PROOF_EVERY:
                    yield LayersChanged(number - 1, self._proof.measure())
                    self._looked = time.monotonic()

    def _keep(self, trainer: Trainer) -> None:
        """Write the weights of the last epoch, and where it is the best so far, as the best."""
        if trainer.epochs[-1].best:
            self._save(
                self._run / weight_files.BEST, trainer
            )  # first: who finds the last epoch finds the best one, too
        self._save(self._run, trainer)

    def _save(self, folder: Path, trainer: Trainer) -> None:
        """The head in the unit of the targets, and what moved of the backbone."""
        head = trainer.head.folded(trainer.task.scale, trainer.task.shift)
        number, outcome = len(trainer.epochs), None
        if folder != self._run and trainer.judged == number and self._spec.train.result != "last":
            outcome = None if trainer.outcome is None else torch.from_numpy(trainer.outcome)
        weight_files.save(folder, head, self._freezer.moved(), number, outcome)

    def _end(self, trainer: Trainer) -> Events:
        if self._met:
            names = ", ".join(sorted(self._met))
            yield Warned(f"{names}: the GPU has no deterministic algorithm for this.", "The last bits may differ.")
        for title, hint in epoch_observations.warnings(trainer.epochs, self._spec.train.result, len(trainer.val)):
            yield Warned(title, hint)
        changes = self._proof.measure()
        yield LayersChanged(len(trainer.epochs), changes)
        broken = self._proof.broken(changes)
        over = len(trainer.epochs) < self._spec.train.all_epochs
        if not trainer.judged:
            yield from trainer.again()
        best = trainer.best.epoch if trainer.best else 0
        yield TrainingFinished(str(self._run), not broken, broken, self._clock.total(), best, over)

    def _started(self, kept: CutPoint, dataset: Dataset, state: State | None) -> RunStarted:
        base, spec = self._base, self._spec
        outputs = 1 if dataset.target else len(dataset.classes)
        head = sum(value.numel() for value in Head(base.table.features, outputs, spec.head, 0).parameters())
        pixels = kept == "pixels" or spec.augment.random
        return RunStarted(
            run=str(self._run),
            spec=spec,
            device=str(self._device),
            cut="pixels" if pixels else extract.name_of(kept),
            feature_shape=(3, *base.preprocess.size) if pixels else extract.row_shape(base, kept),
            trainable_parameters=head + sum(value.numel() for value in self._freezer.trainable().values()),
            total_parameters=head + base.table.parameters,
            frozen_layers=tuple(sorted(self._freezer.frozen & freezing.weighted(base.table.layers))),
            weights_hash=base.fingerprint,
            preprocess=base.preprocess,
            resumed=len(state.epochs) if state else 0,
            precision=precision.words(precision.of_training(spec.train.precision, self._device)),
            differences=devices.differences(self._device, spec.train.deterministic),
            ranges=self._ranges,
        )
