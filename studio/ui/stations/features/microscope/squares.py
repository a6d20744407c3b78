"""Two squares side by side, as large as their room allows, with a scale below."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.stations.features.microscope.drawing import SCALE

GAP = 8
LEAST, LARGEST = 88, 420
"""Sides of a picture where there is little and where there is much room."""


class Squares(QWidget):
    """Position and size of the squares; a subclass draws them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit = LARGEST
        self._bonus = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _side(self) -> int:
        return self._side_at(self.width())

    def _side_at(self, width: int) -> int:
        return max(16, min(max(LEAST, self._limit + self._bonus), LARGEST, (width - GAP) // 2))

    def set_bonus(self, height: int) -> None:
        """Give the pictures the height of parts that are not shown."""
        if height != self._bonus:
            self._bonus = height
            self.updateGeometry()

    def set_limit(self, side: int) -> None:
        """Set the longest side of the pictures."""
        if side != self._limit:
            self._limit = min(side, LARGEST)
            self.updateGeometry()

    def boxes(self) -> tuple[QRect, QRect]:
        """Rectangles of the photo and of the channel."""
        side = self._side()
        left = (self.width() - 2 * side - GAP) // 2
        return QRect(left, 0, side, side), QRect(left + side + GAP, 0, side, side)

    def hasHeightForWidth(self) -> bool:
        """True: the pictures are squares."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of the squares, the bar and its numbers."""
        return self._side_at(width) + SCALE

    def sizeHint(self) -> QSize:
        """Two squares of 190 pixels."""
        return QSize(388, self.heightForWidth(388))

    def minimumSizeHint(self) -> QSize:
        """Two squares that still show something."""
        return QSize(200, self.heightForWidth(max(200, self.width())))
