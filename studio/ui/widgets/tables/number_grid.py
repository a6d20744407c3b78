"""Numbers with their names and intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.formatting.language import tr
from studio.session.evaluation.threshold_view import NumberRow
from studio.ui.theme import theme


class NumberGrid(QWidget):
    """Numbers with their names, one in each row; those that count mistakes are red."""

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = [(QLabel(self), QLabel(self), QLabel(self)) for _ in range(count)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(10)
        for place, (name, number, interval) in enumerate(self._lines):
            theme.set_color_role(name, "muted")
            theme.set_color_role(interval, "muted")
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(name, place, 0)
            grid.addWidget(number, place, 1)
            grid.addWidget(interval, place, 2)
        grid.setRowStretch(count, 1)

    def show_rows(self, rows: Sequence[NumberRow]) -> None:
        """Show other names and numbers."""
        for row, (name, number, interval) in zip(rows, self._lines, strict=True):
            name.setText(row.name)
            number.setText(row.text)
            interval.setText(row.interval)
            interval.setToolTip(tr("95 % interval of the {metric}").format(metric=row.name) if row.interval else "")
            theme.set_color_role(number, "bad" if row.is_bad and row.text != "0" else "text")
