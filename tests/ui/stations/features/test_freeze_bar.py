"""The freeze bar of the Features page: dragged, moved by keys, and spoken."""

from __future__ import annotations

import pytest
import states
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.freeze_bar import FreezeBar
from studio.ui.stations.features.page import FeaturesPage

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def plans(page: FeaturesPage) -> list[FreezePlan]:
    """Plans that the page requests; each becomes the current one at once, as in the window."""
    made: list[FreezePlan] = []

    def take(spec: object) -> None:
        made.append(spec.freeze)  # type: ignore[attr-defined]
        page.show_state(states.state(made[-1]))

    page.spec_changed.connect(take)
    page.show()
    page.show_state(states.state())
    return made


def at(bar: FreezeBar, place: int) -> QPoint:
    return QPointF(bar.width() / 2, bar.edge_y(place)).toPoint()


def test_keys_move_the_edge_and_the_ticks(page: FeaturesPage, plans: list[FreezePlan]) -> None:
    bar = page.layers.view.bar
    assert (bar.value(), bar.maximum()) == (5, 5)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_Up, Qt.Key.Key_End):
        QTest.keyClick(bar, key)
    ends = [plan.until or plan.base for plan in plans]
    assert ends == ["layer2.0", "layer1.1", "layer2.0", "none", "all"]
    assert page.layers.buttons["all"].isChecked()
    QTest.keyClick(bar, Qt.Key.Key_Up)
    assert page.layers.tree.layer_model.index_of("layer2.1").data(Qt.ItemDataRole.CheckStateRole) is (
        Qt.CheckState.Unchecked
    )
    assert bar.accessibleDescription().startswith("4 of 5 blocks frozen, up to layer2.0; ")
    assert "trainable" in bar.accessibleDescription()
    spoken = QAccessible.queryAccessibleInterface(bar)
    assert spoken.role() == QAccessible.Role.Slider
    assert spoken.text(QAccessible.Text.Name) == "Freeze bar: blocks frozen from the input on"
    assert spoken.valueInterface().currentValue() == 4
    assert not bar.callout.isHidden()


@pytest.mark.slow
def test_dragging_snaps_to_blocks_and_esc_restores_any_plan(page: FeaturesPage, plans: list[FreezePlan]) -> None:
    bar = page.layers.view.bar
    QTest.mousePress(bar, LEFT, pos=at(bar, 5))
    assert not bar.callout.isHidden()
    QTest.mouseMove(bar, at(bar, 3) + QPoint(0, 3))
    assert bar.value() == 3
    beside = bar.mapTo(bar.callout.parentWidget(), at(bar, 3)).y()
    assert bar.callout.geometry().top() <= beside <= bar.callout.geometry().bottom(), "it follows the edge"
    assert plans[-1] == FreezePlan("all", until="layer1.1")
    assert any(text.endswith("trainable") for text, _ in bar.callout.figures.lines)
    QTest.mouseRelease(bar, LEFT, pos=at(bar, 3))
    assert bar.callout.isHidden()
    mixed = FreezePlan("none", freeze=("stem", "layer2.0.conv"))
    page.show_state(states.state(mixed))
    assert (bar.value(), bar.bar.regular) == (1, False)
    QTest.mousePress(bar, LEFT, pos=at(bar, 1))
    QTest.mouseMove(bar, at(bar, 4))
    assert plans[-1].until == "layer2.0"
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert plans[-1] == mixed
    QTest.mouseMove(bar, at(bar, 2))
    assert plans[-1] == mixed, "the edge is let go of"


@pytest.mark.slow
def test_a_click_on_a_block_chooses_its_layer_and_the_wheel_changes_nothing(
    page: FeaturesPage, plans: list[FreezePlan]
) -> None:
    bar = page.layers.view.bar
    QTest.mouseClick(bar, LEFT, pos=QPoint(bar.width() // 2, int((bar.edge_y(3) + bar.edge_y(4)) / 2)))
    assert page.layers.tree.current_path() == "layer2.0"
    assert bar._current == "layer2.0"
    assert not plans


@pytest.mark.slow
def test_the_policy_of_batchnorm_stays_and_the_measure_is_remembered(
    page: FeaturesPage, plans: list[FreezePlan]
) -> None:
    bar = page.layers.view.bar
    page.show_state(states.state(FreezePlan("all", batch_norm="update")))
    QTest.keyClick(bar, Qt.Key.Key_Up)
    assert plans[-1] == FreezePlan("all", until="layer2.0", batch_norm="update")
    before = bar._layout.tops
    bar.menu.actions()[2].trigger()
    assert bar.measure == "memory"
    assert bar._layout.tops != before
    other = FreezeBar(page)
    other.restore(bar.choice())
    assert other.measure == "memory"
    other.restore({"measure": 99})
    assert other.measure == "parameters"
    page.show_state(replace(states.state(), layers=None))
    bar.grab()
