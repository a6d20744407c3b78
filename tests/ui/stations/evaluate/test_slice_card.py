"""The card of slices: its table, its filter, and the photos of a slice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from studio.evaluate.documents import evaluation
from studio.evaluate.slices import SliceValues
from studio.session import part_results
from studio.session.part_results import PartResults
from studio.spec.structs import replace
from studio.ui.stations.evaluate.tables.slice_card import SliceCard
from studio.ui.stations.evaluate.tables.slice_table import RIGHT
from studio.ui.theme import theme


@pytest.fixture
def results() -> PartResults:
    data = states.dataset(each=40)
    plain = part_results.of_events("/runs/1", data, states.predicted(data, {0: 0.7, 3: 0.95, 12: 0.8}))
    names = ["<b>North</b>"] * 34 + ["South"] * 6
    slices = evaluation.part_slices(plain.judged, SliceValues({"sharpness": np.linspace(0, 1, 40)}, {"site": names}))
    document = {"slices": evaluation.slice_rows(plain.judged, slices)}
    return replace(plain, document=document, slice_photos=tuple(one.photos for one in slices))


@pytest.fixture
def card(show: Any, results: PartResults) -> SliceCard:
    card = show(SliceCard(), 640, 360)
    card.show_part(results)
    return card


def words(card: SliceCard) -> list[str]:
    model = card.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_a_click_and_enter_show_the_photos_of_a_slice(card: SliceCard, results: PartResults, qtbot: Any) -> None:
    assert words(card)[0] == "Least sharp, 0 to 0.25"
    with qtbot.waitSignal(card.photos_requested) as signal:
        place = card.table.visualRect(card.table.model().index(0, 0)).center()
        qtbot.mouseClick(card.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert signal.args[0].paths[0] == results.judged.paths[3]
    assert len(signal.args[0].paths) == 10
    card.table.setCurrentIndex(card.table.model().index(1, 0))
    with qtbot.waitSignal(card.photos_requested) as signal:
        qtbot.keyClick(card.table, Qt.Key.Key_Return)
    assert signal.args[0].title == words(card)[1]


def test_a_column_hidden_by_the_user_stays_hidden(card: SliceCard) -> None:
    card.table.columns.choose(RIGHT, False)
    card.by.setCurrentIndex(1)
    card.by.activated.emit(1)
    assert card.table.isColumnHidden(RIGHT)
    card.table.columns.choose(RIGHT, True)
    assert not card.table.isColumnHidden(RIGHT)


def test_few_photos_are_gray_and_last(card: SliceCard) -> None:
    assert words(card)[-1] == "site South"
    last = card.table.model().index(len(words(card)) - 1, 0)
    assert last.data(Qt.ItemDataRole.ForegroundRole) == QColor(theme.current().muted)
    assert "say little" in last.data(Qt.ItemDataRole.ToolTipRole)
    for scheme in ("dark", "light"):
        theme.apply(QGuiApplication.instance(), scheme)
        card.grab()
    theme.apply(QGuiApplication.instance(), "system")


def test_the_slice_table_can_show_a_single_property(card: SliceCard, results: PartResults) -> None:
    assert [card.by.itemText(place) for place in range(card.by.count())] == ["All properties", "Sharpness", "site"]
    card.by.setCurrentIndex(2)
    card.by.activated.emit(2)
    assert words(card) == ["site <b>North</b>", "site South"]
    card.show_part(replace(results, run="/runs/2"))
    assert words(card) == ["site <b>North</b>", "site South"], "it stays for other results"


def test_rows_are_copied(card: SliceCard) -> None:
    card.table.copying.copy_all()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == ["Slice", "Photos", "Right", "Accuracy", "95 % interval"]
    assert lines[1][:4] == ["Least sharp, 0 to 0.25", "10", "8", "0.8"]


def test_a_table_is_chosen_and_removed(card: SliceCard, qtbot: Any) -> None:
    card.choose_table.click()
    card.choose_table.click()
    (dialog,) = card.findChildren(QFileDialog)
    with qtbot.waitSignal(card.table_requested) as signal:
        dialog.fileSelected.emit("/tables/sites.csv")
    dialog.close()
    assert signal.args == ["/tables/sites.csv"]
    assert not card.remove_table.isVisible()
    card.show_part(card._results, "/tables/sites.csv")
    assert "sites.csv" in card.remove_table.toolTip()
    with qtbot.waitSignal(card.table_requested) as signal:
        card.remove_table.click()
    assert signal.args == [""]
