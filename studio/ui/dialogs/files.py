"""File dialogs for the choices about photos. None blocks the event loop; each deletes itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

FILTERS = ["Choices about photos (*.csv)", "All files (*)"]


def open_choices(parent: QWidget, start: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose a CSV file of choices."""
    dialog = QFileDialog(parent, "Import choices about photos", start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(FILTERS)
    return _opened(dialog, chosen)


def save_choices(parent: QWidget, suggested: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose the CSV file to write choices to."""
    dialog = QFileDialog(parent, "Export choices about photos", suggested)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(FILTERS[:1])
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(suggested)
    return _opened(dialog, chosen)


def open_table(parent: QWidget, start: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose a CSV file with the group of each photo."""
    dialog = QFileDialog(parent, "Table of groups", start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(["Tables (*.csv)", "All files (*)"])
    return _opened(dialog, chosen)


def _opened(dialog: QFileDialog, chosen: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
