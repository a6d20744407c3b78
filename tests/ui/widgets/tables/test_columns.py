"""Columns of tables: they fit their texts in any font, can be dragged, are saved, and keep rows distinguishable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import states
from epochs import class_epoch
from fonts import STRETCHES, font
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QHeaderView

from studio.catalog import catalog
from studio.session import settings
from studio.session.evaluation.class_rows import ClassRow
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.stations.features.layers.layer_cells import STATE
from studio.ui.stations.head.epoch_table import USUAL, WORDS
from studio.ui.stations.head.page import HeadPage
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.stations.images.page import ImagesPage
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import fitting

OVERFIT = tuple(class_epoch(n, 0.7 / n, 0.9, 0.3 + 0.02 * n, 0.9, 0.2, lr=1e-3) for n in range(1, 9))


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_comments_on_epochs_fit_into_a_window_of_1280(qapp: QApplication, qtbot: Any, stretch: int) -> None:
    with font(qapp, stretch):
        page = HeadPage()
        qtbot.addWidget(page)
        page.resize(1248, 612)
        page.show()
        page.show_state(states.state().showing(replace(states.run(), epochs=OVERFIT)))
        page.parts.finish()
        table, model = page.table, page.table.epochs
        cells = [str(model.index(row, WORDS).data()) for row in range(model.rowCount())]
        assert USUAL in cells
        rooms = table.columnWidth(WORDS) - 12
        for text in cells:
            assert table.fontMetrics().horizontalAdvance(text) <= rooms, text
        long = model.index(0, WORDS)
        assert "training loss falls" in long.data(Qt.ItemDataRole.ToolTipRole)
        assert "training loss falls" in long.data(Qt.ItemDataRole.AccessibleTextRole)
        for column in range(model.columnCount()):
            if not table.isColumnHidden(column):
                assert table.columnWidth(column) >= table.horizontalHeader().sectionSizeHint(column), column


@pytest.mark.slow
def test_a_column_is_dragged_and_remembered(qtbot: Any, make_window: Any, tmp_path: Any) -> None:
    file = tmp_path / "window.json"
    window = make_window(settings=settings.Settings(file=file))
    table = window.pages["evaluate"].scores
    header = table.horizontalHeader()
    assert {header.sectionResizeMode(column) for column in range(header.count())} == {
        QHeaderView.ResizeMode.Interactive
    }
    table.columns.take(2, 333)
    assert table.columnWidth(2) == 333
    window.pages["features"].layers.tree.columns.by_hand[STATE] = 222
    window.leave()
    again = settings.load(file)
    assert again.columns["scores"] == {"2": 333}
    assert again.columns["layers"] == {str(STATE): 222}
    again.columns["layers"]["99"] = 5
    second = make_window(settings=again)
    assert second.pages["features"].layers.tree.columns.by_hand == {STATE: 222}, "one that is no more is ignored"
    assert second.pages["evaluate"].scores.columnWidth(2) == 333
    second.pages["evaluate"].scores.columns._forget(2)
    assert second.pages["evaluate"].scores.columnWidth(2) < 333
    file.write_text('{"columns": {"scores": {"x": 1, "0": "wide"}, "epochs": 3}}')
    assert settings.load(file).columns == {"scores": {"x": 1}}


def test_names_that_differ_at_their_ends_stay_different(qtbot: Any) -> None:
    table = ScoreTable()
    qtbot.addWidget(table)
    table.resize(500, 200)
    table.show()
    assert table.textElideMode() is Qt.TextElideMode.ElideMiddle
    data = states.dataset(
        classes=("a very long name of a class that ends in one", "a very long name of a class ending two")
    )
    table.scores.show([ClassRow(name, 5, 0.9, 0.9, 0.9) for name in data.classes])
    index = table.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == data.classes[0]


@pytest.mark.parametrize("stretch", STRETCHES)
def test_no_two_backbones_have_the_same_text_in_the_list(qapp: QApplication, stretch: int) -> None:
    with font(qapp, stretch):
        bold, room = theme.scaled(1.0, bold=True), 232 - 24 - 10 - 12  # the narrowest the page allows
        seen: dict[str, str] = {}
        for entry in catalog.load():
            metrics = QFontMetrics(fitting(bold, entry.name, room))
            shown = metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, room)
            assert shown not in seen, f"{entry.name} and {seen[shown]} are both “{shown}”"
            seen[shown] = entry.name


@pytest.mark.slow
def test_the_values_at_the_ends_leave_most_of_the_width_to_the_curves(qtbot: Any) -> None:
    page = HeadPage()
    qtbot.addWidget(page)
    page.resize(1088, 480)
    page.show()
    close = tuple(replace(one, val_loss=one.train_loss + 0.001) for one in states.epochs(8))
    page.show_state(states.state().showing(replace(states.run(), epochs=close)))
    page.parts.finish()
    for card in page.curves:
        plot = card.plot
        (left, right), (bottom, top) = plot._box.viewRange()
        assert 8 / (right - left) > 0.7, "of the width are curves"
        places = sorted(label.pos().y() for label in plot._ends.values())
        pixels = (places[1] - places[0]) / (top - bottom) * plot._box.height()
        assert pixels >= QFontMetrics(theme.scaled(0.9)).height(), "they do not collide"
        assert bottom <= places[0] <= places[1] <= top
        for name in ("train", "validation"):
            assert name in card.legend.text()


def test_the_user_shows_and_hides_columns_which_is_saved(qtbot: Any) -> None:
    def table() -> ScoreTable:
        made = ScoreTable()
        qtbot.addWidget(made)
        made.scores.show((ClassRow("ants", 12, 0.5, 0.6, 0.55),))
        made.resize(900, 200)
        made.show()
        return made

    one = table()
    menu = next(action.menu() for action in one.actions() if action.menu() is not None)
    menu.aboutToShow.emit()
    titles = {action.text(): action for action in menu.actions()}
    assert list(titles) == ["Photos", "Precision", "Recall", "F1"], "names stay"
    titles["Recall"].toggle()
    assert one.isColumnHidden(3)
    one.columns.take(2, 150)
    other = table()
    other.columns.restore(one.columns.state())
    assert [other.isColumnHidden(column) for column in range(5)] == [False, False, False, True, False]
    assert other.columnWidth(2) == 150
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert not one.isColumnHidden(3)
    assert one.columns.state() == {"2": 150}


@pytest.mark.slow
def test_the_headings_of_an_empty_table_are_not_shortened(show_page: Any, qapp: QApplication) -> None:
    page = show_page(ImagesPage())  # a style sheet is applied after the columns were made
    qapp.processEvents()
    table = page.findChild(ClassTable)
    header = table.horizontalHeader()
    assert table.model().rowCount() == 0
    for column in range(table.model().columnCount()):
        assert table.columnWidth(column) >= header.sectionSizeHint(column)
