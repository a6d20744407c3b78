"""A photo and one channel side by side, with a crosshair that both share and a color bar with numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.session.inspection import readout
from studio.session.inspection.exhibit import Exhibit
from studio.ui.stations.features.microscope import drawing, pictures
from studio.ui.stations.features.microscope.drawing import SCALE
from studio.ui.theme import colormap, theme

GAP = 8
LEAST, LARGEST = 88, 420
"""Sides of a picture where there is little and where there is much room."""
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class PairView(QWidget):
    """The two pictures. The pointer moves the crosshair, a click holds it, arrows move it by a cell.

    Signals:
        cell_changed: The crosshair moved.
        cell_held: The crosshair was held at a cell, or moved by a key.
        patch_chosen: Row and column of a patch that was clicked in the photo beside bars.

    Attributes:
        cell: Row and column of the crosshair.
        held: True while the pointer does not move the crosshair.
    """

    cell_changed = Signal()
    cell_held = Signal()
    patch_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cell = (0, 0)
        self.held = False
        self._exhibit: Exhibit | None = None
        self._cells: tuple[int, int] | None = None  # the shape that the cell is in, also while nothing is shown
        self._place = 0
        self._photo: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None
        self._common = False
        self._opacity = 0.0
        self._limit = LARGEST
        self._bonus = 0
        self._picture: QImage | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Photo and channel")
        theme.when_changed(self._recolor)

    def show_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show another photo (H, W, 3), as the network sees it."""
        if pixels is not self._pixels:
            self._pixels = pixels
            self._photo = colormap.image(pixels) if pixels is not None else None
            self.update()

    def show_picture(self, exhibit: Exhibit | None, place: int, common: bool, opacity: float) -> None:
        """Show a picture of an exhibit.

        Args:
            exhibit: The exhibit; None for no picture.
            place: Place of the picture.
            common: True for one color scale for all pictures.
            opacity: Opacity of the picture over the photo, 0 for none.
        """
        key = (exhibit, place, common)
        if key != (self._exhibit, self._place, self._common):
            self._exhibit, self._place, self._common = key
            self._picture = None
            if (shape := self._shape()) is not None and shape != self._cells:
                self.cell = readout.moved(self.cell, self._cells or shape, shape)
                self._cells = shape
        self._opacity = opacity
        self.update()

    def _shape(self) -> tuple[int, int] | None:
        if self._exhibit is None:
            return None
        picture = self._exhibit.pictures[self._place]
        return picture.shape[0], picture.shape[1]

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

    def _boxes(self) -> tuple[QRect, QRect]:
        """Rectangles of the photo and of the channel."""
        side = self._side()
        left = (self.width() - 2 * side - GAP) // 2
        return QRect(left, 0, side, side), QRect(left + side + GAP, 0, side, side)

    # ------------------------------------------------------------------------------------------ crosshair

    def set_cell(self, row: int, column: int) -> None:
        """Move the crosshair, at most to the edge."""
        shape = self._shape()
        if shape is None:
            return
        cell = min(max(row, 0), shape[0] - 1), min(max(column, 0), shape[1] - 1)
        if cell != self.cell:
            self.cell = cell
            self.update()
            self.cell_changed.emit()

    def _point_to(self, place: QPointF) -> None:
        shape, exhibit = self._shape(), self._exhibit
        if shape is None or exhibit is None:
            return
        photo, channel = self._boxes()
        for box, has_cells in ((photo, exhibit.grid), (channel, True)):
            if has_cells and box.contains(place.toPoint()):
                x, y = (place.x() - box.left()) / box.width(), (place.y() - box.top()) / box.height()
                self.set_cell(*readout.cell_of(x, y, shape))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the value under the pointer, unless the crosshair is held."""
        if not self.held or event.buttons() & Qt.MouseButton.LeftButton:
            self._point_to(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the crosshair, or release it."""
        if event.button() == Qt.MouseButton.LeftButton:
            before, exhibit, box = self.cell, self._exhibit, self._boxes()[0]
            if exhibit is not None and exhibit.bars and exhibit.side and box.contains(event.position().toPoint()):
                place = event.position() - box.topLeft()
                row, column = exhibit.side
                self.patch_chosen.emit(
                    *readout.cell_of(place.x() / box.width(), place.y() / box.height(), (row, column))
                )
                return
            self._point_to(event.position())
            self.held = not (self.held and self.cell == before)  # a click elsewhere holds it there
            self.cell_held.emit()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair with the arrows; hold it."""
        step = STEPS.get(Qt.Key(event.key())) if self._exhibit is not None else None
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self.held = True
        self.set_cell(self.cell[0] + step[0], self.cell[1] + step[1])
        self.cell_held.emit()

    # ------------------------------------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw photo, picture, crosshair and color bar."""
        painter = QPainter(self)
        photo, channel = self._boxes()
        if self._photo is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(photo, self._photo)
        exhibit = self._exhibit
        if exhibit is not None:
            self._draw_exhibit(painter, exhibit, photo, channel)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.drawRect(channel.adjusted(1, 1, -1, -1))
        painter.end()

    def _draw_exhibit(self, painter: QPainter, exhibit: Exhibit, photo: QRect, channel: QRect) -> None:
        low, high = exhibit.span_of(self._place, self._common)
        if exhibit.bars and exhibit.patch:
            drawing.draw_patch(painter, photo, exhibit)
        if exhibit.bars:
            drawing.draw_bars(painter, channel, exhibit.pictures[self._place].reshape(-1), self.cell[1])
            return
        if self._picture is None:
            self._picture = pictures.picture(exhibit, self._place, self._common)
        size = self._picture.size().scaled(channel.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._picture.width() > channel.width())
        painter.drawImage(QRect(channel.topLeft(), channel.size() if exhibit.grid else size), self._picture)
        if exhibit.signed:  # no change has the color of the card
            painter.setPen(QColor(theme.current().border))
            painter.drawRect(channel.adjusted(0, 0, -1, -1))
        if exhibit.grid and self._photo is not None and self._opacity:
            painter.setOpacity(self._opacity)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(photo, self._picture)
            painter.setOpacity(1)
        boxes = (photo, channel) if exhibit.grid and self._photo is not None else (channel,)
        if not exhibit.grid:
            boxes = (QRect(channel.topLeft(), size),)
        for box in boxes:
            drawing.draw_crosshair(painter, box, exhibit.pictures[self._place].shape[:2], self.cell)
        if exhibit.patch:
            drawing.draw_patch(painter, photo, exhibit)
        if not exhibit.colors:
            value = float(exhibit.pictures[self._place][self.cell])
            drawing.draw_scale(painter, channel, pictures.table(exhibit), (low, high), value)

    # ------------------------------------------------------------------------------------------ size

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

    def _recolor(self) -> None:
        self._picture = None
        self.update()
