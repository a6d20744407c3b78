"""The arrow of the order is beside the title of its column, in columns of words and of numbers."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication

from studio.session.evaluation.class_rows import ClassRow
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.theme import theme
from studio.ui.widgets.tables.sort_header import ARROW, SortHeader


@pytest.fixture
def table(qapp: QApplication, qtbot: Any) -> ScoreTable:
    theme.apply(qapp, "light")
    one = ScoreTable()
    theme.style(one)
    qtbot.addWidget(one)
    one.resize(700, 200)
    one.show()
    one.scores.show([ClassRow("ants", 70, 0.9, 0.9, 0.9), ClassRow("bees", 80, 0.8, 0.8, 0.8)])
    return one


@pytest.mark.parametrize("column", range(5))
def test_the_arrow_covers_no_title(table: ScoreTable, column: int) -> None:
    header = table.horizontalHeader()
    assert isinstance(header, SortHeader)
    table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    section = QRect(header.sectionViewportPosition(column), 0, header.sectionSize(column), header.height())
    title = header.fontMetrics().horizontalAdvance(table.model().headerData(column, Qt.Orientation.Horizontal))
    left, padding = header.arrow_place(section, column), 9
    if column:
        assert section.left() <= left
        assert left + ARROW <= section.right() + 1 - padding - title
    else:
        assert left >= section.left() + padding + title
        assert left + ARROW <= section.right() + 1


def test_the_arrow_is_drawn_where_it_belongs_and_turns(table: ScoreTable) -> None:
    header = table.horizontalHeader()
    pictures = []
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        table.sortByColumn(2, order)
        section = QRect(header.sectionViewportPosition(2), 0, header.sectionSize(2), header.height())
        left = int(header.arrow_place(section, 2))
        image = header.grab().toImage()
        middle = header.height() // 2
        shape = [
            sum(image.pixelColor(x, y).lightness() < 160 for x in range(left, left + ARROW))
            for y in range(middle - 3, middle + 4)
        ]
        assert any(shape), "the arrow is drawn"
        pictures.append(shape)
    half = len(pictures[0]) // 2
    assert sum(pictures[0][:half]) < sum(pictures[0][half + 1 :]), "ascending: the tip is above"
    assert sum(pictures[1][:half]) > sum(pictures[1][half + 1 :])
