"""Writer that computes the rows of photos and stores them in batches."""

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

ROWS_PER_WRITE = 8
"""Number of rows written at once, and the most that are lost if the program is killed."""


class RowWriter:
    """Computes rows and writes them to a feature store.

    Args:
        store: The feature store.
        make: Makes the runtime when the first photo needs it, given a function that receives warnings; None if the
            preprocessed photos themselves are stored.

    Attributes:
        computed: Number of rows that were computed.
    """

    def __init__(
        self,
        store: FeatureStore,
        make: Callable[[Tell], Runtime] | None,
    ) -> None:
        self._store, self._make = store, make
        self._runtime: Runtime | None = None
        self._started: set[bytes] = set()
        self._ready: dict[bytes, NDArray[np.generic]] = {}
        self._warnings: list[Warned] = []
        self.computed = 0

    def put(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        """Take one preprocessed photo (H, W, 3), unless it was taken before or is in the store.

        Raises:
            Interrupted: The job was stopped.
            NotFiniteError: A photo's features are NaN or infinite; they were not written.
            UserError: A single photo does not fit into memory.
        """
        if self._is_new(digest):
            self._take(digest, pixels)

    def drain_warnings(self) -> Iterator[Warned]:
        """Yield the warnings since the last call."""
        notes, self._warnings = self._warnings, []
        yield from notes

    def finish(self) -> None:
        """Compute and write the remaining rows."""
        if self._runtime is not None:
            with memory.must_fit(memory.SINGLE_PHOTO):
                self._ready |= self._runtime.finish()
        self._write()

    def close(self) -> None:
        """Release the runtime."""
        if self._runtime is not None:
            self._runtime.close()

    def _is_new(self, digest: bytes) -> bool:
        if digest in self._started or digest in self._store:
            return False
        self._started.add(digest)
        return True

    def _take(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        if self._make is None:
            self._ready[digest] = pixels
        else:
            with memory.must_fit(memory.SINGLE_PHOTO):
                if self._runtime is None:
                    self._runtime = self._make(self._add_warning)
                self._ready |= self._runtime.put(digest, pixels)
        if len(self._ready) >= ROWS_PER_WRITE:
            self._write()

    def _add_warning(self, note: Warned) -> None:
        self._warnings.append(note)

    def _write(self) -> None:
        if self._ready:
            digests, rows = list(self._ready), np.stack(list(self._ready.values()))
            finite.require_finite(digests, rows)
            self._store.put(digests, rows)
            self.computed += len(self._ready)
            self._ready.clear()
