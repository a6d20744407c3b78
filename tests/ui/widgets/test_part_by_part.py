"""Painting part by part: `studio.ui.widgets.part_by_part`."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.part_by_part import PartByPart


class _Named(QWidget):
    """Writes down when it is painted."""

    def __init__(self, name: str, painted: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.painted = name, painted
        self.setFixedSize(40, 40)  # nothing without a size is painted

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(self.name)


def test_parts_are_painted_in_order_and_once(qtbot: Any) -> None:
    window, painted = QWidget(), list[str]()
    qtbot.addWidget(window)
    parts = [_Named(name, painted, window) for name in ("at once", "second", "third")]
    column = QVBoxLayout(window)
    for part in parts:
        column.addWidget(part)
    PartByPart(window).begin(parts[1:])
    window.show()
    qtbot.waitUntil(lambda: "third" in painted)
    assert painted == ["at once", "second", "third"]
    assert all(part.updatesEnabled() for part in parts)


def test_parts_of_a_page_that_is_hidden_and_shown_again(qtbot: Any) -> None:
    window, painted = QWidget(), list[str]()
    qtbot.addWidget(window)
    part = _Named("part", painted, window)
    parts = PartByPart(window)
    parts.begin((part,))
    parts.begin((part,))
    window.show()
    qtbot.waitUntil(lambda: painted == ["part"])
    window.hide()
    parts.begin((part,))
    qtbot.waitUntil(part.updatesEnabled)
