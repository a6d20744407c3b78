"""The progress bar: `studio.ui.widgets.progress_line`."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.progress_line import ProgressBar


class _Counting(QWidget):
    """Counts how often it is painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


def test_a_new_value_paints_nothing_else_at_once(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column, other, bar = QVBoxLayout(window), _Counting(window), ProgressBar(window)
    other.setFixedSize(60, 60)  # nothing without a size is painted
    column.addWidget(other)
    column.addWidget(bar)
    bar.setRange(0, 1000)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: other.painted > 0)
    other.painted = 0
    other.update()
    bar.setValue(500)
    assert (bar.value(), other.painted) == (500, 0)
    qtbot.waitUntil(lambda: other.painted == 1)
