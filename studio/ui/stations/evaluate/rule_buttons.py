"""The buttons of the threshold card that save a rule, undo the last save, and reset the rule."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.formatting.language import tr
from studio.session.state import RunState
from studio.spec.decision import DecisionRule
from studio.ui.widgets.enabling import allow


class RuleButtons(QWidget):
    """Undo, Reset, Save.

    Args:
        store: Stores a rule with the run; None removes the stored one.
        parent: Owner.
    """

    def __init__(self, store: Callable[[DecisionRule | None], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._run: RunState | None = None
        self._former: dict[str, DecisionRule | None] = {}  # by run: the rule stored before the last save
        self.save = QPushButton(tr("Save"), self)
        self.save.setToolTip(tr("Store thresholds and temperature with the run: predictions and exports use them"))
        self.reset = QPushButton(tr("Reset"), self)
        self.reset.setToolTip(
            tr("Back to what is stored with the run, or, where that is shown, to no thresholds at all")
        )
        self.undo = QPushButton(tr("Undo"), self)
        self.undo.setToolTip(tr("Store again what was stored before the last save; a second time: what was saved last"))
        self.undo.clicked.connect(self._undo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (self.undo, self.reset, self.save):
            row.addWidget(button)

    def show_run(self, run: RunState) -> None:
        """Enable what can be done with the rule of a run."""
        self._run = run
        tried = run.trial is not None
        allow(self.save, "" if tried else tr("Nothing has changed since it was saved."))
        allow(self.reset, "" if tried or run.decision is not None else tr("No thresholds are chosen."))
        allow(self.undo, "" if run.id in self._former else tr("Nothing was saved since the window was opened."))

    def store(self, rule: DecisionRule | None) -> None:
        """Store a rule; `undo` stores the one before again."""
        if self._run is not None:
            self._former[self._run.id] = self._run.decision
            self._store(rule)

    def _undo(self) -> None:
        if self._run is not None and self._run.id in self._former:
            self.store(self._former[self._run.id])
