"""A photo and one channel side by side, with a crosshair that both share and a color bar with numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.inspection import readout
from studio.session.inspection.exhibit import Exhibit
from studio.ui.stations.features.microscope import drawing, pictures
from studio.ui.stations.features.microscope.section import Section
from studio.ui.stations.features.microscope.squares import Squares
from studio.ui.theme import colormap, theme

STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


ZOOMS = {"+": 1, "=": 1, "-": -1}
"""Steps of the keys that enlarge."""


class PairView(Squares):
    """The two pictures. The pointer moves the crosshair, a click holds it, arrows move it by a cell.

    The wheel, + and - enlarge the same section of both, 0 shows the whole again.

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
        self._cells: tuple[int, int] | None = None  # rows and columns of the last picture, kept while nothing is shown
        self._place = 0
        self._photo: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None
        self._common = False
        self._opacity = 0.0
        self._picture: QImage | None = None
        self._section = Section()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Photo and channel"))
        theme.when_changed(self._recolor)

    def show_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a photo (H, W, 3), as the network sees it; the enlarged section stays for the same photo."""
        before = self._pixels
        if pixels is not before:
            self._pixels = pixels
            self._photo = colormap.image(pixels) if pixels is not None else None
            if pixels is None or before is None or not np.array_equal(pixels, before):  # each look has its own array
                self._section = Section()
            self.update()

    def show_picture(self, exhibit: Exhibit | None, place: int, common: bool, opacity: float) -> None:
        """Show a picture of an exhibit.

        Args:
            exhibit: The exhibit; None for no picture.
            place: Position of the picture.
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

    # ------------------------------------------------------------------------------------------ enlarging

    def zoom(self, steps: float, x: float, y: float) -> None:
        """Enlarge the section of both pictures around a position, given as shares of the size; negative steps go back.

        Nothing happens where the two pictures do not show the same part of the photo.
        """
        if self._exhibit is not None and self._exhibit.grid:
            self._section = self._section.zoomed(steps, x, y)
            self.update()

    def _whole(self, box: QRect) -> QRectF:
        """Rectangle of the whole picture of which a section is in `box`."""
        same = self._exhibit is not None and self._exhibit.grid
        return self._section.whole(QRectF(box)) if same else QRectF(box)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Enlarge around the pointer; beside the pictures, and where nothing changes, scroll the panel."""
        before, steps = self._section, event.angleDelta().y() / 120
        for box in self.boxes():
            if box.contains(event.position().toPoint()):
                whole, at = self._whole(box), event.position()
                self.zoom(steps, (at.x() - whole.left()) / whole.width(), (at.y() - whole.top()) / whole.height())
        event.setAccepted(self._section != before)

    # ------------------------------------------------------------------------------------------ pointer and keys

    def _point_to(self, place: QPointF) -> None:
        shape, exhibit = self._shape(), self._exhibit
        if shape is None or exhibit is None:
            return
        photo, channel = self.boxes()
        for box, has_cells in ((photo, exhibit.grid), (channel, True)):
            if has_cells and box.contains(place.toPoint()):
                whole = self._whole(box)
                x, y = (place.x() - whole.left()) / whole.width(), (place.y() - whole.top()) / whole.height()
                self.set_cell(*readout.cell_of(x, y, shape))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the value under the pointer, unless the crosshair is held."""
        if not self.held or event.buttons() & Qt.MouseButton.LeftButton:
            self._point_to(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the crosshair, or release it."""
        if event.button() == Qt.MouseButton.LeftButton:
            before, exhibit, box = self.cell, self._exhibit, self.boxes()[0]
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
        """Move the crosshair with the arrows and hold it; enlarge with + and -, show everything with 0."""
        shape = self._shape()
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if shape is not None and plain and (event.text() in ZOOMS or event.text() == "0"):
            if event.text() == "0":
                self._section = Section()
                self.update()
            else:
                self.zoom(ZOOMS[event.text()], (self.cell[1] + 0.5) / shape[1], (self.cell[0] + 0.5) / shape[0])
            return
        step = STEPS.get(Qt.Key(event.key())) if self._exhibit is not None else None
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self.held = True
        self.set_cell(self.cell[0] + step[0], self.cell[1] + step[1])
        if shape is not None:  # only keys move the section: under the pointer, the picture would slip away
            (row, column), (high, wide) = self.cell, shape
            self._section = self._section.showing(column / wide, row / high, (column + 1) / wide, (row + 1) / high)
        self.cell_held.emit()

    # ------------------------------------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw photo, picture, crosshair and color bar."""
        painter = QPainter(self)
        photo, channel = self.boxes()
        if self._photo is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            drawing.draw_section(painter, photo, self._whole(photo), self._photo)
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
        if exhibit.grid:
            drawing.draw_section(painter, channel, self._whole(channel), self._picture)
        else:
            painter.drawImage(QRect(channel.topLeft(), size), self._picture)
        if exhibit.signed:  # cells without a change have the color of the card
            painter.setPen(QColor(theme.current().border))
            painter.drawRect(channel.adjusted(0, 0, -1, -1))
        if exhibit.grid and self._photo is not None and self._opacity:
            painter.setOpacity(self._opacity)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            drawing.draw_section(painter, photo, self._whole(photo), self._picture)
            painter.setOpacity(1)
        boxes = (photo, channel) if exhibit.grid and self._photo is not None else (channel,)
        if not exhibit.grid:
            boxes = (QRect(channel.topLeft(), size),)
        for box in boxes:
            painter.setClipRect(box)
            drawing.draw_crosshair(painter, self._whole(box), exhibit.pictures[self._place].shape[:2], self.cell)
            if exhibit.patch and box is photo:
                drawing.draw_patch(painter, self._whole(photo), exhibit)
        painter.setClipping(False)
        if exhibit.patch and photo not in boxes:
            drawing.draw_patch(painter, photo, exhibit)
        if not exhibit.colors:
            value = float(exhibit.pictures[self._place][self.cell])
            drawing.draw_scale(painter, channel, pictures.table(exhibit), (low, high), value)

    def _recolor(self) -> None:
        self._picture = None
        self.update()
