"""Draws and paints the parts of what was just shown one after the other, so that a click in between is handled.

Setting the contents of a part and painting it are two turns of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from studio.ui.system import responsiveness

PAUSE_MS = 3
"""Time between two turns; due timers and events of the mouse are handled in between, however short it is."""


class PartByPart(QObject):
    """The queue of parts that are not painted yet."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._parts: list[QWidget] = []
        self._draw: dict[QWidget, Callable[[], None]] = {}
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._paint_next)

    def begin(self, parts: Sequence[QWidget], draw: Mapping[QWidget, Callable[[], None]] | None = None) -> None:
        """Paint these parts later, in order.

        Args:
            parts: Parts of the owner.
            draw: For some of them, what sets their contents one turn of the event loop before they are painted.
        """
        for part in self._parts:
            part.setUpdatesEnabled(True)
        self._parts, self._draw = list(parts), dict(draw or {})
        for part in parts:
            part.setUpdatesEnabled(False)
        self._timer.start()

    def is_waiting(self, part: QWidget) -> bool:
        """True while the contents of the part are not set yet."""
        return part in self._draw

    def finish(self) -> None:
        """Draw all parts that wait, and let them be painted, in this turn."""
        while self._parts:
            self._paint_next()
        self._timer.stop()

    def _paint_next(self) -> None:
        part = self._parts[0]
        if part in self._draw:
            with responsiveness.uninterrupted():
                self._draw.pop(part)()
        else:
            self._parts.pop(0).setUpdatesEnabled(True)
        if self._parts:
            self._timer.start()
