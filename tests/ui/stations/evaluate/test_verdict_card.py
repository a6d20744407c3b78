"""The card with the verdict on the Evaluate page."""

from __future__ import annotations

from typing import Any

from measured_layouts import Measured
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.session.evaluation.verdict_words import ReasonRow, Verdict
from studio.ui.stations.evaluate.summary.verdict_card import VerdictCard


class MeasuredVerdictCard(Measured, VerdictCard):
    pass


def verdict(number: int) -> Verdict:
    rows = tuple(ReasonRow("overfitting", "caution", f"Reason {place}.", "curves") for place in range(number))
    return Verdict("usable", "caution", rows)


def test_another_verdict_lays_out_the_page_as_often_with_nine_reasons_as_with_two(qtbot: Any) -> None:
    asked = []
    for number in (2, 9):
        page = QWidget()
        qtbot.addWidget(page)
        card = MeasuredVerdictCard(page)
        QVBoxLayout(page).addWidget(card)
        page.show()
        card.show_verdict(verdict(1))
        card.asked = 0
        card.show_verdict(verdict(number))
        asked.append(card.asked)
        assert [button.isVisible() for button in card.reasons] == [True] * number
    assert asked[0] == asked[1] > 0


def test_the_link_that_has_the_focus_keeps_it(qtbot: Any) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.show()
    card.activateWindow()
    card.show_verdict(verdict(3))
    card.reasons[1].setFocus()
    qtbot.waitUntil(card.reasons[1].hasFocus)
    card.show_verdict(verdict(4))
    assert card.reasons[1].hasFocus()
