"""Widgets that count how often the layout around them is computed."""

from __future__ import annotations

from PySide6.QtCore import QSize


class Measured:
    """A base in front of the tested class; `asked` counts how often the layout asks for the size."""

    asked = 0

    def minimumSizeHint(self) -> QSize:
        """That of the tested class."""
        self.asked += 1
        return super().minimumSizeHint()
