"""Rows of buttons of dialogs."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialogButtonBox

from studio.ui.widgets.close_row import without_icons


def test_standard_buttons_have_no_icons(qtbot: Any) -> None:
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Close | QDialogButtonBox.StandardButton.Save)
    qtbot.addWidget(row)
    for button in row.buttons():
        button.setIcon(QIcon(QPixmap(8, 8)))  # as some desktops do
    without_icons(row)
    assert [button.icon().isNull() for button in row.buttons()] == [True, True]
