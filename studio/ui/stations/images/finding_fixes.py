"""Buttons that settle the chosen finding with one click."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from studio.events import Dataset, Finding
from studio.session.photos.finding_fixes import Fix, fixes
from studio.spec.journal import JournalRequest


class FindingFixes(QWidget):
    """The buttons; hidden without a finding.

    Signals:
        requested: A `JournalRequest`.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QPushButton] = []
        self._fixes: list[Fix] = []
        self._grid = QGridLayout(self)  # side by side, three buttons would be wider than the column of cards
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(2, 1)
        self.hide()

    def show_finding(self, finding: Finding | None, dataset: Dataset | None) -> None:
        """Show the buttons for a finding."""
        now = fixes(finding, dataset) if finding is not None and dataset is not None else []
        self.setVisible(bool(now))
        if now == self._fixes:
            return
        self._fixes = now
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for place, fix in enumerate(now):
            button = QPushButton(fix.title, self)
            button.setToolTip(fix.tip)
            button.setAccessibleDescription(fix.tip)
            button.clicked.connect(partial(self._request, fix.request))
            self._grid.addWidget(button, place // 2, place % 2)
            self.buttons.append(button)

    def _request(self, request: JournalRequest) -> None:
        self.requested.emit(request)
