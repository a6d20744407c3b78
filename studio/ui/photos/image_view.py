"""One image, as large as its widget allows and never distorted, with an optional frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import theme


class Picture(QWidget):
    """Shows an (H, W, 3) uint8 array.

    Attributes:
        centered: True for an image in the middle of the available space, where there is no caption.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._image = QImage()
        self._box: QRectF | None = None
        self._crisp = False
        self._caption = ""
        self.centered = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)

    def show_pixels(
        self,
        pixels: NDArray[np.uint8] | None,
        caption: str = "",
        box: tuple[float, float, float, float] | None = None,
        crisp: bool = False,
    ) -> None:
        """Show an image.

        Args:
            pixels: (H, W, 3) uint8; None shows nothing.
            caption: One line below it.
            box: Left, top, width, height of a frame as shares of the image's sides.
            crisp: Do not smooth the pixels of an enlarged image.
        """
        if pixels is not self._pixels:
            self._pixels = pixels
            if pixels is None:
                self._image = QImage()
            else:
                height, width = pixels.shape[:2]
                data = np.ascontiguousarray(pixels).tobytes()
                self._image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._box = QRectF(*box) if box is not None else None
        self._crisp = crisp
        self._caption = caption
        self.setAccessibleDescription(caption)
        self.update()

    def _place(self) -> QRectF:
        room = QSize(self.width(), max(1, self.height() - self._line()))
        size = self._image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (
            ((room.width() - size.width()) / 2, (room.height() - size.height()) / 2) if self.centered else (0, 0)
        )
        return QRectF(left, top, size.width(), size.height())

    def _line(self) -> int:
        """Height of the caption with the gap above it."""
        if self.centered:
            return 0
        return self.fontMetrics().height() + 8

    def sizeHint(self) -> QSize:
        """Default size; it uses any other as well."""
        return QSize(320, 320)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the image, then the frame, outside of which it is dimmed."""
        painter = QPainter(self)
        if self._image.isNull():
            painter.fillRect(self.rect().adjusted(0, 0, 0, -self._line()), QColor(theme.current().raised))
            painter.end()
            return
        place = self._place()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._crisp)
        painter.drawImage(place, self._image)
        if self._box is not None:
            box = QRectF(
                place.left() + self._box.left() * place.width(),
                place.top() + self._box.top() * place.height(),
                self._box.width() * place.width(),
                self._box.height() * place.height(),
            ).intersected(place)
            outside = QPainterPath()
            outside.addRect(place)
            outside.addRect(box)  # the even-odd rule leaves a hole
            painter.fillPath(outside, QColor(0, 0, 0, 120))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
            painter.drawRect(box.adjusted(2, 2, -2, -2))
            painter.setPen(QPen(QColor(255, 255, 255), 2))
            painter.drawRect(box.adjusted(2, 2, -2, -2))
        painter.setPen(QColor(theme.current().muted))
        below = QRectF(0, place.bottom() + 8, self.width(), self.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._caption)
        painter.end()
