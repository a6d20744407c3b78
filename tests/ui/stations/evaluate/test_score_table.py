"""The table of scores per class: its order, and what sorting costs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.session.evaluation.class_rows import ClassRow
from studio.ui.stations.evaluate.tables.score_table import ScoreModel, ScoreTable

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def rows(*recalls: float | None) -> tuple[ClassRow, ...]:
    return tuple(ClassRow(name, 9, 0.5, recall, 0.5) for name, recall in zip("bAcd", recalls, strict=True))


def names(table: ScoreTable) -> str:
    return "".join(table.model().index(row, 0).data() for row in range(table.model().rowCount()))


def test_classes_are_sorted_and_keep_their_selection_when_the_scores_change(qtbot: QtBot) -> None:
    table = ScoreTable()
    qtbot.addWidget(table)
    table.scores.show(rows(0.3, 0.1, None, 0.3))
    assert names(table) == "bAcd", "as the labels"
    table.sortByColumn(0, UP)
    assert names(table) == "Abcd"
    table.sortByColumn(3, DOWN)
    assert names(table) == "bdAc", "equal ones as the labels, the unknown one last"
    table.choose(["A"])
    table.scores.show(rows(0.3, 0.9, None, 0.4))
    assert names(table) == "Adbc", "sorted again"
    assert [table.class_at(index) for index in table.selectionModel().selectedRows()] == ["A"]
    assert [index.row() for index in table.selectionModel().selectedRows()] == [0]
    table.sortByColumn(-1, UP)
    assert names(table) == "bAcd"
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]


def test_the_key_of_each_class_is_read_once_per_sorting(qtbot: QtBot, monkeypatch: Any) -> None:
    table, read = ScoreTable(), []
    qtbot.addWidget(table)
    table.scores.show(tuple(ClassRow(f"{number}", number * 7 % 100, 0.5, 0.5, 0.5) for number in range(100)))
    sorted_by = ScoreModel._sorted_by
    monkeypatch.setattr(ScoreModel, "_sorted_by", staticmethod(lambda *of: read.append(of) or sorted_by(*of)))
    table.sortByColumn(1, UP)
    assert len(read) == 100
    assert names(table).startswith("0438629")
