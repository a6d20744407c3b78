"""Check marks, presets and BatchNorm statistics on the Features page, and the freeze plans that they choose."""

from __future__ import annotations

from typing import Any

import pytest
import states
from layer_tree_cells import text, ticks
from PySide6.QtCore import QPoint, Qt

from studio.planning import blocks, freezing
from studio.spec import FreezePlan
from studio.ui.stations.features.layers.layer_cells import CHECKED, PARTLY, STATE, UNCHECKED
from studio.ui.stations.features.page import FeaturesPage


def thawed(table: Any, freeze: FreezePlan) -> set[str]:
    return {layer.path for layer in table.layers if layer.leaf} - freezing.frozen_leaves(freeze, table.layers)


def test_unticking_a_block_asks_for_the_plan_that_thaws_exactly_it(page: FeaturesPage, qtbot: Any) -> None:
    before = states.state()
    page.show_state(before)
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.layers.tree.choose("layer2.1")
        qtbot.keyClick(page.layers.tree, Qt.Key.Key_Space)
    assert signal.args[0].freeze == FreezePlan("all", thaw=("layer2.1",))
    assert signal.args[0].backbone == before.spec.backbone


def test_a_click_on_the_tick_toggles_and_a_click_on_the_name_does_not(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    page.show_state(states.state())
    tree = page.layers.tree
    rect = tree.visualRect(tree.layer_model.index_of("stem"))
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() + QPoint(20, 0))
    assert emitted == []
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.left() + 14, rect.center().y()))
    assert [spec.freeze for spec in emitted] == [FreezePlan("all", thaw=("stem",))]


def test_parents_of_a_thawed_block_are_partially_checked(page: FeaturesPage) -> None:
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    assert ticks(page, "layer2") is PARTLY
    assert ticks(page, "layer2.1") is UNCHECKED
    assert ticks(page, "layer2.0") is CHECKED
    assert ticks(page, "layer1") is CHECKED
    assert text(page, "layer2", STATE) == "part frozen"
    assert text(page, "layer2.1", STATE) == "trains"


def test_freeze_up_to_here_freezes_all_layers_that_run_before(page: FeaturesPage, qtbot: Any) -> None:
    page.show_state(states.state())
    page.layers.tree.choose("layer1")
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.layers.until.click()
    freeze = signal.args[0].freeze
    assert freeze == FreezePlan("all", until="layer1")
    table = states.small_table()
    assert thawed(table, freeze) == {layer.path for layer in table.layers if layer.leaf and layer.order > 7}
    with qtbot.waitSignal(page.spec_changed) as signal:
        qtbot.keyClick(page.layers.tree, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert signal.args[0].freeze == freeze


@pytest.mark.parametrize("key", ["last", "none"])
def test_the_presets_of_the_freeze_plan(page: FeaturesPage, qtbot: Any, key: str) -> None:
    table = states.small_table()
    expected = {"last": blocks.last_block(table), "none": FreezePlan("none")}[key]
    page.show_state(states.state())
    assert page.layers.buttons["all"].isChecked()
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.layers.buttons[key].click()
    assert signal.args[0].freeze == expected
    page.show_state(states.state(expected))
    assert [name for name, button in page.layers.buttons.items() if button.isChecked()] == [key]


def test_choosing_batch_norm_statistics_shows_their_cost(page: FeaturesPage, qtbot: Any) -> None:
    card = page.layers
    page.show_state(states.state())
    assert card.statistics.currentData() == "keep"
    with qtbot.waitSignal(page.spec_changed) as signal:
        card.statistics.activated.emit(2)
    assert signal.args[0].freeze == FreezePlan(batch_norm="update")
    with qtbot.waitSignal(page.spec_changed) as signal:
        card.statistics.activated.emit(1)
    assert signal.args[0].freeze == FreezePlan(batch_norm="thawed")
    page.show_state(states.state(FreezePlan(batch_norm="update")))
    assert card.statistics.currentData() == "update"
    assert "moves before the first BatchNorm" in card._cost.text()
    with qtbot.waitSignal(page.spec_changed) as signal:
        card.buttons["none"].click()
    assert signal.args[0].freeze == FreezePlan("none", batch_norm="update"), "ticks do not change it"
    with qtbot.waitSignal(page.spec_changed) as signal:
        card.tree.choose("layer2.1")
        qtbot.keyClick(card.tree, Qt.Key.Key_Space)
    assert signal.args[0].freeze == FreezePlan("all", thaw=("layer2.1",), batch_norm="update")


def test_a_plan_of_another_network_does_not_break_the_page(page: FeaturesPage) -> None:
    page.show_state(states.state(FreezePlan("all", thaw=("blocks.9",))))
    assert ticks(page, "layer2") is CHECKED
