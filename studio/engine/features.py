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
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio import places
from studio.data import preprocess as photo_preprocess
from studio.data.pace import Pace
from studio.data.scan import without
from studio.engine import cache, runtime
from studio.engine.backbone import Backbone
from studio.engine.cut import Split, prefix
from studio.engine.networks import flatten
from studio.engine.runtime import Runtime
from studio.events import Dataset, Event, Extracted, Skipped, Stage, Warned
from studio.workbench.jobs import Interrupted, Stop, never

Cut = Literal["features", "pixels"] | Split
"""What is kept: the whole backbone's flat features, one layer's output, or the framed photo."""

ROWS_VERSION = 2
"""Raised when the same photo would give other rows than before, so that old ones are not used."""

AHEAD_BYTES = 12_000_000
"""Pixels a decoding thread that may wait: the other cores decode while one compiles the network."""

TOGETHER = 8
"""Rows written at once: as many are lost at most when the program dies."""


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
    if (large := shelf.make_room(len(dataset.photos), places.cache_limit())) is not None:
        yield large
    pace = Pace("extract", len(dataset.photos))
    digests: list[bytes] = []
    skipped: list[Skipped] = []
    height, width = backbone.preprocess.size
    loading = photo_preprocess.load(
        dataset.folder,
        dataset.photos,
        backbone.preprocess,
        wanted=lambda digest: digest not in shelf,
        ahead=max(4, min(64, AHEAD_BYTES // (3 * height * width))),
    )
    with shelf, closing(loading), closing(Writer(backbone, cut, device, shelf, stop)) as writer:
        for loaded in loading:
            if stop():
                raise Interrupted
            if loaded is None:
                photo = dataset.photos[len(digests) + len(skipped)]
                yield pace.late(str(Path(dataset.folder, photo.path)))
                continue
            if loaded.reason:
                skipped.append(Skipped(dataset.photos[loaded.index].path, loaded.reason))
                yield Warned(f"{skipped[-1].path} was left out: {loaded.reason}.")
                continue
            digests.append(loaded.digest)
            if loaded.pixels is not None:
                writer.put(loaded.digest, loaded.pixels)
            if (told := pace.at(len(digests) + len(skipped))) is not None:
                yield told
        writer.finish()
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
        parts["runtime"] = runtime.name_for(backbone)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def row_shape(backbone: Backbone, cut: Cut) -> tuple[int, ...]:
    """Shape of one row: (D,) features, a layer's output, or (H, W, 3) pixels."""
    if isinstance(cut, Split):
        return cut.shape
    return (backbone.table.features,) if cut == "features" else (*backbone.preprocess.size, 3)


def name_of(cut: Cut) -> str:
    """`features`, `pixels`, or the path of the layer whose output is kept."""
    return cut.layer if isinstance(cut, Split) else cut


def batch_size(backbone: Backbone, device: torch.device) -> int:
    """Photos in one pass of torch."""
    return runtime.batch_size(backbone, device)


def _shelf(root: Path, backbone: Backbone, cut: Cut) -> cache.Shelf:
    dtype = "uint8" if cut == "pixels" else "float32"
    about: dict[str, object] = {
        "backbone": backbone.info.name,
        "cut": name_of(cut),
        "preprocess": asdict(backbone.preprocess),
        "runtime": "" if cut == "pixels" else runtime.name_for(backbone),
    }
    return cache.Shelf(root / shelf_key(backbone, cut), row_shape(backbone, cut), dtype, about)


class Writer:
    """Computes rows and puts them on the shelf, a few at a time.

    Attributes:
        computed: Photos whose rows were computed.
    """

    def __init__(self, backbone: Backbone, cut: Cut, device: torch.device, shelf: cache.Shelf, stop: Stop) -> None:
        self._backbone, self._cut, self._device, self._shelf, self._stop = backbone, cut, device, shelf, stop
        self._runtime: Runtime | None = None
        self._begun: set[bytes] = set()
        self._ready: dict[bytes, NDArray[np.generic]] = {}
        self.computed = 0

    def put(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        """Take one framed photo (H, W, 3); one that was taken before, or is on the shelf, is left alone.

        Raises:
            Interrupted: The job was stopped.
        """
        if digest in self._begun or digest in self._shelf:
            return
        self._begun.add(digest)
        self._ready |= {digest: pixels} if self._cut == "pixels" else self._quick().put(digest, pixels)
        if len(self._ready) >= TOGETHER:
            self._write()

    def finish(self) -> None:
        """Compute and write what is still to come."""
        if self._runtime is not None:
            self._ready |= self._runtime.finish()
        self._write()

    def close(self) -> None:
        """Let go of what computes."""
        if self._runtime is not None:
            self._runtime.close()

    def _write(self) -> None:
        if self._ready:
            self._shelf.put(list(self._ready), np.stack(list(self._ready.values())))
            self.computed += len(self._ready)
            self._ready.clear()

    def _quick(self) -> Runtime:
        """Made when the first photo needs it: a warm cache needs none."""
        if self._runtime is None:
            self._runtime = quick(self._backbone, self._cut, self._device, self._stop)
        return self._runtime


def quick(backbone: Backbone, cut: Cut, device: torch.device, stop: Stop = never) -> Runtime:
    """The quickest way to the rows of a cut other than `pixels`; `close` it when done."""
    return runtime.find(backbone, functools.partial(kept_of, cut), device, stop)


def forward(quick: Runtime, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 photos (N, H, W, 3) to float32 rows (N, ...)."""
    return runtime.rows_of(quick, pixels)


def kept_of(cut: Cut, network: nn.Module, photos: Tensor) -> Tensor:
    """What is kept of normalised photos (N, 3, H, W)."""
    return prefix(network, cut, photos) if isinstance(cut, Split) else flatten(network(photos))
