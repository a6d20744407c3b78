"""Bar with one sentence, a button for what can be done about it, and a button that closes it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio.formatting.language import tr
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel


class MessageBar(QFrame):
    """Hidden until a subclass shows a sentence.

    Attributes:
        sign: The icon at the left.
        words: The sentence.
        action: The button.
        close_button: The button that closes the bar.

    Signals:
        dismissed: The user closed it.
    """

    dismissed = Signal()

    def __init__(self, name: str, subject: str, margins: tuple[int, int, int, int], parent: QWidget | None) -> None:
        """Create the bar.

        Args:
            name: Object name, for the style sheet.
            subject: What the sentence is about, for the screen reader.
            margins: Left, top, right and bottom.
            parent: Owner.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.sign = QLabel(self)
        self.words = ElidedLabel(self, sentence=True)
        self.action = QPushButton(self)
        self.action.setProperty("role", "link")
        self.close_button = QToolButton(self)
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(tr("Dismiss"))
        self.close_button.setAccessibleName(tr("Dismiss: {subject}").format(subject=subject))
        self.close_button.clicked.connect(self.dismissed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(*margins)
        self.row.setSpacing(8)
        self.row.addWidget(self.sign)
        self.row.addWidget(self.words, 1)
        self.row.addWidget(self.action)
        self.row.addWidget(self.close_button)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self.hide()

    def _apply_theme(self) -> None:
        """Draw icons and background in the colors of the theme; a subclass adds its own."""
        self.close_button.setIcon(theme.icon("close"))
