"""Cut advisor: one pass over the training photos, and a linear probe of the network's output after each block.

Only training photos are used, and each is judged by classifiers that were fitted without it. Nothing is trained, and
nothing is written.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.data.images import preprocess as photo_preprocess
from studio.engine.advice import linear_probe
from studio.engine.advice.advising_run import advise
from studio.engine.backbones import skeleton
from studio.engine.backbones.backbone import normalize
from studio.engine.device.interruption import interruptible
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint
from studio.engine.network.features import flatten
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.training_run import TrainingRun
from studio.evaluate.intervals import wilson
from studio.evaluate.probe_choice import choose_cut
from studio.events import (
    CutAdvice,
    CutProbe,
    Dataset,
    Event,
    Events,
    Photo,
    Stage,
    ValueRanges,
    Warned,
)
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.planning import cut_candidates
from studio.planning.cut_candidates import Candidate
from studio.spec import FreezePlan, RunSpec, UserError
from studio.spec.structs import replace

PASSES = 3.0
"""Time of a training step, in forward passes: the backward pass computes the gradients of both inputs and weights."""


def find(spec: RunSpec, stop: Stop = never, cache: Path | None = None) -> Events:
    """Probe the cuts of a run's network; yields the `CutAdvice` last.

    Args:
        spec: Settings of the run; of those for freezing and training, only device and seed matter.
        stop: Checked inside long steps.
        cache: Folder of the caches; None for the user's.

    Raises:
        UserError: Settings, photos or weights cannot be used, the labels are numbers, or memory ran out.
    """
    if spec.dataset.targets:
        raise UserError("The cut advisor needs classes, but the labels are numbers.", "Compare runs instead.")
    frozen = replace(spec, freeze=FreezePlan())
    yield from advise(lambda folder: _CutAdvisor(frozen, folder, stop, cache))


class _CutAdvisor(TrainingRun):
    """A run that probes cuts in place of training."""

    def __init__(self, spec: RunSpec, folder: Path, stop: Stop, cache: Path | None) -> None:
        super().__init__(spec, folder, stop, cache, None, ValueRanges(spec.dataset.value_range))

    def _train_phases(self, dataset: Dataset, network_point: CutPoint, state: State | None) -> Events:  # noqa: ARG002  # nothing is trained
        start = time.perf_counter()
        photos = linear_probe.sample(dataset, self._spec.train.seed)
        if len({photo.label for photo in photos}) < 2:
            raise UserError(
                "The cut advisor needs training photos of two classes or more.", "Add photos of another class."
            )
        cuts = cut_candidates.candidates(self._base.table)
        outputs = _Outputs(cuts)
        labels = yield from self._compute(dataset, photos, outputs)
        run_photos = sum(photo.split != "test" for photo in dataset.photos)
        epoch_photos = sum(photo.split == "train" for photo in dataset.photos)
        yield Stage("probe", "Probing each block")
        pace = Pace("probe", len(cuts), "cuts")
        right: list[NDArray[np.bool_]] = []
        probes: list[CutProbe] = []
        for cut, features, after in zip(cuts, outputs.features(), outputs.seconds_after(), strict=True):
            seed = self._spec.train.seed
            right.append(linear_probe.classified(features, labels, len(dataset.classes), seed, self._stop))
            low, high = wilson(int(right[-1].sum()), len(labels))
            seconds = PASSES * after * epoch_photos if cut.trainable else 0.0
            size = 4 * math.prod(cut.shape) * run_photos
            share = float(right[-1].mean())
            probes.append(CutProbe(cut.layer, cut.plan, share, low, high, seconds, size, cut.trainable))
            if (progress := pace.at(len(probes))) is not None:
                yield progress
        yield pace.end(len(cuts))
        choice = choose_cut([cut.layer if cut.trainable else "all layers" for cut in cuts], right)
        seconds = time.perf_counter() - start
        spec = self._spec
        yield CutAdvice(spec.dataset, spec.backbone, tuple(probes), choice.place, choice.why, len(labels), seconds)

    def _compute(
        self, dataset: Dataset, photos: Sequence[Photo], outputs: _Outputs
    ) -> Generator[Event, None, NDArray[np.int64]]:
        """Pass the photos through the network once; returns the labels (N,) of those that could be read."""
        yield Stage("extract", "Computing the output of each block")
        base = skeleton.with_code(self._base)
        size = extract.batch_size(base, self._device)
        pace = Pace("extract", len(photos))
        labels: list[int] = []
        batch: list[NDArray[np.uint8]] = []
        loading = photo_preprocess.load(dataset.folder, photos, base.preprocess, reading=self._reading)
        done = 0
        with closing(loading), torch.no_grad(), interruptible(base.network, self._stop), outputs.recorded(base.network):
            for loaded in loading:
                if self._stop():
                    raise Interrupted
                if loaded is None:
                    continue
                done += 1
                if loaded.pixels is None:
                    yield Warned(f"{photos[loaded.index].path} was left out: {loaded.reason}.")
                else:
                    labels.append(photos[loaded.index].label)
                    batch.append(loaded.pixels)
                if batch and (len(batch) == size or done == len(photos)):
                    outputs.run(base.network, normalize(np.stack(batch), base.preprocess, self._device))
                    batch = []
                if (progress := pace.at(done)) is not None:
                    yield progress
        yield pace.end(len(photos))
        if len(set(labels)) < 2:
            raise UserError("The cut advisor needs readable training photos of two classes or more.")
        return np.array(labels)


class _Outputs:
    """Averaged outputs of layers, and the time at which each is computed.

    Args:
        cuts: The cuts; the last one is after all layers.
    """

    def __init__(self, cuts: Sequence[Candidate]) -> None:
        self._cuts = cuts
        self._rows: list[list[NDArray[np.float32]]] = [[] for _ in cuts]
        self._seconds = [0.0] * len(cuts)
        self._start = 0.0
        self._photos = 0

    @contextlib.contextmanager
    def recorded(self, network: nn.Module) -> Iterator[None]:
        """Record the outputs of the layers during passes of the network."""
        handles = [
            network.get_submodule(cut.layer).register_forward_hook(self._hook(place))
            for place, cut in enumerate(self._cuts[:-1])
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def run(self, network: nn.Module, photos: Tensor) -> None:
        """Pass normalized photos (N, 3, H, W) through the network."""
        self._start = time.perf_counter()
        self._photos += len(photos)
        self._store(len(self._cuts) - 1, flatten(network(photos)))

    def features(self) -> Iterator[NDArray[np.float32]]:
        """Yield the features (N, C) at each cut; the memory of each is freed before the next."""
        for place in range(len(self._rows)):
            rows, self._rows[place] = self._rows[place], []
            yield np.concatenate(rows)

    def seconds_after(self) -> list[float]:
        """Time of the forward pass after each cut, in seconds per photo."""
        return [(self._seconds[-1] - passed) / max(1, self._photos) for passed in self._seconds]

    def _hook(self, place: int) -> Any:
        shape = self._cuts[place].shape

        def store(_module: nn.Module, _inputs: Any, output: Any) -> None:
            self._store(place, _averaged(output, shape))

        return store

    def _store(self, place: int, features: Tensor) -> None:
        rows = features.float().cpu().numpy()  # waits for a GPU, so that the time is that of the computation
        self._seconds[place] += time.perf_counter() - self._start
        self._rows[place].append(rows)


def _averaged(output: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Features (N, C) from maps (N, C, H, W) or (N, H, W, C), tokens (N, T, C) or vectors (N, C)."""
    if output.ndim == 4 and shape[0] == shape[1] != shape[2]:
        return output.mean(dim=(1, 2))
    if output.ndim == 3:
        return output.mean(dim=1)
    return flatten(output)
