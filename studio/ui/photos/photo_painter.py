"""Paints one photo of a grid: the picture, and lines of text below it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.photos.photo_items import Line, PhotoItem, PhotoModel
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.theme import theme
from studio.ui.widgets.tables.distinct_names import DistinctNames

AnyIndex = QModelIndex | QPersistentModelIndex
GAP = 8
BADGE = 20
"""Side of a badge on a picture."""

_SCRIM, _ON_SCRIM = QColor(27, 31, 39, 230), "#ffffff"
"""Badges are on photos, so their colors are the same in the light and in the dark scheme."""

MOST_CAPTIONS = 400
_SELECTED, _FOCUSED = QStyle.StateFlag.State_Selected.value, QStyle.StateFlag.State_HasFocus.value
_HINTS = QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing

FADED = 0.28
"""Opacity of the picture of a photo that is not used."""


class PhotoCells(Protocol):
    """The grid, as the painter uses it."""

    picture_height: int
    classes: DistinctNames

    def cell(self) -> QSize:
        """Size of a cell."""

    def below(self) -> int:
        """Height of a cell without its picture."""

    def lines(self) -> int:
        """Lines below a picture."""

    def hasFocus(self) -> bool:
        """True where the grid has the keyboard focus."""

    def devicePixelRatioF(self) -> float:
        """Device pixels per device-independent pixel."""


class PhotoPainter(QStyledItemDelegate):
    """Paints one photo: the full picture on a background, and lines of text below.

    Attributes:
        painted: Rows of the photos painted last, by their absolute paths.
    """

    def __init__(self, model: PhotoModel, thumbnails: Thumbnails, view: PhotoCells, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._view = view
        self._captions: dict[tuple[Line, int], tuple[str, str]] = {}
        self.painted: dict[str, int] = {}

    def forget(self) -> None:
        """Forget what was painted: other photos or captions are shown."""
        self._captions.clear()
        self.painted.clear()

    def _caption(self, line: Line, metrics: QFontMetrics, room: int) -> tuple[str, str]:
        """Text and value of a line as they fit; measuring text takes longer than the rest of painting."""
        key = line, room
        if key not in self._captions:
            if len(self._captions) > MOST_CAPTIONS:
                self._captions.clear()
            self._captions[key] = line.fitted(metrics, room, self._view.classes)
        return self._captions[key]

    def _picture(self, painter: QPainter, plate: QRect, item: PhotoItem, row: int) -> None:
        ratio = self._view.devicePixelRatioF()
        path = self._model.full_path(item)
        if len(self.painted) > MOST_CAPTIONS:
            self.painted.clear()
        self.painted[path] = row
        pixmap = self._thumbnails.get(path, round(2 * self._view.picture_height * ratio))
        painter.fillRect(plate, QColor(theme.current().raised))
        if pixmap is None:
            return
        if pixmap.isNull():
            mark = theme.icon("image-broken-variant").pixmap(QSize(24, 24))
            painter.drawPixmap(plate.center().x() - 12, plate.center().y() - 12, mark)
            return
        fitted = self._thumbnails.fitted(pixmap, plate.size(), ratio)
        corner = plate.center() - QRect(0, 0, round(fitted.width() / ratio), round(fitted.height() / ratio)).center()
        painter.drawPixmap(corner, fitted)

    def _badges(self, painter: QPainter, plate: QRect, badges: tuple[str, ...]) -> None:
        """Draw the badges from the upper right corner to the left, as far as there is room."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SCRIM)
        place = QRect(plate.right() - BADGE - 3, plate.top() + 4, BADGE, BADGE)
        for name in badges[: max(1, plate.width() // (BADGE + 4))]:
            painter.drawRoundedRect(place, 4, 4)
            theme.icon(name, _ON_SCRIM).paint(painter, place.adjusted(3, 3, -3, -3))
            place.translate(-BADGE - 4, 0)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one cell."""
        shades = theme.current()
        item = self._model.items[index.row()]
        cell: QRect = option.rect
        state: int = option.state.value  # each operation on the flags themselves takes as long as a line of text
        selected, focused = bool(state & _SELECTED), bool(state & _FOCUSED) and self._view.hasFocus()
        cell = cell.adjusted(GAP // 2, GAP // 2, -GAP // 2, -GAP // 2)
        plate = QRect(cell.left(), cell.top(), cell.width(), self._view.cell().height() - self._view.below())
        painter.setRenderHints(_HINTS)
        if selected:
            painter.fillRect(cell.adjusted(-3, -3, 3, 3), QColor(shades.accent_soft))
        if item.faded:
            painter.setOpacity(FADED)
        self._picture(painter, plate, item, index.row())
        if item.faded:
            painter.setOpacity(1.0)
        if item.badges:
            self._badges(painter, plate, item.badges)
        if focused or selected:
            painter.setPen(QPen(QColor(shades.accent), 2 if focused else 1))
            painter.drawRect(cell.adjusted(-3, -3, 3, 3) if focused else plate)
        metrics = painter.fontMetrics()
        line, ascent = metrics.height(), metrics.ascent()
        words = QRect(cell.left() + 2, plate.bottom() + 4, cell.width() - 4, line)
        for part in item.below()[: self._view.lines()]:
            painter.setPen(QColor(shades.muted if item.faded else getattr(shades, part.color_role)))
            text, value = self._caption(part, metrics, words.width())
            painter.drawText(words.left(), words.top() + ascent, text)
            if value:
                painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            words.translate(0, line)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        """The same size for all cells."""
        return self._view.cell()
