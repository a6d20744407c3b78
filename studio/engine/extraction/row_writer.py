"""Photos in, rows on a shelf: computed by whatever runtime there is, and written a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.data.jpegs import Jpeg
from studio.engine import feeding
from studio.engine.cache.store import Shelf
from studio.engine.device import memory
from studio.engine.device.memory import Tell
from studio.engine.extraction import finite
from studio.engine.extraction.cuda import Overlapped
from studio.engine.extraction.runtime import Runtime
from studio.engine.feeding import Feeding
from studio.events import Warned
from studio.spec import PreprocessSpec

TOGETHER = 8
"""Rows written at once: as many are lost at most when the program dies."""


class Writer:
    """Computes rows and puts them on the shelf.

    Args:
        shelf: Where rows belong.
        preprocess: How photos are framed.
        make: The runtime, made when the first photo needs it: a warm cache needs none. It is given whom to tell that
            memory ran out. None where the photos themselves are kept.
        feeding: Decodes what comes as files.

    Attributes:
        computed: Photos whose rows were computed.
        lost: Why photos that came as files could not be decoded in the end, by digest.
    """

    def __init__(
        self,
        shelf: Shelf,
        preprocess: PreprocessSpec,
        make: Callable[[Tell], Runtime] | None,
        feeding: Feeding | None = None,
    ) -> None:
        self._shelf, self._preprocess, self._make, self._feeding = shelf, preprocess, make, feeding
        self._runtime: Runtime | None = None
        self._begun: set[bytes] = set()
        self._files: dict[bytes, Jpeg] = {}
        self._ready: dict[bytes, NDArray[np.generic]] = {}
        self._notes: list[Warned] = []
        self.computed = 0
        self.lost: dict[bytes, str] = {}

    def put(self, digest: bytes, pixels: NDArray[np.uint8]) -> None:
        """Take one framed photo (H, W, 3); one that was taken before, or is on the shelf, is left alone.

        Raises:
            Interrupted: The job was stopped.
            NotFinite: A photo's features are NaN or infinite; nothing of it was written.
            Fault: A single photo does not fit into memory.
        """
        if self._is_new(digest):
            self._take(digest, pixels)

    def put_jpeg(self, digest: bytes, file: Jpeg) -> None:
        """Take one photo that a GPU is to decode; otherwise like `put`."""
        if self._is_new(digest):
            self._files[digest] = file
            if len(self._files) >= feeding.TOGETHER:
                self._decode()

    def told(self) -> Iterator[Warned]:
        """What the user should hear, once."""
        if self._feeding is not None and isinstance(self._runtime, Overlapped):
            note = self._feeding.look(self._runtime)
            self._notes += [note] if note is not None else []
        notes, self._notes = self._notes, []
        yield from notes

    def finish(self) -> None:
        """Compute and write what is still to come."""
        self._decode()
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

    def _take(self, digest: bytes, pixels: NDArray[np.uint8] | Tensor) -> None:
        if self._make is None:
            assert isinstance(pixels, np.ndarray)
            self._ready[digest] = pixels
        else:
            with memory.one_must_fit(memory.ONE):
                if self._runtime is None:
                    self._runtime = self._make(self._hear)
                self._ready |= self._runtime.put(digest, pixels)  # type: ignore[arg-type]  # a GPU's takes tensors, too
        if len(self._ready) >= TOGETHER:
            self._write()

    def _hear(self, note: Warned) -> None:
        self._notes.append(note)

    def _decode(self) -> None:
        """On the GPU; all of them by Pillow where one cannot be decoded there."""
        files, self._files = self._files, {}
        if not files or self._feeding is None:
            return
        photos = self._feeding.decoded(list(files.values()))
        for place, (digest, file) in enumerate(files.items()):
            try:
                self._take(digest, photos[place] if photos else frame(decode.from_bytes(file.data), self._preprocess))
            except decode.Unreadable as error:
                self.lost[digest] = error.reason

    def _write(self) -> None:
        if self._ready:
            digests, rows = list(self._ready), np.stack(list(self._ready.values()))
            finite.require(digests, rows)
            self._shelf.put(digests, rows)
            self.computed += len(self._ready)
            self._ready.clear()
