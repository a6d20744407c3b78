"""The looks that the Features page asks for, and the drift of each layer in its table."""

from __future__ import annotations

from typing import Any

import numpy as np
import states
from layer_tree_cells import text
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from studio.events import CallShapes, Checkpoint, LayerOutput, LayersChanged, OutputDrift
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.layers.layer_cells import DRIFT, LAYER, SHAPE, TYPE
from studio.ui.stations.features.page import FeaturesPage

PHOTO = "/photos/ants/0000.jpg"


def layer_output(layer: str, photo: str) -> LayerOutput:
    return LayerOutput(layer, photo, (1, 2, 2), np.ones((1, 2, 2), np.float32), (0,), 0.01, grid=True)


def thawed(status: str = "done") -> AppState:
    state = states.state(FreezePlan("none"))
    run = states.run(state.spec, states.dataset())
    return state.showing(replace(run, status=status))


def test_the_difference_requests_the_drift_of_all_layers_once_it_is_shown(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    state = thawed()
    page.show_state(state)
    page.layers.tree.choose("stem")
    looks: list[tuple[str, str, str, bool]] = []
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.outputs_requested.connect(lambda *look: looks.append(look))
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    qtbot.waitUntil(lambda: looks == [("stem", PHOTO, "run", False, 1)])
    page.microscope.controls.weights.setCurrentIndex(2)
    page.microscope.controls.weights.activated.emit(2)
    qtbot.waitUntil(lambda: looks[-1] == ("stem", PHOTO, "both", False, 1))
    assert not jobs
    run = state.run
    assert run is not None
    output = layer_output("stem", PHOTO)
    shown = replace(state, output=replace(output, run=run.id, weights="after epoch 3", start=output))
    page.show_state(shown)
    qtbot.waitUntil(lambda: bool(jobs))
    assert jobs[0][0] == "output_drift"
    assert jobs[0][1][:3] == (state.spec.backbone, run.id, PHOTO)
    model = page.layers.tree.layer_model
    assert page.layers.tree.isColumnHidden(DRIFT)
    drift = OutputDrift(run.id, PHOTO, "after epoch 3", {"stem": 0.0, "layer1": 0.0123}, 0.1)
    page.show_state(replace(shown, output_drift=drift))
    assert not page.layers.tree.isColumnHidden(DRIFT)
    page.layers.tree.setFixedWidth(280)
    qtbot.waitUntil(lambda: page.layers.tree.header().length() <= page.layers.tree.viewport().width() <= 280)
    cells = [model.index_of(path).siblingAtColumn(DRIFT).data() for path in ("stem", "layer1", "pool")]
    assert cells == ["0", "1.2e-02", "–"]
    page.show_state(replace(shown, output_drift=replace(drift, run="/other")))
    assert page.layers.tree.isColumnHidden(DRIFT)


def test_a_look_is_repeated_with_newer_weights_of_a_run_in_progress(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    state = thawed("running")
    run = state.run
    assert run is not None
    output = replace(layer_output("stem", PHOTO), run=run.id)
    looks: list[tuple[str, str, str, bool]] = []
    page.outputs_requested.connect(lambda *look: looks.append(look))
    page.show_state(state)
    page.layers.tree.choose("stem")
    qtbot.waitUntil(lambda: len(looks) == 1)
    page.show_state(replace(state, output=output))
    newer = replace(run, checkpoint=Checkpoint(4.0, 0.1))
    page.show_state(replace(state.with_run(newer), output=output))
    qtbot.waitUntil(lambda: len(looks) == 2)
    page.show_state(replace(state.with_run(newer), output=replace(output, seconds=0.5)))
    page.show_state(replace(state.with_run(replace(newer, layer_changes=LayersChanged(4.0, ()))), output=output))
    qtbot.wait(60)
    assert len(looks) == 2


def test_a_heatmap_is_requested_with_class_and_layer(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    state = replace(thawed(), output=layer_output("stem", PHOTO))
    page.show_state(state)
    page.layers.tree.choose("stem")
    page.show_state(state)
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    page.microscope.controls.choose("heatmap", "run", "bees")
    page.microscope.controls.classes.activated.emit(2)
    qtbot.waitUntil(lambda: bool(jobs))
    run = state.run
    assert run is not None
    assert jobs == [("heatmap", (run.id, PHOTO, "bees", "stem", "", False))]


def test_a_run_that_is_not_followed_is_looked_at_with_held_weights(page: FeaturesPage, qtbot: Any) -> None:
    page.show()
    state = thawed("running")
    run = state.run
    assert run is not None
    output = replace(layer_output("stem", PHOTO), run=run.id, weights="after epoch 3")
    looks: list[tuple[str, str, str, bool]] = []
    page.outputs_requested.connect(lambda *look: looks.append(look))
    page.show_state(state)
    page.layers.tree.choose("stem")
    qtbot.waitUntil(lambda: len(looks) == 1)
    page.show_state(replace(state, output=output))
    follow, caption = page.microscope.follow, page.microscope.caption
    assert follow.isEnabled()
    assert caption.text().endswith("weights after epoch 3")
    qtbot.mouseClick(follow, Qt.MouseButton.LeftButton)
    assert caption.text().endswith("weights after epoch 3, held")
    newer = state.with_run(replace(run, checkpoint=Checkpoint(4.0, 0.1)))
    page.show_state(replace(newer, output=output))
    qtbot.wait(60)
    assert len(looks) == 1
    page.layers.tree.choose("layer1")
    qtbot.waitUntil(lambda: looks[1:] == [("layer1", PHOTO, "run", True, 1)])
    ended = newer.with_run(replace(run, status="done"))
    page.show_state(replace(ended, output=replace(output, layer="layer1")))
    qtbot.wait(60)
    assert len(looks) == 2
    assert follow.isEnabled()  # otherwise the weights could not be followed again
    qtbot.mouseClick(follow, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: looks[2:] == [("layer1", PHOTO, "run", False, 1)])
    assert not follow.isEnabled()
    assert "has ended" in follow.toolTip()


def test_another_call_of_a_layer_is_chosen_in_its_menu_the_microscope_or_the_inspector(
    page: FeaturesPage, qtbot: Any
) -> None:
    page.show()
    table = states.small_table()
    second = CallShapes((4, 16, 16), (2, 9, 9))
    layers = [replace(one, calls=2, later=(second,)) if one.path == "stem" else one for one in table.layers]
    state = replace(states.state(), layers=replace(table, layers=tuple(layers)))
    page.show_state(state)
    page.layers.tree.choose("stem")
    looks: list[tuple[Any, ...]] = []
    page.outputs_requested.connect(lambda *look: looks.append(look))
    qtbot.waitUntil(lambda: looks == [("stem", PHOTO, "run", False, 1)])
    first = replace(layer_output("stem", PHOTO), calls=2)
    page.show_state(replace(state, output=first))
    chooser, inspected = page.microscope.controls.call, page.inspector.call
    assert not chooser.isHidden()
    assert "call 1 of 2" in page.microscope.caption.text()
    page.microscope.pin_shown()
    calls = next(one.menu() for one in page.layers.tree.menu().actions() if one.text() == "Call shown")
    assert isinstance(calls, QMenu)
    calls.actions()[1].trigger()
    qtbot.waitUntil(lambda: looks[1:] == [("stem", PHOTO, "run", False, 2)])
    assert page.microscope.caption.text() == "Computing…"
    assert chooser.currentText() == inspected.currentText() == "Call 2 of 2"
    assert (text(page, "stem", SHAPE), text(page, "stem", TYPE)) == ("2 × 9 × 9", "Conv2d, call 2")
    assert text(page, "stem", LAYER) == "stem, call 2"
    assert page.inspector.shape.value("Output") == "1 × 2 × 9 × 9"
    page.show_state(replace(state, output=replace(first, call=2)))
    assert "call 2 of 2" in page.microscope.caption.text()
    page.microscope.pin_shown()
    assert "stem, call 2" in page.microscope.pins.buttons[1].toolTip()
    page.microscope.pins.buttons[0].click()
    assert text(page, "stem", SHAPE) != "2 × 9 × 9"
    inspected.activated.emit(1)
    assert text(page, "stem", SHAPE) == "2 × 9 × 9"
    page.layers.tree.choose("layer1")
    assert chooser.isHidden()
    assert inspected.isHidden()
