"""Sentence above the map, or in place of it, with the button that computes it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.formatting.language import counted, tr
from studio.session.photos import map_view
from studio.session.state import AppState
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice

COMPUTE, AGAIN = tr("Compute the map"), tr("Compute again")


class MapNotice(Notice):
    """Notice that a map is missing or incomplete, with a button that computes it.

    Signals:
        map_requested: The map is to be computed.
    """

    map_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offer(
            COMPUTE, tr("Compute the features that are not in the cache, and place the photos"), self.map_requested.emit
        )
        self.offer(AGAIN, tr("Place the photos that are in the folder now"), self.map_requested.emit)

    def invite(self, state: AppState) -> None:
        """Offer to compute the map."""
        self.show_text("info", map_view.invitation(state))
        self.show_actions(COMPUTE)
        allow(self.buttons[COMPUTE], map_view.cannot_map(state))

    def show_map(self, complete: bool, missing: int) -> None:
        """Offer to compute the map again where it is incomplete or lacks photos; otherwise show nothing."""
        if missing:
            self.show_text(
                "info", tr("{missing} of the folder are not on the map.").format(missing=counted(missing, "photo"))
            )
        elif not complete:
            self.show_text("info", tr("The map was stopped before it was complete."))
        else:
            self.clear()
            return
        self.show_actions(AGAIN)
