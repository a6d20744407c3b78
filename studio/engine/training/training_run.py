"""The stages of a run: scan, load, cut, extract, train, and measure the proof.

Its files are written after every epoch, the checkpoint first. The file has over 300 lines, because the order of the
stages belongs in one place.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from studio.data.images.measuring import DataSetReading
from studio.data.scan import list_photos
from studio.engine.device import devices, machine, precision
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.network.freeze_proof import FreezeProof
from studio.engine.network.freezing import Freezer
from studio.engine.training import assistants
from studio.engine.training.assistants import TrainingPlan
from studio.engine.training.head import Head
from studio.engine.training.run_files import checkpoints, weight_files
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.run_inputs import (
    RunInputs,
    load_backbone,
    make_adapters,
    require_trainable,
    with_test_last,
    without_test,
)
from studio.engine.training.stage_timer import StageTimer
from studio.engine.training.trainer import Trainer
from studio.engine.workers import messages
from studio.engine.workers.workers import ALONE, Workers
from studio.evaluate.epochs import epoch_observations
from studio.evaluate.epochs.curve_rules import guessing_loss, more_epochs_hurt
from studio.events import (
    Dataset,
    DatasetScanned,
    Epoch,
    Event,
    Events,
    LayersChanged,
    Phase,
    PhotoChoice,
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
from studio.runs import recorded_split
from studio.runs.files.record import RunRecord
from studio.spec import RunSpec
from studio.spec.encoding.serialization import to_json
from studio.spec.structs import replace
from studio.spec.validation import check

PROOF_EVERY = 3.0
"""Seconds between two measurements of the change of each layer."""


class TrainingRun:
    """A run; `events` trains it.

    Args:
        spec: All settings of the run.
        run: Folder of the run.
        stop: Checked inside long steps.
        cache: Folder of the feature cache; None for the user's.
        start: `time.perf_counter()` when the job began; None for now.
        ranges: Value ranges of photos of more than 8 bits, as far as they are known.
        choices, classes: The user's choices and the classes that a continued run recorded; None for a new run.
        workers: The workers that train together; this is worker 0.
        earlier: Folder and record of the run that is continued or replayed, whose split is used; None for a new run.
    """

    def __init__(
        self,
        spec: RunSpec,
        run: Path,
        stop: Stop,
        cache: Path | None,
        start: float | None,
        ranges: ValueRanges,
        choices: tuple[PhotoChoice, ...] | None = None,
        classes: tuple[str, ...] | None = None,
        workers: Workers = ALONE,
        earlier: tuple[Path, RunRecord] | None = None,
    ) -> None:
        self._spec, self._run, self._stop, self._cache = spec, run, stop, cache
        self._workers, self._earlier = workers, earlier
        self._ranges, self._choices, self._classes = ranges, choices, classes
        self._clock = StageTimer(start)
        self._measured = time.monotonic()
        self._opened = contextlib.ExitStack()
        check(spec)
        self._device = devices.find(spec.train.device)
        self._dtype = precision.frozen_dtype(spec.train.precision, self._device)

    def events(self, state: State | None) -> Events:
        """Train from the beginning, or from a checkpoint, to the end."""
        spec, clock = self._spec, self._clock
        yield Stage("scan", "Listing photos")
        dataset = yield from list_photos(spec.dataset, self._choices, self._classes)
        if self._earlier is not None:
            dataset, moved = recorded_split.applied(*self._earlier, dataset)
            if moved:
                yield Warned(recorded_split.words(moved), recorded_split.HINT)
        if state is not None:  # before `DatasetScanned`, which writes the classes into the record
            weight_files.require_listed(self._run, without_test(dataset))
        require_trainable(dataset)
        self._reading = DataSetReading(dataset.folder, without_test(dataset).photos, self._ranges)
        clock.lap("scan")

        plan = TrainingPlan(str(self._run), to_json(spec), self._ranges, len(dataset.photos), state is not None)
        plan.publish(self._workers, without_test(dataset), state)
        loading = load_backbone(spec, self._stop, self._cache, clock)
        base = yield from messages.in_turn(self._workers, self._stop, loading)
        if self._workers.several:
            self._workers.publish("weights", base.fingerprint.encode())
        self._base = base
        frozen = freezing.frozen_leaves(spec.freeze, base.table.layers)
        adapters = make_adapters(spec, base)
        self._freezer = Freezer(base.network, base.table, frozen, spec.freeze.batch_norm, adapters)
        self._inputs = RunInputs(
            spec,
            base,
            self._reading,
            self._device,
            self._dtype,
            self._stop,
            self._cache,
            self._opened,
            self._workers,
        )
        point = yield from self._inputs.cut(len(dataset.photos))
        self._is_shared = point != "features" or spec.augment.random
        self._proof = FreezeProof(base.network, self._freezer, base.table)
        if state is not None:
            checkpoints.restore_network(base.network, state, adapters)
        devices.move_network(base.network, self._device)
        if adapters is not None:
            adapters.move(self._device)
        clock.lap("load")
        yield self._run_started(point, dataset, state)
        listed = with_test_last(dataset)
        _ = listed.files, listed.files_hash, listed.counts()  # a window compares and counts 50,000 photos at once
        yield DatasetScanned(listed)

        with self._opened:
            self._nondeterministic = self._opened.enter_context(
                devices.deterministic_mode(self._device, spec.train.deterministic, self._dtype)
            )
            try:
                yield from self._train_phases(dataset, point, state)
            finally:
                checkpoints.sync(self._run)

    def _train_phases(self, dataset: Dataset, network_point: CutPoint, state: State | None) -> Events:
        """Train the phases, each on the rows of its own cut."""
        tests = tuple(photo for photo in dataset.photos if photo.split == "test")
        dataset = without_test(dataset)
        done = len(state.epochs) if state else 0
        trainer: Trainer | None = None
        for phase, first, epochs in self._phases():
            if phase == "head" and done >= epochs:
                continue
            point = "features" if phase == "head" else network_point
            extraction = yield from self._inputs.extract(dataset, point)
            if trainer is None:
                # Before `require_trainable`, so that the record of a run that fails lists the unreadable photos.
                dataset = extraction.dataset
                yield DatasetScanned(replace(dataset, photos=dataset.photos + tests))
                require_trainable(dataset)
                trainer = self._make_trainer(dataset, extraction, state)
                yield from self._replay_past_epochs(trainer, state)
            inputs = yield from self._inputs.phase(phase, first, epochs, point, extraction)
            restored = state if state is not None and (done >= first or state.batch) else None
            if self._workers.several and not inputs.train.is_computed:
                yield from self._statistics_warning()
                assistants.begin_phase(self._workers, inputs, restored is not None, self._device, self._stop)
            trainer.enter(inputs)
            if restored is not None:
                trainer.restore_phase(restored)
            if state is not None:
                yield from self._restore_report(trainer, state)
            self._clock.lap("extract")
            yield Stage("train", "Training the head" if phase == "head" else "Training")
            yield from self._epochs(trainer, first - 1 + epochs)
            self._clock.lap("train")
            state = None
        assert trainer is not None
        yield from self._end(trainer)

    def _phases(self) -> list[tuple[Phase, int, int]]:
        """Each phase with the number of its first epoch and the number of its epochs."""
        head, network = self._spec.train.head_epochs, self._spec.train.epochs
        return [("head", 1, head), ("network", head + 1, network)] if head else [("network", 1, network)]

    def _statistics_warning(self) -> Iterator[Event]:
        """Warn if BatchNorm layers use only the statistics of each worker's own photos."""
        if self._spec.freeze.batch_norm == "keep":
            return
        size = self._spec.train.batch_size // self._workers.count
        yield Warned(
            f"BatchNorm layers that update their statistics see {size} photos at a time, the part of one worker.",
            "The result differs from that of one process. With kept statistics, the default, it does not.",
        )

    def _make_trainer(self, dataset: Dataset, extraction: Extraction, state: State | None) -> Trainer:
        photos = weight_files.record_photos(self._run, dataset, extraction.digests, state.photos if state else "")
        trainer = Trainer(
            self._spec, self._base, self._freezer, dataset, photos, self._run, self._device, self._stop, self._workers
        )
        if state is not None:
            trainer.restore(state)
            # Weights may be missing or damaged after a power cut, or if the process was killed after the checkpoint.
            if state.epochs and not state.batch:
                self._save_weights(trainer)
        return trainer

    def _replay_past_epochs(self, trainer: Trainer, state: State | None) -> Events:
        """Yield the past epochs, for curve and record, without the last one if the run has no more to train.

        `_epochs` yields the last one then. The predictions of the result, if they are stored, come before its epoch.
        """
        if state is None:
            return
        if state.threads != torch.get_num_threads():
            yield Warned(
                f"The run was computed with {state.threads} threads and resumes with {torch.get_num_threads()}.",
                "The result is as good, but not bit for bit that of an uninterrupted run.",
            )
        if state.workers != self._workers.count and (state.workers > 1 or self._is_shared):
            yield Warned(
                f"The run was computed with {_workers(state.workers)} and resumes with {self._workers.count}.",
                "The result is as good, but not bit for bit that of an uninterrupted run.",
            )
        over = len(state.epochs) == self._spec.train.all_epochs or trainer.is_over()
        result = trainer.result
        for epoch in state.epochs[:-1] if over else state.epochs:
            if epoch is result and self._spec.train.result != "last":
                outcome = weight_files.outcome_of(self._run, epoch.epoch, len(trainer.val))
                if outcome is not None:
                    yield from trainer.evaluate(epoch, outcome)
            yield epoch

    def _restore_report(self, trainer: Trainer, state: State) -> Events:
        """Evaluate the result so far again if its predictions are lost; warn if its weights are no longer loaded."""
        result = trainer.result
        if result is None or trainer.evaluated_epoch or self._spec.train.result == "last":
            return
        if result is trainer.epochs[-1] and not state.batch:
            yield from trainer.evaluate_last_epoch()
            self._save_weights(trainer)
        else:
            yield Warned(
                f"The predictions after epoch {result.epoch}, the best so far, are missing in {self._run / 'best'}.",
                "The report comes with the next better epoch; if there is none, it is that of the last epoch.",
            )

    def _epochs(self, trainer: Trainer, last: int) -> Events:
        """Train up to the epoch `last`; if it is trained already, yield its report and the epoch again."""
        total = self._spec.train.all_epochs
        before = len(trainer.epochs)
        pace = Pace("train", total, "epochs", before)
        while len(trainer.epochs) < last and not trainer.is_over():
            number = len(trainer.epochs) + 1
            finished = yield from self._with_layer_changes(trainer.epoch(number, pace), number)
            checkpoint = trainer.save()  # before the weights, which can be written again from a checkpoint
            self._save_weights(trainer)
            yield finished  # after the weights, so that a run stopped here has the weights of this epoch
            yield checkpoint
            progress = pace.end(number)
            yield Progress("train", number, total, "epochs", progress.rate, progress.seconds_left)
        if len(trainer.epochs) == before and trainer.epochs:
            if not trainer.evaluated_epoch:
                yield from trainer.evaluate_last_epoch()
            yield trainer.epochs[-1]

    def _with_layer_changes(self, epoch: Generator[Event, None, Epoch], number: int) -> Generator[Event, None, Epoch]:
        """Yield the events of an epoch, and between them a `LayersChanged` every `PROOF_EVERY` seconds."""
        with contextlib.closing(epoch):
            while True:
                try:
                    yield next(epoch)
                except StopIteration as end:
                    finished: Epoch = end.value
                    return finished
                if time.monotonic() - self._measured > PROOF_EVERY:
                    yield self._layers_changed(number - 1)
                    self._measured = time.monotonic()

    def _save_weights(self, trainer: Trainer) -> None:
        """Write the weights of the last epoch, also as those of the best epoch if it is the best so far."""
        # The best ones first: a reader that finds the weights of an epoch finds those of the best epoch up to it.
        if trainer.epochs[-1].best:
            self._save(self._run / weight_files.BEST, trainer)
        self._save(self._run, trainer)

    def _save(self, folder: Path, trainer: Trainer) -> None:
        """Write the head, which predicts in the unit of the targets, and the changed tensors of the backbone."""
        head = trainer.head.folded_weights(trainer.task.scale, trainer.task.shift)
        number, outcome = len(trainer.epochs), None
        if folder != self._run and trainer.evaluated_epoch == number and self._spec.train.result != "last":
            outcome = None if trainer.outcome is None else torch.from_numpy(trainer.outcome)
        weight_files.save(folder, head, self._freezer.changeable_tensors(), number, outcome)

    def _end(self, trainer: Trainer) -> Events:
        """Yield the warnings, the proof and the end of the run."""
        if self._nondeterministic:
            names = ", ".join(sorted(self._nondeterministic))
            yield Warned(
                f"{names}: the GPU has no deterministic algorithm for this.",
                "The last bits of the result may differ from run to run.",
            )
        guessing = guessing_loss(0 if trainer.task.name == "regression" else trainer.task.outputs)
        rule, photos = self._spec.train.result, len(trainer.val)
        for title, hint in epoch_observations.warnings(trainer.epochs, rule, photos, guessing):
            yield Warned(title, hint)
        changed = self._layers_changed(len(trainer.epochs))
        yield changed
        broken = self._proof.broken(changed.layers)
        over = len(trainer.epochs) < self._spec.train.all_epochs
        if not trainer.evaluated_epoch:
            yield from trainer.evaluate_last_epoch()
        elif trainer.evaluated_epoch < len(trainer.epochs) and more_epochs_hurt(trainer.epochs, guessing):
            # The advice was given before the later epochs, and may be to train longer.
            assert trainer.outcome is not None
            yield from trainer.evaluate(trainer.epochs[trainer.evaluated_epoch - 1], trainer.outcome)
        messages.publish_json(self._workers, messages.TASK, {"task": "end"})
        best = trainer.best.epoch if trainer.best else 0
        yield TrainingFinished(str(self._run), not broken, broken, self._clock.total(), best, over)

    def _layers_changed(self, epoch: float) -> LayersChanged:
        """The change of every layer, and of the weights by adapters."""
        adapters = self._freezer.adapters
        return LayersChanged(epoch, self._proof.measure(), adapters.changes() if adapters is not None else ())

    def _run_started(self, point: CutPoint, dataset: Dataset, state: State | None) -> RunStarted:
        """The event that describes the run: its settings, network, device and cut."""
        base, spec = self._base, self._spec
        outputs = 1 if dataset.target else len(dataset.classes)
        head = sum(value.numel() for value in Head(base.table.features, outputs, spec.head, 0).parameters())
        adapters = self._freezer.adapters.parameters() if self._freezer.adapters is not None else {}
        pixels = point == "pixels" or spec.augment.random
        return RunStarted(
            run=str(self._run),
            spec=spec,
            device=str(self._device),
            cut="pixels" if pixels else extract.name_of(point),
            feature_shape=(3, *base.preprocess.size) if pixels else extract.row_shape(base, point),
            trainable_parameters=head + sum(value.numel() for value in self._freezer.trainable().values()),
            total_parameters=head + base.table.parameters + sum(value.numel() for value in adapters.values()),
            frozen_layers=tuple(sorted(self._freezer.frozen & freezing.weighted_leaves(base.table.layers))),
            weights_hash=base.fingerprint,
            preprocess=base.preprocess,
            resumed=len(state.epochs) if state else 0,
            precision=precision.dtype_name(precision.training_dtype(spec.train.precision, self._device)),
            differences=devices.differences(self._device, spec.train.deterministic),
            ranges=self._ranges,
            choices=dataset.choices.photos,
            machine=replace(machine.of(self._device), workers=self._workers.count),
        )


def _workers(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"
