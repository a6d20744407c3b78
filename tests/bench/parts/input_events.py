"""Events of pointer, wheel and keyboard, posted to a widget as a user would cause them."""

from __future__ import annotations

from typing import Any

from parts.window_drive import Steps, after


def turn(view: Any, angle: int) -> None:
    """Move the pointer to the middle of a view and turn the wheel."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtGui import QMouseEvent, QWheelEvent
    from PySide6.QtWidgets import QApplication

    port = view.viewport()
    at = QPointF(port.rect().center())
    none, no = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    there = port.mapToGlobal(at)
    QApplication.postEvent(port, QMouseEvent(QEvent.Type.MouseMove, at, there, none, none, no))
    turn = QPoint(0, angle)
    QApplication.postEvent(port, QWheelEvent(at, there, QPoint(), turn, none, no, Qt.ScrollPhase.NoScrollPhase, False))


def drag_bar(view: Any, steps: int) -> Steps:
    """Drag the handle of the scroll bar to the end and back with the left button."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider

    bar = view.verticalScrollBar()
    bar.setValue(0)
    yield after(0.1)
    option = QStyleOptionSlider()
    bar.initStyleOption(option)
    part = QStyle.SubControl.SC_ScrollBarSlider
    handle = bar.style().subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, part, bar)
    left, none, no = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    x, top, room = handle.center().x(), handle.center().y(), bar.height() - handle.height() - 4

    def send(kind: QEvent.Type, y: float, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        at = QPointF(x, y)
        QApplication.postEvent(bar, QMouseEvent(kind, at, bar.mapToGlobal(at), button, buttons, no))

    send(QEvent.Type.MouseButtonPress, top, left, left)
    for number in range(steps):
        share = 1 - abs(1 - 2 * number / steps)
        send(QEvent.Type.MouseMove, top + share * room, none, left)
        yield after(0.02)
    send(QEvent.Type.MouseButtonRelease, top, left, none)
    yield after(0.2)


def press(view: Any, key: Any) -> None:
    """Press and release a key."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.postEvent(view, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))
