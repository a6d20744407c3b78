"""Compare settings…: the dialog with the runs of the list, their plot and their table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from run_list_use import card, idle
from run_summaries import PHOTOS, summary

from studio.events import Figure
from studio.session.state import AppState, RunList
from studio.spec import DatasetSpec, RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.stations.head.settings_dialog import SettingsDialog

RUNS = tuple(
    replace(
        summary(f"r{number}"),
        spec=RunSpec(DatasetSpec(PHOTOS), train=TrainSpec(lr=1e-3 * (1 + number), epochs=3)),
        figure=Figure("accuracy", 0.7 + number / 20),
    )
    for number in range(3)
)


@pytest.fixture
def runs(qtbot):
    own = RunListCard()
    qtbot.addWidget(own)
    state = AppState()
    state = replace(state, spec=replace(state.spec, dataset=DatasetSpec(PHOTOS)), run_list=RunList(listed=RUNS))
    own.show_state(state)
    return own


def dialog(own: RunListCard) -> SettingsDialog:
    own.compare_settings()
    found = own.findChild(SettingsDialog)
    assert found is not None
    return found


def test_a_row_stands_out_in_the_plot_and_enter_shows_its_run(runs, qtbot):
    shown = dialog(runs)
    assert shown.table.model().rowCount() == 3
    assert [shown.table.model().index(row, 1).data() for row in range(3)] == [
        "80.0\u202f%",
        "75.0\u202f%",
        "70.0\u202f%",
    ]
    QTest.keyClick(shown.table, Qt.Key.Key_Down)
    assert (shown.plot._chosen, shown.table.currentIndex().row()) == (1, 1)
    assert "75.0" in shown.readout.text()
    shown.plot.pointed.emit(2)
    assert "70.0" in shown.readout.text()
    shown.plot.pointed.emit(-1)
    assert "75.0" in shown.readout.text()
    with qtbot.waitSignals([runs.chosen, runs.open_requested]):
        shown.show_run.click()
    with qtbot.waitSignal(shown.run_requested) as clicked:
        shown.plot.clicked.emit(2)
    assert clicked.args == [RUNS[0].path]
    assert shown.table.currentIndex().row() == 2


@pytest.mark.slow
def test_the_selected_runs_are_compared_or_else_all(runs):
    assert len(runs._runs_to_compare()) == 3
    runs.table.selectAll()
    model = runs.table.selectionModel()
    model.select(runs.table.model().index(0, 0), model.SelectionFlag.Deselect | model.SelectionFlag.Rows)
    assert len(runs._runs_to_compare()) == 2
    shown = dialog(runs)
    assert shown.table.model().rowCount() == 2
    assert dialog(runs) is shown, "it is filled again, not opened twice"


@pytest.mark.slow
def test_the_menu_and_its_key_open_it(window, qtbot):
    idle(window, qtbot)
    action = window.menus.compare_settings
    qtbot.waitUntil(action.isEnabled)
    assert action.shortcut().toString() == "Ctrl+Shift+K"
    action.trigger()
    qtbot.waitUntil(lambda: card(window).findChild(SettingsDialog) is not None)
    shown = card(window).findChild(SettingsDialog)
    QTest.keyClick(shown.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.store.state.run_list.chosen == shown._shown.runs[0].path)


def test_many_runs_are_shown_in_steps_and_no_value_is_shortened(runs, qtbot):
    many = tuple(
        replace(one, path=f"/nowhere/runs/m{number}", figure=Figure("accuracy", number / 200))
        for number in range(200)
        for one in (RUNS[number % 3],)
    )
    shown = dialog(runs)
    shown.show_runs(many, many[5].path)
    assert shown._about.text().startswith("Comparing 200 runs")
    qtbot.waitUntil(lambda: not shown._timer.isActive())
    model = shown.table.model()
    assert model.rowCount() == 200
    assert shown.plot._places.shape[0] == 200
    assert len(shown.plot._axes) == model.columnCount() - 1
    row = shown.table.currentIndex().row()
    assert (shown._shown.runs[row].path, shown.plot._chosen) == (many[5].path, row)
    for column in range(1, model.columnCount()):
        needed = max(shown.table.sizeHintForIndex(model.index(place, column)).width() for place in range(200))
        assert shown.table.columnWidth(column) >= needed
    assert shown._shown.sentence(7) in model.index(7, 0).data(Qt.ItemDataRole.ToolTipRole).replace("\u2060", "")


def test_no_heading_is_cut_off(runs):
    table = dialog(runs).table
    metrics = table.horizontalHeader().fontMetrics()
    for column in range(1, table.model().columnCount()):
        title = table.model().headerData(column, Qt.Orientation.Horizontal)
        assert table.columnWidth(column) >= metrics.horizontalAdvance(title) + 20, title
