"""The dialog with the forecast of a run."""

from __future__ import annotations

from typing import Any

import pytest
import states
from fake_jobs.data import fake_forecast
from PySide6.QtCore import Qt

from studio.session.plan import forecast_words
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.stations.features.forecast_dialog import ForecastDialog


@pytest.fixture
def dialog(show: Any) -> ForecastDialog:
    return show(ForecastDialog(), 620, 600)


def ready() -> AppState:
    return states.state()


def texts(dialog: ForecastDialog) -> dict[str, tuple[str, ...]]:
    table = dialog.table
    rows = [[table.item(row, column).text() for column in range(3)] for row in range(table.rowCount())]
    return {row[0].strip(): tuple(row[1:]) for row in rows}


def test_the_forecast_is_requested_and_drawn_beside_real_steps(dialog: ForecastDialog, qtbot: Any) -> None:
    state = ready()
    dialog.show_state(state)
    assert dialog.start.isEnabled(), forecast_words.cannot_forecast(state)
    requests: list[bool] = []
    dialog.forecast_requested.connect(requests.append)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    dialog.measure.setChecked(True)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert requests == [False, True]
    dialog.show_state(job_started(state, "forecast"))
    assert not dialog.start.isEnabled()
    state = reduce(state, "forecast", fake_forecast(state.spec, measure=True))
    dialog.show_state(state)
    rows = texts(dialog)
    assert rows["Memory of a step, 32 photos"] == ("102\u202fMB", "105\u202fMB")
    assert rows["Time of a step"] == ("0.40\u202fs", "0.50\u202fs")
    epochs = state.spec.train.all_epochs
    assert rows[f"The run, {epochs} epochs"][0] == f"{9 + 1.3 * epochs + 0.2:.0f}\u202fs"
    assert "1,020,162" in dialog.summary.text()


def test_other_settings_have_no_forecast_but_other_epochs_do(dialog: ForecastDialog) -> None:
    state = ready()
    forecast = reduce(state, "forecast", fake_forecast(state.spec))
    train = forecast.spec.train
    longer = replace(forecast, spec=replace(forecast.spec, train=replace(train, epochs=77)))
    dialog.show_state(longer)
    assert "The run, 77 epochs" in texts(dialog)
    dialog.show_state(replace(forecast, spec=replace(forecast.spec, train=replace(train, batch_size=4))))
    assert (dialog.table.rowCount(), dialog.summary.text()) == (0, "")


@pytest.mark.parametrize(
    ("largest", "words"),
    [(0, "Not even one photo fits"), (8, "Too large: at most 8 photos"), (33, "up to 33 photos"), (10**6, "Any batch")],
)
def test_the_largest_batch_in_words(largest: int, words: str) -> None:
    state = replace(states.state(), dataset=states.dataset(each=200))
    forecast = replace(fake_forecast(state.spec), largest_batch=largest)
    assert words in forecast_words.summary(forecast, state)


def test_a_disabled_start_button_gives_the_reason(dialog: ForecastDialog) -> None:
    dialog.show_state(job_started(ready(), "train"))
    assert "A run is training" in dialog.start.toolTip()
    dialog.show_state(replace(ready(), dataset=None))
    assert dialog.start.toolTip()
    assert not dialog.start.isEnabled()
