"""Inputs of a run: the cut of its network, and the cached rows that each phase computes from."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch

from studio.data.images import measuring
from studio.data.images.measuring import DataSetReading
from studio.engine.backbones import backbone, skeleton, sources, weight_notes
from studio.engine.backbones.backbone import Backbone
from studio.engine.device import prefetch
from studio.engine.device.interruption import interruptible
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.extraction.photo_guard import PhotoGuard
from studio.engine.extraction.runtime import Runtime
from studio.engine.network import splitting
from studio.engine.network.lora import Adapters
from studio.engine.network.splitting import Split
from studio.engine.training.inputs import FeatureSource, PhaseInputs, RandomAugmentation, StackedTables
from studio.engine.training.stage_timer import StageTimer
from studio.engine.workers import messages
from studio.engine.workers.workers import ALONE, Workers
from studio.events import Dataset, Event, LayerTable, Phase, RangesEstimated, Stage, Warned
from studio.jobs import libraries
from studio.jobs.protocol import Stop
from studio.planning import cuts, freezing, layer_problems
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.system import paths


class RunInputs:
    """Cuts the network, extracts rows, and prepares the inputs of each phase.

    Args:
        spec: Spec of the run.
        base: Its backbone.
        reading: How its photos are read.
        device: Where to compute.
        dtype: Number type in which frozen layers compute.
        stop: Checked inside long steps.
        cache: Folder of the feature cache; None for the user's.
        opened: Stack that closes prefetchers and runtimes at the end of the run.
        workers: The workers that compute the rows together.
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
        workers: Workers = ALONE,
    ) -> None:
        self._spec, self._base, self._reading = spec, base, reading
        self._device, self._dtype = device, dtype
        self._stop, self._cache, self._opened = stop, cache, opened
        self._ranges = reading.ranges()
        self._photo_guard = PhotoGuard()
        self._workers = workers
        self._extracted: dict[str, Extraction] = {}

    def cut(self, photos: int) -> Generator[Event, None, CutPoint]:
        """Find the cut of the network for a data set of `photos` photos."""
        base, freeze = self._base, self._spec.freeze
        if (edge := layer_problems.edge(base.table)) is not None:
            yield Warned(edge.text, edge.advice)
        if cuts.is_all_frozen(freeze, base.table):
            return "features"
        constant = cuts.constant_leaves(freeze, base.table.layers)
        # The rows of one run may fill at most half of the cache, so that it does not evict those of all other runs.
        limit = min(cuts.MAX_ROW_BYTES, paths.cache_limit() // (2 * photos))
        ideal = cuts.ideal_cut(base.table, constant)
        if freeze.lora_rank:  # adapters are inside blocks, which a residual connection always bypasses
            ideal = next((cut.layer for cut in cuts.cuts(base.table, constant, sys.maxsize)), ideal)
        if ideal is None:
            return "pixels"
        yield Stage("cut", "Splitting the network")
        with interruptible(base.network, self._stop):
            split = splitting.find(base.network, base.table, constant, base.info.input_size[0], limit)
        if split is None or split.layer != ideal:
            where = f"is cut after {split.layer}" if split else "is not cut"
            yield Warned(
                f"“{base.info.name}” {where}, although all layers up to {ideal} are frozen.",
                "After that point a residual connection bypasses each frozen layer, or a layer's output is too large "
                "to cache. The result is the same; an epoch takes longer.",
            )
        return split or "pixels"

    def extract(self, dataset: Dataset, point: CutPoint) -> Generator[Event, None, Extraction]:
        """Read or compute the cached rows of the photos at a cut."""
        train, kind = self._spec.train, kind_of(point)
        if not self._workers.leads and kind in self._extracted:
            return self._extracted[kind]
        if self._workers.several and self._workers.leads:
            messages.publish_json(self._workers, messages.TASK, {"task": "extract", "cut": kind})
            messages.publish_dataset(self._workers, dataset)
        extraction = yield from extract.extract(
            self._base, dataset, point, self._device, self._stop, self._cache, train, self._reading, self._workers
        )
        if not self._workers.leads:  # worker 0 asks for each once, and then for a phase that uses it
            self._extracted[kind] = extraction
        if self._reading.ranges() != self._ranges:
            self._ranges = self._reading.ranges()
            yield RangesEstimated(self._ranges)
            yield from measuring.warnings(self._ranges)
        self._photo_guard.check(extraction.dataset, extraction.digests)
        return extraction

    def extracted(self, point: CutPoint) -> Extraction:
        """The extraction at a cut that worker 0 requested before."""
        return self._extracted[kind_of(point)]

    def phase(
        self, phase: Phase, first: int, epochs: int, point: CutPoint, extraction: Extraction
    ) -> Generator[Event, None, PhaseInputs]:
        """Prepare the inputs of a phase: cached rows alone, with those of fixed views, or randomly augmented photos."""
        base, augment, dataset = self._base, self._spec.augment, extraction.dataset
        prefetcher = prefetch.for_device(self._device)
        if prefetcher is not None:
            self._opened.callback(prefetcher.close)
        val = FeatureSource(base, point, extraction.rows, self._device, prefetcher=prefetcher)
        items = np.flatnonzero([photo.split == "train" for photo in dataset.photos])
        train = val
        if augment.views:
            from studio.engine.augment import views  # imports torchvision, which runs without views do not need

            seed = self._spec.train.seed
            view_rows = yield from views.extract(
                base,
                dataset,
                point,
                augment,
                seed,
                self._device,
                self._stop,
                self._cache,
                self._dtype,
                self._photo_guard,
                self._reading,
            )
            train = replace(val, rows=StackedTables(extraction.rows, view_rows))
            items = np.concatenate([items, np.arange(len(extraction.rows), len(train.rows))])
        elif augment.random and phase == "network":
            pixels = extraction if point == "pixels" else (yield from self.extract(dataset, "pixels"))
            augmentation = RandomAugmentation(augment, self._spec.train.seed, pixels.digests)
            prefix = self._prefix(point)
            train = FeatureSource(base, "pixels", pixels.rows, self._device, augmentation, prefix, point, prefetcher)
        return PhaseInputs(phase, first, epochs, train, val, items)

    def _prefix(self, point: CutPoint) -> Runtime | None:
        """A runtime for the frozen layers before the cut, whose output cannot be cached; None without such layers."""
        if point == "pixels":
            return None
        runtime = extract.make_runtime(self._base, point, self._device, self._stop, self._dtype)
        self._opened.enter_context(contextlib.closing(runtime))
        return runtime


def kind_of(point: CutPoint) -> str:
    """A cut as text for other workers: `features`, `pixels`, or `after` and the path of a layer."""
    return f"after {point.layer}" if isinstance(point, Split) else point


def make_adapters(spec: RunSpec, base: Backbone) -> Adapters | None:
    """The adapters that the freeze plan of a run asks for; None without any."""
    plan = spec.freeze
    layers = freezing.require_adapted(plan, base.table.layers, base.info.name)
    if not layers:
        return None
    adapters = Adapters(base.network, layers, plan.lora_rank, plan.lora_alpha, spec.train.seed)
    adapters.require_effect(torch.zeros(1, base.info.input_size[0], *base.preprocess.size))
    return adapters


def load_backbone(spec: RunSpec, stop: Stop, cache: Path | None, clock: StageTimer) -> Generator[Event, None, Backbone]:
    """Load the backbone of a run, or only its skeleton if cached features may be all that the run needs."""
    freeze = spec.freeze

    def skeleton_suffices(table: LayerTable) -> bool:
        return freeze.batch_norm != "update" and cuts.is_all_frozen(freeze, table)

    if not spec.augment.random:  # randomly augmented photos pass through the network in every epoch
        base = yield from skeleton.load(spec.backbone, cache, skeleton_suffices)
        if base is not None:
            return base
    yield from libraries.import_libraries(*sources.libraries_of(spec.backbone))
    clock.lap("import")
    notes: list[Event] = []
    base = yield from weight_notes.record(backbone.load(spec.backbone, stop, spec.train.seed), notes)
    if skeleton_suffices(base.table):
        skeleton.save(base, spec.backbone, notes, cache)
    return base


def require_trainable(dataset: Dataset) -> None:
    """Raise the first problem of a data set as a `UserError`, if it has one."""
    if dataset.problems:
        raise UserError(dataset.problems[0].title, dataset.problems[0].hint, dataset.folder)


def without_test(dataset: Dataset) -> Dataset:
    """The data set without its test photos, which must influence neither training nor the choice of the best epoch."""
    return replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split != "test"))


def with_test_last(dataset: Dataset) -> Dataset:
    """The data set with its test photos after all others."""
    # So that a position means the same photo with and without the test photos.
    return replace(dataset, photos=tuple(sorted(dataset.photos, key=lambda photo: photo.split == "test")))
