"""Inputs of a run: where its network is cut, and the cached rows that each phase computes from."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch

from studio.data.images import measuring
from studio.data.images.measuring import DataSetReading
from studio.engine.backbones import backbone, notes_of_weights, skeleton, sources
from studio.engine.backbones.backbone import Backbone
from studio.engine.device import prefetch
from studio.engine.device.interruption import interruptible
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.extraction.photo_guard import PhotoGuard
from studio.engine.extraction.runtime import Runtime
from studio.engine.network import splitting
from studio.engine.training.inputs import Changes, FeatureSource, PhaseInputs, Stacked
from studio.engine.training.stage_timer import StageTimer
from studio.events import Dataset, Event, LayerTable, Phase, RangesEstimated, Stage, Warned
from studio.jobs import libraries
from studio.jobs.protocol import Stop
from studio.planning import cuts
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.system import paths


class RunInputs:
    """Cuts the network, extracts rows, and makes the inputs of each phase.

    Args:
        spec: Of the run.
        base: Its backbone.
        reading: How its photos are read.
        device: Where to compute.
        dtype: Numbers in which frozen layers compute.
        stop: Asked inside long steps.
        cache: Folder of the feature cache; None for the user's.
        opened: Closes what is opened here.
    """

    def __init__(
        self,
        spec: RunSpec,
        base: Backbone,
        reading: DataSetReading,
        device: torch.device,
        dtype: torch.dtype,
        stop: Stop,
        cache: Path | None,
        opened: contextlib.ExitStack,
    ) -> None:
        self._spec, self._base, self._reading = spec, base, reading
        self._device, self._dtype = device, dtype
        self._stop, self._cache, self._opened = stop, cache, opened
        self._ranges = reading.ranges()
        self._photo_guard = PhotoGuard()

    def cut(self, photos: int) -> Generator[Event, None, CutPoint]:
        """The layer at which the cached part of the network ends."""
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

    def extract(self, dataset: Dataset, kept: CutPoint) -> Generator[Event, None, Extraction]:
        """Cached rows of the photos at a cut."""
        how = self._spec.train
        extraction = yield from extract.extract(
            self._base, dataset, kept, self._device, self._stop, self._cache, how, self._reading
        )
        if self._reading.ranges() != self._ranges:
            self._ranges = self._reading.ranges()
            yield RangesEstimated(self._ranges)
            yield from measuring.warnings(self._ranges)
        self._photo_guard.check(extraction.dataset, extraction.digests)
        return extraction

    def phase(
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
                self._photo_guard,
                self._reading,
            )
            train = replace(val, rows=Stacked(extraction.rows, more))
            items = np.concatenate([items, np.arange(len(extraction.rows), len(train.rows))])
        elif augment.random and phase == "network":
            pixels = extraction if kept == "pixels" else (yield from self.extract(dataset, "pixels"))
            changes = Changes(augment, self._spec.train.seed, pixels.digests)
            prefix = self._prefix(kept)
            train = FeatureSource(base, "pixels", pixels.rows, self._device, changes, prefix, kept, reading)
        return PhaseInputs(phase, first, epochs, train, val, items)

    def _prefix(self, kept: CutPoint) -> Runtime | None:
        """A runtime for the frozen layers before the cut, whose output cannot be cached; None without such layers."""
        if kept == "pixels":
            return None
        runtime = extract.quick(self._base, kept, self._device, self._stop, self._dtype)
        self._opened.enter_context(contextlib.closing(runtime))
        return runtime


def load_backbone(spec: RunSpec, stop: Stop, cache: Path | None, clock: StageTimer) -> Generator[Event, None, Backbone]:
    """The backbone; its tensors alone where nothing else of it may be needed."""
    freeze = spec.freeze

    def wants_tensors(table: LayerTable) -> bool:
        return freeze.batch_norm != "update" and cuts.is_all_frozen(freeze, table)

    if not spec.augment.random:  # what is changed anew each time passes through the network each time
        base = yield from skeleton.load(spec.backbone, cache, wants_tensors)
        if base is not None:
            return base
    yield from libraries.imported(*sources.libraries_of(spec.backbone))
    clock.lap("import")
    notes: list[Event] = []
    base = yield from notes_of_weights.noted(backbone.load(spec.backbone, stop, spec.train.seed), notes)
    if wants_tensors(base.table):
        skeleton.keep(base, spec.backbone, notes, cache)
    return base


def require_trainable(dataset: Dataset) -> None:
    """Raise the first problem of the data as a `UserError`."""
    if dataset.problems:
        raise UserError(dataset.problems[0].title, dataset.problems[0].hint, dataset.folder)


def without_test(dataset: Dataset) -> Dataset:
    """The data set without its test photos: nothing is learned from them or chosen by them."""
    return replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split != "test"))


def with_test_last(dataset: Dataset) -> Dataset:
    """The data set with its test photos behind the others."""
    # A position means the same photo with and without them.
    return replace(dataset, photos=tuple(sorted(dataset.photos, key=lambda photo: photo.split == "test")))
