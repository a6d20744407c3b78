"""Rows of widgets in a card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


def add_row(column: QVBoxLayout, parts: Sequence[QWidget], stretch: QWidget) -> None:
    """Add a row of widgets to a column; `stretch` takes the space that is left."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for part in parts:
        row.addWidget(part, int(part is stretch))
    column.addLayout(row)


def add_all(column: QVBoxLayout, parts: Sequence[QWidget], stretch: Sequence[QWidget]) -> None:
    """Add widgets to a column, one below the other; those in `stretch` share the space that is left."""
    for part in parts:
        column.addWidget(part, int(part in stretch))
