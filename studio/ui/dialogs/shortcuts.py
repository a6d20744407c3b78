"""Dialog with the keyboard shortcuts, grouped by where they work; keys of single panels are in their tooltips."""

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

from studio.formatting.language import tr
from studio.session.jobs import job_words
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.key_names import named

Group = tuple[str, tuple[tuple[str, str], ...]]

COLUMNS: tuple[tuple[Group, ...], ...] = (
    (
        (
            tr("Everywhere"),
            (
                (tr("Open an image folder, one by URL"), "Ctrl+O, Ctrl+Shift+L"),
                (tr("Open or save a project"), "Ctrl+Alt+O, Ctrl+S"),
                (tr("Rescan the folder"), "Ctrl+F5"),
                (tr("Target: numbers from CSV"), "Ctrl+T"),
                (tr("Target: classes"), "Ctrl+Shift+T"),
                (tr("Go to a page"), "Ctrl+1 … Ctrl+6"),
                (tr("Move along the ribbon"), "← →"),
                (tr("Undo or redo a choice about photos"), "Ctrl+Z, Ctrl+Shift+Z"),
                (tr("Close a menu, a dialog, or ask to stop the training"), "Esc"),
                (tr("Preferences"), "Ctrl+,"),
                (tr("Close the window"), "Ctrl+Q"),
            ),
        ),
        (
            tr("Photos"),
            (
                (tr("Search; find a run (Head)"), "Ctrl+F"),
                (tr("Larger or smaller pictures"), "Ctrl++, Ctrl+−"),
                (tr("Open the selected photo"), tr("Enter")),
                (tr("Exclude or restore, move to a class, to a split"), tr("Del, M, S")),
                (tr("Previous or next photo, first or last (open photo)"), tr("← →, Home, End")),
                (tr("Zoom, fit, full size (open photo)"), "+ −, 0, 1"),
                (tr("Predict photos, paste photos to predict"), "Ctrl+Shift+P, Ctrl+V"),
                (tr("Previous or next photo (Preprocess)"), "Alt+←, Alt+→"),
            ),
        ),
    ),
    (
        (
            tr("Training"),
            (
                (tr("Train"), tr("Ctrl+Return or F5")),
                (tr("Train the baseline from scratch"), "Ctrl+Shift+Return"),
                (tr("Add to the queue"), "Alt+F5"),
                (tr("Stop"), job_words.STOP_KEY),
                (tr("Freeze or thaw the selected layer (Features)"), tr("Space")),
                (tr("Set the learning rate of a thawed layer (Features)"), "F2"),
                (tr("Back to my settings, after using those of a run"), "Ctrl+B"),
            ),
        ),
        (
            tr("Selected run"),
            (
                (tr("Show"), tr("Enter or Ctrl+Shift+O")),
                (tr("Use its settings"), "Ctrl+Shift+U"),
                (tr("Resume, extend"), "Ctrl+R, Ctrl+Shift+R"),
                (tr("Describe, star"), "F2, *"),
                (tr("Move to the trash, undo"), tr("Del, Ctrl+Z")),
                (tr("Export head, whole models, report"), "Ctrl+E, Ctrl+Alt+E, Ctrl+Shift+E"),
                (tr("Compare two runs, settings of runs"), "Ctrl+K, Ctrl+Shift+K"),
                (tr("Comparison: swap, lists of photos, close"), "S, 1 … 4, Esc"),
            ),
        ),
    ),
)
"""The groups of each column: title of the group, and what each key does."""

MARGIN = 48
"""Pixels of the screen that the dialog leaves free for its frame and for the desktop's panels."""


class ShortcutsDialog(QDialog):
    """Two columns of shortcuts, which scroll where the screen is low; not modal, so that they can be tried."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(tr("Keyboard shortcuts"))
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
        without_icons(buttons)
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
                pressed = QLabel(named(keys), self)
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
