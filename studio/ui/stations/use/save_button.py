"""“Save answers”: a table, or folders with the photos of each class."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.dialogs import files
from studio.ui.widgets.enabling import ReasonMenu, allow

TABLES = (tr("Table (*.csv)"), tr("Table (*.parquet)"))


class SaveButton(QPushButton):
    """A button with a menu.

    Signals:
        table_requested: File to write the answers to.
        sort_requested: Folder to sort the photos into, and True for links instead of copies.
        undo_requested: Folder from which to remove what was sorted into it.
    """

    table_requested = Signal(str)
    sort_requested = Signal(str, bool)
    undo_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Save answers"), parent)
        self.setToolTip(tr("Write the answers to a table, or sort the photos into folders by answer"))
        menu = ReasonMenu(self)
        self.setMenu(menu)
        self.table = self._action(menu, tr("&Table…"), self._choose_table)
        self.links = self._action(menu, tr("Sort into folders, as &links…"), partial(self._choose_folder, True))
        self.copies = self._action(menu, tr("Sort into folders, as &copies…"), partial(self._choose_folder, False))
        self.undo = self._action(menu, tr("&Undo sorting…"), self._choose_sorted)

    def show_state(self, state: AppState) -> None:
        """Enable the actions that are possible now; the button itself stays enabled, so that it keeps the focus."""
        allow(self.undo, words.cannot_undo_sorting(state))
        allow(self.table, words.cannot_write(state))
        for action in (self.links, self.copies):
            allow(action, words.cannot_sort(state))

    def _action(self, menu: ReasonMenu, text: str, slot: object) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(slot)
        return action

    def _choose_table(self) -> None:
        dialog = QFileDialog(self, tr("Write the answers"), str(Path.home() / "answers.csv"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(TABLES))
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("csv" if kind == TABLES[0] else "parquet"))
        # No question about an existing file: the command adds rows to a table of the same run and refuses other files.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.selectFile("answers.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.table_requested)
        dialog.open()

    def _choose_folder(self, links: bool) -> None:
        title = tr("Folder for the sorted photos")
        files.open_folder(self, str(Path.home()), lambda path: self.sort_requested.emit(path, links), title)

    def _choose_sorted(self) -> None:
        title = tr("Folder with sorted photos, from which to remove what was made")
        files.open_folder(self, str(Path.home()), self.undo_requested.emit, title)
