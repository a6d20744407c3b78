"""Fixed views: changed copies of each training photo, computed once and kept beside the photos' own rows.

A flip or a crop that is made once costs one pass through the frozen part of the network and then nothing, where changes
made anew in each epoch cost a pass every epoch. Rows of views lie on the same shelf as those of photos, under a digest
of their own: of the photo's content, the steps, and, where chance has a say in them, the view's number and the seed.
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

from studio.data.bit_depth.reading import ALONE, Reading
from studio.data.images import preprocess
from studio.data.images.preprocess import Loaded
from studio.engine.augment import transforms
from studio.engine.backbones.backbone import Backbone
from studio.engine.cache import finite, store
from studio.engine.extraction import extract as features
from studio.engine.extraction.extract import CutPoint
from studio.engine.extraction.photo_guard import PhotoGuard
from studio.events import Dataset, Event, Stage, ViewsMade
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.jobs.workers import map_ordered
from studio.planning.augmentation import is_certain
from studio.spec import AugmentSpec, UserError
from studio.system import paths

VIEWS_VERSION = 1
"""Raised when the same photo, steps and seed would give other pixels than before, so that old rows are not used."""


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
    roster: PhotoGuard | None = None,
    reading: Reading = ALONE,
) -> Generator[Event, None, store.Rows]:
    """Compute the views that the cache does not hold yet.

    Args:
        backbone: In eval mode, on `device`.
        dataset: Photos that can be read; those that train get views.
        cut: What is kept of a view, as of a photo.
        spec: Steps, and how many views.
        seed: Decides what chance does.
        device: Where.
        stop: Asked between views and between layers.
        folder: Of the cache; None for the user's.
        dtype: What a GPU computes in.
        roster: Of the photos as they were read before; None where they were not.
        reading: As those were read.

    Returns:
        `spec.views` rows a training photo: view v of the training photo at place i (counted among those that train,
        in the order of `dataset.photos`) is row i * views + v.

    Raises:
        UserError: A photo can no longer be read, or is not the one on the roster.
    """
    yield Stage("views", "Changing photos" if cut == "pixels" else "Computing features of changed photos")
    began = time.perf_counter()
    root = folder or paths.cache_folder()
    photos = tuple(photo for photo in dataset.photos if photo.split == "train")
    pace = Pace("views", len(photos) * spec.views, "views")
    digests: list[bytes] = []

    def photo_of(digest: bytes) -> str:
        """Path of the photo that a view is of."""
        return str(Path(dataset.folder, photos[digests.index(digest) // spec.views].path))

    with (
        finite.required(backbone.info.name, dtype, photo_of),
        _shelf(root, backbone, cut, dtype) as shelf,
        closing(features.writer(backbone, cut, device, shelf, stop, dtype)) as writer,
    ):
        rows_in_all = len(dataset.photos) + len(photos) * spec.views
        if (large := shelf.make_room(rows_in_all, paths.cache_limit())) is not None:
            yield large
        missing = _Missing(shelf, spec, seed)
        loading = preprocess.load(dataset.folder, photos, backbone.preprocess, wanted=missing.any_of, reading=reading)
        with closing(loading), closing(map_ordered(functools.partial(_changed, spec), missing.of(loading))) as views:
            for view in views:
                if stop():
                    raise Interrupted
                if view is None:
                    yield pace.late(str(Path(dataset.folder, photos[len(digests) // spec.views].path)))
                    continue
                if view.reason:
                    raise UserError(
                        f"{photos[view.photo].path} can no longer be read: {view.reason}.",
                        "Put the photo back, or train again without it.",
                        Path(dataset.folder, photos[view.photo].path),
                    )
                if roster is not None:
                    roster.require(dataset, photos[view.photo].path, view.of)
                digests.append(view.digest)
                if view.pixels is not None:
                    writer.put(view.digest, view.pixels)
                yield from writer.told()
                if (told := pace.at(len(digests))) is not None:
                    yield told
        writer.finish()
        yield from writer.told()
        yield pace.end(len(digests))
        rows = shelf.rows(digests)
    reused = len({*digests}) - writer.computed
    yield ViewsMade(writer.computed, reused, time.perf_counter() - began)
    return rows


def digest_of(photo: bytes, spec: AugmentSpec, view: int, seed: int) -> bytes:
    """What a view is found by: 16 bytes over all that its pixels depend on."""
    steps = tuple(step for step in spec.steps if step.chance > 0)
    chance = () if is_certain(spec) else (view, seed)
    about = repr((VIEWS_VERSION, steps, chance))
    return hashlib.blake2b(photo + about.encode(), digest_size=store.KEY_BYTES).digest()


@dataclass(frozen=True)
class _View:
    """One view of one photo on its way.

    Attributes:
        photo: Place among the training photos.
        of: Digest of its content.
        digest: The view's.
        key: Determines what chance does.
        pixels: (h, w, 3) uint8, of the photo before it is changed and of the view after; None where the shelf has it.
        reason: Why the photo cannot be read; "" otherwise.
    """

    photo: int
    of: bytes
    digest: bytes
    key: int
    pixels: NDArray[np.uint8] | None
    reason: str


class _Missing:
    """Which views are not on the shelf."""

    def __init__(self, shelf: store.FeatureStore, spec: AugmentSpec, seed: int) -> None:
        self._shelf, self._spec, self._seed = shelf, spec, seed

    def any_of(self, photo: bytes) -> bool:
        """True where a view of the photo with this digest is to be computed."""
        return any(self._digest(photo, view) not in self._shelf for view in range(self._spec.views))

    def of(self, loading: Iterable[Loaded | None]) -> Iterator[_View | None]:
        """Each view of each photo, in order, with the photo's pixels where the view is to be computed."""
        for loaded in loading:
            if loaded is None:
                yield None
                continue
            for view in range(self._spec.views):
                digest = self._digest(loaded.digest, view)
                pixels = None if digest in self._shelf else loaded.pixels
                key = transforms.key_of(self._seed, view, loaded.digest)
                yield _View(loaded.index, loaded.digest, digest, key, pixels, loaded.reason)

    def _digest(self, photo: bytes, view: int) -> bytes:
        return digest_of(photo, self._spec, view, self._seed)


def _changed(spec: AugmentSpec, view: _View) -> _View:
    return view if view.pixels is None else replace(view, pixels=transforms.changed(view.pixels, spec, view.key))


def _shelf(root: Path, backbone: Backbone, cut: CutPoint, dtype: torch.dtype) -> store.FeatureStore:
    """The shelf that the photos' own rows stand on."""
    about: dict[str, object] = {"backbone": backbone.info.name, "cut": features.name_of(cut)}
    stored = "uint8" if cut == "pixels" else "float32"
    folder = root / features.shelf_key(backbone, cut, dtype)
    return store.FeatureStore(folder, features.row_shape(backbone, cut), stored, about)
