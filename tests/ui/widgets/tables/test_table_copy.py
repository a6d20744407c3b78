"""Every table, list and tree copies its rows as tab-separated text, by key and by menu."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import states
from epochs import class_epoch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QMenu, QTableView, QTreeView

from studio.events import RunSummary
from studio.session.evaluation.class_rows import ClassRow
from studio.session.plan.layer_rows import CutMarker, NewHead
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.stations.features.backbones.backbone_list import BackboneList
from studio.ui.stations.features.layers.layer_tree import LayerTree
from studio.ui.stations.head.epoch_table import EpochTable
from studio.ui.stations.head.run_list import RunTable
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.table_copy import plain, text_of


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def clipboard() -> list[list[str]]:
    return rows_of(QGuiApplication.clipboard().text())


def table_of(*rows: tuple[str, ...]) -> RowTable:
    table = RowTable("Things")
    model = QStandardItemModel(table)
    model.setHorizontalHeaderLabels(["Name", "Number"])
    for row in rows:
        model.appendRow([QStandardItem(text) for text in row])
    table.setModel(model)
    return table


def test_keys_copy_the_selected_rows_or_all_of_them(show: Any, qtbot: Any) -> None:
    table = show(table_of(("ants", "12"), ("bees", "7"), ("wasps", "3")), 300, 200)
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    every = [["Name", "Number"], ["ants", "12"], ["bees", "7"], ["wasps", "3"]]
    assert clipboard() == every, "nothing is selected"
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == [["Name", "Number"], ["bees", "7"]]
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(table, Qt.Key.Key_C, both)
    assert clipboard() == every


def test_columns_are_in_the_order_shown_and_hidden_ones_are_copied(show: Any) -> None:
    table = show(table_of(("ants", "12")), 300, 200)
    table.horizontalHeader().moveSection(1, 0)
    table.setColumnHidden(0, True)
    assert rows_of(text_of(table)) == [["Number", "Name"], ["12", "ants"]]


def test_the_menu_has_the_two_actions(show: Any) -> None:
    table = show(table_of(("ants", "12")), 300, 200)
    assert table.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu
    assert [action.text() for action in table.actions()] == ["Copy rows", "Copy table"]
    menu = QMenu(table)
    table.copying.add_to(menu)
    menu.actions()[-1].trigger()
    assert clipboard() == [["Name", "Number"], ["ants", "12"]]


def test_a_cell_is_plain_text_on_one_line() -> None:
    assert [plain(value) for value in (None, "–", float("nan"), 0.123456789012, 3, True)] == [
        "", "", "", "0.123456789", "3", "True",
    ]  # fmt: skip
    assert [plain(text) for text in ("12,345 photos", "\u22121,234.5", "2,562")] == ["12345 photos", "-1234.5", "2562"]
    assert [plain(text) for text in ("ants, 2", "1,23", "5 of 12,345")] == ["ants, 2", "1,23", "5 of 12,345"]
    assert plain("94.8\u202f%") == "94.8 %"
    assert plain("\u22125.2") == "-5.2"
    assert plain("a\tb\nc\r") == "a b, c\\r"
    assert plain("長い名前 – Käfer") == "長い名前 – Käfer"


def test_epochs_are_copied_as_exact_numbers_with_hidden_columns(qtbot: Any) -> None:
    table = EpochTable()
    qtbot.addWidget(table)
    table.epochs.show([class_epoch(1, 1 / 3, 2 / 3, 0.7, 0.5, 12.5, lr=1e-3)])
    heading, row = rows_of(text_of(table))
    cells = dict(zip(heading, row, strict=True))
    assert cells["Epoch"] == "1"
    assert (cells["Train loss"], row[heading.index("Train loss") + 2]) == ("0.333333333", "0.666666667")
    assert (cells["Seconds"], cells["Rate"]) == ("12.5", "0.001")


def test_classes_scores_layers_and_backbones_are_copied(qtbot: Any) -> None:
    classes, scores, tree, backbones = ClassTable(), ScoreTable(), LayerTree(), BackboneList()
    for widget in (classes, scores, tree, backbones):
        qtbot.addWidget(widget)
    classes.show_classes(states.dataset(each=4000))
    assert rows_of(text_of(classes))[1] == ["ants", "2000", "2000", "4000"]
    scores.scores.show([ClassRow("ants\tred", 5, 1 / 3, 0.25, 0.5, (None, (0.1, 0.4), None))])
    heading, row = rows_of(text_of(scores))
    assert heading[:5] == ["Class", "Photos", "Precision", "Precision low", "Precision high"]
    assert row == ["ants red", "5", "0.333333333", "", "", "0.25", "0.1", "0.4", "0.5", "", ""]
    table = states.small_table()
    tree.show_table(table, (), NewHead(outputs=2), CutMarker())
    paths = [row[0] for row in rows_of(text_of(tree))[1:]]
    assert [path for path in paths if path in {layer.path for layer in table.layers}] == [
        layer.path for layer in table.layers
    ], "layers of closed branches, too, with their whole path"
    backbones.model.search("resnet18")
    heading, *rows = rows_of(text_of(backbones.view))
    assert (
        dict(zip(heading, next(row for row in rows if row[0] == "resnet18"), strict=True))["Parameters"] == "11176512"
    )


def test_runs_are_copied_with_their_facts(qtbot: Any) -> None:
    table = RunTable()
    qtbot.addWidget(table)
    table.runs.show((RunSummary("/runs/one", "done", states.spec("/photos"), epochs=3, seconds=1.5),), "")
    heading, row = rows_of(text_of(table))
    cells = dict(zip(heading, row, strict=True))
    assert (cells["Epochs"], cells["Seconds"], cells["Value"], cells["Folder"]) == ("3", "1.5", "", "/runs/one")


@pytest.mark.slow
def test_every_table_and_tree_of_the_window_copies(make_window: Any) -> None:
    window = make_window()
    views = [view for kind in (QTableView, QTreeView) for view in window.findChildren(kind)]
    silent = [view for view in views if "Copy table" not in {action.text() for action in view.actions()}]
    assert not [view for view in silent if view.objectName() != "averageGroup"]
    assert len(views) > 5
