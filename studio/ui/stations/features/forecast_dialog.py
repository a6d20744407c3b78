"""Dialog for the forecast of a run: memory, time and largest batch, with real steps beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.events import Forecast
from studio.session.jobs.job_words import progress_line
from studio.session.plan import forecast_words
from studio.session.state import AppState
from studio.ui.dialogs.close_row import close_row
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.text_table import TextTable


class ForecastDialog(QDialog):
    """Shows the forecast; not modal, so the window stays usable.

    Signals:
        forecast_requested: Forecast the run; True to take real steps, too.
    """

    forecast_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("forecast_dialog")
        self.setWindowTitle("What will it cost?")
        self._drawn: tuple[Forecast | None, int] | None = None
        about = QLabel(forecast_words.ABOUT, self)
        about.setWordWrap(True)
        self.notice = Notice(self)
        self.table = TextTable("Forecast of the run", forecast_words.COLUMNS, 1, self)
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.measure = QCheckBox("Take &real steps, too", self)
        self.measure.setToolTip("Takes steps with the whole batch, which needs the memory that the forecast is about")
        self.progress = QLabel(self)
        theme.set_color_role(self.progress, "muted")
        self.start = QPushButton("Forecast", self)
        self.start.clicked.connect(lambda: self.forecast_requested.emit(self.measure.isChecked()))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.notice)
        column.addWidget(self.table, 1)
        column.addWidget(self.summary)
        column.addWidget(self.measure)
        column.addWidget(self.progress)
        column.addWidget(close_row(self, self.start))
        self.resize(620, 600)
        self.start.setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw the forecast for the settings chosen now."""
        fault = state.faults.get("features")
        if fault is not None:
            self.notice.show_fault(fault)
        else:
            self.notice.clear()
        forecast, epochs = forecast_words.forecast_now(state), state.spec.train.all_epochs
        job = state.jobs.get("forecast")
        self.progress.setText(progress_line(job) if job is not None else "")
        allow(self.start, forecast_words.cannot_forecast(state))
        self.start.setText("Forecast again" if forecast is not None else "Forecast")
        if self._drawn is None or (forecast, epochs) != self._drawn:
            self._drawn = forecast, epochs
            self.table.show_rows(forecast_words.rows(forecast, epochs) if forecast is not None else [])
            self.summary.setText(forecast_words.summary(forecast, state) if forecast is not None else "")
