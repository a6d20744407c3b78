"""While a threshold is tried, averages and classes get their intervals, computed in a thread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QLabel

from studio.session.evaluation import deciding
from studio.session.evaluation.class_rows import WITHOUT_ROWS
from studio.session.state import AppState
from studio.spec.decision import PLAIN
from studio.ui.stations.evaluate.page import CLASSES, EvaluatePage


def notes(page: EvaluatePage) -> str:
    return " | ".join(label.text() for label in page.figures.findChildren(QLabel))


def test_the_table_of_classes_says_that_the_run_is_being_judged(page: EvaluatePage, finished: AppState) -> None:
    results = page._shown(finished)
    card = page.class_card
    card.show_part(replace(results, document={}), None)
    assert (card.scores.scores.rowCount(), card.averages.text()) == (0, WITHOUT_ROWS)
    card.show_part(results, finished.run.report)
    assert card.scores.scores.rowCount() == len(results.classes)
    assert WITHOUT_ROWS not in card.averages.text()


def test_a_rule_that_is_tried_gets_its_intervals(page: EvaluatePage, finished: AppState, qtbot: Any) -> None:
    assert finished.run is not None
    page.tabs.show_tab(CLASSES)
    page.show_state(finished)
    for value in (0.8, 0.99):  # the second one is tried before the scores by the first one are computed
        rule = deciding.with_threshold(PLAIN, finished.run.dataset.classes[0], value)
        page.show_state(deciding.tried(finished, rule))
    assert deciding.LATER in notes(page)
    assert page.scores.scores._scores[0].intervals[2] is None
    qtbot.waitUntil(lambda: deciding.LATER not in notes(page))
    results = page._decided(page._shown(page._state), rule)
    scored = page._rule_scores.of(results)
    assert scored is not None
    assert scored.metrics == deciding.scores_of(results).metrics
    row = page.scores.scores._scores[0]
    assert row.intervals[2] == (scored.classes[0].f1.low, scored.classes[0].f1.high)
    assert "macro average" in page.class_card.averages.text()
    page.show_state(finished)
    assert page._rule_scores.of(page._shown(finished)) is None, "the most probable class has those of the evaluation"
