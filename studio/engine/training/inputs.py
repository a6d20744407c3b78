"""Sources of a batch's features: cached rows and the layers that still have to run on them.

Frozen, partly frozen and augmented training use the same classes; they differ in how many layers follow the rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.backbones.backbone import Backbone, normalize_tensor
from studio.engine.device.prefetch import Prefetcher
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.extraction.extract import CutPoint, forward
from studio.engine.extraction.runtime import Runtime
from studio.engine.network import splitting as cut
from studio.engine.network.splitting import Split
from studio.events import Phase
from studio.spec import AugmentSpec


class Table(Protocol):
    """Rows that are read by their index, such as `cache.Rows`."""

    def __len__(self) -> int:
        """Number of photos."""

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Read rows (n, …) into memory."""


class StackedTables:
    """Two tables as one; the indices of the second's rows follow those of the first's."""

    def __init__(self, first: Table, second: Table) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Read rows (n, …) in the order of `indices`."""
        in_second = indices >= len(self._first)
        if not in_second.any():
            return self._first.take(indices)
        parts = [self._first.take(indices[~in_second]), self._second.take(indices[in_second] - len(self._first))]
        block = np.empty((len(indices), *parts[1].shape[1:]), parts[1].dtype)
        block[~in_second], block[in_second] = parts
        return block


@dataclass(frozen=True)
class RandomAugmentation:
    """Random augmentation, drawn for each photo in each epoch.

    Attributes:
        spec: The augmentation steps.
        seed: Seed of the run.
        digests: Hash of each photo's content, by row.
    """

    spec: AugmentSpec
    seed: int
    digests: Sequence[bytes]

    def apply(self, pixels: NDArray[np.uint8], items: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]:
        """Augment photos (n, H, W, 3) for an epoch."""
        from studio.engine.augment import transforms  # imports torchvision, which runs without augmentation do not need

        keys = [transforms.key_of(self.seed, epoch, self.digests[item]) for item in items]
        return transforms.augment_all(pixels, self.spec, keys)


@dataclass(frozen=True)
class FeatureSource:
    """Cached rows of photos, and the part of the network that follows their cut.

    Attributes:
        base: Backbone, on `device`.
        cut: Cut that the rows were computed at.
        rows: Rows of the photos, followed by those of their views if there are any.
        device: Where to compute.
        augmentation: Applied to pixels before the network; None without random augmentation.
        prefix: Computes the frozen first layers for augmented photos; None if the network has none.
        prefix_cut: Cut at which `prefix` ends.
        prefetcher: Sends the next batch to a GPU in advance; None to send each batch when it is needed.
    """

    base: Backbone
    cut: CutPoint
    rows: Table
    device: torch.device
    augmentation: RandomAugmentation | None = None
    prefix: Runtime | None = None
    prefix_cut: CutPoint = "pixels"
    prefetcher: Prefetcher | None = None

    @property
    def is_computed(self) -> bool:
        """True if the rows are features, so no layer of the backbone has to run."""
        return self.cut == "features"

    def expect(self, items: NDArray[np.int64], epoch: int = 0) -> None:
        """Start reading the rows that the next call of `features` will need."""
        if self.prefetcher is not None and len(items):
            self.prefetcher.expect(*self._request(items, epoch))

    def features(self, items: NDArray[np.int64], epoch: int = 0) -> Tensor:
        """Flat features (n, D) of rows by index, computed by the network in its current mode."""
        rows, point = self._rows_on_device(items, epoch), self.cut
        if point == "pixels":
            if self.prefix is None:
                return self.base.features(normalize_tensor(rows, self.base.preprocess))
            rows, point = self._prefix_output(rows), self.prefix_cut
        if not isinstance(point, Split):
            return rows
        return cut.suffix(self.base.network, point, rows, self.base.preprocess.size, self.base.info.input_size[0])

    def _rows_on_device(self, items: NDArray[np.int64], epoch: int) -> Tensor:
        """Rows, or pixels (n, H, W, 3), on the device."""
        if self.prefetcher is not None:
            return self.prefetcher.take(*self._request(items, epoch))
        return torch.from_numpy(self._read_rows(items, epoch)).to(self.device)

    def _request(self, items: NDArray[np.int64], epoch: int) -> tuple[object, Callable[[], NDArray[Any]]]:
        """Key of a batch, and the function that reads it, for the prefetcher."""
        return (epoch, items.tobytes()), functools.partial(self._read_rows, items, epoch)

    def _read_rows(self, items: NDArray[np.int64], epoch: int) -> NDArray[Any]:
        """Rows, or pixels after this epoch's augmentation."""
        rows: NDArray[Any] = self.rows.take(items)
        if self.cut == "pixels" and self.augmentation is not None:
            rows = self.augmentation.apply(rows, items, epoch)
        return np.require(rows, requirements="W")  # `torch.from_numpy` warns about read-only arrays

    def _prefix_output(self, pixels: Tensor) -> Tensor:
        """Output of the frozen first layers for photos (n, H, W, 3) on the device."""
        assert self.prefix is not None
        if isinstance(self.prefix, CudaRuntime):
            return self.prefix.rows(pixels)
        return torch.from_numpy(forward(self.prefix, pixels.numpy())).to(self.device)


@dataclass(frozen=True)
class PhaseInputs:
    """Inputs of one phase of a run.

    Attributes:
        phase: `head` or `network`.
        first: Number of its first epoch.
        epochs: Number of its epochs.
        train: Source of the training photos, with views or random augmentation.
        val: Source of all photos without augmentation, for validation.
        items: Indices of the rows that are trained on.
    """

    phase: Phase
    first: int
    epochs: int
    train: FeatureSource
    val: FeatureSource
    items: NDArray[np.int64]
