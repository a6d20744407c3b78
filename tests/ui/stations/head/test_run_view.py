"""The list of runs in the window: search, order, columns."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionViewItem
from run_summaries import DONE, INTERRUPTED

from studio.events import Figure, RunDescription, RunSummary
from studio.session import settings
from studio.session.runs.run_columns import RunView
from studio.session.state import AppState, RunList
from studio.spec.structs import replace
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.stations.head.run_list_model import FIGURE


def listed_card(qtbot, *runs: RunSummary, chosen: str = "") -> RunListCard:
    card = RunListCard()
    qtbot.addWidget(card)
    card.resize(320, 420)
    card.show_state(replace(AppState(), run_list=RunList(runs, chosen=chosen, is_listed=True)))
    return card


def test_the_list_is_searched_sorted_and_shows_chosen_columns(qtbot):
    best = replace(DONE, path="best", figure=Figure("accuracy", 0.95), description=RunDescription("Mine", starred=True))
    card = listed_card(qtbot, DONE, INTERRUPTED, best)
    views: list[RunView] = []
    card.view_changed.connect(views.append)
    card.filter.search.setText("mine")
    assert [run.path for run in card.table.runs.runs] == ["best"]
    card.filter.search.setText("nothing")
    assert card._none.text() == "None of 3 runs contains “nothing”."
    qtbot.keyClick(card.filter.search, Qt.Key.Key_Escape)
    card.filter.stars.click()
    assert [run.path for run in card.table.runs.runs] == ["best"]
    card.filter.stars.click()
    card.table.horizontalHeader().sectionClicked.emit(FIGURE)
    assert card.table.runs.runs[0].path == "best"
    tags = next(action for action in card.filter.columns if action.text() == "Tags")
    tags.trigger()
    assert views[-1] == RunView(sort="figure", columns=("figure", "tags"))
    shown = [not card.table.isColumnHidden(number) for number in range(card.table.runs.columnCount())]
    assert sum(shown) == 3


def test_a_chosen_run_that_the_filter_hides_is_no_longer_chosen(qtbot):
    card = listed_card(qtbot, DONE, INTERRUPTED, chosen=DONE.path)
    choices: list[str] = []
    card.chosen.connect(choices.append)
    card.filter.search.setText("interrupted")
    assert choices == [""]


@pytest.mark.slow
def test_columns_and_order_are_remembered(make_window, fakes, qtbot):
    fakes.past = (DONE, INTERRUPTED)
    window = make_window(built=False)
    window._builder.stop()
    window.settings.run_columns, window.settings.run_sort = ["tags"], "run"
    runs = window._builder.page("head").runs
    runs.view_changed.emit(RunView(sort="epochs", columns=("figure", "seed")))
    stored = settings.load(window.settings.file)
    assert (stored.run_columns, stored.run_sort) == (["figure", "seed"], "-epochs")


def test_the_first_key_selects_the_first_run_even_if_it_is_the_only_one(qtbot):
    card = listed_card(qtbot, DONE)
    chosen, opened = [], []
    card.chosen.connect(chosen.append)
    card.open_requested.connect(lambda: opened.append(list(chosen)))
    qtbot.keyClick(card.table, Qt.Key.Key_Down)
    assert chosen == [DONE.path]
    card.table.clearSelection()
    chosen.clear()
    qtbot.keyClick(card.table, Qt.Key.Key_Return)
    assert opened == [[DONE.path]], "Enter opens the run that it has selected"


def test_the_menu_after_a_right_click_is_that_of_the_clicked_run(qtbot):
    card = listed_card(qtbot, replace(INTERRUPTED, checkpoint="2026-01-01T00:00:00"), DONE, chosen=DONE.path)
    entries = {action.text(): action for action in card.menu().actions()}
    assert not entries["Resume"].isEnabled()
    card.table.selectRow(0)  # the state follows in the next turn of the event loop
    entries = {action.text(): action for action in card.menu().actions()}
    assert entries["Resume"].isEnabled()
    assert not entries["Extend…"].isEnabled()


def test_the_seed_of_repeated_runs_stays_visible(qtbot):
    seeds = [
        replace(DONE, path=str(seed), spec=replace(DONE.spec, train=replace(DONE.spec.train, seed=seed)))
        for seed in (7, 8)
    ]
    other = replace(
        DONE, path="other", spec=replace(DONE.spec, train=replace(DONE.spec.train, lr=0.5, schedule="cosine"))
    )
    card = listed_card(qtbot, *seeds, other)
    option = QStyleOptionViewItem()
    card.table.initViewItemOption(option)
    assert option.textElideMode is Qt.TextElideMode.ElideMiddle
    lines = [card.table.model().index(row, 0).data().splitlines()[-1] for row in range(2)]
    assert lines[0] != lines[1]
    assert all("seed" in line.rpartition(", ")[2] for line in lines), "at the end of the line, which is never elided"
