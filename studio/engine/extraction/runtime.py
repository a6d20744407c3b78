"""Runtimes that compute the rows of photos; `find` chooses the fastest one whose rows are reproducible.

On a CPU a photo's row must not depend on the other photos in its batch, because a resumed extraction, or that of one
edited photo, groups them differently. A compiled network computes each photo alone (`compiled`). With torch, all passes
have the same number of photos, the last one padded; if a test shows that a row still depends on its index in the pass,
photos are computed one by one. On a GPU the last pass is not padded.
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
from studio.engine.extraction.openvino import compile_network, is_eligible
from studio.engine.network.fusing import FeatureFn, fuse
from studio.jobs.protocol import Stop

MAX_BATCH_SIZE = {"cpu": 8, "cuda": 128, "mps": 64}
"""Most photos in one pass, by type of device. On a CPU small passes are faster: the memory of large activations is
returned to the operating system and has to be mapped again."""


class Runtime(Protocol):
    """Takes photos one by one and returns rows when they are ready.

    Attributes:
        name: `openvino` or `torch`.
    """

    name: str

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """Take one preprocessed photo (H, W, 3); returns the rows that have become ready, by key."""
        ...

    def finish(self) -> Mapping[bytes, Row]:
        """Wait for the remaining rows, and return them by key."""
        ...

    def close(self) -> None:
        """Drop the photos that are not yet computed."""
        ...


def find(
    backbone: Backbone, output_fn: FeatureFn, device: torch.device, stop: Stop, tell: Tell = ignore_warning
) -> Runtime:
    """Make the fastest runtime that gives the network's rows on a CPU; for GPUs see `cuda`.

    Args:
        backbone: Backbone in eval mode, on `device`.
        output_fn: Computes the required output for normalized photos (N, 3, H, W).
        device: Device to compute on.
        stop: Checked between layers and between photos.
        tell: Called with a warning when memory runs out.
    """
    network = compile_network(backbone, output_fn, stop) if is_eligible(backbone.table.parameters, device) else None
    return OpenVinoRuntime(network) if network else TorchRuntime(backbone, output_fn, device, stop, tell)


def name_for(backbone: Backbone) -> str:
    """Name of the runtime that is tried first, which the last bits of a row depend on."""
    device = next(backbone.network.parameters()).device
    return "openvino" if is_eligible(backbone.table.parameters, device) else f"torch {device.type}"


def batch_size(backbone: Backbone, device: torch.device) -> int:
    """Number of photos in one pass of torch; smaller for slow networks, so that progress is reported often."""
    if device.type != "cpu":
        return MAX_BATCH_SIZE.get(device.type, 64)
    return max(1, min(MAX_BATCH_SIZE["cpu"], int(40e9 / max(1, backbone.info.macs))))


def rows_of(runtime: Runtime, pixels: Pixels) -> Row:
    """Compute the rows (N, …) of preprocessed photos (N, H, W, 3)."""
    ready: dict[bytes, Row] = {}
    for place, photo in enumerate(pixels):
        ready |= runtime.put(place.to_bytes(8), photo)
    ready |= runtime.finish()
    return np.stack([ready[place.to_bytes(8)] for place in range(len(pixels))])


class TorchRuntime:
    """Runtime of the torch network, with fused BatchNorm if that gives the same rows."""

    name = "torch"

    def __init__(
        self, backbone: Backbone, output_fn: FeatureFn, device: torch.device, stop: Stop, tell: Tell = ignore_warning
    ) -> None:
        network = fuse(backbone.network, backbone.table, output_fn, backbone.info.input_size[0])
        self._backbone = replace(backbone, network=network.to(memory_format=torch.channels_last))
        self._output_fn, self._device, self._stop = output_fn, device, stop
        self._waiting: dict[bytes, Pixels] = {}
        self._batches = AdaptiveBatches(batch_size(backbone, device), tell)
        while device.type == "cpu" and self._batches.size > 1 and not self._fits_memory():
            pass

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """See `Runtime`."""
        self._waiting[key] = pixels
        return self.finish() if len(self._waiting) >= self._batches.size else {}

    def finish(self) -> Mapping[bytes, Row]:
        """See `Runtime`."""
        if not self._waiting:
            return {}
        photos = list(self._waiting.items())
        ready: dict[bytes, Row] = {}

        def compute(first: int, end: int) -> None:
            keys, pixels = zip(*photos[first:end], strict=True)
            ready.update(zip(keys, self._pass(np.stack(pixels)), strict=True))

        self._batches.each(len(photos), compute)
        self._waiting.clear()
        return ready

    def close(self) -> None:
        """See `Runtime`."""
        self._waiting.clear()

    def _pass(self, pixels: Pixels) -> Row:
        """Rows of photos in one pass, padded on a CPU."""
        count = len(pixels)
        if self._device.type == "cpu" and count < self._batches.size:
            pixels = np.concatenate([pixels, np.zeros((self._batches.size - count, *pixels.shape[1:]), np.uint8)])
        with torch.no_grad(), interruptible(self._backbone.network, self._stop):
            photos = normalize(pixels, self._backbone.preprocess, self._device)
            rows: Row = self._output_fn(self._backbone.network, photos).float().cpu().numpy()
        return rows[:count]

    def _fits_memory(self) -> bool:
        """Try a pass of the current size; False if memory ran out, after halving the size."""
        try:
            if not self._is_independent():
                self._batches.size = 1
            return True
        except (MemoryError, RuntimeError) as error:
            if not memory.is_out_of_memory(error):
                raise
        self._batches.shrink(self._batches.size)
        return False

    def _is_independent(self) -> bool:
        """True if a row depends neither on its index in the pass nor on the other photos."""
        shape = (self._batches.size, *self._backbone.preprocess.size, 3)
        photos = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        others = np.zeros_like(photos)
        others[0], others[-1] = photos[-1], photos[0]
        rows, changed = self._pass(photos), self._pass(others)
        return np.array_equal(rows[0], changed[-1]) and np.array_equal(rows[-1], changed[0])
