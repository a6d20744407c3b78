"""Grid of photos that stays smooth at 50,000: a model and a delegate instead of a widget per photo."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.events import ValueRanges
from studio.ui.photos.photo_items import PhotoItem, PhotoModel
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.photos.uniform_grid import UniformGridView
from studio.ui.theme import theme
from studio.ui.widgets.distinct_names import DistinctNames

AnyIndex = QModelIndex | QPersistentModelIndex
LEAST_WIDTH = 152
PICTURE_HEIGHT, LEAST_PICTURE = 112, 48
"""Height of a picture; lower where one row would not fit into the grid."""
CAPTION = "predicted squirrel  0.97"
GAP = 8


class PhotoPainter(QStyledItemDelegate):
    """Paints one photo: the full picture on a background, and lines of text below."""

    def __init__(self, model: PhotoModel, thumbnails: Thumbnails, parent: PhotoGrid) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._view = parent

    def _picture(self, painter: QPainter, plate: QRect, row: int) -> None:
        ratio = self._view.devicePixelRatioF()
        pixmap = self._thumbnails.get(self._model.path(row), round(2 * PICTURE_HEIGHT * ratio))
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

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one cell."""
        shades = theme.current()
        item = self._model.items[index.row()]
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        cell = cell.adjusted(GAP // 2, GAP // 2, -GAP // 2, -GAP // 2)
        plate = QRect(cell.left(), cell.top(), cell.width(), self._view.cell().height() - self._view.below())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell.adjusted(-3, -3, 3, 3), QColor(shades.accent_soft))
        self._picture(painter, plate, index.row())
        focused = state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus()
        if focused or state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(shades.accent), 2 if focused else 1))
            painter.drawRect(cell.adjusted(-3, -3, 3, 3) if focused else plate)
        line = painter.fontMetrics().height()
        words = QRect(cell.left() + 2, plate.bottom() + 4, cell.width() - 4, line)
        for part in item.below()[: self._view.lines()]:
            painter.setPen(QColor(getattr(shades, part.color_role)))
            text, value = part.fitted(painter.fontMetrics(), words.width(), self._view.classes)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            if value:
                painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            words.translate(0, line)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        """The same size for all cells."""
        return self._view.cell()


class PhotoGrid(UniformGridView):
    """Photos side by side; arrows move, Enter opens. `lines` are below each picture.

    Signals:
        photo_chosen: Absolute path of the photo selected by pointer or keyboard.
        photo_opened: Absolute path of a photo opened by a double click or Enter.

    Attributes:
        ranges: Value ranges of photos of more than 8 bits.
        classes: Names below the pictures, which must stay distinguishable when shortened.
    """

    photo_chosen = Signal(str)
    photo_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None, lines: int = 2) -> None:
        super().__init__(parent)
        self._lines = lines
        self._model = PhotoModel(self)
        self._thumbnails = Thumbnails(self)
        self._painter = PhotoPainter(self._model, self._thumbnails, self)
        self._current_path = ""
        self.ranges = ValueRanges()
        self.classes = DistinctNames()
        self.setModel(self._model)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAccessibleName("Photos")
        self.verticalScrollBar().setSingleStep(PICTURE_HEIGHT // 2)
        self._thumbnails.arrived.connect(self.viewport().update)
        self.selectionModel().currentChanged.connect(self._current_moved)
        self.doubleClicked.connect(self._opened)
        self.fit()

    def show_photos(self, root: str, items: Sequence[PhotoItem]) -> None:
        """Show these photos; the current photo stays current if it is among them.

        Args:
            root: Folder the paths are relative to; "" where they are absolute.
            items: In the order to show.
        """
        if root == self._model.root and items == self._model.items:
            return
        self._thumbnails.clear_requests()
        self._model.show(root, items)
        self.choose(self._current_path)

    def set_ranges(self, ranges: ValueRanges) -> None:
        """Show photos of more than 8 bits with these value ranges."""
        self.ranges = ranges
        if self._thumbnails.set_ranges(ranges):
            self.viewport().update()

    def chosen(self) -> str:
        """Absolute path of the current photo; "" where there is none."""
        row = self.currentIndex().row()
        return self._model.path(row) if row >= 0 else ""

    def choose(self, path: str) -> None:
        """Make a photo current without a signal."""
        if not path or path == self.chosen():
            return
        row = self._model.place(path)
        if row >= 0:
            self._current_path = path
            self.setCurrentIndex(self._model.index(row))

    def show_choice(self, path: str) -> None:
        """Make a photo current as if it had been clicked."""
        row = self._model.place(path)
        if row >= 0:
            self.setCurrentIndex(self._model.index(row))

    def row_of(self, path: str) -> int:
        """Row of an absolute path among the photos shown; -1 where it is not."""
        return self._model.place(path)

    def photos(self) -> Sequence[PhotoItem]:
        """The photos shown."""
        return self._model.items

    def shut_down(self) -> None:
        """Wait for the decoding threads. Call it before the grid is destroyed."""
        self._thumbnails.shut_down()

    def fit(self) -> None:
        """Set as many columns as fit."""
        least = self.least_width()
        room = max(least, self.viewport().width() - 1)
        columns = max(1, room // least)
        below = self.below()
        high = min(PICTURE_HEIGHT, max(LEAST_PICTURE, self.viewport().height() - below))  # captions stay visible
        self.set_cell(QSize(room // columns, high + below))

    def lines(self) -> int:
        """Lines below a picture: a low grid omits the third, which is in the tooltip, too."""
        return self._lines if self.viewport().height() >= self._below(self._lines) + LEAST_PICTURE else 2

    def below(self) -> int:
        """Height of a cell without its picture."""
        return self._below(self.lines())

    def least_height(self) -> int:
        """Height at which one row with its captions is visible."""
        return self._below(2) + LEAST_PICTURE

    def _below(self, lines: int) -> int:
        return lines * self.fontMetrics().height() + 4 + 2 * GAP

    def least_width(self) -> int:
        """Width of a cell in which a caption of usual length is not shortened, with any font."""
        caption = self.fontMetrics().horizontalAdvance(CAPTION) if self._lines > 2 else 0
        return max(LEAST_WIDTH, caption + GAP + 4)

    def _current_moved(self, index: QModelIndex) -> None:
        path = self._model.path(index.row()) if index.isValid() else ""
        if path and path != self._current_path:
            self._current_path = path
            self.photo_chosen.emit(path)

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.photo_opened.emit(self._model.path(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current photo on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._opened(self.currentIndex())
            return
        super().keyPressEvent(event)
