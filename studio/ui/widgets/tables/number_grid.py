"""Numbers with their names, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.ui.theme import theme


class NumberGrid(QWidget):
    """Numbers with their names, one in each row; those that count mistakes are red."""

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs = [(QLabel(self), QLabel(self)) for _ in range(count)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(10)
        for place, (name, number) in enumerate(self._pairs):
            theme.set_color_role(name, "muted")
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(name, place, 0)
            grid.addWidget(number, place, 1)
        grid.setRowStretch(count, 1)

    def show_rows(self, rows: Sequence[tuple[str, str, bool]]) -> None:
        """Show names and numbers, and whether each counts mistakes."""
        for (text, value, bad), (name, number) in zip(rows, self._pairs, strict=True):
            name.setText(text)
            number.setText(value)
            theme.set_color_role(number, "bad" if bad and value != "0" else "text")
