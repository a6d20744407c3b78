"""The layer tree: its cells, its cut, and what the run shown proves about each layer."""

from __future__ import annotations

import pytest
import states
from layer_tree_cells import text
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from studio.formatting import numbers
from studio.planning import freezing
from studio.session.plan.layer_rows import LayerRows
from studio.spec import BackboneSpec, FreezePlan, HeadSpec
from studio.spec.structs import replace
from studio.ui.stations.features.layers.layer_cells import (
    INPUT,
    LAYER,
    MACS,
    MEMORY,
    ORDER,
    PARAMETERS,
    PROOF,
    RATE,
    SHAPE,
    STATE,
    TRAINABLE,
    TYPE,
)
from studio.ui.stations.features.layers.layer_model import CUT, LayerModel
from studio.ui.stations.features.page import FeaturesPage

THAWED = FreezePlan("all", thaw=("layer2.1",))


@pytest.mark.slow
def test_the_layer_model_follows_the_rules_of_qt(page: FeaturesPage) -> None:
    tester = QAbstractItemModelTester(
        page.layers.tree.layer_model, QAbstractItemModelTester.FailureReportingMode.Fatal, page
    )
    page.show_state(states.state())
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    page.show_state(states.state())
    page.show_state(replace(states.state(), layers=None))
    assert tester.model() is page.layers.tree.layer_model


def test_trainable_numbers_agree_with_the_plan(page: FeaturesPage) -> None:
    table, freeze = states.small_table(), FreezePlan("all", thaw=("layer2",))
    page.show_state(states.state(freeze))
    head = 8 * 2 + 2
    moving = freezing.trainable(freeze, table)
    assert text(page, "layer2", TRAINABLE) == numbers.count(moving)
    assert text(page, "layer1", TRAINABLE) == "–"
    assert page.plan.facts.value("Trainable").startswith(f"{numbers.exact(moving + head)} of ")
    model = page.layers.tree.layer_model
    last = model.index(model.rowCount() - 1, TRAINABLE)
    assert last.data() == numbers.exact(head)
    assert last.siblingAtColumn(LAYER).data() == "fc"


def test_the_cut_is_shown_before_the_head_or_at_the_top(page: FeaturesPage) -> None:
    model = page.layers.tree.layer_model
    page.show_state(states.state())
    assert model.cut_index().row() == model.rowCount() - 2
    assert str(model.cut_index().data()).startswith("features computed once here and cached — 20 × 8")
    page.show_state(states.state(FreezePlan("none")))
    assert (model.cut_index().row(), model.cut_index().parent().isValid()) == (0, False)
    assert str(model.index(0, 0).data()).startswith("pixels cached here")
    assert page.layers.tree.isFirstColumnSpanned(0, QModelIndex())
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable


@pytest.mark.slow
@pytest.mark.parametrize(("thawed", "behind"), [("layer2", "layer1"), ("layer2.1", "layer2.0"), ("layer1", "stem")])
def test_the_cut_is_shown_right_after_its_layer(page: FeaturesPage, thawed: str, behind: str) -> None:
    tree = page.layers.tree
    model = tree.layer_model
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert tester.model() is model
    start = states.state()
    rows = tuple(replace(row, row=row.output_shape) for row in states.small_table().layers)
    table = replace(states.small_table(), layers=rows)
    page.show_state(replace(start, layers=table))
    for freeze in (FreezePlan(thaw=(thawed,)), FreezePlan("none"), FreezePlan(thaw=(thawed,))):
        page.show_state(replace(start, layers=table, spec=replace(start.spec, freeze=freeze)))
    line = model.cut_index()
    assert line.siblingAtRow(line.row() - 1) == model.index_of(behind)
    assert tree.visualRect(line).isValid()
    assert tree.isFirstColumnSpanned(line.row(), line.parent())
    assert str(line.data()).startswith("layers up to here computed once")
    paths = [index.data() for index in _all_rows(model, QModelIndex())]
    assert len(paths) == len(table.layers) + 2
    assert [model.path(index) for index in _all_rows(model, QModelIndex()) if model.path(index)] == [
        row.path for row in table.layers
    ]
    assert all(model.index_of(row.path).data() is not None for row in table.layers)
    page.show_state(replace(start, layers=table))
    assert model.cut_index().row() == model.rowCount() - 2


def _all_rows(model: LayerModel, parent: QModelIndex) -> list[QModelIndex]:
    rows = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        assert index.parent() == parent
        assert index.row() == row
        rows += [index, *_all_rows(model, index)]
    return rows


def test_memory_and_types_are_shown(page: FeaturesPage) -> None:
    page.show_state(states.state())
    assert text(page, "layer1", TYPE) == "BasicBlock ×2"
    assert text(page, "stem", MEMORY) == numbers.megabytes(4 * 16 * 16 * 4)


def test_the_proof_of_the_run_shown_is_in_each_row_and_summed_up_for_blocks(page: FeaturesPage) -> None:
    before = states.state(THAWED)
    tree = page.layers.tree
    page.show_state(before)
    assert tree.isColumnHidden(PROOF)
    run = states.run(before.spec, done=False)
    run = replace(run, layer_changes=states.moved({"layer2.1.conv": 1.3e-4, "layer2.1.bn": 2e-3}, epoch=1.5))
    page.show_state(before.showing(run))
    assert not tree.isColumnHidden(PROOF)
    assert text(page, "stem", PROOF) == "unchanged (hash equal)"
    assert text(page, "layer2.1.conv", PROOF) == "1.3e-04 (relative)"
    assert text(page, "layer2", PROOF) == "up to 2.0e-03 (relative)"
    assert text(page, "layer1", PROOF) == "unchanged (hash equal)"
    assert text(page, "pool", PROOF) == "–"
    assert text(page, "layer2.1", STATE) == "trains"
    tip = tree.layer_model.index_of("layer2").siblingAtColumn(PROOF).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("2 of 4 layers unchanged (hash equal), largest change layer2.1.bn 2.0e-03")
    assert "epoch 1.5" in tip
    page.show_state(before.showing(replace(run, layer_changes=states.moved({"layer2.1.conv": 9e-3}))))
    assert text(page, "layer2.1.conv", PROOF) == "9.0e-03 (relative)", "it follows the training"


def test_the_shown_columns_are_side_by_side_and_fill_the_tree(page: FeaturesPage) -> None:
    page.show()
    before = states.state()
    page.show_state(replace(before, layers=None))
    header = page.layers.tree.header()
    for state in (before, states.state(THAWED), before.showing(replace(states.run(), layer_changes=states.moved()))):
        page.show_state(state)
        place = 0
        for column in ORDER:
            if not header.isSectionHidden(column):
                assert header.sectionPosition(column) == place, column
                place += header.sectionSize(column)
        assert place == header.length() == page.layers.tree.viewport().width()


def test_a_proof_of_other_settings_is_marked_as_stale(page: FeaturesPage) -> None:
    before = states.state(THAWED)
    run = replace(states.run(before.spec), layer_changes=states.moved({"layer2.1.conv": 1.3e-4}))
    other = replace(before.spec, freeze=FreezePlan("all", thaw=("pool",)))
    page.show_state(before.showing(run))
    model = page.layers.tree.layer_model
    header = model.headerData(PROOF, Qt.Orientation.Horizontal)
    page.show_state(replace(before, spec=other).showing(run))
    assert model.headerData(PROOF, Qt.Orientation.Horizontal) == "Previous run (stale)" != header
    assert text(page, "layer2.1.conv", PROOF) == "1.3e-04 (relative)"
    assert text(page, "layer2.1", STATE) == "frozen", "the state is of the settings chosen now"
    tip = model.index_of("stem").siblingAtColumn(PROOF).data(Qt.ItemDataRole.ToolTipRole)
    assert "other settings" in tip
    page.show_state(replace(before, spec=replace(before.spec, backbone=BackboneSpec("alexnet"))).showing(run))
    assert page.layers.tree.layer_model.cells is None


def test_a_changed_frozen_layer_is_an_error_unless_only_its_statistics_may_change(page: FeaturesPage) -> None:
    before = states.state()
    broken = replace(states.run(before.spec), layer_changes=states.moved({"layer1.0.conv": None}, {"layer1.0.conv"}))
    page.show_state(before.showing(broken))
    assert text(page, "layer1.0.conv", PROOF) == "changed although frozen"
    assert text(page, "layer1", PROOF) == "changed although frozen"
    before = states.state(FreezePlan(batch_norm="update"))
    follows = replace(states.run(before.spec), layer_changes=states.moved({"layer1.0.bn": 0.2}, {"layer1.0.bn"}))
    page.show_state(before.showing(follows))
    assert text(page, "layer1.0.bn", PROOF) == "2.0e-01 (relative)"
    tip = page.layers.tree.layer_model.index_of("layer1.0.bn").siblingAtColumn(PROOF).data(Qt.ItemDataRole.ToolTipRole)
    assert "statistics of frozen BatchNorm layers were updated" in tip


def test_stages_are_expanded_at_first() -> None:
    rows = LayerRows(states.small_table())
    assert [rows.layers[row].path for row in rows.opened_at_first()] == ["layer1", "layer2"]


def test_the_new_head_has_its_own_size_and_rate(page: FeaturesPage) -> None:
    before = states.state(THAWED, lr=3e-3)
    page.show_state(replace(before, spec=replace(before.spec, head=HeadSpec(kind="mlp", hidden=16))))
    model = page.layers.tree.layer_model
    row = model.index(model.rowCount() - 1, LAYER)
    size = numbers.exact(8 * 16 + 16 + 16 * 2 + 2)
    assert [row.siblingAtColumn(column).data() for column in (TYPE, TRAINABLE, RATE)] == ["MLP 16 (new)", size, "3e-3"]
    page.layers.tree.setCurrentIndex(row)
    assert page.inspector.shape.value("Type") == "MLP 16 (new)"
    assert page.inspector.shape.value("Parameters") == size


@pytest.mark.parametrize("plan", [THAWED, FreezePlan("none")])
def test_columns_are_as_wide_as_qt_would_make_them(page: FeaturesPage, plan: FreezePlan) -> None:
    page.show()
    page.show_state(states.state(plan))
    tree = page.layers.tree
    for column in (PARAMETERS, SHAPE, INPUT, MEMORY, MACS):
        tree.columns.choose(column, True)
    tree.expandAll()
    tree.columns.forget_widths()
    tree.columns.fit()
    for column in (PARAMETERS, SHAPE, INPUT, MEMORY, MACS):
        needed = max(tree.sizeHintForColumn(column), tree.header().sectionSizeHint(column))
        assert needed <= tree.columnWidth(column) <= needed + 2, column
    index = tree.layer_model.index(0, LAYER)
    while index.isValid():
        if tree.layer_model.row_of(index) != CUT:
            right = tree.visualRect(index).left() - tree.visualRect(tree.layer_model.index(0, LAYER)).left()
            assert right + tree.sizeHintForIndex(index).width() <= tree.columnWidth(LAYER)
        index = tree.indexBelow(index)


def test_a_new_network_has_its_columns_measured_once(page: FeaturesPage, monkeypatch, qtbot) -> None:
    tree, measured = page.layers.tree, []
    measure = tree.columns._text_width
    monkeypatch.setattr(tree.columns, "_text_width", lambda column: (measured.append(column), measure(column))[1])
    page.show()
    page.show_state(states.state())
    qtbot.wait(20)  # expanded rows are measured in a later turn, and these were just measured
    assert measured
    assert len(measured) == len(set(measured))
    tree.collapse(tree.layer_model.index(0, 0))
    tree.expand(tree.layer_model.index(0, 0))
    measured.clear()
    qtbot.waitUntil(lambda: bool(measured))
