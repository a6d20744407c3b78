"""The Features page: check marks and freeze plans match, and numbers agree with `studio.planning.freezing`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import states
from fonts import STRETCHES, font
from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QStyle, QStyleOptionFrame

from studio.catalogue import catalogue
from studio.events import Failed, LayerOutput
from studio.formatting import numbers
from studio.planning import blocks, freezing
from studio.session.plan import time_estimate
from studio.session.plan.layer_rows import LayerRows
from studio.spec import BackboneSpec, FreezePlan, HeadSpec, LayerRate
from studio.spec.structs import replace
from studio.ui.stations.features.layer_cells import (
    CHECKED,
    LAYER,
    MEMORY,
    PARTLY,
    PROOF,
    RATE,
    STATE,
    TRAINABLE,
    TYPE,
    UNCHECKED,
)
from studio.ui.stations.features.layer_model import LayerModel
from studio.ui.stations.features.page import FeaturesPage
from studio.ui.stations.features.rate_editor import RateEditor
from studio.ui.theme import theme

THAWED = FreezePlan("all", thaw=("layer2.1",))


@pytest.fixture
def page(qtbot: Any) -> Iterator[FeaturesPage]:
    widget = FeaturesPage()
    qtbot.addWidget(widget)
    widget.resize(1280, 700)
    yield widget
    widget.shut_down()


def text(page: FeaturesPage, path: str, column: int) -> str:
    return str(page.layers.tree.layer_model.index_of(path).siblingAtColumn(column).data())


def ticks(page: FeaturesPage, path: str) -> Qt.CheckState:
    state = page.layers.tree.layer_model.index_of(path).data(Qt.ItemDataRole.CheckStateRole)
    assert isinstance(state, Qt.CheckState)
    return state


def thawed(table: Any, freeze: FreezePlan) -> set[str]:
    return {layer.path for layer in table.layers if layer.leaf} - freezing.frozen_leaves(freeze, table.layers)


@pytest.mark.slow
def test_the_layer_model_keeps_the_rules_of_qt(page: FeaturesPage) -> None:
    tester = QAbstractItemModelTester(
        page.layers.tree.layer_model, QAbstractItemModelTester.FailureReportingMode.Fatal, page
    )
    page.show_state(states.state())
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    page.show_state(states.state())
    page.show_state(replace(states.state(), layers=None))
    assert tester.model() is page.layers.tree.layer_model


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


def test_parents_of_a_thawed_block_show_the_half_state(page: FeaturesPage) -> None:
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    assert ticks(page, "layer2") is PARTLY
    assert ticks(page, "layer2.1") is UNCHECKED
    assert ticks(page, "layer2.0") is CHECKED
    assert ticks(page, "layer1") is CHECKED
    assert text(page, "layer2", STATE) == "part frozen"
    assert text(page, "layer2.1", STATE) == "trains"


def test_freeze_up_to_here_freezes_all_that_runs_before(page: FeaturesPage, qtbot: Any) -> None:
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
def test_presets(page: FeaturesPage, qtbot: Any, key: str) -> None:
    table = states.small_table()
    expected = {"last": blocks.last_block(table), "none": FreezePlan("none")}[key]
    page.show_state(states.state())
    assert page.layers.buttons["all"].isChecked()
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.layers.buttons[key].click()
    assert signal.args[0].freeze == expected
    page.show_state(states.state(expected))
    assert [name for name, button in page.layers.buttons.items() if button.isChecked()] == [key]


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


def test_the_cut_stands_before_the_head_or_at_the_top(page: FeaturesPage) -> None:
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
def test_the_cut_stands_right_behind_the_layer_that_it_is_behind(page: FeaturesPage, thawed: str, behind: str) -> None:
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


def test_memory_and_types_are_told(page: FeaturesPage) -> None:
    page.show_state(states.state())
    assert text(page, "layer1", TYPE) == "BasicBlock ×2"
    assert text(page, "stem", MEMORY) == numbers.megabytes(4 * 16 * 16 * 4)


def test_the_run_shown_proves_each_layer_and_blocks_sum_up(page: FeaturesPage) -> None:
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


def test_the_columns_shown_stand_side_by_side_and_fill_the_tree(page: FeaturesPage) -> None:
    page.show()
    before = states.state()
    page.show_state(replace(before, layers=None))
    header = page.layers.tree.header()
    for state in (before, states.state(THAWED), before.showing(replace(states.run(), layer_changes=states.moved()))):
        page.show_state(state)
        place = 0
        for column in range(header.count()):
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


def test_a_frozen_layer_that_moved_is_an_alarm_and_followed_statistics_are_not(page: FeaturesPage) -> None:
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


def test_rates_are_shown_where_something_learns(page: FeaturesPage) -> None:
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


def test_a_rate_is_typed_with_f2_and_taken_back_with_nothing(page: FeaturesPage, qtbot: Any) -> None:
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


def test_a_rate_set_by_hand_is_whole_in_its_cell(page: FeaturesPage) -> None:
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
def test_the_editor_of_a_rate_shows_the_whole_number(qapp: QApplication, qtbot: Any, stretch: int) -> None:
    with font(qapp, stretch):
        page = FeaturesPage()
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


def test_batch_norm_statistics_are_chosen_and_their_cost_is_told(page: FeaturesPage, qtbot: Any) -> None:
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


def test_searching_finds_and_choosing_tells(page: FeaturesPage, qtbot: Any) -> None:
    page.show_state(replace(states.state(), spec=replace(states.spec(), backbone=BackboneSpec())))
    backbones = page.backbones.list
    assert backbones.model.rowCount() == len(catalogue.load())
    qtbot.keyClicks(backbones.search, "resnet18")
    names = [entry.name for entry in backbones.model.entries]
    assert "resnet18" in names
    assert names == [entry.name for entry in catalogue.search("resnet18")]
    with qtbot.waitSignal(page.spec_changed) as signal:
        qtbot.keyClick(backbones.search, Qt.Key.Key_Return)
    assert signal.args[0].backbone == BackboneSpec("resnet18")


def test_weights_are_looked_for_only_where_seen(page: FeaturesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[str] = []

    def look(entry: catalogue.BackboneInfo) -> catalogue.Whereabouts:
        emitted.append(entry.name)
        return "on disk"

    monkeypatch.setattr(catalogue, "whereabouts", look)
    page.show()
    page.show_state(states.state())
    page.grab()
    assert 0 < len(emitted) < 40
    number = len(emitted)
    page.grab()
    assert len(emitted) == number


def test_weights_of_a_file_and_none(page: FeaturesPage, qtbot: Any) -> None:
    page.show_state(states.state())
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.backbones.choose_file("/weights/mine.pth")
    assert signal.args[0].backbone == BackboneSpec("resnet18", "/weights/mine.pth")
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.backbones.weights.activated.emit(1)
    assert signal.args[0].backbone.weights == "none"


def test_loading_and_failing_are_shown(page: FeaturesPage) -> None:
    page.show()
    waiting = states.with_job(replace(states.state(), layers=None), "inspect", "weights", "Downloading weights")
    page.show_state(waiting)
    assert not page.layers.tree.isVisible()
    assert not page.layers.until.isEnabled()
    assert "appear here once it is loaded" in page.layers._words.text()
    fault = Failed("The weights could not be downloaded.", "Check the connection.")
    page.show_state(states.with_fault(replace(states.state(), layers=None), "features", fault))
    assert page.layers.notice.isVisible()
    page.show_state(states.state())
    assert not page.layers.notice.isVisible()
    assert page.layers.tree.isVisible()


def test_outputs_are_asked_for_after_a_pause_while_training_too(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    page.show_state(states.state())
    emitted: list[tuple[str, str]] = []
    page.outputs_requested.connect(lambda *what: emitted.append(what))
    for path in ("stem", "layer1", "layer2"):
        page.layers.tree.choose(path)
    qtbot.waitUntil(lambda: bool(emitted))
    assert emitted == [("layer2", "/photos/ants/0000.jpg")]
    page.show_state(states.with_job(states.state(), "train"))
    page.layers.tree.choose("stem")
    qtbot.waitUntil(lambda: len(emitted) == 2)
    assert page.inspector.caption.text() == "Computing…"
    page.inspector.picker.on.click()
    qtbot.waitUntil(lambda: len(emitted) == 3)
    assert emitted[1:] == [("stem", "/photos/ants/0000.jpg"), ("stem", "/photos/ants/0001.jpg")]


@pytest.mark.parametrize("shape", [(4, 16, 16), (1, 1, 8)])
def test_outputs_are_drawn(page: FeaturesPage, shape: tuple[int, int, int]) -> None:
    page.show()
    page.show_state(states.state())
    page.layers.tree.choose("stem")
    maps = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    output = LayerOutput("stem", "/photos/ants/0000.jpg", (4, 16, 16), maps, tuple(range(shape[0])), 0.02)
    page.show_state(replace(states.state(), output=output))
    assert page.inspector.maps.output is output
    assert page.inspector.caption.text().startswith("4 × 16 × 16 in ")
    page.grab()


def test_the_inspector_tells_shapes_with_the_batch(page: FeaturesPage) -> None:
    page.show_state(states.state(batch_size=8))
    page.layers.tree.choose("layer2")
    assert page.inspector.shape.value("Output") == "8 × 8 × 8 × 8"
    assert page.inspector.shape.value("Type") == "Sequential"
    assert page.inspector.shape.value("State") == "frozen"


@pytest.mark.slow
def test_light_and_dark_both_draw(page: FeaturesPage, qapp: QApplication) -> None:
    page.show()
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    for scheme in ("dark", "light"):
        theme.apply(qapp, scheme)
        page.grab()
    theme.apply(qapp, "system")


def test_rendering_the_same_state_again_is_quick_and_asks_for_nothing(page: FeaturesPage) -> None:
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)
    state = states.state()
    for _ in range(50):
        page.show_state(replace(state, early_warnings=()))
    assert emitted == []


def test_blocks_are_open_at_first_and_stages_are_not_when_there_are_many() -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_the_plan_and_its_estimates_are_in_sight_in_a_small_window(
    qapp: QApplication, qtbot: Any, stretch: int
) -> None:
    with font(qapp, stretch):
        page = FeaturesPage()
        qtbot.addWidget(page)
        page.resize(1248, 612)  # its size in a window of 1280 × 800
        page.show()
        before = states.state(FreezePlan("all", thaw=("layer2.1",)))
        page.show_state(before)
        facts = page.plan.facts
        assert facts.value("Each epoch").startswith("about ")
        assert facts.value("Memory").endswith(" per batch")
        run = states.run(before.spec, before.dataset)
        page.show_state(before.showing(replace(run, epochs=states.epochs(3))))
        assert facts.value("Each epoch") == "0.02\u202fs", "as the run with this plan took"
        shown = [fact for fact in facts.findChildren(QLabel) if fact.isVisible()]
        assert len(shown) >= 7
        qtbot.waitUntil(lambda: facts.height() >= facts.heightForWidth(facts.width()))  # laid out
        for fact in shown:
            assert page.rect().contains(QRect(fact.mapTo(page, QPoint(0, 0)), fact.size())), fact.accessibleName()
            assert fact.sizeHint().width() <= fact.width(), fact.accessibleName()
            assert facts.rect().contains(fact.geometry()), fact.accessibleName()
        assert page.layers.tree.viewport().height() > 5 * 28, "and the layers still are"


def test_only_what_runs_in_every_epoch_is_counted_for_one() -> None:
    table = states.small_table()
    rows = (replace(layer, row=layer.output_shape if layer.path == "layer2.0" else None) for layer in table.layers)
    table = replace(table, layers=tuple(rows))
    whole = time_estimate.behind(states.state(FreezePlan("none")), table)
    part = time_estimate.behind(states.state(FreezePlan("all", thaw=("layer2.1",))), table)
    assert time_estimate.behind(states.state(), table) == 0 < part < whole == 1
