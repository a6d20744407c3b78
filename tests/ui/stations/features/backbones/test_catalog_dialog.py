"""The table of all backbones."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from studio.catalog import catalog
from studio.ui.stations.features.backbones.catalog_dialog import CatalogDialog
from studio.ui.stations.features.backbones.catalog_model import STAR
from studio.ui.theme import theme


@pytest.fixture
def dialog(show: Any) -> CatalogDialog:
    dialog: CatalogDialog = show(CatalogDialog(), 980, 620)
    dialog.open_at("resnet18", ["vgg11"], ["resnet50"])
    return dialog


def shown(dialog: CatalogDialog) -> list[str]:
    return [entry.name for entry in dialog.model.entries]


def choose(dialog: CatalogDialog, key: str) -> None:
    dialog.show_only.setCurrentIndex(dialog.show_only.findData(key))
    dialog.show_only.activated.emit(dialog.show_only.currentIndex())


def test_the_chosen_backbone_is_selected_and_another_one_taken_by_key(dialog: CatalogDialog, qtbot: Any) -> None:
    assert dialog.model.entries[dialog.table.currentIndex().row()].name == "resnet18"
    taken: list[str] = []
    dialog.backbone_chosen.connect(taken.append)
    qtbot.keyClicks(dialog.search, "vgg11")
    assert all("vgg11" in name for name in shown(dialog))
    assert dialog.number.text() == f"{len(shown(dialog))} of {len(catalog.load()):,}"
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Return in the search chooses nothing"
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert taken == [shown(dialog)[1]]
    assert not dialog.isVisible()


def test_no_heading_is_cut_off_when_the_table_first_opens(qtbot: Any, qapp: QApplication) -> None:
    theme.apply(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    theme.style(window)
    dialog = CatalogDialog(window)
    dialog.open_at("resnet18", [], [])
    QApplication.processEvents()
    header = dialog.table.horizontalHeader()
    narrow = [column for column in range(header.count()) if header.sectionSize(column) < header.sectionSizeHint(column)]
    assert not narrow


def test_stars_by_click_and_key(dialog: CatalogDialog, qtbot: Any) -> None:
    changes: list[list[str]] = []
    dialog.favorites_changed.connect(changes.append)
    qtbot.keyClick(dialog.table, "*")
    row = dialog.model.row_of("vgg11")
    dialog.table.scrollTo(dialog.model.index(row, STAR))
    place = dialog.table.visualRect(dialog.model.index(row, STAR)).center()
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert changes == [["vgg11", "resnet18"], ["resnet18"]]
    choose(dialog, "favorites")
    assert shown(dialog) == ["resnet18"]
    choose(dialog, "recent")
    assert shown(dialog) == ["resnet50"]


def test_a_click_on_a_heading_sorts_and_an_empty_search_result_is_reported(dialog: CatalogDialog) -> None:
    dialog.table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    sizes = [entry.parameters for entry in dialog.model.entries]
    assert sizes == sorted(sizes)
    dialog.search.setText("no such network")
    assert not dialog.table.isVisible()
    assert "No backbone matches" in dialog.nothing.text()
    assert not dialog.use.isEnabled()
