"""One run from a folder to a trained head, read from top to bottom.

`train` begins one and `resume` goes on with one; both yield everything that happens. They write only what a run needs
to go on and to be used (checkpoint, weights, the list of its photos) into the run's folder, after every epoch; the
record of the run is kept by whoever listens.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch

from studio.data.images import measuring
from studio.data.images.measuring import DataSetReading
from studio.data.scan import list_photos
from studio.engine.backbones import backbone, notes_of_weights, skeleton, sources
from studio.engine.backbones.backbone import Backbone
from studio.engine.device import devices, precision, prefetch
from studio.engine.device.interruption import interruptible
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.extraction.photo_guard import PhotoGuard
from studio.engine.extraction.runtime import Runtime
from studio.engine.network import splitting
from studio.engine.network.freeze_proof import FreezeProof
from studio.engine.network.freezing import Freezer
from studio.engine.training import checkpoints, weight_files
from studio.engine.training.checkpoints import State
from studio.engine.training.head import Head
from studio.engine.training.inputs import Changes, FeatureSource, Stacked
from studio.engine.training.stage_timer import StageTimer
from studio.engine.training.trainer import PhaseInputs, Trainer, is_over
from studio.evaluate import epoch_observations
from studio.events import (
    Dataset,
    DatasetFound,
    Epoch,
    Event,
    Events,
    LayersMoved,
    LayerTable,
    Phase,
    Progress,
    RangesFound,
    RunStarted,
    Stage,
    Trained,
    ValueRanges,
    Warned,
)
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop, never
from studio.planning import cuts, freezing
from studio.runs import folder as runs
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.spec.validation import check
from studio.system import paths

PROOF_EVERY = 3.0
"""Seconds between two looks at how far the layers moved."""


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
        UserError: Something the user can put right.
    """
    yield from _Run(spec, run, stop, cache, began, ValueRanges(spec.dataset.value_range)).whole(None)


def resume(
    run: Path,
    epochs: int | None = None,
    stop: Stop = never,
    cache: Path | None = None,
    began: float | None = None,
    data: str = "",
) -> Events:
    """Go on with a run from its last checkpoint, or from its beginning where it has none; or extend a finished one.

    On a CPU the result is bit for bit that of a run that was never stopped, with the same number of threads.

    Args:
        run: Its folder.
        epochs: New total of `TrainSpec.epochs`; None for what was planned.
        stop: As in `train`.
        cache: As in `train`.
        began: As in `train`.
        data: Where the folder of photos is now, if it was moved.

    Raises:
        UserError: Nothing is left to do, the record or the checkpoint cannot be read, or the photos are not the run's.
    """
    past = runs.read(run)
    state, wrong = checkpoints.latest(run)
    if past.status == "done" and epochs is None:
        raise UserError(f"The run {run.name} is finished.", "Ask for more epochs to extend it.", run)
    spec = _extended(past.spec, epochs, state)
    spec = replace(spec, dataset=spec.dataset.moved(data))
    if state is None:
        yield Warned(
            "The run had ended before its first checkpoint, so it begins anew in the same folder.",
            "Features that were computed already are taken from the cache.",
        )
    elif wrong:
        yield Warned(
            f"The last checkpoint is damaged ({wrong}); the run goes on from the one before, of epoch "
            f"{len(state.epochs)}.",
            "A power cut does that. What it took is computed again.",
        )
    yield from _Run(spec, run, stop, cache, began, past.value_range).whole(state)


def _extended(spec: RunSpec, epochs: int | None, state: State | None) -> RunSpec:
    """The spec with a new last epoch; where the old plan ended is kept, because some schedules begin anew there."""
    if epochs is None:
        return spec
    done = max(0, len(state.epochs) - spec.train.head_epochs) if state else 0
    # A run that stopped early ended there; any other ends where it was planned to.
    end = done if state and is_over(spec.train, state.epochs) else spec.train.epochs
    if epochs <= end:
        raise UserError(f"The run has {end} epochs already.", f"Ask for more than {end}.")
    ends = tuple(sorted({*spec.train.extended, end}))
    return replace(spec, train=replace(spec.train, epochs=epochs, extended=ends))


class _Run:
    """One run under way; `whole` is its story."""

    def __init__(
        self, spec: RunSpec, run: Path, stop: Stop, cache: Path | None, began: float | None, ranges: ValueRanges
    ) -> None:
        self._spec, self._run, self._stop, self._cache = spec, run, stop, cache
        self._ranges = ranges
        self._clock = StageTimer(began)
        self._looked = time.monotonic()
        self._opened = contextlib.ExitStack()
        self._roster = PhotoGuard()
        check(spec)
        self._device = devices.find(spec.train.device)
        self._dtype = precision.of_frozen(spec.train.precision, self._device)

    def whole(self, state: State | None) -> Events:
        """From the folder to the end, or from a checkpoint to the end."""
        spec, clock = self._spec, self._clock
        yield Stage("scan", "Listing photos")
        dataset = yield from list_photos(spec.dataset)
        if state is not None:  # first of all: what comes next writes the classes into the record
            weight_files.require_listed(self._run, _for_training(dataset))
        require_trainable(dataset)
        self._reading = DataSetReading(dataset.folder, _for_training(dataset).photos, self._ranges)
        clock.lap("scan")

        base = yield from self._loaded()
        self._base = base
        frozen = freezing.frozen_leaves(spec.freeze, base.table.layers)
        self._freezer = Freezer(base.network, base.table, frozen, spec.freeze.batch_norm)
        kept = yield from self._cut(len(dataset.photos))
        self._proof = FreezeProof(base.network, self._freezer, base.table)
        if state is not None:
            _put(base, state)
        devices.put(base.network, self._device)
        clock.lap("load")
        yield self._started(kept, dataset, state)
        yield DatasetFound(_test_last(dataset))

        with self._opened:
            self._met = self._opened.enter_context(
                devices.deterministic_mode(self._device, spec.train.deterministic, self._dtype)
            )
            try:
                yield from self._learned(dataset, kept, state)
            finally:
                checkpoints.settle(self._run)

    def _loaded(self) -> Generator[Event, None, Backbone]:
        """The backbone; its tensors alone where nothing else of it may be needed."""
        spec, freeze = self._spec, self._spec.freeze

        def wants_tensors(table: LayerTable) -> bool:
            return freeze.batch_norm != "update" and cuts.is_all_frozen(freeze, table)

        if not spec.augment.random:  # what is changed anew each time passes through the network each time
            base = yield from skeleton.load(spec.backbone, self._cache, wants_tensors)
            if base is not None:
                return base
        yield from libraries.imported(*sources.libraries_of(spec.backbone))
        self._clock.lap("import")
        notes: list[Event] = []
        base = yield from notes_of_weights.noted(backbone.load(spec.backbone, self._stop, spec.train.seed), notes)
        if wants_tensors(base.table):
            skeleton.keep(base, spec.backbone, notes, self._cache)
        return base

    def _learned(self, dataset: Dataset, kept: CutPoint, state: State | None) -> Events:
        """Both phases, each on the rows of its own cut."""
        tests = tuple(photo for photo in dataset.photos if photo.split == "test")
        dataset = _for_training(dataset)
        done = len(state.epochs) if state else 0
        learner: Trainer | None = None
        for phase, first, epochs in self._phases():
            if phase == "head" and done >= epochs:
                continue
            of = "features" if phase == "head" else kept
            extraction = yield from self._extract(dataset, of)
            if learner is None:
                # First of all, so that a run that cannot go on says which photos it lacks.
                dataset = extraction.dataset
                yield DatasetFound(replace(dataset, photos=dataset.photos + tests))
                require_trainable(dataset)
                learner = self._learner(dataset, extraction, state)
                yield from self._replay_past_epochs(learner, state)
            learner.enter((yield from self._stretch(phase, first, epochs, of, extraction)))
            if state is not None and (done >= first or state.batch):
                learner.go_on(state)
            if state is not None:
                yield from self._judged_again(learner, state)
            self._clock.lap("extract")
            yield Stage("train", "Training the head" if phase == "head" else "Training")
            yield from self._epochs(learner, first - 1 + epochs)
            self._clock.lap("train")
            state = None
        assert learner is not None
        yield from self._end(learner)

    # ------------------------------------------------------------------------------------------ what is computed once

    def _cut(self, photos: int) -> Generator[Event, None, CutPoint]:
        """Where the part that is computed once ends."""
        base, freeze = self._base, self._spec.freeze
        if cuts.is_all_frozen(freeze, base.table):
            return "features"
        still = cuts.constant_leaves(freeze, base.table.layers)
        # What is kept may fill half of the cache, so that one run does not throw out what all others computed.
        limit = min(cuts.BIGGEST_ROW, paths.cache_limit() // (2 * photos))
        wanted = cuts.ideal_cut(base.table, still)
        if wanted is None:
            return "pixels"
        yield Stage("cut", "Splitting the network")
        with interruptible(base.network, self._stop):
            found = splitting.find(base.network, base.table, still, base.info.input_size[0], limit)
        if found is None or found.layer != wanted:
            where = f"is split behind {found.layer}" if found else "is not split"
            yield Warned(
                f"“{base.info.name}” {where}, though all up to {wanted} stands still.",
                "Later, something goes round each layer, or a layer gives too many numbers to keep. "
                "The result is the same; an epoch takes longer.",
            )
        return found or "pixels"

    def _extract(self, dataset: Dataset, kept: CutPoint) -> Generator[Event, None, Extraction]:
        how = self._spec.train
        found = yield from extract.extract(
            self._base, dataset, kept, self._device, self._stop, self._cache, how, self._reading
        )
        if self._reading.ranges() != self._ranges:
            self._ranges = self._reading.ranges()
            yield RangesFound(self._ranges)
            yield from measuring.warnings(self._ranges)
        self._roster.check(found.dataset, found.digests)
        return found

    def _stretch(
        self, phase: Phase, first: int, epochs: int, kept: CutPoint, extraction: Extraction
    ) -> Generator[Event, None, PhaseInputs]:
        """The rows of a phase: as they were computed, with fixed views beside them, or changed anew each time."""
        base, augment, dataset = self._base, self._spec.augment, extraction.dataset
        reading = prefetch.of(self._device)
        if reading is not None:
            self._opened.callback(reading.close)
        val = FeatureSource(base, kept, extraction.rows, self._device, ahead=reading)
        items = np.flatnonzero([photo.split == "train" for photo in dataset.photos])
        train = val
        if augment.views:
            from studio.engine.augment import views  # with torchvision, which runs without views do without

            seed = self._spec.train.seed
            more = yield from views.extract(
                base,
                dataset,
                kept,
                augment,
                seed,
                self._device,
                self._stop,
                self._cache,
                self._dtype,
                self._roster,
                self._reading,
            )
            train = replace(val, rows=Stacked(extraction.rows, more))
            items = np.concatenate([items, np.arange(len(extraction.rows), len(train.rows))])
        elif augment.random and phase == "network":
            pixels = extraction if kept == "pixels" else (yield from self._extract(dataset, "pixels"))
            changes = Changes(augment, self._spec.train.seed, pixels.digests)
            prefix = self._prefix(kept)
            train = FeatureSource(base, "pixels", pixels.rows, self._device, changes, prefix, kept, reading)
        return PhaseInputs(phase, first, epochs, train, val, items)

    def _prefix(self, kept: CutPoint) -> Runtime | None:
        """What computes the frozen beginning where its rows cannot be kept; None where there is no such beginning."""
        if kept == "pixels":
            return None
        quick = extract.quick(self._base, kept, self._device, self._stop, self._dtype)
        self._opened.enter_context(contextlib.closing(quick))
        return quick

    # ------------------------------------------------------------------------------------------ training

    def _phases(self) -> list[tuple[Phase, int, int]]:
        """Each phase with its first epoch and how many it has."""
        head, network = self._spec.train.head_epochs, self._spec.train.epochs
        return [("head", 1, head), ("network", head + 1, network)] if head else [("network", 1, network)]

    def _learner(self, dataset: Dataset, extraction: Extraction, state: State | None) -> Trainer:
        photos = weight_files.keep_photos(self._run, dataset, extraction.digests, state.photos if state else "")
        learner = Trainer(self._spec, self._base, self._freezer, dataset, photos, self._run, self._device, self._stop)
        if state is not None:
            learner.restore(state)
            if state.epochs and not state.batch:  # killed between the checkpoint and them, or torn by a power cut
                self._keep(learner)
        return learner

    def _replay_past_epochs(self, learner: Trainer, state: State | None) -> Events:
        """The past epochs, so that curve and record are whole; the last one later, where it is the run's last.

        What was predicted after the one that is the result comes before it, where that is known.
        """
        if state is None:
            return
        if state.threads != torch.get_num_threads():
            yield Warned(
                f"The run was computed with {state.threads} threads and goes on with {torch.get_num_threads()}.",
                "The result is as good, but not bit for bit that of a run that was never stopped.",
            )
        over = len(state.epochs) == self._spec.train.all_epochs or learner.is_over()
        result = learner.result
        for epoch in state.epochs[:-1] if over else state.epochs:
            if epoch is result and self._spec.train.result != "last":
                outcome = weight_files.outcome_of(self._run, epoch.epoch, len(learner.val))
                if outcome is not None:
                    yield from learner.told(epoch, outcome)
            yield epoch

    def _judged_again(self, learner: Trainer, state: State) -> Events:
        """The predictions of the result so far, where they were lost and the weights are still those of its epoch."""
        result = learner.result
        if result is None or learner.judged or self._spec.train.result == "last":
            return
        if result is learner.epochs[-1] and not state.batch:
            yield from learner.again()
            self._keep(learner)
        else:
            yield Warned(
                f"What was predicted after epoch {result.epoch}, the best so far, is gone from {self._run / 'best'}.",
                "Figures of single photos and classes come with the next better epoch, or are those of the last one.",
            )

    def _epochs(self, learner: Trainer, last: int) -> Events:
        """Train up to the epoch `last`; where nothing was left to train, say again what came of it."""
        total = self._spec.train.all_epochs
        before = len(learner.epochs)
        pace = Pace("train", total, "epochs", before)
        while len(learner.epochs) < last and not learner.is_over():
            number = len(learner.epochs) + 1
            finished = yield from self._watched(learner.epoch(number, pace), number)
            checkpoint = learner.save()  # first: from it the weights can be written anew, but not the other way round
            self._keep(learner)
            yield finished  # after the weights: whoever stops here has the weights that the numbers are of
            yield checkpoint
            told = pace.end(number)
            yield Progress("train", number, total, "epochs", told.rate, told.seconds_left)
        if len(learner.epochs) == before and learner.epochs:
            if not learner.judged:
                yield from learner.again()
            yield learner.epochs[-1]

    def _watched(self, epoch: Generator[Event, None, Epoch], number: int) -> Generator[Event, None, Epoch]:
        """The events of an epoch, and between them every few seconds how far the layers moved."""
        with contextlib.closing(epoch):
            while True:
                try:
                    yield next(epoch)
                except StopIteration as end:
                    finished: Epoch = end.value
                    return finished
                if time.monotonic() - self._looked > PROOF_EVERY:
                    yield LayersMoved(number - 1, self._proof.measure())
                    self._looked = time.monotonic()

    def _keep(self, learner: Trainer) -> None:
        """Weights for use: the last epoch's, and where it is the best so far, as the best."""
        if learner.epochs[-1].best:
            self._save(
                self._run / weight_files.BEST, learner
            )  # first: who finds the last epoch finds the best one, too
        self._save(self._run, learner)

    def _save(self, folder: Path, learner: Trainer) -> None:
        """The head in the unit of the targets, and what moved of the backbone."""
        head = learner.head.folded(learner.task.scale, learner.task.shift)
        number, outcome = len(learner.epochs), None
        if folder != self._run and learner.judged == number and self._spec.train.result != "last":
            outcome = None if learner.outcome is None else torch.from_numpy(learner.outcome)
        weight_files.save(folder, head, self._freezer.moved(), number, outcome)

    def _end(self, learner: Trainer) -> Events:
        if self._met:
            names = ", ".join(sorted(self._met))
            yield Warned(f"{names}: the GPU has no deterministic algorithm for this.", "The last bits may differ.")
        for title, hint in epoch_observations.warnings(learner.epochs, self._spec.train.result, len(learner.val)):
            yield Warned(title, hint)
        changes = self._proof.measure()
        yield LayersMoved(len(learner.epochs), changes)
        broken = self._proof.broken(changes)
        over = len(learner.epochs) < self._spec.train.all_epochs
        if not learner.judged:
            yield from learner.again()
        best = learner.best.epoch if learner.best else 0
        yield Trained(str(self._run), not broken, broken, self._clock.total(), best, over)

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


def require_trainable(dataset: Dataset) -> None:
    """Raise the first problem of the data as a `UserError`."""
    if dataset.problems:
        raise UserError(dataset.problems[0].title, dataset.problems[0].hint, dataset.folder)


def _put(base: Backbone, state: State) -> None:
    """The network's own tensors of a checkpoint."""
    tensors = state.of("network.")
    unknown = base.network.load_state_dict(tensors, strict=False).unexpected_keys
    if unknown:
        raise UserError(f"The checkpoint is of another network ({unknown[0]}).", "Train again.")


def _for_training(dataset: Dataset) -> Dataset:
    """Without the test photos: nothing is learned from them or chosen by them."""
    return replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split != "test"))


def _test_last(dataset: Dataset) -> Dataset:
    """With the test photos behind the others, so that a position means the same photo with and without them."""
    return replace(dataset, photos=tuple(sorted(dataset.photos, key=lambda photo: photo.split == "test")))
