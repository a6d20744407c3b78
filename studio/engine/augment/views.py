"""Fixed views: augmented copies of each training photo, computed once and cached with the photos' own rows.

A fixed flip or crop costs one pass through the frozen part of the network, while random augmentation costs one per
epoch. Rows of views are in the same feature store as those of photos, under a digest of their own: of the photo's
content, the steps, and, where these are random, the view's number and the seed.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from studio.data.bit_depth.reading import STANDALONE, Reading
from studio.data.images import preprocess
from studio.data.images.preprocess import LoadedPhoto
from studio.engine.augment import transforms
from studio.engine.backbones.backbone import Backbone
from studio.engine.cache import finite, store
from studio.engine.extraction import extract as features
from studio.engine.extraction.extract import CutPoint
from studio.engine.extraction.photo_guard import PhotoGuard
from studio.events import Dataset, Event, Stage, ViewsComputed
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.jobs.workers import map_ordered
from studio.planning.augmentation import is_certain
from studio.spec import AugmentSpec, UserError
from studio.system import paths

VIEWS_VERSION = 1
"""Part of the digest; to be increased whenever the same photo, steps and seed give different pixels."""


def extract(
    backbone: Backbone,
    dataset: Dataset,
    cut: CutPoint,
    spec: AugmentSpec,
    seed: int,
    device: torch.device,
    stop: Stop,
    folder: Path | None = None,
    dtype: torch.dtype = torch.float32,
    photo_guard: PhotoGuard | None = None,
    reading: Reading = STANDALONE,
) -> Generator[Event, None, store.Rows]:
    """Compute the views that are not in the cache yet.

    Args:
        backbone: Backbone in eval mode, on `device`.
        dataset: Data set of readable photos; the training photos get views.
        cut: The cut, as for photos.
        spec: The steps, and the number of views.
        seed: Seed of the random numbers.
        device: Device to compute on.
        stop: Checked between views and between layers.
        folder: Folder of the cache; None for the user's.
        dtype: Number type of the passes on a GPU.
        photo_guard: Compares the photos with their first reading; None if they were not read before.
        reading: Rule for the value range of photos of more than 8 bits.

    Returns:
        `spec.views` rows per training photo: view v of training photo i (counted in the order of `dataset.photos`) is
        row i * views + v.

    Raises:
        UserError: A photo can no longer be read, or has changed since `photo_guard` recorded it.
    """
    yield Stage("views", "Augmenting photos" if cut == "pixels" else "Computing features of augmented photos")
    start_time = time.perf_counter()
    root = folder or paths.cache_folder()
    photos = tuple(photo for photo in dataset.photos if photo.split == "train")
    pace = Pace("views", len(photos) * spec.views, "views")
    digests: list[bytes] = []

    def photo_of(digest: bytes) -> str:
        """Path of the photo that a view was made of."""
        return str(Path(dataset.folder, photos[digests.index(digest) // spec.views].path))

    with (
        finite.photo_errors(backbone.info.name, dtype, photo_of),
        _feature_store(root, backbone, cut, dtype) as feature_store,
        closing(features.writer(backbone, cut, device, feature_store, stop, dtype)) as writer,
    ):
        rows_in_all = len(dataset.photos) + len(photos) * spec.views
        if (large := feature_store.make_room(rows_in_all, paths.cache_limit())) is not None:
            yield large
        missing = _Missing(feature_store, spec, seed)
        loading = preprocess.load(dataset.folder, photos, backbone.preprocess, needed=missing.any_of, reading=reading)
        augmented = map_ordered(functools.partial(_augment_view, spec), missing.of(loading))
        with closing(loading), closing(augmented) as views:
            for view in views:
                if stop():
                    raise Interrupted
                if view is None:
                    yield pace.late(str(Path(dataset.folder, photos[len(digests) // spec.views].path)))
                    continue
                if view.reason:
                    raise UserError(
                        f"{photos[view.photo].path} can no longer be read: {view.reason}.",
                        "Put the photo back as it was and resume the run, or train again without it.",
                        Path(dataset.folder, photos[view.photo].path),
                    )
                if photo_guard is not None:
                    photo_guard.require(dataset, photos[view.photo].path, view.of)
                digests.append(view.digest)
                if view.pixels is not None:
                    writer.put(view.digest, view.pixels)
                yield from writer.drain_warnings()
                if (progress := pace.at(len(digests))) is not None:
                    yield progress
        writer.finish()
        yield from writer.drain_warnings()
        yield pace.end(len(digests))
        rows = feature_store.rows(digests)
    reused = len({*digests}) - writer.computed
    yield ViewsComputed(writer.computed, reused, time.perf_counter() - start_time)
    return rows


def digest_of(photo: bytes, spec: AugmentSpec, view: int, seed: int) -> bytes:
    """Cache key of a view: a hash, 16 bytes, of everything that its pixels depend on."""
    steps = tuple(step for step in spec.steps if step.probability > 0)
    randomness = () if is_certain(spec) else (view, seed)
    # The keys of existing caches have the field's former name.
    about = repr((VIEWS_VERSION, steps, randomness)).replace(" probability=", " chance=")
    return hashlib.blake2b(photo + about.encode(), digest_size=store.KEY_BYTES).digest()


@dataclass(frozen=True)
class _View:
    """One view of one photo while it is processed.

    Attributes:
        photo: Index among the training photos.
        of: Digest of the photo's content.
        digest: Digest of the view.
        key: Determines the random numbers.
        pixels: (H, W, 3) uint8, of the photo before augmentation and of the view after it; None if the view is cached.
        reason: Reason why the photo cannot be read; "" otherwise.
    """

    photo: int
    of: bytes
    digest: bytes
    key: int
    pixels: NDArray[np.uint8] | None
    reason: str


class _Missing:
    """The views that are not in the feature store."""

    def __init__(self, feature_store: store.FeatureStore, spec: AugmentSpec, seed: int) -> None:
        self._feature_store, self._spec, self._seed = feature_store, spec, seed

    def any_of(self, photo: bytes) -> bool:
        """True if a view of the photo with this digest has to be computed."""
        return any(self._digest(photo, view) not in self._feature_store for view in range(self._spec.views))

    def of(self, loading: Iterable[LoadedPhoto | None]) -> Iterator[_View | None]:
        """Yield each view of each photo, in order, with the photo's pixels if the view has to be computed."""
        for loaded in loading:
            if loaded is None:
                yield None
                continue
            for view in range(self._spec.views):
                digest = self._digest(loaded.digest, view)
                pixels = None if digest in self._feature_store else loaded.pixels
                key = transforms.key_of(self._seed, view, loaded.digest)
                yield _View(loaded.index, loaded.digest, digest, key, pixels, loaded.reason)

    def _digest(self, photo: bytes, view: int) -> bytes:
        return digest_of(photo, self._spec, view, self._seed)


def _augment_view(spec: AugmentSpec, view: _View) -> _View:
    return view if view.pixels is None else replace(view, pixels=transforms.augment(view.pixels, spec, view.key))


def _feature_store(root: Path, backbone: Backbone, cut: CutPoint, dtype: torch.dtype) -> store.FeatureStore:
    """The feature store that also has the photos' own rows."""
    about: dict[str, object] = {"backbone": backbone.info.name, "cut": features.name_of(cut)}
    stored = "uint8" if cut == "pixels" else "float32"
    folder = root / features.store_key(backbone, cut, dtype)
    return store.FeatureStore(folder, features.row_shape(backbone, cut), stored, about)
