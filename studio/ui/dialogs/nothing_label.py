"""Label shown in place of a table that has no rows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from studio.ui.theme import theme


def nothing_label(text: str, parent: QWidget) -> QLabel:
    """A hidden label with muted, centered text."""
    label = QLabel(text, parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    theme.set_color_role(label, "muted")
    label.hide()
    return label
