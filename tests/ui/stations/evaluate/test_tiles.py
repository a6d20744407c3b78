"""The row of metrics at the top of the Evaluate page."""

from __future__ import annotations

from typing import Any

from measured_layouts import Measured
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.session.evaluation.metric_tiles import Tile
from studio.ui.stations.evaluate.summary.tiles import Tiles


class MeasuredTiles(Measured, Tiles):
    pass


def tiles(number: int) -> list[Tile]:
    return [Tile(f"metric{place}", f"Metric {place}", "60 %", "57–63 %", "What it measures") for place in range(number)]


def test_more_metrics_lay_out_the_page_as_often_as_one_more(qtbot: Any) -> None:
    asked = []
    for number in (3, 9):
        page = QWidget()
        qtbot.addWidget(page)
        row = MeasuredTiles(page)
        QVBoxLayout(page).addWidget(row)
        page.resize(1200, 200)
        page.show()
        row.show_tiles(tiles(2))
        row.asked = 0
        row.show_tiles(tiles(number))
        asked.append(row.asked)
        assert [card.isVisible() for card in row.cards.values()] == [True] * number
    assert asked[0] == asked[1] > 0


def test_metrics_of_a_run_before_are_hidden(qtbot: Any) -> None:
    row = Tiles()
    qtbot.addWidget(row)
    row.show()
    row.show_tiles(tiles(3))
    row.show_tiles(tiles(3)[1:])
    assert [card.title.text() for card in row.cards.values() if card.isVisible()] == ["Metric 1", "Metric 2"]
