"""Turns controls on and off. A control that is off says why: in its tooltip, and to a screen reader."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from studio.formatting import typography

TIP, WHY = "tip_when_on", "why_off"
"""Dynamic properties: the tooltip without a reason, and the reason."""


def allow(control: QWidget | QAction, why: str, tip: str | None = None) -> None:
    """Turn a control on, or off with the reason.

    Args:
        control: A widget, or an entry of a menu that shows tooltips.
        why: Why it cannot be used now, as a sentence; "" turns it on.
        tip: Its tooltip beside the reason; None keeps the one it has.
    """
    if tip is None:
        tip = control.property(TIP)
    if tip is None:  # the first time; an action's tooltip is its text where none was set
        has_own = isinstance(control, QWidget) or control.toolTip() != control.text().replace("&", "").rstrip("…")
        tip = control.toolTip() if has_own else ""
    if (control.property(TIP), control.property(WHY)) == (tip, why) and control.isEnabled() == (not why):
        return
    control.setProperty(TIP, tip)
    control.setProperty(WHY, why)
    control.setEnabled(not why)
    control.setToolTip(typography.tip("\n".join(filter(None, (tip, why)))))
    if isinstance(control, QWidget):
        control.setAccessibleDescription(why)
    else:
        control.setStatusTip(why)


class ReasonMenu(QMenu):
    """A menu that says on hover why an entry is off. Qt's own would repeat the text of every entry as well."""

    def event(self, event: QEvent) -> bool:
        """The reason of the entry under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            action = self.actionAt(event.pos())
            why = str(action.property(WHY) or "") if action is not None and not action.isEnabled() else ""
            QToolTip.showText(event.globalPos(), typography.tip(why), self)
            return True
        return super().event(event)
