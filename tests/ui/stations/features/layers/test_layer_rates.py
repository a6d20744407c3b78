"""Learning rates of single layers in the layer tree: shown, typed, removed."""

from __future__ import annotations

from typing import Any

import pytest
import states
from drawn_page import DrawnPage
from fonts import STRETCHES, font
from layer_tree_cells import text
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionFrame

from studio.spec import FreezePlan, LayerRate
from studio.spec.structs import replace
from studio.ui.stations.features.layers.layer_cells import RATE
from studio.ui.stations.features.layers.rate_editor import RateEditor
from studio.ui.stations.features.page import FeaturesPage

THAWED = FreezePlan("all", thaw=("layer2.1",))


def test_rates_are_shown_only_for_layers_that_train(page: FeaturesPage) -> None:
    tree = page.layers.tree
    page.show_state(states.state())
    assert tree.isColumnHidden(RATE)
    page.show_state(states.state(FreezePlan("all", thaw=("layer1.1", "layer2")), backbone_lr=1e-4, layer_decay=0.5))
    assert not tree.isColumnHidden(RATE)
    assert text(page, "layer2.1", RATE) == "1e-4"
    assert text(page, "layer2.0.conv", RATE) == "5e-5"
    assert text(page, "layer2", RATE) == "5e-5 – 1e-4"
    assert text(page, "stem", RATE) == "–"
    page.show_state(states.state(THAWED, layer_rates=(LayerRate("of.another.network", 1.0),)))
    assert text(page, "layer2.1", RATE) == "1e-5"


def test_a_rate_is_typed_after_f2_and_removed_by_an_empty_text(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    before = states.state(THAWED)
    page.show_state(before)
    tree = page.layers.tree
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)

    def typed(path: str, words: str) -> None:
        tree.choose(path)
        qtbot.keyClick(tree, Qt.Key.Key_F2)
        editor = tree.findChild(RateEditor)
        assert editor is not None
        editor.selectAll()
        qtbot.keyClick(editor, Qt.Key.Key_Delete)
        qtbot.keyClicks(editor, words)
        qtbot.keyClick(editor, Qt.Key.Key_Return)

    typed("layer2.1.conv", "fast")
    assert emitted == []
    editor = tree.findChild(RateEditor)
    assert editor is not None, "it stays open until it makes sense"
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: tree.findChild(RateEditor) is None)
    typed("layer2.1.conv", "3e-4")
    qtbot.waitUntil(lambda: bool(emitted))
    assert [spec.train.layer_rates for spec in emitted] == [(LayerRate("layer2.1.conv", 3e-4),)]
    page.show_state(replace(before, spec=emitted.pop()))
    assert text(page, "layer2.1.conv", RATE) == "3e-4"
    assert text(page, "layer2.1", RATE) == "1e-5 – 3e-4"
    qtbot.waitUntil(lambda: tree.findChild(RateEditor) is None)
    typed("layer2.1.conv", "")
    qtbot.waitUntil(lambda: bool(emitted))
    assert emitted.pop().train.layer_rates == ()
    tree.choose("stem")
    qtbot.waitUntil(lambda: tree.findChild(RateEditor) is None)
    qtbot.keyClick(tree, Qt.Key.Key_F2)
    assert tree.findChild(RateEditor) is None, "a frozen layer has no rate"


@pytest.mark.slow
def test_a_rate_set_by_hand_is_not_clipped_in_its_cell(page: FeaturesPage) -> None:
    page.show()
    tree = page.layers.tree
    before = states.state(THAWED)
    page.show_state(before)  # the column is as wide as its usual rates
    for rates in ((LayerRate("layer2.1.conv", 3e-4),), (LayerRate("layer2.1.conv", 1.2345e-4),)):
        page.show_state(replace(before, spec=states.spec(freeze=THAWED, layer_rates=rates)))
        for path in ("layer2.1.conv", "layer2.1"):  # of the group below it: lowest and highest
            tree.choose(path)
            index = tree.currentIndex().siblingAtColumn(RATE)
            assert tree.sizeHintForIndex(index).width() <= tree.columnWidth(RATE), index.data()


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_the_editor_of_a_rate_shows_all_its_digits(qapp: QApplication, qtbot: Any, stretch: int) -> None:
    with font(qapp, stretch):
        page = DrawnPage()
        qtbot.addWidget(page)
        page.resize(1088, 480)  # as in the smallest window
        page.show()
        rates = (LayerRate("layer2.0.conv", 1e-5), LayerRate("layer2.1.conv", 0.00012345))
        page.show_state(states.state(FreezePlan("all", thaw=("layer2",)), layer_rates=rates))
        tree = page.layers.tree
        for path, before in (("layer2.0.conv", "1e-5"), ("layer2.1.conv", "1.2345e-4"), ("layer2.1", "")):
            tree.choose(path)
            qtbot.keyClick(tree, Qt.Key.Key_F2)
            editor = tree.findChild(RateEditor)
            assert editor is not None
            assert editor.text() == before
            option = QStyleOptionFrame()
            editor.initStyleOption(option)
            inner = editor.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, editor)
            for text in (before, editor.placeholderText(), "1e-05", "0.00012345"):
                assert editor.fontMetrics().horizontalAdvance(text) + 4 <= inner.width(), text
            assert editor.fontMetrics().height() <= inner.height()
            assert tree.viewport().rect().contains(editor.geometry()), "all of it can be seen"
            qtbot.keyClick(editor, Qt.Key.Key_Escape)
            qtbot.waitUntil(lambda: tree.findChild(RateEditor) is None)
