"""Thumbnails, decoded in background threads, in a cache of limited size.

Painting code calls `get` and shows a placeholder; the thumbnail arrives later by the signal `arrived`. The latest
request is decoded first, because it is the one the user looks at. Thumbnails that are painted again later are compared
with their files: a photo may have been replaced, or its disk unplugged when it was to be read.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from studio.events import ValueRanges
from studio.ui.photos.thumbnail_requests import Decoded, Requests, Wanted
from studio.ui.system import responsiveness

MOST_PIXMAPS = 600
MOST_FITTED = 200
GRACE = 0.3
"""Seconds that closing waits for a thumbnail."""

AGAIN_MS = 3
"""Time after which a request is tried again where a decoder held the lock."""

GATHER_MS = 30
"""Thumbnails that arrive within this time are shown together."""

GONE = (-1,)
"""In place of the status of a file that cannot be reached."""

RECHECK_S = 3.0
"""Age after which a thumbnail that is painted again is compared with its file."""


class _Decoder(threading.Thread):
    """Decodes until no request comes for a while. A daemon, so that no exit waits for a server that does not answer."""

    def __init__(self, requests: Requests, source: Thumbnails) -> None:
        super().__init__(name="thumbnails", daemon=True)
        self._requests = requests
        self._source = source

    def run(self) -> None:
        """Runs in the thread."""
        responsiveness.lower_priority()
        while (request := self._requests.take()) is not None:
            path, wanted, ranges, resets = request
            file = _file(path)
            if file == wanted.known or (wanted.known and file == GONE):
                continue  # the thumbnail of an unplugged photo stays
            image = decode(path, wanted.side, ranges)
            if self._requests.put(Decoded(path, wanted.side, image, file), resets):
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
        self._requests = Requests()
        self._pixmaps: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._fitted: OrderedDict[tuple[int, QSize], QPixmap] = OrderedDict()
        self._files: dict[tuple[str, int], tuple[tuple[int, ...], float]] = {}
        self._decoders: list[_Decoder] = []
        self._wanted: dict[str, Wanted] = {}
        self._discard = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
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
            file, compared = self._files[key]
            if time.monotonic() - compared > RECHECK_S:
                self._files[key] = file, time.monotonic()
                self._wanted.setdefault(path, Wanted(side, file))
                self._request_soon()
            return self._pixmaps[key]
        self._wanted.pop(path, None)
        self._wanted[path] = Wanted(side)
        self._request_soon()
        return None

    def _request_soon(self) -> None:
        """Hand over the requests of all photos that are being painted at once: each time would wake the decoders."""
        if not self._again.isActive():
            self._again.start(0)

    def _request(self) -> None:
        """Hand the requests to the decoders, now or in a moment."""
        more = self._requests.request(self._wanted, self._discard)
        if more is None:
            self._again.start(AGAIN_MS)
            return
        self._wanted.clear()
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
            self._files.clear()
        return changed

    def clear_requests(self) -> None:
        """Drop requests for thumbnails that are no longer visible."""
        self._wanted.clear()
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
        for path, side, image, file in ready:
            self._pixmaps[path, side] = QPixmap.fromImage(image) if image is not None else QPixmap()
            self._files[path, side] = file, time.monotonic()
        while len(self._pixmaps) > MOST_PIXMAPS:
            key, _ = self._pixmaps.popitem(last=False)
            del self._files[key]
        self.arrived.emit(frozenset(decoded.path for decoded in ready))


def _file(path: str) -> tuple[int, ...]:
    """What changes when the file is replaced; `GONE` for a file that cannot be reached."""
    try:
        status = os.stat(path)  # noqa: PTH116  # faster
    except (OSError, ValueError):
        return GONE
    return status.st_mtime_ns, status.st_size, status.st_ino


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
