"""Numbers on their way to a GPU and back, beside what it computes.

On CUDA a copy out of pinned memory, on a stream of its own, takes place while the kernels of the batch before still
run, and the program does not wait for either. Pinned blocks are used again by torch once their copies are over.
Elsewhere a copy is over when it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class StreamEvent(Protocol):
    """A place in what a device has been asked to do. `torch.cuda.Event` is one."""

    def synchronize(self) -> None:
        """Wait until it has."""


class TransferStream(Protocol):
    """What is asked of a device beside its computation."""

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Memory of this computer that the device can copy from and to by itself."""

    def copy(self, target: Tensor, source: Tensor) -> None:
        """Ask for a copy."""

    def aside(self) -> AbstractContextManager[Any]:
        """What is asked for inside runs beside the computation."""

    def mark(self) -> StreamEvent:
        """Here, behind all that was asked for so far."""

    def wait(self, mark: StreamEvent) -> None:
        """What is asked for from now on begins behind `mark`."""

    def keep(self, tensor: Tensor) -> None:
        """A tensor that was made elsewhere is used here, so its memory stays until that is over."""


class Cuda:
    """A stream beside the one that computes."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Pinned."""
        return torch.empty(tuple(shape), dtype=dtype, pin_memory=True)

    def copy(self, target: Tensor, source: Tensor) -> None:
        """Without waiting for it."""
        target.copy_(source, non_blocking=True)

    def aside(self) -> AbstractContextManager[Any]:
        """On the other stream."""
        return torch.cuda.stream(self._stream)

    def mark(self) -> StreamEvent:
        """An event on the present stream."""
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self._device))
        return event

    def wait(self, mark: StreamEvent) -> None:
        """The device waits, not the program."""
        assert isinstance(mark, torch.cuda.Event)
        torch.cuda.current_stream(self._device).wait_event(mark)

    def keep(self, tensor: Tensor) -> None:
        """Told to the allocator."""
        tensor.record_stream(torch.cuda.current_stream(self._device))


class Direct:
    """A device whose copies are over when they return."""

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Any memory."""
        return torch.empty(tuple(shape), dtype=dtype)

    def copy(self, target: Tensor, source: Tensor) -> None:
        """At once."""
        target.copy_(source)

    def aside(self) -> AbstractContextManager[Any]:
        """There is no other place."""
        return nullcontext()

    def mark(self) -> StreamEvent:
        """All is over already."""
        return _Past()

    def wait(self, mark: StreamEvent) -> None:
        """Nothing to wait for."""

    def keep(self, tensor: Tensor) -> None:
        """Nobody takes it."""


class _Past:
    def synchronize(self) -> None:
        pass


def queue(device: torch.device) -> TransferStream:
    """One for copies in one direction; copies of both would wait for each other on one stream."""
    return Cuda(device) if device.type == "cuda" else Direct()


@dataclass(frozen=True)
class HostToDevice:
    """A block on its way to the device."""

    tensor: Tensor
    mark: StreamEvent
    queue: TransferStream

    def taken(self) -> Tensor:
        """The block; what computes with it from here on begins when it is there."""
        self.queue.wait(self.mark)
        self.queue.keep(self.tensor)
        return self.tensor


@dataclass(frozen=True)
class DeviceToHost:
    """A block on its way from the device."""

    tensor: Tensor
    mark: StreamEvent

    def taken(self) -> NDArray[Any]:
        """The block; waits for it."""
        self.mark.synchronize()
        array: NDArray[Any] = self.tensor.numpy()
        return array


def send(block: NDArray[Any] | Sequence[NDArray[Any]], device: torch.device, queue: TransferStream) -> HostToDevice:
    """Copy an array, or several of one shape as one, to the device."""
    parts = len(block)
    host = queue.host((parts, *block[0].shape), torch.from_numpy(np.empty(0, block[0].dtype)).dtype)
    if isinstance(block, np.ndarray):
        host.numpy()[...] = block
    else:
        np.stack(block, out=host.numpy())
    with queue.aside():
        there = torch.empty(host.shape, dtype=host.dtype, device=device)
        queue.copy(there, host)
        return HostToDevice(there, queue.mark(), queue)


def fetch(rows: Tensor, queue: TransferStream) -> DeviceToHost:
    """Copy a tensor from the device."""
    computed = queue.mark()
    host = queue.host(rows.shape, rows.dtype)
    with queue.aside():
        queue.wait(computed)
        queue.keep(rows)
        queue.copy(host, rows)
        return DeviceToHost(host, queue.mark())
