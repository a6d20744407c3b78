"""Backbone advisor: a linear probe on the features of each backbone whose weights are on this computer.

Only training photos are used, and each is judged by classifiers that were fitted without it. Nothing is trained or
downloaded; the features stay in the cache, where a run finds them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from studio.data.formats.unreadable import Unreadable
from studio.data.images import decode
from studio.data.images.measuring import DataSetReading
from studio.data.scan import list_photos
from studio.engine.advice import linear_probe
from studio.engine.backbones import skeleton
from studio.engine.device import devices
from studio.engine.device.interruption import interruptible
from studio.engine.extraction import extract
from studio.engine.training.run_inputs import load_backbone, require_trainable, without_test
from studio.engine.training.stage_timer import StageTimer
from studio.evaluate.intervals import wilson
from studio.evaluate.probe_choice import SMALL_SET, choose_backbone
from studio.events import BackboneAdvice, BackboneProbe, Dataset, Event, Events, Photo, Stage, ValueRanges, Warned
from studio.formatting.numbers import many, plain, seconds
from studio.jobs.protocol import Stop, never
from studio.planning import backbone_candidates
from studio.spec import BackboneSpec, FreezePlan, RunSpec, UserError
from studio.spec.structs import replace

PASSES = 3.0
"""Time of a training step, in forward passes: the backward pass computes the gradients of both inputs and weights."""

TIMED_PHOTOS, TIMED_PASSES = 8, 3
"""Number of photos in a timed forward pass, and number of passes; the fastest pass counts."""

MEASURED_PHOTOS = 64
"""Largest number of photos whose size is read."""

ENLARGED = 0.75
"""Shorter side of the photos, as a share of a network's input, below which they count as enlarged."""


def find(
    spec: RunSpec,
    stop: Stop = never,
    cache: Path | None = None,
    compared: Sequence[BackboneSpec] | None = None,
) -> Events:
    """Probe the backbones on this computer; yields the `BackboneAdvice` last.

    Args:
        spec: Settings of the run; its image size, crop policy and device are used for all backbones.
        stop: Checked inside long steps.
        cache: Folder of the caches; None for the user's.
        compared: The backbones to compare, smallest first; None for those on this computer.

    Raises:
        UserError: Photos or weights cannot be used, the labels are numbers, or no backbone is on this computer.
    """
    start = time.perf_counter()
    if spec.dataset.targets:
        raise UserError("The backbone advisor needs classes, but the labels are numbers.", "Compare runs instead.")
    left_out = 0
    if compared is None:
        compared, left_out = backbone_candidates.candidates(spec.backbone)
    if not compared:
        raise UserError(
            "There are no weights of a backbone on this computer.", "Train once with one: this downloads its weights."
        )
    yield Stage("scan", "Listing photos")
    dataset = yield from list_photos(spec.dataset)
    require_trainable(dataset)
    photos = linear_probe.sample(dataset, spec.train.seed)
    if len({photo.label for photo in photos}) < 2:
        raise UserError(
            "The backbone advisor needs training photos of two classes or more.", "Add photos of another class."
        )
    advisor = _BackboneAdvisor(spec, dataset, photos, stop, cache)
    probed: list[_Probed] = []
    for backbone in compared:
        try:
            one = yield from advisor.probe(backbone)
        except UserError as error:  # a damaged weights file must not hide the results of the others
            if backbone.name == spec.backbone.name or len(compared) == 1:
                raise
            left_out += 1
            yield Warned(f"{backbone.name} was left out: {error.title}", error.hint)
        else:
            probed.append(one)
    if not probed:
        raise UserError("None of the backbones on this computer could be used.", "The warnings above say why.")
    yield advisor.advice(probed, left_out, start)


@dataclass(frozen=True)
class _Probed:
    """A probe with the photos that it classifies correctly, by path."""

    probe: BackboneProbe
    right: dict[str, bool]


class _BackboneAdvisor:
    """Probes backbones on the same photos."""

    def __init__(
        self, spec: RunSpec, dataset: Dataset, photos: Sequence[Photo], stop: Stop, cache: Path | None
    ) -> None:
        self._spec, self._dataset, self._stop, self._cache = spec, dataset, stop, cache
        self._photos = photos
        self._training_photos = sum(photo.split == "train" for photo in dataset.photos)
        self._device = devices.find(spec.train.device)
        ranges = ValueRanges(spec.dataset.value_range)
        self._reading = DataSetReading(dataset.folder, without_test(dataset).photos, ranges)

    def probe(self, backbone: BackboneSpec) -> Generator[Event, None, _Probed]:
        """Compute the features of the photos with a backbone, and probe them."""
        spec = replace(self._spec, backbone=backbone, freeze=FreezePlan(), augment=type(self._spec.augment)())
        base = yield from load_backbone(spec, self._stop, self._cache, StageTimer(None))
        devices.move_network(base.network, self._device)
        part = replace(self._dataset, photos=tuple(self._photos))
        extraction = yield from extract.extract(
            base, part, "features", self._device, self._stop, self._cache, spec.train, self._reading
        )
        read = extraction.dataset.photos
        labels = np.array([photo.label for photo in read], np.int64)
        if len(set(labels.tolist())) < 2:
            raise UserError("The backbone advisor needs readable training photos of two classes or more.")
        yield Stage("probe", f"Probing {base.info.name}")
        features = np.asarray(extraction.rows.take(np.arange(len(read))), np.float32)
        classes, seed = len(self._dataset.classes), spec.train.seed
        right = linear_probe.classified(features, labels, classes, seed, self._stop)
        low, high = wilson(int(right.sum()), len(right))
        full = skeleton.with_code(base)
        with interruptible(full.network, self._stop):
            passed = _forward_seconds(full.network, base.preprocess.size, self._device)
        macs = backbone_candidates.macs(backbone)
        epoch = PASSES * passed * self._training_photos
        share = float(right.mean())
        result = BackboneProbe(
            backbone, share, low, high, base.table.parameters, macs, base.preprocess.size, passed, epoch
        )
        return _Probed(result, dict(zip((photo.path for photo in read), right.tolist(), strict=True)))

    def advice(self, probed: Sequence[_Probed], left_out: int, start: float) -> BackboneAdvice:
        """The advice that follows from the probes."""
        common = [photo.path for photo in self._photos if all(photo.path in one.right for one in probed)]
        right: list[NDArray[np.bool_]] = [np.array([one.right[path] for path in common], bool) for one in probed]
        probes = tuple(one.probe for one in probed)
        names, macs = [one.backbone.name for one in probes], [one.macs for one in probes]
        choice = choose_backbone(names, macs, right, self._training_photos)
        small = self._training_photos < SMALL_SET or self._device.type == "cpu"
        size = self._photo_size()
        return BackboneAdvice(
            self._spec.dataset,
            probes,
            choice.place,
            choice.why,
            _notes(probes[choice.place], size, str(self._device), self._training_photos),
            len(common),
            self._training_photos,
            size,
            str(self._device),
            left_out,
            tuple((entry.name, entry.download_mb) for entry in backbone_candidates.downloads(small)),
            time.perf_counter() - start,
        )

    def _photo_size(self) -> tuple[int, int] | None:
        """Median width and height of some of the photos."""
        places = np.unique(np.linspace(0, len(self._photos) - 1, MEASURED_PHOTOS).round().astype(int))
        sizes = []
        for place in places:
            try:
                facts = decode.check(Path(self._dataset.folder, self._photos[place].path)).facts
            except Unreadable:
                continue
            sizes.append((facts.width, facts.height))
        if not sizes:
            return None
        widths, heights = zip(*sizes, strict=True)
        return int(statistics.median(widths)), int(statistics.median(heights))


def _notes(probe: BackboneProbe, size: tuple[int, int] | None, device: str, photos: int) -> tuple[str, ...]:
    """Notes on the time of an epoch on this computer, and on photos smaller than the network's input."""
    epoch = plain(seconds(probe.epoch_seconds))
    notes = [
        f"On this computer ({device}) an epoch in which all its layers train takes about {epoch} for "
        f"{plain(many(photos, 'photo'))}; with all layers frozen, features are computed once."
    ]
    side = min(probe.image_size)
    if size is not None and min(size) < ENLARGED * side:
        notes.append(
            f"The photos are about {size[0]} × {size[1]} pixels and are enlarged to {side} × {side}: a smaller image "
            f"size (--image-size) takes less time; compare both."
        )
    return tuple(notes)


@torch.no_grad()
def _forward_seconds(network: torch.nn.Module, size: tuple[int, int], device: torch.device) -> float:
    """Time of a forward pass per photo, in seconds."""
    photos = torch.zeros(TIMED_PHOTOS, 3, *size, device=device)
    times = []
    for _ in range(TIMED_PASSES):
        start = time.perf_counter()
        network(photos).sum().item()  # waits for a GPU
        times.append(time.perf_counter() - start)
    return min(times) / TIMED_PHOTOS
