"""Paints the parts of what was just shown one after the other, so that a click in between is handled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

PAUSE_MS = 12
"""Time between two parts."""


class PartByPart(QObject):
    """The queue of parts that are not painted yet."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._parts: list[QWidget] = []
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._paint_next)

    def begin(self, parts: Sequence[QWidget]) -> None:
        """Paint these parts later, in order."""
        for part in self._parts:
            part.setUpdatesEnabled(True)
        self._parts = list(parts)
        for part in parts:
            part.setUpdatesEnabled(False)
        self._timer.start()

    def _paint_next(self) -> None:
        self._parts.pop(0).setUpdatesEnabled(True)
        if self._parts:
            self._timer.start()
