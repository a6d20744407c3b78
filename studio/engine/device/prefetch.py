"""Prefetching of batches: the next batch is read, augmented and copied to the GPU during the current step.

A single thread prepares batches in the order of the calls of `expect`. A batch that was not expected (the first one, or
a part of one that did not fit into memory) is prepared when it is taken.
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

MakeBatch = Callable[[], NDArray[Any]]

MAX_PENDING = 2
"""Largest number of pending batches: the one that is taken next and its successor."""


class Prefetcher:
    """Thread that prepares batches for a device, to be closed after use."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._queue = device, transfers.queue(device)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._pending: dict[object, Future[HostToDevice]] = {}

    def expect(self, key: object, make: MakeBatch) -> None:
        """Start preparing a batch that will be taken soon."""
        if key not in self._pending:
            self._pending[key] = self._thread.submit(self._send, make)
            if len(self._pending) > MAX_PENDING:  # the first was never taken
                del self._pending[next(iter(self._pending))]

    def take(self, key: object, make: MakeBatch) -> Tensor:
        """Return the batch on the device; an exception of `make` is raised here."""
        future = self._pending.pop(key, None)
        return (future.result() if future is not None else self._send(make)).result()

    def close(self) -> None:
        """Drop pending batches and wait for the thread to end."""
        self._pending.clear()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _send(self, make: MakeBatch) -> HostToDevice:
        return transfers.send(make(), self._device, self._queue)


def for_device(device: torch.device) -> Prefetcher | None:
    """Return a prefetcher for CUDA, else None: elsewhere it would compete with the computation for the CPU's cores."""
    return Prefetcher(device) if device.type == "cuda" else None
