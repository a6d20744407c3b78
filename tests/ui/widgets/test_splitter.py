"""A fitted card has its preferred height, and scrolls where the window is too low."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.ui.widgets.card import Card
from studio.ui.widgets.splitter import LOWEST, Fitted


def test_a_fitted_card_follows_its_content(show, qtbot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    card = Card("Title", page)
    tall = QLabel(card)
    tall.setFixedHeight(200)
    tall.hide()
    card.body.addWidget(tall)
    fitted = Fitted(card, page)
    column.addStretch(1)
    column.addWidget(fitted)
    show(page, 300, 500)
    low = fitted.height()
    assert low < 100
    tall.show()
    qtbot.waitUntil(lambda: fitted.height() >= 240)
    assert fitted.verticalScrollBar().maximum() == 0
    page.resize(300, 160)
    qtbot.waitUntil(lambda: fitted.height() < 200)
    assert fitted.height() >= LOWEST
    assert fitted.verticalScrollBar().maximum() > 0
    tall.hide()
    page.resize(300, 500)
    qtbot.waitUntil(lambda: fitted.height() == low)
