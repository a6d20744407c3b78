"""The Features page: backbones and weights, outputs of layers, and the plan with its estimates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from drawn_page import DrawnPage
from fonts import STRETCHES, font
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel

from studio.catalog import catalog
from studio.events import Failed, LayerOutput
from studio.formatting import numbers
from studio.session.plan import time_estimate
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.page import AT_REST_S, PAUSE_MS, FeaturesPage
from studio.ui.theme import theme


def test_a_backbone_is_found_by_search_and_chosen(page: FeaturesPage, qtbot: Any) -> None:
    page.show_state(replace(states.state(), spec=replace(states.spec(), backbone=BackboneSpec())))
    backbones = page.backbones.list
    assert backbones.model.rowCount() == len(catalog.load())
    qtbot.keyClicks(backbones.search, "resnet18")
    names = [entry.name for entry in backbones.model.entries]
    assert "resnet18" in names
    assert names == [entry.name for entry in catalog.search("resnet18")]
    with qtbot.waitSignal(page.spec_changed) as signal:
        qtbot.keyClick(backbones.search, Qt.Key.Key_Return)
    assert signal.args[0].backbone == BackboneSpec("resnet18")


def test_another_network_is_drawn_part_by_part_and_then_looked_into(qtbot: Any) -> None:
    page = FeaturesPage()
    qtbot.addWidget(page)
    page.show()
    looks: list[tuple[Any, ...]] = []
    page.outputs_requested.connect(lambda *look: looks.append(look))
    tree = page.layers.tree
    page.show_state(states.state())
    assert not tree.layer_model.rowCount()
    qtbot.waitUntil(lambda: tree.layer_model.rowCount() > 0)
    assert page.parts.is_waiting(page.right)
    qtbot.waitUntil(lambda: bool(looks))
    assert looks[0][0] == tree.current_path()
    assert tree.updatesEnabled()
    page.shut_down()


def test_weights_are_looked_up_only_for_visible_backbones(page: FeaturesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[str] = []

    def look(entry: catalog.BackboneInfo) -> catalog.Whereabouts:
        emitted.append(entry.name)
        return "on disk"

    monkeypatch.setattr(catalog, "whereabouts", look)
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
    assert "appear here once it is loaded" in page.layers.waiting.text()
    fault = Failed("The weights could not be downloaded.", "Check the connection.")
    page.show_state(states.with_fault(replace(states.state(), layers=None), "features", fault))
    assert page.layers.notice.isVisible()
    page.show_state(states.state())
    assert not page.layers.notice.isVisible()
    assert page.layers.tree.isVisible()


def test_a_single_choice_is_shown_at_once_and_the_last_of_several_after_a_pause(page: FeaturesPage) -> None:
    page.show()
    page.show_state(states.state())
    intervals = []
    for path in ("stem", "layer1", "layer2"):
        page.layers.tree.choose(path)
        intervals.append(page._pause.interval())
    assert intervals == [0, PAUSE_MS, PAUSE_MS]
    page._moved -= AT_REST_S
    page.layers.tree.choose("stem")
    assert page._pause.interval() == 0


def test_outputs_are_requested_after_a_pause_also_while_training(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    page.show_state(states.state())
    emitted: list[tuple[str, str, str]] = []
    page.outputs_requested.connect(lambda *what: emitted.append(what))
    for path in ("stem", "layer1", "layer2"):
        page.layers.tree.choose(path)
    qtbot.waitUntil(lambda: bool(emitted))
    assert emitted == [("layer2", "/photos/ants/0000.jpg", "run", False, 1)]
    page.show_state(states.with_job(states.state(), "train"))
    page.layers.tree.choose("stem")
    qtbot.waitUntil(lambda: len(emitted) == 2)
    assert page.microscope.caption.text() == "Computing…"
    page.microscope.picker.on.click()
    qtbot.waitUntil(lambda: len(emitted) == 3)
    assert emitted[1:] == [
        ("stem", "/photos/ants/0000.jpg", "run", False, 1),
        ("stem", "/photos/ants/0001.jpg", "run", False, 1),
    ]


@pytest.mark.parametrize("shape", [(4, 16, 16), (1, 1, 8)])
def test_outputs_of_a_layer_are_drawn(page: FeaturesPage, shape: tuple[int, int, int]) -> None:
    page.show()
    page.show_state(states.state())
    page.layers.tree.choose("stem")
    maps = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    output = LayerOutput("stem", "/photos/ants/0000.jpg", (4, 16, 16), maps, tuple(range(shape[0])), 0.02)
    page.show_state(replace(states.state(), output=output))
    assert page.microscope.tiles.tiles.rowCount() == shape[0]
    assert page.microscope.pair.isVisible()
    assert page.microscope.caption.text().startswith("stem: 4 × 16 × 16 in ")
    page.grab()


def test_the_inspector_shows_shapes_with_the_batch(page: FeaturesPage) -> None:
    page.show_state(states.state())
    page.layers.tree.choose("layer2")
    assert page.inspector.shape.value("Output") == "1 × 8 × 8 × 8"
    page.layers.tools.batch.setValue(8)
    assert page.inspector.shape.value("Memory") == numbers.megabytes(4 * 8 * 8 * 8 * 8)
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


def test_showing_the_same_state_again_requests_nothing(page: FeaturesPage) -> None:
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)
    state = states.state()
    for _ in range(50):
        page.show_state(replace(state, early_warnings=()))
    assert emitted == []


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_the_plan_and_its_estimates_are_visible_in_a_small_window(qapp: QApplication, qtbot: Any, stretch: int) -> None:
    with font(qapp, stretch):
        page = DrawnPage()
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


def test_the_cost_of_an_epoch_counts_only_layers_that_run_in_every_epoch() -> None:
    table = states.small_table()
    rows = (replace(layer, row=layer.output_shape if layer.path == "layer2.0" else None) for layer in table.layers)
    table = replace(table, layers=tuple(rows))
    whole = time_estimate.repeated_share(states.state(FreezePlan("none")), table)
    part = time_estimate.repeated_share(states.state(FreezePlan("all", thaw=("layer2.1",))), table)
    assert time_estimate.repeated_share(states.state(), table) == 0 < part < whole == 1
