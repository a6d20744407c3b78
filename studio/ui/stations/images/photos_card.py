"""Card with the photos of the data set: search, filters, order, size, and the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSlider, QToolButton, QWidget

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.session import photo_filter
from studio.session.photo_filter import NUMBER_TITLE, ORDERS, PhotoFilter
from studio.ui.photos.photo_grid import SIZES, PhotoGrid
from studio.ui.photos.photo_items import PhotoItem, PhotoItems
from studio.ui.photos.photo_viewer import ViewedPhoto, open_viewer
from studio.ui.stations.images.photo_menu import PhotoMenu
from studio.ui.widgets.card import Card
from studio.ui.widgets.notice import Notice

PARTS = (("All splits", ""), ("Training", "train"), ("Validation", "val"), ("Test", "test"))
PART_WORDS = {"train": "training", "val": "validation", "test": "test"}
SEARCH_MS = 120
"""Time after the last key before the grid follows: a word is searched for once, not letter by letter."""
CLEAR = "Clear"


class PhotosCard(Card):
    """The photos that match search and filters.

    Signals:
        photo_chosen: Absolute path of the photo selected by pointer or keyboard.
        labels_changed: Classes shown, a frozenset of their indices; empty for all.
        cleared: All photos are shown again.
    """

    photo_chosen = Signal(str)
    labels_changed = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Photos", parent)
        self._dataset: Dataset | None = None
        self._filter = PhotoFilter()
        self.grid = PhotoGrid(self)
        self.grid.allow_many()
        self.grid.photo_chosen.connect(self.photo_chosen)
        self.grid.photo_opened.connect(self.open_photo)
        self.grid.selection_changed.connect(self._show_title)
        self.grid.size_changed.connect(self._show_size)
        self._menu = PhotoMenu(self.grid)
        self._menu.open_requested.connect(self.open_photo)
        self._menu.class_requested.connect(self.show_class_of)
        self._make_search()
        self._make_filters()
        self._none = Notice(self)
        self._none.offer(CLEAR, "Show all photos again", self.clear)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.search, 1)
        for part in (self.class_filter, self.split_filter, self.order):
            tools.addWidget(part)
        self.header.addWidget(self.zoom)
        self.body.addLayout(tools)
        self.body.addWidget(self._none)
        self.body.addWidget(self.grid, 1)

    # ------------------------------------------------------------------------------------------------ building

    def _make_search(self) -> None:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search photos…")
        self.search.setClearButtonEnabled(True)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName("Clear the search")
        self.search.setAccessibleName("Search photos")
        self.search.setToolTip("Shows photos whose folder or name contains this (Ctrl+F). Esc clears it")
        self.search.setMinimumWidth(120)
        self.search.textChanged.connect(self._search_typed)
        self.search.returnPressed.connect(self._to_grid)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(SEARCH_MS)
        self._typed.timeout.connect(self._search)
        page = self.parentWidget() or self
        for keys, widget, slot in (
            ("Esc", self.search, self.search.clear),
            ("Ctrl+F", page, self._to_search),
            ("Ctrl++", page, self._larger),
            ("Ctrl+=", page, self._larger),
            ("Ctrl+-", page, self._smaller),
        ):
            shortcut = QShortcut(QKeySequence(keys), widget, slot)
            # Only where the focus is inside, so that other widgets may use the same keys.
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _make_filters(self) -> None:
        self.class_filter = QComboBox(self)
        self.class_filter.addItem("All classes")
        self.class_filter.setAccessibleName("Class shown")
        self.class_filter.setToolTip("Show photos of one class; Ctrl+click in the table of classes adds another")
        self.split_filter = QComboBox(self)
        self.split_filter.setAccessibleName("Split shown")
        self.split_filter.setToolTip("Show photos of one split")
        for title, name in PARTS:
            self.split_filter.addItem(title, name)
        self.order = QComboBox(self)
        self.order.setAccessibleName("Order of the photos")
        self.order.setToolTip("Order of the photos")
        for key, title in ORDERS.items():
            self.order.addItem(title, key)
        for box, letters in ((self.class_filter, 10), (self.split_filter, 8), (self.order, 8)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(letters)
        self.class_filter.currentIndexChanged.connect(self._class_picked)
        self.split_filter.currentIndexChanged.connect(self._change_filter)
        self.order.currentIndexChanged.connect(self._change_filter)
        self.zoom = QSlider(Qt.Orientation.Horizontal, self)
        self.zoom.setRange(0, len(SIZES) - 1)
        self.zoom.setPageStep(1)
        self.zoom.setFixedWidth(96)
        self.zoom.setAccessibleName("Size of the photos")
        self.zoom.setToolTip("Size of the photos (Ctrl++, Ctrl+−, or Ctrl and the wheel)")
        self._show_size(self.grid.picture_height)
        self.zoom.valueChanged.connect(self._size_moved)

    # ------------------------------------------------------------------------------------------------ drawing

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show the photos of a data set; search and filters stay where they still apply."""
        names = dataset.classes if dataset is not None else ()
        if names != (self._dataset.classes if self._dataset is not None else ()):
            self._filter = replace(self._filter, labels=frozenset())
            with QSignalBlocker(self.class_filter):
                self.class_filter.clear()
                self.class_filter.addItem("All classes")
                self.class_filter.addItems([typography.one_line(name) for name in names])
        self._dataset = dataset
        numeric = dataset is not None and bool(dataset.target)
        self.class_filter.setVisible(not numeric)
        self.order.setItemText(self.order.findData("class"), NUMBER_TITLE if numeric else ORDERS["class"])
        self._render()

    def show_labels(self, labels: frozenset[int]) -> None:
        """Show the photos of these classes only; of all where there are none."""
        if labels == self._filter.labels:
            return
        self._filter = replace(self._filter, labels=labels)
        self._show_classes()
        self._render()
        self.labels_changed.emit(labels)

    def show_paths(self, paths: frozenset[str]) -> None:
        """Show only the photos at these relative paths; all where there are none."""
        if paths != self._filter.paths:
            self._filter = replace(self._filter, paths=paths)
            self._render()

    def picture_height(self) -> int:
        """Height of the pictures in pixels."""
        return self.grid.picture_height

    def set_picture_height(self, height: int) -> None:
        """Show pictures of another size, one of `SIZES`."""
        if height in SIZES:
            self.grid.set_picture_height(height)
            self._show_size(height)

    def _show_classes(self) -> None:
        labels = self._filter.labels
        if len(labels) > 1:
            self.class_filter.setPlaceholderText(f"{numbers.exact(len(labels))} classes")
        with QSignalBlocker(self.class_filter):
            self.class_filter.setCurrentIndex(min(labels) + 1 if len(labels) == 1 else -1 if labels else 0)

    def _render(self) -> None:
        data = self._dataset
        if data is None:
            self.grid.show_photos("", ())
            self._none.clear()
            self._show_title()
            return
        self.grid.classes.show([typography.one_line(name) for name in data.classes])
        items = _items(data, photo_filter.rows(data, self._filter))
        self.grid.show_photos(data.folder, items)
        if data.photos and not items:
            self._none.show_text("info", self._why_none())
            self._none.show_actions(CLEAR)
        else:
            self._none.clear()
        self._show_title()

    def _why_none(self) -> str:
        text = self._filter.text.strip()
        if self._filter.paths and not (text or self._filter.labels or self._filter.split):
            return "The photos of this finding are left out of the data set, so they are not shown."
        if text and not (self._filter.labels or self._filter.split or self._filter.paths):
            return f"No photo is called “{typography.one_line(text)}”."
        return "No photo matches the search and the filters." if text else "No photo matches the filters."

    def _show_title(self) -> None:
        if self._dataset is None:
            self.set_title("Photos")
            return
        total, shown = len(self._dataset.photos), len(self.grid.photos())
        number = numbers.exact(total) if shown == total else f"{numbers.exact(shown)} of {numbers.exact(total)}"
        selected = self.grid.selected_number()
        more = f" · {numbers.exact(selected)} selected" if selected > 1 else ""
        self.set_title(f"Photos · {number}{more}")

    # ------------------------------------------------------------------------------------------------ the user acts

    def _search_typed(self) -> None:
        self._typed.start()

    def _search(self) -> None:
        self._typed.stop()
        if self.search.text() != self._filter.text:
            self._filter = replace(self._filter, text=self.search.text())
            self._render()

    def _change_filter(self) -> None:
        split, order = self.split_filter.currentData(), self.order.currentData()
        self._filter = replace(self._filter, split=split, order=order)
        self._render()

    def _class_picked(self, place: int) -> None:
        if place >= 0:
            self.show_labels(frozenset() if place == 0 else frozenset({place - 1}))

    def show_class_of(self, path: str) -> None:
        """Show only the class of the photo at an absolute path."""
        if self._dataset is not None and (row := self._dataset.index_of_file(path)) >= 0:
            self.show_labels(frozenset({self._dataset.photos[row].label}))

    def clear(self) -> None:
        """Show all photos again."""
        self.search.clear()
        self.split_filter.setCurrentIndex(0)
        self.show_labels(frozenset())
        self.show_paths(frozenset())
        self._search()
        self.cleared.emit()

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _to_grid(self) -> None:
        self._search()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _larger(self) -> None:
        self.grid.enlarge(1)

    def _smaller(self) -> None:
        self.grid.enlarge(-1)

    def _size_moved(self, place: int) -> None:
        self.grid.set_picture_height(SIZES[place])

    def _show_size(self, height: int) -> None:
        self.zoom.setValue(SIZES.index(height))

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others of the grid to step through."""
        items, root = self.grid.photos(), self._dataset.folder if self._dataset is not None else ""

        def photo_at(number: int) -> ViewedPhoto:
            item = items[number]
            return ViewedPhoto(str(Path(root, item.path)), "", (), item.note, "muted")

        if (number := self.grid.row_of(path)) >= 0:
            open_viewer(self.grid, len(items), photo_at, number)


def _items(data: Dataset, rows: Sequence[int]) -> PhotoItems:
    """The photos of these rows, described only when a cell is drawn."""
    numbers_of: dict[int, int] = {}

    def item_at(number: int) -> PhotoItem:
        photo = data.photos[rows[number]]
        caption = numbers.number(photo.target, 4) if data.target else data.classes[photo.label]
        note = f"{caption} · {PART_WORDS[photo.split]}"
        return PhotoItem(photo.path, photo.path.rpartition("/")[2], note, name=caption)

    def place(path: str) -> int:
        row = data.index_of(path)
        if isinstance(rows, range):
            return row
        if not numbers_of:
            numbers_of.update((row, number) for number, row in enumerate(rows))
        return numbers_of.get(row, -1)

    return PhotoItems(len(rows), item_at, place, rows)
