"""Row of buttons of a dialog that stays open while its buttons are used."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton

Role = QDialogButtonBox.ButtonRole


def close_row(dialog: QDialog, *buttons: QPushButton, destructive: QPushButton | None = None) -> QDialogButtonBox:
    """The buttons and Close; none is pressed by Return, which belongs to the dialog's tables and fields."""
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    for button in buttons:
        row.addButton(button, Role.ActionRole)
    if destructive is not None:
        row.addButton(destructive, Role.DestructiveRole)
    for each in row.findChildren(QPushButton):
        each.setAutoDefault(False)
    row.rejected.connect(dialog.reject)
    return row
