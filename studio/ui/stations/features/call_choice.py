"""Choice among the calls of a layer that runs several times in a pass."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.ui.widgets.fields.narrow_combo import NarrowCombo

TIP = tr("This layer runs several times in a pass: which call to look at")


class CallChoice(NarrowCombo):
    """A list of the calls; hidden for a layer that runs once.

    Signals:
        call_chosen: Number of the call, from 1.
    """

    call_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Call"), 5, TIP, parent=parent)
        self.activated.connect(lambda place: self.call_chosen.emit(place + 1))
        self.hide()

    def show_calls(self, calls: int, call: int) -> None:
        """Offer this many calls, with `call` chosen."""
        several = tr("Call {call} of {calls}")
        entries = [(one, several.format(call=one, calls=calls), TIP) for one in range(1, calls + 1)]
        if calls > 1:
            self.show_entries(entries, call)
        self.setVisible(calls > 1)
