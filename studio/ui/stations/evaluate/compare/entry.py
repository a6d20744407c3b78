"""The buttons beside the name of the run shown: compare it with another one, write its report."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.session.runs import comparing
from studio.session.selectors import cannot_report
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.widgets.enabling import allow


class CompareButtons(QWidget):
    """The two buttons, hidden while there are no results.

    Signals:
        compare_requested: Compare the run shown with another one.
        report_requested: Write a report of the run shown.
    """

    compare_requested = Signal()
    report_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.compare = QPushButton("Compare…", self)
        self.compare.setToolTip("Compare this run with another one, photo by photo (Ctrl+K)")
        self.compare.clicked.connect(self.compare_requested)
        self.report = QPushButton("Report…", self)
        self.report.setToolTip("Write this run to one HTML file (Ctrl+Shift+E)")
        self.report.clicked.connect(self.report_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.compare)
        row.addWidget(self.report)

    def connect_to(self, page: Page) -> None:
        """Emit the signals as those of a page."""
        self.compare_requested.connect(partial(page.comparison_requested.emit, "", "", "val"))
        self.report_requested.connect(page.report_requested)

    def show_state(self, state: AppState) -> None:
        """Enable the buttons, or show why they are disabled."""
        self.setVisible(state.run is not None and state.run.report is not None)
        allow(self.compare, comparing.cannot_compare(state))
        allow(self.report, cannot_report(state))
