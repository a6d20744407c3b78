"""Small pictures, decoded beside the window and kept within bounds.

Whoever paints asks `get` and goes on with a placeholder; the picture arrives later by the signal `arrived`. What was
asked for last is decoded first, because it is what the user looks at now.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from studio.events import ValueRanges
from studio.ui.system import responsiveness

MOST_KEPT = 600
MOST_PENDING = 300
MOST_FITTED = 200
THREADS = 2
GRACE = 0.3
"""Seconds that closing waits for a picture."""

GATHER_MS = 30
"""Pictures that come within this time are shown together: each showing paints the whole grid."""


class _Desk:
    """What is wanted and what is ready; the only thing both threads touch."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted: OrderedDict[str, int] = OrderedDict()
        self.ready: list[tuple[str, int, QImage | None]] = []
        self.ranges = ValueRanges()
        self.forgotten = 0
        self.running = 0
        self.closed = False

    def wish(self, path: str, side: int) -> bool:
        """Note a wish; True where one more decoder should start. Under the same lock as `take`, so none is lost."""
        with self.lock:
            if self.closed:
                return False
            self.wanted[path] = side
            self.wanted.move_to_end(path)
            while len(self.wanted) > MOST_PENDING:
                self.wanted.popitem(last=False)
            start = self.running < THREADS
            self.running += start
            return start

    def take(self) -> tuple[str, int, ValueRanges, int] | None:
        """The newest wish, how to read it, and how often all was forgotten; None ends the decoder that asks."""
        with self.lock:
            if self.wanted and not self.closed:
                return (*self.wanted.popitem(), self.ranges, self.forgotten)
            self.running -= 1
            return None

    def put(self, path: str, side: int, image: QImage | None, forgotten: int) -> bool:
        """Lay a picture down; True where nobody was told of one yet."""
        with self.lock:
            if forgotten != self.forgotten:
                return False
            self.ready.append((path, side, image))
            return len(self.ready) == 1

    def read_by(self, ranges: ValueRanges) -> bool:
        """Read photos so from now on and forget all that was read; True where that is another way than before."""
        with self.lock:
            if ranges == self.ranges:
                return False
            self.ranges = ranges
            self.forgotten += 1
            self.wanted.clear()
            self.ready.clear()
            return True


class _Decoder(threading.Thread):
    """Decodes until nothing is wanted. No end of the program waits for it: its file may be on a server that hangs."""

    def __init__(self, desk: _Desk, source: Thumbnails) -> None:
        super().__init__(name="thumbnails", daemon=True)
        self._desk = desk
        self._source = source

    def run(self) -> None:
        """In the thread."""
        responsiveness.lower_priority()
        while (wish := self._desk.take()) is not None:
            path, side, ranges, forgotten = wish
            if self._desk.put(path, side, decode(path, side, ranges), forgotten):
                with contextlib.suppress(RuntimeError):  # the grid may be gone, and then nobody waits
                    self._source.landed.emit()


class Thumbnails(QObject):
    """A bounded store of small pictures."""

    arrived = Signal()
    landed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = _Desk()
        self._kept: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._fitted: OrderedDict[tuple[int, QSize], QPixmap] = OrderedDict()
        self._decoders: list[_Decoder] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(GATHER_MS)
        self._soon.timeout.connect(self._collect)
        self.landed.connect(self._gather, Qt.ConnectionType.QueuedConnection)

    def get(self, path: str, side: int) -> QPixmap | None:
        """The picture, a null pixmap where the file cannot be read, or None while it is on its way.

        Args:
            path: Absolute path.
            side: Longer side in device pixels.
        """
        key = (path, side)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if self._desk.wish(path, side):
            self._decoders = [decoder for decoder in self._decoders if decoder.is_alive()]
            self._decoders.append(_Decoder(self._desk, self))
            self._decoders[-1].start()
        return None

    def fitted(self, pixmap: QPixmap, room: QSize, ratio: float) -> QPixmap:
        """A picture as large as it fits into a room; kept, because scaling takes longer than all else in painting.

        Args:
            pixmap: From `get`.
            room: In the view's own pixels.
            ratio: Device pixels in one of those.
        """
        key = (pixmap.cacheKey(), room)
        if key in self._fitted:
            self._fitted.move_to_end(key)
            return self._fitted[key]
        smooth = Qt.TransformationMode.SmoothTransformation
        made = pixmap.scaled(room * ratio, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        made.setDevicePixelRatio(ratio)
        self._fitted[key] = made
        while len(self._fitted) > MOST_FITTED:
            self._fitted.popitem(last=False)
        return made

    def read_by(self, ranges: ValueRanges) -> bool:
        """Show photos of more than 8 bits with these as black and white; True where that changes anything."""
        changed = self._desk.read_by(ranges)
        if changed:
            self._kept.clear()
        return changed

    def forget_wishes(self) -> None:
        """What was wanted is not looked at any more."""
        with self._desk.lock:
            self._desk.wanted.clear()

    def shut_down(self) -> None:
        """Wait a moment for the picture being decoded, drop the rest. Safe to call twice."""
        with self._desk.lock:
            self._desk.closed = True
            self._desk.wanted.clear()
        self._soon.stop()
        for decoder in self._decoders:
            decoder.join(GRACE)

    def _gather(self) -> None:
        if not self._desk.closed:
            self._soon.start()

    def _collect(self) -> None:
        with self._desk.lock:
            ready, self._desk.ready = self._desk.ready, []
        for path, side, image in ready:
            self._kept[path, side] = QPixmap.fromImage(image) if image is not None else QPixmap()
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit()


def decode(path: str, side: int, ranges: ValueRanges) -> QImage | None:
    """A photo made small, or None where it cannot be read."""
    from studio.data.images.decode import thumbnail
    from studio.data.images.measuring import reading_of

    try:
        pixels = thumbnail(path, side, reading_of(ranges))
    except Exception:  # whatever is wrong with the file, the grid shows a mark and the check says why
        return None
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
