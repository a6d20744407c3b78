"""A picture that is enlarged with wheel and keys, and moved with the pointer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.ui.photos.image_view import Picture

STEP = 1.25
"""Factor of one step of the wheel or of a key."""
NOTCH = 120
"""Turn of the wheel that counts as one step, in Qt's eighths of a degree."""
LARGEST = 16.0
"""Largest number of screen pixels for one pixel of the image."""


class ZoomedPicture(Picture):
    """Fits the image to the widget until the user enlarges it.

    Signals:
        zoomed: Scale in screen pixels per image pixel, after a change.
    """

    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zoom = 1.0
        self._corner = QPointF()
        self._grip: QPointF | None = None
        self.setAccessibleName(tr("Photo"))

    def show_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show another photo, as large as it fits."""
        self._zoom, self._corner = 1.0, QPointF()
        self.show_pixels(pixels, "")
        self._tell()

    def show_sharper(self, pixels: NDArray[np.uint8]) -> None:
        """Show the same photo with more pixels; what is visible stays in its place."""
        self.show_pixels(pixels, "")
        self._move(self._corner)

    def scale(self) -> float:
        """Screen pixels per image pixel."""
        return self._fit() * self._zoom * self.devicePixelRatioF()

    def enlarge(self, steps: float, at: QPointF | None = None) -> None:
        """Enlarge by a number of steps, or reduce by a negative one, around a point of the widget or its middle."""
        largest = max(1.0, LARGEST / max(1e-9, self._fit() * self.devicePixelRatioF()))
        self._set_zoom(min(max(1.0, self._zoom * STEP**steps), largest), at)

    def fit(self) -> None:
        """Show all of the image."""
        self._set_zoom(1.0, None)

    def full_size(self) -> None:
        """Show each pixel of the image as one of the screen; images smaller than the widget stay as they are."""
        self._set_zoom(max(1.0, 1 / max(1e-9, self._fit() * self.devicePixelRatioF())), None)

    def _fit(self) -> float:
        """Points of the widget per image pixel where the whole image is shown."""
        return super()._place().width() / max(1, self._image.width())

    def _set_zoom(self, zoom: float, at: QPointF | None) -> None:
        if self._image.isNull() or zoom == self._zoom:
            return
        place = self._place()
        point = at or QPointF(self.width() / 2, (self.height() - self._line()) / 2)
        share = QPointF((point.x() - place.left()) / place.width(), (point.y() - place.top()) / place.height())
        self._zoom = zoom
        size = self._size()
        self._move(QPointF(point.x() - share.x() * size.width(), point.y() - share.y() * size.height()))
        self._tell()

    def _size(self) -> QSizeF:
        whole = super()._place()
        return QSizeF(whole.width() * self._zoom, whole.height() * self._zoom)

    def _move(self, corner: QPointF) -> None:
        """Move the image's corner to this point, but leave no margin that the image could fill."""
        size = self._size()
        room = QSizeF(self.width(), self.height() - self._line())
        least = QPointF(min(0.0, room.width() - size.width()), min(0.0, room.height() - size.height()))
        self._corner = QPointF(min(0.0, max(least.x(), corner.x())), min(0.0, max(least.y(), corner.y())))
        self.update()

    def _place(self) -> QRectF:
        return QRectF(self._corner, self._size()) if self._zoom > 1 else super()._place()

    def _tell(self) -> None:
        enlarged = self._zoom > 1
        self.setCursor(Qt.CursorShape.OpenHandCursor if enlarged else Qt.CursorShape.ArrowCursor)
        self.zoomed.emit(self.scale())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Enlarge or reduce around the pointer."""
        self.enlarge(event.angleDelta().y() / NOTCH, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move an enlarged image."""
        if event.button() == Qt.MouseButton.LeftButton and self._zoom > 1:
            self._grip = event.position() - self._corner
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move it with the pointer."""
        if self._grip is not None:
            self._move(event.position() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """End the move."""
        if self._grip is not None:
            self._grip = None
            self._tell()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change between the whole image and its full size at the pointer."""
        if self._zoom > 1:
            self.fit()
        else:
            self._set_zoom(max(2.0, 1 / max(1e-9, self._fit() * self.devicePixelRatioF())), event.position())
