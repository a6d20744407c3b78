"""Paints a row of the photos that were given: thumbnail, name, answer, probability."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.formatting import typography
from studio.session.using import words
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.stations.use.list_model import AnyIndex, GivenModel
from studio.ui.theme import theme

SIDE = 40
"""Width and height of a thumbnail."""
PAD = 6
MOST_TEXTS = 400


class RowPainter(QStyledItemDelegate):
    """Paints the rows.

    Attributes:
        painted: Rows painted last, by path.
    """

    def __init__(self, model: GivenModel, thumbnails: Thumbnails, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._model, self._thumbnails, self._view = model, thumbnails, view
        self.painted: dict[str, int] = {}
        self._elided: dict[tuple[str, int, Qt.TextElideMode], str] = {}

    def forget(self) -> None:
        """Forget what was painted: the font or the list changed."""
        self.painted.clear()
        self._elided.clear()

    def row_height(self) -> int:
        """Height of a row: two lines of text, or the thumbnail."""
        return max(SIDE, 2 * self._view.fontMetrics().height()) + 2 * PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        """The same size for all rows."""
        return QSize(80, self.row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one row."""
        shades, photo = theme.current(), self._model.photo(index.row())
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(shades.accent_soft))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(QColor(shades.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)
        plate = QRect(box.left() + PAD, box.center().y() - SIDE // 2, SIDE, SIDE)
        self._picture(painter, plate, photo.path, index.row())
        said, metrics = words.answer(photo), painter.fontMetrics()
        line = metrics.height()
        left, top = plate.right() + 9, box.center().y() - line
        room = box.right() - PAD - left
        wide = metrics.horizontalAdvance(said.value)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(shades.text if said.value != "–" else shades.muted))
        painter.drawText(QRect(left, box.top(), room, box.height()), Qt.AlignmentFlag.AlignRight | middle, said.value)
        room -= wide + 8
        painter.setPen(QColor(shades.text))
        name = typography.one_line(Path(photo.path).name)
        name = self._fitted(metrics, name, room, Qt.TextElideMode.ElideMiddle)
        painter.drawText(QRect(left, top, room, line), middle, name)
        if said.text:
            color = getattr(shades, said.color_role)
            if said.sign:
                theme.icon(said.sign, color).paint(painter, QRect(left, top + line + (line - 14) // 2, 14, 14))
                left, room = left + 18, room - 18
            painter.setPen(QColor(color))
            text = self._fitted(metrics, said.text, room, Qt.TextElideMode.ElideRight)
            painter.drawText(QRect(left, top + line, room, line), middle, text)
        painter.restore()

    def _fitted(self, metrics: QFontMetrics, text: str, room: int, mode: Qt.TextElideMode) -> str:
        key = text, room, mode
        if key not in self._elided:
            if len(self._elided) > MOST_TEXTS:
                self._elided.clear()
            self._elided[key] = metrics.elidedText(text, mode, room)
        return self._elided[key]

    def _picture(self, painter: QPainter, plate: QRect, path: str, row: int) -> None:
        ratio = self._view.devicePixelRatioF()
        if len(self.painted) > MOST_TEXTS:
            self.painted.clear()
        self.painted[path] = row
        pixmap = self._thumbnails.get(path, round(2 * SIDE * ratio))
        painter.fillRect(plate, QColor(theme.current().raised))
        if pixmap is None:
            return
        if pixmap.isNull():
            mark = theme.icon("image-broken-variant").pixmap(QSize(20, 20))
            painter.drawPixmap(plate.center().x() - 10, plate.center().y() - 10, mark)
            return
        fitted = self._thumbnails.fitted(pixmap, plate.size(), ratio)
        corner = plate.center() - QRect(0, 0, round(fitted.width() / ratio), round(fitted.height() / ratio)).center()
        painter.drawPixmap(corner, fitted)
