"""A label whose words wrap and stay whole: a layout that is short of room takes it from other things."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel


class WrappedLabel(QLabel):
    """Words in as many lines as they need, none of them cut."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height of all lines."""
        super().resizeEvent(event)
        self.hold()

    def hold(self) -> None:
        """Ask for the height that the words need at the present width. Qt's own asks for one line, short of room."""
        self.setMinimumHeight(0)  # Qt counts what was held before, so lines would only ever be added
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
