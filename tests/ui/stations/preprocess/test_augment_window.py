"""Augmentation in the whole window: samples are computed when visible and after changes; old runs become stale."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio.session.selectors import stale
from studio.spec import AugmentSpec, AugmentStep
from studio.spec.structs import replace

TURN = AugmentStep("rotation", 0.2, 1.0)


@pytest.mark.slow
def test_samples_are_computed_only_when_visible_and_after_each_change(make_window, qtbot, photos, fakes):
    window = make_window()
    store = window.store
    window.open_folder(str(photos))
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    store.choose(replace(store.state.spec, augment=AugmentSpec((TURN,))))
    assert "augmented" not in fakes.calls, "the page is not visible"
    window.show_station("preprocess")
    card = window.pages["preprocess"]._changes
    qtbot.waitUntil(lambda: len(card.samples.cells()) == 8)
    card.views.setValue(2)
    qtbot.waitUntil(lambda: len(card.samples.cells()) == 3)
    assert fakes.calls.count("augmented") == 2
    qtbot.keyClick(window.pages["preprocess"], Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: fakes.calls.count("augmented") == 3)
    card.steps.setFocus()
    qtbot.keyClick(card.steps, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: card.samples.cells() == [])
    assert store.state.spec.augment == AugmentSpec()
    assert fakes.calls.count("augmented") == 3


@pytest.mark.slow
def test_another_augmentation_makes_a_run_stale(make_window, qtbot, photos):
    window = make_window()
    store = window.store
    window.open_folder(str(photos))
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and store.state.run.status == "done")
    assert not stale(store.state)
    store.choose(replace(store.state.spec, augment=AugmentSpec((TURN,))))
    assert "another augmentation" in stale(store.state)["evaluate"]
