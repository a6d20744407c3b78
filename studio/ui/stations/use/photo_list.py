"""The list of predicted photos: arrows move, Enter opens, Del takes off the list, Ctrl+C copies the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QHeaderView, QPushButton, QTableView, QWidget

from studio.events import GivenPhoto, ValueRanges
from studio.formatting.language import tr
from studio.session.photo_rows import PhotoRows
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.stations.use.list_model import ADDED, ANSWER, DOUBT, NAME, SURE, GivenModel
from studio.ui.stations.use.rest_line import RestLine
from studio.ui.stations.use.row_painter import RowPainter
from studio.ui.stations.use.save_button import SaveButton
from studio.ui.stations.use.written_line import WrittenLine
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.progress_line import ProgressLine
from studio.ui.widgets.tables.table_copy import make_copyable
from studio.ui.widgets.wrapped_label import WrappedLabel

SORTS = (
    (ADDED, tr("as added")),
    (NAME, tr("by name")),
    (ANSWER, tr("by answer")),
    (DOUBT, tr("doubtful first")),
    (SURE, tr("sure first")),
)
HINT = tr("Enter opens a photo, Del takes it off the list, Ctrl+Z brings it back.")
NOTHING = tr("No photos yet. Drop some above.")


class PhotoListView(QTableView):
    """The rows, in a table of one column: a QListView takes 50 ms to lay out 10,000 rows again for each new one.

    Signals:
        opened: Path of a photo opened by Enter, Space or a double click.
        removed: Paths of the photos to take off the list.
        undone: Bring back the photos that were taken off last.
    """

    opened = Signal(str)
    removed = Signal(object)
    undone = Signal()

    def __init__(self, model: GivenModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = Thumbnails(self)
        self._painter = RowPainter(model, self._thumbnails, self)
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self._painter.row_height())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Predicted photos"))
        self.setAccessibleDescription(tr("Enter opens a photo, Del takes it off the list."))
        self._thumbnails.arrived.connect(self._show_arrived)
        self.doubleClicked.connect(self._open)
        make_copyable(self)

    def current_photo(self) -> GivenPhoto | None:
        """The current photo."""
        index = self.currentIndex()
        return self._model.photo(index.row()) if index.isValid() else None

    def choose(self, path: str) -> None:
        """Make a photo current and show it."""
        row = self._model.row_of(path) if path else -1
        if row >= 0 and row != self.currentIndex().row():
            index = self._model.index(row, 0)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def selected_paths(self) -> list[str]:
        """Paths of the selected photos."""
        return [self._model.photo(index.row()).path for index in self.selectionModel().selectedRows()]

    def set_ranges(self, ranges: ValueRanges) -> None:
        """Show photos of more than 8 bits with these value ranges."""
        if self._thumbnails.set_ranges(ranges):
            self.viewport().update()

    def shut_down(self) -> None:
        """End the threads that decode photos."""
        self._thumbnails.shut_down()

    def forget(self) -> None:
        """Forget how rows were painted: others are shown."""
        self._painter.forget()
        self._thumbnails.clear_requests()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.photo(index.row()).path)

    def _show_arrived(self, paths: frozenset[str]) -> None:
        for path in paths:
            row = self._painter.painted.get(path, -1)
            if 0 <= row < self._model.rowCount():
                self.update(self._model.index(row, 0))

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+Z from the menu, which undoes choices about the photos of the data set."""
        is_override = event.type() is QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Del takes off the list, Ctrl+Z brings back."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undone.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._open(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            paths = self.selected_paths()
            if paths:
                self.removed.emit(tuple(paths))
        else:
            super().keyPressEvent(event)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End lead to the first and the last photo; a table would stay in the row."""
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        if action in ends and self._model.rowCount():
            return self._model.index(ends[action] % self._model.rowCount(), 0)
        return super().moveCursor(action, modifiers)

    def changeEvent(self, event: QEvent) -> None:
        """Measure the rows again in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_painter"):
            self._painter.forget()
            self.verticalHeader().setDefaultSectionSize(self._painter.row_height())

    def minimumSizeHint(self) -> QSize:
        """One row: while photos are predicted, the column must still fit into 1280 × 800."""
        return QSize(160, self._painter.row_height())


class PhotoListCard(Card):
    """The list with its order, its progress, and what to do with all of it.

    Signals:
        chosen: Path of the photo that the user made current.
        opened: Path of the photo to show enlarged.
        removed: Paths of the photos to take off the list.
        undone: Bring back the photos that were taken off last.
        label_requested: Choose photos to label next.
        stop_requested: Stop predicting.
        again_requested: Predict all photos again.
        table_requested: File to write the answers to.
        sort_requested: Folder to sort the photos into, and True for links instead of copies.
        undo_sorting_requested: Folder from which to remove what was sorted into it.
    """

    chosen = Signal(str)
    opened = Signal(str)
    removed = Signal(object)
    undone = Signal()
    label_requested = Signal()
    stop_requested = Signal()
    again_requested = Signal()
    table_requested = Signal(str)
    sort_requested = Signal(str, bool)
    undo_sorting_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Predicted"), parent)
        self._shown: tuple[Any, ...] = ()
        self._drawing = False
        self.model = GivenModel(self)
        self.view = PhotoListView(self.model, self)
        self.view.opened.connect(self.opened)
        self.view.removed.connect(self.removed)
        self.view.undone.connect(self.undone)
        self.view.selectionModel().currentChanged.connect(self._moved)
        self.sort = NarrowCombo(tr("Order of the photos"), 8, tr("Order of the photos"), SORTS, self)
        self.sort.activated.connect(self._draw)
        self.header.addWidget(self.sort)
        self.words = WrappedLabel(self)
        theme.set_color_role(self.words, "muted")
        self.old = WrappedLabel(self)
        theme.set_color_role(self.old, "caution")
        self.again = QPushButton(tr("Predict again"), self)
        self.again.setToolTip(tr("Predict all photos of the list with the run and epoch shown"))
        self.again.clicked.connect(self.again_requested)
        self.rest = RestLine(self)
        self.progress = ProgressLine(self)
        self.stop = QPushButton(tr("Stop"), self)
        self.stop.setAccessibleName(tr("Stop predicting or writing"))
        self.stop.setToolTip(tr("Stop predicting; the answers so far stay"))
        self.stop.clicked.connect(self.stop_requested)
        self.hint = WrappedLabel(self)
        theme.set_color_role(self.hint, "muted")
        running = QHBoxLayout()
        running.addWidget(self.progress, 1)
        running.addWidget(self.stop)
        self.body.addWidget(self.words)
        self.body.addWidget(self.old)
        self.body.addWidget(self.again)
        self.body.addWidget(self.rest)
        self.body.addLayout(running)
        self.body.addWidget(self.view, 1)
        self.save = SaveButton(self)
        self.save.table_requested.connect(self.table_requested)
        self.save.sort_requested.connect(self.sort_requested)
        self.save.undo_requested.connect(self.undo_sorting_requested)
        self.written = WrittenLine(self)
        self.written.undo_requested.connect(self.undo_sorting_requested)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.written)
        self.label = QPushButton(tr("Label next…"), self)
        self.label.setToolTip(tr("Which of these photos to label next: doubtful ones that differ from each other"))
        self.label.clicked.connect(self.label_requested)
        both = QHBoxLayout()
        both.setSpacing(8)
        both.addWidget(self.save, 1)
        both.addWidget(self.label, 1)
        self.body.addLayout(both)
        self._rows = PhotoRows()
        for widget in (self.old, self.again, self.stop):
            widget.hide()
        self.words.show_text(NOTHING)
        self.hint.show_text(HINT)

    def show_state(self, state: AppState) -> None:
        """Draw the list and its progress."""
        job = next((state.jobs[name] for name in words.LIST_JOBS if name in state.jobs), None)
        old = words.outdated(state)
        self.progress.show_state(job)
        self.stop.setVisible(job is not None)
        allow(self.stop, tr("Predicting is being stopped.") if job is not None and job.stopping else "")
        for widget in (self.old, self.again):
            widget.setVisible(bool(old))
        self.old.show_text(old)
        self.rest.show_state(state)
        self.save.show_state(state)
        allow(self.label, words.cannot_write(state))
        self.written.show_state(state)
        self._rows = state.given.rows
        self._draw()
        if state.given.chosen:
            self._drawing = True
            self.view.choose(state.given.chosen)
            self._drawing = False

    def paths(self) -> Sequence[str]:
        """Paths of the photos in the order shown."""
        return [self.model.photo(row).path for row in range(self.model.rowCount())]

    def shut_down(self) -> None:
        """End the threads that decode photos."""
        self.view.shut_down()

    def _draw(self) -> None:
        shown = (self._rows, str(self.sort.currentData()))
        if self._shown and shown[0] is self._shown[0] and shown[1] == self._shown[1]:
            return
        self._shown = shown
        current = self.view.current_photo()
        scrolled = self.view.verticalScrollBar().value()
        self._drawing = True
        if self.model.show(*shown):
            self.view.forget()
            if current is not None:
                self.view.choose(current.path)
            self.view.verticalScrollBar().setValue(scrolled)
        self._drawing = False
        self.words.show_text(words.summary(self._rows) or NOTHING)

    def _moved(self, now: QModelIndex) -> None:
        if now.isValid() and not self._drawing:
            self.chosen.emit(self.model.photo(now.row()).path)
