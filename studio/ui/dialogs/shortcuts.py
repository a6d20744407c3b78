"""Dialog with all keyboard shortcuts, grouped by the page where they work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.session.jobs import job_words
from studio.ui.theme import theme

Group = tuple[str, tuple[tuple[str, str], ...]]

COLUMNS: tuple[tuple[Group, ...], ...] = (
    (
        (
            "Everywhere",
            (
                ("Open an image folder", "Ctrl+O"),
                ("Open or save a project", "Ctrl+Alt+O, Ctrl+S"),
                ("Rescan the folder", "Ctrl+F5"),
                ("Target: numbers from CSV", "Ctrl+T"),
                ("Target: classes", "Ctrl+Shift+T"),
                ("Go to a page", "Ctrl+1 … Ctrl+6"),
                ("Move along the ribbon", "← →"),
                ("Undo or redo a choice about photos", "Ctrl+Z, Ctrl+Shift+Z"),
                ("Close a menu, a dialog, or ask to stop the training", "Esc"),
                ("Preferences", "Ctrl+,"),
                ("Close the window", "Ctrl+Q"),
            ),
        ),
        (
            "Photos",
            (
                ("Search; find a run (Head)", "Ctrl+F"),
                ("Larger or smaller pictures", "Ctrl++, Ctrl+−"),
                ("Open the selected photo", "Enter"),
                ("Exclude or restore, move to a class, to a split", "Del, M, S"),
                ("Previous or next photo, first or last (open photo)", "← →, Home, End"),
                ("Zoom, fit, full size (open photo)", "+ −, 0, 1"),
                ("Predict photos, paste photos to predict", "Ctrl+Shift+P, Ctrl+V"),
                ("Previous or next photo (Preprocess)", "Alt+←, Alt+→"),
            ),
        ),
    ),
    (
        (
            "Training",
            (
                ("Train", "Ctrl+Return or F5"),
                ("Train the baseline from scratch", "Ctrl+Shift+Return"),
                ("Add to the queue", "Alt+F5"),
                ("Stop", job_words.STOP_KEY),
                ("Freeze or thaw the selected layer (Features)", "Space"),
                ("Set the learning rate of a thawed layer (Features)", "F2"),
                ("Back to my settings, after using those of a run", "Ctrl+B"),
            ),
        ),
        (
            "Selected run",
            (
                ("Show", "Enter or Ctrl+Shift+O"),
                ("Use its settings", "Ctrl+Shift+U"),
                ("Resume, extend", "Ctrl+R, Ctrl+Shift+R"),
                ("Describe, star", "F2, *"),
                ("Move to the trash, undo", "Del, Ctrl+Z"),
                ("Export head, whole models, report", "Ctrl+E, Ctrl+Alt+E, Ctrl+Shift+E"),
                ("Compare two runs, settings of runs", "Ctrl+K, Ctrl+Shift+K"),
                ("Comparison: swap, lists of photos, close", "S, 1 … 4, Esc"),
            ),
        ),
    ),
)
"""The groups of each column: title of the group, and what each key does."""

MARGIN = 48
"""Pixels of the screen that a dialog leaves free for its frame and for panels."""


class ShortcutsDialog(QDialog):
    """Two columns of shortcuts, which scroll where the screen is low; not modal, so that they can be tried."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        inner = QWidget(self)
        columns = QHBoxLayout(inner)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(40)
        for groups in COLUMNS:
            columns.addLayout(self._column(groups), 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(area)
        column.addWidget(buttons)
        room = QGuiApplication.primaryScreen().availableSize()
        wide, high = inner.sizeHint().width() + 48, inner.sizeHint().height() + buttons.sizeHint().height() + 56
        self.resize(min(wide, room.width() - MARGIN), min(high, room.height() - MARGIN))

    def _column(self, groups: tuple[Group, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for title, rows in groups:
            heading = QLabel(title, self)
            heading.setObjectName("card_title")
            if grid.rowCount() > 1:
                grid.setRowMinimumHeight(grid.rowCount(), 8)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for text, keys in rows:
                line = grid.rowCount()
                grid.addWidget(QLabel(text, self), line, 0)
                pressed = QLabel(keys, self)
                theme.set_color_role(pressed, "muted")
                grid.addWidget(pressed, line, 1, Qt.AlignmentFlag.AlignRight)
        grid.setRowStretch(grid.rowCount(), 1)
        return grid


def show(parent: QWidget) -> ShortcutsDialog:
    """Show the shortcuts, or bring those already shown to the front."""
    dialog = parent.findChild(ShortcutsDialog) or ShortcutsDialog(parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
