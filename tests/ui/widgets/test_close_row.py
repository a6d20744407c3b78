"""Rows of buttons of dialogs."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox

from studio.ui.widgets.close_row import cancel_row, without_icons


def test_standard_buttons_have_no_icons(qtbot: Any) -> None:
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Close | QDialogButtonBox.StandardButton.Save)
    qtbot.addWidget(row)
    for button in row.buttons():
        button.setIcon(QIcon(QPixmap(8, 8)))  # as some desktops do
    without_icons(row)
    assert [button.icon().isNull() for button in row.buttons()] == [True, True]


def test_the_button_of_a_question_is_the_default_and_both_answer(qtbot: Any) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    row, button = cancel_row(dialog, "Open")
    assert button.isDefault()
    answers: list[int] = []
    dialog.finished.connect(answers.append)
    button.click()
    row.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert answers == [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected]
