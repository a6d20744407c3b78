"""Canvas of a map: its points, the visible part, and how both are painted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.ui.plots.point_map import camera as cameras
from studio.ui.plots.point_map import painting
from studio.ui.plots.point_map.camera import Camera
from studio.ui.theme import class_colors, theme

Mask = NDArray[np.bool_]

PICTURE = 36
"""Pixels across of a thumbnail on the map."""

AROUND = 25
"""Radius of a ring around a thumbnail."""

MOST_PICTURES, NEAR = 120, 2000
"""Thumbnails at most, and visible points up to which there are any."""

STEP = 1.25
"""Change of the scale by one step of the wheel."""


class PointCanvas(QWidget):
    """The points, painted once for each part that is shown, with selection and lasso above them.

    Attributes:
        camera: The visible part.
        follows: True while the view is fitted to all points, and is fitted again when points or size change.
        current: Point chosen by key or under the pointer; -1 for none.
        with_pictures: True where thumbnails are shown beside the points.
        outline: Corners of the lasso or rectangle that is being drawn.
    """

    def __init__(self, picture: Callable[[int], QPixmap | None], parent: QWidget | None = None) -> None:
        """Make the canvas; `picture` returns the thumbnail of a point, or None while it is being decoded."""
        super().__init__(parent)
        self._picture = picture
        self._positions: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._colors = np.zeros(0, np.uint8)
        self._hollow = self._ringed = self._faded = self._chosen = np.zeros(0, bool)
        self.camera = Camera()
        self.follows = True
        self.current = -1
        self.with_pictures = True
        self.outline: list[QPointF] = []
        self._base: QPixmap | None = None
        self._pictured: set[int] = set()
        self._many = False
        self.setMinimumSize(240, 160)
        self.setAccessibleName(tr("Map of photos"))
        theme.when_changed(self.redraw)

    # ------------------------------------------------------------------------------------------------ content

    def show_points(
        self, positions: NDArray[np.float32], colors: NDArray[np.uint8], hollow: Mask, ringed: Mask, faded: Mask
    ) -> None:
        """Show these points; the visible part stays unless the view is fitted to all points.

        Args:
            positions: (N, 2) positions in the plane of the map.
            colors: (N,) colors by their number in the palette.
            hollow: (N,) True for points drawn as outlines.
            ringed: (N,) True for points with a ring: likely label errors.
            faded: (N,) True for pale points, which a lasso leaves out.
        """
        if len(positions) != len(self._positions):
            self.current, self._chosen = -1, np.zeros(len(positions), bool)
        self._positions, self._colors = positions, colors
        self._hollow, self._ringed, self._faded = hollow, ringed, faded
        if self.follows:
            self.camera = Camera.fitting(positions, self.width(), self.height())
        self.redraw()

    def show_selected(self, chosen: Mask) -> None:
        """Mark the selected points."""
        self._chosen = chosen
        if self._many:
            self.redraw()
        self.update()

    def fit(self) -> None:
        """Show all points."""
        self.follows = True
        self._move(Camera.fitting(self._positions, self.width(), self.height()))

    def zoom(self, steps: float) -> None:
        """Zoom in at the middle; negative steps zoom out."""
        self.go(self.camera.zoomed(STEP**steps, 0, 0))

    def show_pictures(self, on: bool) -> None:
        """Show thumbnails where there is room, or points alone."""
        self.with_pictures = on
        self.redraw()

    def pixels(self) -> NDArray[np.float32]:
        """Pixels (N, 2) of the points."""
        return self.camera.pixels(self._positions, self.width(), self.height())

    def redraw(self) -> None:
        """Paint the points again."""
        self._base = None
        self.update()

    # ------------------------------------------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the points, the selection, the current point and the lasso."""
        shades, ratio = theme.current(), self.devicePixelRatioF()
        if self._base is None:
            self._base = self._painted()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._base)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pixels = self.pixels()
            # Among very many points, those selected have another color instead.
            chosen = np.zeros(0, np.int64) if self._many else self._in_view(pixels, np.flatnonzero(self._chosen))
            for point, (x, y) in zip(chosen.tolist(), pixels[chosen].tolist(), strict=True):
                painting.ring(painter, x, y, AROUND if point in self._pictured else 7, shades.accent, ratio)
            if 0 <= self.current < len(pixels):
                x, y = pixels[self.current].tolist()
                radius = AROUND + 3 if self.current in self._pictured else 10
                painting.ring(painter, x, y, radius, shades.text, ratio)
            if len(self.outline) > 1:
                fill = QColor(shades.accent)
                fill.setAlpha(28)
                painter.setBrush(fill)
                painter.setPen(QPen(QColor(shades.accent), 1.2, Qt.PenStyle.DashLine))
                painter.drawPolygon(QPolygonF(self.outline))
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(shades.accent), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        shades, palette = theme.current(), class_colors.colors()
        base = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        base.setDevicePixelRatio(ratio)
        base.fill(QColor(shades.card))
        pixels = self.pixels()
        shown = self._in_view(pixels, np.arange(len(pixels)))
        self._pictured = set()
        with QPainter(base) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._many = len(shown) > painting.MANY
            if self._many:
                size = (self.width(), self.height())
                colors = np.where(self._chosen, np.uint8(class_colors.ACCENT), self._colors)
                some = (pixels[shown], colors[shown], self._faded[shown])
                painter.drawImage(QPointF(0, 0), painting.dots(*some, palette, size, ratio))
            else:
                self._paint_symbols(painter, pixels, shown, palette, ratio)
            ringed = self._in_view(pixels, np.flatnonzero(self._ringed & ~self._faded))
            for point, (x, y) in zip(ringed.tolist(), pixels[ringed].tolist(), strict=True):
                painting.ring(painter, x, y, AROUND + 3 if point in self._pictured else 9, shades.caution, ratio)
        return base

    def _paint_symbols(
        self,
        painter: QPainter,
        pixels: NDArray[np.float32],
        shown: NDArray[np.int64],
        palette: tuple[str, ...],
        ratio: float,
    ) -> None:
        half = (painting.SIZE + 4) / 2
        order = np.concatenate([shown[self._faded[shown]], shown[~self._faded[shown]]])
        columns = (self._colors, self._hollow, self._faded)
        rows = zip(pixels[order].tolist(), *(column[order].tolist() for column in columns), strict=True)
        for (x, y), color, hollow, faded in rows:
            mark = painting.symbol(palette[color], color, hollow, faded, ratio)
            painter.drawPixmap(QPointF(x - half, y - half), mark)
        if not self.with_pictures or len(shown) > NEAR:
            return
        clear = shown[~self._faded[shown]]
        clear = clear[np.argsort(~self._ringed[clear], kind="stable")]  # likely label errors first
        for place in cameras.spread_out(pixels[clear], PICTURE + 8, MOST_PICTURES, self.camera):
            point = int(clear[place])
            pixmap = self._picture(point)
            if pixmap is not None and not pixmap.isNull():
                self._pictured.add(point)
                self._paint_picture(painter, pixels[point], pixmap, palette[self._colors[point]], self._hollow[point])

    def _paint_picture(
        self, painter: QPainter, place: NDArray[np.float32], pixmap: QPixmap, color: str, hollow: bool
    ) -> None:
        x, y = place.tolist()
        box = QRectF(x - PICTURE / 2, y - PICTURE / 2, PICTURE, PICTURE)
        side = min(pixmap.width(), pixmap.height())
        part = QRectF((pixmap.width() - side) / 2, (pixmap.height() - side) / 2, side, side)
        painter.drawPixmap(box, pixmap, part)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(color), 2, Qt.PenStyle.DotLine if hollow else Qt.PenStyle.SolidLine))
        painter.drawRoundedRect(box, 3, 3)

    def _in_view(self, pixels: NDArray[np.float32], some: NDArray[np.int64]) -> NDArray[np.int64]:
        """The points of `some` (their numbers) that are in view."""
        x, y = pixels[some, 0], pixels[some, 1]
        return some[(x > -PICTURE) & (y > -PICTURE) & (x < self.width() + PICTURE) & (y < self.height() + PICTURE)]

    def go(self, camera: Camera) -> None:
        """Show another part, chosen by the user: the view is no longer fitted to all points."""
        self.follows = False
        self._move(camera)

    def _move(self, camera: Camera) -> None:
        self.camera = camera
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the view to all points again, where it was fitted."""
        super().resizeEvent(event)
        if self.follows:
            self.camera = Camera.fitting(self._positions, self.width(), self.height())
        self.redraw()
