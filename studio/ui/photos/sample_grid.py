"""Grid of small images of one size, each with a caption, as large as the widget allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import theme

GAP = 8


class SampleGrid(QWidget):
    """Shows (N, h, w, 3) uint8."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._captions: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._hold_room()

    def show_samples(self, pixels: NDArray[np.uint8] | None, captions: tuple[str, ...] = ()) -> None:
        """Show images with a caption each; None shows nothing."""
        self._images = [] if pixels is None else [_image(one) for one in pixels]
        self._captions = captions
        self.setAccessibleDescription(", ".join(captions))
        self._hold_room()
        self.update()

    def cells(self) -> list[QRectF]:
        """Rectangle of each image."""
        if not self._images:
            return []
        line = self.fontMetrics().height() + 4
        shape = self._images[0].size()
        best, size = 1, QSize()
        for columns in range(1, len(self._images) + 1):
            rows = -(-len(self._images) // columns)
            room = QSize(
                (self.width() - GAP * (columns - 1)) // columns, (self.height() - GAP * (rows - 1)) // rows - line
            )
            fits = shape.scaled(room, Qt.AspectRatioMode.KeepAspectRatio) if min(room.toTuple()) > 0 else QSize()
            if fits.width() > size.width():
                best, size = columns, fits
        across, down = size.width() + GAP, size.height() + line + GAP
        return [
            QRectF(place % best * across, place // best * down, size.width(), size.height())
            for place in range(len(self._images))
        ]

    def sizeHint(self) -> QSize:
        """Default width, and no height while there is nothing to show."""
        return QSize(480, 240 if self._images else 0)

    def _hold_room(self) -> None:
        self.setMinimumSize(240, 160 if self._images else 0)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the images with their captions."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QColor(theme.current().muted))
        height = self.fontMetrics().height()
        for cell, image, caption in zip(self.cells(), self._images, self._captions, strict=False):
            painter.drawImage(cell, image)
            below = QRectF(cell.left(), cell.bottom() + 4, cell.width(), height)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)
        painter.end()


def _image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
