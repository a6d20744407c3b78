"""Lets the wheel scroll past fields: Qt would change the value of the one that is under the pointer by chance."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget

FIELDS = (QAbstractSlider, QAbstractSpinBox, QComboBox)


class ScrollPast(QObject):
    """Passes the wheel on from all fields in a widget, so that it scrolls the area around them.

    Args:
        within: Parent of the fields, which must exist already.
    """

    def __init__(self, within: QWidget) -> None:
        super().__init__(within)
        for field in within.findChildren(QWidget):
            if isinstance(field, FIELDS) and not isinstance(field, QScrollBar):
                field.installEventFilter(self)

    def eventFilter(self, field: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Leave a turn of the wheel to the parent of the field."""
        if event.type() is not QEvent.Type.Wheel:
            return False
        event.ignore()
        return True
