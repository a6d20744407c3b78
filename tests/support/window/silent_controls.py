"""Controls of the window that are disabled without a reason."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QScrollBar,
    QTabBar,
    QWidget,
)

from studio.ui.widgets.enabling import WHY, ReasonMenu

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider, QTabBar)


def silent(window: QWidget) -> Iterator[str]:
    """Controls and menu entries that are disabled without a reason."""
    for control in window.findChildren(QWidget):
        inner = isinstance(control.parent(), (QAbstractSpinBox, QComboBox)) or isinstance(control, QScrollBar)
        if not isinstance(control, CONTROLS) or inner or control.isEnabled():
            continue
        if control.objectName().startswith("qt_"):  # parts of Qt's own widgets
            continue
        why = control.property(WHY)
        if not why or why not in control.toolTip() or control.accessibleDescription() != why:
            yield f"{type(control).__name__} {control.accessibleName() or getattr(control, 'text', str)()}"
    for menu in window.findChildren(QMenu):
        for action in menu.actions():
            off = not action.isEnabled() and not action.isSeparator()
            if off and (not action.property(WHY) or not isinstance(menu, ReasonMenu)):
                yield f"menu entry {action.text()}"
