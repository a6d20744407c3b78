"""The cache dialog: size, features reused by a run, limit, and emptying the cache."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes import Fakes
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from studio.ui.dialogs.cache import CacheDialog
from studio.ui.window import MainWindow

AVERAGE = "features, average and maximum of the last map"
MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    window = make_window(built=False)
    window.open_folder("/nowhere/photos", "features")
    window._builder.stop()
    qtbot.waitUntil(lambda: window.store.state.cache is not None and not window.store.state.jobs)
    return window


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> CacheDialog:
    window.menus.cache_requested.emit()
    dialog = window.findChild(CacheDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    return dialog


def press(qtbot: QtBot, window: MainWindow, text: str) -> None:
    box = window.findChild(QMessageBox, "ask_empty")
    assert box is not None
    button = next(one for one in box.findChildren(QPushButton) if one.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.slow
def test_the_features_page_shows_the_size_of_the_cache_and_how_many_photos_the_last_run_reused(window, qtbot):
    plan = window.pages["features"].plan.facts
    assert plan.value("Cache") == "2.0\u202fMB of 20\u202fGB"
    assert plan.value("Last run") == ""
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None and "train" not in window.store.state.jobs)
    window.show_station("features")
    qtbot.waitUntil(lambda: plan.value("Last run") == "0 of 40 photos reused")


@pytest.mark.slow
def test_the_size_of_the_cache_is_read_again_after_an_extraction(window, qtbot, fakes: Fakes):
    fakes.stores += fakes.stores
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.cache.bytes == 4_100_000)


@pytest.mark.slow
def test_the_page_opens_the_dialog_which_lists_the_stores(window, qtbot):
    qtbot.mouseClick(window.pages["features"].plan.cache, Qt.MouseButton.LeftButton)
    dialog = window.findChild(CacheDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    row = [dialog.table.item(0, column).text() for column in range(5)]
    assert row == ["EfficientNet-Lite0", AVERAGE, "224\u202fpx, center crop", "398", "2.0\u202fMB"]
    assert dialog.facts.value("Size") == "2.0\u202fMB of 20\u202fGB"
    assert dialog.facts.value("Folder") == "/nowhere/cache"
    window.menus.cache_requested.emit()
    assert len(window.findChildren(CacheDialog)) == 1


@pytest.mark.slow
def test_a_limit_is_set_and_a_wrong_one_is_refused_in_place(dialog, qtbot, fakes: Fakes):
    assert dialog.limit.line.text() == "20"
    for text in ("-3", "much", "5"):
        dialog.limit.line.selectAll()
        qtbot.keyClicks(dialog.limit.line, text)
        qtbot.keyClick(dialog.limit.line, Qt.Key.Key_Return)
        assert dialog.limit.message.isVisible() == (text != "5")
    qtbot.waitUntil(lambda: dialog.facts.value("Size").endswith("5\u202fGB"))
    assert [limit for limit, _ in fakes.cached if limit is not None] == [5.0]
    assert dialog.isVisible()


@pytest.mark.slow
def test_a_failed_change_of_the_limit_is_shown_in_the_dialog(dialog, qtbot):
    dialog.limit_requested.emit(13.0)
    qtbot.waitUntil(dialog.notice.isVisible)
    dialog.limit_requested.emit(14.0)
    qtbot.waitUntil(lambda: not dialog.notice.isVisible())


@pytest.mark.slow
def test_the_cache_is_emptied_only_after_confirmation(dialog, window, qtbot, fakes: Fakes):
    qtbot.mouseClick(dialog.empty, Qt.MouseButton.LeftButton)
    press(qtbot, window, "Keep it")
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_empty") is None)
    assert not any(clear for _, clear in fakes.cached)
    qtbot.mouseClick(dialog.empty, Qt.MouseButton.LeftButton)
    press(qtbot, window, "Empty the cache")
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 0)
    assert not dialog.empty.isEnabled()
    assert (dialog.table.isVisible(), dialog.none.isVisible()) == (False, True)
    assert dialog.facts.value("Size").startswith("0")


@pytest.mark.slow
def test_a_closed_cache_dialog_is_deleted(dialog, window, qtbot):
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(CacheDialog) is None)
    window.store.looking.show_cache()
    qtbot.waitUntil(lambda: not window.store.state.jobs)
