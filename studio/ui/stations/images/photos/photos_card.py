"""Card with the photos of the data set: search, filters, order, size, and the grid."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.photos import photo_filter, photo_sets, photo_words
from studio.session.photos.map_sets import SIMILAR, MapSets
from studio.session.photos.photo_filter import NUMBER_TITLE, ORDERS, PhotoFilter
from studio.session.state import AppState
from studio.ui.photos.photo_grid import SIZES, PhotoGrid
from studio.ui.stations.images.photos import grid_items
from studio.ui.stations.images.photos.journal_bar import JournalBar
from studio.ui.stations.images.photos.photo_actions import PhotoActions
from studio.ui.stations.images.photos.photo_map.panel import MapPanel
from studio.ui.stations.images.photos.photo_map.switch import MapSwitch
from studio.ui.stations.images.photos.photo_menu import PhotoMenu
from studio.ui.stations.images.photos.photo_tools import PhotoTools
from studio.ui.stations.images.photos.selection_row import SelectionRow
from studio.ui.widgets.card import Card
from studio.ui.widgets.notice import Notice

SEARCH_MS = 120
"""Time after the last key before the grid follows, so that a word is searched for once, not letter by letter."""
CLEAR = tr("Clear")


class PhotosCard(Card):
    """The photos that match search and filters.

    Signals:
        photo_chosen: Absolute path of the photo selected by pointer or keyboard.
        labels_changed: Classes shown, a frozenset of their indices; empty for all.
        cleared: All photos are shown again.
        set_chosen: Key of a set of photos that the user chose to see.
        map_requested: The map of the photos is to be computed; True to only show a stored one.
    """

    photo_chosen = Signal(str)
    labels_changed = Signal(object)
    cleared = Signal()
    set_chosen = Signal(str)
    map_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Photos"), parent)
        self._dataset: Dataset | None = None
        self._state = AppState()
        self._filter = PhotoFilter()
        self.grid = PhotoGrid(self)
        self.grid.allow_many()
        self.grid.photo_chosen.connect(self.photo_chosen)
        self.grid.photo_opened.connect(self.open_photo)
        self.grid.selection_changed.connect(self._show_title)
        self.grid.size_changed.connect(self._show_size)
        self.choices = PhotoActions(self.grid)
        self._menu = PhotoMenu(self.grid, self.choices)
        self._menu.open_requested.connect(self.open_photo)
        self._menu.class_requested.connect(self.show_class_of)
        self._menu.similar_requested.connect(self.show_similar)
        self._menu.why_not_similar = self._why_not_similar
        self.tools = PhotoTools(self)
        self._connect_tools()
        self._none = Notice(self)
        self._none.offer(CLEAR, tr("Show all photos again"), self.clear)
        self.header.addWidget(self.order)
        self.header.addWidget(self.zoom)
        self._sets = MapSets()
        self.maps = MapSwitch(self, self.grid, self.choices, self._menu, (self.order, self.zoom), self._map_made)
        self.bar = JournalBar(self)
        self.selection = SelectionRow(self.grid, self.choices, self)
        self.body.addWidget(self.tools)
        self.body.addWidget(self._none)
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.selection)

    # ------------------------------------------------------------------------------------------------ building

    def _connect_tools(self) -> None:
        tools = self.tools
        self.search, self.class_filter, self.split_filter = tools.search, tools.class_filter, tools.split_filter
        self.sets, self.answers, self.order, self.zoom = tools.sets, tools.answers, tools.order, tools.zoom
        self.search.textChanged.connect(self._search_typed)
        self.search.returnPressed.connect(self._to_grid)
        self._typed = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._typed.timeout.connect(self._search)
        page, enlarge = self.parentWidget() or self, self.grid.enlarge
        for keys, widget, slot in (
            ("Ctrl+F", page, self.search.take_focus),
            ("Ctrl++", page, partial(enlarge, 1)),
            ("Ctrl+=", page, partial(enlarge, 1)),
            ("Ctrl+-", page, partial(enlarge, -1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), widget, slot)
            # Only where the focus is inside, so that other widgets may use the same keys.
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.class_filter.currentIndexChanged.connect(self._class_picked)
        self.split_filter.currentIndexChanged.connect(self._change_filter)
        self.order.currentIndexChanged.connect(self._change_filter)
        self.sets.set_chosen.connect(self.set_chosen)
        self.answers.answer_chosen.connect(self._answer_picked)
        self._show_size(self.grid.picture_height)
        self.zoom.valueChanged.connect(self._size_moved)

    # ------------------------------------------------------------------------------------------------ drawing

    def show_state(self, state: AppState) -> None:
        """Show the possible choices, and the last one made."""
        run_moved = state.run is not self._state.run
        if state.folder_changes != self._state.folder_changes:
            self.grid.viewport().update()  # compares the thumbnails with their files, which may have been unreachable
        self._state = state
        self.choices.show_state(state)
        self.bar.show_state(state)
        self.answers.show_state(state)
        if run_moved and self._filter.answer:
            self._answer_picked(self._filter.answer if not photo_sets.cannot_judge(state) else "")
        self.selection.show_selection()
        if self._sets.show_state(state):
            self.sets.show_dataset(self._dataset, self._sets.extra())
        self.maps.show_state(state)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show the photos of a data set; search, filters, selection and position stay where they still apply."""
        names = dataset.classes if dataset is not None else ()
        if names != (self._dataset.classes if self._dataset is not None else ()):
            self._filter = PhotoFilter(text=self._filter.text, split=self._filter.split, order=self._filter.order)
            self.answers.show_answer("")
            with QSignalBlocker(self.class_filter):
                self.class_filter.clear()
                self.class_filter.addItem(tr("All classes"))
                self.class_filter.addItems([typography.one_line(name) for name in names])
        if dataset is not None and self._dataset is not None:
            self._filter = photo_filter.after_choices(self._filter, self._dataset, dataset)
        keep_place = dataset is not None and self._dataset is not None and dataset.folder == self._dataset.folder
        if dataset is not None and self._filter.set:
            self._filter = replace(self._filter, paths=self._sets.paths_of(dataset, self._filter.set))
        self._dataset = dataset
        self.sets.show_dataset(dataset)
        numeric = dataset is not None and bool(dataset.target)
        self.class_filter.setVisible(not numeric)
        self.order.setItemText(self.order.findData("class"), NUMBER_TITLE if numeric else ORDERS["class"])
        self._render(keep_place)

    def show_labels(self, labels: frozenset[int]) -> None:
        """Show the photos of these classes only; of all where there are none."""
        if labels == self._filter.labels:
            return
        self._change(labels=labels)
        self._show_classes()
        self.labels_changed.emit(labels)

    def show_paths(self, paths: frozenset[str]) -> None:
        """Show only the photos at these relative paths; all where there are none."""
        if paths != self._filter.paths or self._filter.set:
            self._change(paths=paths, set="")

    def show_set(self, key: str, paths: frozenset[str] | None = None) -> None:
        """Show only a set of photos, or all for "".

        Args:
            key: Name of the set.
            paths: Its photos; None looks them up.
        """
        self.sets.show_set(key)
        if paths is None:
            paths = self._sets.paths_of(self._dataset, key) if self._dataset is not None and key else frozenset()
        self._change(paths=paths, set=key, sequence=self._sets.sequence(key))

    def show_similar(self, path: str) -> None:
        """Show the photos most similar to the one at an absolute path, in the grid, the most similar first."""
        if not self._why_not_similar(path):
            self._sets.similar_to = self._relative(path)
            self.clear()  # similar photos of other classes matter most
            self.sets.show_dataset(self._dataset, self._sets.extra())
            self.show_set(SIMILAR)
            self.maps.show_grid()
            self.grid.scrollToTop()

    def _why_not_similar(self, path: str) -> str:
        return self._sets.why_not_similar(self._relative(path))

    def _relative(self, path: str) -> str:
        row = self.grid.row_of(path)
        return self.grid.photos()[row].path if row >= 0 else ""

    def _map_made(self, panel: MapPanel) -> None:
        panel.map_requested.connect(self.map_requested)
        panel.photo_opened.connect(self.open_photo)
        panel.label_chosen.connect(lambda label: self.show_labels(frozenset({label})))
        panel.set_chosen.connect(self.set_chosen)
        panel.show_filter(self._filter)

    def _change(self, **changes: object) -> None:
        """Apply another filter. Photos that were only visible because a choice had just changed them no longer are."""
        self._filter = replace(self._filter, changed=frozenset(), **changes)  # type: ignore[arg-type]
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
            self.class_filter.setPlaceholderText(counted(len(labels), "class", "classes"))
        with QSignalBlocker(self.class_filter):
            self.class_filter.setCurrentIndex(min(labels) + 1 if len(labels) == 1 else -1 if labels else 0)

    def _render(self, keep_place: bool = False) -> None:
        data = self._dataset
        if data is None:
            self.grid.show_photos("", ())
            self._none.clear()
            self._show_title()
            return
        self.grid.classes.show([typography.one_line(name) for name in data.classes])
        items = grid_items.items(data, photo_filter.rows(data, self._filter))
        self.grid.show_photos(data.folder, items, keep_place)
        if data.shown and not items:
            self._none.show_text("info", photo_words.why_none(self._filter))
            self._none.show_actions(CLEAR)
        else:
            self._none.clear()
        if self.maps.panel is not None:
            self.maps.panel.show_filter(self._filter)
        self._show_title()

    def _show_title(self) -> None:
        self.set_title(photo_words.title(self._dataset, len(self.grid.photos()), self.grid.selected_number()))

    # ------------------------------------------------------------------------------------------------ the user acts

    def _search_typed(self) -> None:
        self._typed.start()

    def _search(self) -> None:
        self._typed.stop()
        if self.search.text() != self._filter.text:
            self._change(text=self.search.text())

    def _change_filter(self) -> None:
        split, order = self.split_filter.currentData(), self.order.currentData()
        self._change(split=split, order=order)

    def _answer_picked(self, answer: str) -> None:
        self.answers.show_answer(answer)
        self._change(answer=answer, answered=photo_sets.answered(self._state, answer) if answer else frozenset())

    def _class_picked(self, place: int) -> None:
        if place >= 0:
            self.show_labels(frozenset() if place == 0 else frozenset({place - 1}))

    def show_class_of(self, path: str) -> None:
        """Show only the class of the photo at an absolute path."""
        row = self.grid.row_of(path)
        if self._dataset is not None and row >= 0:
            place = grid_items.row_of(self._dataset, self.grid.photos()[row].path)
            self.show_labels(frozenset({self._dataset.shown[place].label}))

    def clear(self) -> None:
        """Show all photos again."""
        self.search.clear()
        self.split_filter.setCurrentIndex(0)
        self.show_labels(frozenset())
        self.show_set("")
        if self._filter.answer:
            self._answer_picked("")
        self._search()
        self.cleared.emit()

    def _to_grid(self) -> None:
        self._search()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _size_moved(self, place: int) -> None:
        self.grid.set_picture_height(SIZES[place])

    def _show_size(self, height: int) -> None:
        self.zoom.setValue(SIZES.index(height))

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others of the grid to step through."""
        grid_items.open_photo(self.grid, self._dataset.folder if self._dataset is not None else "", path)
