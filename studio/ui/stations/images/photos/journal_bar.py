"""Line that says which choice about photos was made last, with a button that undoes it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.message_bar import MessageBar

HEIGHT = 36
UNCHANGED = tr("No file is changed.")
KEYS = {"undo": "Ctrl+Z", "redo": "Ctrl+Shift+Z"}


class JournalBar(MessageBar):
    """Stays until the next choice, or until it is closed.

    Signals:
        undo_requested: Undo the last entry of the journal.
        redo_requested: Redo the entry that was undone last.
    """

    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("journal_bar", tr("last choice about photos"), (8, 0, 4, 0), parent)
        self._step = ""
        self._unchanged = QLabel(UNCHANGED, self)
        theme.set_color_role(self._unchanged, "muted")
        self.row.insertWidget(self.row.indexOf(self.action), self._unchanged)
        self.action.setAccessibleName(tr("Undo"))
        self.action.clicked.connect(self._pressed)
        self.setFixedHeight(max(HEIGHT, self.fontMetrics().height() + 14))

    def show_state(self, state: AppState) -> None:
        """Show the last choice, undo or redo."""
        read = state.journal
        text = typography.one_line(read.change) if read is not None else ""
        self._step = read.reverse if read is not None else ""
        if read is not None and read.left_out:
            text += (
                tr(" · {left_out} rows not used") if len(read.left_out) > 1 else tr(" · {left_out} row not used")
            ).format(left_out=len(read.left_out))
        if text != self.words.text():
            self.words.show_text(text)
            self.setAccessibleName(text)
        if read is not None and read.left_out:
            rows = "\n".join(typography.one_line(f"{row.path}: {row.reason}") for row in read.left_out[:20])
            self.words.setToolTip(typography.tip(rows))
        self.action.setVisible(bool(self._step))
        self._unchanged.setVisible(bool(self._step) and self.width() > 640)
        if self._step:
            title = self._step.capitalize()
            self.action.setText(f"{title}  {KEYS[self._step]}")
            self.action.setAccessibleName(title)
            entry = (read.undo if self._step == "undo" else read.redo) if read is not None else ""
            self.action.setToolTip(typography.tip(typography.one_line(f"{title}: {entry}")))
        self.setVisible(bool(text))

    def _pressed(self) -> None:
        (self.undo_requested if self._step == "undo" else self.redo_requested).emit()

    def _apply_theme(self) -> None:
        super()._apply_theme()
        shades = theme.current()
        self.setStyleSheet(
            f"QFrame#journal_bar {{ background: {shades.raised}; border: 1px solid {shades.border};"
            " border-radius: 6px; }"
        )
        self.sign.setPixmap(theme.icon("history").pixmap(theme.ICON))
