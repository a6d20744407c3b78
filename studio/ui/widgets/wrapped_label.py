"""Label whose wrapped text is never cut: a layout that lacks space takes it from other widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel


class WrappedLabel(QLabel):
    """Text in as many lines as it needs, none of them cut."""

    def show_text(self, text: str) -> None:
        """Show another text, wrapped."""
        if text != self.text():
            self.setTextFormat(Qt.TextFormat.PlainText)
            self.setWordWrap(True)
            self.setText(text)
            self.hold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reserve the height of all lines."""
        super().resizeEvent(event)
        self.hold()

    def hold(self) -> None:
        """Reserve the height of the text at the current width: where space is short, Qt's own minimum is one line."""
        self.setMinimumHeight(0)  # Qt includes the current minimum in its hint, so the height would never shrink
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
