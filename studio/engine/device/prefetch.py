"""Prefetching: the next batch is read, augmented and copied to the GPU while the present one trains.

One thread does it, in the order in which batches are expected. A batch that was not expected (the first one, or a part
of one that did not fit into memory) is prepared when it is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.device import transfers
from studio.engine.device.transfers import HostToDevice

Make = Callable[[], NDArray[Any]]

MOST = 2
"""Number of batches expected at once: the one that is taken next and its successor."""


class Prefetcher:
    """Prepares batches for a device in a thread; `close` it when done."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._queue = device, transfers.queue(device)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._coming: dict[object, Future[HostToDevice]] = {}

    def expect(self, key: object, make: Make) -> None:
        """Begin to prepare a batch that will be taken next."""
        if key not in self._coming:
            self._coming[key] = self._thread.submit(self._send, make)
            if len(self._coming) > MOST:  # the first was never taken
                del self._coming[next(iter(self._coming))]

    def take(self, key: object, make: Make) -> Tensor:
        """The batch on the device; an exception of `make` is raised here."""
        future = self._coming.pop(key, None)
        return (future.result() if future is not None else self._send(make)).result()

    def close(self) -> None:
        """Drop pending batches, and wait for the thread."""
        self._coming.clear()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _send(self, make: Make) -> HostToDevice:
        return transfers.send(make(), self._device, self._queue)


def of(device: torch.device) -> Prefetcher | None:
    """A prefetcher for CUDA. Elsewhere it would use the cores that compute, or copies would wait for each other."""
    return Prefetcher(device) if device.type == "cuda" else None
