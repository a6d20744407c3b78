"""Row of small images of one size, each with a caption, as large as the width allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import theme

GAP = 8
LARGEST = 160
"""Longest side of an image in a row of few."""


class SampleGrid(QWidget):
    """Shows (N, h, w, 3) uint8."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._captions: tuple[str, ...] = ()
        self.setMinimumWidth(240)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_samples(self, pixels: NDArray[np.uint8] | None, captions: tuple[str, ...] = ()) -> None:
        """Show images with a caption each; None shows nothing."""
        self._images = [] if pixels is None else [_image(one) for one in pixels]
        self._captions = captions
        self.setAccessibleDescription(", ".join(captions))
        self.updateGeometry()
        self.update()

    def cells(self) -> list[QRectF]:
        """Rectangle of each image."""
        if not self._images:
            return []
        size, number = self._size(self.width()), len(self._images)
        return [QRectF(place * (size.width() + GAP), 0, size.width(), size.height()) for place in range(number)]

    def sizeHint(self) -> QSize:
        """Default width, and the height of the row; none while there is nothing to show."""
        return QSize(480, self.heightForWidth(480))

    def heightForWidth(self, width: int) -> int:
        """Height of the row."""
        return self._size(width).height() + self._line() if self._images else 0

    def _size(self, width: int) -> QSize:
        """Size of an image in a row of a width."""
        number = len(self._images)
        if not number:
            return QSize(0, 0)
        side = min(LARGEST, max(1, (width - GAP * (number - 1)) // number))
        return self._images[0].size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)

    def _line(self) -> int:
        """Height of the caption with the gap above it."""
        return self.fontMetrics().height() + 4

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the images with their captions."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QColor(theme.current().muted))
        height = self.fontMetrics().height()
        for cell, image, caption in zip(self.cells(), self._images, self._captions, strict=False):
            painter.drawImage(cell, image)
            below = QRectF(cell.left(), cell.bottom() + 4, cell.width(), height)
            caption = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideRight, int(cell.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)
        painter.end()


def _image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
