"""Search, filters, order, size and selection of the photos, with mouse and keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import fake_dataset
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from studio.session.state import AppState
from studio.ui.photos.photo_grid import PICTURE_HEIGHT, SIZES
from studio.ui.stations.images.page import ImagesPage

FOLDER = str(Path("/nowhere/photos").absolute())
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(show_page: Any) -> ImagesPage:
    page = show_page(ImagesPage(), 1200)
    page.show_state(AppState(dataset=fake_dataset(FOLDER)))
    return page


def names(page: ImagesPage) -> list[str]:
    return [item.path for item in page.photos.grid.photos()]


def cell(page: ImagesPage, row: int) -> QPoint:
    grid = page.photos.grid
    return grid.visualRect(grid.model().index(row, 0)).center()


def click(qtbot: Any, page: ImagesPage, row: int, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(page.photos.grid.viewport(), LEFT, keys, cell(page, row))


def test_typing_searches_and_escape_clears(page, qtbot):
    everything = names(page)
    qtbot.keyClick(page, Qt.Key.Key_F, CTRL)
    search = page.photos.search
    assert search.hasFocus()
    qtbot.keyClicks(search, "BEES/")
    qtbot.waitUntil(lambda: len(names(page)) < len(everything))
    assert names(page) == [name for name in everything if name.startswith("bees/")]
    assert page.photos._title.text() == "Photos · 20 of 40"
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert page.photos.grid.hasFocus()
    qtbot.keyClick(page, Qt.Key.Key_F, CTRL)
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: names(page) == everything)


def test_a_button_removes_filters_that_match_no_photo(page, qtbot):
    everything = names(page)
    page.photos.search.setText("zebra")
    qtbot.waitUntil(lambda: not names(page))
    assert "No photo has “zebra” in its path" in page.photos._none._words.text()
    page.photos.split_filter.setCurrentIndex(1)
    assert page.photos._none._words.text() == "No photo matches the search and the filters."
    qtbot.mouseClick(page.photos._none.buttons["Clear"], LEFT)
    assert names(page) == everything
    assert not page.photos._none.isVisible()
    assert page.photos.search.text() == ""


def test_ctrl_click_on_a_class_adds_it_and_a_second_click_shows_all(page, qtbot):
    table = page._table
    everything = names(page)

    def press(row: int, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
        place = table.visualRect(table.model().index(row, 0)).center()
        qtbot.mouseClick(table.viewport(), LEFT, keys, place)

    press(1)
    assert page.photos.class_filter.currentText() == "bees"
    assert {name.split("/")[0] for name in names(page)} == {"bees"}
    press(0, CTRL)
    assert names(page) == everything
    assert page.photos.class_filter.placeholderText() == "2 classes"
    assert page.photos.class_filter.currentIndex() == -1
    press(0, CTRL)
    assert {name.split("/")[0] for name in names(page)} == {"bees"}
    press(1)
    assert names(page) == everything
    assert page.photos.class_filter.currentText() == "All classes"
    page.photos.class_filter.setCurrentIndex(1)  # the box and the table show the same
    assert table.labels() == {0}


def test_classes_are_sorted_by_a_column_and_filter_all_the_same(page, qtbot):
    table = page._table
    model = table.model()
    header = table.horizontalHeader()
    header.sectionClicked.emit(0)
    assert [model.index(row, 0).data() for row in range(2)] == ["ants", "bees"]
    header.sectionClicked.emit(0)
    assert [model.index(row, 0).data() for row in range(2)] == ["bees", "ants"]
    table.selectRow(0)
    assert {name.split("/")[0] for name in names(page)} == {"bees"}
    header.sectionClicked.emit(0)
    assert not header.isSortIndicatorShown()
    assert [model.index(row, 0).data() for row in range(2)] == ["ants", "bees"]
    assert table.labels() == {1}  # the class stays selected when it moves


def test_mouse_and_keys_select_several_photos(page, qtbot):
    grid = page.photos.grid
    click(qtbot, page, 2)
    assert grid.selected_rows() == [2]
    click(qtbot, page, 5, SHIFT)
    assert grid.selected_rows() == [2, 3, 4, 5]
    click(qtbot, page, 3, CTRL)
    assert grid.selected_rows() == [2, 4, 5]
    assert page.photos._title.text() == "Photos · 40 · 3 selected"
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.selected_rows() == [0]
    qtbot.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(grid, Qt.Key.Key_Down, SHIFT)
    assert grid.selected_rows() == list(range(grid.columns() + 2))
    qtbot.keyClick(grid, Qt.Key.Key_A, CTRL)
    assert grid.selected_number() == 40
    click(qtbot, page, 1)
    assert grid.selected() == [f"{FOLDER}/{names(page)[1]}"]
    assert page.photos._title.text() == "Photos · 40"


def test_a_rubber_band_selects_the_photos_it_touches(page, qtbot):
    grid = page.photos.grid
    start, end = cell(page, 0), cell(page, grid.columns() + 1)
    qtbot.mousePress(grid.viewport(), LEFT, pos=start)
    qtbot.mouseMove(grid.viewport(), start + QPoint(30, 30))
    qtbot.mouseMove(grid.viewport(), end)
    qtbot.mouseRelease(grid.viewport(), LEFT, pos=end)
    assert grid.selected_rows() == [0, 1, grid.columns(), grid.columns() + 1]


def test_the_selection_follows_the_photos_when_they_are_sorted_or_filtered(page, qtbot):
    grid = page.photos.grid
    click(qtbot, page, 1)
    click(qtbot, page, 25, CTRL)
    chosen = set(grid.selected())
    page.photos.order.setCurrentIndex(page.photos.order.findData("split"))
    assert set(grid.selected()) == chosen
    page.photos.show_labels(frozenset({0}))
    assert set(grid.selected()) == {path for path in chosen if "/ants/" in path}


def test_keys_wheel_and_slider_change_the_size(page, qtbot):
    grid, zoom = page.photos.grid, page.photos.zoom
    usual = grid.columns()
    qtbot.keyClick(grid, Qt.Key.Key_Plus, CTRL)
    larger = SIZES[SIZES.index(PICTURE_HEIGHT) + 1]
    assert (grid.picture_height, SIZES[zoom.value()]) == (larger, larger)
    assert grid.columns() < usual
    qtbot.keyClick(grid, Qt.Key.Key_Minus, CTRL)
    qtbot.keyClick(grid, Qt.Key.Key_Minus, CTRL)
    assert grid.columns() > usual
    zoom.setValue(len(SIZES) - 1)
    assert grid.picture_height == SIZES[-1]
    grid.enlarge(1)
    assert grid.picture_height == SIZES[-1]


def test_the_menu_copies_and_filters(page, qtbot):
    click(qtbot, page, 1)
    click(qtbot, page, 2, CTRL)
    menu = page.photos._menu.menu()
    actions = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert list(actions) == [
        "Open",
        "Show only this class",
        "Find similar photos",
        "",
        "Exclude 2 photos",
        "Move to class…",
        "Move to split",
        "Copy 2 photos",
        "Copy paths of 2 photos",
        "Show in its folder",
    ]
    actions["Copy paths of 2 photos"].trigger()
    paths = page.photos.grid.selected()
    assert QGuiApplication.clipboard().text() == "\n".join(paths)
    actions["Copy 2 photos"].trigger()
    assert [url.toLocalFile() for url in QGuiApplication.clipboard().mimeData().urls()] == paths
    actions["Show only this class"].trigger()
    assert page.photos.class_filter.currentText() == "ants"
    menu.close()
