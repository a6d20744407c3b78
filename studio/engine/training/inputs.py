"""The features of a batch: from rows that were computed once, through the layers that still have to run.

The same for all frozen, part frozen and augmented photos; what differs is how much of the network lies behind the rows.
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

from studio.engine.backbones.backbone import Backbone, scaled
from studio.engine.device.prefetch import Prefetcher
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.extraction.extract import CutPoint, forward
from studio.engine.extraction.runtime import Runtime
from studio.engine.network import splitting as cut
from studio.engine.network.splitting import Split
from studio.events import Phase
from studio.spec import AugmentSpec


class Table(Protocol):
    """Rows by their number; `cache.Rows` is one."""

    def __len__(self) -> int:
        """Number of photos."""

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Rows (n, …) in memory."""


class Stacked:
    """Two tables as one: the second's rows are numbered on from the first's."""

    def __init__(self, first: Table, second: Table) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Rows (n, …) in the order asked for."""
        behind = indices >= len(self._first)
        if not behind.any():
            return self._first.take(indices)
        parts = [self._first.take(indices[~behind]), self._second.take(indices[behind] - len(self._first))]
        block = np.empty((len(indices), *parts[1].shape[1:]), parts[1].dtype)
        block[~behind], block[behind] = parts
        return block


@dataclass(frozen=True)
class Changes:
    """Random changes made to photos each time they are taken.

    Attributes:
        spec: Which ones.
        seed: Of the run.
        digests: Of the photos, by row.
    """

    spec: AugmentSpec
    seed: int
    digests: Sequence[bytes]

    def augmented(self, pixels: NDArray[np.uint8], items: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]:
        """The photos (n, H, W, 3) as this epoch sees them."""
        from studio.engine.augment import transforms  # with torchvision, which runs without changes do without

        keys = [transforms.key_of(self.seed, epoch, self.digests[item]) for item in items]
        return transforms.augment_all(pixels, self.spec, keys)


@dataclass(frozen=True)
class FeatureSource:
    """Rows of photos, and the part of the network that lies behind them.

    Attributes:
        base: Backbone, on `device`.
        cut: What the rows are.
        rows: Of the photos, and of their views where there are some.
        device: Where to compute.
        changes: Made to pixels before the network sees them; None for none.
        prefix: Computes the frozen beginning of the network for changed photos; None where there is none.
        kept: What `prefix` gives.
        ahead: Has the next batch sent to a GPU; None to send each when it is asked for.
    """

    base: Backbone
    cut: CutPoint
    rows: Table
    device: torch.device
    changes: Changes | None = None
    prefix: Runtime | None = None
    kept: CutPoint = "pixels"
    ahead: Prefetcher | None = None

    @property
    def is_computed(self) -> bool:
        """True where nothing of the network is left to compute."""
        return self.cut == "features"

    def expect(self, items: NDArray[np.int64], epoch: int = 0) -> None:
        """Begin with what `features` will be asked for next."""
        if self.ahead is not None and len(items):
            self.ahead.expect(*self._errand(items, epoch))

    def features(self, items: NDArray[np.int64], epoch: int = 0) -> Tensor:
        """Flat features (n, D) of rows by number, as the network in its present mode gives them."""
        given, of = self._sent(items, epoch), self.cut
        if of == "pixels":
            if self.prefix is None:
                return self.base.features(scaled(given, self.base.preprocess))
            given, of = self._beginning(given), self.kept
        if not isinstance(of, Split):
            return given
        return cut.suffix(self.base.network, of, given, self.base.preprocess.size, self.base.info.input_size[0])

    def _sent(self, items: NDArray[np.int64], epoch: int) -> Tensor:
        """Rows, or pixels (n, H, W, 3), on the device."""
        if self.ahead is not None:
            return self.ahead.take(*self._errand(items, epoch))
        return torch.from_numpy(self._rows_of(items, epoch)).to(self.device)

    def _errand(self, items: NDArray[np.int64], epoch: int) -> tuple[object, Callable[[], NDArray[Any]]]:
        return (epoch, items.tobytes()), functools.partial(self._rows_of, items, epoch)

    def _rows_of(self, items: NDArray[np.int64], epoch: int) -> NDArray[Any]:
        """Rows, or pixels with this epoch's changes."""
        rows: NDArray[Any] = self.rows.take(items)
        if self.cut == "pixels" and self.changes is not None:
            rows = self.changes.augmented(rows, items, epoch)
        return np.require(rows, requirements="W")  # torch takes no other

    def _beginning(self, pixels: Tensor) -> Tensor:
        """The frozen beginning of the network, of photos (n, H, W, 3) on the device."""
        assert self.prefix is not None
        if isinstance(self.prefix, CudaRuntime):
            return self.prefix.rows(pixels)
        return torch.from_numpy(forward(self.prefix, pixels.numpy())).to(self.device)


@dataclass(frozen=True)
class PhaseInputs:
    """One phase of a run.

    Attributes:
        phase: What learns.
        first: Number of its first epoch.
        epochs: How many.
        train: Rows of the training photos.
        val: Rows of all photos, unchanged; the validation photos are taken from it.
        items: Numbers of the rows that are trained on.
    """

    phase: Phase
    first: int
    epochs: int
    train: FeatureSource
    val: FeatureSource
    items: NDArray[np.int64]
