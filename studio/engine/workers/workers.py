"""Workers: several processes, on one computer or more, that compute one extraction or one run together.

Worker 0 leads: it lists the photos, writes every file and yields every event. It publishes what the others must know,
as bytes in the store of `torch.distributed`; nothing is pickled.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import time
import zlib
from collections.abc import Iterator
from datetime import timedelta
from types import TracebackType

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

from studio.engine.workers.presence import POLL, PULSE, LeaderEnded, Presence, end_of_line
from studio.jobs.protocol import Interrupted, Stop, is_out_of_memory
from studio.spec import UserError
from studio.system import worker_place

__all__ = ["ALONE", "LeaderEnded", "Workers", "join"]

CHUNK = 8 << 20
"""Bytes of one value in the store."""

_LOST = re.compile(r"gloo|connection|timed out|broken pipe|nccl|processgroup|socket|store", re.IGNORECASE)
"""Messages of torch when another worker is gone."""

_numbers = itertools.count()


class Workers:
    """The workers of one job, from the view of one of them; a context manager that writes its end into the store.

    Args:
        store: Store that all workers share; None for a single process.
        rank: Number of this worker.
        count: Number of workers.
        timeout: Seconds after which a worker without a pulse is lost.

    Attributes:
        rank: Number of this worker; 0 leads.
        count: Number of workers.
    """

    def __init__(self, store: Store | None = None, rank: int = 0, count: int = 1, timeout: float = 120.0) -> None:
        self.rank, self.count = rank, count
        self._timeout = timeout
        self._lookup = store
        self._presence = None if store is None else Presence(store, rank, count, timeout)
        self._sent: dict[str, int] = {}
        self._received: dict[tuple[str, int], int] = {}
        self._grouped = False

    def __enter__(self) -> Workers:
        if self._presence is not None:
            self._presence.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._presence is not None:
            self._presence.end(error)
        if self._grouped:
            with contextlib.suppress(RuntimeError, ValueError):
                dist.destroy_process_group()

    @property
    def several(self) -> bool:
        """True if there is more than one worker."""
        return self.count > 1

    @property
    def leads(self) -> bool:
        """True for worker 0, and for a single process."""
        return self.rank == 0

    def share(self, number: int) -> NDArray[np.int64]:
        """Indices of `number` items, sorted by path, that this worker computes: every `count`th one."""
        return np.arange(self.rank, number, self.count)

    def part(self, items: NDArray[np.int64]) -> NDArray[np.int64]:
        """This worker's part of a batch: consecutive items; the workers' parts differ in size by at most one."""
        return np.array_split(items, self.count)[self.rank]

    def open_group(self, device: torch.device) -> None:
        """Connect the workers, so that they can sum tensors on a device.

        Raises:
            UserError: A worker did not connect in time.
        """
        if self.count == 1 or self._grouped:
            return
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
        with self.exchange():
            dist.init_process_group(
                backend,
                store=PrefixStore("group", self._store),
                rank=self.rank,
                world_size=self.count,
                timeout=timedelta(seconds=self._timeout),
            )
        self._grouped = True

    # ------------------------------------------------------------------------------------------ messages

    def publish(self, name: str, content: bytes) -> None:
        """Publish bytes for the other workers; the next call with the same name publishes a new message."""
        number = self._sent[name] = self._sent.get(name, -1) + 1
        packed = zlib.compress(content, 1)
        parts = range(0, max(1, len(packed)), CHUNK)
        key = f"{name}/{self.rank}/{number}"
        with self.exchange():
            for index, start in enumerate(parts):
                self._store.set(f"{key}/{index}", packed[start : start + CHUNK])  # type: ignore[arg-type]
            self._store.set(key, str(len(parts)))

    def receive(self, name: str, rank: int, stop: Stop) -> bytes:
        """Wait for the next message of a worker.

        Raises:
            Interrupted: `stop` returned True.
            LeaderEnded: Worker 0 ended; it says why.
            UserError: That worker ended, or is lost.
        """
        number = self._received[name, rank] = self._received.get((name, rank), -1) + 1
        key = f"{name}/{rank}/{number}"
        looked = 0.0
        with self.exchange(stop):
            while not self._store.check([key]):
                if stop():
                    raise Interrupted
                if time.monotonic() - looked > min(PULSE, self._timeout / 4):
                    looked = time.monotonic()
                    if self._store.check([key]):
                        break
                    if self._presence is not None:
                        self._presence.require(rank)
                time.sleep(POLL)
            parts = int(self._store.get(key))
            return zlib.decompress(b"".join(self._store.get(f"{key}/{index}") for index in range(parts)))

    def exchange_all(self, name: str, content: bytes, stop: Stop) -> list[bytes]:
        """Publish this worker's bytes and wait for those of all others; returns them in the order of the workers."""
        self.publish(name, content)
        return [self.receive(name, rank, stop) if rank != self.rank else content for rank in range(self.count)]

    def meet(self, name: str, stop: Stop) -> None:
        """Wait until every worker has reached this point."""
        if self.count > 1:
            self.exchange_all(f"meet {name}", b"", stop)

    @contextlib.contextmanager
    def exchange(self, stop: Stop | None = None) -> Iterator[None]:
        """Context that converts torch's errors about a lost worker to an error that names it.

        Raises:
            Interrupted: A stop was requested, which ends the workers one after the other.
            LeaderEnded: Worker 0 ended.
            UserError: A worker is lost.
        """
        try:
            yield
        except RuntimeError as error:
            lost = isinstance(error, dist.DistError) or _LOST.search(str(error))
            if self._presence is None or is_out_of_memory(error) or not lost:
                raise
            if stop is not None and stop():
                raise Interrupted from error
            raise self._presence.error_after(error) from error

    @property
    def _store(self) -> Store:
        assert self._lookup is not None
        return self._lookup


@functools.cache
def _launched(timeout: float) -> tuple[Store, int]:
    """The store of the launcher's workers, which lives as long as this process, and the number of this worker."""
    store, rank, _ = next(iter(rendezvous("env://", timeout=timedelta(seconds=timeout))))
    return store, rank


ALONE = Workers()
"""A single process."""


def join() -> Workers:
    """The workers that a launcher such as `torchrun` started; `ALONE` without one.

    Raises:
        UserError: The launcher's variables cannot be used, or its store does not answer.
    """
    count = worker_place.count()
    if count == 1:
        return ALONE
    timeout = worker_place.timeout()
    try:
        found, rank = _launched(timeout)
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"The workers did not find each other ({end_of_line(error)}).",
            "Start them with torchrun, and check that MASTER_ADDR and MASTER_PORT can be reached from each computer.",
        ) from error
    # A second job of the same process must not read the messages of the first.
    return Workers(PrefixStore(f"thaw {next(_numbers)}", found), rank, count, timeout)
