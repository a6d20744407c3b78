"""Draws and paints the parts of what was just shown one after the other, so that a click in between is handled.

Setting the contents of a part and painting it are two turns of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.ui.system import responsiveness
from studio.ui.system.turns import TurnTimer

PAUSE_MS = 3
"""Time between two turns; due timers and events of the mouse are handled in between, however short it is."""


class PartByPart(QObject):
    """The queue of parts that are not painted yet."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._parts: list[QWidget] = []
        self._draw: dict[QWidget, Callable[[], None]] = {}
        self._drawn: QWidget | None = None
        self._painting: QWidget | None = None
        self._timer = TurnTimer(self, PAUSE_MS, self._paint_next)

    def begin(self, parts: Sequence[QWidget], draw: Mapping[QWidget, Callable[[], None]] | None = None) -> None:
        """Paint these parts later, in order.

        Parts that wait already keep their places, so that changes in quick succession do not stop the last ones.

        Args:
            parts: Parts of the owner; others that wait are painted now, and not drawn.
            draw: For some of them, what sets their contents one turn of the event loop before they are painted.
        """
        for part in self._parts:
            if part not in parts:
                part.setUpdatesEnabled(True)
        waiting = [part for part in self._parts if part in parts]
        added = [part for part in parts if part not in waiting]
        self._parts, self._draw = waiting + added, dict(draw or {})
        for part in added:
            if part is not self._painting:
                part.setUpdatesEnabled(False)
        if self._parts and not self._timer.is_active():
            self._timer.start()

    def is_waiting(self, part: QWidget) -> bool:
        """True while the contents of the part are not set yet."""
        return part in self._draw

    def is_busy(self) -> bool:
        """True while a part is not painted yet."""
        return bool(self._parts)

    def finish(self) -> None:
        """Draw all parts that wait, and let them be painted, in this turn."""
        while self._parts:
            self._paint_next()
        self._timer.stop()
        self._drawn = self._painting = None

    def _paint_next(self) -> None:
        self._painting = None
        if not self._parts:
            return
        self._timer.start()  # also after the last part, which is painted in between
        part = self._parts[0]
        if part in self._draw and part is not self._drawn:
            self._drawn = part
            with responsiveness.uninterrupted():
                self._draw.pop(part)()
            return
        self._parts.pop(0).setUpdatesEnabled(True)
        self._drawn, self._painting = None, part
        if part in self._draw:  # its contents changed again before it was painted
            self._parts.append(part)
