"""Dialog for the forecast of a run: memory, time and largest batch, with real steps beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from studio.events import Forecast
from studio.formatting.language import tr
from studio.session.plan import forecast_words
from studio.session.state import AppState
from studio.ui.dialogs.advice.advice_dialog import AdviceDialog
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.tables.text_table import TextTable


class ForecastDialog(AdviceDialog):
    """Shows the forecast.

    Signals:
        forecast_requested: Forecast the run; True to take real steps, too.
    """

    forecast_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = tr("What will it cost?"), forecast_words.ABOUT, tr("Forecast"), tr("Forecast again")
        super().__init__("forecast", *texts, parent)
        self.setObjectName("forecast_dialog")
        self._drawn: tuple[Forecast | None, int] | None = None
        self.table = TextTable(tr("Forecast of the run"), forecast_words.COLUMNS, 1, self)
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.measure = QCheckBox(tr("Take &real steps, too"), self)
        self.measure.setToolTip(
            tr("Takes steps with the whole batch, which needs the memory that the forecast is about")
        )
        self.start.clicked.connect(lambda: self.forecast_requested.emit(self.measure.isChecked()))
        self.arrange(self.table, self.summary, self.measure)
        resize_dialog(self, 620, 656)

    def show_state(self, state: AppState) -> None:
        """Draw the forecast for the settings chosen now."""
        forecast, epochs = forecast_words.forecast_now(state), state.spec.train.all_epochs
        self.show_job(state, forecast_words.cannot_forecast(state), forecast is not None)
        if self._drawn is None or (forecast, epochs) != self._drawn:
            self._drawn = forecast, epochs
            self.table.show_rows(forecast_words.rows(forecast, epochs) if forecast is not None else [])
            self.summary.setText(forecast_words.summary(forecast, state) if forecast is not None else "")
