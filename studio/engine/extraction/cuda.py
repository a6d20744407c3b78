"""Runtime for a GPU: while one batch computes, the next is decoded, copied and queued behind it.

The program enqueues copies and passes without waiting for them; at most `FLYING` batches are in progress, and only the
oldest is waited for. On a GPU, the last bits of a row may depend on the number of photos in a pass; passes are as large
as there are photos.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.backbones.backbone import Backbone, normalize_tensor
from studio.engine.device import memory, precision, transfers
from studio.engine.device.memory import AdaptiveBatches, Tell, ignore_warning
from studio.engine.device.transfers import DeviceToHost
from studio.engine.network.fusing import FeatureFn, folded

Pixels = NDArray[np.uint8]
Row = NDArray[np.float32]

FLYING = 2
"""Batches in progress at once: one computes, one waits."""

MOST_BYTES = 64 << 20
"""Bytes of the rows of one pass, so that those of early layers do not fill the pinned memory."""


class CudaRuntime:
    """Takes photos one by one and returns rows when they are ready.

    Args:
        backbone: In eval mode, on `device`.
        kept: Computes the required output for normalized photos (N, 3, H, W).
        device: A GPU; a CPU works, too, without concurrency.
        dtype: Type of the passes; rows are float32.
        size: Photos in one pass.
        tell: Called with a warning when memory runs out.
    """

    name = "torch"

    def __init__(
        self,
        backbone: Backbone,
        kept: FeatureFn,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        size: int = 128,
        tell: Tell = ignore_warning,
    ) -> None:
        self._backbone = replace(backbone, network=_quicker(backbone, kept))
        self._kept, self._device, self.dtype = kept, device, dtype
        self._portions = AdaptiveBatches(size, tell, self._land_all)
        self._up, self._down = transfers.queue(device), transfers.queue(device)
        self._waiting: dict[bytes, Pixels] = {}
        self._flying: deque[tuple[Sequence[bytes], DeviceToHost]] = deque()
        self._landed: dict[bytes, Row] = {}

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """Take one preprocessed photo (H, W, 3) of uint8; returns the rows of any photos that became ready."""
        self._waiting[key] = pixels
        if len(self._waiting) >= self._portions.size:
            self._launch()
            self._land(FLYING - 1)
        return self._take_finished()

    def finish(self) -> Mapping[bytes, Row]:
        """The rows that were not returned yet."""
        self._launch()
        self._land_all()
        return self._take_finished()

    def close(self) -> None:
        """Drop batches that have not begun; the others end by themselves."""
        self._waiting.clear()
        self._flying.clear()

    def rows(self, pixels: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """uint8 photos (N, H, W, 3) on the device to float32 rows (N, …) there, computed in `dtype` or the default."""
        with torch.no_grad(), precision.cast(self._device, dtype or self.dtype):
            kept = self._kept(self._backbone.network, normalize_tensor(pixels, self._backbone.preprocess))
        return kept.float().contiguous()

    def _launch(self) -> None:
        """Enqueue passes over all waiting photos."""
        photos, self._waiting = self._waiting, {}
        self._portions.each(len(photos), functools.partial(self._pass, list(photos), list(photos.values())))

    def _pass(self, keys: Sequence[bytes], photos: Sequence[Pixels], first: int, end: int) -> None:
        rows = self.rows(transfers.send(photos[first:end], self._device, self._up).result())
        self._flying.append((keys[first:end], transfers.fetch(rows, self._down)))

    def _land(self, most: int) -> None:
        """Wait for all but the last passes."""
        while len(self._flying) > most:
            keys, leaving = self._flying.popleft()
            # Copied, because the pinned block will be reused.
            self._landed |= dict(zip(keys, leaving.result().copy(), strict=True))

    def _land_all(self) -> None:
        self._land(0)

    def _take_finished(self) -> Mapping[bytes, Row]:
        finished, self._landed = self._landed, {}
        return finished


def most_photos(size: int, row_shape: Sequence[int]) -> int:
    """`size`, or fewer where a pass's rows would take more than `MOST_BYTES`."""
    return max(1, min(size, MOST_BYTES // (4 * int(np.prod(row_shape)))))


def _quicker(backbone: Backbone, kept: FeatureFn) -> torch.nn.Module:
    """The network with BatchNorm fused, where there is memory for a second copy."""
    rounds = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False  # TF32 is less exact than the comparison of the two
    try:
        network = folded(backbone.network, backbone.table, kept, backbone.info.input_size[0])
        return network.to(memory_format=torch.channels_last)
    except (MemoryError, RuntimeError) as error:
        if not memory.is_out_of_memory(error):
            raise
    finally:
        torch.backends.cudnn.allow_tf32 = rounds
    memory.release()
    return backbone.network
