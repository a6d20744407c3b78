"""Photos in, rows on a shelf: computed by whatever runtime there is, and written a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.engine.cache import finite
from studio.engine.cache.store import FeatureStore
from studio.engine.device import memory
from studio.engine.device.memory import Tell
from studio.engine.extraction.runtime import Runtime
from studio.events import Warned

TOGETHER = 8
"""Rows written at once: as many are lost at most when the program dies."""


class RowWriter:
    """Computes rows and puts them on the shelf.

    Args:
        shelf: Where rows belong.
        make: The runtime, made when the first photo needs it: a warm cache needs none. It is given whom to tell that
            memory ran out. None where the photos themselves are kept.

    Attributes:
        computed: Photos whose rows were computed.
    """

    def __init__(
        self,
        shelf: FeatureStore,
        make: Callable[[Tell], Runtime] | None,
    ) -> None:
        self._shelf, self._make = shelf, make
        self._runtime: Runtime | None = None
        self._begun: set[bytes] = set()
        self._ready: dict[bytes, NDArray[np.generic]] = {}
        self._notes: list[Warned] = []
        self.computed = 0

    def put(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        """Take one framed photo (H, W, 3); one that was taken before, or is on the shelf, is left alone.

        Raises:
            Interrupted: The job was stopped.
            NotFinite: A photo's features are NaN or infinite; nothing of it was written.
            UserError: A single photo does not fit into memory.
        """
        if self._is_new(digest):
            self._take(digest, pixels)

    def drain_warnings(self) -> Iterator[Warned]:
        """What the user should hear, once."""
        notes, self._notes = self._notes, []
        yield from notes

    def finish(self) -> None:
        """Compute and write what is still to come."""
        if self._runtime is not None:
            with memory.one_must_fit(memory.ONE):
                self._ready |= self._runtime.finish()
        self._write()

    def close(self) -> None:
        """Let go of what computes."""
        if self._runtime is not None:
            self._runtime.close()

    def _is_new(self, digest: bytes) -> bool:
        if digest in self._begun or digest in self._shelf:
            return False
        self._begun.add(digest)
        return True

    def _take(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        if self._make is None:
            self._ready[digest] = pixels
        else:
            with memory.one_must_fit(memory.ONE):
                if self._runtime is None:
                    self._runtime = self._make(self._hear)
                self._ready |= self._runtime.put(digest, pixels)
        if len(self._ready) >= TOGETHER:
            self._write()

    def _hear(self, note: Warned) -> None:
        self._notes.append(note)

    def _write(self) -> None:
        if self._ready:
            digests, rows = list(self._ready), np.stack(list(self._ready.values()))
            finite.require(digests, rows)
            self._shelf.put(digests, rows)
            self.computed += len(self._ready)
            self._ready.clear()
