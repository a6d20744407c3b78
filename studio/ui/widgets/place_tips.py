"""Tooltips that depend on the position of the pointer in a widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from studio.formatting import typography


def show_tip(event: QEvent, widget: QWidget, words: Callable[[QPoint], str | None]) -> bool:
    """Show the tooltip that an event asks for; call it first in `event` or `viewportEvent` of the widget.

    Args:
        event: Any event.
        widget: The widget that got it.
        words: Returns the text at a position of the widget; "" hides the tooltip, None leaves it to the widget.

    Returns:
        True where the event was handled.
    """
    if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
        return False
    text = words(event.pos())
    if text is not None:
        QToolTip.showText(event.globalPos(), typography.tip(text), widget)
    return text is not None
