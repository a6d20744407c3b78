"""Runtime for a GPU: while one batch computes, the next is decoded, copied and enqueued.

Copies and passes are enqueued without waiting for them; at most `MAX_IN_FLIGHT` batches are in progress, and only the
oldest is waited for. On a GPU the last bits of a row may depend on the number of photos in its pass; a last, smaller
batch is not padded.
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
from studio.engine.network.fusing import FeatureFn, fuse

Pixels = NDArray[np.uint8]
Row = NDArray[np.float32]

MAX_IN_FLIGHT = 2
"""Batches in progress at once: one computes, one waits."""

MAX_ROW_BYTES = 64 << 20
"""Maximum bytes of the rows of one pass, because the rows of early layers could fill the pinned memory."""


class CudaRuntime:
    """Takes photos one by one and returns rows when they are ready.

    Args:
        backbone: Backbone in eval mode, on `device`.
        output_fn: Computes the required output for normalized photos (N, 3, H, W).
        device: A GPU; a CPU works, too, but without concurrency.
        dtype: Number type of the passes; rows are float32.
        size: Number of photos in one pass.
        tell: Called with a warning when memory runs out.
    """

    name = "torch"

    def __init__(
        self,
        backbone: Backbone,
        output_fn: FeatureFn,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        size: int = 128,
        tell: Tell = ignore_warning,
    ) -> None:
        self._backbone = replace(backbone, network=_with_fused_batch_norm(backbone, output_fn))
        self._output_fn, self._device, self.dtype = output_fn, device, dtype
        self._batches = AdaptiveBatches(size, tell, self._fetch_all)
        self._upload, self._download = transfers.queue(device), transfers.queue(device)
        self._waiting: dict[bytes, Pixels] = {}
        self._in_flight: deque[tuple[Sequence[bytes], DeviceToHost]] = deque()
        self._ready: dict[bytes, Row] = {}

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """Take one preprocessed photo (H, W, 3) of uint8; returns the rows of any photos that became ready."""
        self._waiting[key] = pixels
        if len(self._waiting) >= self._batches.size:
            self._launch()
            self._fetch(MAX_IN_FLIGHT - 1)
        return self._pop_ready()

    def finish(self) -> Mapping[bytes, Row]:
        """The rows that were not returned yet."""
        self._launch()
        self._fetch_all()
        return self._pop_ready()

    def close(self) -> None:
        """Drop all photos and batches; passes that were enqueued finish without being fetched."""
        self._waiting.clear()
        self._in_flight.clear()

    def rows(self, pixels: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Compute float32 rows (N, …) of uint8 photos (N, H, W, 3), both on the device, in `dtype` or the default."""
        with torch.no_grad(), precision.cast(self._device, dtype or self.dtype):
            output = self._output_fn(self._backbone.network, normalize_tensor(pixels, self._backbone.preprocess))
        return output.float().contiguous()

    def _launch(self) -> None:
        """Enqueue passes over all waiting photos."""
        photos, self._waiting = self._waiting, {}
        self._batches.each(len(photos), functools.partial(self._pass, list(photos), list(photos.values())))

    def _pass(self, keys: Sequence[bytes], photos: Sequence[Pixels], first: int, end: int) -> None:
        rows = self.rows(transfers.send(photos[first:end], self._device, self._upload).result())
        self._in_flight.append((keys[first:end], transfers.fetch(rows, self._download)))

    def _fetch(self, remaining: int) -> None:
        """Wait for the oldest passes, until at most `remaining` are in progress."""
        while len(self._in_flight) > remaining:
            keys, transfer = self._in_flight.popleft()
            # Copied, because the pinned block will be reused.
            self._ready |= dict(zip(keys, transfer.result().copy(), strict=True))

    def _fetch_all(self) -> None:
        self._fetch(0)

    def _pop_ready(self) -> Mapping[bytes, Row]:
        ready, self._ready = self._ready, {}
        return ready


def max_batch_size(size: int, row_shape: Sequence[int]) -> int:
    """`size`, or fewer photos if the rows of a pass would take more than `MAX_ROW_BYTES`."""
    return max(1, min(size, MAX_ROW_BYTES // (4 * int(np.prod(row_shape)))))


def _with_fused_batch_norm(backbone: Backbone, output_fn: FeatureFn) -> torch.nn.Module:
    """The network with fused BatchNorm; unchanged if there is no memory for a second copy."""
    allow_tf32 = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False  # TF32 is less exact than the tolerance of the comparison of the two
    try:
        network = fuse(backbone.network, backbone.table, output_fn, backbone.info.input_size[0])
        return network.to(memory_format=torch.channels_last)
    except (MemoryError, RuntimeError) as error:
        if not memory.is_out_of_memory(error):
            raise
    finally:
        torch.backends.cudnn.allow_tf32 = allow_tf32
    memory.release()
    return backbone.network
