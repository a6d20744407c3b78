"""Two runs of the list are selected and compared."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel
from run_summaries import PHOTOS, summary

from studio.session.state import AppState, RunList
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.stations.head.run_list import RunListCard

NEW = summary("new", started="2026-01-03T03:04:05+00:00")
OLD = summary("old", started="2026-01-02T03:04:05+00:00")
EMPTY = summary("empty", "failed", 0, started="2026-01-01T03:04:05+00:00")


@pytest.fixture
def card(qtbot: Any) -> RunListCard:
    card = RunListCard()
    qtbot.addWidget(card)
    state = replace(AppState(), spec=RunSpec(DatasetSpec(PHOTOS)), run_list=RunList((NEW, OLD, EMPTY), is_listed=True))
    card.chosen.connect(lambda path: card.show_state(replace(state, run_list=replace(state.run_list, chosen=path))))
    card.show_state(state)
    return card


def select(card: RunListCard, *runs: Any) -> None:
    flags = QItemSelectionModel.SelectionFlag.Rows | QItemSelectionModel.SelectionFlag.Toggle
    for run in runs:
        index = card.table.model().index(card.table.runs.row_of(run.path), 0)
        card.table.selectionModel().setCurrentIndex(index, flags)


def entry(card: RunListCard) -> Any:
    return next(action for action in card.menu().actions() if action.text().startswith("Compare"))


def test_two_selected_runs_are_compared_the_older_one_first(card: RunListCard, qtbot: Any) -> None:
    select(card, NEW, OLD)
    assert card.selected() == [OLD.path, NEW.path]
    action = entry(card)
    assert (action.text(), action.isEnabled()) == ("Compare", True)
    with qtbot.waitSignal(card.compare_requested) as signal:
        action.trigger()
    assert signal.args == [OLD.path, NEW.path]


def test_one_selected_run_is_compared_with_a_fitting_one(card: RunListCard, qtbot: Any) -> None:
    select(card, OLD)
    action = entry(card)
    assert action.text() == "Compare…"
    with qtbot.waitSignal(card.compare_requested) as signal:
        action.trigger()
    assert signal.args == ["", ""]


def test_runs_that_cannot_be_compared(card: RunListCard) -> None:
    select(card, NEW, EMPTY)
    action = entry(card)
    assert not action.isEnabled()
    assert "without a finished epoch" in action.property("why_off")


def test_a_deselected_run_is_no_longer_the_chosen_one(card: RunListCard) -> None:
    select(card, NEW, OLD, OLD)
    assert card.selected() == [NEW.path]
    assert card._state.run_list.chosen == NEW.path
