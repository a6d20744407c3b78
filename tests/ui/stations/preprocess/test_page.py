"""The Preprocess page: steps in words, the image size, the two pictures, and stepping through photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import fake_dataset
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from studio.catalog import catalog, image_sizes
from studio.events import Failed, LayerTable, NetworkShapes, Preview
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.stations.preprocess.page import PreprocessPage

FOLDER = str(Path("/nowhere/photos").absolute())


@pytest.fixture
def page(show_page):
    return show_page(PreprocessPage(), 1200)


def state(row: int = 0, **changes) -> AppState:
    data = fake_dataset(FOLDER)
    steps = catalog.preprocess_for(BackboneSpec())
    picture = np.zeros((60, 80, 3), np.uint8)
    framed = np.zeros((*steps.size, 3), np.uint8)
    path = str(Path(FOLDER, data.photos[row].path))
    preview = Preview(path, picture, (800, 600), framed, framed, -2.1, 2.6, ("Decode.",), steps)
    return replace(AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=data, preview=preview), **changes)


def test_the_edge_that_the_loaded_network_does_not_see_is_named(page):
    spec = BackboneSpec("resnet18", image_size=230)
    chosen = replace(state(), spec=RunSpec(DatasetSpec(FOLDER), spec))
    page.show_state(chosen)
    assert "does not see" not in page._about_size.text(), "its name says nothing"
    table = LayerTable("resnet18", (230, 230), (), 512, "fc", 0, unseen=6, fitting=(224, 240))
    page.show_state(replace(chosen, layers=table, layers_for=spec))
    words = "does not see the last 6 pixels at the right and at the bottom of 230 × 230 pixels. 224 and 240 fit."
    assert page._about_size.text().endswith(words)
    page.show_state(replace(chosen, layers=table, layers_for=BackboneSpec("resnet18")))
    assert "does not see" not in page._about_size.text(), "at another size"
    shapes = NetworkShapes("resnet18", 230, table)
    page.show_state(replace(chosen, shapes=shapes))
    assert page._about_size.text().endswith(words), "also before its weights are loaded"
    page.show_state(replace(chosen, shapes=replace(shapes, image_size=224)))
    assert "does not see" not in page._about_size.text()


def test_the_preprocessing_steps_are_listed_in_words(page):
    page.show_state(state())
    words = [label.text() for label in page._steps.findChildren(QLabel)]
    assert any("shorter side" in text for text in words)
    assert "3 × 224 × 224" in words


def test_both_pictures_say_their_size(page):
    page.show_state(state())
    pictures = page._pictures
    assert pictures.disk.accessibleDescription() == "800 × 600 pixels · 43\u202f% is cut away"
    assert pictures.seen.accessibleDescription() == "224 × 224 pixels, before normalization"
    pictures.normalized.click()
    assert "from −2.10 (black) to 2.60 (white)" in pictures.seen.accessibleDescription()
    assert page._pictures._title.text() == "0000.jpg · ants · 1 of 40"


def test_next_and_previous_wrap_around(page, qtbot):
    page.show_state(state(row=0))
    emitted = []
    page.preview_requested.connect(emitted.append)
    page._pictures.after.click()
    page._pictures.before.click()
    qtbot.keyClick(page, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    names = [Path(path).relative_to(FOLDER).as_posix() for path in emitted]
    assert names == ["ants/0002.jpg", "bees/0039.jpg", "ants/0002.jpg"]


def test_another_size_is_requested_once_and_the_default_size_is_stored_as_none(page, qtbot):
    page.show_state(state())
    emitted = []
    page.spec_changed.connect(emitted.append)
    for size in (256, 288, 320):
        page._size.setValue(size)
    qtbot.waitUntil(lambda: bool(emitted))
    assert [spec.backbone.image_size for spec in emitted] == [320]
    page.show_state(state(spec=emitted[0]))
    assert page._own.isVisible()
    page._own.click()
    assert emitted[-1].backbone.image_size is None


def test_positions_of_a_vision_transformer_are_interpolated_for_another_size(page):
    vit = BackboneSpec("vit_small_patch14_dinov2", image_size=224)
    page.show_state(state(spec=RunSpec(DatasetSpec(FOLDER), vit)))
    assert page._size.isEnabled()
    words = page._about_size.text()
    assert "224 as published / 518 native" in words
    assert "interpolated from 37 × 37 to 16 × 16 patches" in words


def test_a_fixed_size_cannot_be_changed(page):
    fixed = next(entry for entry in catalog.load() if not image_sizes.takes_other(entry))
    page.show_state(state(spec=RunSpec(DatasetSpec(FOLDER), BackboneSpec(fixed.name))))
    assert not page._size.isEnabled()
    assert "only" in page._about_size.text()


def test_a_photo_that_cannot_be_read_is_named_on_the_page(page):
    page.show_state(
        state(preview=None, faults={"preprocess": Failed("“a.jpg” cannot be read.", "Choose another photo.")})
    )
    assert page._pictures.notice.isVisible()


def test_a_typed_size_is_sent_at_once_when_the_field_is_left_or_a_run_begins(page, qtbot):
    page.show_state(state())
    emitted = []
    page.spec_changed.connect(emitted.append)
    page._size.setFocus()
    page._size.stepUp()
    assert emitted == []
    page._size.editingFinished.emit()
    assert [spec.backbone.image_size for spec in emitted] == [256]
    page.show_state(state(spec=emitted[0]))
    page._size.selectAll()
    qtbot.keyClicks(page._size, "320")
    qtbot.keyClick(page._size, Qt.Key.Key_F5)
    assert [spec.backbone.image_size for spec in emitted] == [256, 320]
