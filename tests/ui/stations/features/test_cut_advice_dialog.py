"""The dialog that advises on the layers to freeze."""

from __future__ import annotations

from typing import Any

import pytest
import states
from fake_jobs.data import fake_advice
from PySide6.QtCore import Qt

from studio.session.jobs.job_kinds import KINDS
from studio.session.plan import cut_advice
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.cut_advice_dialog import CutAdviceDialog


@pytest.fixture
def dialog(show: Any) -> CutAdviceDialog:
    return show(CutAdviceDialog(), 720, 560)


def ready() -> AppState:
    return states.state()


def test_the_suggested_cut_is_selected_and_used_or_another_one(dialog: CutAdviceDialog, qtbot: Any) -> None:
    state = ready()
    dialog.show_state(state)
    assert not dialog.use.isEnabled()
    assert dialog.start.isEnabled(), cut_advice.cannot_probe(state)
    plans: list[FreezePlan] = []
    dialog.plan_requested.connect(plans.append)
    running = job_started(state, "advise_cut")
    dialog.show_state(running)
    assert "being probed" in dialog.start.toolTip()
    assert dialog.progress.text() == KINDS["advise_cut"].title
    dialog.show_state(reduce(state, "advise_cut", fake_advice(state.spec)))
    assert [dialog.table.item(0, column).text() for column in range(2)] == ["blocks.0", "90.0\u202f%"]
    assert dialog.table.item(1, 0).text() == "all layers"
    assert "the probe is better" in dialog.why.text()
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    dialog.show()
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert plans == [FreezePlan(until="blocks.0"), FreezePlan()]


def test_advice_about_other_photos_or_another_backbone_is_not_shown(dialog: CutAdviceDialog) -> None:
    state = ready()
    advised = reduce(state, "advise_cut", fake_advice(state.spec))
    for other in (
        replace(advised.spec, dataset=replace(advised.spec.dataset, folder="/elsewhere")),
        replace(advised.spec, backbone=replace(advised.spec.backbone, image_size=64)),
    ):
        dialog.show_state(advised)
        assert dialog.table.rowCount() == 2
        dialog.show_state(replace(advised, spec=other))
        assert (dialog.table.rowCount(), dialog.why.text(), dialog.use.isEnabled()) == (0, "", False)


def test_a_disabled_start_button_gives_the_reason(dialog: CutAdviceDialog) -> None:
    state = ready()
    numbers = replace(state.spec, dataset=replace(state.spec.dataset, targets="sizes.csv"))
    for missing, words in ((replace(state, dataset=None), "Open a folder"), (replace(state, spec=numbers), "numbers")):
        dialog.show_state(missing)
        assert words in dialog.start.toolTip()
        assert not dialog.start.isEnabled()
