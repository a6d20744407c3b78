"""Thumbnails, decoded in background threads, in a cache of limited size.

Painting code calls `get` and shows a placeholder; the thumbnail arrives later by the signal `arrived`. The latest
request is decoded first, because it is the one the user looks at.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import OrderedDict
from collections.abc import Mapping

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from studio.events import ValueRanges
from studio.ui.system import responsiveness

MOST_PIXMAPS = 600
MOST_PENDING = 300
MOST_FITTED = 200
THREADS = 2
GRACE = 0.3
"""Seconds that closing waits for a thumbnail."""

IDLE_S = 3.0
"""Idle time after which a decoder ends. Starting one blocks the window until the new thread gets the interpreter."""

AGAIN_MS = 3
"""Time after which a request is tried again where a decoder held the lock."""

GATHER_MS = 30
"""Thumbnails that arrive within this time are shown together."""


class _Requests:
    """Requests and finished thumbnails: the only data that both threads access.

    Attributes:
        lock: Held while the fields below are read or written.
        wake: One item for each decoder that is to look for requests.
        pending: Longer side in pixels by path, the most urgent request last.
        ready: Path, longer side and thumbnail; None for a photo that cannot be read.
        ranges: Value ranges for photos of more than 8 bits.
        resets: Number of resets so far; a thumbnail of before the last one is dropped.
        running: Number of decoders that run.
        closed: True once no request is accepted.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.pending: OrderedDict[str, int] = OrderedDict()
        self.ready: list[tuple[str, int, QImage | None]] = []
        self.ranges = ValueRanges()
        self.resets = 0
        self.running = 0
        self.closed = False

    def request(self, sides: Mapping[str, int], discard: bool) -> int | None:
        """Add requests; the number of decoders to start, or None where a decoder has the lock: try again later.

        Args:
            sides: Longer sides by path, the most urgent one last.
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
            for path, side in sides.items():
                self.pending[path] = side
                self.pending.move_to_end(path)
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

    def take_ready(self) -> list[tuple[str, int, QImage | None]] | None:
        """The finished thumbnails; None where a decoder has the lock."""
        if not self.lock.acquire(blocking=False):
            return None
        try:
            ready, self.ready = self.ready, []
            return ready
        finally:
            self.lock.release()

    def take(self) -> tuple[str, int, ValueRanges, int] | None:
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

    def put(self, path: str, side: int, image: QImage | None, resets: int) -> bool:
        """Store a thumbnail; True where the window has no notification pending."""
        with self.lock:
            if resets != self.resets:
                return False
            self.ready.append((path, side, image))
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


class _Decoder(threading.Thread):
    """Decodes until no request comes for a while. A daemon, so that no exit waits for a server that does not answer."""

    def __init__(self, requests: _Requests, source: Thumbnails) -> None:
        super().__init__(name="thumbnails", daemon=True)
        self._requests = requests
        self._source = source

    def run(self) -> None:
        """Runs in the thread."""
        responsiveness.lower_priority()
        while (request := self._requests.take()) is not None:
            path, side, ranges, resets = request
            if self._requests.put(path, side, decode(path, side, ranges), resets):
                with contextlib.suppress(RuntimeError):  # the grid may be destroyed already
                    self._source.decoded.emit()


class Thumbnails(QObject):
    """Cache of thumbnails of limited size.

    Signals:
        arrived: New thumbnails are in the cache: a frozenset of their paths.
        decoded: A decoder has finished at least one thumbnail; emitted in its thread.
    """

    arrived = Signal(object)
    decoded = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = _Requests()
        self._pixmaps: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._fitted: OrderedDict[tuple[int, QSize], QPixmap] = OrderedDict()
        self._decoders: list[_Decoder] = []
        self._sides: dict[str, int] = {}
        self._discard = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._request)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(GATHER_MS)
        self._soon.timeout.connect(self._collect)
        self.decoded.connect(self._gather, Qt.ConnectionType.QueuedConnection)

    def get(self, path: str, side: int) -> QPixmap | None:
        """The thumbnail, a null pixmap where the file cannot be read, or None while it is being decoded.

        Args:
            path: Absolute path.
            side: Longer side in device pixels.
        """
        key = (path, side)
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            return self._pixmaps[key]
        self._sides.pop(path, None)
        self._sides[path] = side
        self._request()
        return None

    def _request(self) -> None:
        """Hand the requests to the decoders, now or in a moment."""
        more = self._requests.request(self._sides, self._discard)
        if more is None:
            self._again.start()
            return
        self._sides.clear()
        self._discard = False
        if more:
            self._decoders = [decoder for decoder in self._decoders if decoder.is_alive()]
            new = [_Decoder(self._requests, self) for _ in range(more)]
            self._decoders += new
            for decoder in new:
                decoder.start()

    def fitted(self, pixmap: QPixmap, room: QSize, ratio: float) -> QPixmap:
        """A thumbnail scaled to fit; cached, because scaling takes longer than the rest of painting.

        Args:
            pixmap: Return value of `get`.
            room: Available size in device-independent pixels.
            ratio: Device pixels per device-independent pixel.
        """
        key = (pixmap.cacheKey(), room)
        if key in self._fitted:
            self._fitted.move_to_end(key)
            return self._fitted[key]
        smooth = Qt.TransformationMode.SmoothTransformation
        scaled = pixmap.scaled(room * ratio, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        scaled.setDevicePixelRatio(ratio)
        self._fitted[key] = scaled
        while len(self._fitted) > MOST_FITTED:
            self._fitted.popitem(last=False)
        return scaled

    def set_ranges(self, ranges: ValueRanges) -> bool:
        """Show photos of more than 8 bits with these value ranges; True where that changes anything."""
        changed = self._requests.set_ranges(ranges)
        if changed:
            self._pixmaps.clear()
        return changed

    def clear_requests(self) -> None:
        """Drop requests for thumbnails that are no longer visible."""
        self._sides.clear()
        self._discard = True
        self._request()

    def shut_down(self) -> None:
        """Wait briefly for the thumbnail being decoded, drop the rest. Safe to call twice."""
        self._requests.close()
        self._soon.stop()
        self._again.stop()
        for decoder in self._decoders:
            decoder.join(GRACE)

    def _gather(self) -> None:
        if not self._requests.closed:
            self._soon.start()

    def _collect(self) -> None:
        ready = self._requests.take_ready()
        if ready is None:
            self._soon.start()
            return
        for path, side, image in ready:
            self._pixmaps[path, side] = QPixmap.fromImage(image) if image is not None else QPixmap()
        while len(self._pixmaps) > MOST_PIXMAPS:
            self._pixmaps.popitem(last=False)
        self.arrived.emit(frozenset(path for path, _, _ in ready))


def decode(path: str, side: int, ranges: ValueRanges) -> QImage | None:
    """Decode a photo to a small size; None where it cannot be read."""
    from studio.data.images.decode import thumbnail
    from studio.data.images.measuring import reading_of

    try:
        pixels = thumbnail(path, side, reading_of(ranges))
    except Exception:  # the grid shows a placeholder for any error; the check of the data set states the reason
        return None
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
