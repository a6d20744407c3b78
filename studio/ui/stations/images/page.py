"""Station 1: the folder, its classes, what is wrong with it, how it is split, and the photos themselves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.events import Dataset, Skipped
from studio.formatting import numbers, typography
from studio.session.selectors import ranges_now
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.page import Page
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem, PhotoItems
from studio.ui.photos.photo_viewer import ViewedPhoto, open_viewer
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.stations.images.skipped_list import SkippedList
from studio.ui.stations.images.split_card import SplitCard
from studio.ui.stations.images.targets_panel import NumberPanel, TargetsLine
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.splitter import Panels

PARTS = (("All splits", ""), ("Training", "train"), ("Validation", "val"), ("Test", "test"))
PART_WORDS = {"train": "training", "val": "validation", "test": "test"}
DEBOUNCE_MS = 250


NO_RECENT = "No folder has been opened yet."


class ImagesPage(Page):
    """The Images page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._dataset: Dataset | None = None
        self._folder_card = self._make_folder_card()
        self._classes_card = Card("Classes", self)
        self._table = ClassTable(self._classes_card)
        self._numbers = NumberPanel(self._classes_card)
        self._numbers.hide()
        self._skipped = SkippedList(self._classes_card)
        self._notes = SkippedList(
            self._classes_card, "note", "", ("Photo or folder", "Note"), "Show notes on photos and folders"
        )
        self._classes_card.body.addWidget(self._table, 1)
        self._classes_card.body.addWidget(self._numbers, 1)
        self._classes_card.body.addWidget(self._skipped)
        self._classes_card.body.addWidget(self._notes)
        self._split = SplitCard(self)
        self._split.fraction_moved.connect(self._fraction_moved)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DEBOUNCE_MS)
        self._later.timeout.connect(self._send_fraction)
        self._photos_card = self._make_photos_card()
        self._lay_out()

    def show_state(self, state: AppState) -> None:
        """Draw the state, redrawing only what changed."""
        self._state = state
        self._render_folder(state)
        self._grid.set_ranges(ranges_now(state))
        if not self._later.isActive():
            self._split.show_state(state)
        if state.dataset is not self._dataset:
            self._dataset = state.dataset
            self._render_classes(state.dataset)
            self._skipped.show_skipped(state.dataset.skipped if state.dataset is not None else ())
            notes = state.dataset.notes if state.dataset is not None else ()
            self._notes.show_skipped(tuple(Skipped(note.path, note.text) for note in notes))
            self._render_filters(state.dataset)
            self._filter()

    def show_recent(self, folders: Sequence[str]) -> None:
        """Fill the menu of recent folders."""
        self._recent_menu.clear()
        for folder in folders:
            action = self._recent_menu.addAction(typography.one_line(folder).replace("&", "&&"))
            action.setData(folder)
        allow(self._recent, "" if folders else NO_RECENT)

    def shut_down(self) -> None:
        """Wait for the thumbnails."""
        self._later.stop()
        self._grid.shut_down()

    # ------------------------------------------------------------------------------------------------ building

    def _make_folder_card(self) -> Card:
        card = Card("Folder", self)
        self._path = ElidedLabel(card)
        self._open = QPushButton("Open…", card)
        self._open.setToolTip("Open another image folder (Ctrl+O)")
        self._open.setAccessibleName("Open image folder")
        self._open.clicked.connect(self.browse_requested)
        self._recent = QPushButton("Recent", card)
        self._recent.setToolTip("Folders opened before")
        self._recent_menu = QMenu(self._recent)
        self._recent_menu.triggered.connect(self._recent_chosen)
        self._recent.setMenu(self._recent_menu)
        allow(self._recent, NO_RECENT)
        self._notice = Notice(card)
        card.header.addWidget(self._recent)
        card.header.addWidget(self._open)
        self._targets = TargetsLine(card)
        self._targets.targets_requested.connect(self.targets_requested)
        self._targets.classes_requested.connect(self.classes_requested)
        card.body.addWidget(self._path)
        card.body.addWidget(self._targets)
        card.body.addWidget(self._notice)
        return card

    def _make_photos_card(self) -> Card:
        card = Card("Photos", self)
        self._class_filter = QComboBox(card)
        self._class_filter.addItem("All classes")
        self._class_filter.setAccessibleName("Class shown")
        self._class_filter.setToolTip("Show photos of one class")
        self._class_filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._class_filter.setMinimumContentsLength(14)
        self._part_filter = QComboBox(card)
        self._part_filter.setAccessibleName("Split shown")
        self._part_filter.setToolTip("Show photos of one split")
        for title, name in PARTS:
            self._part_filter.addItem(title, name)
        self._grid = PhotoGrid(card)
        self._grid.photo_chosen.connect(self.photo_chosen)
        self._grid.photo_opened.connect(self._open_photo)
        card.header.addWidget(self._class_filter)
        card.header.addWidget(self._part_filter)
        card.body.addWidget(self._grid, 1)
        self._class_filter.currentIndexChanged.connect(self._filter)
        self._table.clicked.connect(self._class_clicked)
        self._part_filter.currentIndexChanged.connect(self._filter)
        return card

    def _lay_out(self) -> None:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._folder_card)
        column.addWidget(self._classes_card, 1)
        column.addWidget(self._split)
        left = QScrollArea(self)  # many problems and an open list need more height than a small window has
        left.setWidgetResizable(True)
        left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        left.setWidget(inner)
        left.setMinimumWidth(280)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Panels(Qt.Orientation.Horizontal, (left, self._photos_card), (340, 900), (0, 1), "images", self))

    # ------------------------------------------------------------------------------------------------ drawing

    def _render_folder(self, state: AppState) -> None:
        folder = state.spec.dataset.folder
        self._path.show_text(folder)
        self._targets.show_state(state)
        fault = state.faults.get("images")
        problems = state.dataset.problems if state.dataset is not None else ()
        if fault is not None:
            self._notice.show_fault(fault)
        elif problems:
            more = f" ({len(problems) - 1} more below it.)" if len(problems) > 1 else ""
            lines = (problems[0].hint, *(f"{problem.title} {problem.hint}" for problem in problems[1:]))
            self._notice.show_text("bad", problems[0].title + more, "\n".join(map(typography.one_line, lines)))
        else:
            self._notice.clear()

    def _class_clicked(self, index: QModelIndex) -> None:
        """Show the photos of the class clicked; a second click shows all again."""
        place = index.row() + 1  # behind "All classes"
        self._class_filter.setCurrentIndex(0 if place == self._class_filter.currentIndex() else place)

    def _render_classes(self, dataset: Dataset | None) -> None:
        numeric = dataset is not None and bool(dataset.target)
        self._table.show_classes(None if numeric else dataset)
        if dataset is not None and numeric:
            self._numbers.show_numbers(dataset)
        self._classes_card.set_title("Number" if numeric else "Classes")
        self._table.setVisible(not numeric)
        self._numbers.setVisible(numeric)
        self._class_filter.setVisible(not numeric)

    def _render_filters(self, dataset: Dataset | None) -> None:
        names = [typography.one_line(name) for name in dataset.classes] if dataset is not None else []
        shown = [self._class_filter.itemText(row) for row in range(1, self._class_filter.count())]
        if names == shown and self._class_filter.count():
            return
        self._class_filter.blockSignals(True)
        self._class_filter.clear()
        self._class_filter.addItem("All classes")
        self._class_filter.addItems(names)
        self._class_filter.blockSignals(False)

    def _filter(self) -> None:
        data = self._dataset
        if data is None:
            self._grid.show_photos("", ())
            self._photos_card.set_title("Photos")
            return
        label = self._class_filter.currentIndex() - 1
        items = _items(data, label, self._part_filter.currentData())
        total = numbers.exact(len(data.photos))
        number = total if len(items) == len(data.photos) else f"{numbers.exact(len(items))} of {total}"
        self._photos_card.set_title(f"Photos · {number}")
        self._grid.classes.show([typography.one_line(name) for name in data.classes])
        self._grid.show_photos(data.folder, items)

    # ------------------------------------------------------------------------------------------------ the user acts

    def _recent_chosen(self, action: QAction) -> None:
        self.folder_requested.emit(str(action.data()))

    def _open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others of the grid to step through."""
        items, root = self._grid.photos(), self._dataset.folder if self._dataset is not None else ""

        def photo_at(number: int) -> ViewedPhoto:
            item = items[number]
            return ViewedPhoto(str(Path(root, item.path)), "", (), item.note, "muted")

        if (number := self._grid.row_of(path)) >= 0:
            open_viewer(self._grid, len(items), photo_at, number)

    def _fraction_moved(self) -> None:
        self._later.start()

    def _send_fraction(self) -> None:
        dataset = replace(self._state.spec.dataset, val_fraction=self._split.fraction())
        if dataset != self._state.spec.dataset:
            self.spec_changed.emit(replace(self._state.spec, dataset=dataset))


def _items(data: Dataset, label: int, part: str) -> PhotoItems:
    """Photos of a class (-1: all) and a split ("": all), described only when a cell is drawn."""
    everything = label < 0 and not part
    rows: Sequence[int] = (
        range(len(data.photos))
        if everything
        else [
            row
            for row, photo in enumerate(data.photos)
            if (label < 0 or photo.label == label) and (not part or photo.split == part)
        ]
    )

    def item_at(number: int) -> PhotoItem:
        photo = data.photos[rows[number]]
        caption = numbers.number(photo.target, 4) if data.target else data.classes[photo.label]
        note = f"{caption} · {PART_WORDS[photo.split]}"
        return PhotoItem(photo.path, photo.path.rpartition("/")[2], note, name=caption)

    def place(path: str) -> int:
        row = data.index_of(path)
        number = bisect_left(rows, row)
        return number if row >= 0 and number < len(rows) and rows[number] == row else -1

    return PhotoItems(len(rows), item_at, place)
