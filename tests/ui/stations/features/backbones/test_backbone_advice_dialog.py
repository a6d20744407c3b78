"""The dialog that advises on the backbone, from its button to the choice."""

from __future__ import annotations

from typing import Any

import states
from fake_jobs.data import fake_backbone_advice
from PySide6.QtCore import Qt

from studio.session.jobs.job_kinds import KINDS
from studio.session.reducer import job_started, reduce
from studio.spec import BackboneSpec
from studio.spec.structs import replace
from studio.ui.stations.features.backbones.backbone_card import BackboneCard


def test_the_suggested_backbone_is_selected_and_used_with_the_crop_chosen_before(show: Any, qtbot: Any) -> None:
    state = states.state()
    state = replace(state, spec=replace(state.spec, backbone=replace(state.spec.backbone, crop="fit")))
    card = show(BackboneCard(), 260, 640)
    card.show_state(state)
    chosen: list[BackboneSpec] = []
    asked: list[bool] = []
    card.backbone_requested.connect(chosen.append)
    card.comparison_requested.connect(lambda: asked.append(True))
    qtbot.mouseClick(card.compare, Qt.MouseButton.LeftButton)
    dialog = card.advice
    assert dialog.isVisible()
    assert not dialog.use.isEnabled()
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert asked == [True]
    running = job_started(state, "advise_backbone")
    card.show_state(running)
    assert dialog.progress.text() == KINDS["advise_backbone"].title
    assert not dialog.start.isEnabled()
    card.show_state(reduce(state, "advise_backbone", fake_backbone_advice(state.spec)))
    assert dialog.table.currentRow() == 1
    assert "Lite2 is better." in dialog.why.text()
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert chosen == [BackboneSpec("tf_efficientnet_lite2", crop="fit")]
    assert not dialog.isVisible()


def test_a_backbone_is_used_as_it_was_compared(show: Any, qtbot: Any) -> None:
    state = states.state()
    own = BackboneSpec("tf_efficientnet_lite0", weights="/mine.safetensors", image_size=160)
    state = replace(state, spec=replace(state.spec, backbone=own))
    advice = fake_backbone_advice(state.spec)
    first, second = advice.probes
    larger = replace(second.backbone, image_size=160)
    probes = replace(first, backbone=own), replace(second, backbone=larger)
    card = show(BackboneCard(), 260, 640)
    card.show_state(reduce(state, "advise_backbone", replace(advice, probes=probes)))
    chosen: list[BackboneSpec] = []
    card.backbone_requested.connect(chosen.append)
    for row, used in enumerate((own, larger)):
        card.open_advice()
        card.advice.table.selectRow(row)
        qtbot.mouseClick(card.advice.use, Qt.MouseButton.LeftButton)
        assert chosen == [used]
        chosen.clear()


def test_the_advice_stays_when_another_backbone_is_chosen(show: Any) -> None:
    state = states.state()
    card = show(BackboneCard(), 260, 640)
    advised = reduce(state, "advise_backbone", fake_backbone_advice(state.spec))
    card.show_state(advised)
    card.open_advice()
    card.advice.table.selectRow(0)
    card.show_state(replace(advised, spec=replace(advised.spec, backbone=BackboneSpec("resnet18"))))
    assert card.advice.table.currentRow() == 0
    card.show_state(replace(advised, spec=replace(advised.spec, dataset=replace(advised.spec.dataset, folder="/b"))))
    assert (card.advice.table.rowCount(), card.advice.why.text()) == (0, "")


def test_what_was_read_of_a_weights_file_is_said_beside_it(show: Any) -> None:
    state = states.state()
    spec = replace(state.spec, backbone=replace(state.spec.backbone, weights="/mine.pth"))
    table = replace(state.layers, weights="Read net from mine.pth; not used: classifier (2 tensors)")
    card = show(BackboneCard(), 260, 640)
    card.show_state(replace(state, spec=spec, layers=None))
    assert card._notice.isHidden()
    card.show_state(replace(state, spec=spec, layers=table, layers_for=spec.backbone))
    assert card._notice.isVisible()
    assert "not used: classifier" in card._notice.accessibleName()
    warned = replace(table, warnings=(("They are float16.", "Choose another file."),))
    card.show_state(replace(state, spec=spec, layers=warned, layers_for=spec.backbone))
    assert card._notice.accessibleName().endswith("(2 tensors). They are float16. Choose another file.")
    card.show_state(state)
    assert card._notice.isHidden()
