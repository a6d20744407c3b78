"""The buttons beside the run shown: compare it, write its report. They are icons: the bar has no room for text."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from studio.formatting.language import tr
from studio.session.runs import comparing
from studio.session.selectors import cannot_report
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow

ICON = QSize(20, 20)


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
        tip = tr("Compare this run with another one, photo by photo (Ctrl+K)")
        self.compare = self._button(tr("Compare"), tip, self.compare_requested)
        self.report = self._button(
            tr("Report"), tr("Write this run to one HTML file (Ctrl+Shift+E)"), self.report_requested
        )
        theme.when_changed(self._paint)
        self._paint()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
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

    def _button(self, name: str, tip: str, slot: SignalInstance) -> QToolButton:
        button = QToolButton(self)
        button.setIconSize(ICON)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.clicked.connect(slot)
        return button

    def _paint(self) -> None:
        self.compare.setIcon(theme.icon("compare"))
        self.report.setIcon(theme.icon("file-chart-outline"))
