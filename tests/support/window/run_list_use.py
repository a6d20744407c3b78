"""The list of runs in the real window: its card, its selection, and a run that never began."""

from __future__ import annotations

from run_summaries import summary

from studio.events import RunSummary
from studio.ui.stations.head.run_list import RunListCard

FRESH = summary("fresh", "cancelled", 0, 3, figure=None, best_epoch=0, checkpoint="")


def card(window) -> RunListCard:
    return window.pages["head"].runs


def choose(window, qtbot, run: RunSummary) -> None:
    card(window).table.selectRow(card(window).table.runs.row_of(run.path))
    qtbot.waitUntil(lambda: window.store.state.run_list.chosen == run.path)
    qtbot.waitUntil(lambda: card(window)._state.run_list.chosen == run.path)


def idle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.store.state.jobs)
