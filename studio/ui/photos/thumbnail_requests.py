"""Requests for thumbnails: the data that the window shares with the threads that decode."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QImage

from studio.events import ValueRanges

MOST_PENDING = 300
THREADS = 2

IDLE_S = 3.0
"""Idle time after which a decoder ends. Starting one blocks the window until the new thread gets the interpreter."""


class Wanted(NamedTuple):
    """A request.

    Attributes:
        side: Longer side in pixels.
        known: The file when it was decoded last, where the thumbnail is there and only to be compared with it.
    """

    side: int
    known: tuple[int, ...] = ()


class Decoded(NamedTuple):
    """A finished thumbnail; without an image for a photo that cannot be read."""

    path: str
    side: int
    image: QImage | None
    file: tuple[int, ...] = ()


class Requests:
    """Requests and finished thumbnails: the only data that both threads access.

    Attributes:
        lock: Held while the fields below are read or written.
        wake: One item for each decoder that is to look for requests.
        pending: Requests by path, the most urgent one last.
        ready: Finished thumbnails.
        ranges: Value ranges for photos of more than 8 bits.
        resets: Number of resets so far; a thumbnail of before the last one is dropped.
        running: Number of decoders that run.
        closed: True once no request is accepted.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.pending: OrderedDict[str, Wanted] = OrderedDict()
        self.ready: list[Decoded] = []
        self.ranges = ValueRanges()
        self.resets = 0
        self.running = 0
        self.closed = False

    def request(self, wanted: Mapping[str, Wanted], discard: bool) -> int | None:
        """Add requests; the number of decoders to start, or None where a decoder has the lock: try again later.

        Args:
            wanted: Requests by path, the most urgent one last. Those only to be compared come after all others.
            discard: Drop the earlier requests.
        """
        # A decoder that has the lock may have to wait long for the interpreter, and the window must not wait with it.
        if not self.lock.acquire(blocking=False):
            return None
        try:
            if self.closed:
                return 0
            if discard:
                self.pending.clear()
            for path, one in wanted.items():
                if one.known and path in self.pending:
                    continue
                self.pending[path] = one
                self.pending.move_to_end(path, last=not one.known)
            while len(self.pending) > MOST_PENDING:
                self.pending.popitem(last=False)
            more = min(THREADS - self.running, len(self.pending))
            for _ in range(min(self.running, len(self.pending))):
                self.wake.put(None)
            self.running += more
            return more
        finally:
            self.lock.release()

    def close(self) -> None:
        """Drop all requests, and end the decoders."""
        with self.lock:
            self.closed = True
            self.pending.clear()
            for _ in range(self.running):
                self.wake.put(None)

    def take_ready(self) -> list[Decoded] | None:
        """The finished thumbnails; None where a decoder has the lock."""
        if not self.lock.acquire(blocking=False):
            return None
        try:
            ready, self.ready = self.ready, []
            return ready
        finally:
            self.lock.release()

    def take(self) -> tuple[str, Wanted, ValueRanges, int] | None:
        """The latest request, its value ranges, and the number of resets so far; waits for one.

        None ends the calling decoder: no request came for a while.
        """
        patient = True
        while True:
            with self.lock:
                if self.pending and not self.closed:
                    return (*self.pending.popitem(), self.ranges, self.resets)
                if self.closed or not patient:
                    self.running -= 1
                    return None
            try:
                self.wake.get(timeout=IDLE_S)
            except queue.Empty:
                patient = False

    def put(self, decoded: Decoded, resets: int) -> bool:
        """Store a thumbnail; True where the window has no notification pending."""
        with self.lock:
            if resets != self.resets:
                return False
            self.ready.append(decoded)
            return len(self.ready) == 1

    def set_ranges(self, ranges: ValueRanges) -> bool:
        """Set the value ranges and discard all thumbnails; True where the ranges changed."""
        with self.lock:
            if ranges == self.ranges:
                return False
            self.ranges = ranges
            self.resets += 1
            self.pending.clear()
            self.ready.clear()
            return True
