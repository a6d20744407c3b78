"""The uniform grid: painted cells match their computed positions, and keys move the current cell."""

from __future__ import annotations

import gc
import sys
from typing import ClassVar

import pytest
from PySide6.QtCore import QPoint, QRect, QStringListModel, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from studio.ui.photos.photo_grid import PICTURE_HEIGHT, PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem, PhotoItems
from studio.ui.photos.uniform_grid import UniformGridView
from studio.ui.system.responsiveness import Scheduling, uninterrupted
from studio.ui.widgets.tables.distinct_names import DistinctNames


@pytest.fixture
def grid(qtbot):
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.resize(800, 600)
    grid.show()
    looked = []

    def make(row):
        looked.append(row)
        return PhotoItem(f"{row:05d}.jpg", f"{row:05d}.jpg")

    grid.looked = looked
    grid.show_photos("/nowhere", PhotoItems(50_000, make, lambda path: int(path[:5])))
    yield grid
    grid.shut_down()


def test_a_cell_is_found_at_its_position(grid):
    grid.choose("/nowhere/31234.jpg")
    cell = grid.visualRect(grid.currentIndex())
    assert grid.viewport().rect().contains(cell)
    assert grid.indexAt(cell.center()).row() == 31_234
    assert grid.chosen() == "/nowhere/31234.jpg"
    assert not grid.indexAt(QPoint(grid.viewport().width() + 5, 5)).isValid()


def test_keys_move_through_the_grid(grid, qtbot):
    columns = grid.columns()
    assert columns > 2
    for key, row in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Left, columns),
        (Qt.Key.Key_End, 49_999),
        (Qt.Key.Key_Down, 49_999),
        (Qt.Key.Key_PageUp, 49_999 - columns * (grid.viewport().height() // grid.cell().height())),
    ):
        qtbot.keyClick(grid, key)
        assert grid.currentIndex().row() == row
        assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))


def test_a_click_selects_and_a_second_one_opens(grid, qtbot):
    chosen, opened = [], []
    grid.photo_chosen.connect(chosen.append)
    grid.photo_opened.connect(opened.append)
    place = grid.visualRect(grid.model().index(2, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == ["/nowhere/00002.jpg"]
    assert [index.row() for index in grid.selectedIndexes()] == [2]
    qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == ["/nowhere/00002.jpg"]


def test_resizing_keeps_the_visible_photos_in_view(grid, qtbot):
    grid.choose("/nowhere/20000.jpg")
    top = grid.indexAt(QPoint(0, 0)).row()
    grid.resize(1300, 600)
    qtbot.waitUntil(lambda: grid.columns() > 5)
    assert top - grid.columns() < grid.indexAt(QPoint(0, 0)).row() <= top


def test_only_photos_near_the_visible_ones_are_looked_up(grid, qtbot):
    qtbot.waitUntil(lambda: len(grid.looked) > 0)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    grid.grab()
    assert max(grid.looked) == 49_999
    assert len({*grid.looked}) < 200


def test_the_interpreter_settings_are_restored(qapp):
    before, collecting = sys.getswitchinterval(), gc.isenabled()
    scheduling = Scheduling()
    assert sys.getswitchinterval() < before
    assert not gc.isenabled()
    with uninterrupted():
        assert sys.getswitchinterval() > before
    assert sys.getswitchinterval() < before
    knot = [1]
    knot.append(knot)
    scheduling._all_at = scheduling._middle_at = 0.0
    del knot
    scheduling.collect()
    scheduling.end()
    assert (sys.getswitchinterval(), gc.isenabled()) == (before, collecting)


class Painted(UniformGridView):
    """A delegate that records the cells it paints."""

    areas: ClassVar[list[QRect]] = []

    def _paint(self, region):
        self.areas.append(QRect(region.boundingRect()))
        super()._paint(region)


def test_scrolling_paints_everything_visible(qtbot):
    grid = Painted()
    qtbot.addWidget(grid)
    grid.setModel(QStringListModel([str(number) for number in range(1000)], grid))
    grid.resize(500, 400)
    grid.show()
    grid.updateGeometries()
    qtbot.waitUntil(lambda: bool(grid.areas))
    QApplication.processEvents()
    grid.areas.clear()
    grid.verticalScrollBar().setValue(50)
    qtbot.waitUntil(lambda: grid.viewport().rect() in grid.areas)


def test_a_low_grid_keeps_its_captions_visible(qtbot):
    grid = PhotoGrid(lines=3)
    qtbot.addWidget(grid)
    grid.resize(600, 600)
    grid.show()
    assert grid.cell().height() - grid.below() == PICTURE_HEIGHT
    assert grid.lines() == 3
    grid.resize(600, grid.least_height() + 2 * grid.frameWidth())
    assert grid.cell().height() <= grid.viewport().height()
    assert grid.lines() == 2, "the file name is in the tooltip"
    grid.shut_down()


def test_found_photos_are_shown_from_the_top(grid):
    grid.choose("/nowhere/31234.jpg")
    assert grid.verticalScrollBar().isEnabled()
    assert grid.verticalScrollBar().value() > 0
    found = PhotoItems(500, lambda row: PhotoItem(f"{row:05d}.jpg", ""), lambda path: -1)
    grid.show_photos("/nowhere", found)
    assert grid.verticalScrollBar().value() == 0
    grid.show_photos("/nowhere", PhotoItems(1, lambda row: PhotoItem("1.jpg", ""), lambda path: -1))
    assert not grid.verticalScrollBar().isEnabled(), "nothing to scroll to: no handle"


def test_a_narrow_caption_has_the_class_and_not_only_the_split(qapp):
    metrics, names = QFontMetrics(qapp.font()), DistinctNames()
    line = Line("grasshoppers · validation", name="grasshoppers")
    whole = metrics.horizontalAdvance(line.text)
    assert line.fitted(metrics, whole + 1, names) == (line.text, "")
    assert line.fitted(metrics, whole - 20, names)[0].endswith(" · validation")
    assert line.fitted(metrics, metrics.horizontalAdvance("grasshoppers") + 2, names)[0] == "grasshoppers"
