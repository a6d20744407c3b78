"""All pictures of an exhibit as tiles; only the visible ones are drawn, so that thousands cost no more than dozens."""

from __future__ import annotations

import html

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.formatting.language import tr
from studio.session.inspection import readout
from studio.session.inspection.exhibit import Exhibit
from studio.ui.photos.uniform_grid import UniformGridView
from studio.ui.stations.features.microscope import pictures
from studio.ui.theme import theme

Index = QModelIndex | QPersistentModelIndex
GAP = 4
SIZES = (32, 44, 64, 96, 144)
"""Sides of tiles to choose from."""
USUAL = 44
PREVIEW = 120
"""Longer side of the picture in a tooltip."""
MOST_PICTURES = 600
"""Number of drawn pictures in the cache."""


class TileModel(QAbstractListModel):
    """The pictures of an exhibit in the order shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.exhibit: Exhibit | None = None
        self.places: list[int] = []
        self.common = False
        self._pictures: dict[int, QImage] = {}

    def show(self, exhibit: Exhibit | None, places: list[int], common: bool) -> None:
        """Show another exhibit, order or color scale."""
        self.beginResetModel()
        if exhibit is not self.exhibit or common != self.common:
            self._pictures.clear()
        self.exhibit, self.places, self.common = exhibit, places, common
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of pictures."""
        return 0 if parent.isValid() else len(self.places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name of a picture; in the tooltip the picture, enlarged, and its values."""
        if self.exhibit is None or not 0 <= index.row() < len(self.places):
            return None
        place = self.places[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(self.exhibit.numbers[place])
        name = readout.name(self.exhibit, place)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return name
        if role == Qt.ItemDataRole.ToolTipRole:
            low, high = (readout.value(end) for end in self.exhibit.span_of(place))
            dead = " · " + tr("dead: one value everywhere") if self.exhibit.dead(place) else ""
            words = html.escape(f"{name} · {low} to {high}{dead}")
            return f'<img src="{pictures.as_url(self.picture(index.row()), PREVIEW)}"><br>{words}'
        return None

    def picture(self, row: int) -> QImage:
        """The picture in a row, drawn when it is first needed."""
        assert self.exhibit is not None
        place = self.places[row]
        if place not in self._pictures:
            if len(self._pictures) >= MOST_PICTURES:
                self._pictures.clear()
            self._pictures[place] = pictures.picture(self.exhibit, place, self.common)
        return self._pictures[place]

    def forget_pictures(self) -> None:
        """Draw all pictures again, because the theme changed."""
        self._pictures.clear()


class TilePainter(QStyledItemDelegate):
    """Draws a tile: picture, number, selection."""

    def __init__(self, model: TileModel, grid: TileList) -> None:
        super().__init__(grid)
        self._model, self._grid = model, grid

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a tile."""
        exhibit = self._model.exhibit
        if exhibit is None:
            return
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        shades, side = theme.current(), self._grid.side
        box = QRect(cell.left() + (cell.width() - side) // 2, cell.top() + 2, side, side)
        picture = self._model.picture(index.row())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > side)
        painter.drawImage(box, picture)
        if exhibit.signed:  # cells without a change have the color of the card
            painter.setPen(QColor(shades.border))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.setPen(QPen(QColor(shades.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(-1, -1, 1, 1))
        place = self._model.places[index.row()]
        painter.setFont(theme.scaled(0.8, bold=selected))
        dead = exhibit.dead(place)
        painter.setPen(QColor(shades.caution if dead else shades.accent if selected else shades.muted))
        words = "mean" if exhibit.numbers[place] < 0 else str(exhibit.numbers[place])
        text = QRect(cell.left(), box.bottom() + 2, cell.width(), cell.bottom() - box.bottom() - 2)
        painter.drawText(
            text, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, f"{words} †" if dead else words
        )


class TileList(UniformGridView):
    """The tiles; a click or an arrow chooses one.

    Signals:
        chosen: Position of the picture chosen by pointer or keyboard.

    Attributes:
        side: Side of a tile's picture.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = USUAL
        self.tiles = TileModel(self)
        self.setModel(self.tiles)
        self.setItemDelegate(TilePainter(self.tiles, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("All channels"))
        self.setAccessibleDescription(tr("Arrows choose a channel."))
        self.selectionModel().currentChanged.connect(self._emit_chosen)
        self._quiet = False
        theme.when_changed(self._recolor)
        self.fit()

    def show_exhibit(self, exhibit: Exhibit | None, places: list[int], common: bool, chosen: int) -> None:
        """Show pictures in an order, with the one at `chosen` selected."""
        if (exhibit, places, common) != (self.tiles.exhibit, self.tiles.places, self.tiles.common):
            scrolled = self.verticalScrollBar().value()
            self.tiles.show(exhibit, places, common)
            self.updateGeometries()
            self.verticalScrollBar().setValue(scrolled)
            self.viewport().update()
        self.select(chosen)

    def select(self, place: int) -> None:
        """Select a picture without a signal."""
        if place in self.tiles.places:
            index = self.tiles.index(self.tiles.places.index(place))
            if index != self.currentIndex():
                self._quiet = True
                self.setCurrentIndex(index)
                self._quiet = False

    def set_side(self, side: int) -> None:
        """Show tiles of another size."""
        self.side = side
        self.fit()
        self.scrollTo(self.currentIndex())

    def fit(self) -> None:
        """Fill the width with tiles of the chosen size."""
        least = self.side + GAP
        columns = max(1, self.viewport().width() // least)
        words = self.fontMetrics().height()
        self.set_cell(QSize(max(least, self.viewport().width() // columns), self.side + words + 2))

    def sizeHint(self) -> QSize:
        """One row of tiles: the layout gives it the height that is left."""
        return QSize(6 * (self.side + GAP), self.cell().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """One row of tiles."""
        return QSize(120, self.cell().height() + 4)

    def _emit_chosen(self, current: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.chosen.emit(self.tiles.places[current.row()])

    def _recolor(self) -> None:
        self.tiles.forget_pictures()
        self.viewport().update()
