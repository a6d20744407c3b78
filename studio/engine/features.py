"""Photos to feature vectors, each computed once for ever.

The cut is behind the whole backbone where nothing of it trains (`features`), behind its frozen beginning where the rest
trains, or in front of it where there is no such beginning (`pixels`). All frozen and part frozen are the same case with
another cut: rows in a cache, keyed by the photo's content, its preprocessing, the weights and the cut.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio import places, plan
from studio.data import preprocess as photo_preprocess
from studio.data.pace import Pace
from studio.data.scan import without
from studio.engine import cache
from studio.engine.backbone import Backbone, normalised
from studio.engine.cut import prefix
from studio.engine.folding import folded
from studio.engine.interruption import interruptible
from studio.engine.networks import flatten
from studio.events import Dataset, Event, Extracted, Skipped, Stage, Warned
from studio.workbench.jobs import Interrupted, Stop, never

Cut = Literal["features", "pixels"] | plan.Cut
"""What is kept: the whole backbone's flat features, one layer's output, or the framed photo."""

ROWS_VERSION = 1
"""Raised when the same photo would give other rows than before, so that old ones are not used."""


@dataclass(frozen=True)
class Extraction:
    """What came of it.

    Attributes:
        dataset: The photos that could be read.
        rows: One row a photo, in the order of `dataset.photos`.
        digests: Of the photos' content, in the same order.
    """

    dataset: Dataset
    rows: cache.Rows
    digests: tuple[bytes, ...]


def extract(
    backbone: Backbone, dataset: Dataset, cut: Cut, device: torch.device, stop: Stop, folder: Path | None = None
) -> Generator[Event, None, Extraction]:
    """Compute what the cache does not hold yet; returns the rows of every readable photo.

    Args:
        backbone: In eval mode, on `device`.
        dataset: Its photos.
        cut: What is computed.
        device: Where.
        stop: Asked between photos and between layers.
        folder: Of the cache; None for the user's.
    """
    yield Stage("extract", "Reading photos" if cut == "pixels" else "Computing features")
    began = time.perf_counter()
    root = folder or places.cache_folder()
    shelf = _shelf(root, backbone, cut)
    cache.prune(root, places.cache_limit(), keep=root / shelf_key(backbone, cut))
    pace = Pace("extract", len(dataset.photos))
    digests: list[bytes] = []
    skipped: list[Skipped] = []
    waiting: dict[bytes, NDArray[np.uint8]] = {}
    batch = batch_size(backbone, device)
    loading = photo_preprocess.load(
        dataset.folder, dataset.photos, backbone.preprocess, wanted=lambda digest: digest not in shelf
    )
    with shelf:
        writer = _Writer(backbone, cut, device, shelf, stop)
        try:
            for done, loaded in enumerate(loading, 1):
                if stop():
                    raise Interrupted
                if loaded.reason:
                    skipped.append(Skipped(dataset.photos[loaded.index].path, loaded.reason))
                    yield Warned(f"{skipped[-1].path} was left out: {loaded.reason}.")
                    continue
                digests.append(loaded.digest)
                if loaded.pixels is not None and loaded.digest not in waiting and loaded.digest not in shelf:
                    waiting[loaded.digest] = loaded.pixels
                if len(waiting) >= batch:
                    writer.put(waiting)
                if (told := pace.at(done)) is not None:
                    yield told
            writer.put(waiting)
        finally:
            loading.close()
        yield pace.end(len(dataset.photos))
        readable = without(dataset, skipped) if skipped else dataset
        rows = shelf.rows(digests)
    reused = len({*digests}) - writer.computed
    yield Extracted(writer.computed, reused, time.perf_counter() - began)
    return Extraction(readable, rows, tuple(digests))


def shelf_key(backbone: Backbone, cut: Cut) -> str:
    """Name of the shelf: a hash over everything but the photo that a row depends on."""
    preprocess = asdict(backbone.preprocess)
    parts: dict[str, object] = {"version": ROWS_VERSION, "preprocess": preprocess, "cut": name_of(cut)}
    if cut != "pixels":
        parts |= {"backbone": f"{backbone.info.source}/{backbone.info.arch}", "weights": backbone.fingerprint}
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def row_shape(backbone: Backbone, cut: Cut) -> tuple[int, ...]:
    """Shape of one row: (D,) features, a layer's output, or (H, W, 3) pixels."""
    if isinstance(cut, plan.Cut):
        return cut.shape
    return (backbone.table.features,) if cut == "features" else (*backbone.preprocess.size, 3)


def name_of(cut: Cut) -> str:
    """`features`, `pixels`, or the path of the layer whose output is kept."""
    return cut.layer if isinstance(cut, plan.Cut) else cut


def batch_size(backbone: Backbone, device: torch.device) -> int:
    """Photos in one forward pass.

    On a CPU small batches are quicker (a large one's activations are handed back to the kernel and faulted in again),
    and a network that takes long for one photo gets even smaller ones, so that progress moves.
    """
    if device.type != "cpu":
        return 64
    return max(1, min(8, int(40e9 / max(1, backbone.info.macs))))


def _shelf(root: Path, backbone: Backbone, cut: Cut) -> cache.Shelf:
    dtype = "uint8" if cut == "pixels" else "float32"
    about: dict[str, object] = {
        "backbone": backbone.info.name,
        "cut": name_of(cut),
        "preprocess": asdict(backbone.preprocess),
    }
    return cache.Shelf(root / shelf_key(backbone, cut), row_shape(backbone, cut), dtype, about)


class _Writer:
    """Computes rows and puts them on the shelf."""

    def __init__(self, backbone: Backbone, cut: Cut, device: torch.device, shelf: cache.Shelf, stop: Stop) -> None:
        self._backbone, self._cut, self._device, self._shelf, self._stop = backbone, cut, device, shelf, stop
        self._quick: Backbone | None = None
        self.computed = 0

    def put(self, waiting: dict[bytes, NDArray[np.uint8]]) -> None:
        """Rows of the waiting photos; empties `waiting`."""
        if not waiting:
            return
        pixels = np.stack(list(waiting.values()))
        rows = pixels if self._cut == "pixels" else self._forward(pixels)
        self._shelf.put(list(waiting), rows)
        self.computed += len(waiting)
        waiting.clear()

    def _forward(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return forward(self._copy(), pixels, self._device, self._stop, self._cut)

    def _copy(self) -> Backbone:
        """Made when the first photo needs it: a warm cache needs none."""
        if self._quick is None:
            self._quick = quick(self._backbone, self._cut)
        return self._quick


def quick(backbone: Backbone, cut: Cut = "features") -> Backbone:
    """The backbone with BatchNorm folded, for computing what the cut keeps; itself where that is not the same."""
    network = folded(backbone.network, backbone.table, functools.partial(kept_of, cut), backbone.info.input_size[0])
    return replace(backbone, network=network.to(memory_format=torch.channels_last))


def forward(
    backbone: Backbone, pixels: NDArray[np.uint8], device: torch.device, stop: Stop = never, cut: Cut = "features"
) -> NDArray[np.float32]:
    """uint8 photos (N, H, W, 3) to float32 rows (N, ...), what the cut keeps of them."""
    with torch.no_grad(), interruptible(backbone.network, stop):
        photos = normalised(pixels, backbone.preprocess, device)
        rows: NDArray[np.float32] = kept_of(cut, backbone.network, photos).float().cpu().numpy()
    return rows


def kept_of(cut: Cut, network: nn.Module, photos: Tensor) -> Tensor:
    """What is kept of normalised photos (N, 3, H, W)."""
    return prefix(network, cut, photos) if isinstance(cut, plan.Cut) else flatten(network(photos))
