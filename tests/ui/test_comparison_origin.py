"""A comparison that was opened on another page leads back to it, and to the widget that had the focus."""

from __future__ import annotations

from typing import Any

import pytest
from compare_page import RUNS
from fakes import Fakes
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.session.state import AppState, RunPair
from studio.spec.structs import replace
from studio.ui.comparison_origin import ComparisonOrigin

PLAIN, COMPARING = AppState(), replace(AppState(), pair=RunPair("/runs/1", "/runs/2"))


@pytest.fixture
def stack(qtbot: QtBot) -> QStackedWidget:
    """Two pages with two buttons each."""
    pages = QStackedWidget()
    for _ in range(2):
        page = QWidget()
        column = QVBoxLayout(page)
        for name in "ab":
            column.addWidget(QPushButton(name))
        pages.addWidget(page)
    qtbot.addWidget(pages)
    pages.show()
    pages.activateWindow()
    return pages


def test_closing_shows_the_page_again_with_the_focus_where_it_was(stack: QStackedWidget) -> None:
    shown: list[str] = []

    def show(station: str) -> None:
        shown.append(station)
        stack.setCurrentIndex(0)

    origin = ComparisonOrigin(stack, show)
    second = stack.widget(0).findChildren(QPushButton)[1]
    for station in ("head", "evaluate"):
        second.setFocus()
        origin.note(COMPARING, station)
        if station == "head":
            stack.setCurrentIndex(1)
        origin.note(COMPARING, "evaluate")
        origin.go_back()
        origin.note(PLAIN, station)
        assert (shown, second.hasFocus()) == (["head"] if station == "head" else [], True)
        shown.clear()
    second.setFocus()
    origin.note(COMPARING, "head")
    stack.setCurrentIndex(1)
    origin.forget()  # the user went elsewhere and came back
    origin.go_back()
    assert shown == []
    assert stack.widget(1).findChildren(QPushButton)[0].hasFocus(), "the first control, not the ribbon"


@pytest.mark.slow
def test_esc_in_a_comparison_opened_from_the_run_list_leads_back(make_window: Any, fakes: Fakes, qtbot: Any) -> None:
    fakes.past = RUNS
    window = make_window()
    window.open_folder(RUNS[0].spec.dataset.folder)
    qtbot.waitUntil(lambda: window.store.state.run_list.is_listed)
    window.activateWindow()
    for station in ("head", "use", "images"):
        window.show_station(station)
        page = window.pages[station]
        before = next(one for one in page.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus
                      and one.isVisible() and one.isEnabled())  # fmt: skip
        before.setFocus()
        qtbot.waitUntil(window.menus.compare.isEnabled)
        window.menus.compare.trigger()
        view = window.pages["evaluate"].comparison
        qtbot.waitUntil(lambda: view.isAncestorOf(window.focusWidget()))  # noqa: B023
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: window.store.state.pair is None)
        assert window.stack.currentWidget() is page
        assert window.focusWidget() is before
