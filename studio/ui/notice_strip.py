"""One line above the page, with what can be done about it: news of the open folder, and settings that were replaced."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from studio.session import folder_changes
from studio.session.run_words import clock, name
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import Elided
from studio.ui.widgets.enabling import allow


class Strip(QFrame):
    """Hidden until it has something to say.

    Signals:
        requested: The button was pressed.
        dismissed: The user has read it.
    """

    requested = Signal()
    dismissed = Signal()

    def __init__(self, name: str, action: str, tip: str, parent: QWidget | None = None) -> None:
        """Make the line.

        Args:
            name: What it is about, for the screen reader.
            action: Title of its button.
            tip: What the button does, with its shortcut.
            parent: Owner.
        """
        super().__init__(parent)
        self.setObjectName("strip")
        self._name = name
        self._sign = QLabel(self)
        self.words = Elided(self, sentence=True)
        self.action = QPushButton(action, self)
        self.action.setProperty("role", "link")
        self.action.setToolTip(tip)
        self.action.setAccessibleDescription(tip)
        self.action.clicked.connect(self.requested)
        self.close_button = QToolButton(self)
        self.close_button.setToolTip("Dismiss")
        self.close_button.setAccessibleName(f"Dismiss: {name}")
        self.close_button.setAutoRaise(True)
        self.close_button.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self.words, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self.hide()

    def say(self, text: str, actionable: bool = True) -> None:
        """Show a line; "" hides it.

        Args:
            text: The line.
            actionable: Whether there is something to do about it.
        """
        if text != self.words.text():
            self.words.show_text(text)
            self.setAccessibleName(f"{self._name}: {text}")
        self.action.setVisible(actionable)
        self.setVisible(bool(text))

    def _apply_theme(self) -> None:
        shades = theme.current()
        self.setStyleSheet(
            f"QFrame#strip {{ background: {shades.accent_soft}; border: none;"
            f" border-bottom: 1px solid {shades.border}; }}"
        )
        self._sign.setPixmap(theme.icon("information", shades.accent).pixmap(theme.ICON))
        self.close_button.setIcon(theme.icon("close"))
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


class Strips(QWidget):
    """The lines above the page.

    Attributes:
        news: What changed in the open folder.
        taken: The settings are those of a run.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "List the folder again and show what is in it now (Ctrl+F5)"
        self.news = Strip("Folder of photos", "Rescan", tip, self)
        tip = "Choose the settings again that were chosen before (Ctrl+B)"
        self.taken = Strip("Settings", "Back to my settings", tip, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.news)
        column.addWidget(self.taken)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        news = state.news
        self.news.say(folder_changes.words(news) if news is not None else "", news is not None and not news.used)
        allow(self.news.action, "It is being listed." if "scan" in state.jobs else "")
        self.taken.say(_taken(state))


def _taken(state: AppState) -> str:
    """Whose settings those chosen now are; "" where they are the user's own."""
    if state.taken is None:
        return ""
    began = next((run.started for run in state.run_list.listed if run.path == state.taken.run), "")
    run = " · ".join(part for part in (name(state.spec), clock(began)) if part != "–")
    return f"All settings are those of the run “{run}” now."
