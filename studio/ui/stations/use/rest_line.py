"""The line above a list whose prediction was stopped or failed: what is left, and how to continue."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.theme import theme
from studio.ui.widgets.wrapped_label import WrappedLabel


class RestLine(QWidget):
    """A sentence and a button; hidden where all given photos were predicted.

    Signals:
        requested: Predict the photos that are left.
    """

    requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = WrappedLabel(self)
        theme.set_color_role(self.text, "caution")
        self.go_on = QPushButton(tr("Continue"), self)
        self.go_on.setAccessibleName(tr("Continue predicting"))
        self.go_on.setToolTip(tr("Predict the photos that have no answer yet"))
        self.go_on.clicked.connect(self.requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.go_on)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Say whether photos are left."""
        text = words.unpredicted(state)
        self.text.show_text(text)
        self.setVisible(bool(text))
