"""List of the folders that make one data set: added, removed, labeled or background, each with undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.photos import source_folders
from studio.session.photos.source_folders import SourceFolder
from studio.session.state import AppState
from studio.spec import DatasetSpec, UserError
from studio.ui.dialogs import files
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.read_only_table import RowTable

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
TITLES = (tr("Folder"), tr("Role"), tr("Photos"))
MOST_ROWS = 4
FEW_ROWS = 2
"""Rows where the window is low; the others are scrolled to."""


class FolderModel(QAbstractTableModel):
    """One row per folder: name, role, number of photos."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.folders: tuple[SourceFolder, ...] = ()

    def show(self, folders: tuple[SourceFolder, ...]) -> None:
        """Replace the rows; where the folders are the same, selection and focus stay."""
        if [one.path for one in folders] == [one.path for one in self.folders]:
            self.folders = folders
            if folders:
                self.dataChanged.emit(self.index(0, 0), self.index(len(folders) - 1, len(TITLES) - 1))
            return
        self.beginResetModel()
        self.folders = folders
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        """Number of folders."""
        return 0 if parent.isValid() else len(self.folders)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        """Name, role, photos."""
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell; the tooltip has the whole path and the numbers of each split."""
        folder = self.folders[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            count = "…" if folder.photos is None else numbers.exact(folder.photos)
            return (typography.one_line(Path(folder.path).name or folder.path), folder.role, count)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == len(TITLES) - 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = (typography.one_line(folder.path), folder.role, folder.counts)
            return typography.tip("\n".join(filter(None, lines)))
        return None

    def longest(self, column: int) -> str:
        """The largest number of photos; "" for the other columns."""
        counts = [folder.photos for folder in self.folders if folder.photos is not None]
        return numbers.exact(max(counts)) if counts and column == len(TITLES) - 1 else ""

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == len(TITLES) - 1 else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class FolderTable(RowTable):
    """Table of the folders: Del removes one, B changes its role.

    Signals:
        remove_pressed: Del was pressed.
        role_pressed: B was pressed.
    """

    remove_pressed = Signal()
    role_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Del and B."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_pressed.emit()
        elif event.key() == Qt.Key.Key_B and not event.modifiers():
            self.role_pressed.emit()
        else:
            super().keyPressEvent(event)


class FolderList(QWidget):
    """The folders of a data set with several folders, and a button that undoes the last change of the list.

    Signals:
        dataset_changed: The data set with another list of folders.

    Attributes:
        add: Button that adds a folder; placed by the card.
    """

    dataset_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._drawn: object = None
        self._is_compact = False
        self._undo: list[tuple[str, DatasetSpec, DatasetSpec]] = []
        self._model = FolderModel(self)
        self.table = FolderTable(tr("Folders of the data set"), self)
        self.table.setAccessibleDescription(tr("Del removes a folder, B makes it the background or a class again."))
        self.table.setModel(self._model)
        self.table.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.table.remove_pressed.connect(self.remove)
        self.table.role_pressed.connect(self.toggle_role)
        self.table.selectionModel().selectionChanged.connect(self._show_buttons)
        samples = {0: tr("folder name"), 1: tr("none of these")}
        self.columns = Columns(self.table, "folders", 0, samples, self._model.longest)
        self.add = QPushButton("+", self)
        self.add.setAccessibleName(tr("Add a folder to the data set"))
        self.add.setToolTip(tr("Add another folder to the data set: with a folder for each class, or a class itself"))
        self.add.clicked.connect(self.browse)
        self.role = QPushButton(tr("Background"), self)
        self.role.clicked.connect(self.toggle_role)
        self.remove_button = QPushButton(tr("Remove"), self)
        self.remove_button.setToolTip(tr("Remove the folder from the data set (Del); its photos are not changed"))
        self.remove_button.clicked.connect(self.remove)
        self._words = ElidedLabel(self, sentence=True)
        theme.set_color_role(self._words, "muted")
        self.undo_button = QPushButton(tr("Undo"), self)
        self.undo_button.setProperty("role", "link")
        self.undo_button.clicked.connect(self.undo)
        self._notice = Notice(self)
        self._line = QWidget(self)
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._words, 1)
        line.addWidget(self.undo_button)
        line.addWidget(self.role)
        line.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.table, self._line, self._notice):
            column.addWidget(part)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Show the folders, where there are several or the list was changed."""
        self._state = state
        drawn = (state.spec.dataset, state.dataset, "train" in state.jobs)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._notice.clear()
        # Another folder was opened, or the settings of a run are used: the changes can no longer be undone.
        if self._undo and state.spec.dataset.folders != self._undo[-1][2].folders:
            self._undo.clear()
        allow(self.add, source_folders.cannot_change(state))
        several = len(state.spec.dataset.folders) > 0
        selected = self.table.currentIndex().row()
        if several:
            self._model.show(source_folders.source_folders(state))
            self._hold_rows()
            self._choose(max(0, min(selected, self._model.rowCount() - 1)))
        self.table.setVisible(several)
        for button in (self.role, self.remove_button):
            button.setVisible(several)
        self.undo_button.setVisible(bool(self._undo))
        words = typography.one_line(self._undo[-1][0]) if self._undo else ""
        self._words.show_text("" if several else words)  # beside two buttons there is no room
        self.undo_button.setAccessibleName(tr("Undo: {words}").format(words=words))
        if self._undo:
            self.undo_button.setToolTip(typography.tip(tr("Undo: {words}").format(words=words)))
            allow(self.undo_button, source_folders.cannot_change(state))
        self._show_buttons()
        self.setVisible(several or bool(self._undo))

    def set_compact(self, is_compact: bool) -> None:
        """Show the table without its heading and with fewer rows, or whole."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self.table.horizontalHeader().setVisible(not is_compact)
            self._hold_rows()

    def _hold_rows(self) -> None:
        """Set the height of the table."""
        rows = min(FEW_ROWS if self._is_compact else MOST_ROWS, self._model.rowCount())
        heading = 0 if self._is_compact else self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(
            heading + rows * self.table.verticalHeader().defaultSectionSize() + 2 * self.table.frameWidth()
        )

    def browse(self) -> None:
        """Let the user choose a folder to add."""
        start = str(Path(source_folders.paths_of(self._state.spec.dataset)[-1]).parent)
        files.open_folder(self.window(), start, self.add_folder, tr("Add a folder to the data set"))

    def add_folder(self, path: str) -> None:
        """Add a folder, or say why it cannot be added."""
        if source_folders.cannot_change(self._state):
            return
        try:
            dataset = source_folders.added(self._state.spec.dataset, path)
        except UserError as fault:
            self._notice.show_text("caution", fault.title, fault.hint)
            self.show()
            return
        self._change(tr("Added"), path, dataset)

    def remove(self) -> None:
        """Remove the selected folder."""
        folder = self._selected()
        if folder is not None and not source_folders.cannot_remove(self._state):
            self._change(tr("Removed"), folder.path, source_folders.removed(self._state.spec.dataset, folder.path))

    def toggle_role(self) -> None:
        """Train on the photos of the selected folder as “none of these”, or as labeled."""
        folder = self._selected()
        if folder is None or source_folders.cannot_set_role(self._state, folder):
            return
        verb = tr("Classes again:") if folder.is_background else tr("Background:")
        changed = source_folders.with_role(self._state.spec.dataset, folder.path, not folder.is_background)
        self._change(verb, folder.path, changed)

    def undo(self) -> None:
        """Undo the last change of the list."""
        if self._undo and not source_folders.cannot_change(self._state):
            _, before, _ = self._undo.pop()
            self._drawn = None
            self.dataset_changed.emit(before)

    def _change(self, verb: str, path: str, dataset: DatasetSpec) -> None:
        self._undo.append((source_folders.change_words(verb, path), self._state.spec.dataset, dataset))
        self._drawn = None
        self.dataset_changed.emit(dataset)

    def _selected(self) -> SourceFolder | None:
        row = self.table.currentIndex().row()
        return self._model.folders[row] if 0 <= row < len(self._model.folders) else None

    def _choose(self, row: int) -> None:
        if self.table.currentIndex().row() != row:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.table.selectionModel().setCurrentIndex(self._model.index(row, 0), flags)

    def _show_buttons(self) -> None:
        folder = self._selected()
        allow(self.remove_button, source_folders.cannot_remove(self._state) if folder else tr("No folder is selected."))
        is_background = folder is not None and folder.is_background
        self.role.setText(tr("Use as classes") if is_background else tr("Background"))
        self.role.setAccessibleName(
            tr("Use the folder as classes") if is_background else tr("Use the folder as background")
        )
        tip = tr("Use the folders in it as classes, or itself as one (B)")
        if not is_background:
            tip = tr("Its photos show none of the classes: they are trained on as “none of these” (B)")
        allow(self.role, source_folders.cannot_set_role(self._state, folder), tip)
