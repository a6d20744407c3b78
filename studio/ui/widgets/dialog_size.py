"""First sizes of dialogs, larger where all texts are, as far as the screen has room."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from studio.ui.theme import theme

MARGIN = 48
"""Pixels of the screen that are left free."""


def resize_dialog(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog its first size, in pixels for texts of the usual size."""
    room = QGuiApplication.primaryScreen().availableSize()
    wide = min(theme.enlarged(width), room.width() - MARGIN)
    high = min(theme.enlarged(height), room.height() - MARGIN)
    dialog.resize(max(width, wide), max(height, high))
