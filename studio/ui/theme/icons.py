"""Icons that are drawn once for each size: an icon font draws them in Python, in about 0.2 ms each time."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap


def painted_once(icon: QIcon) -> QIcon:
    """The same icon, with a picture of it for each size, resolution, mode and state in which it was painted."""
    return QIcon(_Pictures(icon))


class _Pictures(QIconEngine):
    def __init__(self, icon: QIcon) -> None:
        super().__init__()
        self._icon = icon
        self._pictures: dict[tuple[int, int, float, QIcon.Mode, QIcon.State], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the picture for this size, at the resolution of the device."""
        painter.drawPixmap(rect.topLeft(), self._picture(rect.size(), painter.device().devicePixelRatio(), mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The picture for this size in pixels."""
        return self._picture(size, 1.0, mode, state)

    def _picture(self, size: QSize, ratio: float, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        key = (size.width(), size.height(), ratio, mode, state)
        if key not in self._pictures:
            picture = QPixmap(size * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            self._icon.paint(painter, QRect(QPoint(), size), Qt.AlignmentFlag.AlignCenter, mode, state)
            painter.end()
            self._pictures[key] = picture
        return self._pictures[key]
