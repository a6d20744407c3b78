"""The next batch is read, changed and on its way to the GPU while the present one trains.

One thread does it, in the order in which batches are expected. A batch that nobody expected (the first, or a part of
one that did not fit into memory) is made when it is asked for.
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
"""Batches expected at once: the one that is asked for now and the next."""


class Prefetcher:
    """Batches on their way to a device; `close` it when done."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._lane = device, transfers.queue(device)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._coming: dict[object, Future[HostToDevice]] = {}

    def expect(self, key: object, make: Make) -> None:
        """Begin with a batch that will be asked for next."""
        if key not in self._coming:
            self._coming[key] = self._thread.submit(self._sent, make)
            if len(self._coming) > MOST:  # the first was never asked for
                del self._coming[next(iter(self._coming))]

    def take(self, key: object, make: Make) -> Tensor:
        """The batch on the device; what `make` raises is raised here."""
        future = self._coming.pop(key, None)
        return (future.result() if future is not None else self._sent(make)).taken()

    def close(self) -> None:
        """Forget what is under way, and wait for the thread."""
        self._coming.clear()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _sent(self, make: Make) -> HostToDevice:
        return transfers.send(make(), self._device, self._lane)


def of(device: torch.device) -> Prefetcher | None:
    """For CUDA. Elsewhere the cores that would read ahead are those that compute, or copies wait for each other."""
    return Prefetcher(device) if device.type == "cuda" else None
