"""Grid of photos that stays smooth at 50,000: a model and a delegate instead of a widget per photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.events import ValueRanges
from studio.formatting.language import tr
from studio.ui.photos.photo_items import PhotoItem, PhotoItems, PhotoModel
from studio.ui.photos.photo_painter import GAP, PhotoPainter
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.photos.uniform_grid import UniformGridView, row_ranges
from studio.ui.widgets.tables.distinct_names import DistinctNames

LEAST_WIDTH = 152
"""Width of a cell at the usual size."""
PICTURE_HEIGHT, LEAST_PICTURE = 112, 48
"""Default height of a picture; lower where not even one row would fit into the grid."""
SIZES = (64, 88, 112, 152, 208, 288)
"""Heights of pictures to choose from."""
WHEEL_STEP = 120
"""Turn of the wheel that counts as one step, in Qt's eighths of a degree."""
CAPTION = tr("predicted squirrel  0.97")


class PhotoGrid(UniformGridView):
    """Photos side by side; arrows move, Enter opens. `lines` are below each picture.

    Signals:
        photo_chosen: Absolute path of the photo selected by pointer or keyboard.
        photo_opened: Absolute path of a photo opened by a double click, Enter or Space.
        selection_changed: Number of selected photos.
        size_changed: Height of the pictures after a change by the user, in pixels.

    Attributes:
        picture_height: Height of the pictures in pixels, one of `SIZES`.
        ranges: Value ranges of photos of more than 8 bits.
        classes: Names below the pictures, which must stay distinguishable when shortened.
    """

    photo_chosen = Signal(str)
    photo_opened = Signal(str)
    selection_changed = Signal(int)
    size_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None, lines: int = 2) -> None:
        super().__init__(parent)
        self.picture_height = PICTURE_HEIGHT
        self._lines = self._shown_lines = lines
        self._shown_below = 0
        self._model = PhotoModel(self)
        self._thumbnails = Thumbnails(self)
        self._painter = PhotoPainter(self._model, self._thumbnails, self, self)
        self._current_path = ""
        self._wheel = 0
        self.ranges = ValueRanges()
        self.classes = DistinctNames()
        self.setModel(self._model)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Photos"))
        self.setAccessibleDescription(tr("Arrows move, Enter opens a photo."))
        self.verticalScrollBar().setSingleStep(PICTURE_HEIGHT // 2)
        self._thumbnails.arrived.connect(self._show_arrived)
        self.selectionModel().currentChanged.connect(self._current_moved)
        self.selectionModel().selectionChanged.connect(self._selection_moved)
        self.doubleClicked.connect(self._opened)
        self.fit()

    def show_photos(self, root: str, items: Sequence[PhotoItem], keep_place: bool = False) -> None:
        """Show these photos; the current photo stays current if it is among them.

        Args:
            root: Folder the paths are relative to; "" where they are absolute.
            items: In the order to show.
            keep_place: Keep the scroll position, too; where the current photo is gone, the next one becomes current.
        """
        if root == self._model.root and items == self._model.items:
            return
        self._painter.forget()
        if root == self._model.root and _same_photos(items, self._model.items):
            self._model.renew(items)
            self.viewport().update()
            return
        selected = self._selected_keys() if root == self._model.root else set()
        row, scrolled = self.currentIndex().row(), self.verticalScrollBar().value()
        self._thumbnails.clear_requests()
        self._model.show(root, items)
        self.choose(self._current_path)
        if keep_place:
            if row >= 0 and items and not self.currentIndex().isValid():
                self.setCurrentIndex(self._model.index(min(row, len(items) - 1)))
            self.updateGeometries()
            self.verticalScrollBar().setValue(scrolled)
        elif not self.currentIndex().isValid():  # after a search, the first match is most likely the photo looked for
            self.updateGeometries()
            self.verticalScrollBar().setValue(0)
        if len(selected) > 1:
            self.select_paths(selected)
        self.selection_changed.emit(self.selected_number())

    def allow_many(self) -> None:
        """Let the user select several photos: Ctrl, Shift, a band drawn with the pointer, Ctrl+A."""
        self.setSelectionMode(UniformGridView.SelectionMode.ExtendedSelection)

    def selected_number(self) -> int:
        """Number of selected photos."""
        return sum(map(len, row_ranges(self.selectionModel().selection())))

    def selected_rows(self) -> list[int]:
        """Rows of the selected photos, from the top."""
        return sorted(row for rows in row_ranges(self.selectionModel().selection()) for row in rows)

    def selected(self) -> list[str]:
        """Absolute paths of the selected photos, in the order shown."""
        return [self._model.path(row) for row in self.selected_rows()]

    def selected_paths(self) -> list[str]:
        """Paths of the selected photos as written in the items, in the order shown."""
        items, rows = self._model.items, self.selected_rows()
        keys = items.keys if isinstance(items, PhotoItems) else ()
        return [keys[row] if keys else items[row].path for row in rows]

    def set_picture_height(self, height: int) -> None:
        """Show pictures of another size; the current photo, or the first visible one, stays visible."""
        if height == self.picture_height:
            return
        anchor = self.currentIndex() if self.currentIndex().isValid() else self.indexAt(QPoint(GAP, GAP))
        self.picture_height = height
        self._thumbnails.clear_requests()
        self.fit()
        self.updateGeometries()
        self.scrollTo(anchor, UniformGridView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def enlarge(self, steps: int) -> None:
        """Change the size by steps of `SIZES`, as a key or the wheel with Ctrl does."""
        place = min(range(len(SIZES)), key=lambda row: abs(SIZES[row] - self.picture_height))
        height = SIZES[min(max(place + steps, 0), len(SIZES) - 1)]
        if height != self.picture_height:
            self.set_picture_height(height)
            self.size_changed.emit(height)

    def _selected_keys(self) -> set[str]:
        items = self._model.items
        if not isinstance(items, PhotoItems) or not items.keys:
            return set()
        return {items.keys[row] for row in self.selected_rows()}

    def select_paths(self, keys: set[str]) -> None:
        """Select the photos with these paths as written in the items, of those shown; the current one stays."""
        items = self._model.items
        if not isinstance(items, PhotoItems):
            return
        rows = np.flatnonzero(np.fromiter(map(keys.__contains__, items.keys), np.bool_, len(items.keys)))
        ends = np.flatnonzero(np.diff(rows) != 1) + 1
        parts = [range(int(part[0]), int(part[-1]) + 1) for part in np.split(rows, ends) if len(part)]
        self.selectionModel().select(self.selection_of(parts), QItemSelectionModel.SelectionFlag.ClearAndSelect)

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
        # Painting asks for both in each cell.
        self._shown_lines = self._fitting_lines()
        below = self._shown_below = self._below(self._shown_lines)
        high = min(self.picture_height, max(LEAST_PICTURE, self.viewport().height() - below))  # captions stay visible
        self.set_cell(QSize(room // columns, high + below))

    def lines(self) -> int:
        """Lines below a picture."""
        return self._shown_lines

    def _fitting_lines(self) -> int:
        """Lines for which there is room: a low grid omits the third, which is in the tooltip, too."""
        return (
            self._lines if self.viewport().height() >= self._below(self._lines) + LEAST_PICTURE else min(self._lines, 2)
        )

    def below(self) -> int:
        """Height of a cell without its picture."""
        return self._shown_below

    def least_height(self) -> int:
        """Height at which one row with its captions is visible."""
        return self._below(min(self._lines, 2)) + LEAST_PICTURE

    def _below(self, lines: int) -> int:
        return lines * self.fontMetrics().height() + 4 + 2 * GAP

    def least_width(self) -> int:
        """Width of a cell in which a caption of usual length is not shortened, with any font."""
        caption = self.fontMetrics().horizontalAdvance(CAPTION) if self._lines > 2 else 0
        return max(round(LEAST_WIDTH * self.picture_height / PICTURE_HEIGHT), caption + GAP + 4)

    def visible_rows(self) -> range:
        """Rows of the photos that are visible, at least in part."""
        columns, high, top = self.columns(), self.cell().height(), self.verticalOffset()
        last = -(-(top + self.viewport().height()) // high) * columns
        return range(min(top // high * columns, len(self._model.items)), min(last, len(self._model.items)))

    def _show_arrived(self, paths: frozenset[str]) -> None:
        """Repaint the cells of new thumbnails."""
        visible, painted = self.visible_rows(), self._painter.painted
        for path in paths:
            row = painted.get(path, -1)
            if row in visible:
                self.viewport().update(self.visualRect(self._model.index(row)))

    def _current_moved(self, index: QModelIndex) -> None:
        path = self._model.path(index.row()) if index.isValid() else ""
        if path and path != self._current_path:
            self._current_path = path
            self.photo_chosen.emit(path)

    def _selection_moved(self) -> None:
        self.selection_changed.emit(self.selected_number())

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.photo_opened.emit(self._model.path(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current photo on Enter or Space."""
        plain_space = event.key() == Qt.Key.Key_Space and not event.modifiers()  # with Ctrl it selects
        opens = plain_space or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if opens and self.currentIndex().isValid():
            self._opened(self.currentIndex())
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the cells to another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._painter.forget()
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl, change the size of the pictures."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._wheel += event.angleDelta().y()
            steps = int(self._wheel / WHEEL_STEP)  # a touchpad sends small parts of a step
            self._wheel -= steps * WHEEL_STEP
            self.enlarge(steps)
            event.accept()
            return
        super().wheelEvent(event)


def _same_photos(items: Sequence[PhotoItem], others: Sequence[PhotoItem]) -> bool:
    """True for the same photos in the same order; their captions may differ."""
    if not (isinstance(items, PhotoItems) and isinstance(others, PhotoItems)):
        return False
    return len(items) == len(others) == len(items.keys) > 0 and items.keys == others.keys
