"""A table is sorted by key, from its context menu."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from studio.events import Dataset, Photo
from studio.session.evaluation.class_rows import ClassRow
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.stations.images.class_table import ClassTable


def test_the_context_menu_sorts_and_reverses(qtbot: Any) -> None:
    table = ScoreTable()
    qtbot.addWidget(table)
    photos = {"bees": 9, "ants": 30, "wasps": 20}
    table.scores.show([ClassRow(name, number, 0.5, 0.5, 0.5) for name, number in photos.items()])
    table.setColumnHidden(4, True)
    (menu,) = [action.menu() for action in table.actions() if action.text() == "Sort by"]
    assert isinstance(menu, QMenu)

    def choose(text: str) -> list[str]:
        menu.aboutToShow.emit()
        (action,) = [one for one in menu.actions() if one.text() == text]
        action.trigger()
        return [table.model().index(row, 0).data() for row in range(3)]

    assert choose("Photos") == ["bees", "wasps", "ants"]
    assert choose("Photos") == ["ants", "wasps", "bees"]
    assert choose("Photos") == ["bees", "wasps", "ants"]
    assert choose("Class") == ["ants", "bees", "wasps"]
    menu.aboutToShow.emit()
    assert [one.text() for one in menu.actions()] == ["Order of the classes", "Class", "Photos", "Precision", "Recall"]
    assert [one.text() for one in menu.actions() if one.isChecked()] == ["Class"]
    assert choose("Order of the classes") == list(photos)
    assert table.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu


def test_the_classes_of_a_folder_are_sorted_as_by_a_click(qtbot: Any) -> None:
    table = ClassTable()
    qtbot.addWidget(table)
    photos = [
        Photo(f"{label}/{number}.jpg", label, "train") for label, count in enumerate((1, 3)) for number in range(count)
    ]
    table.show_classes(Dataset("/photos", ("ants", "bees"), tuple(photos)))
    (menu,) = [action.menu() for action in table.actions() if action.text() == "Sort by"]
    assert isinstance(menu, QMenu)
    seen = []
    for place in (-1, -1, 0):
        menu.aboutToShow.emit()
        menu.actions()[place].trigger()
        seen.append([table.model().index(row, 0).data() for row in range(2)])
    assert seen == [["bees", "ants"], ["ants", "bees"], ["ants", "bees"]]
    menu.aboutToShow.emit()
    assert menu.actions()[0].isChecked()
