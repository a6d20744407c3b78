"""Shapes, operations and problems in the layer tree, its columns, its search, and copies of it."""

from __future__ import annotations

import pytest
import states
from layer_tree_cells import text
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio.events import LayerTimes, MultiplyAdds, NetworkShapes
from studio.formatting import numbers
from studio.session import reducer
from studio.session.plan import layer_sizes
from studio.session.state import AppState, JobState
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.layers.layer_cells import INPUT, MACS, MEMORY, PARAMETERS, SHAPE, STATE, TIME
from studio.ui.stations.features.layers.layer_tree import LayerTree
from studio.ui.stations.features.page import FeaturesPage


def shapes(side: int | None = None, double: int = 1) -> NetworkShapes:
    """The small network's shapes, its maps `double` times as wide and high."""
    table = states.small_table()
    rows = tuple(
        replace(
            layer,
            input_shape=(layer.input_shape[0], *(double * one for one in layer.input_shape[1:])),
            output_shape=(layer.output_shape[0], *(double * one for one in layer.output_shape[1:])),
        )
        for layer in table.layers
    )
    macs = {layer.path: 1000 * (place + 1) for place, layer in enumerate(rows)}
    table = replace(table, layers=rows, image_size=(32 * double, 32 * double))
    return NetworkShapes(states.BACKBONE, side, table, MultiplyAdds(states.BACKBONE, table.image_size, macs, 10**7))


def looked(side: int | None = None, double: int = 1, freeze: FreezePlan | None = None) -> AppState:
    return replace(states.state(freeze), shapes=shapes(side, double))


def test_shapes_operations_and_memory_follow_image_size_and_batch(page: FeaturesPage) -> None:
    page.show_state(states.state())
    tree = page.layers.tree
    current = tree.current_path()
    assert text(page, "stem", MACS) == "–", "they are not counted yet"
    page.show_state(looked(64, 2))
    assert (text(page, "stem", INPUT), text(page, "stem", SHAPE)) == ("3 × 64 × 64", "4 × 32 × 32")
    assert text(page, "stem", MACS) == numbers.count(1000)
    page.layers.tools.batch.setValue(8)
    assert text(page, "stem", SHAPE) == "8 × 4 × 32 × 32"
    assert text(page, "stem", MACS) == numbers.count(8000)
    assert text(page, "stem", MEMORY) == numbers.megabytes(8 * 4 * 32 * 32 * 4)
    assert text(page, "stem", PARAMETERS) == "108"
    assert tree.current_path() == current
    model = tree.layer_model
    head = [str(model.index(model.rowCount() - 1, column).data()) for column in (INPUT, SHAPE, MACS)]
    assert head == ["8 × 8", "8 × 2", numbers.count(8 * 8 * 2)]


@pytest.mark.slow
def test_another_image_size_is_derived_and_changes_no_setting(page: FeaturesPage) -> None:
    page.show_state(looked())
    jobs: list[tuple[str, BackboneSpec]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments[0])))
    changed: list[object] = []
    page.spec_changed.connect(changed.append)
    side = page.layers.tools.side
    assert side.value() == 224
    side.setValue(96)
    QTest.keyClick(side, Qt.Key.Key_Escape)
    assert [(name, spec.name, spec.weights, spec.image_size) for name, spec in jobs] == [
        ("shapes", states.BACKBONE, "none", 96),
        ("shapes", states.BACKBONE, "none", None),
    ]
    assert not changed
    side.setValue(96)
    page.show_state(looked(96))
    assert side.value() == 96, "the look stays while the settings do"
    larger = BackboneSpec(states.BACKBONE, image_size=128)
    page.show_state(replace(looked(96), spec=replace(states.spec(), backbone=larger), layers_for=larger))
    assert side.value() == 128


def test_derived_shapes_are_those_of_the_network_chosen_now() -> None:
    state = reducer.reduce(states.state(), "shapes", shapes())
    assert layer_sizes.shapes_now(state) is state.shapes is not None
    other = replace(state, spec=replace(state.spec, backbone=BackboneSpec("alexnet")))
    assert layer_sizes.shapes_now(other) is None


def test_problems_are_listed_and_point_at_their_layer(page: FeaturesPage) -> None:
    page.show_state(looked())
    problems = page.layers.problems
    assert problems.list.isHidden()
    assert problems._fits.text() == (
        "Every layer runs on 1 photo of 32 × 32, 0.01\u202fGMACs; 2 outputs fit the 2 classes."
    )
    page.show_state(looked(freeze=FreezePlan("none", freeze=("layer2.0.conv",))))
    assert not problems.list.isHidden()
    assert problems._fits.isHidden()
    item = problems.list.item(0)
    assert item.text() == "layer2.0.conv is frozen, although stem before it trains."
    problems.list.itemActivated.emit(item)
    assert page.layers.tree.current_path() == "layer2.0.conv"
    refused = NetworkShapes(states.BACKBONE, 1, problem="It cannot take photos of 1 × 1 pixels.", advice="Larger.")
    page.show_state(replace(states.state(), shapes=refused))
    assert problems.list.item(0).text() == refused.problem
    assert text(page, "stem", SHAPE) == "4 × 16 × 16", "the shapes of the settings stay"


@pytest.mark.slow
def test_measured_times_and_their_shares_are_shown_for_the_size_they_were_measured_at(page: FeaturesPage) -> None:
    page.resize(1600, 700)
    page.show()
    page.show_state(looked())
    tree, tools = page.layers.tree, page.layers.tools
    assert tree.isColumnHidden(TIME)
    jobs: list[tuple[object, ...]] = []
    page.job_requested.connect(lambda *job: jobs.append(job))
    tools.batch.setValue(4)
    tools.measure.trigger()
    assert jobs == [("layer_times", (states.spec().backbone, 4))]
    times = LayerTimes(states.BACKBONE, (32, 32), 4, 3, {"stem": 0.002, "layer1": 0.0005}, 0.01)
    page.show_state(replace(looked(), layer_times=times))
    assert not tree.isColumnHidden(TIME)
    assert text(page, "stem", TIME) == "2.0\u202fms, 20\u202f%"
    assert text(page, "layer1", TIME) == "0.50\u202fms, 5.0\u202f%"
    assert text(page, "layer2", TIME) == "–"
    page.show_state(replace(looked(64, 2), layer_times=times))
    assert text(page, "stem", TIME) == "–", "they are of another image size"
    busy = replace(looked(), jobs={"train": JobState("train")})
    page.show_state(busy)
    assert not tools.measure.isEnabled()


@pytest.mark.slow
def test_columns_are_shown_hidden_and_remembered(page: FeaturesPage) -> None:
    page.show()
    page.show_state(looked())
    tree = page.layers.tree
    tree.columns.choose(STATE, False)
    tree.columns.choose(INPUT, True)
    saved = tree.widths()
    other = LayerTree(page)
    other.restore(saved)
    assert other.columns.choice == {STATE: False, INPUT: True}
    page.resize(1000, 600)
    assert (tree.isColumnHidden(STATE), tree.isColumnHidden(INPUT)) == (True, False)
    tree.restore({"shown.0": 0, "shown.99": 1, "shown.x": 1})
    assert tree.columns.choice == {}
    assert not tree.isColumnHidden(STATE)


@pytest.mark.slow
def test_a_search_hides_other_layers_until_it_is_cleared(page: FeaturesPage) -> None:
    page.show_state(looked())
    tree, tools = page.layers.tree, page.layers.tools
    model = tree.layer_model

    def shown(path: str) -> bool:
        index = model.index_of(path)
        return not tree.isRowHidden(index.row(), index.parent())

    tree.collapseAll()
    tools.search.setText("BATCHNORM layer1")
    assert tools.match_count.text() == "2 layers"
    assert shown("layer1.0.bn")
    assert tree.isExpanded(model.index_of("layer1.0"))
    assert not shown("layer1.0.conv")
    assert not shown("stem")
    QTest.keyClick(tools.search, Qt.Key.Key_Return)
    assert tree.current_path() == "layer1.0.bn"
    QTest.keyClick(tools.search, Qt.Key.Key_Return)
    assert tree.current_path() == "layer1.1.bn"
    QTest.keyClick(tools.search, Qt.Key.Key_Escape)
    assert shown("stem")
    assert not tree.isExpanded(model.index_of("layer2"))
    assert tree.isExpanded(model.index_of("layer1.1")), "the current row stays in view"
    assert tools.match_count.isHidden()


@pytest.mark.slow
def test_the_table_is_copied_with_exact_numbers(page: FeaturesPage) -> None:
    page.show_state(looked())
    tree = page.layers.tree
    tree.columns.choose(STATE, False)
    copied = []
    for action in tree.copy_formats:
        action.trigger()
        copied.append(QGuiApplication.clipboard().text().splitlines())
    csv, markdown = copied
    assert csv[0].startswith("Layer,Type,Input shape,Output shape,Parameters,")
    assert "State" not in csv[0]
    assert "layer2.1.conv,Conv2d,4 × 16 × 16,8 × 8 × 8,1584,0," in "".join(csv)
    assert markdown[0].startswith("| Layer | Type | Input shape |")
    assert markdown[1].startswith("| --- | --- | --- | --- | ---: |")
    assert "| layer2.1.conv | Conv2d | 4 × 16 × 16 | 8 × 8 × 8 | 1584 | 0 |" in "".join(markdown)
