"""Runtimes that compute rows of photos: the fastest on this machine that always gives the same bits for a photo.

On a CPU a photo's row must not depend on the photos beside it: a resumed extraction, or that of one edited photo,
groups them differently. A compiled network takes each photo alone (`compiled`). With torch, a pass always has the same
number of photos, the last one padded; and where a row still depends on its index in the pass, which a test shows,
photos are computed one by one. On a GPU passes are as large as there are photos.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch

from studio.engine.backbones.backbone import Backbone, normalize
from studio.engine.device import memory
from studio.engine.device.interruption import interruptible
from studio.engine.device.memory import AdaptiveBatches, Tell, ignore_warning
from studio.engine.extraction.compiled import OpenVinoRuntime, Pixels, Row
from studio.engine.extraction.openvino import FeatureFn, compiled, is_wanted
from studio.engine.network.fusing import folded
from studio.jobs.protocol import Stop

BIGGEST_BATCH = {"cpu": 8, "cuda": 128, "mps": 64}
"""Photos in one pass. On a CPU small passes are faster: the memory of a large one's activations is returned to the
kernel and faulted in again."""


class Runtime(Protocol):
    """Takes photos one by one and returns rows when they are ready.

    Attributes:
        name: `openvino` or `torch`.
    """

    name: str

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """Take one preprocessed photo (H, W, 3); returns the rows of any photos that became ready."""
        ...

    def finish(self) -> Mapping[bytes, Row]:
        """The rows that were not returned yet."""
        ...

    def close(self) -> None:
        """Drop photos that have not begun and wait for the others."""
        ...


def find(backbone: Backbone, kept: FeatureFn, device: torch.device, stop: Stop, tell: Tell = ignore_warning) -> Runtime:
    """The fastest runtime on a CPU with the network's rows; a GPU has its own (`cuda`).

    Args:
        backbone: In eval mode, on `device`.
        kept: Computes the required output for normalized photos (N, 3, H, W).
        device: Device to compute on.
        stop: Called between layers and between photos.
        tell: Called with a warning when memory runs out.
    """
    quick = compiled(backbone, kept, stop) if is_wanted(backbone.table.parameters, device) else None
    return OpenVinoRuntime(quick) if quick else TorchRuntime(backbone, kept, device, stop, tell)


def name_for(backbone: Backbone) -> str:
    """Name of the runtime that is tried first: the last bits of a row depend on it besides the network."""
    device = next(backbone.network.parameters()).device
    return "openvino" if is_wanted(backbone.table.parameters, device) else f"torch {device.type}"


def batch_size(backbone: Backbone, device: torch.device) -> int:
    """Photos in one pass of torch; fewer for a slow network, so that progress moves."""
    if device.type != "cpu":
        return BIGGEST_BATCH.get(device.type, 64)
    return max(1, min(BIGGEST_BATCH["cpu"], int(40e9 / max(1, backbone.info.macs))))


def rows_of(runtime: Runtime, pixels: Pixels) -> Row:
    """Rows (N, ...) of preprocessed photos (N, H, W, 3)."""
    ready: dict[bytes, Row] = {}
    for place, photo in enumerate(pixels):
        ready |= runtime.put(place.to_bytes(8), photo)
    ready |= runtime.finish()
    return np.stack([ready[place.to_bytes(8)] for place in range(len(pixels))])


class TorchRuntime:
    """The network itself, with BatchNorm fused where that gives the same rows."""

    name = "torch"

    def __init__(
        self, backbone: Backbone, kept: FeatureFn, device: torch.device, stop: Stop, tell: Tell = ignore_warning
    ) -> None:
        network = folded(backbone.network, backbone.table, kept, backbone.info.input_size[0])
        self._backbone = replace(backbone, network=network.to(memory_format=torch.channels_last))
        self._kept, self._device, self._stop = kept, device, stop
        self._waiting: dict[bytes, Pixels] = {}
        self._portions = AdaptiveBatches(batch_size(backbone, device), tell)
        while device.type == "cpu" and self._portions.size > 1 and not self._is_tried():
            pass

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """See `Runtime`."""
        self._waiting[key] = pixels
        return self.finish() if len(self._waiting) >= self._portions.size else {}

    def finish(self) -> Mapping[bytes, Row]:
        """See `Runtime`."""
        if not self._waiting:
            return {}
        photos = list(self._waiting.items())
        ready: dict[bytes, Row] = {}

        def compute(first: int, end: int) -> None:
            keys, pixels = zip(*photos[first:end], strict=True)
            ready.update(zip(keys, self._pass(np.stack(pixels)), strict=True))

        self._portions.each(len(photos), compute)
        self._waiting.clear()
        return ready

    def close(self) -> None:
        """See `Runtime`."""
        self._waiting.clear()

    def _pass(self, pixels: Pixels) -> Row:
        count = len(pixels)
        if self._device.type == "cpu" and count < self._portions.size:
            pixels = np.concatenate([pixels, np.zeros((self._portions.size - count, *pixels.shape[1:]), np.uint8)])
        with torch.no_grad(), interruptible(self._backbone.network, self._stop):
            photos = normalize(pixels, self._backbone.preprocess, self._device)
            rows: Row = self._kept(self._backbone.network, photos).float().cpu().numpy()
        return rows[:count]

    def _is_tried(self) -> bool:
        """Determine the number of photos in a pass; False where memory ran out, and fewer must be tried."""
        try:
            if not self._is_fair():
                self._portions.size = 1
            return True
        except (MemoryError, RuntimeError) as error:
            if not memory.is_out_of_memory(error):
                raise
        self._portions.shrink(self._portions.size)
        return False

    def _is_fair(self) -> bool:
        """True where a row depends neither on its index in the pass nor on the photos beside it."""
        shape = (self._portions.size, *self._backbone.preprocess.size, 3)
        photos = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        others = np.zeros_like(photos)
        others[0], others[-1] = photos[-1], photos[0]
        rows, changed = self._pass(photos), self._pass(others)
        return np.array_equal(rows[0], changed[-1]) and np.array_equal(rows[-1], changed[0])
