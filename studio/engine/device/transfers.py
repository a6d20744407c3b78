"""Transfers of arrays to and from a GPU, concurrent with its computation.

On CUDA, a copy from pinned memory on a separate stream overlaps the kernels of the previous batch, and the program
waits for neither. torch reuses pinned blocks once their copies are done. On other devices copies are synchronous.
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
    """A point in the queue of a device, for example a `torch.cuda.Event`."""

    def synchronize(self) -> None:
        """Wait until the device has reached it."""


class TransferStream(Protocol):
    """A queue of copies, separate from a device's computation."""

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Allocate host memory for asynchronous copies."""

    def copy(self, target: Tensor, source: Tensor) -> None:
        """Enqueue a copy."""

    def own_stream(self) -> AbstractContextManager[Any]:
        """Return a context whose operations are added to this queue."""

    def mark(self) -> StreamEvent:
        """Return an event at the current end of the computation's queue or, inside `own_stream`, of this one."""

    def wait(self, mark: StreamEvent) -> None:
        """Let later operations of the current stream wait for `mark`."""

    def keep(self, tensor: Tensor) -> None:
        """Prevent the reuse of a tensor's memory until its use on the current stream is done."""


class Cuda:
    """A CUDA stream for copies, separate from the one for computation."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Allocate pinned memory."""
        return torch.empty(tuple(shape), dtype=dtype, pin_memory=True)

    def copy(self, target: Tensor, source: Tensor) -> None:
        """Enqueue a copy without waiting for it."""
        target.copy_(source, non_blocking=True)

    def own_stream(self) -> AbstractContextManager[Any]:
        """Return the context of this stream."""
        return torch.cuda.stream(self._stream)

    def mark(self) -> StreamEvent:
        """Record an event on the current stream."""
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self._device))
        return event

    def wait(self, mark: StreamEvent) -> None:
        """Let the device's current stream wait for an event; the program does not wait."""
        assert isinstance(mark, torch.cuda.Event)
        torch.cuda.current_stream(self._device).wait_event(mark)

    def keep(self, tensor: Tensor) -> None:
        """Register the use of the tensor on the current stream with the allocator."""
        tensor.record_stream(torch.cuda.current_stream(self._device))


class Direct:
    """Queue of a device whose copies are synchronous."""

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Allocate ordinary memory."""
        return torch.empty(tuple(shape), dtype=dtype)

    def copy(self, target: Tensor, source: Tensor) -> None:
        """Copy at once."""
        target.copy_(source)

    def own_stream(self) -> AbstractContextManager[Any]:
        """Return a context without effect: there is no separate queue."""
        return nullcontext()

    def mark(self) -> StreamEvent:
        """Return an event that has already passed."""
        return _PassedEvent()

    def wait(self, mark: StreamEvent) -> None:
        """Do nothing: copies are done already."""

    def keep(self, tensor: Tensor) -> None:
        """Do nothing: copies are done before memory can be reused."""


class _PassedEvent:
    def synchronize(self) -> None:
        pass


def queue(device: torch.device) -> TransferStream:
    """Return a queue for one direction: on a single stream, copies in both directions would wait for each other."""
    return Cuda(device) if device.type == "cuda" else Direct()


@dataclass(frozen=True)
class HostToDevice:
    """A copy to the device."""

    tensor: Tensor
    mark: StreamEvent
    queue: TransferStream

    def result(self) -> Tensor:
        """Return the tensor on the device; later operations on it wait for the copy."""
        self.queue.wait(self.mark)
        self.queue.keep(self.tensor)
        return self.tensor


@dataclass(frozen=True)
class DeviceToHost:
    """A copy from the device."""

    tensor: Tensor
    mark: StreamEvent

    def result(self) -> NDArray[Any]:
        """Wait for the copy, and return the array."""
        self.mark.synchronize()
        array: NDArray[Any] = self.tensor.numpy()
        return array


def send(block: NDArray[Any] | Sequence[NDArray[Any]], device: torch.device, queue: TransferStream) -> HostToDevice:
    """Start a copy of an array, or of several arrays of one shape as one, to the device."""
    parts = len(block)
    host = queue.host((parts, *block[0].shape), torch.from_numpy(np.empty(0, block[0].dtype)).dtype)
    if isinstance(block, np.ndarray):
        host.numpy()[...] = block
    else:
        np.stack(block, out=host.numpy())
    with queue.own_stream():
        target = torch.empty(host.shape, dtype=host.dtype, device=device)
        queue.copy(target, host)
        return HostToDevice(target, queue.mark(), queue)


def fetch(rows: Tensor, queue: TransferStream) -> DeviceToHost:
    """Start a copy of a tensor from the device."""
    computed = queue.mark()
    host = queue.host(rows.shape, rows.dtype)
    with queue.own_stream():
        queue.wait(computed)
        queue.keep(rows)
        queue.copy(host, rows)
        return DeviceToHost(host, queue.mark())
