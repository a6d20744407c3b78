"""Enables and disables controls. A disabled control gives the reason in its tooltip and to screen readers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio.formatting import typography
from studio.formatting.language import translated
from studio.ui.widgets.place_tips import show_tip

TIP, WHY = "tip_when_on", "why_off"
"""Dynamic properties: the tooltip without a reason, and the reason."""


def allow(control: QWidget | QAction, why: str, tip: str | None = None) -> None:
    """Enable a control, or disable it with a reason.

    Args:
        control: A widget, or an action in a menu that shows tooltips.
        why: Reason for disabling it, as a sentence, also one from below the window; "" enables it.
        tip: Tooltip, which a reason follows on its own line; None keeps the current one.
    """
    why = translated(why)
    if tip is None:
        tip = control.property(TIP)
    if tip is None:  # only on the first call; an action without a tooltip returns its text instead
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
    """Menu whose disabled entries show their reason. Qt's own tooltips would also repeat the text of every entry."""

    def event(self, event: QEvent) -> bool:
        """Show the reason of the entry under the pointer."""
        return show_tip(event, self, self._why_at) or super().event(event)

    def _why_at(self, place: QPoint) -> str:
        action = self.actionAt(place)
        return str(action.property(WHY) or "") if action is not None and not action.isEnabled() else ""
