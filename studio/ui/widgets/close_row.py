"""Rows of buttons of dialogs."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton

Role = QDialogButtonBox.ButtonRole


def close_row(dialog: QDialog, *buttons: QPushButton, destructive: QPushButton | None = None) -> QDialogButtonBox:
    """The buttons of a dialog that stays open while they are used, and Close.

    Return presses none of them: it belongs to the dialog's tables and fields.
    """
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    for button in buttons:
        row.addButton(button, Role.ActionRole)
    if destructive is not None:
        row.addButton(destructive, Role.DestructiveRole)
    without_icons(row)
    for each in row.findChildren(QPushButton):
        each.setAutoDefault(False)
    row.rejected.connect(dialog.reject)
    return row


def cancel_row(dialog: QDialog, text: str) -> tuple[QDialogButtonBox, QPushButton]:
    """The buttons of a dialog that does one thing: Cancel, and the button for it, which Return presses."""
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, dialog)
    without_icons(row)
    button = row.addButton(text, Role.AcceptRole)
    button.setDefault(True)
    row.accepted.connect(dialog.accept)
    row.rejected.connect(dialog.reject)
    return row, button


def without_icons(row: QDialogButtonBox) -> None:
    """Remove the icons that some desktops put on standard buttons: they are black, also on dark buttons."""
    for button in row.buttons():
        button.setIcon(QIcon())
