"""A fake device that executes copies as late as allowed, so that no copy is finished early by chance."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from studio.engine.device.transfers import StreamEvent

Copy = Callable[[], object]


class Later:
    """Queue of asynchronous copies, each executed only when waited for; memory that was not copied holds nonsense."""

    def __init__(self) -> None:
        self.requested = self.completed = 0
        self.recorded: list[Tensor] = []
        self._todo: list[Copy] = []
        self._here = threading.local()  # each thread has its own compute stream

    def host(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        return torch.full(tuple(shape), 99, dtype=dtype)

    def copy(self, target: Tensor, source: Tensor) -> None:
        assert getattr(self._here, "is_on_own", False), "on the compute stream it would wait for the computation"
        self.requested += 1
        self._todo.append(lambda: target.copy_(source))

    @contextmanager
    def own_stream(self) -> Iterator[None]:
        self._here.is_on_own = True
        yield
        self._here.is_on_own = False

    def mark(self) -> StreamEvent:
        return _Place(self, self.requested)

    def wait(self, mark: StreamEvent) -> None:
        mark.synchronize()

    def keep(self, tensor: Tensor) -> None:
        self.recorded.append(tensor)

    def come_to(self, number: int) -> None:
        while self.completed < number:
            self._todo.pop(0)()
            self.completed += 1


class _Place:
    def __init__(self, queue: Later, number: int) -> None:
        self._queue, self._number = queue, number

    def synchronize(self) -> None:
        self._queue.come_to(self._number)
