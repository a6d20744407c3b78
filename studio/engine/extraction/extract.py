"""Extraction: the cached rows of photos, each computed only once.

The cut is after the whole backbone if none of it trains (`features`), after its frozen first layers if the others
train, or before the backbone if there are no such layers (`pixels`). In all three cases the rows are cached, keyed by
the photo's content, its preprocessing, the weights and the cut.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.data.bit_depth.reading import STANDALONE, Reading
from studio.data.checked_folder import without
from studio.data.images import preprocess as photo_preprocess
from studio.engine.backbones import skeleton
from studio.engine.backbones.backbone import Backbone
from studio.engine.cache import finite, store
from studio.engine.device import precision
from studio.engine.device.memory import Tell, ignore_warning
from studio.engine.extraction import cuda, runtime, worker_parts
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.extraction.row_writer import RowWriter
from studio.engine.extraction.runtime import Runtime
from studio.engine.network.features import flatten
from studio.engine.network.splitting import Split, prefix
from studio.engine.workers.workers import ALONE, Workers
from studio.events import Dataset, Event, FeaturesComputed, Skipped, Stage, Warned
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.spec import TrainSpec, UserError
from studio.spec.structs import asdict
from studio.system import paths, remote

CutPoint = Literal["features", "pixels"] | Split
"""Cached output: the whole backbone's flat features, one layer's output, or the preprocessed photo."""

ROWS_VERSION = 2
"""Part of the key; to be increased whenever the same photo gives different rows, so that old rows are not used."""

AHEAD_BYTES = 12_000_000
"""Bytes of preprocessed photos that may wait per decoding thread, while one core compiles the network."""

DEFAULT_SETTINGS = TrainSpec()
"""Settings for features without a run."""


@dataclass(frozen=True)
class Extraction:
    """Result of an extraction.

    Attributes:
        dataset: The readable photos.
        rows: One row per photo, in the order of `dataset.photos`.
        digests: Keys of the photos (see `Reading.digest`), in the same order.
    """

    dataset: Dataset
    rows: store.Rows
    digests: tuple[bytes, ...]


def extract(
    backbone: Backbone,
    dataset: Dataset,
    cut: CutPoint,
    device: torch.device,
    stop: Stop,
    folder: Path | None = None,
    settings: TrainSpec = DEFAULT_SETTINGS,
    reading: Reading = STANDALONE,
    workers: Workers = ALONE,
) -> Generator[Event, None, Extraction]:
    """Compute the rows that are not in the cache yet; returns those of every readable photo.

    Each of several workers computes every `count`th photo into one cache, and returns the rows of all.

    Args:
        backbone: Backbone in eval mode, on `device`.
        dataset: The photos.
        cut: The cut.
        device: Device to compute on.
        stop: Checked between photos and between layers.
        folder: Folder of the cache; None for the user's.
        settings: Settings of the run, for their precision.
        reading: Rule for the value range of photos of more than 8 bits.
        workers: The workers that compute these photos together.

    Raises:
        Interrupted: `stop` returned True.
        UserError: A folder of photos is gone, or a worker is lost.
    """
    yield Stage("extract", "Reading photos" if cut == "pixels" else "Computing features")
    start = time.perf_counter()
    root = folder or paths.cache_folder()
    dtype = precision.frozen_dtype(settings.precision, device)
    feature_store = _feature_store(root, backbone, cut, dtype)
    if (large := feature_store.make_room(len(dataset.photos), paths.cache_limit())) is not None:
        yield large
    pace = Pace("extract", len(dataset.photos))
    photos = dataset.photos[workers.rank :: workers.count]
    digests: list[bytes] = []
    bad: list[tuple[int, str]] = []
    height, width = backbone.preprocess.size
    read_before = reading.photos_read
    readers = remote.READERS if remote.url_of(dataset.folder) else None
    loading = photo_preprocess.load(
        dataset.folder,
        photos,
        backbone.preprocess,
        readers,
        needed=lambda digest: digest not in feature_store,
        ahead=4 if readers else max(4, min(64, AHEAD_BYTES // (3 * height * width))),
        reading=reading,
    )

    def photo_of(digest: bytes) -> str:
        """Path of the photo with this content."""
        unread = {dataset.photos[index].path for index, _ in bad}
        readable = [photo.path for photo in photos if photo.path not in unread]
        return str(Path(dataset.folder, readable[digests.index(digest)]))

    def done() -> int:
        """Number of photos that all workers have read, if the others are as fast."""
        return min(len(dataset.photos), (len(digests) + len(bad)) * workers.count)

    finite_rows = finite.photo_errors(backbone.info.name, dtype, photo_of)
    with (
        finite_rows,
        feature_store,
        closing(loading),
        closing(writer(backbone, cut, device, feature_store, stop, dtype)) as writing,
    ):
        for loaded in loading:
            if stop():
                raise Interrupted
            if loaded is None and reading.photos_read != read_before:  # a value range is being estimated
                read_before = reading.photos_read
                if (progress := pace.at(done())) is not None:
                    yield progress
                continue
            if loaded is None:
                yield pace.late(str(Path(dataset.folder, photos[len(digests) + len(bad)].path)))
                continue
            if loaded.reason:
                index = workers.rank + loaded.index * workers.count
                _require_folder(dataset, index)
                bad.append((index, loaded.reason))
                if not workers.several:
                    yield _left_out(dataset, index, loaded.reason)
                continue
            digests.append(loaded.digest)
            if loaded.pixels is not None:
                writing.put(loaded.digest, loaded.pixels)
            yield from writing.drain_warnings()
            if (progress := pace.at(done())) is not None:
                yield progress
        writing.finish()
        yield from writing.drain_warnings()
        computed = writing.computed
        if not workers.several:
            yield pace.end(len(dataset.photos))
            rows = feature_store.rows(digests)
    if workers.several:
        digests, bad, computed = worker_parts.exchanged(
            workers, len(dataset.photos), digests, bad, computed, reading, stop
        )
        for index, reason in bad:
            yield _left_out(dataset, index, reason)
        yield pace.end(len(dataset.photos))
        rows = worker_parts.rows_of_all(workers, lambda: _feature_store(root, backbone, cut, dtype), digests, stop)
    readable = without(dataset, [Skipped(dataset.photos[place].path, why) for place, why in bad]) if bad else dataset
    if cut == "features" and len(set(digests)) > 1 and rows.are_all_equal():
        yield Warned(
            f"“{backbone.info.name}” gives the same features for all {len(rows)} photos: nothing can be learned.",
            "Choose other weights: these do not distinguish the photos.",
        )
    reused = max(0, len(digests) - computed)  # includes identical photos, which two workers may both compute
    yield FeaturesComputed(computed, reused, time.perf_counter() - start)
    return Extraction(readable, rows, tuple(digests))


def _left_out(dataset: Dataset, index: int, reason: str) -> Warned:
    return Warned(f"{dataset.photos[index].path} was left out: {reason}.")


def _require_folder(dataset: Dataset, index: int) -> None:
    """Raise a `UserError` if the folder of a photo that cannot be read is gone, and not only the photo."""
    # If a drive is unplugged, a run that only left out its photos would finish without an error, on a few photos.
    folder = Path(dataset.folder, dataset.photos[index].path).parent
    if not remote.url_of(folder) and not folder.is_dir():
        raise UserError(
            f"The folder {folder} is gone: it was moved, deleted or unplugged while its photos were read.",
            "Put it back, then try again: the features computed so far are in the cache.",
            folder,
        )


def store_key(backbone: Backbone, cut: CutPoint, dtype: torch.dtype = torch.float32) -> str:
    """Name of the feature store: a hash of everything that a row depends on besides the photo."""
    preprocess = asdict(backbone.preprocess)
    parts: dict[str, object] = {"version": ROWS_VERSION, "preprocess": preprocess, "cut": name_of(cut)}
    if isinstance(cut, Split) and cut.layer in ("features", "pixels"):  # a layer may have that name, too
        parts["cut"] = ("layer", cut.layer)
    if cut != "pixels":
        parts |= {"backbone": backbone.info.identity, "weights": backbone.fingerprint}
        parts["runtime"] = runtime.name_for(backbone)
        if dtype != torch.float32:
            parts["precision"] = precision.dtype_name(dtype)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def row_shape(backbone: Backbone, cut: CutPoint) -> tuple[int, ...]:
    """Shape of one row: (D,) features, a layer's output, or (H, W, 3) pixels."""
    if isinstance(cut, Split):
        return cut.shape
    return (backbone.table.features,) if cut == "features" else (*backbone.preprocess.size, 3)


def name_of(cut: CutPoint) -> str:
    """`features`, `pixels`, or the path of the layer whose output is cached."""
    return cut.layer if isinstance(cut, Split) else cut


def batch_size(backbone: Backbone, device: torch.device) -> int:
    """Number of photos in one pass of torch."""
    return runtime.batch_size(backbone, device)


def _feature_store(root: Path, backbone: Backbone, cut: CutPoint, dtype: torch.dtype) -> store.FeatureStore:
    stored = "uint8" if cut == "pixels" else "float32"
    about: dict[str, object] = {
        "backbone": backbone.info.name,
        "cut": name_of(cut),
        "readout": "" if cut == "pixels" else backbone.info.readout or "default",
        "preprocess": asdict(backbone.preprocess),
        "runtime": "" if cut == "pixels" else runtime.name_for(backbone),
        "precision": "" if cut == "pixels" else precision.dtype_name(dtype),
    }
    return store.FeatureStore(root / store_key(backbone, cut, dtype), row_shape(backbone, cut), stored, about)


def writer(
    backbone: Backbone,
    cut: CutPoint,
    device: torch.device,
    feature_store: store.FeatureStore,
    stop: Stop,
    dtype: torch.dtype = torch.float32,
) -> RowWriter:
    """Make a writer of photos' rows to a feature store; see `make_runtime`."""
    make = None if cut == "pixels" else lambda tell: make_runtime(backbone, cut, device, stop, dtype, tell)
    return RowWriter(feature_store, make)


def make_runtime(
    backbone: Backbone,
    cut: CutPoint,
    device: torch.device,
    stop: Stop = never,
    dtype: torch.dtype = torch.float32,
    tell: Tell = ignore_warning,
) -> Runtime:
    """Make the fastest runtime for a cut other than `pixels`; the caller must close it.

    Args:
        backbone: Backbone in eval mode, on `device`.
        cut: The cut.
        device: Device to compute on.
        stop: Checked between layers of slow networks.
        dtype: Number type of the passes on a GPU.
        tell: Called with a warning when memory runs out.
    """
    backbone = skeleton.with_code(backbone)
    output_fn = functools.partial(output_at, cut)
    if device.type == "cpu":
        return runtime.find(backbone, output_fn, device, stop, tell)
    size = cuda.max_batch_size(batch_size(backbone, device), row_shape(backbone, cut))
    return CudaRuntime(backbone, output_fn, device, dtype, size, tell)


def forward(network: Runtime, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute float32 rows (N, …) of uint8 photos (N, H, W, 3)."""
    return runtime.rows_of(network, pixels)


def output_at(cut: CutPoint, network: nn.Module, photos: Tensor) -> Tensor:
    """Compute the output at a cut for normalized photos (N, 3, H, W)."""
    return prefix(network, cut, photos) if isinstance(cut, Split) else flatten(network(photos))
