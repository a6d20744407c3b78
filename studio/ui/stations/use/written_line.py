"""Where the answers were written, and the undo of sorting."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.wrapped_label import WrappedLabel


class WrittenLine(QWidget):
    """A message with the file or folder that it is about; hidden while there is none.

    Signals:
        undo_requested: Remove the links and copies that were sorted into this folder.
    """

    undo_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self.text = WrappedLabel(self)
        self.file = ElidedLabel(self)  # a path in several lines is hard to read
        self.undo = QPushButton(tr("Undo"), self)
        self.undo.setToolTip(tr("Remove the links and copies that were made, unless they were changed since"))
        self.undo.setAccessibleName(tr("Undo sorting"))
        self.undo.clicked.connect(lambda: self.undo_requested.emit(self._folder))
        row = QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.text)
        column.addLayout(row)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Draw the message."""
        text, role, file = words.written(state)
        self._folder = words.sorted_folder(state)
        self.text.show_text(typography.breakable(text))
        theme.set_color_role(self.text, role)
        self.file.show_text(file)
        self.file.setVisible(bool(file))
        self.undo.setVisible(bool(self._folder))
        self.setVisible(bool(text))
